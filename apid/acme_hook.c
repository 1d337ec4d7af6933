/* No shell is involved, and nothing that comes from outside becomes part of a path unless it is a
 * token.  A file is whole when it can be seen: written under a name that no token can have, then
 * renamed. */
#include "apid/acme_hook.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apid/acme_challenge.h"

#define ARGUMENTS 6 /* program, method, type, identifier, token, authorization */

enum { METHOD = 1, TYPE, IDENTIFIER, TOKEN, AUTHORIZATION };

bool acme_hook_is_asked(int argc)
{
	return argc == ARGUMENTS && getenv(ACME_HOOK_ENV) != NULL;
}

static bool write_file(int folder, const char *name, const char *text)
{
	const size_t len = strlen(text);
	int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool whole;

	if (fd < 0)
		return false;
	whole = write(fd, text, len) == (ssize_t)len;
	return close(fd) == 0 && whole;
}

static bool begin(int folder, const char *token, const char *authorization)
{
	char name[ACME_TOKEN_MAX + 2];

	if (strlen(authorization) >= ACME_CHALLENGE_MAX)
		return false;
	(void)snprintf(name, sizeof(name), ".%s", token);
	return write_file(folder, name, authorization) &&
	       renameat(folder, name, folder, token) == 0;
}

bool acme_hook_run(const char *path, const char *method, const char *type, const char *token,
		   const char *authorization)
{
	bool done = false;
	int folder;

	if (strcmp(type, "http-01") != 0 || !acme_token_is_good(token))
		return false;
	folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return false;
	if (strcmp(method, "begin") == 0)
		done = begin(folder, token, authorization);
	else if (strcmp(method, "done") == 0 || strcmp(method, "failed") == 0)
		done = unlinkat(folder, token, 0) == 0;
	(void)close(folder);
	return done;
}

int acme_hook_main(char **argv)
{
	const char *folder = getenv(ACME_HOOK_ENV);

	return folder != NULL && acme_hook_run(folder, argv[METHOD], argv[TYPE], argv[TOKEN],
					       argv[AUTHORIZATION])
		       ? EXIT_SUCCESS
		       : EXIT_FAILURE;
}

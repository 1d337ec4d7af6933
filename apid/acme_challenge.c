/* The folder is filled by uacme's hook (acme_hook.c), or by another ACME client that is told to put
 * its files below <data directory>/acme.  A stranger chooses the name: it must be a token, and the
 * file a small regular one, not a link. */
#include "apid/acme_challenge.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apid/answer.h"

static const char prefix[] = "/.well-known/acme-challenge/";

bool acme_token_is_good(const char *token)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_";
	size_t len = strlen(token);

	return len > 0 && len <= ACME_TOKEN_MAX && strspn(token, allowed) == len;
}

bool acme_challenge_is_asked(const struct http_request *r)
{
	return strncmp(http_path(r), prefix, sizeof(prefix) - 1) == 0;
}

/* Its length, or -1. */
static ssize_t read_file(int folder, const char *token, char text[ACME_CHALLENGE_MAX])
{
	int fd = openat(folder, token, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	ssize_t n = -1;
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size < ACME_CHALLENGE_MAX)
		n = read(fd, text, ACME_CHALLENGE_MAX);
	(void)close(fd);
	return n;
}

void acme_challenge_answer(int folder, struct http_request *r)
{
	const char *token = http_path(r) + sizeof(prefix) - 1;
	char text[ACME_CHALLENGE_MAX];
	ssize_t len = -1;

	if (strcmp(http_method(r), "GET") != 0 && strcmp(http_method(r), "HEAD") != 0) {
		http_add_header(r, "Allow", "GET, HEAD");
		answer_error(r, 405, "Invalid request method");
		return;
	}
	if (acme_token_is_good(token))
		len = read_file(folder, token, text);
	if (len < 0)
		answer_error(r, 404, "404 page not found");
	else
		http_reply(r, 200, "application/octet-stream", text, (size_t)len);
}

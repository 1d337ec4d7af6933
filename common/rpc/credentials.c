/* Several requests may be refused at once for one old cookie: the first one has the file read, the
 * others find that there is a newer edition already. */
#include "common/rpc/credentials.h"

#include <stdlib.h>
#include <string.h>

#include "common/rpc/cookie_file.h"

static char *copy_option(const char *text)
{
	return text != NULL && *text != '\0' ? strdup(text) : NULL;
}

static void forget(struct credentials *c)
{
	if (c->pass != NULL)
		explicit_bzero(c->pass, strlen(c->pass));
	free(c->pass);
	free(c->user);
	c->user = c->pass = NULL;
}

void credentials_init(struct credentials *c, const char *user, const char *pass,
		      const char *cookie_file)
{
	*c = (struct credentials){ .user = copy_option(user),
				   .pass = copy_option(pass),
				   .cookie_file = copy_option(cookie_file) };
}

void credentials_release(struct credentials *c)
{
	forget(c);
	free(c->cookie_file);
	c->cookie_file = NULL;
}

static void take(struct credentials *c, const struct cookie *now)
{
	if (c->pass != NULL && strcmp(c->pass, now->pass) == 0 && strcmp(c->user, now->user) == 0)
		return;
	forget(c);
	c->user = strdup(now->user);
	c->pass = strdup(now->pass);
	if (c->user == NULL || c->pass == NULL)
		abort(); /* as the loop does */
	c->edition++;
}

/* What cannot be read is not sent any more. */
static int read_again(struct credentials *c, struct err *err)
{
	struct cookie now;
	int rc = cookie_file_read(c->cookie_file, &now, err);

	if (rc < 0)
		forget(c);
	else
		take(c, &now);
	explicit_bzero(&now, sizeof(now));
	return rc;
}

int credentials_get(struct credentials *c, struct err *err)
{
	return c->cookie_file == NULL || c->pass != NULL ? 0 : read_again(c, err);
}

bool credentials_renewed(struct credentials *c, unsigned edition)
{
	struct err err;

	if (c->cookie_file == NULL)
		return false;
	if (c->edition == edition && read_again(c, &err) < 0)
		return false;
	return c->pass != NULL && c->edition != edition;
}

/* An authority has a folder of its own, named after its URL: who tries a test authority first and
 * then turns to the real one must not go on with the test's certificate. */
#include "apid/acme_paths.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define AUTHORITY_MAX 128

/* The URL without its scheme; what is no letter, digit, point or hyphen becomes '_'. */
static void authority_of(const char *url, char ret[AUTHORITY_MAX])
{
	const char *from = strstr(url, "://");
	size_t n = 0;

	for (from = from != NULL ? from + 3 : url; *from != '\0' && n + 1 < AUTHORITY_MAX; from++)
		ret[n++] =
			isalnum((unsigned char)*from) || strchr(".-", *from) != NULL ? *from : '_';
	ret[n] = '\0';
	if (ret[0] == '.')
		ret[0] = '_';
}

__attribute__((format(printf, 2, 3))) static bool put(char ret[CONF_PATH_MAX], const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(ret, CONF_PATH_MAX, fmt, ap);
	va_end(ap);
	return n >= 0 && n < CONF_PATH_MAX;
}

static bool put_state(const struct conf *conf, struct acme_paths *p)
{
	const char *host = conf->auto_tls_host;
	char authority[AUTHORITY_MAX];

	authority_of(conf->acme_url, authority);
	return put(p->state, "%s/acme/%s", conf->dir, authority) &&
	       put(p->cert, "%s/%s/cert.pem", p->state, host) &&
	       put(p->key, "%s/private/%s/key.pem", p->state, host) &&
	       put(p->account_key, "%s/private/key.pem", p->state) &&
	       put(p->account, "%s/registered", p->state) && put(p->lock, "%s/lock", p->state);
}

int acme_paths_of(const struct conf *conf, struct acme_paths *ret, struct err *err)
{
	*ret = (struct acme_paths){ .state = "" };
	if (!put(ret->challenges, "%s/acme/.well-known/acme-challenge", conf->dir) ||
	    (conf->auto_tls_host[0] != '\0' && !put_state(conf, ret)))
		return err_set(err, ERR_INVALID, "data directory '%s' has too long a name",
			       conf->dir);
	return 0;
}

/* --- folders --------------------------------------------------------------------------------- */

static int make_folder(const char *path, struct err *err)
{
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return err_set_path_errno(err, "cannot make '%s'", path);
	return 0;
}

/* `path` and all folders above it, up to `below`, which is there. */
static int make_folders(const char *path, const char *below, struct err *err)
{
	char part[CONF_PATH_MAX];
	int rc = 0;

	(void)snprintf(part, sizeof(part), "%s", path);
	for (char *slash = part + strlen(below); rc == 0 && slash != NULL;) {
		slash = strchr(slash + 1, '/');
		if (slash != NULL)
			*slash = '\0';
		rc = make_folder(part, err);
		if (slash != NULL)
			*slash = '/';
	}
	return rc;
}

static int make_folder_of(const char *file, const char *below, struct err *err)
{
	char folder[CONF_PATH_MAX];

	(void)snprintf(folder, sizeof(folder), "%.*s", (int)(strrchr(file, '/') - file), file);
	return make_folders(folder, below, err);
}

int acme_paths_make(const struct conf *conf, const struct acme_paths *p, struct err *err)
{
	int rc = make_folder(conf->dir, err);

	if (rc == 0)
		rc = make_folders(p->challenges, conf->dir, err);
	if (rc == 0 && p->state[0] != '\0')
		rc = make_folder_of(p->cert, conf->dir, err);
	if (rc == 0 && p->state[0] != '\0')
		rc = make_folder_of(p->key, conf->dir, err);
	return rc;
}

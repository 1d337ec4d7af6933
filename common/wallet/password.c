#include "common/wallet/password.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "common/wallet/prompt.h"

static bool is_set(const char *text)
{
	return text != NULL && text[0] != '\0';
}

/* False when systemd gave us none. */
static bool credential_path(const struct password_ways *ways, char ret[PATH_MAX])
{
	int n;

	if (!is_set(ways->credentials))
		return false;
	n = snprintf(ret, PATH_MAX, "%s/" PASSWORD_CREDENTIAL, ways->credentials);
	return n > 0 && n < PATH_MAX && access(ret, F_OK) == 0;
}

enum password_way password_way(const struct password_ways *ways)
{
	char path[PATH_MAX];

	if (is_set(ways->file))
		return PASSWORD_FILE;
	if (credential_path(ways, path))
		return PASSWORD_SYSTEMD;
	return prompt_is_possible() ? PASSWORD_TERMINAL : PASSWORD_NOWHERE;
}

const char *password_way_name(enum password_way way)
{
	switch (way) {
	case PASSWORD_FILE: return "sky_exchanger.wallet_password_file";
	case PASSWORD_SYSTEMD: return "the systemd credential " PASSWORD_CREDENTIAL;
	case PASSWORD_TERMINAL: return "the terminal";
	case PASSWORD_NOWHERE: break;
	}
	return "nowhere";
}

/* --- the ways --------------------------------------------------------------------------------- */
static void cut_line_end(struct secret_text *t)
{
	if (t->len > 0 && t->data[t->len - 1] == '\n') {
		t->len--;
		if (t->len > 0 && t->data[t->len - 1] == '\r')
			t->len--;
	}
	t->data[t->len] = '\0';
}

/* A file that is not there is a person's to mend: waiting for it would hide that. */
static int from_file(const char *path, enum secret_privacy privacy, struct secret_text *ret,
		     struct err *err)
{
	int rc = secret_file_read(path, PASSWORD_MAX, privacy, ret, NULL, err);

	if (rc == ERR_NOT_FOUND)
		rc = err->code = ERR_INVALID;
	if (rc == 0)
		cut_line_end(ret);
	return rc;
}

static int from_credential(const struct password_ways *ways, struct secret_text *ret,
			   struct err *err)
{
	char path[PATH_MAX];

	if (!credential_path(ways, path))
		return err_set(err, ERR_INVALID, "it is gone");
	return from_file(path, SECRET_HANDED, ret, err);
}

static int from_terminal(const struct password_ways *ways, struct secret_text *ret, struct err *err)
{
	char question[PATH_MAX + 64];

	(void)snprintf(question, sizeof(question), "Password of the wallet %s: ", ways->wallet);
	return prompt_password(question, ret, err);
}

static int no_way(struct err *err)
{
	return err_set(err, ERR_INVALID,
		       "the wallet is encrypted and nothing gives its password: name a file in "
		       "sky_exchanger.wallet_password_file, or hand over the systemd credential "
		       "'" PASSWORD_CREDENTIAL "' (LoadCredential=), or start this on a terminal, "
		       "which then asks");
}

static int take(const struct password_ways *ways, enum password_way way, struct secret_text *ret,
		struct err *err)
{
	switch (way) {
	case PASSWORD_FILE: return from_file(ways->file, SECRET_PRIVATE, ret, err);
	case PASSWORD_SYSTEMD: return from_credential(ways, ret, err);
	case PASSWORD_TERMINAL: return from_terminal(ways, ret, err);
	case PASSWORD_NOWHERE: break;
	}
	return no_way(err);
}

int password_get(const struct password_ways *ways, struct secret_text *ret, struct err *err)
{
	enum password_way way = password_way(ways);
	struct secret_text t;
	int rc = take(ways, way, &t, err);

	if (rc == 0 && t.len == 0) {
		secret_text_free(&t);
		rc = err_set(err, ERR_INVALID, "it is empty");
	}
	if (rc < 0)
		return way == PASSWORD_NOWHERE ? rc
					       : err_wrap(err, "the wallet's password (%s)",
							  password_way_name(way));
	*ret = t;
	return 0;
}

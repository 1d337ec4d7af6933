#include "common/model/access_token.h"

#include <stdio.h>
#include <string.h>

#include "common/base/text.h"

#define NAME_BYTES "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
#define LINE_MAX   256
#define BLANKS	   " \t\r"

static const struct {
	const char *name;
	enum access_role role;
} roles[] = {
	{ "read", ACCESS_READ },
	{ "backup", ACCESS_BACKUP },
	{ "metrics", ACCESS_METRICS },
};
#define ROLES (sizeof(roles) / sizeof(roles[0]))

bool access_name_is_valid(const char *name)
{
	size_t len = strspn(name, NAME_BYTES);

	return len > 0 && len < ACCESS_NAME_MAX && name[len] == '\0';
}

static unsigned role_of(const char *name, size_t len)
{
	for (size_t i = 0; i < ROLES; i++)
		if (strlen(roles[i].name) == len && memcmp(roles[i].name, name, len) == 0)
			return roles[i].role;
	return 0;
}

bool access_roles_parse(const char *text, unsigned *ret)
{
	unsigned all = 0, one;
	size_t len;

	do {
		len = strcspn(text, ",");
		one = role_of(text, len);
		all |= one;
		text += len;
	} while (one != 0 && *text++ == ',');
	if (one == 0)
		return false;
	*ret = all;
	return true;
}

void access_roles_text(unsigned of, char ret[ACCESS_ROLES_TEXT_MAX])
{
	size_t n = 0;

	ret[0] = '\0';
	for (size_t i = 0; i < ROLES; i++)
		if ((of & roles[i].role) != 0)
			n += (size_t)snprintf(ret + n, ACCESS_ROLES_TEXT_MAX - n, "%s%s",
					      n > 0 ? "," : "", roles[i].name);
}

struct sha256 access_digest(const char *token)
{
	return sha256(token, strlen(token));
}

void access_token_print(const struct access_token *t, struct buf *out)
{
	char digest[2 * sizeof(t->digest.b) + 1], text[ACCESS_ROLES_TEXT_MAX];

	hex_from_bytes(t->digest.b, sizeof(t->digest.b), digest);
	access_roles_text(t->roles, text);
	(void)buf_printf(out, "%s %s %s\n", t->name, text, digest);
}

/* --- the file -------------------------------------------------------------------------------- */

static bool parse_line(char *line, struct access_token *ret)
{
	char *rest = NULL;
	const char *name = strtok_r(line, BLANKS, &rest);
	const char *text = strtok_r(NULL, BLANKS, &rest);
	const char *digest = strtok_r(NULL, BLANKS, &rest);

	if (digest == NULL || strtok_r(NULL, BLANKS, &rest) != NULL || !access_name_is_valid(name))
		return false;
	(void)snprintf(ret->name, sizeof(ret->name), "%s", name);
	return access_roles_parse(text, &ret->roles) &&
	       hex_to_bytes(digest, ret->digest.b, sizeof(ret->digest.b));
}

static bool has_name(const struct access_list *l, const char *name)
{
	for (unsigned i = 0; i < l->count; i++)
		if (strcmp(l->token[i].name, name) == 0)
			return true;
	return false;
}

/* The line without its end, in `line`; false: too long, or it holds a NUL. */
static int take_line(const char *text, size_t len, unsigned number, struct access_list *l,
		     struct err *err)
{
	struct access_token t;
	char line[LINE_MAX];
	size_t blank;

	if (len >= sizeof(line))
		return err_set(err, ERR_INVALID, "line %u is too long", number);
	memcpy(line, text, len);
	line[len] = '\0';
	blank = strspn(line, BLANKS);
	if (line[blank] == '\0' || line[blank] == '#')
		return 0;
	if (!parse_line(line, &t))
		return err_set(err, ERR_INVALID, "line %u is no NAME ROLE DIGEST", number);
	if (has_name(l, t.name))
		return err_set(err, ERR_INVALID, "line %u has a name that was there before",
			       number);
	if (l->count == ACCESS_TOKENS_MAX)
		return err_set(err, ERR_INVALID, "there are more than %d tokens",
			       ACCESS_TOKENS_MAX);
	l->token[l->count++] = t;
	return 0;
}

int access_list_parse(const char *text, struct access_list *ret, struct err *err)
{
	struct access_list l = { .count = 0 };
	unsigned number = 0;
	int rc = 0;

	while (rc == 0 && *text != '\0') {
		size_t len = strcspn(text, "\n");

		rc = take_line(text, len, ++number, &l, err);
		text += len + (text[len] == '\n');
	}
	if (rc == 0)
		*ret = l;
	return rc;
}

const struct access_token *access_list_find(const struct access_list *l, const char *token)
{
	struct sha256 digest = access_digest(token);
	const struct access_token *found = NULL;

	for (unsigned i = 0; i < l->count; i++)
		if (sha256_is_equal(&l->token[i].digest, &digest))
			found = &l->token[i];
	return found;
}

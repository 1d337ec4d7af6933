/* Who may ask the admin API, as stood in the file admin_panel.tokens_file: a line for each token,
 *
 *   NAME ROLE[,ROLE...] DIGEST
 *
 * with '#' for comments.  The token itself is 256 random bits and is in no file of ours: the digest
 * is its SHA-256.  Nothing slower is needed, for there is nothing to guess. */
#ifndef TELLER_COMMON_MODEL_ACCESS_TOKEN_H
#define TELLER_COMMON_MODEL_ACCESS_TOKEN_H

#include <stdbool.h>

#include "common/base/buf.h"
#include "common/crypto/hash.h"

/* Bits: a token may have several. */
enum access_role {
	ACCESS_READ = 1,    /* deposits, addresses, accounts, what the daemons say */
	ACCESS_BACKUP = 2,  /* the whole database */
	ACCESS_METRICS = 4, /* /metrics only */
};

#define ACCESS_NAME_MAX	  33
#define ACCESS_TOKEN_SIZE 65 /* 64 hex digits and a NUL */
#define ACCESS_TOKENS_MAX 100
#define ACCESS_FILE_MAX	  65536

struct access_token {
	char name[ACCESS_NAME_MAX]; /* letters, digits, '.', '_', '-' */
	unsigned roles;
	struct sha256 digest;
};

bool access_name_is_valid(const char *name);
/* "read,backup"; false: an unknown one, or none. */
bool access_roles_parse(const char *text, unsigned *ret);
#define ACCESS_ROLES_TEXT_MAX 48
void access_roles_text(unsigned roles, char ret[ACCESS_ROLES_TEXT_MAX]);

struct sha256 access_digest(const char *token);
/* A line of the file, with its line end. */
void access_token_print(const struct access_token *t, struct buf *out);

struct access_list {
	unsigned count;
	struct access_token token[ACCESS_TOKENS_MAX];
};
/* The whole file.  ERR_INVALID names the line. */
int access_list_parse(const char *text, struct access_list *ret, struct err *err);
/* Whose token it is; NULL: nobody's.  Takes the same time whoever's it is. */
const struct access_token *access_list_find(const struct access_list *l, const char *token);

#endif

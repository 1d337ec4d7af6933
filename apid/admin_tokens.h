/* The tokens of the admin API, as they were in their file when it was last read. */
#ifndef TELLER_APID_ADMIN_TOKENS_H
#define TELLER_APID_ADMIN_TOKENS_H

#include "common/daemon/confine.h"
#include "common/model/access_token.h"

struct admin_tokens;

/* `path` empty: no tokens, *ret is NULL and all is allowed.  ERR_INVALID: the file has mistakes, or
 * others may read it. */
int admin_tokens_open(const char *path, struct admin_tokens **ret, struct err *err);
void admin_tokens_free(struct admin_tokens *t);
/* Read the file again, `c` opens it when it is another one (confine_open()); what was read before
 * stays in force when that fails. */
int admin_tokens_reload(struct admin_tokens *t, struct confine *c, struct err *err);

unsigned admin_tokens_count(const struct admin_tokens *t);
/* Whose token it is; NULL: nobody's. */
const struct access_token *admin_tokens_find(const struct admin_tokens *t, const char *token);

#endif

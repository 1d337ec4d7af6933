/* Who may pass to the admin and the dummy listener, and what for. */
#ifndef TELLER_APID_ADMIN_GUARD_H
#define TELLER_APID_ADMIN_GUARD_H

#include "apid/apid.h"
#include "common/model/access_token.h"

struct admin_guard;

/* ERR_INVALID: the tokens have mistakes, or there is none where one is needed. */
int admin_guard_new(const struct conf *conf, struct admin_guard **ret, struct err *err);
void admin_guard_free(struct admin_guard *g);
/* SIGHUP. */
void admin_guard_reload(struct admin_guard *g, struct confine *c);

/* May a request with this Host header come in through a listener at `address`?  A web page that was
 * pointed here by DNS still sends its own name. */
bool admin_guard_host(const struct conf *conf, const char *address, const char *host);
/* Does the request show a token that has one of `roles`?  False: answered 401, 403 or 429.
 * Without tokens everybody has all roles. */
bool admin_guard_pass(struct admin_guard *g, struct http_request *r, unsigned roles);

#endif

/* Where automatic certificates live, in the data directory:
 *
 *   acme/.well-known/acme-challenge/   what the authority asks for over plain HTTP
 *   acme/<authority>/                  the state of uacme with one authority (its confdir):
 *     private/key.pem                    our account's key
 *     private/<host>/key.pem             the certificate's key
 *     <host>/cert.pem                    the certificate and its chain
 */
#ifndef TELLER_APID_ACME_PATHS_H
#define TELLER_APID_ACME_PATHS_H

#include "common/base/err.h"
#include "common/conf/conf.h"

struct acme_paths {
	char challenges[CONF_PATH_MAX];
	char state[CONF_PATH_MAX]; /* "" without web.auto_tls_host, and so are the next */
	char cert[CONF_PATH_MAX];
	char key[CONF_PATH_MAX];
	char account_key[CONF_PATH_MAX];
	char account[CONF_PATH_MAX]; /* ours: is there once the account is registered */
	char lock[CONF_PATH_MAX];
};

/* ERR_INVALID: the data directory has too long a name. */
int acme_paths_of(const struct conf *conf, struct acme_paths *ret, struct err *err);
/* Make the folders, for us alone. */
int acme_paths_make(const struct conf *conf, const struct acme_paths *p, struct err *err);

#endif

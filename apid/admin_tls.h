/* TLS of the operator's listener: admin_panel.tls_cert and .tls_key, loaded anew when they change.
 */
#ifndef TELLER_APID_ADMIN_TLS_H
#define TELLER_APID_ADMIN_TLS_H

#include "common/daemon/daemon.h"

struct admin_tls;
struct tls_identity;

/* Files that are read again later (daemon_def.reads). */
void admin_tls_reads(const struct conf *conf, struct confine_files *ret);

/* *ret is NULL without a certificate.  ERR_INVALID: it cannot be used. */
int admin_tls_new(struct daemon *d, struct admin_tls **ret, struct err *err);
/* Once the listener is gone; NULL is fine. */
void admin_tls_free(struct admin_tls *t);
/* SIGHUP: look at the files now; NULL is fine. */
void admin_tls_now(struct admin_tls *t);

/* NULL: plain HTTP. */
struct tls_identity *admin_tls_identity(const struct admin_tls *t);

#endif

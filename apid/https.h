/* HTTPS as a whole: the certificate that is shown, where it comes from, and what plain HTTP still
 * answers beside it. */
#ifndef TELLER_APID_HTTPS_H
#define TELLER_APID_HTTPS_H

#include "apid/http_server.h"
#include "common/daemon/daemon.h"

struct https;

/* Files that are read again later (daemon_def.reads); makes the folders of certificates. */
int https_reads(const struct conf *conf, struct confine_files *ret, struct err *err);
/* Rows of the sandbox (daemon_def.confine). */
void https_needs(const struct conf *conf, struct sandbox_plan *p);

/* *ret is NULL without web.https_addr.  ERR_INVALID: the certificate cannot be used. */
int https_new(struct daemon *d, struct https **ret, struct err *err);
/* Once its listener is gone; NULL is fine. */
void https_free(struct https *h);
/* SIGHUP: look at the files, and try to get a certificate, now; NULL is fine. */
void https_now(struct https *h);

struct tls_identity *https_identity(const struct https *h);

/* A request of the public listeners, before anything else is thought of it.  True: it came over
 * plain HTTP and has been answered (a challenge, a redirect).  `h` may be NULL. */
bool https_takes(const struct https *h, struct http_request *r);
/* Is it for another host than ours?  `h` may be NULL. */
bool https_is_misdirected(const struct https *h, const struct http_request *r);

#endif

/* Where plain HTTP sends its customers once there is HTTPS. */
#ifndef TELLER_APID_REDIRECT_H
#define TELLER_APID_REDIRECT_H

#include <stdbool.h>

#include "common/base/buf.h"

struct redirect_conf {
	const char *https_addr;	   /* host:port that the HTTPS listener has */
	const char *auto_tls_host; /* "": none */
};

/* 301 for what may be asked again as a GET, else 308. */
int redirect_status(const char *method);

/* Append the URL.  `host` is the Host header or NULL, `target` what stood in the first line of the
 * request.  False: the client did not say which host it means, and we do not know either. */
bool redirect_location(const struct redirect_conf *c, const char *host, const char *target,
		       struct buf *out);

/* Append the body for those who do not follow by themselves. */
void redirect_html(const char *location, struct buf *out);

#endif

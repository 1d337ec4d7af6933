/* A handshake with ourselves, to see whether one can be made. */
#ifndef TELLER_APID_TLS_TRIAL_H
#define TELLER_APID_TLS_TRIAL_H

#include "apid/tls_certificate.h"

/* ERR_INVALID: no client can be served with it, and why; ERR_BUSY: out of memory. */
int tls_trial(const struct tls_certificate *c, struct err *err);

#endif

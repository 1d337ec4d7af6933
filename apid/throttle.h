/* The rate limit: for each client and path a bucket of `max` requests that refills evenly over the
 * duration.  IPv4 counts by address, IPv6 by /64.  A fixed number of buckets; when a set of them is
 * full the fullest bucket, which limits nobody, gives way. */
#ifndef TELLER_APID_THROTTLE_H
#define TELLER_APID_THROTTLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct throttle;

/* NULL when memory is short.  max and duration_ms must not be 0. */
struct throttle *throttle_new(uint64_t max, uint64_t duration_ms);
void throttle_free(struct throttle *t);
/* May this client ask for this path now?  When not, *ret_retry_s says in how many seconds.
 * `ip` as text; what is no address counts as one client. */
bool throttle_allow(struct throttle *t, const char *ip, const char *path, uint64_t *ret_retry_s);
/* Is this an IPv4 or IPv6 address as text? */
bool throttle_is_ip(const char *text, size_t len);

#endif

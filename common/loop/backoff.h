/* Capped exponential back-off with jitter: 250 ms, doubling, to `max_ms`. */
#ifndef TELLER_COMMON_LOOP_BACKOFF_H
#define TELLER_COMMON_LOOP_BACKOFF_H

#include <stdint.h>

struct backoff {
	uint64_t base_ms, max_ms;
	unsigned failures;
};

void backoff_init(struct backoff *b, uint64_t base_ms, uint64_t max_ms);
/* How long to wait before the next try; between half and all of the capped power. */
uint64_t backoff_next(struct backoff *b);
void backoff_reset(struct backoff *b);

#endif

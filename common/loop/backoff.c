/* The jitter keeps daemons that lost the same peer from coming back to it in step.  How long we
 * wait decides nothing, so the randomness is the system's and needs no seed from tests. */
#include "common/loop/backoff.h"

#include <stdlib.h>

void backoff_init(struct backoff *b, uint64_t base_ms, uint64_t max_ms)
{
	*b = (struct backoff){ .base_ms = base_ms, .max_ms = max_ms };
}

/* base * 2^failures without overflow, at most max. */
static uint64_t backoff_power(const struct backoff *b)
{
	uint64_t ms = b->base_ms;

	for (unsigned i = 0; i < b->failures && ms < b->max_ms; i++)
		ms = ms > b->max_ms / 2 ? b->max_ms : 2 * ms;
	return ms < b->max_ms ? ms : b->max_ms;
}

uint64_t backoff_next(struct backoff *b)
{
	uint64_t ms = backoff_power(b);
	uint64_t spread = ms - ms / 2;

	if (ms < b->max_ms)
		b->failures++;
	if (spread >= UINT32_MAX)
		return ms;
	return ms / 2 + arc4random_uniform((uint32_t)spread + 1);
}

void backoff_reset(struct backoff *b)
{
	b->failures = 0;
}

/* Blocks that an operator wants to be scanned once more, and how far that is. */
#ifndef TELLER_COMMON_MODEL_RESCAN_ORDER_H
#define TELLER_COMMON_MODEL_RESCAN_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/coin/coin.h"
#include "common/model/sighting.h"

/* RUNNING -> DONE; -> CANCELLED by an operator; -> FAILED, it cannot be trusted any more. */
enum rescan_state { RESCAN_RUNNING, RESCAN_DONE, RESCAN_CANCELLED, RESCAN_FAILED };
const char *rescan_state_name(enum rescan_state s); /* "running", "done", ... */
bool rescan_state_parse(const char *name, enum rescan_state *ret);

#define RESCAN_WHO_MAX	 48
#define RESCAN_ERROR_MAX 320

struct rescan_order {
	uint64_t seq; /* from 1, in the order of asking */
	enum coin coin;
	int64_t from, to;		     /* both are part of it */
	int64_t next;			     /* downwards: all above it is done */
	char next_hash[BLOCK_HASH_TEXT_MAX]; /* as its child says; empty before the first */
	enum rescan_state state;
	uint64_t found, known;		/* outputs: recorded by it; recorded before */
	uint64_t busy_ms;		/* time spent, without that of a stopped daemon */
	char error[RESCAN_ERROR_MAX];	/* what holds it up now, has ended it, or was left out */
	char who[RESCAN_WHO_MAX];	/* the operator, by their own word, */
	uint32_t uid;			/* and by the kernel's */
	int64_t started_at, updated_at; /* Unix seconds */
};

#endif

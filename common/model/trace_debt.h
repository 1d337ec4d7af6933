/* A block that was scanned without looking for transfers made by contracts, because the node could
 * not trace it just then: that is owed, and done later. */
#ifndef TELLER_COMMON_MODEL_TRACE_DEBT_H
#define TELLER_COMMON_MODEL_TRACE_DEBT_H

#include <stdint.h>

#include "common/coin/coin.h"
#include "common/model/sighting.h"

#define TRACE_WHY_MAX 160

struct trace_debt {
	enum coin coin;
	int64_t height;
	char hash[BLOCK_HASH_TEXT_MAX]; /* the block that was scanned */
	int64_t since;			/* Unix seconds: when it was scanned */
	uint32_t tries;			/* that failed since then */
	char why[TRACE_WHY_MAX];	/* the last time */
};

/* All of a coin. */
struct trace_debts_sum {
	uint64_t count;
	int64_t from, to; /* lowest and highest block */
	int64_t since;	  /* the oldest's */
};

#endif

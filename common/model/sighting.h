/* A sighting: an output that pays a watched address, as scannerd saw it on a chain. */
#ifndef TELLER_COMMON_MODEL_SIGHTING_H
#define TELLER_COMMON_MODEL_SIGHTING_H

#include <stdint.h>

#include "common/coin/address.h"
#include "common/coin/amount.h"

#define TXID_TEXT_MAX	    129 /* 64 hex digits in life; the dummy API takes any text */
#define BLOCK_HASH_TEXT_MAX 65

/* SEEN -> CONFIRMED, deep enough; SEEN or CONFIRMED -> ORPHANED, its block left the chain;
 * ORPHANED -> SEEN, the same output came back in another block. */
enum sighting_state { SIGHTING_SEEN, SIGHTING_CONFIRMED, SIGHTING_ORPHANED };
const char *sighting_state_name(enum sighting_state s); /* "seen", "confirmed", "orphaned" */
bool sighting_state_parse(const char *name, enum sighting_state *ret);

struct sighting {
	uint64_t feed_seq; /* place in the sighting feed; 0 while only seen (see store/feed.h) */
	enum coin coin;
	char txid[TXID_TEXT_MAX];
	uint32_t n; /* the output's own index in its transaction */
	char address[ADDRESS_TEXT_MAX];
	struct units value;
	int64_t height;
	char block_hash[BLOCK_HASH_TEXT_MAX];
	bool coinbase; /* counts only when mature: 100 confirmations */
	bool surplus;  /* no output, but money that a balance shows: never paid by itself */
	enum sighting_state state;
	int64_t seen_at; /* Unix seconds */
};

#endif

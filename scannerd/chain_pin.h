/* The chain that is scanned, told from others by its first block: once something was seen there,
 * it stays that one, over restarts and whatever node is asked. */
#ifndef TELLER_SCANNERD_CHAIN_PIN_H
#define TELLER_SCANNERD_CHAIN_PIN_H

#include "common/daemon/commit_group.h"
#include "common/model/sighting.h"

struct chain_pin {
	enum coin coin;
	struct store *store;
	struct commit_group *commits;
	char genesis[BLOCK_HASH_TEXT_MAX]; /* "": none is held */
	char asked[BLOCK_HASH_TEXT_MAX];   /* being written */
};

/* Reads what is held; what was held before anything was seen counts for nothing and is dropped. */
int chain_pin_init(struct chain_pin *p, enum coin coin, struct store *s, struct commit_group *g,
		   struct err *err);
/* Hold this one, from the commit of this turn on.  When that fails it is not held, and whoever asks
 * for blocks asks again. */
void chain_pin_set(struct chain_pin *p, const char *genesis);
/* Commits what is being written; the commit calls nobody back later. */
void chain_pin_release(struct chain_pin *p);

#endif

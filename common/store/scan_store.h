/* Chain cursors, recent block hashes, sightings.  Writer: scannerd. */
#ifndef TELLER_COMMON_STORE_SCAN_STORE_H
#define TELLER_COMMON_STORE_SCAN_STORE_H

#include "common/model/sighting.h"
#include "common/store/store.h"

/* The last block scanned.  ERR_NOT_FOUND before the first. */
struct scan_cursor {
	int64_t height;
	char hash[BLOCK_HASH_TEXT_MAX];
	int64_t initial_height; /* where this chain was first started */
};
int store_cursor_get(struct store *s, enum coin coin, struct scan_cursor *ret, struct err *err);
/* Move the cursor to this block and remember its hash; hashes older than `keep` blocks are
 * forgotten.  Same transaction as the block's sightings. */
int store_cursor_advance(struct store *s, enum coin coin, int64_t height, const char *hash,
			 int64_t initial_height, int64_t keep, struct err *err);
/* Step back to `height`: forgets the hashes above, orphans their sightings (those that were
 * confirmed go into the feed again).  *ret_orphaned counts the confirmed ones. */
int store_cursor_rewind(struct store *s, enum coin coin, int64_t height, uint64_t *ret_orphaned,
			struct err *err);
/* Stored hash of a scanned block; ERR_NOT_FOUND when not kept. */
int store_block_hash(struct store *s, enum coin coin, int64_t height, char ret[BLOCK_HASH_TEXT_MAX],
		     struct err *err);

/* Height of the oldest block whose hash is kept; all up to the cursor's are.  ERR_NOT_FOUND. */
int store_block_lowest(struct store *s, enum coin coin, int64_t *ret, struct err *err);
/* Keep the hash of the block below the lowest, too. */
int store_block_keep(struct store *s, enum coin coin, int64_t height, const char *hash,
		     struct err *err);
/* Is there a sighting on the chain in a block below `height`? */
int store_sighting_below(struct store *s, enum coin coin, int64_t height, bool *ret,
			 struct err *err);

/* The hash of block 0 of the chain that is scanned; ERR_NOT_FOUND: none is held yet. */
int store_chain_pin_get(struct store *s, enum coin coin, char ret[BLOCK_HASH_TEXT_MAX],
			struct err *err);
/* Hold it; in place of another one. */
int store_chain_pin_put(struct store *s, enum coin coin, const char *genesis, int64_t now,
			struct err *err);
/* Nothing was ever seen there: another chain may be scanned.  *ret_dropped: it was held until now.
 */
int store_chain_pin_drop_unseen(struct store *s, enum coin coin, bool *ret_dropped,
				struct err *err);

/* Record an output (state SEEN or CONFIRMED as given; CONFIRMED enters the feed).  Known already:
 * ERR_EXISTS and nothing changes, except that an ORPHANED one is back with the new block and the
 * given state (returns 0). */
int store_sighting_add(struct store *s, const struct sighting *g, struct err *err);
/* ERR_NOT_FOUND when the output was never seen. */
int store_sighting_get(struct store *s, enum coin coin, const char *txid, uint32_t n,
		       struct sighting *ret, struct err *err);
/* The n under which an output of `txid` was first recorded, for coins where that is one at most;
 * ERR_NOT_FOUND, and *ret is untouched. */
int store_sighting_first_n(struct store *s, enum coin coin, const char *txid, uint32_t *ret,
			   struct err *err);
/* SEEN sightings at `height` or below become CONFIRMED and enter the feed; coinbase ones only at
 * `coinbase_height` or below.  At most `limit`; *ret_count says how many. */
int store_sighting_confirm(struct store *s, enum coin coin, int64_t height, int64_t coinbase_height,
			   unsigned limit, unsigned *ret_count, struct err *err);

typedef int (*store_sighting_fn)(void *arg, const struct sighting *g, struct err *err);
/* The feed: sightings with feed_seq > after, in order, at most `limit`.  `fn` returns 0, or an
 * error that ends the walk. */
int store_sighting_feed(struct store *s, uint64_t after, unsigned limit, store_sighting_fn fn,
			void *arg, struct err *err);
/* Sightings of one address, in the order they were seen. */
int store_sighting_each_of(struct store *s, enum coin coin, const char *address,
			   store_sighting_fn fn, void *arg, struct err *err);
/* Those of them that are on the chain and wait to become a deposit, or one again that was void:
 * neither left for a person (unassigned, surplus) nor taken in already. */
int store_sighting_each_waiting(struct store *s, enum coin coin, const char *address,
				store_sighting_fn fn, void *arg, struct err *err);
#endif

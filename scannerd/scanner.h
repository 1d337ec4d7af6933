/* The scan of one chain: from the stored cursor to the node's tip and along with it. */
#ifndef TELLER_SCANNERD_SCANNER_H
#define TELLER_SCANNERD_SCANNER_H

#include "common/daemon/commit_group.h"
#include "common/daemon/health.h"
#include "common/loop/loop.h"
#include "common/store/store.h"
#include "scannerd/chain.h"
#include "scannerd/chain_pin.h"
#include "scannerd/pool_watch.h"

struct scanner;

struct scanner_options {
	enum coin coin;
	int64_t initial_height; /* first block of the first scan; later starts go on at the cursor
				 */
	int64_t confirmations;	/* at least 1: the block that holds a deposit is the first; or 0:
				 * what  the network calls final is confirmed */
	uint64_t quiet_ms;   /* the network makes blocks at a pace: so long without one is told; 0:
			      * it does not */
	uint64_t period_ms;  /* between looks at the node while there is nothing to do */
	struct chain *chain; /* the caller's; must outlive the scanner */
	struct chain_pin *pin; /* likewise; NULL: the chain itself sees to it which one it is */
	struct loop *loop;
	struct store *store;
	struct commit_group *commits;
	struct health *health;
	/* Sightings were confirmed or undone and are committed: the feed has grown. */
	void (*on_news)(void *arg);
	void *arg;
};

/* Starts at once.  NULL when memory is short. */
struct scanner *scanner_new(const struct scanner_options *o);
void scanner_free(struct scanner *s); /* commits what is recorded; NULL is fine */

struct scanner_status {
	int64_t height;	   /* last block scanned; -1: none yet */
	int64_t node_tip;  /* as last heard; -1: not yet */
	const char *state; /* a word: "loading", "asking", "fetching", "waiting", "halted", ... */
};
void scanner_status(const struct scanner *s, struct scanner_status *ret);
/* A scan that has halted: an operator says that the node's chain is right.  All from block `from`
 * on is taken back, durably, and scanned anew; *ret_orphaned of the deposits had been confirmed.
 * ERR_INVALID: it has not halted, or the fork lies lower for certain.  ERR_BUSY: the database. */
int scanner_accept(struct scanner *s, int64_t from, uint64_t *ret_orphaned, struct err *err);
/* What it watches; NULL: not all of it is taken in yet. */
struct pool_watch *scanner_pool(const struct scanner *s);

#endif

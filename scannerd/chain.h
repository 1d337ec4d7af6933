/* What a chain supplies to the scanner: the height of the tip, the hash at a height, a block with
 * its outputs.  One implementation for each coin (chain_btc.c), one scripted in the tests.
 *
 * Each question is answered exactly once through its callback, later, never from inside the call;
 * drop() forgets those under way, whose callbacks are then not called.  Questions may be
 * asked while others are under way. */
#ifndef TELLER_SCANNERD_CHAIN_H
#define TELLER_SCANNERD_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/model/sighting.h"
#include "scannerd/watchlist.h"

/* What went wrong, by what it means for the scan. */
enum chain_trouble {
	CHAIN_UNREACHABLE,   /* no connection, no whole answer, no sense in it */
	CHAIN_WARMING_UP,    /* the node has just started */
	CHAIN_BUSY,	     /* it has too much to do just now */
	CHAIN_UNAUTHORIZED,  /* it does not take our credentials */
	CHAIN_UNTRUSTED,     /* TLS: it does not prove to be the node that we trust */
	CHAIN_WRONG_NETWORK, /* it is on another network than configured */
	CHAIN_NOT_YET,	     /* it has no block at that height */
	CHAIN_STALE,	     /* the block left its chain between two questions */
	CHAIN_BAD_BLOCK,     /* what it sent is not the block asked for */
	CHAIN_PRUNED,	     /* it has thrown the block away */
	CHAIN_REFUSED,	     /* any other no: its own words are in the text */
};

struct chain_error {
	enum chain_trouble trouble;
	char text[256]; /* for the operator: lower case, no full stop */
};

/* An output that pays a watched address, in the words of no coin in particular. */
struct chain_output {
	char txid[TXID_TEXT_MAX];
	uint32_t n;
	bool n_moves; /* n is a place in the block: txid alone says which output it is */
	char address[ADDRESS_TEXT_MAX];
	struct units value;
	bool coinbase;
};

/* A block whose content has been checked; lives during its callback. */
struct chain_block {
	int64_t height;
	char hash[BLOCK_HASH_TEXT_MAX];
	char prev_hash[BLOCK_HASH_TEXT_MAX];
	size_t size;  /* bytes it came in; 0: few.  How many are asked for at once depends on it */
	int64_t time; /* Unix seconds, by its maker's clock; 0: not known */
	/* Ethereum: transfers made by contracts were looked for; or they are owed, and why (NULL:
	 * they are not): the node failed to show them now, and is asked again later.  Neither:
	 * nobody wants them, or this node never traces. */
	bool traced;
	const char *owed;
	const void *raw; /* the implementation's own: for its match() */
};

struct chain {
	const struct chain_ops *ops;
	/* What is watched, read again from the database at each call; NULL: cannot be said now. For
	 * a chain that asks more about a block that pays somebody; set before a block is asked for.
	 */
	const struct watchlist *(*watched)(void *arg);
	void *watched_arg;
	/* Set by the scanner: something has changed, ask for the tip now.  A chain whose node tells
	 * of new blocks calls it, from a turn of the loop, as often as it likes. */
	void (*news)(void *arg);
	void *news_arg;
	/* The node does tell just now: asking regularly is only a safety net. */
	bool tells_news;
};

/* `e` is NULL when the question was answered. */
typedef void (*chain_tip_fn)(void *arg, const struct chain_error *e, int64_t height);
typedef void (*chain_hash_fn)(void *arg, const struct chain_error *e, const char *hash);
typedef void (*chain_final_fn)(void *arg, const struct chain_error *e, int64_t height,
			       const char *hash);
typedef void (*chain_block_fn)(void *arg, const struct chain_error *e, const struct chain_block *b);
/* One for each address, in their order. */
typedef void (*chain_balances_fn)(void *arg, const struct chain_error *e,
				  const struct units *balances);
typedef void (*chain_output_fn)(void *arg, const struct chain_output *o);

#define CHAIN_BALANCES_MAX 50 /* in one question; the chain cuts it as its node wants */

struct chain_ops {
	/* Height of the newest block, after a check that the node is on the right network. */
	void (*tip)(struct chain *c, chain_tip_fn fn, void *arg);
	/* Hash of the block at `height`. */
	void (*hash_at)(struct chain *c, int64_t height, chain_hash_fn fn, void *arg);
	/* Height and hash of the newest block that the network itself calls final.  NULL: this
	 * chain has no such thing.  A node that does not know (yet) answers CHAIN_NOT_YET. */
	void (*final_block)(struct chain *c, chain_final_fn fn, void *arg);
	/* The block at `height`. */
	void (*block_at)(struct chain *c, int64_t height, chain_block_fn fn, void *arg);
	/* What each of the addresses holds as of the block at `height`; at most
	 * CHAIN_BALANCES_MAX.  Not the scan's question: drop() does not forget it.  NULL: this
	 * chain keeps no balances. */
	void (*balances)(struct chain *c, int64_t height, const char *const *addresses,
			 size_t count, chain_balances_fn fn, void *arg);
	/* Forget all other questions under way. */
	void (*drop)(struct chain *c);
	/* Call `fn` for each output of the block that pays a watched address.  False: `w` holds
	 * an address that came in meanwhile and is paid here, and the chain did not ask about it:
	 * the block must be asked for again. */
	bool (*match)(struct chain *c, const struct chain_block *b, const struct watchlist *w,
		      chain_output_fn fn, void *arg);
	/* The key under which an address is watched. */
	int (*key)(struct chain *c, const char *address, uint8_t ret[WATCHLIST_KEY_MAX],
		   size_t *ret_len, struct err *err);
	/* Not from within one of its answers. */
	void (*free)(struct chain *c);
};

#endif

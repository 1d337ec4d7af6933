/* A Skycoin node for replay tests: a small chain, a pool, and faults to order.  It checks every
 * transaction it is given by the node's rules, and fails the test when one is not valid. */
#ifndef TELLER_TEST_SUPPORT_FAKE_SKY_NODE_H
#define TELLER_TEST_SUPPORT_FAKE_SKY_NODE_H

#include "common/node/sky_node.h"
#include "common/node/sky_tx.h"

#define FAKE_TXS_MAX 64

struct fake_tx {
	char txid[65];
	uint8_t *raw;
	size_t len;
	bool in_pool, confirmed;
	uint64_t block_seq; /* when confirmed */
};

struct fake_coin {
	struct uxout u;
	bool spent;
	char spender[65]; /* when spent, and its block */
	uint64_t spent_seq;
};

struct fake_node {
	struct sky_node node;
	struct loop_timer *timer;
	void (*answer)(struct fake_node *f); /* of the operation under way, or NULL */
	void *fn_arg;
	union {
		sky_outputs_fn outputs;
		sky_inject_fn inject;
		sky_status_fn status;
		sky_spent_fn spent;
		sky_health_fn health;
	} fn;
	enum sky_inject_result inject_result;
	const char *inject_text;
	char asked_txid[65];
	struct sha256 asked_uxid;

	struct fake_coin *coins;
	size_t coin_count, coin_cap, coins_ever;
	struct fake_tx txs[FAKE_TXS_MAX];
	unsigned tx_count;
	struct sky_policy policy;
	uint64_t head_seq;

	/* faults */
	bool down;	    /* nothing is answered but an error */
	bool cut_off;	    /* 503: no peer, and the transaction is not kept */
	bool lose_inject;   /* taken, but the answer is lost */
	bool hang;	    /* the next operation has no effect and is never answered */
	bool hang_spent;    /* the same for every question who spent an output */
	uint64_t delay_ms;  /* until an answer; 0: one millisecond */
	bool surprises;	    /* blocks may disappear between a question and what follows from it */
	const char *refuse; /* injections are refused with this */
	int64_t connections;
	const char *coin;
	enum sky_standing standing; /* SKY_GOOD unless ordered; SKY_NO_PEERS without connections */
	const char *genesis;
	const char *problems;

	/* what happened */
	unsigned injects, statuses, fetches, spents, healths;
	char pinned[65]; /* "" until pin() */
};

void fake_init(struct fake_node *f, struct loop *l);
void fake_release(struct fake_node *f);
/* The asker died: forget the operation under way. */
void fake_drop(struct fake_node *f);
void fake_fund(struct fake_node *f, const struct sky_address *owner, uint64_t coins,
	       uint64_t hours);
/* Put the pool into a block. */
void fake_block(struct fake_node *f);
/* Empty the pool, as a restart with a lost database does. */
void fake_forget(struct fake_node *f);
/* The blocks of a transaction disappear: it is in the pool again, or (forget) nowhere; its outputs
 * are gone and what it spent is unspent. */
void fake_unconfirm(struct fake_node *f, const char *txid, bool forget);
/* Somebody else's transaction (its id: of `text`) spends this output in the head block. */
void fake_spend_elsewhere(struct fake_node *f, const struct sha256 *uxid, const char *text,
			  char ret_txid[65]);
/* As fake_block, with nothing in it. */
void fake_empty_block(struct fake_node *f);
/* Confirmed coins on an address. */
uint64_t fake_received(const struct fake_node *f, const struct sky_address *a);

#endif

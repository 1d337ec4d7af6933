/* The payer: keeps every saved transaction going until it is final, and makes new ones while
 * payouts wait.
 *
 * What is saved is injected, byte for byte the same, until a node says that it is in a block.  Only
 * a proof that it is dead, or an operator, lets its payouts into another transaction
 * (doc/PAYOUTS.md). */
#ifndef TELLER_SENDERD_PAYER_H
#define TELLER_SENDERD_PAYER_H

#include "common/daemon/commit_group.h"
#include "common/daemon/health.h"
#include "common/node/sky_node.h"
#include "common/store/store.h"
#include "common/wallet/wallet.h"
#include "senderd/caps.h"
#include "senderd/pay_rules.h"

/* Texts of the HTTP contract (`sender_error`). */
#define PAYER_NOT_ENOUGH "CreateTransaction not enough coins"

struct payer;

/* All of it is the caller's and outlives the payer, but the node is freed first: that drops the
 * answer the payer may be waiting for. */
struct payer_setup {
	struct loop *loop;
	struct store *store;
	struct commit_group *commits; /* flushed before a transaction of our own; may be NULL */
	struct health *health;
	struct sky_node *node;
	const struct wallet *wallet;
	struct pay_rules rules; /* the policy of the node is made stricter by them */
	struct caps caps;
	bool send_enabled;	    /* false: nothing new is built */
	uint64_t runout_s;	    /* warn when the wallet will be empty within this; 0: never */
	unsigned dead_depth;	    /* so deep a spender of an input proves a transaction dead */
	unsigned final_depth;	    /* so deep nothing is undone any more */
	uint64_t check_wait_ms;	    /* how often open transactions are asked about */
	void (*on_feed)(void *arg); /* the payout feed has moved */
	void *arg;
};

/* Starts with a full round at once.  NULL when memory is short. */
struct payer *payer_new(const struct payer_setup *setup);
void payer_free(struct payer *p);

/* Payouts may be waiting. */
void payer_wake(struct payer *p);
/* Ask about the open transactions now, whatever the timer says. */
void payer_check(struct payer *p);

/* What stands in the way of paying, from node or wallet; "" when the last step worked. */
const char *payer_error(const struct payer *p);

struct payer_figures {
	struct droplets balance; /* spendable, as of the last answer of the node */
	struct hours hours;
	uint64_t waiting; /* payouts */
	struct droplets waiting_sum;
	unsigned open;	 /* transactions not yet confirmed, */
	unsigned held;	 /* of which a node refuses these */
	uint64_t capped; /* payouts that wait for a cap */
	uint64_t head_seq;
	char node_version[48];
};
/* Also asks for a new balance when the last is older than check_wait_ms. */
void payer_figures(struct payer *p, struct payer_figures *ret);

#endif

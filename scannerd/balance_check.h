/* Money that arrives in no transaction to an address (a contract's call, a validator's withdrawal)
 * is in its balance all the same.  So each bound address's balance is compared with what was seen
 * of it, slowly, and a surplus is recorded for a person: exchangerd keeps it as unassigned. */
#ifndef TELLER_SCANNERD_BALANCE_CHECK_H
#define TELLER_SCANNERD_BALANCE_CHECK_H

#include "common/daemon/commit_group.h"
#include "common/daemon/health.h"
#include "common/loop/loop.h"
#include "common/store/store.h"
#include "scannerd/chain.h"

struct balance_check;

struct balance_check_options {
	enum coin coin;
	uint64_t round_ms;   /* all bound addresses are looked at once in this time */
	struct chain *chain; /* with balances(); the caller's, must outlive the check */
	struct loop *loop;
	struct store *store;
	struct commit_group *commits;
	struct health *health;
	/* A block that was scanned, is on the node's chain, and deep enough to stay there; -1: none
	 * now. */
	int64_t (*settled_height)(void *arg);
	/* A surplus is recorded and committed: the feed has grown. */
	void (*on_news)(void *arg);
	void *arg;
};

/* NULL when memory is short. */
struct balance_check *balance_check_new(const struct balance_check_options *o);
void balance_check_free(struct balance_check *b); /* before the chain; NULL is fine */

#endif

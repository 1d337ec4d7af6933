/* Five deposits that differ in what filters ask for; tests of lists and sums share them. */
#ifndef TELLER_TEST_SUPPORT_FIVE_DEPOSITS_H
#define TELLER_TEST_SUPPORT_FIVE_DEPOSITS_H

#include <stdio.h>

#include "test/support/test_store.h"

static inline void five_deposits(struct test_store *t)
{
	static const enum deposit_state states[] = { DEPOSIT_WAITING_DECIDE, DEPOSIT_WAITING_SEND,
						     DEPOSIT_DONE, DEPOSIT_VOID, DEPOSIT_DONE };
	struct binding b[2];
	struct err err;

	test_store_pool(t, COIN_BTC, "b", 2);
	b[0] = test_store_bind(t, COIN_BTC, "sky0");
	b[1] = test_store_bind(t, COIN_BTC, "sky1");
	MUST(store_begin(t->exchangerd, &err));
	for (unsigned i = 0; i < 5; i++) {
		char txid[8];
		struct deposit d;

		(void)snprintf(txid, sizeof(txid), "t%u", i + 1);
		d = test_deposit(&b[i % 2], txid, 100, 500);
		d.state = states[i];
		d.updated_at = 1000 + i;
		(void)snprintf(d.error, sizeof(d.error), "%s", i == 2 ? "odd" : "");
		(void)snprintf(d.payout_txid, sizeof(d.payout_txid), "%s", i == 4 ? "p5" : "");
		d.sent = droplets_of(i == 4 || i == 3 ? 500 : 0);
		MUST(store_deposit_add(t->exchangerd, &d, &err));
	}
	MUST(store_commit(t->exchangerd, &err));
}

#endif

/* The caps between what waits and a payment: inside the transaction that makes the payment, so that
 * what was paid, what is approved and what is saved agree. */
#ifndef TELLER_SENDERD_CAP_GATE_H
#define TELLER_SENDERD_CAP_GATE_H

#include "common/store/store.h"
#include "senderd/caps.h"

struct cap_gate {
	struct store *store;
	const struct caps *caps;
	struct caps_window window;
};

/* Inside a transaction.  g->window.now is what the transaction that is to be saved is dated with;
 * `clock` is the time. */
int cap_gate_open(struct cap_gate *g, struct store *s, const struct caps *caps, int64_t clock,
		  struct err *err);
/* May this payout be paid now?  A person is told of each that may not, once. */
int cap_gate_ask(struct cap_gate *g, uint64_t deposit_id, struct droplets amount, bool *ret,
		 struct err *err);
/* It goes into the transaction. */
void cap_gate_count(struct cap_gate *g, struct droplets amount);

#endif

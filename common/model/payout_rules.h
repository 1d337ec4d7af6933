/* THE state machine of a payout's transaction, as one table: state x event -> next state, and what
 * becomes of the payouts in it.  doc/PAYOUTS.md ends with its print. */
#ifndef TELLER_COMMON_MODEL_PAYOUT_RULES_H
#define TELLER_COMMON_MODEL_PAYOUT_RULES_H

#include <stdbool.h>

#include "common/base/buf.h"
#include "common/model/payout.h"

/* E(ENUM, name, meaning) */
#define PAYOUT_TX_EVENTS(E)                                                                        \
	E(SENT, "sent", "a node has it in its pool")                                               \
	E(HELD, "held", "a node refuses it and does not know it")                                  \
	E(CONFIRMED, "confirmed", "a node has it in a block")                                      \
	E(GONE, "gone", "a node in sync has it in no block any more")                              \
	E(PROVEN, "proven_dead",                                                                   \
	  "an input is spent by another transaction, `dead_depth` deep, at a node in sync")        \
	E(RELEASED, "released", "an operator took the risk that it may still confirm")             \
	E(FINAL, "final", "what it is now is `final_depth` deep")

enum payout_tx_event {
#define PAYOUT_TX_EVENT_ENUM(name, text, meaning) PAYOUT_EV_##name,
	PAYOUT_TX_EVENTS(PAYOUT_TX_EVENT_ENUM)
#undef PAYOUT_TX_EVENT_ENUM
};
#define PAYOUT_TX_EVENT_COUNT 7

/* What becomes of the payouts that are, or were, in the transaction. */
enum payout_fate {
	FATE_KEEP,    /* nothing */
	FATE_SENT,    /* those in it: SENT */
	FATE_CONFIRM, /* those in it, and those that wait: CONFIRMED with it */
	FATE_WAIT,    /* those in it: WAITING, to be paid by another transaction */
};

enum payout_answer {
	PAYOUT_IMPOSSIBLE, /* the event cannot be: refused */
	PAYOUT_NOTHING,	   /* late, or told before: no change */
	PAYOUT_MOVE,
};

struct payout_rule {
	enum payout_answer answer;
	enum payout_tx_state next;
	enum payout_fate fate;
};

const char *payout_tx_event_name(enum payout_tx_event e);
/* Never NULL. */
const struct payout_rule *payout_rule(enum payout_tx_state s, enum payout_tx_event e);
/* The tables of doc/PAYOUTS.md. */
void payout_rules_print(struct buf *out);

#endif

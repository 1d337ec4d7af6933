/* THE state machine of a deposit, as one table: state x event -> next state, what happens to the
 * error text, whether a person must look.  doc/STATES.md is printed from it. */
#ifndef TELLER_EXCHANGERD_DEPOSIT_RULES_H
#define TELLER_EXCHANGERD_DEPOSIT_RULES_H

#include <stdbool.h>

#include "common/base/buf.h"
#include "common/model/deposit.h"

/* E(ENUM, name, meaning) */
#define DEPOSIT_EVENTS(E)                                                                          \
	E(DIRECT, "direct", "is paid from the hot wallet at the frozen rate")                      \
	E(PASSTHROUGH, "passthrough", "SKY is bought on the exchange first")                       \
	E(DUST, "dust", "buys less than the smallest amount that is sent")                         \
	E(UNQUOTED, "unquoted", "no rate, or an amount beyond all bounds")                         \
	E(SENT, "sent", "a Skycoin node took the payout's transaction")                            \
	E(CONFIRMED, "confirmed", "the payout's transaction is in a block")                        \
	E(UNCONFIRMED, "unconfirmed",                                                              \
	  "the block of the payout's transaction disappeared; the same bytes are sent again")      \
	E(DEAD, "dead", "the payout's transaction is dead: it is paid by another")                 \
	E(REFUSED, "refused", "senderd will not pay it and says why")                              \
	E(ORPHANED, "orphaned", "left the chain while nothing was signed for it")                  \
	E(ORPHANED_LATE, "orphaned_late", "left the chain when its payout was signed already")     \
	E(RETURNED, "returned", "is in the chain again")

enum deposit_event {
#define DEPOSIT_EVENT_ENUM(name, text, meaning) EV_##name,
	DEPOSIT_EVENTS(DEPOSIT_EVENT_ENUM)
#undef DEPOSIT_EVENT_ENUM
};
#define DEPOSIT_EVENT_COUNT 12

/* What happens to the deposit's error text. */
enum deposit_mark {
	MARK_KEEP,  /* stays */
	MARK_CLEAR, /* all is well again */
	MARK_SET,   /* the event's text becomes the error */
};

struct deposit_rule {
	bool allowed; /* false: the event cannot happen here; state kept, notice=WATCH */
	enum deposit_state next;
	enum deposit_mark mark;
	bool watch; /* a person must look: notice=WATCH */
};

const char *deposit_event_name(enum deposit_event e);
/* Never NULL. */
const struct deposit_rule *deposit_rule(enum deposit_state s, enum deposit_event e);
/* doc/STATES.md */
void deposit_rules_print(struct buf *out);

#endif

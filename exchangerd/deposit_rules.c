/* A cell that is not in the table is an event that cannot happen in that state.  It changes
 * nothing and is reported: a surprise near money is a person's business.
 *
 * What must hold: out of done and waiting_confirm only DEAD leads to a state that is paid again,
 * and senderd tells it only when the transaction cannot be confirmed any more, or makes sure of
 * that with the next one (doc/PAYOUTS.md); the only way to void is ORPHANED, which deposit_flow
 * raises only when no transaction is signed that senderd keeps going.  What the Skycoin chain
 * confirmed is paid, even when its deposit is void. */
#include "exchangerd/deposit_rules.h"

#include <stddef.h>

#define GO(state, mark)                                                                            \
	{                                                                                          \
		true, DEPOSIT_##state, MARK_##mark, false                                          \
	}
#define WATCH(state, mark)                                                                         \
	{                                                                                          \
		true, DEPOSIT_##state, MARK_##mark, true                                           \
	}

// clang-format off
static const struct deposit_rule rules[DEPOSIT_STATE_COUNT][DEPOSIT_EVENT_COUNT] = {
	[DEPOSIT_WAITING_DECIDE] = {
		[EV_DIRECT]        = GO(WAITING_SEND, CLEAR),
		[EV_PASSTHROUGH]   = GO(WAITING_PASSTHROUGH, CLEAR),
		[EV_DUST]          = GO(DONE, SET),
		[EV_UNQUOTED]      = WATCH(WAITING_DECIDE, SET),
		[EV_ORPHANED]      = GO(VOID, SET),
	},
	[DEPOSIT_WAITING_PASSTHROUGH] = {
		[EV_ORPHANED]      = WATCH(VOID, SET),
	},
	[DEPOSIT_WAITING_PASSTHROUGH_ORDER_COMPLETE] = {
		[EV_ORPHANED]      = WATCH(WAITING_PASSTHROUGH_ORDER_COMPLETE, SET),
		[EV_RETURNED]      = GO(WAITING_PASSTHROUGH_ORDER_COMPLETE, CLEAR),
	},
	[DEPOSIT_WAITING_SEND] = {
		[EV_SENT]          = GO(WAITING_CONFIRM, KEEP),
		[EV_CONFIRMED]     = GO(DONE, KEEP),
		[EV_REFUSED]       = WATCH(WAITING_SEND, SET),
		[EV_ORPHANED]      = WATCH(VOID, SET),
		[EV_ORPHANED_LATE] = WATCH(WAITING_SEND, SET),
		[EV_RETURNED]      = GO(WAITING_SEND, CLEAR),
	},
	[DEPOSIT_WAITING_CONFIRM] = {
		[EV_SENT]          = GO(WAITING_CONFIRM, KEEP),
		[EV_CONFIRMED]     = GO(DONE, KEEP),
		[EV_DEAD]          = GO(WAITING_SEND, KEEP),
		[EV_ORPHANED_LATE] = WATCH(WAITING_CONFIRM, SET),
		[EV_RETURNED]      = GO(WAITING_CONFIRM, CLEAR),
	},
	[DEPOSIT_DONE] = {
		[EV_DUST]          = GO(DONE, SET),	/* back in the chain, and still dust */
		[EV_CONFIRMED]     = GO(DONE, KEEP),	/* by another transaction */
		[EV_UNCONFIRMED]   = GO(WAITING_CONFIRM, KEEP),
		[EV_DEAD]          = GO(WAITING_SEND, KEEP),	/* unconfirmed and dead between two readings */
		[EV_ORPHANED]      = GO(DONE, KEEP),	/* dust: nothing was paid for it */
		[EV_ORPHANED_LATE] = WATCH(DONE, SET),
		[EV_RETURNED]      = GO(DONE, CLEAR),
	},
	[DEPOSIT_VOID] = {
		[EV_SENT]          = WATCH(WAITING_CONFIRM, SET),	/* released, confirmed, gone again */
		[EV_CONFIRMED]     = WATCH(DONE, SET),		/* released before it was void */
		[EV_RETURNED]      = GO(WAITING_DECIDE, CLEAR),
	},
};
// clang-format on

static const struct {
	const char *name, *meaning;
} events[DEPOSIT_EVENT_COUNT] = {
#define DEPOSIT_EVENT_ROW(name, text, meaning) [EV_##name] = { text, meaning },
	DEPOSIT_EVENTS(DEPOSIT_EVENT_ROW)
#undef DEPOSIT_EVENT_ROW
};

const char *deposit_event_name(enum deposit_event e)
{
	return events[e].name;
}

const struct deposit_rule *deposit_rule(enum deposit_state s, enum deposit_event e)
{
	return &rules[s][e];
}

static void print_rules_of(enum deposit_state s, struct buf *out)
{
	static const char *const marks[] = { "kept", "cleared", "set" };

	for (enum deposit_event e = 0; e < DEPOSIT_EVENT_COUNT; e++) {
		const struct deposit_rule *r = deposit_rule(s, e);

		if (!r->allowed)
			continue;
		(void)buf_printf(out, "| `%s` | `%s` | `%s` | %s | %s |\n", deposit_state_name(s),
				 events[e].name, deposit_state_name(r->next), marks[r->mark],
				 r->watch ? "yes" : "");
	}
}

void deposit_rules_print(struct buf *out)
{
	(void)buf_puts(out, "# States of a deposit\n\n"
			    "Printed from the table in `exchangerd/deposit_rules.c` by\n"
			    "`make docs`. An event that is not listed for a state cannot\n"
			    "happen there: the state is kept and the event is logged with "
			    "`notice=WATCH`.\n\n"
			    "| event | a deposit ... |\n| --- | --- |\n");
	for (enum deposit_event e = 0; e < DEPOSIT_EVENT_COUNT; e++)
		(void)buf_printf(out, "| `%s` | %s |\n", events[e].name, events[e].meaning);
	(void)buf_puts(out, "\n| in state | event | next state | error text | notice=WATCH |\n"
			    "| --- | --- | --- | --- | --- |\n");
	for (enum deposit_state s = 0; s < DEPOSIT_STATE_COUNT; s++)
		print_rules_of(s, out);
}

/* What must hold: a payout comes out of a transaction by PROVEN and RELEASED only, and only from
 * one that is open; out of CONFIRMED leads nothing but GONE, and back into the same transaction.
 * A dead one that confirms all the same is confirmed: what the chain says is what is true. */
#include "common/model/payout_rules.h"

#define GO(state, fate_of)                                                                         \
	{                                                                                          \
		PAYOUT_MOVE, PAYOUT_TX_##state, FATE_##fate_of                                     \
	}
#define STAY(state)                                                                                \
	{                                                                                          \
		PAYOUT_NOTHING, PAYOUT_TX_##state, FATE_KEEP                                       \
	}

// clang-format off
static const struct payout_rule rules[PAYOUT_TX_STATE_COUNT][PAYOUT_TX_EVENT_COUNT] = {
	[PAYOUT_TX_SAVED] = {
		[PAYOUT_EV_SENT]      = GO(SENT, SENT),
		[PAYOUT_EV_HELD]      = GO(SAVED, KEEP),
		[PAYOUT_EV_CONFIRMED] = GO(CONFIRMED, CONFIRM),
		[PAYOUT_EV_PROVEN]    = GO(DEAD, WAIT),
		[PAYOUT_EV_RELEASED]  = GO(DEAD, WAIT),
	},
	[PAYOUT_TX_SENT] = {
		[PAYOUT_EV_SENT]      = GO(SENT, KEEP),		/* held before: not any more */
		[PAYOUT_EV_HELD]      = GO(SENT, KEEP),
		[PAYOUT_EV_CONFIRMED] = GO(CONFIRMED, CONFIRM),
		[PAYOUT_EV_PROVEN]    = GO(DEAD, WAIT),
		[PAYOUT_EV_RELEASED]  = GO(DEAD, WAIT),
	},
	[PAYOUT_TX_CONFIRMED] = {
		[PAYOUT_EV_SENT]      = STAY(CONFIRMED),
		[PAYOUT_EV_CONFIRMED] = GO(CONFIRMED, KEEP),	/* in another block */
		[PAYOUT_EV_GONE]      = GO(SENT, SENT),
		[PAYOUT_EV_FINAL]     = GO(CONFIRMED, KEEP),
	},
	[PAYOUT_TX_DEAD] = {
		[PAYOUT_EV_SENT]      = STAY(DEAD),		/* asked before it was released */
		[PAYOUT_EV_HELD]      = STAY(DEAD),
		[PAYOUT_EV_CONFIRMED] = GO(CONFIRMED, CONFIRM),
		[PAYOUT_EV_PROVEN]    = GO(DEAD, KEEP),		/* released before */
		[PAYOUT_EV_FINAL]     = GO(DEAD, KEEP),
	},
};
// clang-format on

static const struct {
	const char *name, *meaning;
} events[PAYOUT_TX_EVENT_COUNT] = {
#define PAYOUT_TX_EVENT_ROW(name, text, meaning) [PAYOUT_EV_##name] = { text, meaning },
	PAYOUT_TX_EVENTS(PAYOUT_TX_EVENT_ROW)
#undef PAYOUT_TX_EVENT_ROW
};

const char *payout_tx_event_name(enum payout_tx_event e)
{
	return events[e].name;
}

const struct payout_rule *payout_rule(enum payout_tx_state s, enum payout_tx_event e)
{
	return &rules[s][e];
}

static const char *fate_text(enum payout_fate f)
{
	switch (f) {
	case FATE_KEEP: return "stay as they are";
	case FATE_SENT: return "`sent`";
	case FATE_CONFIRM: return "`confirmed`, also those that wait or were refused";
	case FATE_WAIT: return "`waiting`, with `replaces` = this transaction";
	}
	return "";
}

static void print_rules_of(enum payout_tx_state s, struct buf *out)
{
	for (enum payout_tx_event e = 0; e < PAYOUT_TX_EVENT_COUNT; e++) {
		const struct payout_rule *r = payout_rule(s, e);

		if (r->answer == PAYOUT_IMPOSSIBLE)
			continue;
		(void)buf_printf(out, "| `%s` | `%s` | `%s` | %s |\n", payout_tx_state_name(s),
				 events[e].name, payout_tx_state_name(r->next),
				 r->answer == PAYOUT_NOTHING ? "no change" : fate_text(r->fate));
	}
}

void payout_rules_print(struct buf *out)
{
	(void)buf_puts(out, "| event | of a transaction |\n| --- | --- |\n");
	for (enum payout_tx_event e = 0; e < PAYOUT_TX_EVENT_COUNT; e++)
		(void)buf_printf(out, "| `%s` | %s |\n", events[e].name, events[e].meaning);
	(void)buf_puts(out, "\n| in state | event | next state | its payouts |\n"
			    "| --- | --- | --- | --- |\n");
	for (enum payout_tx_state s = 0; s < PAYOUT_TX_STATE_COUNT; s++)
		print_rules_of(s, out);
}

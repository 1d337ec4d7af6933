/* What failed is told as what it is: of an injection, that nobody knows what became of it. */
#include "common/node/sky_client_tell.h"

#include <stdio.h>

static void tell_outputs(struct sky_work *w, const struct sky_told *to, const struct err *err)
{
	struct sky_outputs o = { .head_seq = w->head_seq,
				 .spendable = w->outputs.spendable,
				 .count = w->outputs.count,
				 .incoming = w->outputs.incoming,
				 .policy = w->policy };

	to->fn.outputs(to->arg, err == NULL ? &o : NULL, err);
}

static void tell_inject(struct sky_work *w, const struct sky_told *to, const struct err *err)
{
	if (err != NULL)
		(void)snprintf(w->text, sizeof(w->text), "%.255s", err->text);
	to->fn.inject(to->arg, err == NULL ? w->inject : SKY_INJECT_UNKNOWN, w->text);
}

static void tell_status(struct sky_work *w, const struct sky_told *to, const struct err *err)
{
	static const struct sky_tx_place unknown = { .status = SKY_TX_UNKNOWN };
	const struct sky_tx_place *tx = err == NULL ? &w->tx : &unknown;

	to->fn.status(to->arg, tx->status, tx->height, tx->block_seq, err);
}

static void tell_spent(struct sky_work *w, const struct sky_told *to, const struct err *err)
{
	to->fn.spent(to->arg, err == NULL ? &w->spent : NULL, err);
}

static void tell_blocks(struct sky_work *w, const struct sky_told *to, const struct err *err)
{
	to->fn.blocks(to->arg, err == NULL ? &w->blocks : NULL, err);
}

static void tell_health(struct sky_work *w, const struct sky_told *to, const struct err *err)
{
	to->fn.health(to->arg, err == NULL ? &w->health : NULL, err);
}

static void (*const tell[SKY_QUESTIONS])(struct sky_work *w, const struct sky_told *to,
					 const struct err *err) = {
	[SKY_ASK_OUTPUTS] = tell_outputs, [SKY_ASK_INJECT] = tell_inject,
	[SKY_ASK_STATUS] = tell_status,	  [SKY_ASK_SPENT] = tell_spent,
	[SKY_ASK_BLOCKS] = tell_blocks,	  [SKY_ASK_HEALTH] = tell_health,
};

void sky_tell(enum sky_question question, struct sky_work *w, const struct sky_told *to,
	      const struct err *err)
{
	tell[question](w, to, err);
}

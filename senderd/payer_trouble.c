/* Each problem is told where it is asked for: in health, and as `sender_error`. */
#include "senderd/payer_inside.h"

#include <stdio.h>

static void tell_node(struct payer *p, const char *text)
{
	(void)snprintf(p->node_error, sizeof(p->node_error), "%s", text);
	health_raise(p->is.health, "sky_node", "%s; payouts wait, will retry", text);
}

/* What is known of the node already explains what it answers, and is told instead. */
enum payer_state payer_node_trouble(struct payer *p, const char *text)
{
	if (!p->cannot_build)
		tell_node(p, text);
	p->trouble = true;
	uxout_set_release(&p->spendable); /* the balance is not known any more */
	return PAYER_END;
}

/* The node answers but cannot pass transactions on: ask it what can be asked, build nothing. */
void payer_node_is_cut_off(struct payer *p, const char *text)
{
	tell_node(p, text);
	p->cannot_build = true;
}

void payer_node_lags(struct payer *p, const char *text)
{
	p->node_error[0] = '\0';
	health_raise(p->is.health, "sky_node",
		     "%s, its peers say; payments go on, but nothing is given up for dead until it "
		     "has caught up",
		     text);
}

enum payer_state payer_store_trouble(struct payer *p, const struct err *err)
{
	health_raise(p->is.health, "payments", "%s; payouts wait, will retry", err->text);
	p->trouble = true;
	return PAYER_END;
}

/* Why what waits is not paid; "" when nothing stands in the way. */
void payer_tell_wallet(struct payer *p, const char *text)
{
	(void)snprintf(p->wallet_error, sizeof(p->wallet_error), "%s", text);
	if (text[0] != '\0')
		health_raise(p->is.health, "hot_wallet", "%s; payouts wait", text);
	else
		health_clear(p->is.health, "hot_wallet");
}

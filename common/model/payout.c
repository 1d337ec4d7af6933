#include "common/model/payout.h"

#include "common/model/names.h"

static const char *const payout_names[] = {
	[PAYOUT_WAITING] = "waiting",	  [PAYOUT_IN_TX] = "in_tx",	[PAYOUT_SENT] = "sent",
	[PAYOUT_CONFIRMED] = "confirmed", [PAYOUT_REFUSED] = "refused",
};

static const char *const tx_names[] = {
	[PAYOUT_TX_SAVED] = "saved",
	[PAYOUT_TX_SENT] = "sent",
	[PAYOUT_TX_CONFIRMED] = "confirmed",
	[PAYOUT_TX_DEAD] = "dead",
};

const char *payout_state_name(enum payout_state s)
{
	return payout_names[s];
}

bool payout_state_parse(const char *name, enum payout_state *ret)
{
	size_t i;

	if (!names_find(payout_names, sizeof(payout_names) / sizeof(payout_names[0]), name, &i))
		return false;
	*ret = (enum payout_state)i;
	return true;
}

const char *payout_tx_state_name(enum payout_tx_state s)
{
	return tx_names[s];
}

bool payout_tx_state_parse(const char *name, enum payout_tx_state *ret)
{
	size_t i;

	if (!names_find(tx_names, sizeof(tx_names) / sizeof(tx_names[0]), name, &i))
		return false;
	*ret = (enum payout_tx_state)i;
	return true;
}

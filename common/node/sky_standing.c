/* Judging a node by what it says of itself.
 *
 * The worst that is known counts.  What a node does not tell is never taken for good: without the
 * hash of its first block, its peers' heights and their number it is unproven. */
#include "common/node/sky_standing.h"

#include <string.h>

static bool is_other_chain(const struct sky_health *h, const char *genesis)
{
	if (h->coin[0] != '\0' && strcmp(h->coin, "skycoin") != 0)
		return true;
	return genesis[0] != '\0' && h->genesis[0] != '\0' && strcmp(h->genesis, genesis) != 0;
}

/* A chain that has only its first block has no highest block to tell of. */
static bool is_proven(const struct sky_health *h)
{
	return h->genesis[0] != '\0' && h->open_connections >= 0 &&
	       (h->highest_seq > 0 || h->head_seq == 0);
}

enum sky_standing sky_standing_judge(const struct sky_health *h, const char *genesis,
				     uint64_t others_seq)
{
	if (is_other_chain(h, genesis))
		return SKY_OTHER_CHAIN;
	if (h->head_seq < h->highest_seq || h->head_seq < others_seq)
		return SKY_BEHIND;
	if (h->open_connections == 0)
		return SKY_NO_PEERS;
	return is_proven(h) ? SKY_GOOD : SKY_UNPROVEN;
}

const char *sky_standing_name(enum sky_standing s)
{
	switch (s) {
	case SKY_GOOD: return "good";
	case SKY_NO_PEERS: return "no-peers";
	case SKY_BEHIND: return "behind";
	case SKY_OTHER_CHAIN: return "other-chain";
	case SKY_UNPROVEN: return "unproven";
	}
	return "";
}

const char *sky_standing_text(enum sky_standing s)
{
	switch (s) {
	case SKY_GOOD: break;
	case SKY_NO_PEERS: return "has no peers and cannot broadcast";
	case SKY_BEHIND: return "is behind the chain";
	case SKY_OTHER_CHAIN: return "is on another chain, or of another coin";
	case SKY_UNPROVEN:
		return "cannot show that it is in step with the chain: webrpc does not tell, or a "
		       "part of its API is switched off";
	}
	return "";
}

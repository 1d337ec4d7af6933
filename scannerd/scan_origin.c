/* Which chain is it?  A network's number is not enough: an Ethereum node of development keeps it
 * when it begins a chain anew, and Bitcoin's test networks share one name.  What tells a chain from
 * all others is its first block.
 *
 * That is asked for once the node's chain was found to be the one that was scanned, and kept.  It
 * is needed when not one of the blocks that are kept is the node's: on the same chain that is a
 * reorganisation of all of them, on another one it means nothing, and nothing is undone. */
#include <stdio.h>
#include <string.h>

#include "common/base/log.h"
#include "scannerd/scanner_parts.h"

#define TRIES 5

/* Its history is cut off. */
static bool is_not_to_be_had(const struct chain_error *e)
{
	return e->trouble == CHAIN_NOT_YET || e->trouble == CHAIN_PRUNED ||
	       e->trouble == CHAIN_REFUSED || e->trouble == CHAIN_BAD_BLOCK;
}

/* The next start asks again.  Old blocks may be another plan of who hosts the node, who says so
 * with a page in place of an answer: as all else is answered, the scan is not held up by it. */
static bool may_go_without(struct scanner *s, const struct chain_error *e)
{
	return is_not_to_be_had(e) || ++s->origin_failures >= TRIES;
}

static void on_first_block(void *arg, const struct chain_error *e, const char *hash)
{
	struct scanner *s = arg;

	if (e != NULL && !may_go_without(s, e)) {
		scan_fail_node(s, e);
		return;
	}
	s->origin_asked = true;
	if (e == NULL)
		chain_pin_set(s->o.pin, hash);
	else
		log_info("chain_not_held", "coin=%s why=\"%s\"", coin_name(s->o.coin), e->text);
	scan_compare_agrees(s);
}

void scan_origin_start(struct scanner *s)
{
	if (s->o.pin->genesis[0] == '\0') {
		s->o.chain->ops->hash_at(s->o.chain, 0, on_first_block, s);
		return;
	}
	s->origin_asked = true;
	scan_compare_agrees(s);
}

static void on_first_block_now(void *arg, const struct chain_error *e, const char *hash)
{
	struct chain_error other = { .trouble = CHAIN_WRONG_NETWORK };
	struct scanner *s = arg;

	if (e != NULL && is_not_to_be_had(e)) {
		scan_halt(s); /* a person can tell */
	} else if (e != NULL) {
		scan_fail_node(s, e);
	} else if (strcmp(hash, s->o.pin->genesis) == 0) {
		scan_compare_none(s);
	} else {
		(void)snprintf(other.text, sizeof(other.text),
			       "the node is on another %s chain: its first block is %.16s..., that "
			       "of what was scanned %.16s...",
			       coin_name(s->o.coin), hash, s->o.pin->genesis);
		scan_fail_node(s, &other);
	}
}

void scan_origin_judge(struct scanner *s)
{
	if (s->o.pin == NULL || s->o.pin->genesis[0] == '\0')
		scan_compare_none(s);
	else
		s->o.chain->ops->hash_at(s->o.chain, 0, on_first_block_now, s);
}

/* What counts as a deposit: a transaction of the block that names a watched address in `to`, has a
 * value, and whose receipt says that it came to something.  Its kind does not matter, and its id is
 * its hash with its place in the block, as the original program has it.
 *
 * A transfer made by a contract has no id of its own: where it stands among the calls depends on
 * who counts them, and when a transaction is executed anew in another block it may pay something
 * else.  So it is named by what it is: the transaction, the address, the amount, and which of
 * several equal ones. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/text.h"
#include "common/coin/address_eth.h"
#include "common/crypto/hash.h"
#include "scannerd/chain_eth_inside.h"

#define MOVE_NAME_MAX 34 /* a slash, 32 digits, NUL */

bool eth_may_pay(const struct eth_tx *tx, const struct watchlist *w)
{
	return tx->has_to && !units_is_zero(tx->value) &&
	       (w == NULL || watchlist_has(w, tx->to, sizeof(tx->to)));
}

struct match {
	const struct eth_block *block;
	const struct eth_moves *moves;
	const struct watchlist *watch;
	chain_output_fn fn;
	void *arg;
};

static void match_give(const struct match *m, size_t tx, const uint8_t to[20], struct units value,
		       const char *which)
{
	struct chain_output out = { .n = (uint32_t)tx, .n_moves = true, .value = value };
	char hash[ETH_HASH_TEXT_MAX];
	struct eth_address address;

	memcpy(address.b, to, sizeof(address.b));
	eth_address_to_text(&address, out.address);
	eth_hash_text(&m->block->txs[tx].hash, hash);
	(void)snprintf(out.txid, sizeof(out.txid), "%s%s", hash, which);
	m->fn(m->arg, &out);
}

/* False: one of them pays an address that nobody asked about. */
static bool match_txs(const struct match *m)
{
	for (size_t i = 0; i < m->block->tx_count; i++) {
		const struct eth_tx *tx = &m->block->txs[i];

		if (!eth_may_pay(tx, m->watch))
			continue;
		if (tx->outcome == ETH_NOT_TOLD)
			return false;
		if (tx->outcome == ETH_SUCCESS)
			match_give(m, i, tx->to, tx->value, "");
	}
	return true;
}

/* How many moves before this one are equal to it, in the same transaction. */
static uint32_t move_ordinal(const struct eth_moves *moves, size_t at)
{
	const struct eth_move *move = &moves->list[at];
	uint32_t n = 0;

	while (at-- > 0 && moves->list[at].tx == move->tx)
		n += memcmp(moves->list[at].to, move->to, sizeof(move->to)) == 0 &&
		     units_compare(moves->list[at].value, move->value) == 0;
	return n;
}

/* "/" and the digits of a hash over address, amount and ordinal: the same in whatever form and
 * order a node tells of it. */
static void move_name(const struct eth_moves *moves, size_t at, char ret[MOVE_NAME_MAX])
{
	char value[UNITS_TEXT_MAX], address[ADDRESS_TEXT_MAX], text[192];
	const struct eth_move *move = &moves->list[at];
	struct eth_address a;
	struct sha256 h;
	int len;

	memcpy(a.b, move->to, sizeof(a.b));
	eth_address_to_text(&a, address);
	units_to_text(move->value, value);
	len = snprintf(text, sizeof(text), "%s %s %" PRIu32, address, value,
		       move_ordinal(moves, at));
	h = keccak256(text, (size_t)len);
	ret[0] = '/';
	hex_from_bytes(h.b, (MOVE_NAME_MAX - 2) / 2, ret + 1);
}

static void match_moves(const struct match *m)
{
	char name[MOVE_NAME_MAX];

	for (size_t i = 0; i < m->moves->count; i++) {
		const struct eth_move *move = &m->moves->list[i];

		if (!watchlist_has(m->watch, move->to, sizeof(move->to)))
			continue;
		move_name(m->moves, i, name);
		match_give(m, move->tx, move->to, move->value, name);
	}
}

bool eth_match(struct chain *c, const struct chain_block *b, const struct watchlist *w,
	       chain_output_fn fn, void *arg)
{
	const struct question *q = b->raw;
	struct match m = {
		.block = &q->block, .moves = &q->moves, .watch = w, .fn = fn, .arg = arg
	};

	(void)c;
	if (!match_txs(&m))
		return false;
	match_moves(&m);
	return true;
}

/* Anything may happen in any order: a node that refuses, forgets, is cut off or not in step,
 * reorganisations of both chains (of Skycoin's, shallower than dead_depth), thieves, operators who
 * release, restarts.  At no moment does a customer have more than is owed, and in the end each has
 * it.
 *
 * TELLER_LIVES says how many such lives are lived, TELLER_FROM the seed of the first. */
#include "test/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchangerd/deposit_flow.h"
#include "test/support/payer_world.h"

#define CUSTOMERS 10
#define STEPS	  160
#define ROUND_MS  310000

struct life {
	struct world *w;
	uint64_t seed;
	unsigned first_seed;
	unsigned owed_count;
	uint64_t ids[CUSTOMERS], owed[CUSTOMERS];
	unsigned funded, at;
	char trail[STEPS + 1];
};

static unsigned pick(struct life *m, unsigned n)
{
	m->seed = m->seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned)((m->seed >> 33) % n);
}

static void check_nobody_has_more(struct life *m)
{
	for (unsigned i = 0; i < m->owed_count; i++)
		if (received(m->w, i) > m->owed[i])
			fail_msg("seed %u: customer %u has %llu of %llu after '%s'", m->first_seed,
				 i, (unsigned long long)received(m->w, i),
				 (unsigned long long)m->owed[i], m->trail);
}

static void owe_one(struct life *m)
{
	if (m->owed_count == CUSTOMERS)
		return;
	m->owed[m->owed_count] = (1 + pick(m, 20)) * SKY;
	m->ids[m->owed_count] = owe(m->w, m->owed_count, m->owed[m->owed_count]);
	m->owed_count++;
}

static bool is_alive(struct life *m, unsigned n)
{
	struct fake_node *f = &m->w->node;
	struct sky_tx t;
	bool alive = !f->txs[n].confirmed;

	assert_int_equal(sky_tx_decode(f->txs[n].raw, f->txs[n].len, &t, NULL), 0);
	for (size_t i = 0; i < t.input_count; i++) {
		size_t c = 0;

		while (c < f->coin_count && memcmp(f->coins[c].u.id.b, t.inputs[i].b, 32) != 0)
			c++;
		alive = alive && c < f->coin_count && !f->coins[c].spent;
	}
	sky_tx_release(&t);
	return alive;
}

/* Somebody passes it on again. */
static void relay_one(struct life *m)
{
	unsigned n;

	if (m->w->node.tx_count == 0)
		return;
	n = pick(m, m->w->node.tx_count);
	if (is_alive(m, n))
		m->w->node.txs[n].in_pool = true;
}

/* One or two blocks: less than dead_depth. */
static void reorganise(struct life *m)
{
	struct fake_node *f = &m->w->node;
	bool forgets = pick(m, 2) == 0;
	uint64_t left = f->head_seq - 1 - pick(m, 2);

	for (uint64_t seq = f->head_seq; seq > left; seq--)
		for (unsigned i = f->tx_count; i > 0; i--)
			if (f->txs[i - 1].confirmed && f->txs[i - 1].block_seq == seq)
				fake_unconfirm(f, f->txs[i - 1].txid, forgets);
}

static void steal(struct life *m)
{
	struct fake_node *f = &m->w->node;
	unsigned n = f->coin_count > 0 ? pick(m, (unsigned)f->coin_count) : 0;
	char text[32], spender[65];
	struct sha256 id;

	if (f->coin_count == 0 || f->coins[n].spent ||
	    !sky_address_equal(&f->coins[n].u.owner, wallet_change(m->w->wallet)))
		return;
	for (unsigned i = 0; i < f->tx_count; i++) /* a thief's block stays: not from what may go */
		if (f->txs[i].confirmed && f->txs[i].block_seq + 3 > f->head_seq)
			return;
	id = f->coins[n].u.id;
	fake_empty_block(f);
	(void)snprintf(text, sizeof(text), "thief %u", m->at);
	fake_spend_elsewhere(f, &id, text, spender);
	fund(m->w, 60 + m->funded++, 100000);
}

/* The largest so far: the next payment would rather spend this than what a released one spends. */
static void fund_one(struct life *m)
{
	if (m->funded < 20)
		fund(m->w, 60 + m->funded++, 100000);
}

static void release_one(struct life *m)
{
	for (unsigned i = 0; i < m->w->node.tx_count; i++) {
		struct payout_tx tx = tx_of(m->w, i);

		if (tx.held_at > 0 && (tx.state == PAYOUT_TX_SAVED || tx.state == PAYOUT_TX_SENT)) {
			release_tx(m->w, i);
			return;
		}
	}
}

static void set_standing(struct life *m)
{
	static const enum sky_standing all[] = { SKY_GOOD,     SKY_GOOD,   SKY_GOOD,
						 SKY_UNPROVEN, SKY_BEHIND, SKY_NO_PEERS };

	m->w->node.standing = all[pick(m, 6)];
}

static void restart(struct life *m)
{
	stop_payer(m->w);
	start_payer(m->w);
}

/* --- the deposit's own chain -------------------------------------------------------------------
 */
static void leave_chain(struct world *w, struct deposit *d)
{
	struct err err;

	d->left_chain = true;
	assert_int_equal(store_begin(w->x, &err), 0);
	assert_int_equal(deposit_orphan(w->x, d, "left", &err), 0);
	assert_int_equal(store_commit(w->x, &err), 0);
}

static void return_to_chain(struct world *w, struct deposit *d)
{
	struct err err;

	d->left_chain = false;
	assert_int_equal(store_begin(w->x, &err), 0);
	assert_int_equal(deposit_apply(w->x, d, EV_RETURNED, "is back", &err), 0);
	if (d->state == DEPOSIT_WAITING_DECIDE)
		assert_int_equal(deposit_apply(w->x, d, EV_DIRECT, "is back", &err), 0);
	assert_int_equal(store_commit(w->x, &err), 0);
	take_feed(w);
}

static bool has_left(const struct deposit *d)
{
	return d->left_chain || d->state == DEPOSIT_VOID;
}

static void reorganise_deposit(struct life *m)
{
	struct deposit d;

	if (m->owed_count == 0)
		return;
	d = deposit_of(m->w, m->ids[pick(m, m->owed_count)]);
	if (has_left(&d))
		return_to_chain(m->w, &d);
	else if (pick(m, 2) == 0)
		leave_chain(m->w, &d);
}

/* --- what happens -------------------------------------------------------------------------------
 */
static void wait_little(struct life *m)
{
	run(m->w, 1 + pick(m, 20));
}
static void wait_some(struct life *m)
{
	run(m->w, 1 + pick(m, 15000));
}
static void wait_long(struct life *m)
{
	run(m->w, ROUND_MS);
}
static void make_block(struct life *m)
{
	fake_block(&m->w->node);
}
static void make_empty_blocks(struct life *m)
{
	grow(m->w, 1 + pick(m, 4));
}
static void forget(struct life *m)
{
	fake_forget(&m->w->node);
}
static void refuse(struct life *m)
{
	m->w->node.refuse = "no";
}
static void refuse_no_more(struct life *m)
{
	m->w->node.refuse = NULL;
}
static void lose_answers(struct life *m)
{
	m->w->node.lose_inject = pick(m, 2) == 0;
}
static void cut_off(struct life *m)
{
	m->w->node.cut_off = pick(m, 3) == 0;
}
static void go_down(struct life *m)
{
	m->w->node.down = pick(m, 3) == 0;
}
static void read_payouts(struct life *m)
{
	take_payouts(m->w);
}

typedef void (*thing_fn)(struct life *m);

/* Each as often as it stands here. */
static const thing_fn things[] = {
	owe_one,
	wait_little,
	wait_some,
	make_block,
	owe_one,
	wait_little,
	wait_some,
	make_block,
	make_empty_blocks,
	wait_little,
	wait_some,
	make_block,
	forget,
	refuse,
	refuse_no_more,
	refuse_no_more,
	lose_answers,
	cut_off,
	go_down,
	set_standing,
	read_payouts,
	read_payouts,
	restart,
	release_one,
	relay_one,
	reorganise,
	steal,
	fund_one,
	wait_long,
	owe_one,
	reorganise_deposit,
};
#define THINGS (sizeof(things) / sizeof(things[0]))

static void step(struct life *m)
{
	unsigned what = pick(m, THINGS);

	m->trail[m->at++] = (char)('A' + what);
	things[what](m);
	check_nobody_has_more(m);
}

static bool all_paid(struct life *m)
{
	for (unsigned i = 0; i < m->owed_count; i++)
		if (received(m->w, i) != m->owed[i] ||
		    deposit_of(m->w, m->ids[i]).state != DEPOSIT_DONE)
			return false;
	return true;
}

static void heal_deposits(struct life *m)
{
	for (unsigned i = 0; i < m->owed_count; i++) {
		struct deposit d = deposit_of(m->w, m->ids[i]);

		if (has_left(&d))
			return_to_chain(m->w, &d);
	}
}

static void heal(struct life *m)
{
	struct world *w = m->w;

	heal_deposits(m);
	w->node.refuse = NULL;
	w->node.lose_inject = w->node.cut_off = w->node.down = false;
	w->node.standing = SKY_GOOD;
	for (unsigned i = 0; i < 60 && !all_paid(m); i++) {
		fund(w, 300 + m->funded++, 100000);
		take_payouts(w);
		run(w, ROUND_MS);
		check_nobody_has_more(m);
		fake_block(&w->node);
		if (i % 4 == 3)
			fake_forget(&w->node);
	}
	for (unsigned i = 0; i < m->owed_count; i++)
		if (received(w, i) != m->owed[i])
			fail_msg("seed %u: customer %u has %llu of %llu, payout %s in '%s', %s, "
				 "after '%s'",
				 m->first_seed, i, (unsigned long long)received(w, i),
				 (unsigned long long)m->owed[i],
				 payout_state_name(payout_of(w, m->ids[i]).state),
				 payout_of(w, m->ids[i]).txid, payer_error(w->payer), m->trail);
	assert_true(all_paid(m));
}

static void one_life(unsigned seed)
{
	struct life m = { .seed = (uint64_t)seed * 7919 + 1, .first_seed = seed };
	void *state = NULL;

	assert_int_equal(world_setup(&state), 0);
	m.w = state;
	m.w->node.surprises = true;
	for (unsigned i = 0; i < 4; i++)
		fund(m.w, 40 + i, 100000);
	start_payer(m.w);
	while (m.at < STEPS && m.w->node.tx_count < FAKE_TXS_MAX / 2)
		step(&m);
	heal(&m);
	world_teardown(&state);
}

static unsigned from_environment(const char *name, unsigned otherwise)
{
	const char *text = getenv(name);

	return text != NULL ? (unsigned)strtoul(text, NULL, 10) : otherwise;
}

static void test_any_order(void **state)
{
	unsigned from = from_environment("TELLER_FROM", 1), lives;

	(void)state;
	lives = from_environment("TELLER_LIVES", 40);
	for (unsigned i = from; i < from + lives; i++)
		one_life(i);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_any_order) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

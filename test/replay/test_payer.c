/* The payer against a scripted node and a real database, on scripted time: whatever the node
 * answers, forgets or loses, and wherever we die, every payout is paid once. */
#include "test/support/test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "common/base/text.h"
#include "common/store/deposit_store.h"
#include "common/store/payout_store.h"
#include "senderd/intake.h"
#include "test/support/payer_world.h"

/* --- the ordinary day ------------------------------------------------------------------------ */
static void test_paid_and_confirmed(void **state)
{
	struct world *w = *state;
	uint64_t id;

	fund(w, 100, 100);
	start_payer(w);
	run(w, 100);
	id = owe(w, 1, 5 * SKY);
	run(w, 100);
	assert_state(w, id, PAYOUT_SENT);
	assert_int_equal(w->node.injects, 1);
	assert_string_equal(payout_of(w, id).txid, w->node.txs[0].txid);
	fake_block(&w->node);
	run(w, WAIT_MS + 100);
	assert_state(w, id, PAYOUT_CONFIRMED);
	assert_received(w, 1, 5 * SKY);
	assert_int_equal(w->node.injects, 1);
	assert_int_equal(w->node.tx_count, 1);
	assert_int_equal(w->feed_moved, 2);
	assert_string_equal(payer_error(w->payer), "");
}

static void test_idle_asks_nothing(void **state)
{
	struct world *w = *state;
	struct payer_figures f;
	unsigned fetches;

	fund(w, 100, 77);
	start_payer(w);
	run(w, 100);
	fetches = w->node.fetches;
	run(w, 3600000);
	assert_int_equal(w->node.fetches, fetches);
	/* Asked for its balance after a while, it looks again. */
	payer_figures(w->payer, &f);
	assert_int_equal(f.balance.n, 100 * SKY);
	assert_int_equal(f.hours.n, 77);
	assert_string_equal(f.node_version, "0.27.1");
	run(w, 100);
	assert_int_equal(w->node.fetches, fetches + 1);
	payer_figures(w->payer, &f);
	run(w, 100);
	assert_int_equal(w->node.fetches, fetches + 1);
}

/* One output for each payout, in the order of arrival, many in one transaction. */
static void test_many_in_one(void **state)
{
	struct world *w = *state;
	uint64_t ids[20];

	fund(w, 1000, 1000);
	for (unsigned i = 0; i < 20; i++)
		ids[i] = owe(w, i, (i + 1) * SKY);
	start_payer(w);
	run(w, 100);
	assert_int_equal(w->node.tx_count, 1);
	fake_block(&w->node);
	run(w, WAIT_MS + 100);
	for (unsigned i = 0; i < 20; i++) {
		assert_state(w, ids[i], PAYOUT_CONFIRMED);
		assert_received(w, i, (i + 1) * SKY);
	}
}

static void test_two_in_flight(void **state)
{
	struct world *w = *state;
	uint64_t a, b, c;

	fund(w, 100, 100);
	fund(w, 100, 100);
	start_payer(w);
	run(w, 100);
	a = owe(w, 1, 60 * SKY);
	run(w, 500);
	b = owe(w, 2, 60 * SKY);
	run(w, 500);
	assert_int_equal(w->node.tx_count, 2);
	assert_state(w, a, PAYOUT_SENT);
	assert_state(w, b, PAYOUT_SENT);
	/* Both outputs are taken; change on its way is no error. */
	c = owe(w, 3, 60 * SKY);
	run(w, 500);
	assert_state(w, c, PAYOUT_WAITING);
	assert_string_equal(payer_error(w->payer), "");
	fake_block(&w->node);
	run(w, WAIT_MS + 500);
	assert_int_equal(w->node.tx_count, 3);
	fake_block(&w->node);
	run(w, WAIT_MS + 500);
	assert_state(w, c, PAYOUT_CONFIRMED);
	for (unsigned i = 1; i <= 3; i++)
		assert_received(w, i, 60 * SKY);
}

/* 1000 payouts need no more transactions than their size demands. */
static void test_a_thousand(void **state)
{
	struct world *w = *state;
	struct err err;

	fund(w, 1000000, 100000);
	assert_int_equal(store_begin(w->x, &err), 0);
	for (unsigned i = 0; i < 1000; i++) {
		struct sky_address to = customer(i);

		(void)add_deposit(w, &to, SKY);
	}
	assert_int_equal(store_commit(w->x, &err), 0);
	take_feed(w);
	start_payer(w);
	run(w, 1000);
	assert_int_equal(w->node.tx_count, 1);
	fake_block(&w->node);
	run(w, WAIT_MS + 1000);
	assert_int_equal(w->node.tx_count, 2);
	fake_block(&w->node);
	run(w, WAIT_MS + 1000);
	assert_int_equal(w->node.tx_count, 2);
	for (unsigned i = 0; i < 1000; i++)
		assert_received(w, i, SKY);
}

/* --- a node that misbehaves ------------------------------------------------------------------- */
static void test_answer_lost_then_confirmed(void **state)
{
	struct world *w = *state;
	uint64_t id;

	fund(w, 100, 100);
	w->node.lose_inject = true;
	id = owe(w, 1, 5 * SKY);
	start_payer(w);
	run(w, 100);
	/* No answer, but asked about it the node knows it. */
	assert_state(w, id, PAYOUT_SENT);
	fake_block(&w->node);
	run(w, WAIT_MS + 100);
	assert_state(w, id, PAYOUT_CONFIRMED);
	assert_received(w, 1, 5 * SKY);
	assert_int_equal(w->node.tx_count, 1);
}

static void test_no_peer_same_bytes_again(void **state)
{
	struct world *w = *state;
	uint64_t id;

	fund(w, 100, 100);
	fund(w, 100, 100);
	w->node.cut_off = true;
	id = owe(w, 1, 5 * SKY);
	start_payer(w);
	run(w, 60000);
	assert_state(w, id, PAYOUT_IN_TX);
	assert_true(w->node.injects > 2);
	assert_int_equal(w->node.tx_count, 1);
	assert_non_null(strstr(payer_error(w->payer), "No addresses provided"));
	assert_string_not_equal(health_text(w->health, "sky_node"), "");
	/* Nothing more is built for a node that cannot pass it on. */
	(void)owe(w, 2, 5 * SKY);
	run(w, 60000);
	assert_int_equal(w->node.tx_count, 1);
	w->node.cut_off = false;
	run(w, 60000);
	assert_state(w, id, PAYOUT_SENT);
	assert_string_equal(payer_error(w->payer), "");
	assert_string_equal(health_text(w->health, "sky_node"), "");
	fake_block(&w->node);
	run(w, 60000);
	assert_received(w, 1, 5 * SKY);
	assert_received(w, 2, 5 * SKY);
	assert_int_equal(w->node.tx_count, 2);
}

static void test_pool_forgotten(void **state)
{
	struct world *w = *state;
	uint64_t id;

	fund(w, 100, 100);
	id = owe(w, 1, 5 * SKY);
	start_payer(w);
	run(w, 100);
	assert_state(w, id, PAYOUT_SENT);
	fake_forget(&w->node);
	fake_block(&w->node);
	run(w, WAIT_MS + 100);
	assert_int_equal(w->node.injects, 2);
	assert_int_equal(w->node.tx_count, 1);
	fake_block(&w->node);
	run(w, WAIT_MS + 100);
	assert_state(w, id, PAYOUT_CONFIRMED);
	assert_received(w, 1, 5 * SKY);
}

static void test_refused_is_held(void **state)
{
	struct world *w = *state;
	uint64_t a, b;

	fund(w, 100, 100);
	fund(w, 100, 100);
	w->node.refuse = "Transaction violates soft constraint: something new";
	a = owe(w, 1, 5 * SKY);
	start_payer(w);
	run(w, 100);
	assert_state(w, a, PAYOUT_IN_TX);
	assert_non_null(strstr(health_text(w->health, "payout_tx"), "something new"));
	/* Others go on with other outputs, in transactions of their own. */
	w->node.refuse = NULL;
	fake_block(&w->node);
	b = owe(w, 2, 5 * SKY);
	run(w, 500);
	assert_state(w, b, PAYOUT_SENT);
	/* The same bytes are offered again, and taken one day. */
	run(w, 600000);
	assert_state(w, a, PAYOUT_SENT);
	assert_string_equal(health_text(w->health, "payout_tx"), "");
	fake_block(&w->node);
	run(w, WAIT_MS + 100);
	assert_received(w, 1, 5 * SKY);
	assert_received(w, 2, 5 * SKY);
	assert_int_equal(w->node.tx_count, 2);
}

/* A node that refuses everything must not lock the whole wallet. */
static void test_refusals_stop_the_building(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < 10; i++)
		fund(w, 100, 100);
	w->node.refuse = "no";
	start_payer(w);
	for (unsigned i = 0; i < 10; i++) {
		(void)owe(w, i, 5 * SKY);
		run(w, 1000);
	}
	assert_int_equal(w->node.tx_count, 3);
	assert_string_not_equal(payer_error(w->payer), "");
	w->node.refuse = NULL;
	run(w, 600000);
	fake_block(&w->node);
	run(w, 600000);
	fake_block(&w->node);
	run(w, 600000);
	for (unsigned i = 0; i < 10; i++)
		assert_received(w, i, 5 * SKY);
	assert_string_equal(payer_error(w->payer), "");
}

static void test_node_absent_then_back(void **state)
{
	struct world *w = *state;
	struct payer_figures f;

	fund(w, 100, 100);
	w->node.down = true;
	start_payer(w);
	(void)owe(w, 1, 5 * SKY);
	run(w, 300000);
	assert_string_equal(payer_error(w->payer), "connection refused");
	assert_non_null(strstr(health_text(w->health, "sky_node"), "connection refused"));
	assert_int_equal(w->node.injects, 0);
	payer_figures(w->payer, &f);
	assert_int_equal(f.balance.n, 0);
	w->node.down = false;
	run(w, 31000);
	assert_int_equal(w->node.tx_count, 1);
	assert_string_equal(payer_error(w->payer), "");
	assert_string_equal(health_text(w->health, "sky_node"), "");
}

static void test_wrong_nodes(void **state)
{
	static const struct {
		const char *why, *coin, *says;
		int64_t connections;
	} rows[] = {
		{ "another coin", "metacoin", "'metacoin'", 8 },
		{ "no peers", "skycoin", "no peers", 0 },
	};
	struct world *w = *state;

	fund(w, 100, 100);
	(void)owe(w, 1, 5 * SKY);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		w->node.coin = rows[i].coin;
		w->node.connections = rows[i].connections;
		start_payer(w);
		run(w, 60000);
		if (strstr(payer_error(w->payer), rows[i].says) == NULL || w->node.injects != 0)
			fail_msg("%s: says '%s'", rows[i].why, payer_error(w->payer));
		stop_payer(w);
	}
	w->node.connections = -1; /* not known: tried */
	w->node.coin = "";
	start_payer(w);
	run(w, 1000);
	assert_int_equal(w->node.injects, 1);
}

static void test_node_behind(void **state)
{
	struct world *w = *state;

	fund(w, 100, 100);
	start_payer(w);
	run(w, 100);
	w->node.head_seq = 50;
	(void)owe(w, 1, 5 * SKY);
	run(w, 60000);
	assert_int_equal(w->node.tx_count, 0);
	assert_non_null(strstr(payer_error(w->payer), "behind"));
	w->node.head_seq = 100;
	run(w, 31000);
	assert_int_equal(w->node.tx_count, 1);
}

/* Its peers say that the chain is longer, which one peer that lies is enough for.  It has what the
 * chain confirmed to us: payments go on, and health says how it is. */
static void test_node_whose_peers_say_more(void **state)
{
	struct world *w = *state;
	uint64_t first, second;

	fund(w, 100, 100);
	first = owe(w, 1, 5 * SKY);
	start_payer(w);
	run(w, 100);
	fake_block(&w->node);
	run(w, WAIT_MS + 100);
	assert_state(w, first, PAYOUT_CONFIRMED);
	w->node.standing = SKY_BEHIND;
	second = owe(w, 2, 5 * SKY);
	run(w, WAIT_MS + 100);
	assert_state(w, second, PAYOUT_SENT);
	assert_string_equal(payer_error(w->payer), "");
	assert_non_null(strstr(health_text(w->health, "sky_node"), "payments go on"));
	w->node.standing = SKY_GOOD;
	run(w, WAIT_MS + 100);
	assert_string_equal(health_text(w->health, "sky_node"), "");
}

/* A wallet that was never paid from cannot tell such a node from one that has hardly begun. */
static void test_node_behind_before_the_first_payment(void **state)
{
	struct world *w = *state;

	fund(w, 100, 100);
	w->node.standing = SKY_BEHIND;
	(void)owe(w, 1, 5 * SKY);
	start_payer(w);
	run(w, 60000);
	assert_int_equal(w->node.tx_count, 0);
	assert_non_null(strstr(payer_error(w->payer), "behind"));
	w->node.standing = SKY_GOOD;
	run(w, 31000);
	assert_int_equal(w->node.tx_count, 1);
}

/* --- we die ----------------------------------------------------------------------------------- */
/* Another node after a restart: it has only the beginning of the chain, where what we have spent
 * since is unspent.  Nothing may be built from that. */
static void test_node_that_is_still_loading(void **state)
{
	struct world *w = *state;
	uint64_t first, second;

	fund(w, 100, 100);
	first = owe(w, 1, 5 * SKY);
	start_payer(w);
	run(w, 100);
	fake_block(&w->node);
	run(w, WAIT_MS + 100);
	assert_state(w, first, PAYOUT_CONFIRMED);
	stop_payer(w);
	w->node.txs[0].confirmed = false; /* and in no pool either */
	w->node.standing = SKY_BEHIND;
	second = owe(w, 2, 5 * SKY);
	start_payer(w);
	run(w, 60000);
	assert_state(w, second, PAYOUT_WAITING);
	assert_int_equal(w->node.tx_count, 1);
	assert_non_null(strstr(payer_error(w->payer), "behind, or on another network"));
	assert_non_null(strstr(health_text(w->health, "sky_node"), "behind"));
	assert_state(w, first, PAYOUT_CONFIRMED); /* on its word nothing is gone */
	w->node.txs[0].confirmed = true;
	w->node.standing = SKY_GOOD;
	run(w, 31000);
	assert_state(w, second, PAYOUT_SENT);
	assert_string_equal(payer_error(w->payer), "");
}

static void test_died_before_the_bytes_left(void **state)
{
	struct world *w = *state;
	uint64_t id;

	fund(w, 100, 100);
	start_payer(w);
	run(w, 100);
	id = owe(w, 1, 5 * SKY);
	/* The next fetch is answered; then the injection hangs. */
	for (int i = 0; i < 10 && payout_of(w, id).state == PAYOUT_WAITING; i++) {
		w->node.hang = w->node.answer != NULL;
		run(w, 1);
	}
	assert_state(w, id, PAYOUT_IN_TX);
	assert_int_equal(w->node.injects, 0);
	stop_payer(w);
	w->node.hang = false;
	start_payer(w);
	run(w, 100);
	assert_int_equal(w->node.injects, 1);
	assert_string_equal(w->node.txs[0].txid, payout_of(w, id).txid);
	assert_state(w, id, PAYOUT_SENT);
	fake_block(&w->node);
	run(w, WAIT_MS + 100);
	assert_received(w, 1, 5 * SKY);
	assert_int_equal(w->node.tx_count, 1);
}

static void test_confirmed_while_we_were_down(void **state)
{
	struct world *w = *state;
	uint64_t id;

	fund(w, 100, 100);
	id = owe(w, 1, 5 * SKY);
	w->node.lose_inject = true;
	start_payer(w);
	for (int i = 0; i < 20 && w->node.injects == 0; i++)
		run(w, 1);
	assert_int_equal(w->node.injects, 1);
	stop_payer(w); /* the node has it, we never heard */
	assert_state(w, id, PAYOUT_IN_TX);
	w->node.lose_inject = false;
	fake_block(&w->node);
	start_payer(w);
	run(w, 100);
	assert_state(w, id, PAYOUT_CONFIRMED);
	assert_received(w, 1, 5 * SKY);
	assert_int_equal(w->node.tx_count, 1);
}

/* Die after every millisecond of a payment's life in turn: never two transactions. */
static void test_died_at_any_moment(void **state)
{
	struct world *w = *state;
	uint64_t id;

	fund(w, 100, 100);
	id = owe(w, 1, 5 * SKY);
	for (unsigned ms = 0; ms < 40; ms++) {
		start_payer(w);
		run(w, ms % 8);
		stop_payer(w);
		if (ms == 20)
			fake_block(&w->node);
	}
	start_payer(w);
	run(w, 100);
	fake_block(&w->node);
	run(w, WAIT_MS + 100);
	assert_state(w, id, PAYOUT_CONFIRMED);
	assert_received(w, 1, 5 * SKY);
	assert_int_equal(w->node.tx_count, 1);
}

/* --- what may not or cannot be paid ------------------------------------------------------------
 */
static void test_large_waits_small_passes(void **state)
{
	struct world *w = *state;
	uint64_t large, small;

	fund(w, 10, 100);
	large = owe(w, 1, 50 * SKY);
	small = owe(w, 2, 4 * SKY);
	start_payer(w);
	run(w, 100);
	assert_state(w, large, PAYOUT_WAITING);
	assert_state(w, small, PAYOUT_SENT);
	assert_string_equal(payer_error(w->payer), PAYER_NOT_ENOUGH);
	fake_block(&w->node);
	run(w, WAIT_MS + 100);
	assert_string_equal(payer_error(w->payer), PAYER_NOT_ENOUGH);
	fund(w, 100, 100);
	run(w, WAIT_MS + 100);
	assert_state(w, large, PAYOUT_SENT);
	assert_string_equal(payer_error(w->payer), "");
}

static void test_empty_wallet(void **state)
{
	struct world *w = *state;
	uint64_t id = owe(w, 1, SKY);

	start_payer(w);
	run(w, 100);
	assert_string_equal(payer_error(w->payer), "no unspents to spend");
	fund(w, 10, 0); /* coins without an hour cannot pay the fee */
	run(w, WAIT_MS + 100);
	assert_string_equal(payer_error(w->payer), "Transaction has zero coinhour fee");
	fund(w, 1, 1);
	run(w, WAIT_MS + 100);
	assert_state(w, id, PAYOUT_SENT);
	assert_string_equal(payer_error(w->payer), "");
}

static void test_send_disabled(void **state)
{
	struct world *w = *state;
	uint64_t id;

	fund(w, 100, 100);
	w->setup.send_enabled = false;
	start_payer(w);
	id = owe(w, 1, SKY);
	run(w, 60000);
	assert_state(w, id, PAYOUT_WAITING);
	assert_int_equal(w->node.injects, 0);
	assert_string_not_equal(health_text(w->health, "send_disabled"), "");
	stop_payer(w);
	w->setup.send_enabled = true;
	start_payer(w);
	run(w, 100);
	assert_state(w, id, PAYOUT_SENT);
}

static void test_voided_deposit(void **state)
{
	struct world *w = *state;
	uint64_t gone, stays;

	fund(w, 100, 100);
	gone = owe(w, 1, SKY);
	stays = owe(w, 2, SKY);
	void_deposit(w, gone);
	start_payer(w);
	run(w, 100);
	assert_state(w, gone, PAYOUT_WAITING);
	assert_state(w, stays, PAYOUT_SENT);
	fake_block(&w->node);
	run(w, WAIT_MS + 100);
	assert_received(w, 1, 0);
	assert_received(w, 2, SKY);
	assert_string_equal(payer_error(w->payer), "");
}

/* A payout that no deposit justifies, put into the table by a hand or a bug. */
static uint64_t owe_wrong(struct world *w, const char *address, uint64_t deposit_coins,
			  uint64_t payout_coins)
{
	struct sky_address to = customer(9);
	struct err err;
	uint64_t id;

	if (sky_address_parse(address, &to, &err) < 0)
		to = customer(9);
	assert_int_equal(store_begin(w->x, &err), 0);
	id = add_deposit(w, &to, deposit_coins);
	assert_int_equal(store_commit(w->x, &err), 0);
	assert_int_equal(store_begin(w->s, &err), 0);
	assert_int_equal(
		store_payout_add(w->s, id, address, droplets_of(payout_coins), START, &err), 0);
	assert_int_equal(store_commit(w->s, &err), 0);
	return id;
}

static void test_unjustified_payouts(void **state)
{
	static const struct {
		const char *why, *address, *says;
		uint64_t deposit, payout;
	} rows[] = {
		{ "more than the deposit says", "", "another amount", SKY, 2 * SKY },
		{ "less than the deposit says", "", "another amount", SKY, SKY - 1000 },
		{ "to another address", "2XocTU549baVqAFYWEW8xqNaYRqShoAUcAj.", "another address",
		  SKY, SKY },
		{ "to the null address", "1111111111111111111114oLvT2", "", SKY, SKY },
		{ "nothing at all", "", "nothing", 0, 0 },
	};
	struct world *w = *state;
	char good[ADDRESS_TEXT_MAX];
	struct sky_address to = customer(9), null = { .version = 0 };
	char null_text[ADDRESS_TEXT_MAX];
	uint64_t ids[5], fine;

	sky_address_to_text(&to, good);
	sky_address_to_text(&null, null_text);
	fund(w, 100, 100);
	for (size_t i = 0; i < 5; i++) {
		const char *address = rows[i].address[0] == '\0'  ? good
				      : rows[i].address[0] == '1' ? null_text
								  : rows[i].address;

		ids[i] = owe_wrong(w, address, rows[i].deposit, rows[i].payout);
	}
	take_feed(w);
	fine = owe(w, 1, SKY);
	start_payer(w);
	run(w, 100);
	for (size_t i = 0; i < 5; i++) {
		struct payout p = payout_of(w, ids[i]);

		if (p.state != PAYOUT_REFUSED || strstr(p.error, rows[i].says) == NULL)
			fail_msg("%s: state %s, '%s'", rows[i].why, payout_state_name(p.state),
				 p.error);
	}
	assert_state(w, fine, PAYOUT_SENT);
	fake_block(&w->node);
	run(w, WAIT_MS + 100);
	assert_received(w, 9, 0);
	assert_received(w, 1, SKY);
}

/* The deposit itself does not add up: a hand, or a bug, changed what it owes. */
static void test_what_the_rate_does_not_give(void **state)
{
	static const uint64_t owed[] = { 2 * SKY, SKY - 1000, SKY + 1 };
	struct world *w = *state;
	struct sky_address to = customer(9);
	struct deposit d;
	uint64_t ids[3];
	struct err err;

	fund(w, 100, 100);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(store_begin(w->x, &err), 0);
		deposit_fill(w, &d, &to, SKY);
		d.to_send = droplets_of(owed[i]);
		assert_int_equal(store_deposit_add(w->x, &d, &err), 0);
		d.state = DEPOSIT_WAITING_SEND;
		assert_int_equal(store_deposit_move(w->x, &d, DEPOSIT_WAITING_DECIDE, "test", &err),
				 0);
		assert_int_equal(store_commit(w->x, &err), 0);
		ids[i] = d.id;
	}
	take_feed(w);
	start_payer(w);
	run(w, 100);
	for (size_t i = 0; i < 3; i++) {
		assert_state(w, ids[i], PAYOUT_REFUSED);
		assert_non_null(strstr(payout_of(w, ids[i]).error, "value at its rate"));
	}
	assert_int_equal(w->node.tx_count, 0);
}

/* What one node's rules forbid, another's may allow: it waits, is told, and holds up nobody. */
static void test_decimals_of_the_node(void **state)
{
	struct world *w = *state;
	uint64_t fine, odd;

	fund(w, 100, 100);
	w->node.policy.max_decimals = 2;
	odd = owe(w, 1, SKY + 1000);
	fine = owe(w, 2, SKY);
	start_payer(w);
	run(w, 100);
	assert_state(w, fine, PAYOUT_SENT);
	assert_state(w, odd, PAYOUT_WAITING);
	fake_block(&w->node);
	run(w, WAIT_MS + 100);
	assert_state(w, odd, PAYOUT_WAITING);
	assert_non_null(strstr(payer_error(w->payer), "decimal places"));
	assert_non_null(strstr(health_text(w->health, "hot_wallet"), "decimal places"));
	w->node.policy.max_decimals = 3;
	run(w, WAIT_MS + 100);
	assert_state(w, odd, PAYOUT_SENT);
	assert_string_equal(health_text(w->health, "hot_wallet"), "");
}

/* exchangerd: the deposit is in the chain again and enters the feed again. */
static void return_deposit(struct world *w, uint64_t id)
{
	struct deposit d;
	struct err err;

	assert_int_equal(store_deposit_get(w->x, id, &d, &err), 0);
	assert_int_equal(store_begin(w->x, &err), 0);
	d.state = DEPOSIT_WAITING_DECIDE;
	assert_int_equal(store_deposit_move(w->x, &d, DEPOSIT_VOID, "returned", &err), 0);
	d.state = DEPOSIT_WAITING_SEND;
	assert_int_equal(store_deposit_move(w->x, &d, DEPOSIT_WAITING_DECIDE, "direct", &err), 0);
	assert_int_equal(store_commit(w->x, &err), 0);
	take_feed(w);
}

/* The deposit's error went with its leaving: without a second refusal nobody would know. */
static void test_refused_is_judged_again_when_it_returns(void **state)
{
	struct world *w = *state;
	struct sky_address to = customer(9);
	char good[ADDRESS_TEXT_MAX];
	uint64_t id;
	unsigned told;

	sky_address_to_text(&to, good);
	fund(w, 100, 100);
	id = owe_wrong(w, good, SKY, 2 * SKY);
	start_payer(w);
	run(w, 100);
	assert_state(w, id, PAYOUT_REFUSED);
	void_deposit(w, id);
	run(w, 100);
	told = w->feed_moved;
	return_deposit(w, id);
	run(w, 1000);
	assert_state(w, id, PAYOUT_REFUSED);
	assert_int_equal(w->feed_moved, told + 1);
	assert_true(payout_of(w, id).feed_seq > 1);
}

/* Long in the pool and in no block: a person hears of it, and when it is over. */
static void test_long_pending_is_told(void **state)
{
	struct world *w = *state;
	uint64_t id;

	fund(w, 100, 100);
	id = owe(w, 1, SKY);
	start_payer(w);
	run(w, 9 * 60 * 1000);
	assert_string_equal(health_text(w->health, "payout_tx_slow"), "");
	run(w, 2 * 60 * 1000);
	assert_non_null(strstr(health_text(w->health, "payout_tx_slow"), payout_of(w, id).txid));
	stop_payer(w); /* told by the next run, too */
	health_clear(w->health, "payout_tx_slow");
	start_payer(w);
	run(w, 100);
	assert_non_null(strstr(health_text(w->health, "payout_tx_slow"), payout_of(w, id).txid));
	fake_block(&w->node);
	run(w, WAIT_MS + 100);
	assert_state(w, id, PAYOUT_CONFIRMED);
	assert_string_equal(health_text(w->health, "payout_tx_slow"), "");
	assert_int_equal(w->node.injects, 1);
}

/* Taken each time it is offered, and dropped each time: no answer is a refusal, and no money moves.
 */
static void test_taken_and_dropped_is_told(void **state)
{
	struct world *w = *state;
	uint64_t id;

	fund(w, 100, 100);
	id = owe(w, 1, SKY);
	start_payer(w);
	run(w, 100);
	for (unsigned i = 0; i < 11 * 60; i++) {
		fake_forget(&w->node);
		run(w, 1000);
	}
	assert_true(w->node.injects > 10);
	assert_non_null(strstr(health_text(w->health, "payout_tx_slow"), payout_of(w, id).txid));
	run(w, WAIT_MS + 100);
	fake_block(&w->node);
	run(w, WAIT_MS + 100);
	assert_state(w, id, PAYOUT_CONFIRMED);
	assert_string_equal(health_text(w->health, "payout_tx_slow"), "");
}

/* No file may grow: each commit fails.  Nothing is claimed, nothing leaves, nothing is twice. */
static void limit_files(bool on)
{
	struct rlimit limit = { .rlim_cur = on ? 0 : RLIM_INFINITY, .rlim_max = RLIM_INFINITY };

	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void test_full_disk(void **state)
{
	struct world *w = *state;
	uint64_t id;

	fund(w, 100, 100);
	id = owe(w, 1, SKY);
	limit_files(true);
	start_payer(w);
	run(w, 1000);
	assert_int_equal(w->node.injects, 0); /* not saved: not sent */
	assert_state(w, id, PAYOUT_WAITING);
	assert_string_not_equal(health_text(w->health, "payments"), "");
	limit_files(false);
	w->node.lose_inject = true;
	run(w, 5000);
	assert_int_equal(w->node.tx_count, 1);
	limit_files(true);
	w->node.lose_inject = false;
	run(w, 60000);
	limit_files(false);
	fake_block(&w->node);
	limit_files(true); /* confirmed, but that cannot be written */
	run(w, 60000);
	assert_state(w, id, PAYOUT_SENT);
	limit_files(false);
	run(w, 60000);
	assert_state(w, id, PAYOUT_CONFIRMED);
	assert_received(w, 1, SKY);
	assert_int_equal(w->node.tx_count, 1);
	assert_string_equal(health_text(w->health, "payments"), "");
}

/* Two payouts of one address and amount are one output of their sum. */
static void test_equal_payouts(void **state)
{
	struct world *w = *state;
	uint64_t ids[3];

	fund(w, 100, 100);
	for (unsigned i = 0; i < 3; i++)
		ids[i] = owe(w, 1, 5 * SKY);
	start_payer(w);
	run(w, 100);
	assert_int_equal(w->node.tx_count, 1);
	fake_block(&w->node);
	run(w, WAIT_MS + 100);
	for (unsigned i = 0; i < 3; i++)
		assert_state(w, ids[i], PAYOUT_CONFIRMED);
	assert_received(w, 1, 15 * SKY);
}

/* Outputs that the node's policy would not let us spend alone are no balance. */
static void test_odd_outputs_are_left_alone(void **state)
{
	struct world *w = *state;
	struct payer_figures f;

	fake_fund(&w->node, wallet_change(w->wallet), 50 * SKY + 1, 100);
	fund(w, 10, 10);
	(void)owe(w, 1, 5 * SKY);
	start_payer(w);
	run(w, 100);
	payer_figures(w->payer, &f);
	assert_int_equal(w->node.tx_count, 1);
	fake_block(&w->node);
	run(w, WAIT_MS + 100);
	payer_figures(w->payer, &f);
	assert_int_equal(f.balance.n, 5 * SKY);
}

/* The same feed rows again: no second payout. */
static void test_feed_read_twice(void **state)
{
	struct world *w = *state;
	uint64_t last;
	unsigned count;
	struct err err;
	uint64_t id = owe(w, 1, SKY);

	fund(w, 100, 100);
	assert_int_equal(store_begin(w->s, &err), 0);
	assert_int_equal(intake_deposits(w->s, 0, 200, &last, &count, &err), 0);
	assert_int_equal(count, 1);
	assert_int_equal(store_commit(w->s, &err), 0);
	start_payer(w);
	run(w, 100);
	fake_block(&w->node);
	run(w, WAIT_MS + 100);
	assert_state(w, id, PAYOUT_CONFIRMED);
	assert_received(w, 1, SKY);
	assert_int_equal(w->node.tx_count, 1);
}

/* Asked to check now (a dummy node's block), it does not wait for the timer. */
static void test_check_now(void **state)
{
	struct world *w = *state;
	uint64_t id;

	fund(w, 100, 100);
	id = owe(w, 1, SKY);
	start_payer(w);
	run(w, 100);
	fake_block(&w->node);
	payer_check(w->payer);
	run(w, 10);
	assert_state(w, id, PAYOUT_CONFIRMED);
}

int main(void)
{
#define PAYER_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
		PAYER_TEST(test_paid_and_confirmed),
		PAYER_TEST(test_idle_asks_nothing),
		PAYER_TEST(test_many_in_one),
		PAYER_TEST(test_two_in_flight),
		PAYER_TEST(test_a_thousand),
		PAYER_TEST(test_answer_lost_then_confirmed),
		PAYER_TEST(test_no_peer_same_bytes_again),
		PAYER_TEST(test_pool_forgotten),
		PAYER_TEST(test_refused_is_held),
		PAYER_TEST(test_refusals_stop_the_building),
		PAYER_TEST(test_node_absent_then_back),
		PAYER_TEST(test_wrong_nodes),
		PAYER_TEST(test_node_behind),
		PAYER_TEST(test_node_whose_peers_say_more),
		PAYER_TEST(test_node_behind_before_the_first_payment),
		PAYER_TEST(test_node_that_is_still_loading),
		PAYER_TEST(test_died_before_the_bytes_left),
		PAYER_TEST(test_confirmed_while_we_were_down),
		PAYER_TEST(test_died_at_any_moment),
		PAYER_TEST(test_large_waits_small_passes),
		PAYER_TEST(test_empty_wallet),
		PAYER_TEST(test_send_disabled),
		PAYER_TEST(test_voided_deposit),
		PAYER_TEST(test_unjustified_payouts),
		PAYER_TEST(test_what_the_rate_does_not_give),
		PAYER_TEST(test_decimals_of_the_node),
		PAYER_TEST(test_refused_is_judged_again_when_it_returns),
		PAYER_TEST(test_long_pending_is_told),
		PAYER_TEST(test_taken_and_dropped_is_told),
		PAYER_TEST(test_full_disk),
		PAYER_TEST(test_equal_payouts),
		PAYER_TEST(test_odd_outputs_are_left_alone),
		PAYER_TEST(test_feed_read_twice),
		PAYER_TEST(test_check_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* exchangerd's path of a deposit on a real database: sightings in, deposits out, payouts back.
 * Each step is also done twice: the second time must change nothing. */
#include "test/support/test.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/store/binding_store.h"
#include "common/store/deposit_list.h"
#include "common/store/deposit_store.h"
#include "common/store/payout_tx_store.h"
#include "common/store/scan_store.h"
#include "exchangerd/deposit_flow.h"
#include "exchangerd/intake.h"
#include "exchangerd/settle.h"
#include "senderd/intake.h"

#define SKY_ADDRESS "2Wbi4wvxC4fkTYMsS2f6HaFfW4pafDjXcQW"
#define BTC_BOUND   "1FsSia9rv4NeEwvJ2GvXrX7LyxYspbN2mo"
#define BTC_FREE    "1FjL87pn8ky6Vbavd1ZHeChRXtoxwRGCRd"

struct world {
	char *dir;
	struct conf *conf;
	struct store *scanner, *exchange, *sender;
};

static void must(int rc, const struct err *err)
{
	if (rc < 0)
		fail_msg("%s", err->text);
}

static void set_rate(struct conf *c, const char *rate)
{
	struct err err;

	must(rate_parse(rate, &c->coin[COIN_BTC].rate, &err), &err);
}

static void bind_one(struct world *w, enum buy_method method)
{
	struct binding b;
	struct err err;
	bool limit;

	must(store_begin(w->exchange, &err), &err);
	must(store_bind_address(w->exchange, COIN_BTC, SKY_ADDRESS, method, 5, 1000, &b, &limit,
				&err),
	     &err);
	must(store_commit(w->exchange, &err), &err);
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	char path[600];
	struct err err;

	w->dir = test_make_dir();
	(void)snprintf(path, sizeof(path), "%s/teller.db", w->dir);
	must(store_open(path, STORE_EXCHANGERD, &w->exchange, &err), &err);
	must(store_open(path, STORE_SCANNERD, &w->scanner, &err), &err);
	must(store_open(path, STORE_SENDERD, &w->sender, &err), &err);
	w->conf = calloc(1, sizeof(*w->conf));
	w->conf->coin[COIN_BTC].enabled = true;
	w->conf->max_decimals = 3;
	set_rate(w->conf, "500");
	must(store_begin(w->exchange, &err), &err);
	must(store_pool_add(w->exchange, COIN_BTC, BTC_BOUND, &err), &err);
	must(store_pool_add(w->exchange, COIN_BTC, BTC_FREE, &err), &err);
	must(store_commit(w->exchange, &err), &err);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	store_close(w->scanner);
	store_close(w->exchange);
	store_close(w->sender);
	free(w->conf);
	test_remove_dir(w->dir);
	free(w);
	return 0;
}

/* scannerd sees an output confirmed in block `height`. */
static void see(struct world *w, const char *txid, const char *address, uint64_t value,
		int64_t height)
{
	struct sighting g = { .coin = COIN_BTC,
			      .n = 1,
			      .value = units_of(value),
			      .height = height,
			      .state = SIGHTING_CONFIRMED,
			      .seen_at = 1000 };
	struct err err;

	(void)snprintf(g.txid, sizeof(g.txid), "%s", txid);
	(void)snprintf(g.address, sizeof(g.address), "%s", address);
	(void)snprintf(g.block_hash, sizeof(g.block_hash), "%064" PRId64, height);
	must(store_begin(w->scanner, &err), &err);
	must(store_sighting_add(w->scanner, &g, &err), &err);
	must(store_cursor_advance(w->scanner, COIN_BTC, height, g.block_hash, 1, 100, &err), &err);
	must(store_commit(w->scanner, &err), &err);
}

static void reorganise_to(struct world *w, int64_t height)
{
	uint64_t orphaned;
	struct err err;

	must(store_begin(w->scanner, &err), &err);
	must(store_cursor_rewind(w->scanner, COIN_BTC, height, &orphaned, &err), &err);
	must(store_commit(w->scanner, &err), &err);
}

/* One page of a feed as feed_reader does it; `from_start` reads everything again. */
static void read_feed(struct world *w, enum store_feed feed, bool from_start)
{
	struct intake in = { .store = w->exchange, .conf = w->conf };
	uint64_t after = 0, last;
	unsigned count;
	struct err err;
	int rc;

	must(store_begin(w->exchange, &err), &err);
	if (!from_start)
		must(store_feed_position(w->exchange, feed, &after, &err), &err);
	rc = feed == FEED_SIGHTINGS ? intake_page(&in, after, 100, &last, &count, &err)
				    : settle_page(w->exchange, after, 100, &last, &count, &err);
	must(rc, &err);
	if (!from_start)
		must(store_feed_advance(w->exchange, feed, last, &err), &err);
	must(store_commit(w->exchange, &err), &err);
}

static void take_sightings(struct world *w)
{
	read_feed(w, FEED_SIGHTINGS, false);
	read_feed(w, FEED_SIGHTINGS, true);
}

static void take_payouts(struct world *w)
{
	read_feed(w, FEED_PAYOUTS, false);
	read_feed(w, FEED_PAYOUTS, true);
}

static struct deposit get(struct world *w, uint64_t id)
{
	struct deposit d;
	struct err err;

	must(store_deposit_get(w->exchange, id, &d, &err), &err);
	return d;
}

static unsigned count_history(struct world *w, uint64_t id);

static int count_row(void *arg, const struct deposit_history *h, struct err *err)
{
	(void)h;
	(void)err;
	++*(unsigned *)arg;
	return 0;
}

static unsigned count_history(struct world *w, uint64_t id)
{
	unsigned n = 0;
	struct err err;

	must(store_deposit_history(w->exchange, id, count_row, &n, &err), &err);
	return n;
}

/* senderd: records the payout and signs a transaction for it, up to `state`. */
static void pay(struct world *w, uint64_t id, enum payout_state state)
{
	static const uint8_t raw[4] = "raw";
	struct deposit d = get(w, id);
	uint8_t uxid[1][32] = { { (uint8_t)id } };
	struct payout_tx tx = { .raw = raw, .raw_len = sizeof(raw), .state = PAYOUT_TX_SAVED };
	struct err err;

	(void)snprintf(tx.txid, sizeof(tx.txid), "%064" PRIu64, id);
	must(store_begin(w->sender, &err), &err);
	must(store_payout_add(w->sender, id, d.sky_address, d.to_send, 1000, &err), &err);
	if (state == PAYOUT_REFUSED)
		must(store_payout_refuse(w->sender, id, "the amounts differ", 1000, &err), &err);
	if (state == PAYOUT_IN_TX || state == PAYOUT_SENT || state == PAYOUT_CONFIRMED)
		must(store_payout_tx_save(w->sender, &tx, &id, 1, (const uint8_t(*)[32])uxid, 1,
					  &err),
		     &err);
	if (state == PAYOUT_SENT || state == PAYOUT_CONFIRMED)
		must(store_payout_tx_sent(w->sender, tx.txid, 1000, &err), &err);
	if (state == PAYOUT_CONFIRMED)
		must(store_payout_tx_confirmed(w->sender, tx.txid, 7, 1000, NULL, &err), &err);
	must(store_commit(w->sender, &err), &err);
}

static void confirm(struct world *w, uint64_t id)
{
	char txid[TXID_TEXT_MAX];
	struct err err;

	(void)snprintf(txid, sizeof(txid), "%064" PRIu64, id);
	must(store_begin(w->sender, &err), &err);
	must(store_payout_tx_confirmed(w->sender, txid, 7, 1000, NULL, &err), &err);
	must(store_commit(w->sender, &err), &err);
}

/* --- tests ------------------------------------------------------------------------------------ */

static void test_whole_way(void **state)
{
	struct world *w = *state;
	struct deposit d;

	bind_one(w, BUY_DIRECT);
	see(w, "aa", BTC_BOUND, 1000000, 10);
	take_sightings(w);
	d = get(w, 1);
	assert_int_equal(d.state, DEPOSIT_WAITING_SEND);
	assert_int_equal(d.to_send.n, 5000000);
	assert_string_equal(d.rate.text, "500");
	assert_true(d.feed_seq > 0);
	pay(w, 1, PAYOUT_SENT);
	take_payouts(w);
	d = get(w, 1);
	assert_int_equal(d.state, DEPOSIT_WAITING_CONFIRM);
	assert_int_equal(d.sent.n, 5000000);
	assert_string_not_equal(d.payout_txid, "");
	confirm(w, 1);
	take_payouts(w);
	d = get(w, 1);
	assert_int_equal(d.state, DEPOSIT_DONE);
	assert_string_equal(d.error, "");
	assert_int_equal(count_history(w, 1), 4); /* recorded, decided, sent, done */
}

static void test_sent_and_confirmed_between_readings(void **state)
{
	struct world *w = *state;

	bind_one(w, BUY_DIRECT);
	see(w, "aa", BTC_BOUND, 1000000, 10);
	take_sightings(w);
	pay(w, 1, PAYOUT_CONFIRMED);
	take_payouts(w);
	assert_int_equal(get(w, 1).state, DEPOSIT_DONE);
}

static void test_rate_is_frozen(void **state)
{
	struct world *w = *state;

	bind_one(w, BUY_DIRECT);
	see(w, "aa", BTC_BOUND, 1000000, 10);
	take_sightings(w);
	set_rate(w->conf, "1");
	see(w, "bb", BTC_BOUND, 1000000, 11);
	take_sightings(w);
	assert_int_equal(get(w, 1).to_send.n, 5000000);
	assert_int_equal(get(w, 2).to_send.n, 10000);
}

static void test_dust(void **state)
{
	struct world *w = *state;
	struct deposit d;

	bind_one(w, BUY_DIRECT);
	see(w, "aa", BTC_BOUND, 1, 10); /* 0.000005 SKY: below a thousandth */
	take_sightings(w);
	d = get(w, 1);
	assert_int_equal(d.state, DEPOSIT_DONE);
	assert_string_equal(d.error, "Skycoin send amount is 0");
	assert_int_equal(d.feed_seq, 0);
}

/* It was paid nothing: leaving and coming back are told to nobody, and it stays what it is. */
static void test_dust_leaves_and_returns(void **state)
{
	struct world *w = *state;
	uint64_t left = 7;
	struct deposit d;
	struct err err;

	bind_one(w, BUY_DIRECT);
	see(w, "aa", BTC_BOUND, 1, 10);
	take_sightings(w);
	reorganise_to(w, 9);
	take_sightings(w);
	assert_int_equal(get(w, 1).state, DEPOSIT_DONE);
	must(store_deposit_left_count(w->exchange, 0, &left, &err), &err);
	assert_int_equal(left, 0);
	see(w, "aa", BTC_BOUND, 1, 11);
	take_sightings(w);
	d = get(w, 1);
	assert_int_equal(d.state, DEPOSIT_DONE);
	assert_string_equal(d.error, "Skycoin send amount is 0");
	assert_false(d.left_chain);
	assert_int_equal(d.height, 11);
}

static void test_unassigned_stays_unassigned(void **state)
{
	struct world *w = *state;
	uint64_t n;
	struct err err;

	see(w, "aa", BTC_BOUND, 1000000, 10); /* nobody has bound it yet */
	take_sightings(w);
	must(store_unassigned_count(w->exchange, &n, &err), &err);
	assert_int_equal(n, 1);
	bind_one(w, BUY_DIRECT); /* gets that very address */
	take_sightings(w);
	assert_int_equal(store_deposit_get(w->exchange, 1, &(struct deposit){ 0 }, &err),
			 ERR_NOT_FOUND);
}

/* Money that only a balance shows is never paid by itself, bound or not. */
static void test_surplus_of_a_bound_address_is_not_paid(void **state)
{
	struct world *w = *state;
	struct sighting g = { .coin = COIN_BTC,
			      .txid = "balance/x",
			      .value = units_of(1000000),
			      .height = 10,
			      .surplus = true,
			      .state = SIGHTING_CONFIRMED };
	uint64_t n;
	struct err err;

	bind_one(w, BUY_DIRECT);
	(void)snprintf(g.address, sizeof(g.address), "%s", BTC_BOUND);
	must(store_begin(w->scanner, &err), &err);
	must(store_sighting_add(w->scanner, &g, &err), &err);
	must(store_commit(w->scanner, &err), &err);
	take_sightings(w);
	must(store_unassigned_count(w->exchange, &n, &err), &err);
	assert_int_equal(n, 1);
	assert_int_equal(store_deposit_get(w->exchange, 1, &(struct deposit){ 0 }, &err),
			 ERR_NOT_FOUND);
}

static void test_no_rate_waits_and_is_decided_later(void **state)
{
	struct world *w = *state;
	struct deposit d;
	struct err err;

	bind_one(w, BUY_DIRECT);
	w->conf->coin[COIN_BTC].rate.text[0] = '\0';
	see(w, "aa", BTC_BOUND, 1000000, 10);
	take_sightings(w);
	d = get(w, 1);
	assert_int_equal(d.state, DEPOSIT_WAITING_DECIDE);
	assert_non_null(strstr(d.error, "there is no rate for BTC"));
	set_rate(w->conf, "2");
	must(store_begin(w->exchange, &err), &err);
	must(deposit_resume(w->exchange, w->conf, &err), &err);
	must(store_commit(w->exchange, &err), &err);
	d = get(w, 1);
	assert_int_equal(d.state, DEPOSIT_WAITING_SEND);
	assert_int_equal(d.to_send.n, 20000);
	assert_string_equal(d.rate.text, "2");
	assert_string_equal(d.error, "");
}

static void test_beyond_all_bounds_waits(void **state)
{
	struct world *w = *state;

	bind_one(w, BUY_DIRECT);
	see(w, "aa", BTC_BOUND, INT64_MAX, 10);
	take_sightings(w);
	assert_int_equal(get(w, 1).state, DEPOSIT_WAITING_DECIDE);
	assert_string_not_equal(get(w, 1).error, "");
}

static void test_passthrough_waits(void **state)
{
	struct world *w = *state;

	bind_one(w, BUY_PASSTHROUGH);
	see(w, "aa", BTC_BOUND, 1000000, 10);
	take_sightings(w);
	assert_int_equal(get(w, 1).state, DEPOSIT_WAITING_PASSTHROUGH);
	assert_int_equal(get(w, 1).feed_seq, 0);
}

static void test_reorganised_unpaid_is_void_and_returns(void **state)
{
	struct world *w = *state;

	bind_one(w, BUY_DIRECT);
	see(w, "aa", BTC_BOUND, 1000000, 10);
	take_sightings(w);
	reorganise_to(w, 9);
	take_sightings(w);
	assert_int_equal(get(w, 1).state, DEPOSIT_VOID);
	assert_string_equal(deposit_state_public_name(get(w, 1).state), "waiting_deposit");
	set_rate(w->conf, "7");
	see(w, "aa", BTC_BOUND, 1000000, 11);
	take_sightings(w);
	assert_int_equal(get(w, 1).state, DEPOSIT_WAITING_SEND);
	assert_int_equal(get(w, 1).to_send.n, 5000000); /* the rate stays frozen */
	assert_int_equal(get(w, 1).height, 11);
	assert_string_equal(get(w, 1).error, "");
}

static void test_reorganised_signed_is_flagged(void **state)
{
	static const enum payout_state states[] = { PAYOUT_IN_TX, PAYOUT_SENT, PAYOUT_CONFIRMED };
	static const enum deposit_state stays[] = { DEPOSIT_WAITING_SEND, DEPOSIT_WAITING_CONFIRM,
						    DEPOSIT_DONE };
	struct world *w = *state;
	uint64_t left = 0;
	struct err err;
	char txid[8];

	bind_one(w, BUY_DIRECT);
	for (uint64_t i = 0; i < 3; i++) {
		(void)snprintf(txid, sizeof(txid), "a%" PRIu64, i);
		see(w, txid, BTC_BOUND, 1000000, 10 + (int64_t)i);
		take_sightings(w);
		pay(w, i + 1, states[i]);
		take_payouts(w);
	}
	reorganise_to(w, 9);
	take_sightings(w);
	for (uint64_t i = 0; i < 3; i++) {
		assert_int_equal(get(w, i + 1).state, stays[i]);
		assert_non_null(strstr(get(w, i + 1).error, "left the chain"));
		assert_true(get(w, i + 1).left_chain);
	}
	must(store_deposit_left_count(w->exchange, 0, &left, &err), &err);
	assert_int_equal(left, 3);
	must(store_deposit_left_count(w->exchange, INT64_MAX, &left, &err), &err);
	assert_int_equal(left, 0);
	see(w, "a2", BTC_BOUND, 1000000, 20);
	take_sightings(w);
	assert_int_equal(get(w, 3).state, DEPOSIT_DONE);
	assert_string_equal(get(w, 3).error, "");
}

static void test_orphaned_before_it_was_read(void **state)
{
	struct world *w = *state;
	struct err err;

	bind_one(w, BUY_DIRECT);
	see(w, "aa", BTC_BOUND, 1000000, 10);
	reorganise_to(w, 9);
	take_sightings(w);
	assert_int_equal(store_deposit_get(w->exchange, 1, &(struct deposit){ 0 }, &err),
			 ERR_NOT_FOUND);
	see(w, "aa", BTC_BOUND, 1000000, 11);
	take_sightings(w);
	assert_int_equal(get(w, 1).state, DEPOSIT_WAITING_SEND);
}

static void test_refused_is_shown(void **state)
{
	struct world *w = *state;

	bind_one(w, BUY_DIRECT);
	see(w, "aa", BTC_BOUND, 1000000, 10);
	take_sightings(w);
	pay(w, 1, PAYOUT_REFUSED);
	take_payouts(w);
	assert_int_equal(get(w, 1).state, DEPOSIT_WAITING_SEND);
	assert_string_equal(get(w, 1).error, "not paid: the amounts differ");
}

/* senderd: takes in what the feed of deposits holds. */
static struct payout take_deposits(struct world *w, uint64_t id)
{
	struct payout p;
	uint64_t last;
	unsigned count;
	struct err err;

	must(store_begin(w->sender, &err), &err);
	must(intake_deposits(w->sender, 0, 100, &last, &count, &err), &err);
	must(store_commit(w->sender, &err), &err);
	must(store_payout_get(w->sender, id, &p, &err), &err);
	return p;
}

/* Its error went when it left and came back: it must be judged, and told, again. */
static void test_refused_leaves_and_returns(void **state)
{
	struct world *w = *state;
	struct err err;

	bind_one(w, BUY_DIRECT);
	see(w, "aa", BTC_BOUND, 1000000, 10);
	take_sightings(w);
	pay(w, 1, PAYOUT_REFUSED);
	reorganise_to(w, 9);
	take_sightings(w);
	assert_int_equal(get(w, 1).state, DEPOSIT_VOID);
	take_payouts(w); /* heard of too late: nothing is marked */
	see(w, "aa", BTC_BOUND, 1000000, 12);
	take_sightings(w);
	assert_int_equal(get(w, 1).state, DEPOSIT_WAITING_SEND);
	assert_string_equal(get(w, 1).error, "");
	assert_int_equal(take_deposits(w, 1).state, PAYOUT_WAITING);
	must(store_begin(w->sender, &err), &err);
	must(store_payout_refuse(w->sender, 1, "still wrong", 1000, &err), &err);
	must(store_commit(w->sender, &err), &err);
	take_payouts(w);
	assert_string_equal(get(w, 1).error, "not paid: still wrong");
}

static void test_two_outputs_of_one_transaction(void **state)
{
	struct world *w = *state;
	struct sighting g = { .coin = COIN_BTC,
			      .n = 2,
			      .value = units_of(7),
			      .height = 10,
			      .txid = "aa",
			      .address = BTC_BOUND,
			      .block_hash = "00",
			      .state = SIGHTING_CONFIRMED };
	struct err err;

	bind_one(w, BUY_DIRECT);
	see(w, "aa", BTC_BOUND, 1000000, 10);
	must(store_begin(w->scanner, &err), &err);
	must(store_sighting_add(w->scanner, &g, &err), &err);
	must(store_commit(w->scanner, &err), &err);
	take_sightings(w);
	assert_int_equal(get(w, 1).n, 1);
	assert_int_equal(get(w, 2).n, 2);
}

/* --- transactions that die or disappear --------------------------------------------------------
 */

enum fate { DIES, IS_RELEASED, IS_GONE };

/* senderd: what becomes of the transaction that pay() made for deposit `id`. */
static void happen(struct world *w, uint64_t id, enum fate fate)
{
	char txid[TXID_TEXT_MAX];
	struct store *s = w->sender;
	struct err err;
	bool is_new;

	(void)snprintf(txid, sizeof(txid), "%064" PRIu64, id);
	must(store_begin(s, &err), &err);
	switch (fate) {
	case DIES: must(store_payout_tx_dead(s, txid, "spent", 1000, &err), &err); break;
	case IS_RELEASED:
		must(store_payout_tx_hold(s, txid, "no", 1000, &is_new, &err), &err);
		must(store_payout_tx_release(s, txid, "ann", "x", 1000, &err), &err);
		break;
	case IS_GONE: must(store_payout_tx_gone(s, txid, "reorg", 1000, &err), &err); break;
	}
	must(store_commit(s, &err), &err);
}

/* Another transaction of deposit 1, `txid` of one digit, is sent. */
static void pay_again(struct world *w, const char *txid)
{
	static const uint8_t raw[4] = "raw", uxid[1][32] = { { 0xee } };
	struct payout_tx tx = { .raw = raw, .raw_len = sizeof(raw) };
	const uint64_t id = 1;
	struct err err;

	(void)snprintf(tx.txid, sizeof(tx.txid), "%s", txid);
	must(store_begin(w->sender, &err), &err);
	must(store_payout_tx_save(w->sender, &tx, &id, 1, uxid, 1, &err), &err);
	must(store_payout_tx_sent(w->sender, txid, 1000, &err), &err);
	must(store_commit(w->sender, &err), &err);
}

static void confirm_tx(struct world *w, const char *txid)
{
	struct err err;

	must(store_begin(w->sender, &err), &err);
	must(store_payout_tx_confirmed(w->sender, txid, 9, 1000, NULL, &err), &err);
	must(store_commit(w->sender, &err), &err);
}

static int count_payout(void *arg, const struct payout *p, struct err *err)
{
	(void)p, (void)err;
	++*(unsigned *)arg;
	return 0;
}

static unsigned payable(struct world *w)
{
	unsigned n = 0;
	struct err err;

	must(store_payout_waiting(w->sender, 0, 100, count_payout, &n, &err), &err);
	return n;
}

/* Deposit 1, whose payout is in `state`, and exchangerd knows. */
static void sold(struct world *w, enum payout_state state)
{
	bind_one(w, BUY_DIRECT);
	see(w, "aa", BTC_BOUND, 1000000, 10);
	take_sightings(w);
	pay(w, 1, state);
	take_payouts(w);
}

static void leave(struct world *w)
{
	reorganise_to(w, 9);
	take_sightings(w);
}

static void test_dead_is_paid_by_another(void **state)
{
	struct world *w = *state;
	uint64_t feed_seq;
	struct deposit d;

	sold(w, PAYOUT_SENT);
	feed_seq = get(w, 1).feed_seq;
	happen(w, 1, DIES);
	assert_int_equal(payable(w), 0); /* not before exchangerd has moved the deposit */
	take_payouts(w);
	d = get(w, 1);
	assert_int_equal(d.state, DEPOSIT_WAITING_SEND);
	assert_string_equal(d.payout_txid, "");
	assert_int_equal(d.sent.n, 0);
	assert_true(d.feed_seq > feed_seq); /* senderd hears of it */
	assert_int_equal(payable(w), 1);
	pay_again(w, "7");
	confirm_tx(w, "7");
	take_payouts(w);
	d = get(w, 1);
	assert_int_equal(d.state, DEPOSIT_DONE);
	assert_string_equal(d.payout_txid, "7");
	assert_int_equal(d.sent.n, 5000000);
}

/* It died before exchangerd had heard that it was sent. */
static void test_dead_before_it_was_heard_of(void **state)
{
	struct world *w = *state;

	bind_one(w, BUY_DIRECT);
	see(w, "aa", BTC_BOUND, 1000000, 10);
	take_sightings(w);
	pay(w, 1, PAYOUT_SENT);
	happen(w, 1, DIES);
	assert_int_equal(payable(w), 1);
	take_payouts(w);
	assert_int_equal(get(w, 1).state, DEPOSIT_WAITING_SEND);
	assert_int_equal(count_history(w, 1), 2);
	pay_again(w, "7");
	take_payouts(w);
	assert_string_equal(get(w, 1).payout_txid, "7");
}

static void test_gone_and_confirmed_again(void **state)
{
	struct world *w = *state;

	sold(w, PAYOUT_CONFIRMED);
	happen(w, 1, IS_GONE);
	take_payouts(w);
	assert_int_equal(get(w, 1).state, DEPOSIT_WAITING_CONFIRM);
	assert_int_equal(get(w, 1).sent.n, 5000000);
	confirm(w, 1);
	take_payouts(w);
	assert_int_equal(get(w, 1).state, DEPOSIT_DONE);
}

static void test_gone_and_dead_between_readings(void **state)
{
	struct world *w = *state;

	sold(w, PAYOUT_CONFIRMED);
	happen(w, 1, IS_GONE);
	happen(w, 1, DIES);
	assert_int_equal(payable(w), 0);
	take_payouts(w);
	assert_int_equal(get(w, 1).state, DEPOSIT_WAITING_SEND);
	assert_int_equal(payable(w), 1);
}

/* Nobody pays for money that is not there: its first transaction could not be called back, but a
 * second one is not made. */
static void test_left_the_chain_and_dead_is_void(void **state)
{
	static const enum payout_state states[] = { PAYOUT_IN_TX, PAYOUT_SENT };
	struct world *w = *state;
	char txid[8];

	bind_one(w, BUY_DIRECT);
	for (uint64_t i = 0; i < 2; i++) {
		(void)snprintf(txid, sizeof(txid), "a%" PRIu64, i);
		see(w, txid, BTC_BOUND, 1000000, 10 + (int64_t)i);
		take_sightings(w);
		pay(w, i + 1, states[i]);
		take_payouts(w);
	}
	leave(w);
	for (uint64_t i = 0; i < 2; i++) {
		assert_true(get(w, i + 1).left_chain);
		happen(w, i + 1, DIES);
		assert_int_equal(payable(w), 0);
		take_payouts(w);
		assert_int_equal(get(w, i + 1).state, DEPOSIT_VOID);
		assert_int_equal(get(w, i + 1).sent.n, 0);
		assert_int_equal(payable(w), 0);
	}
	see(w, "a1", BTC_BOUND, 1000000, 20);
	take_sightings(w);
	assert_int_equal(get(w, 2).state, DEPOSIT_WAITING_SEND);
	assert_int_equal(payable(w), 1);
}

/* The other order: it leaves the chain, and exchangerd has not read yet that its transaction died.
 */
static void test_dead_unread_when_it_leaves(void **state)
{
	static const enum payout_state states[] = { PAYOUT_SENT, PAYOUT_CONFIRMED };
	struct world *w = *state;
	char txid[8];

	bind_one(w, BUY_DIRECT);
	for (uint64_t i = 0; i < 2; i++) {
		(void)snprintf(txid, sizeof(txid), "a%" PRIu64, i);
		see(w, txid, BTC_BOUND, 1000000, 10 + (int64_t)i);
		take_sightings(w);
		pay(w, i + 1, states[i]);
		take_payouts(w);
	}
	happen(w, 1, DIES);
	happen(w, 2, IS_GONE);
	happen(w, 2, DIES);
	leave(w);
	for (uint64_t id = 1; id <= 2; id++)
		assert_int_equal(get(w, id).state, DEPOSIT_VOID);
	take_payouts(w);
	for (uint64_t id = 1; id <= 2; id++)
		assert_int_equal(get(w, id).state, DEPOSIT_VOID);
	assert_int_equal(payable(w), 0);
}

/* An operator released it, its deposit left the chain, and then the old bytes were confirmed. */
static void test_void_and_paid_by_a_released_one(void **state)
{
	struct world *w = *state;

	sold(w, PAYOUT_SENT);
	happen(w, 1, IS_RELEASED);
	take_payouts(w);
	leave(w);
	assert_int_equal(get(w, 1).state, DEPOSIT_VOID);
	confirm(w, 1);
	take_payouts(w);
	assert_int_equal(get(w, 1).state, DEPOSIT_DONE);
	assert_int_equal(get(w, 1).sent.n, 5000000);
	assert_string_not_equal(get(w, 1).error, "");
	see(w, "aa", BTC_BOUND, 1000000, 20);
	take_sightings(w);
	assert_int_equal(get(w, 1).state, DEPOSIT_DONE);
	assert_string_equal(get(w, 1).error, "");
	assert_int_equal(payable(w), 0);
}

/* The old one won, the new one died: done by the old one. */
static void test_released_one_wins(void **state)
{
	struct world *w = *state;
	struct err err;

	sold(w, PAYOUT_SENT);
	happen(w, 1, IS_RELEASED);
	take_payouts(w);
	pay_again(w, "7");
	take_payouts(w);
	assert_string_equal(get(w, 1).payout_txid, "7");
	confirm(w, 1);
	take_payouts(w);
	assert_int_equal(get(w, 1).state, DEPOSIT_WAITING_CONFIRM);
	must(store_begin(w->sender, &err), &err);
	must(store_payout_tx_dead(w->sender, "7", "spent", 1000, &err), &err);
	must(store_commit(w->sender, &err), &err);
	take_payouts(w);
	assert_int_equal(get(w, 1).state, DEPOSIT_DONE);
	assert_int_equal(strlen(get(w, 1).payout_txid), 64);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_whole_way),
		TEST(test_sent_and_confirmed_between_readings),
		TEST(test_rate_is_frozen),
		TEST(test_dust),
		TEST(test_dust_leaves_and_returns),
		TEST(test_unassigned_stays_unassigned),
		TEST(test_surplus_of_a_bound_address_is_not_paid),
		TEST(test_no_rate_waits_and_is_decided_later),
		TEST(test_beyond_all_bounds_waits),
		TEST(test_passthrough_waits),
		TEST(test_reorganised_unpaid_is_void_and_returns),
		TEST(test_reorganised_signed_is_flagged),
		TEST(test_orphaned_before_it_was_read),
		TEST(test_refused_is_shown),
		TEST(test_refused_leaves_and_returns),
		TEST(test_two_outputs_of_one_transaction),
		TEST(test_dead_is_paid_by_another),
		TEST(test_dead_before_it_was_heard_of),
		TEST(test_gone_and_confirmed_again),
		TEST(test_gone_and_dead_between_readings),
		TEST(test_left_the_chain_and_dead_is_void),
		TEST(test_dead_unread_when_it_leaves),
		TEST(test_void_and_paid_by_a_released_one),
		TEST(test_released_one_wins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Addresses that are bound while a block is on its way.
 *
 * A customer can pay only after the binding was committed: so a payment is in a block that the node
 * made after that.  The binding is tried at each moment at which anything of a scan can be
 * interrupted: a question is asked, an answer comes, a block is about to be matched, has been
 * matched, is recorded, committed.  Either it is made, and then its payment is found, in the very
 * block that is on its way if that was not answered yet; or it cannot be made at that moment,
 * because scannerd holds the database. */
#include "test/support/test.h"

#include <stdio.h>
#include <string.h>

#include "common/base/fault.h"
#include "common/store/stmt.h"
#include "test/support/scan_world.h"

#define BLOCKS                                                                                     \
	20 /* more than are recorded together: some are matched while others wait to commit */

struct race {
	struct scan_world *w;
	unsigned wait; /* moments that pass before the binding is tried */
	bool bound, refused;
	char address[32], txid[32];
};

static struct race *racing; /* fault points know no arg */

/* --- a customer in a hurry -------------------------------------------------------------------- */

/* In one transaction: the address comes into the pool and is bound, as late as can be. */
static int bind_in_transaction(struct race *r, struct err *err)
{
	struct store *s = r->w->exchangerd;
	struct binding b;
	bool limit;
	int rc = store_pool_add(s, COIN_BTC, r->address, err);

	do /* those that were in the pool before are bound first */
		if (rc == 0)
			rc = store_bind_address(s, COIN_BTC, "customer", BUY_DIRECT, 0, 1700000000,
						&b, &limit, err);
	while (rc == 0 && strcmp(b.address, r->address) != 0);
	return rc;
}

static bool try_to_bind(struct race *r)
{
	struct err err;
	int rc = store_begin(r->w->exchangerd, &err);

	if (rc == ERR_BUSY) { /* only ever because of scannerd itself */
		assert_true(store_in_transaction(r->w->store));
		r->refused = true;
		return false;
	}
	if (rc < 0 || bind_in_transaction(r, &err) < 0 || store_commit(r->w->exchangerd, &err) < 0)
		fail_msg("%s", err.text);
	return true;
}

/* The payment is in the block that is on its way, or in the next that is made. */
static void pay(struct race *r, int64_t in_flight)
{
	struct scripted_chain *c = r->w->chain;
	int64_t tip = c->tip;

	if (in_flight >= 0)
		c->tip = in_flight;
	else
		script_mine(c);
	script_pay(c, r->txid, 0, r->address, 5);
	if (in_flight >= 0)
		c->tip = tip;
}

static void moment(struct race *r, int64_t in_flight)
{
	if (r == NULL || r->bound || (r->wait > 0 && r->wait-- > 0))
		return;
	r->bound = try_to_bind(r);
	if (r->bound)
		pay(r, in_flight);
}

static void on_question(void *arg, enum script_kind kind, int64_t height)
{
	moment(arg, kind == ASK_BLOCK ? height : -1);
}

static void on_matching(void *arg, enum script_kind kind, int64_t height)
{
	(void)kind, (void)height;
	moment(arg, -1);
}

#ifdef TELLER_FAULT
/* In the place of the one that kills. */
void fault_pass(const char *name)
{
	(void)name;
	moment(racing, -1);
}
#endif

static void race_start(struct scan_world *w, struct race *r, unsigned wait)
{
	*r = (struct race){ .w = w, .wait = wait };
	(void)snprintf(r->address, sizeof(r->address), "late%u", wait);
	(void)snprintf(r->txid, sizeof(r->txid), "t%u", wait);
	w->chain->on_ask = w->chain->before_answer = on_question;
	w->chain->before_match = w->chain->after_match = on_matching;
	w->chain->hook_arg = racing = r;
}

static void race_stop(struct scan_world *w)
{
	w->chain->on_ask = w->chain->before_answer = NULL;
	w->chain->before_match = w->chain->after_match = NULL;
	racing = NULL;
}

static int count_seen(void *arg, const struct sighting *g, struct err *err)
{
	(void)err;
	assert_true(g->state != SIGHTING_ORPHANED);
	++*(unsigned *)arg;
	return 0;
}

static void expect_seen_once(const struct race *r)
{
	unsigned count = 0;
	struct err err;

	assert_int_equal(
		store_sighting_each_of(r->w->store, COIN_BTC, r->address, count_seen, &count, &err),
		0);
	if (count != 1)
		fail_msg("bound at moment %s: %u sightings", r->address, count);
}

/* False: the scan had no such moment any more. */
static bool race_at(struct scan_world *w, unsigned wait, unsigned *refused)
{
	struct race r;

	race_start(w, &r, wait);
	script_mine_many(w->chain, BLOCKS);
	scan_run(w);
	race_stop(w);
	scan_run(w);
	expect_at_tip(w);
	if (r.bound)
		expect_seen_once(&r);
	*refused += r.refused ? 1 : 0;
	return r.bound;
}

static void race_at_every_moment(struct scan_world *w)
{
	unsigned moments = 0, refused = 0;

	w->exchangerd->patience_us = 0;
	scan_start(w);
	scan_run(w);
	while (race_at(w, moments, &refused))
		moments++;
	/* two questions of a look, for each block its question, answer and matching */
	assert_true(moments > 4 * BLOCKS);
#ifdef TELLER_FAULT
	assert_true(refused > BLOCKS);
#endif
	print_message("%u moments, in %u of them the database was scannerd's\n", moments, refused);
}

static void test_binding_at_every_moment_of_a_scan(void **state)
{
	race_at_every_moment(*state);
}

/* Answers that come together: some are matched inside the transaction that records others. */
static void test_binding_at_every_moment_of_a_batch(void **state)
{
	struct scan_world *w = *state;

	w->chain->batches = true;
	race_at_every_moment(w);
	assert_true(w->chain->most_answered_in_a_turn > 16);
}

/* --- and the others --------------------------------------------------------------------------- */

/* The pool is never made smaller: whoever was given an address may pay to it years later. */
static void test_an_address_is_watched_for_ever(void **state)
{
	struct scan_world *w = *state;
	struct race r = { .w = w, .address = "long ago" };

	assert_true(try_to_bind(&r));
	scan_start(w);
	script_mine_many(w->chain, 1500);
	scan_run(w);
	scan_stop(w);
	scan_start(w);
	script_mine(w->chain);
	script_pay(w->chain, "t", 0, "long ago", 5);
	scan_run(w);
	expect_sightings_of(w, "long ago", "t:0@1601 seen");
}

/* Nobody bound it: the money is there all the same, and is somebody's. */
static void test_an_unbound_address_of_the_pool_is_watched(void **state)
{
	struct scan_world *w = *state;

	scan_watch(w, COIN_BTC, "free");
	scan_start(w);
	script_mine(w->chain);
	script_pay(w->chain, "t", 0, "free", 5);
	scan_run(w);
	expect_sightings_of(w, "free", "t:0@101 seen");
}

/* The chain asked about the block before the address was there: it must ask again. */
static void test_a_block_that_cannot_be_judged_holds_up_nobody(void **state)
{
	struct scan_world *w = *state;

	scan_start(w);
	scan_run(w);
	script_mine_many(w->chain, 40);
	script_pay(w->chain, "t", 0, "ours", 5);
	w->chain->unjudged = 5;
	scan_run(w);
	scan_run(w);
	expect_at_tip(w);
	expect_sightings(w, "t:0@140 seen");
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, scan_world_setup, scan_world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(test_binding_at_every_moment_of_a_scan),
		ROW(test_binding_at_every_moment_of_a_batch),
		ROW(test_an_address_is_watched_for_ever),
		ROW(test_an_unbound_address_of_the_pool_is_watched),
		ROW(test_a_block_that_cannot_be_judged_holds_up_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

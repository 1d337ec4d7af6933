/* Reorganisations of every depth around what counts as confirmed: for 1, 2 and 6 confirmations and
 * for finality, from none to two blocks deeper than that; the new branch shorter, as long, longer;
 * the deposits gone, back in one block, or each back in its own.  What must come out is worked
 * out here from the heights alone. */
#include "test/support/test.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "test/support/scan_follower.h"
#include "test/support/scan_world.h"

#define FINAL_LAG 2 /* blocks between the final one and the tip */

enum back { GONE, BACK_TOGETHER, BACK_ONE_EACH };

struct trial {
	struct scan_world *w;
	int64_t confirmations; /* 0: finality */
	int64_t depth;	       /* blocks that are dropped, */
	int64_t mined;	       /* and that take their place */
	enum back back;
	int64_t deposits; /* one in each block from `first` on */
	int64_t first;
	unsigned serial; /* names its deposits and their address */
	char address[32];
};

/* Unlike those of other trials. */
static void name_deposit(const struct trial *t, int64_t i, char ret[32])
{
	(void)snprintf(ret, 32, "t%u/%" PRId64, t->serial, i);
}

static void pay(const struct trial *t, int64_t i)
{
	char txid[32];

	name_deposit(t, i, txid);
	script_pay(t->w->chain, txid, 0, t->address, 5);
}

static void set_final(const struct trial *t)
{
	t->w->chain->final = t->confirmations == 0 ? t->w->chain->tip - FINAL_LAG : -1;
}

/* Depth that confirms. */
static int64_t needed(const struct trial *t)
{
	return t->confirmations == 0 ? FINAL_LAG + 1 : t->confirmations;
}

/* --- what must come out ----------------------------------------------------------------------- */

static int64_t tip_before(const struct trial *t)
{
	return t->first + t->deposits - 1;
}

static int64_t tip_after(const struct trial *t)
{
	return tip_before(t) - t->depth + t->mined;
}

/* Height of deposit i in the end; -1: it is gone. */
static int64_t height_after(const struct trial *t, int64_t i)
{
	int64_t fork = tip_before(t) - t->depth, height = t->first + i;

	if (height <= fork)
		return height;
	if (t->back == GONE || t->mined == 0)
		return -1;
	if (t->back == BACK_TOGETHER)
		return fork + 1;
	return height <= tip_after(t) ? height : -1;
}

static bool confirmed_before(const struct trial *t, int64_t i)
{
	return tip_before(t) - (t->first + i) + 1 >= needed(t);
}

/* One that is confirmed stays so while its block stays, also when the chain is shorter then. */
static bool confirmed_after(const struct trial *t, int64_t i)
{
	int64_t height = height_after(t, i);

	return height >= 0 && (tip_after(t) - height + 1 >= needed(t) ||
			       (height == t->first + i && height <= tip_before(t) - t->depth &&
				confirmed_before(t, i)));
}

static enum sighting_state state_after(const struct trial *t, int64_t i)
{
	if (height_after(t, i) < 0)
		return SIGHTING_ORPHANED;
	return confirmed_after(t, i) ? SIGHTING_CONFIRMED : SIGHTING_SEEN;
}

/* --- what does -------------------------------------------------------------------------------- */

struct found {
	struct scan_world *w;
	int64_t count;
	struct sighting g[32];
};

static int on_sighting(void *arg, const struct sighting *g, struct err *err)
{
	struct found *f = arg;

	(void)err;
	assert_in_range(f->count, 0, 31);
	f->g[f->count++] = *g;
	return 0;
}

static void fail_trial(const struct trial *t, int64_t i, const char *what)
{
	fail_msg("confirmations %" PRId64 ", %" PRId64 " blocks replaced by %" PRId64
		 ", back %d: deposit %" PRId64 " %s",
		 t->confirmations, t->depth, t->mined, t->back, i, what);
}

static void expect_sighting(const struct trial *t, int64_t i, const struct sighting *g)
{
	if (g->state != state_after(t, i))
		fail_trial(t, i, sighting_state_name(g->state));
	if (g->state != SIGHTING_ORPHANED && g->height != height_after(t, i))
		fail_trial(t, i, "is in another block");
}

/* exchangerd has heard of what was ever confirmed, and no more. */
static void expect_told(const struct trial *t, int64_t i, const struct scan_follower *f)
{
	char txid[32];
	const struct sighting *told;
	bool moved = height_after(t, i) != t->first + i || t->first + i > tip_before(t) - t->depth;

	name_deposit(t, i, txid);
	told = scan_followed(f, txid, 0);
	if (told == NULL) {
		if (confirmed_before(t, i) || confirmed_after(t, i))
			fail_trial(t, i, "was not told");
		return;
	}
	if (confirmed_after(t, i) != (told->state == SIGHTING_CONFIRMED))
		fail_trial(t, i, "was told wrongly");
	if (!confirmed_after(t, i) && !(confirmed_before(t, i) && moved))
		fail_trial(t, i, "should not have been told");
}

static void expect_outcome(const struct trial *t, const struct scan_follower *f)
{
	struct found found = { .w = t->w };
	struct err err;

	if (store_sighting_each_of(t->w->store, COIN_BTC, t->address, on_sighting, &found, &err) <
	    0)
		fail_msg("%s", err.text);
	assert_int_equal(found.count, t->deposits);
	for (int64_t i = 0; i < t->deposits; i++) {
		expect_sighting(t, i, &found.g[i]);
		expect_told(t, i, f);
	}
}

/* --- a trial ---------------------------------------------------------------------------------- */

static void mine_deposits(const struct trial *t)
{
	for (int64_t i = 0; i < t->deposits; i++) {
		script_mine(t->w->chain);
		pay(t, i);
	}
	set_final(t);
}

static void replace_blocks(const struct trial *t)
{
	int64_t fork = tip_before(t) - t->depth;

	script_drop(t->w->chain, t->depth);
	for (int64_t b = 0; b < t->mined; b++) {
		script_mine(t->w->chain);
		for (int64_t i = 0; i < t->deposits; i++)
			if (t->first + i > fork && height_after(t, i) == t->w->chain->tip)
				pay(t, i);
	}
	set_final(t);
}

static void try_it(struct trial t, struct scan_follower *f)
{
	static unsigned trials;

	t.serial = trials++;
	t.first = t.w->chain->tip + 1;
	(void)snprintf(t.address, sizeof(t.address), "a%u", t.serial);
	scan_watch(t.w, COIN_BTC, t.address);
	mine_deposits(&t);
	scan_run(t.w);
	scan_follow(f, t.w->store);
	replace_blocks(&t);
	scan_run(t.w);
	expect_at_tip(t.w);
	scan_follow(f, t.w->store);
	expect_outcome(&t, f);
}

/* `shorter` by a block, as long, longer by one: of none, one is not shorter. */
static void try_lengths(struct trial t, struct scan_follower *f)
{
	for (int64_t more = -1; more <= 1; more++) {
		t.mined = t.depth + more;
		if (t.mined >= 1)
			try_it(t, f);
	}
}

static void try_depths(struct scan_world *w, int64_t confirmations)
{
	struct scan_follower *f = calloc(1, sizeof(*f));
	struct trial t = { .w = w, .confirmations = confirmations };

	assert_non_null(f);
	w->btc.o.confirmations = confirmations;
	scan_start(w);
	t.deposits = needed(&t) + 3;
	for (t.depth = 0; t.depth <= needed(&t) + 2; t.depth++)
		for (t.back = GONE; t.back <= BACK_ONE_EACH; t.back++)
			try_lengths(t, f);
	free(f);
}

static void test_one_confirmation(void **state)
{
	try_depths(*state, 1);
}

static void test_two_confirmations(void **state)
{
	try_depths(*state, 2);
}

static void test_six_confirmations(void **state)
{
	try_depths(*state, 6);
}

/* A chain that takes back what it called final: the scan follows it all the same. */
static void test_finality(void **state)
{
	try_depths(*state, 0);
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, scan_world_setup, scan_world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(test_one_confirmation),
		ROW(test_two_confirmations),
		ROW(test_six_confirmations),
		ROW(test_finality),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

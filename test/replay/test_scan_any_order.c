/* Anything may happen in any order: blocks, reorganisations of any depth, a node that goes back,
 * turns to another chain and returns, fails, is slow, answers in batches; restarts, a database that
 * somebody else holds or that cannot grow, addresses bound in the middle of it.  No deposit is ever
 * told as confirmed that is not deep enough in what was scanned; and in the end the sightings are
 * those of the best chain, worked out from its blocks alone.
 *
 * TELLER_LIVES says how many such lives are lived, TELLER_FROM the seed of the first. */
#include "test/support/test.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/store/stmt.h"
#include "test/support/scan_follower.h"
#include "test/support/scan_world.h"

#define LIVES	      200
#define EVENTS	      80
#define ADDRESSES_MAX 32
#define DROPPED_MAX   256
#define BRANCHES_MAX  4
#define FINAL_LAG     3
#define TIP_MAX	      1000 /* no two branches differ by more than is kept */

struct life {
	struct scan_world *w;
	struct scripted_chain *c;
	struct scan_follower followed;
	uint64_t random;
	unsigned seed;
	bool n_moves; /* as Ethereum's: n is a place in the block */
	int64_t highest;
	unsigned addresses, paid;
	struct chain_output dropped[DROPPED_MAX]; /* payments that may come back */
	unsigned dropped_count;
	struct scripted_branch branches[BRANCHES_MAX];
	unsigned branch_count;
	char trail[EVENTS + 1];
};

static unsigned pick(struct life *m, unsigned n)
{
	m->random = m->random * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned)((m->random >> 33) % n);
}

static void advance(struct life *m, unsigned most_ms)
{
	loop_scripted_advance(m->w->loop, 1 + pick(m, most_ms));
}

/* --- never believe ------------------------------------------------------------------------------
 */

static int64_t needed(const struct life *m)
{
	return m->w->btc.o.confirmations > 0 ? m->w->btc.o.confirmations : 1;
}

static int expect_deep(void *arg, const struct sighting *g, struct err *err)
{
	struct life *m = arg;
	char ours[BLOCK_HASH_TEXT_MAX];

	if (g->state != SIGHTING_CONFIRMED)
		return 0;
	if (g->height > scan_cursor_height(m->w, COIN_BTC) - needed(m) + 1)
		fail_msg("seed %u: %s at %" PRId64 " was believed after '%s'", m->seed, g->txid,
			 g->height, m->trail);
	if (store_block_hash(m->w->store, COIN_BTC, g->height, ours, err) == 0)
		assert_string_equal(ours, g->block_hash);
	return 0;
}

/* All that is told goes by here. */
static void on_news(void *arg)
{
	struct life *m = arg;
	struct err err;

	assert_int_equal(
		store_sighting_feed(m->w->store, m->followed.position, 5000, expect_deep, m, &err),
		0);
	scan_follow(&m->followed, m->w->store);
}

/* --- the chain ----------------------------------------------------------------------------------
 */

static bool in_chain(const struct life *m, const char *txid)
{
	for (int64_t h = 0; h <= m->c->tip; h++)
		for (unsigned i = 0; i < m->c->blocks[h].output_count; i++)
			if (strcmp(m->c->blocks[h].outputs[i].txid, txid) == 0)
				return true;
	return false;
}

static void keep_dropped(struct life *m, int64_t from)
{
	for (int64_t h = from; h <= m->c->tip; h++)
		for (unsigned i = 0; i < m->c->blocks[h].output_count; i++)
			m->dropped[m->dropped_count++ % DROPPED_MAX] = m->c->blocks[h].outputs[i];
}

static void pay_new(struct life *m)
{
	char txid[32], address[32];
	struct chain_output *o;

	(void)snprintf(txid, sizeof(txid), "t%u", m->paid++);
	(void)snprintf(address, sizeof(address), "a%u", pick(m, m->addresses + 1));
	o = script_pay(m->c, txid, pick(m, 9), address, pick(m, 8)); /* 0: no deposit */
	o->n_moves = m->n_moves;
}

/* As it was, in another place. */
static void pay_again(struct life *m)
{
	unsigned count = m->dropped_count < DROPPED_MAX ? m->dropped_count : DROPPED_MAX;
	struct chain_output o;

	if (count == 0)
		return;
	o = m->dropped[pick(m, count)];
	if (in_chain(m, o.txid))
		return;
	*script_pay(m->c, o.txid, o.n_moves ? pick(m, 9) : o.n, o.address, 0) = o;
	if (o.n_moves)
		m->c->blocks[m->c->tip].outputs[m->c->blocks[m->c->tip].output_count - 1].n =
			pick(m, 9);
}

static void mine(struct life *m, unsigned count)
{
	for (; count > 0 && m->c->tip < TIP_MAX; count--) {
		script_mine(m->c);
		for (unsigned i = pick(m, 3); i > 0; i--)
			pay_new(m);
		for (unsigned i = pick(m, 3); i > 0; i--)
			pay_again(m);
	}
	if (m->c->tip > m->highest)
		m->highest = m->c->tip;
	if (m->w->btc.o.confirmations == 0)
		m->c->final = m->c->tip - FINAL_LAG;
}

static void reorganise(struct life *m, int64_t most)
{
	int64_t depth = 1 + pick(m, (unsigned)most);

	if (depth > m->c->tip - 20) /* also below where the scan began */
		depth = m->c->tip - 20;
	keep_dropped(m, m->c->tip - depth + 1);
	script_drop(m->c, depth);
	mine(m, (unsigned)depth + pick(m, 4) - (depth > 1 ? 1 : 0));
}

static void save_branch(struct life *m)
{
	unsigned i = pick(m, BRANCHES_MAX);

	if (i >= m->branch_count)
		i = m->branch_count++;
	scripted_branch_release(&m->branches[i]);
	m->branches[i] = script_save(m->c);
}

static void return_to_branch(struct life *m)
{
	if (m->branch_count == 0)
		return;
	keep_dropped(m, m->c->tip > 60 ? m->c->tip - 60 : 0);
	script_return(m->c, &m->branches[pick(m, m->branch_count)]);
	mine(m, pick(m, 3));
}

/* It has lost blocks, and finds them again later. */
static void node_goes_back(struct life *m)
{
	struct scripted_branch whole = script_save(m->c);

	m->c->tip -= 1 + pick(m, m->c->tip > 150 ? 40 : 8);
	advance(m, 5000);
	script_return(m->c, &whole);
	scripted_branch_release(&whole);
}

/* --- node, service, database --------------------------------------------------------------------
 */

static void node_fails(struct life *m)
{
	m->c->fail_with = (struct chain_error){ (enum chain_trouble)pick(m, CHAIN_REFUSED + 1),
						"as it happens" };
	m->c->fail_times = 1 + (int)pick(m, 8);
}

static void node_is(struct life *m)
{
	m->c->answer_ms = 1 + pick(m, pick(m, 2) == 0 ? 10 : 900);
	m->c->block_ms = pick(m, 200);
	m->c->block_size = pick(m, 8U << 20);
	m->c->batches = pick(m, 2) == 0;
	m->c->unjudged = pick(m, 5) == 0 ? 2 : 0;
}

static void restart(struct life *m)
{
	scan_stop(m->w);
	advance(m, 5000);
	scan_start(m->w);
}

static void bind(struct life *m)
{
	char address[32];

	if (m->addresses + 1 == ADDRESSES_MAX)
		return;
	(void)snprintf(address, sizeof(address), "a%u", m->addresses + 1);
	scan_watch(m->w, COIN_BTC, address);
	m->addresses++;
}

static void database_is_held(struct life *m)
{
	struct err err;

	if (store_begin(m->w->exchangerd, &err) < 0)
		fail_msg("%s", err.text);
	advance(m, 3000);
	store_rollback(m->w->exchangerd);
}

/* No file may grow: what is recorded is not committed. */
static void disk_is_full(struct life *m)
{
	struct rlimit limit = { .rlim_cur = 0, .rlim_max = RLIM_INFINITY };

	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	advance(m, 5000);
	limit.rlim_cur = RLIM_INFINITY;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void live_one(struct life *m, unsigned at)
{
	static const char events[] = "mmmmmMMrrrrRRDsbbgfffnnxxaahhcctttttt";
	char event = events[pick(m, sizeof(events) - 1)];

	m->trail[at] = event;
	switch (event) {
	case 'm': mine(m, 1); break;
	case 'M': mine(m, 1 + pick(m, 40)); break;
	case 'r': reorganise(m, 4); break;
	case 'R': reorganise(m, 12); break;
	case 'D': reorganise(m, 300); break;
	case 's': save_branch(m); break;
	case 'b': return_to_branch(m); break;
	case 'g': node_goes_back(m); break;
	case 'f': node_fails(m); break;
	case 'n': node_is(m); break;
	case 'x': restart(m); break;
	case 'a': bind(m); break;
	case 'h': database_is_held(m); break;
	case 'c': disk_is_full(m); break;
	case 't': advance(m, 8000); break;
	}
	advance(m, 600);
}

/* --- never miss ---------------------------------------------------------------------------------
 */

/* Is this payment a deposit of the best chain, and where?  -1: it is not. */
static int64_t best_height(const struct life *m, const struct sighting *g)
{
	for (int64_t h = m->w->btc.o.initial_height; h <= m->c->tip; h++)
		for (unsigned i = 0; i < m->c->blocks[h].output_count; i++) {
			const struct chain_output *o = &m->c->blocks[h].outputs[i];

			if (strcmp(o->txid, g->txid) == 0 && (m->n_moves || o->n == g->n))
				return h;
		}
	return -1;
}

static unsigned best_count(const struct life *m)
{
	unsigned count = 0;

	for (int64_t h = m->w->btc.o.initial_height; h <= m->c->tip; h++)
		for (unsigned i = 0; i < m->c->blocks[h].output_count; i++)
			count += units_is_zero(m->c->blocks[h].outputs[i].value) ? 0 : 1;
	return count;
}

struct check {
	struct life *m;
	unsigned standing;
};

static void fail_sighting(const struct life *m, const struct sighting *g, const char *what)
{
	fail_msg("seed %u: %s:%u at %" PRId64 " %s: %s; after '%s'", m->seed, g->txid, g->n,
		 g->height, sighting_state_name(g->state), what, m->trail);
}

static void check_told(const struct life *m, const struct sighting *g)
{
	const struct sighting *told = scan_followed(&m->followed, g->txid, g->n);

	if (g->state == SIGHTING_CONFIRMED && (told == NULL || told->state != SIGHTING_CONFIRMED))
		fail_sighting(m, g, "was not told");
	if (g->state == SIGHTING_ORPHANED && told != NULL && told->state != SIGHTING_ORPHANED)
		fail_sighting(m, g, "was told as confirmed");
}

static int check_sighting(void *arg, const struct sighting *g, struct err *err)
{
	struct check *k = arg;
	const struct life *m = k->m;
	int64_t height = best_height(m, g);
	bool deep = m->w->btc.o.confirmations == 0
			    ? height <= m->c->final
			    : m->c->tip - height + 1 >= m->w->btc.o.confirmations;
	enum sighting_state want = height < 0 ? SIGHTING_ORPHANED
				   : deep     ? SIGHTING_CONFIRMED
					      : SIGHTING_SEEN;

	(void)err;
	if (g->state != want)
		fail_sighting(m, g, sighting_state_name(want));
	if (height >= 0 && g->height != height)
		fail_sighting(m, g, "is in another block");
	check_told(m, g);
	k->standing += height >= 0 ? 1 : 0;
	return 0;
}

static void check_end(struct life *m)
{
	struct check k = { .m = m };
	char address[32];
	struct err err;

	for (unsigned i = 0; i <= m->addresses; i++) {
		(void)snprintf(address, sizeof(address), "a%u", i);
		assert_int_equal(store_sighting_each_of(m->w->store, COIN_BTC, address,
							check_sighting, &k, &err),
				 0);
	}
	if (k.standing != best_count(m))
		fail_msg("seed %u: %u of %u deposits; after '%s'", m->seed, k.standing,
			 best_count(m), m->trail);
}

/* --- a life -------------------------------------------------------------------------------------
 */

static void quiet_end(struct life *m)
{
	m->c->fail_times = 0;
	m->c->unjudged = 0;
	m->c->answer_ms = 5;
	m->c->block_ms = 0;
	/* higher than ever, so that what was confirmed by then is deep enough by heights alone */
	while (m->c->tip <= m->highest + FINAL_LAG)
		script_mine(m->c);
	if (m->w->btc.o.confirmations == 0)
		m->c->final = m->c->tip - FINAL_LAG;
	loop_scripted_advance(m->w->loop, 90000);
	expect_at_tip(m->w);
}

static void live(unsigned seed)
{
	static const int64_t confirmations[] = { 1, 2, 3, 6, 0 };
	struct life *m = calloc(1, sizeof(*m));
	void *state;

	assert_non_null(m);
	m->seed = seed;
	m->random = seed * 2654435761U + 7;
	assert_int_equal(scan_world_setup(&state), 0);
	m->w = state;
	m->c = m->w->chain;
	m->w->store->patience_us = 0;
	m->w->btc.o.confirmations = confirmations[pick(m, 5)];
	m->w->btc.o.on_news = on_news;
	m->w->btc.o.arg = m;
	m->n_moves = pick(m, 3) == 0;
	m->c->final = m->w->btc.o.confirmations == 0 ? m->c->tip - FINAL_LAG : -1;
	m->highest = m->c->tip;
	scan_watch(m->w, COIN_BTC, "a0");
	scan_start(m->w);
	for (unsigned i = 0; i < EVENTS; i++)
		live_one(m, i);
	quiet_end(m);
	check_end(m);
	for (unsigned i = 0; i < m->branch_count; i++)
		scripted_branch_release(&m->branches[i]);
	scan_world_teardown(&state);
	free(m);
}

static unsigned number(const char *name, unsigned otherwise)
{
	const char *text = getenv(name);

	return text != NULL ? (unsigned)strtoul(text, NULL, 10) : otherwise;
}

static void test_lives_in_any_order(void **state)
{
	unsigned from = number("TELLER_FROM", 1), lives = number("TELLER_LIVES", LIVES);

	(void)state;
	for (unsigned i = 0; i < lives; i++)
		live(from + i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lives_in_any_order),
	};

	(void)signal(SIGXFSZ, SIG_IGN);
	/* Power cuts are not what is tested here: fsync may cost nothing. */
	if (access("/dev/shm", W_OK) == 0)
		(void)setenv("TMPDIR", "/dev/shm", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

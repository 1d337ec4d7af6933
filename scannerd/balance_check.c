/* What is compared is what changed since the last look: the balance, and the sum of the sightings.
 * Both are taken at one block, which was scanned and lies deep.  A balance that grew by more holds
 * money that no sighting told of; one that grew by less was swept by the operator, whose
 * transactions are not known here.  A sweep in the same time hides a surplus: the shorter the
 * round, the less.
 *
 * One transaction holds a page of addresses: their surpluses, what they are compared with next
 * time, and the place in the pool; so a kill repeats a page or goes on behind it, and a surplus is
 * told once.  Addresses are bound in the order of the pool, so the bound ones are its beginning. */
#include "scannerd/balance_check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/fault.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "common/store/balance_store.h"
#include "common/store/binding_store.h"
#include "common/store/scan_store.h"
#include "common/store/trace_store.h"

#define PAGE	     CHAIN_BALANCES_MAX
#define PAUSE_MAX_MS UINT64_C(600000)
#define NEWS_MS	     60000 /* how soon a first binding or a node in step is noticed */

struct balance_check {
	struct balance_check_options o;
	struct loop_timer *timer;
	char problem[24]; /* "eth_balances" */
	/* the page that is being asked about */
	struct balance_round round; /* as it will be after it */
	uint64_t bound;
	int64_t height;
	size_t count;
	char addresses[PAGE][ADDRESS_TEXT_MAX];
	bool commit_pending, news;
};

/* --- pace ---------------------------------------------------------------------------------- */

static uint64_t at_most(uint64_t ms, uint64_t max)
{
	return ms < max ? ms : max;
}

/* Spread the pages over the round. */
static uint64_t pause_between_pages(const struct balance_check *b)
{
	uint64_t pages = (b->bound + PAGE - 1) / PAGE;

	return at_most(b->o.round_ms / (pages > 0 ? pages : 1), PAUSE_MAX_MS);
}

static void look_again(struct balance_check *b, uint64_t ms)
{
	loop_timer_start(b->timer, at_most(ms, b->o.round_ms));
}

/* Not now: no block to look at, or the node or the database do not want. */
static void check_fail(struct balance_check *b, const char *why)
{
	health_raise(b->o.health, b->problem,
		     "balances cannot be compared with what was seen: %s; money that contracts "
		     "send to bound addresses is not noticed meanwhile",
		     why);
	look_again(b, NEWS_MS);
}

/* --- comparing ------------------------------------------------------------------------------- */

/* What the balance grew by beyond the sightings; false: it did not.  Sums of 128 bits. */
static bool surplus_of(const struct balance_base *was, const struct balance_base *is,
		       struct units *ret)
{
	struct units had, has;

	return units_add(is->balance, was->seen, &has) && units_add(was->balance, is->seen, &had) &&
	       units_sub(has, had, ret) && !units_is_zero(*ret);
}

static void log_surplus(const struct balance_check *b, const char *event, const char *address,
			struct units value)
{
	char text[UNITS_TEXT_MAX];

	units_to_text(value, text);
	log_info(event, "coin=%s address=%s %s=%s height=%" PRId64, coin_name(b->o.coin), address,
		 coin_info(b->o.coin)->base_unit, text, b->height);
}

static int record_surplus(struct balance_check *b, const char *address, uint32_t n,
			  struct units value, struct err *err)
{
	struct sighting g = { .coin = b->o.coin,
			      .n = n,
			      .value = value,
			      .height = b->height,
			      .surplus = true,
			      .state = SIGHTING_CONFIRMED,
			      .seen_at = clock_unix() };
	int rc;

	(void)snprintf(g.txid, sizeof(g.txid), "balance/%s", address);
	(void)text_copy(g.address, sizeof(g.address), address);
	rc = store_sighting_add(b->o.store, &g, err);
	if (rc < 0)
		return rc;
	log_surplus(b, "surplus", address, value);
	b->news = true;
	return 0;
}

static bool is_same(const struct balance_base *a, const struct balance_base *b)
{
	return units_compare(a->balance, b->balance) == 0 && units_compare(a->seen, b->seen) == 0;
}

/* While a block is still to be traced, a surplus may be what it will show: it waits, and the next
 * look compares with the same as this one. */
static int surplus_must_wait(const struct balance_check *b, const struct balance_base *was,
			     bool *ret, struct err *err)
{
	return store_trace_owed_between(b->o.store, b->o.coin, was->height, b->height, ret, err);
}

static int tell_surplus(struct balance_check *b, const char *address,
			const struct balance_base *was, struct balance_base *is,
			struct units surplus, struct err *err)
{
	bool wait = false;
	int rc = surplus_must_wait(b, was, &wait, err);

	if (rc == 0 && wait)
		log_surplus(b, "surplus_waits", address, surplus); /* it may be swept meanwhile */
	if (rc < 0 || wait)
		return rc;
	rc = record_surplus(b, address, is->surpluses++, surplus, err);
	return rc < 0 ? rc : store_balance_put(b->o.store, b->o.coin, address, is, err);
}

static int compare_one(struct balance_check *b, const char *address, struct units balance,
		       struct err *err)
{
	struct balance_base was, is = { .balance = balance, .height = b->height };
	struct units surplus;
	int rc = store_balance_get(b->o.store, b->o.coin, address, &was, err);

	if (rc == 0)
		rc = store_balance_seen(b->o.store, b->o.coin, address, b->height, &is.seen, err);
	if (rc < 0 || is_same(&was, &is))
		return rc;
	is.surpluses = was.surpluses;
	if (surplus_of(&was, &is, &surplus))
		return tell_surplus(b, address, &was, &is, surplus, err);
	return store_balance_put(b->o.store, b->o.coin, address, &is, err);
}

static int compare_page(struct balance_check *b, const struct units *balances, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < b->count; i++) {
		rc = compare_one(b, b->addresses[i], balances[i], err);
		if (rc < 0)
			return err_wrap(err, "address %s", b->addresses[i]);
	}
	return store_balance_round_put(b->o.store, b->o.coin, &b->round, err);
}

static int record_page(struct balance_check *b, const struct units *balances, struct err *err)
{
	int rc = commit_group_join(b->o.commits, err);

	if (rc == 0)
		rc = store_mark(b->o.store, err);
	if (rc < 0)
		return rc;
	FAULT("balances.record.before");
	rc = compare_page(b, balances, err);
	return store_settle(b->o.store, rc, err);
}

static void on_commit(void *arg, const struct err *err)
{
	struct balance_check *b = arg;

	b->commit_pending = false;
	FAULT("balances.record.after");
	if (err != NULL) {
		check_fail(b, err->text);
		return;
	}
	health_clear(b->o.health, b->problem);
	if (b->news)
		b->o.on_news(b->o.arg);
	look_again(b, pause_between_pages(b));
}

static void on_balances(void *arg, const struct chain_error *e, const struct units *balances)
{
	struct balance_check *b = arg;
	struct err err;

	b->news = false;
	if (e != NULL) {
		check_fail(b, e->text);
	} else if (record_page(b, balances, &err) < 0) {
		check_fail(b, err.text);
	} else {
		b->commit_pending = true;
		commit_group_after(b->o.commits, on_commit, b);
	}
}

/* --- a page ---------------------------------------------------------------------------------- */

static void on_address(void *arg, uint64_t seq, const char *address)
{
	struct balance_check *b = arg;

	(void)seq;
	if (b->count < PAGE)
		(void)text_copy(b->addresses[b->count++], ADDRESS_TEXT_MAX, address);
}

static int count_bound(struct balance_check *b, struct err *err)
{
	uint64_t size = 0, unbound = 0;
	int rc = store_pool_size(b->o.store, b->o.coin, &size, err);

	if (rc == 0)
		rc = store_pool_remaining(b->o.store, b->o.coin, &unbound, err);
	if (rc == 0)
		b->bound = size - unbound;
	return rc;
}

/* How long until the next round may begin.  A beginning that lies ahead is a clock that was set
 * back. */
static uint64_t until_round(const struct balance_check *b, int64_t now)
{
	int64_t since = now - b->round.started_at;
	uint64_t round_s = b->o.round_ms / 1000;

	if (b->round.started_at == 0 || since < 0 || (uint64_t)since >= round_s)
		return 0;
	return b->o.round_ms - 1000 * (uint64_t)since;
}

/* The next bound addresses; none: there is nothing to do before *ret_wait_ms. */
static int read_page(struct balance_check *b, uint64_t *ret_wait_ms, struct err *err)
{
	int64_t now = clock_unix();
	uint64_t left;
	int rc = store_balance_round_get(b->o.store, b->o.coin, &b->round, err);

	b->count = 0;
	*ret_wait_ms = NEWS_MS;
	if (rc == 0)
		rc = count_bound(b, err);
	if (rc < 0 || b->bound == 0)
		return rc;
	if (b->round.pool_seq == 0) {
		uint64_t wait_ms = until_round(b, now);

		if (wait_ms > 0) {
			*ret_wait_ms = wait_ms;
			return 0;
		}
		b->round.started_at = now;
	}
	left = b->bound > b->round.pool_seq ? b->bound - b->round.pool_seq : 0;
	rc = left == 0 ? 0
		       : store_pool_each(b->o.store, b->o.coin, b->round.pool_seq,
					 left < PAGE ? (unsigned)left : PAGE, on_address, b,
					 &b->round.pool_seq, err);
	if (b->round.pool_seq >= b->bound)
		b->round.pool_seq = 0; /* it was the last page */
	return rc;
}

static void ask_page(struct balance_check *b)
{
	const char *list[PAGE];

	for (size_t i = 0; i < b->count; i++)
		list[i] = b->addresses[i];
	b->o.chain->ops->balances(b->o.chain, b->height, list, b->count, on_balances, b);
}

static void on_timer(void *arg)
{
	struct balance_check *b = arg;
	uint64_t wait_ms = NEWS_MS;
	struct err err;

	b->height = b->o.settled_height(b->o.arg);
	if (b->height < 0)
		look_again(b, NEWS_MS);
	else if (read_page(b, &wait_ms, &err) < 0)
		check_fail(b, err.text);
	else if (b->count == 0)
		look_again(b, wait_ms);
	else
		ask_page(b);
}

/* --- life ------------------------------------------------------------------------------------ */

struct balance_check *balance_check_new(const struct balance_check_options *o)
{
	struct balance_check *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return NULL;
	b->o = *o;
	(void)snprintf(b->problem, sizeof(b->problem), "%s_balances", coin_info(o->coin)->key);
	b->timer = loop_timer_new(o->loop, on_timer, b);
	look_again(b, NEWS_MS);
	return b;
}

void balance_check_free(struct balance_check *b)
{
	if (b == NULL)
		return;
	if (b->commit_pending)
		commit_group_flush(b->o.commits); /* on_commit() must not come later */
	loop_timer_free(b->timer);
	free(b);
}

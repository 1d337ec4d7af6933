/* Two stores over one file, as the two daemons have them, a wallet, a node and a payer. */
#include "test/support/payer_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/store/binding_store.h"
#include "common/store/deposit_store.h"
#include "exchangerd/settle.h"
#include "senderd/intake.h"
#include "test/support/test.h"

static void on_feed(void *arg)
{
	((struct world *)arg)->feed_moved++;
}

/* --- the world ----------------------------------------------------------------------------- */
struct sky_address customer(unsigned n)
{
	struct sha256 h = sha256(&n, sizeof(n));
	struct sky_address a = { .version = 0 };

	memcpy(a.key_hash.b, h.b, sizeof(a.key_hash.b));
	return a;
}

static void bind_one(struct world *w)
{
	struct binding b;
	struct err err;
	bool limit;

	assert_int_equal(store_begin(w->x, &err), 0);
	assert_int_equal(store_pool_add(w->x, COIN_BTC, "pool-address", &err), 0);
	assert_int_equal(store_bind_address(w->x, COIN_BTC, "sky-address", BUY_DIRECT, 0, START, &b,
					    &limit, &err),
			 0);
	assert_int_equal(store_commit(w->x, &err), 0);
	w->binding_seq = b.seq;
}

int world_setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	char path[512];
	struct err err;

	assert_non_null(w);
	w->dir = test_make_dir();
	(void)snprintf(path, sizeof(path), "%s/teller.db", w->dir);
	w->loop = loop_new_scripted(START);
	assert_int_equal(store_open(path, STORE_EXCHANGERD, &w->x, &err), 0);
	assert_int_equal(store_open(path, STORE_SENDERD, &w->s, &err), 0);
	assert_int_equal(wallet_new_dummy(&w->wallet, &err), 0);
	w->health = health_new();
	fake_init(&w->node, w->loop);
	w->setup = (struct payer_setup){ .loop = w->loop,
					 .store = w->s,
					 .health = w->health,
					 .node = &w->node.node,
					 .wallet = w->wallet,
					 .send_enabled = true,
					 .dead_depth = 3,
					 .final_depth = 6,
					 .check_wait_ms = WAIT_MS,
					 .on_feed = on_feed,
					 .arg = w };
	bind_one(w);
	*state = w;
	return 0;
}

void stop_payer(struct world *w)
{
	fake_drop(&w->node);
	payer_free(w->payer);
	w->payer = NULL;
}

int world_teardown(void **state)
{
	struct world *w = *state;

	stop_payer(w);
	fake_release(&w->node);
	store_close(w->s);
	store_close(w->x);
	wallet_free(w->wallet);
	health_free(w->health);
	loop_free(w->loop);
	test_remove_dir(w->dir);
	free(w);
	return 0;
}

void start_payer(struct world *w)
{
	w->payer = payer_new(&w->setup);
	assert_non_null(w->payer);
}

void run(struct world *w, uint64_t ms)
{
	loop_scripted_advance(w->loop, ms);
}

void fund(struct world *w, uint64_t sky, uint64_t hours)
{
	fake_fund(&w->node, wallet_change(w->wallet), sky * SKY, hours);
}

/* --- deposits ------------------------------------------------------------------------------ */
void deposit_fill(struct world *w, struct deposit *d, const struct sky_address *to,
		  uint64_t droplets)
{
	struct err err;

	*d = (struct deposit){ .coin = COIN_BTC,
			       .binding_seq = w->binding_seq,
			       .buy_method = BUY_DIRECT,
			       .value = units_of(droplets / 5), /* satoshi, at 500 */
			       .height = 7,
			       .to_send = droplets_of(droplets),
			       .state = DEPOSIT_WAITING_DECIDE,
			       .created_at = START,
			       .updated_at = START };
	(void)snprintf(d->txid, sizeof(d->txid), "%064x", ++w->deposits);
	assert_true(text_copy(d->address, sizeof(d->address), "pool-address"));
	sky_address_to_text(to, d->sky_address);
	assert_int_equal(rate_parse("500", &d->rate, &err), 0);
}

/* Inside a transaction of exchangerd's store. */
uint64_t add_deposit(struct world *w, const struct sky_address *to, uint64_t droplets)
{
	struct deposit d;
	struct err err;

	deposit_fill(w, &d, to, droplets);
	assert_int_equal(store_deposit_add(w->x, &d, &err), 0);
	d.state = DEPOSIT_WAITING_SEND;
	assert_int_equal(store_deposit_move(w->x, &d, DEPOSIT_WAITING_DECIDE, "test", &err), 0);
	return d.id;
}

/* What senderd's feed reader does with a page. */
void take_feed(struct world *w)
{
	uint64_t position, last;
	unsigned count;
	struct err err;

	do {
		assert_int_equal(store_begin(w->s, &err), 0);
		assert_int_equal(store_feed_position(w->s, FEED_DEPOSITS, &position, &err), 0);
		if (intake_deposits(w->s, position, 200, &last, &count, &err) < 0)
			fail_msg("%s", err.text);
		assert_int_equal(store_feed_advance(w->s, FEED_DEPOSITS, last, &err), 0);
		assert_int_equal(store_commit(w->s, &err), 0);
	} while (count == 200);
	if (w->payer != NULL)
		payer_wake(w->payer);
}

/* A deposit for customer number `n`, recorded by senderd. */
uint64_t owe(struct world *w, unsigned n, uint64_t droplets)
{
	struct sky_address to = customer(n);
	struct err err;
	uint64_t id;

	assert_int_equal(store_begin(w->x, &err), 0);
	id = add_deposit(w, &to, droplets);
	assert_int_equal(store_commit(w->x, &err), 0);
	take_feed(w);
	return id;
}

void void_deposit(struct world *w, uint64_t id)
{
	struct deposit d;
	struct err err;

	assert_int_equal(store_deposit_get(w->x, id, &d, &err), 0);
	d.state = DEPOSIT_VOID;
	assert_int_equal(store_begin(w->x, &err), 0);
	assert_int_equal(store_deposit_move(w->x, &d, DEPOSIT_WAITING_SEND, "orphaned", &err), 0);
	assert_int_equal(store_commit(w->x, &err), 0);
}

/* --- what becomes of transactions ------------------------------------------------------------ */
void take_payouts(struct world *w)
{
	uint64_t position, last;
	unsigned count;
	struct err err;

	do {
		assert_int_equal(store_begin(w->x, &err), 0);
		assert_int_equal(store_feed_position(w->x, FEED_PAYOUTS, &position, &err), 0);
		if (settle_page(w->x, position, 200, &last, &count, &err) < 0)
			fail_msg("%s", err.text);
		assert_int_equal(store_feed_advance(w->x, FEED_PAYOUTS, last, &err), 0);
		assert_int_equal(store_commit(w->x, &err), 0);
	} while (count == 200);
	take_feed(w);
}

struct deposit deposit_of(struct world *w, uint64_t id)
{
	struct deposit d;
	struct err err;

	assert_int_equal(store_deposit_get(w->x, id, &d, &err), 0);
	return d;
}

static void decode(struct world *w, unsigned n, struct sky_tx *ret)
{
	assert_true(n < w->node.tx_count);
	assert_int_equal(sky_tx_decode(w->node.txs[n].raw, w->node.txs[n].len, ret, NULL), 0);
}

struct sha256 input_of(struct world *w, unsigned n, size_t input)
{
	struct sha256 id;
	struct sky_tx t;

	decode(w, n, &t);
	assert_true(input < t.input_count);
	id = t.inputs[input];
	sky_tx_release(&t);
	return id;
}

bool conflicts(struct world *w, unsigned n, unsigned m)
{
	bool found = false;
	struct sky_tx a, b;

	decode(w, n, &a);
	decode(w, m, &b);
	for (size_t i = 0; i < a.input_count; i++)
		for (size_t k = 0; k < b.input_count; k++)
			found |= memcmp(a.inputs[i].b, b.inputs[k].b, sizeof(a.inputs[i].b)) == 0;
	sky_tx_release(&a);
	sky_tx_release(&b);
	return found;
}

static int keep_tx(void *arg, const struct payout_tx *tx, struct err *err)
{
	struct payout_tx *keep = arg;

	(void)err;
	*keep = *tx;
	keep->raw = NULL;
	return 0;
}

struct payout_tx tx_of(struct world *w, unsigned n)
{
	struct payout_tx tx;
	struct err err;

	assert_true(n < w->node.tx_count);
	if (store_payout_tx_get(w->s, w->node.txs[n].txid, keep_tx, &tx, &err) != 0)
		fail_msg("%s", err.text);
	return tx;
}

void release_tx(struct world *w, unsigned n)
{
	struct err err;

	assert_int_equal(store_begin(w->s, &err), 0);
	if (store_payout_tx_release(w->s, w->node.txs[n].txid, "ann", "test", START, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(store_commit(w->s, &err), 0);
	if (w->payer != NULL)
		payer_check(w->payer);
	take_payouts(w);
}

void grow(struct world *w, unsigned blocks)
{
	for (unsigned i = 0; i < blocks; i++)
		fake_empty_block(&w->node);
}

struct payout payout_of(struct world *w, uint64_t id)
{
	struct payout p;
	struct err err;

	assert_int_equal(store_payout_get(w->s, id, &p, &err), 0);
	return p;
}

uint64_t received(struct world *w, unsigned n)
{
	struct sky_address a = customer(n);

	return fake_received(&w->node, &a);
}

#include "test/support/fake_sky_node.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "senderd/verify.h"
#include "test/support/test.h"

#define INPUTS_MAX 400

static struct fake_node *fake_of(struct sky_node *n)
{
	return (struct fake_node *)n;
}

/* --- the chain ----------------------------------------------------------------------------- */
static void add_coin(struct fake_node *f, const struct uxout *u)
{
	if (f->coin_count == f->coin_cap) {
		f->coin_cap = f->coin_cap == 0 ? 64 : 2 * f->coin_cap;
		f->coins = reallocarray(f->coins, f->coin_cap, sizeof(*f->coins));
		assert_non_null(f->coins);
	}
	f->coins[f->coin_count++] = (struct fake_coin){ .u = *u };
	f->coins_ever++;
}

static struct fake_coin *find_coin(struct fake_node *f, const struct sha256 *id)
{
	for (size_t i = 0; i < f->coin_count; i++)
		if (memcmp(f->coins[i].u.id.b, id->b, sizeof(id->b)) == 0)
			return &f->coins[i];
	return NULL;
}

static struct fake_tx *find_tx(struct fake_node *f, const char *txid)
{
	for (unsigned i = 0; i < f->tx_count; i++)
		if (strcmp(f->txs[i].txid, txid) == 0)
			return &f->txs[i];
	return NULL;
}

static bool pool_spends(const struct fake_node *f, const struct sha256 *id)
{
	bool found = false;
	struct sky_tx t;

	for (unsigned i = 0; !found && i < f->tx_count; i++) {
		if (!f->txs[i].in_pool)
			continue;
		assert_int_equal(sky_tx_decode(f->txs[i].raw, f->txs[i].len, &t, NULL), 0);
		for (size_t n = 0; n < t.input_count; n++)
			found |= memcmp(t.inputs[n].b, id->b, sizeof(id->b)) == 0;
		sky_tx_release(&t);
	}
	return found;
}

void fake_fund(struct fake_node *f, const struct sky_address *owner, uint64_t coins, uint64_t hours)
{
	struct uxout u = { .id = sha256(&f->coins_ever, sizeof(f->coins_ever)),
			   .owner = *owner,
			   .coins = droplets_of(coins),
			   .hours = hours_of(hours),
			   .block_seq = f->head_seq };

	add_coin(f, &u);
}

static void mark_spent(const struct fake_node *f, struct fake_coin *c, const char *txid)
{
	c->spent = true;
	c->spent_seq = f->head_seq;
	assert_true(text_copy(c->spender, sizeof(c->spender), txid));
}

static void confirm(struct fake_node *f, struct fake_tx *tx)
{
	struct sha256 txid;
	struct sky_tx t;

	assert_true(hex_to_bytes(tx->txid, txid.b, sizeof(txid.b)));
	assert_int_equal(sky_tx_decode(tx->raw, tx->len, &t, NULL), 0);
	for (size_t i = 0; i < t.input_count; i++)
		mark_spent(f, find_coin(f, &t.inputs[i]), tx->txid);
	for (size_t i = 0; i < t.output_count; i++) {
		struct uxout u = { .id = sky_tx_uxid(&txid, &t.outputs[i]),
				   .owner = t.outputs[i].to,
				   .coins = t.outputs[i].coins,
				   .hours = t.outputs[i].hours,
				   .block_seq = f->head_seq };

		add_coin(f, &u);
	}
	sky_tx_release(&t);
	tx->in_pool = false;
	tx->confirmed = true;
	tx->block_seq = f->head_seq;
}

/* A pending one whose input was spent by another stays pending, as for a minute at a node. */
static bool can_confirm(struct fake_node *f, const struct fake_tx *tx)
{
	struct sky_tx t;
	bool can = true;

	assert_int_equal(sky_tx_decode(tx->raw, tx->len, &t, NULL), 0);
	for (size_t i = 0; i < t.input_count; i++) {
		const struct fake_coin *c = find_coin(f, &t.inputs[i]);

		can &= c != NULL && !c->spent;
	}
	sky_tx_release(&t);
	return can;
}

void fake_block(struct fake_node *f)
{
	f->head_seq++;
	for (unsigned i = 0; i < f->tx_count; i++)
		if (f->txs[i].in_pool && can_confirm(f, &f->txs[i]))
			confirm(f, &f->txs[i]);
}

void fake_empty_block(struct fake_node *f)
{
	f->head_seq++;
}

static void remove_coin(struct fake_node *f, const struct sha256 *id)
{
	struct fake_coin *c = find_coin(f, id);

	assert_non_null(c);
	assert_false(c->spent); /* unconfirm the later one first */
	*c = f->coins[--f->coin_count];
}

void fake_unconfirm(struct fake_node *f, const char *txid, bool forget)
{
	struct fake_tx *tx = find_tx(f, txid);
	struct sha256 source, id;
	struct sky_tx t;

	assert_true(tx != NULL && tx->confirmed && hex_to_bytes(txid, source.b, sizeof(source.b)));
	assert_int_equal(sky_tx_decode(tx->raw, tx->len, &t, NULL), 0);
	for (size_t i = 0; i < t.output_count; i++) {
		id = sky_tx_uxid(&source, &t.outputs[i]);
		remove_coin(f, &id);
	}
	for (size_t i = 0; i < t.input_count; i++)
		find_coin(f, &t.inputs[i])->spent = false;
	sky_tx_release(&t);
	tx->confirmed = false;
	tx->in_pool = !forget;
}

void fake_spend_elsewhere(struct fake_node *f, const struct sha256 *uxid, const char *text,
			  char ret_txid[65])
{
	struct sha256 id = sha256(text, strlen(text));

	hex_from_bytes(id.b, sizeof(id.b), ret_txid);
	assert_non_null(find_coin(f, uxid));
	mark_spent(f, find_coin(f, uxid), ret_txid);
}

void fake_forget(struct fake_node *f)
{
	for (unsigned i = 0; i < f->tx_count; i++)
		f->txs[i].in_pool = false;
}

uint64_t fake_received(const struct fake_node *f, const struct sky_address *a)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < f->coin_count; i++)
		if (sky_address_equal(&f->coins[i].u.owner, a) && !f->coins[i].spent)
			sum += f->coins[i].u.coins.n;
	return sum;
}

/* --- answering later ------------------------------------------------------------------------ */
static void on_timer(void *arg)
{
	struct fake_node *f = arg;
	void (*answer)(struct fake_node *) = f->answer;

	f->answer = NULL;
	if (answer != NULL)
		answer(f);
}

static bool begin(struct fake_node *f, void (*answer)(struct fake_node *), void *arg)
{
	assert_null(f->answer); /* one operation at a time */
	f->answer = answer;
	f->fn_arg = arg;
	if (f->hang) {
		f->hang = false;
		return false;
	}
	loop_timer_start(f->timer, f->delay_ms > 0 ? f->delay_ms : 1);
	return true;
}

static const struct err *trouble(const struct fake_node *f)
{
	static struct err err;

	(void)err_set(&err, ERR_IO, "connection refused");
	return f->down ? &err : NULL;
}

/* --- operations ----------------------------------------------------------------------------- */
static void answer_outputs(struct fake_node *f)
{
	struct uxout *list = calloc(f->coin_count + 1, sizeof(*list));
	struct sky_outputs o = { .head_seq = f->head_seq, .spendable = list, .policy = f->policy };

	assert_non_null(list);
	for (size_t i = 0; i < f->coin_count; i++)
		if (!f->coins[i].spent && !pool_spends(f, &f->coins[i].u.id))
			list[o.count++] = f->coins[i].u;
	f->fn.outputs(f->fn_arg, trouble(f) != NULL ? NULL : &o, trouble(f));
	free(list);
}

static void fake_outputs(struct sky_node *n, const struct sky_address *addresses, size_t count,
			 sky_outputs_fn fn, void *arg)
{
	struct fake_node *f = fake_of(n);

	assert_true(count > 0);
	assert_non_null(addresses);
	f->fetches++;
	f->fn.outputs = fn;
	(void)begin(f, answer_outputs, arg);
}

static void answer_inject(struct fake_node *f)
{
	f->fn.inject(f->fn_arg, f->inject_result, f->inject_text);
}

/* Valid by all rules, or (`seen` before, when it was) not any more: an input is spent, or went away
 * with its block. */
static bool inputs_exist(struct fake_node *f, const uint8_t *raw, size_t len, bool seen)
{
	const struct uxout *spent[INPUTS_MAX];
	struct sky_tx t;
	struct err err;
	bool exist = true, all_known = true;

	assert_int_equal(sky_tx_decode(raw, len, &t, &err), 0);
	assert_true(t.input_count <= INPUTS_MAX);
	for (size_t i = 0; i < t.input_count; i++) {
		struct fake_coin *c = find_coin(f, &t.inputs[i]);

		all_known &= c != NULL;
		exist &= c != NULL && !c->spent;
		spent[i] = c != NULL ? &c->u : NULL;
	}
	assert_true(all_known || seen || f->surprises);
	if (all_known && verify_raw(raw, len, spent, t.input_count, &f->policy, &err) < 0)
		fail_msg("an invalid transaction was injected: %s", err.text);
	sky_tx_release(&t);
	return exist;
}

static struct fake_tx *remember(struct fake_node *f, const uint8_t *raw, size_t len)
{
	struct sha256 id = sky_tx_id(raw, len);
	struct fake_tx *tx;
	char txid[65];

	hex_from_bytes(id.b, sizeof(id.b), txid);
	tx = find_tx(f, txid);
	if (tx != NULL)
		return tx;
	assert_true(f->tx_count < FAKE_TXS_MAX);
	tx = &f->txs[f->tx_count++];
	*tx = (struct fake_tx){ .raw = malloc(len), .len = len };
	assert_non_null(tx->raw);
	memcpy(tx->raw, raw, len);
	memcpy(tx->txid, txid, sizeof(txid));
	return tx;
}

static enum sky_inject_result judge(struct fake_node *f, const uint8_t *raw, size_t len)
{
	unsigned known = f->tx_count;
	struct fake_tx *tx = remember(f, raw, len);
	bool exist = inputs_exist(f, raw, len, f->tx_count == known);

	f->inject_text = "";
	if (f->down || f->cut_off) {
		f->inject_text = "503 No addresses provided";
		return SKY_INJECT_UNKNOWN;
	}
	if (!exist || f->refuse != NULL) {
		f->inject_text = f->refuse != NULL ? f->refuse : "unspent output does not exist";
		return SKY_INJECT_REFUSED;
	}
	tx->in_pool = true;
	if (!f->lose_inject)
		return SKY_INJECT_OK;
	f->inject_text = "timed out";
	return SKY_INJECT_UNKNOWN;
}

static void fake_inject(struct sky_node *n, const uint8_t *raw, size_t len, sky_inject_fn fn,
			void *arg)
{
	struct fake_node *f = fake_of(n);

	f->fn.inject = fn;
	if (!begin(f, answer_inject, arg))
		return;
	f->injects++;
	f->inject_result = judge(f, raw, len);
}

static void answer_status(struct fake_node *f)
{
	const struct fake_tx *tx = find_tx(f, f->asked_txid);
	enum sky_tx_status status = SKY_TX_UNKNOWN;
	uint64_t height = 0, block_seq = 0;

	if (tx != NULL && tx->confirmed) {
		status = SKY_TX_CONFIRMED;
		block_seq = tx->block_seq;
		height = f->head_seq - block_seq + 1;
	} else if (tx != NULL && tx->in_pool) {
		status = SKY_TX_PENDING;
	}
	f->fn.status(f->fn_arg, status, height, block_seq, trouble(f));
}

static void fake_status(struct sky_node *n, const char *txid, sky_status_fn fn, void *arg)
{
	struct fake_node *f = fake_of(n);

	f->statuses++;
	f->fn.status = fn;
	assert_true(text_copy(f->asked_txid, sizeof(f->asked_txid), txid));
	(void)begin(f, answer_status, arg);
}

static void answer_spent(struct fake_node *f)
{
	const struct fake_coin *c = find_coin(f, &f->asked_uxid);
	struct sky_spent s = { .found = c != NULL, .head_seq = f->head_seq };

	if (c != NULL && c->spent) {
		s.spent = true;
		s.spent_seq = c->spent_seq;
		memcpy(s.txid, c->spender, sizeof(s.txid));
	}
	f->fn.spent(f->fn_arg, trouble(f) != NULL ? NULL : &s, trouble(f));
}

static void fake_spent(struct sky_node *n, const struct sha256 *uxid,
		       const struct sky_address *owner, sky_spent_fn fn, void *arg)
{
	struct fake_node *f = fake_of(n);

	assert_non_null(owner);
	f->spents++;
	f->asked_uxid = *uxid;
	f->fn.spent = fn;
	f->hang = f->hang || f->hang_spent;
	(void)begin(f, answer_spent, arg);
}

static void answer_health(struct fake_node *f)
{
	struct sky_health h = { .standing = f->standing,
				.version = "0.27.1",
				.head_seq = f->head_seq,
				.highest_seq = f->head_seq,
				.open_connections = f->connections,
				.api = "rest",
				.address = "127.0.0.1:6420" };

	if (h.standing == SKY_GOOD && f->connections == 0)
		h.standing = SKY_NO_PEERS;
	assert_true(text_copy(h.coin, sizeof(h.coin), f->coin));
	assert_true(text_copy(h.genesis, sizeof(h.genesis), f->genesis));
	assert_true(text_copy(h.problems, sizeof(h.problems), f->problems));
	f->fn.health(f->fn_arg, trouble(f) != NULL ? NULL : &h, trouble(f));
}

static void fake_health(struct sky_node *n, sky_health_fn fn, void *arg)
{
	struct fake_node *f = fake_of(n);

	f->healths++;
	f->fn.health = fn;
	(void)begin(f, answer_health, arg);
}

static void fake_pin(struct sky_node *n, const char *genesis)
{
	assert_true(text_copy(fake_of(n)->pinned, sizeof(fake_of(n)->pinned), genesis));
}

static void fake_free(struct sky_node *n)
{
	fake_drop(fake_of(n));
}

static const struct sky_node_ops fake_ops = {
	.free = fake_free,
	.outputs = fake_outputs,
	.inject = fake_inject,
	.status = fake_status,
	.spent = fake_spent,
	.health = fake_health,
	.pin = fake_pin,
};

void fake_init(struct fake_node *f, struct loop *l)
{
	*f = (struct fake_node){
		.node = { .ops = &fake_ops },
		.policy = { .burn_factor = 10, .max_tx_size = 32768, .max_decimals = 3 },
		.head_seq = 100,
		.connections = 8,
		.coin = "skycoin",
		.genesis = "6f9b23518627707a5a66bb7099f39b8414dfa063f985a0deed1c73d9879a7dca",
		.problems = "",
	};
	f->timer = loop_timer_new(l, on_timer, f);
	assert_non_null(f->timer);
}

void fake_drop(struct fake_node *f)
{
	loop_timer_stop(f->timer);
	f->answer = NULL;
}

void fake_release(struct fake_node *f)
{
	loop_timer_free(f->timer);
	for (unsigned i = 0; i < f->tx_count; i++)
		free(f->txs[i].raw);
	free(f->coins);
}

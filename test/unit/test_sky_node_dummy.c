/* The dummy node: a payment's life, the rules it keeps, and a restart. */
#include "test/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/node/sky_node_dummy.h"
#include "common/node/sky_tx.h"

static const struct sky_address owner = { .key_hash.b = { 1 } };
static const struct sky_address customer = { .key_hash.b = { 2 } };

struct world {
	struct loop *loop;
	struct sky_node *node;
	unsigned answers;
	struct uxout spendable[200];
	size_t count;
	bool incoming;
	uint64_t head_seq;
	enum sky_inject_result inject;
	char text[512];
	enum sky_tx_status status;
	uint64_t height, block_seq;
	struct sky_spent spent;
};

/* Another node on the same loop: there is one scripted loop at a time. */
static void world_join(struct world *w, struct loop *l)
{
	memset(w, 0, sizeof(*w));
	w->loop = l;
	assert_int_equal(sky_node_dummy_new(w->loop, &owner, &w->node, NULL), 0);
}

static void world_init(struct world *w)
{
	world_join(w, loop_new_scripted(1000));
}

static void world_release(struct world *w)
{
	w->node->ops->free(w->node);
	loop_free(w->loop);
}

/* The answer comes at the end of the turn, not before, and once. */
static void world_wait(struct world *w)
{
	assert_int_equal(w->answers, 0);
	loop_scripted_turn(w->loop);
	assert_int_equal(w->answers, 1);
	w->answers = 0;
}

static void on_outputs(void *arg, const struct sky_outputs *o, const struct err *err)
{
	struct world *w = arg;

	w->answers++;
	assert_null(err);
	assert_true(o->count <= 200);
	w->count = o->count;
	memcpy(w->spendable, o->spendable, o->count * sizeof(*o->spendable));
	w->incoming = o->incoming;
	w->head_seq = o->head_seq;
	assert_int_equal(o->policy.burn_factor, 0);
	assert_int_equal(o->policy.max_tx_size, 32768);
	assert_int_equal(o->policy.max_decimals, 3);
}

static void outputs(struct world *w, const struct sky_address *a)
{
	w->node->ops->outputs(w->node, a, 1, on_outputs, w);
	world_wait(w);
}

static void on_inject(void *arg, enum sky_inject_result result, const char *text)
{
	struct world *w = arg;

	w->answers++;
	w->inject = result;
	(void)text_copy(w->text, sizeof(w->text), text);
}

static void on_status(void *arg, enum sky_tx_status status, uint64_t height, uint64_t block_seq,
		      const struct err *err)
{
	struct world *w = arg;

	w->answers++;
	assert_null(err);
	w->status = status;
	w->height = height;
	w->block_seq = block_seq;
}

static void on_spent(void *arg, const struct sky_spent *s, const struct err *err)
{
	struct world *w = arg;

	w->answers++;
	assert_null(err);
	w->spent = *s;
}

static void spent(struct world *w, const struct sha256 *uxid)
{
	w->node->ops->spent(w->node, uxid, &owner, on_spent, w);
	world_wait(w);
}

static void status(struct world *w, const char *txid)
{
	w->node->ops->status(w->node, txid, on_status, w);
	world_wait(w);
}

static void on_health(void *arg, const struct sky_health *h, const struct err *err)
{
	struct world *w = arg;

	w->answers++;
	assert_null(err);
	assert_string_equal(h->coin, "skycoin");
	assert_true(h->open_connections > 0);
	w->head_seq = h->head_seq;
}

/* --- transactions ----------------------------------------------------------------------------- */

struct bytes {
	struct buf raw;
	char txid[65];
};

static struct bytes encode(struct sky_tx *t)
{
	struct bytes b = { .raw = BUF_INIT(1 << 20) };
	struct sha256 txid;

	assert_true(sky_tx_encode(t, &b.raw));
	txid = sky_tx_id((const uint8_t *)b.raw.data, b.raw.len);
	hex_from_bytes(txid.b, sizeof(txid.b), b.txid);
	sky_tx_release(t);
	return b;
}

/* One coin of the wallet: a part to the customer, the rest back; hours stay. */
static void begin_payment(const struct world *w, size_t input, uint64_t droplets, struct sky_tx *t)
{
	sky_tx_init(t);
	assert_true(sky_tx_add_input(t, &w->spendable[input].id));
	assert_true(sky_tx_add_output(t, &customer, droplets_of(droplets), hours_of(0)));
	assert_true(sky_tx_add_output(t, &owner, droplets_of(1000000 - droplets), hours_of(1)));
	assert_true(sky_tx_prepare(t));
}

static struct bytes payment(const struct world *w, size_t input, uint64_t droplets)
{
	struct sky_tx t;

	begin_payment(w, input, droplets, &t);
	return encode(&t);
}

static void inject(struct world *w, const struct bytes *b)
{
	w->node->ops->inject(w->node, (const uint8_t *)b->raw.data, b->raw.len, on_inject, w);
	world_wait(w);
}

static void assert_broadcasts(struct world *w, uint64_t from, size_t max, const char *want,
			      uint64_t want_next)
{
	struct buf out = BUF_INIT(1 << 20);
	uint64_t next = 99;

	sky_node_dummy_print(w->node, from, max, &out, &next);
	assert_string_equal(buf_text(&out), want);
	assert_int_equal(next, want_next);
	buf_release(&out);
}

/* --- tests ------------------------------------------------------------------------------------ */

static void test_begins_with_100(void **state)
{
	struct world w, again;
	struct droplets coins = droplets_of(0);
	struct hours hours = hours_of(0);

	(void)state;
	world_init(&w);
	outputs(&w, &owner);
	assert_int_equal(w.count, 100);
	for (size_t i = 0; i < w.count; i++) {
		assert_true(droplets_add(coins, w.spendable[i].coins, &coins));
		assert_true(hours_add(hours, w.spendable[i].hours, &hours));
	}
	assert_int_equal(coins.n, 100000000);
	assert_int_equal(hours.n, 100);
	world_join(&again, w.loop);
	outputs(&again, &owner);
	assert_memory_equal(again.spendable, w.spendable, sizeof(w.spendable));
	again.node->ops->free(again.node);
	outputs(&w, &customer);
	assert_int_equal(w.count, 0);
	world_release(&w);
}

static void test_a_payments_life(void **state)
{
	struct world w;
	struct bytes b;

	(void)state;
	world_init(&w);
	outputs(&w, &owner);
	b = payment(&w, 0, 250000);
	status(&w, b.txid);
	assert_int_equal(w.status, SKY_TX_UNKNOWN);

	inject(&w, &b);
	assert_int_equal(w.inject, SKY_INJECT_OK);
	inject(&w, &b); /* again while it is pending */
	assert_int_equal(w.inject, SKY_INJECT_OK);
	status(&w, b.txid);
	assert_int_equal(w.status, SKY_TX_PENDING);
	outputs(&w, &owner);
	assert_int_equal(w.count, 99); /* neither what is spent nor the change */
	assert_true(w.incoming);

	assert_int_equal(sky_node_dummy_confirm(w.node, b.txid, 0, NULL), 0);
	status(&w, b.txid);
	assert_int_equal(w.status, SKY_TX_CONFIRMED);
	assert_int_equal(w.height, 1);
	outputs(&w, &owner);
	assert_int_equal(w.count, 100);
	assert_false(w.incoming);
	assert_int_equal(w.head_seq, 1);
	outputs(&w, &customer);
	assert_int_equal(w.count, 1);
	assert_int_equal(w.spendable[0].coins.n, 250000);

	inject(&w, &b); /* again after it: as a node answers */
	assert_int_equal(w.inject, SKY_INJECT_REFUSED);
	assert_non_null(strstr(w.text, "Transaction violates hard constraint: unspent output of "));
	buf_release(&b.raw);
	world_release(&w);
}

static void test_double_spend(void **state)
{
	struct world w;
	struct bytes first, second;

	(void)state;
	world_init(&w);
	outputs(&w, &owner);
	first = payment(&w, 0, 250000);
	second = payment(&w, 0, 500000);
	inject(&w, &first);
	inject(&w, &second);
	assert_int_equal(w.inject, SKY_INJECT_REFUSED);
	status(&w, second.txid);
	assert_int_equal(w.status, SKY_TX_UNKNOWN);
	buf_release(&first.raw);
	buf_release(&second.raw);
	world_release(&w);
}

/* Each breaks one rule of a payment that would be fine. */
static void break_input(struct sky_tx *t)
{
	t->inputs[0].b[0] ^= 1;
}
static void break_inner_hash(struct sky_tx *t)
{
	t->inner_hash.b[0] ^= 1;
}
static void break_type(struct sky_tx *t)
{
	t->type = 1;
}
static void drop_signature(struct sky_tx *t)
{
	t->sig_count = 0;
}
static void drop_outputs(struct sky_tx *t)
{
	t->output_count = 0;
}
static void drop_inputs(struct sky_tx *t)
{
	t->input_count = t->sig_count = 0;
}
static void double_input(struct sky_tx *t)
{
	struct sha256 input = t->inputs[0];

	assert_true(sky_tx_add_input(t, &input));
	assert_true(sky_tx_prepare(t));
}
static void equal_outputs(struct sky_tx *t)
{
	t->outputs[1] = t->outputs[0];
}
static void no_coins(struct sky_tx *t)
{
	t->outputs[0].coins = droplets_of(0);
}
static void more_coins(struct sky_tx *t)
{
	t->outputs[0].coins = droplets_of(250001);
}
static void fewer_coins(struct sky_tx *t)
{
	t->outputs[0].coins = droplets_of(249999);
}
static void huge_coins(struct sky_tx *t)
{
	t->outputs[0].coins = droplets_of(UINT64_MAX);
}
static void more_hours(struct sky_tx *t)
{
	t->outputs[0].hours = hours_of(1);
}
static void huge_hours(struct sky_tx *t)
{
	t->outputs[0].hours = hours_of(UINT64_MAX);
}
static void null_address(struct sky_tx *t)
{
	memset(&t->outputs[0].to, 0, sizeof(t->outputs[0].to));
}

static void test_rules(void **state)
{
	static const struct {
		void (*harm)(struct sky_tx *t);
		bool seal; /* the inner hash is made to fit afterwards */
		const char *text;
	} rows[] = {
		{ break_input, true, "does not exist" },
		{ break_inner_hash, false, "InnerHash does not match computed hash" },
		{ break_type, false, "transaction type invalid" },
		{ drop_signature, false, "Invalid number of signatures" },
		{ drop_outputs, true, "No outputs" },
		{ drop_inputs, true, "No inputs" },
		{ double_input, true, "Duplicate spend" },
		{ equal_outputs, true, "Duplicate output in transaction" },
		{ no_coins, true, "Zero coin output" },
		{ more_coins, true, "Insufficient coins" },
		{ fewer_coins, true, "Transactions may not destroy coins" },
		{ huge_coins, true, "Output coins overflow" },
		{ more_hours, true, "Insufficient coin hours" },
		{ huge_hours, true, "Transaction output hours overflow" },
		{ null_address, true, "null address" },
	};
	struct world w;
	struct sky_tx t;
	struct bytes b;

	(void)state;
	world_init(&w);
	outputs(&w, &owner);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].text);
		begin_payment(&w, 0, 250000, &t);
		rows[i].harm(&t);
		if (rows[i].seal)
			t.inner_hash = sky_tx_inner_hash(&t);
		b = encode(&t);
		inject(&w, &b);
		assert_int_equal(w.inject, SKY_INJECT_REFUSED);
		if (strstr(w.text, rows[i].text) == NULL)
			fail_msg("'%s' is not in '%s'", rows[i].text, w.text);
		buf_release(&b.raw);
	}
	assert_broadcasts(&w, 0, 10000, "[]", 0);
	world_release(&w);
}

static void test_wrong_length(void **state)
{
	struct world w;
	struct bytes b;

	(void)state;
	world_init(&w);
	outputs(&w, &owner);
	b = payment(&w, 0, 250000);
	b.raw.data[0] ^= 1;
	inject(&w, &b);
	assert_int_equal(w.inject, SKY_INJECT_REFUSED);
	assert_non_null(strstr(w.text, "Incorrect transaction length"));
	assert_true(buf_putc(&b.raw, 'x'));
	inject(&w, &b);
	assert_string_equal(w.text, "Invalid transaction: "
				    "Bytes remain in buffer after deserializing object");
	buf_release(&b.raw);
	world_release(&w);
}

/* What one transaction is printed as. */
static char *printed(const struct bytes *b, const char *to_customer, const char *back,
		     const char *confirmed)
{
	char pay[ADDRESS_TEXT_MAX], change[ADDRESS_TEXT_MAX], *text = NULL;

	sky_address_to_text(&customer, pay);
	sky_address_to_text(&owner, change);
	assert_true(asprintf(&text,
			     "{\"txid\":\"%s\",\"outputs\":[{\"address\":\"%s\",\"coins\":\"%s\"},"
			     "{\"address\":\"%s\",\"coins\":\"%s\"}],\"confirmed\":%s}",
			     b->txid, pay, to_customer, change, back, confirmed) > 0);
	return text;
}

static void test_broadcasts(void **state)
{
	struct world w;
	struct bytes first, second;
	char *one, *two, *list[3];

	(void)state;
	world_init(&w);
	assert_broadcasts(&w, 0, 10000, "[]", 0);
	outputs(&w, &owner);
	first = payment(&w, 0, 250000);
	second = payment(&w, 1, 500000);
	inject(&w, &first);
	inject(&w, &second);
	assert_int_equal(sky_node_dummy_confirm(w.node, "", 1, NULL), 0);
	one = printed(&first, "0.250000", "0.750000", "false");
	two = printed(&second, "0.500000", "0.500000", "true");
	assert_true(asprintf(&list[0], "[%s,%s]", one, two) > 0);
	assert_true(asprintf(&list[1], "[%s]", one) > 0);
	assert_true(asprintf(&list[2], "[%s]", two) > 0);
	assert_broadcasts(&w, 0, 10000, list[0], 0);
	assert_broadcasts(&w, 0, strlen(list[0]), list[1], 1); /* a byte too few for both */
	assert_broadcasts(&w, 0, 1, list[1], 1);	       /* one goes out in any case */
	assert_broadcasts(&w, 1, 1, list[2], 0);
	assert_broadcasts(&w, 2, 10000, "[]", 0);
	for (size_t i = 0; i < 3; i++)
		free(list[i]);
	free(one);
	free(two);
	buf_release(&first.raw);
	buf_release(&second.raw);
	world_release(&w);
}

static void test_confirm(void **state)
{
	struct world w;
	struct bytes b;
	struct err err;

	(void)state;
	world_init(&w);
	outputs(&w, &owner);
	b = payment(&w, 0, 250000);
	inject(&w, &b);
	assert_int_equal(sky_node_dummy_confirm(w.node, "", 1, &err), ERR_NOT_FOUND);
	assert_string_equal(err.text, "txn not found");
	assert_int_equal(sky_node_dummy_confirm(w.node, "00", 0, &err), ERR_NOT_FOUND);
	assert_int_equal(sky_node_dummy_confirm(w.node, "", 0, NULL), 0);
	assert_int_equal(sky_node_dummy_confirm(w.node, b.txid, 0, NULL), 0); /* nothing new */
	w.node->ops->health(w.node, on_health, &w);
	world_wait(&w);
	assert_int_equal(w.head_seq, 1);
	buf_release(&b.raw);
	world_release(&w);
}

/* An output's life: not known, unspent (pending spenders do not count), spent by, and how deep. */
static void test_spent(void **state)
{
	static const struct sha256 none = { .b = { 7 } };
	struct bytes first, second;
	struct sha256 id;
	struct world w;

	(void)state;
	world_init(&w);
	spent(&w, &none);
	assert_false(w.spent.found);
	assert_false(w.spent.spent);
	outputs(&w, &owner);
	id = w.spendable[0].id;
	first = payment(&w, 0, 250000);
	inject(&w, &first);
	spent(&w, &id);
	assert_true(w.spent.found);
	assert_false(w.spent.spent);
	assert_int_equal(sky_node_dummy_confirm(w.node, first.txid, 0, NULL), 0);
	outputs(&w, &owner);
	second = payment(&w, 1, 250000);
	inject(&w, &second);
	assert_int_equal(sky_node_dummy_confirm(w.node, second.txid, 0, NULL), 0);
	spent(&w, &id);
	assert_true(w.spent.found && w.spent.spent);
	assert_string_equal(w.spent.txid, first.txid);
	assert_int_equal(w.spent.spent_seq, 1);
	assert_int_equal(w.spent.head_seq, 2);
	status(&w, first.txid);
	assert_int_equal(w.height, 2);
	assert_int_equal(w.block_seq, 1);
	buf_release(&first.raw);
	buf_release(&second.raw);
	world_release(&w);
}

/* Another node is given what the first one had: it must know the same. */
static void test_restart(void **state)
{
	struct world w, again;
	struct bytes confirmed, pending;

	(void)state;
	world_init(&w);
	outputs(&w, &owner);
	confirmed = payment(&w, 0, 250000);
	pending = payment(&w, 1, 500000);
	world_join(&again, w.loop);
	assert_int_equal(sky_node_dummy_restore(again.node, (uint8_t *)confirmed.raw.data,
						confirmed.raw.len, true, NULL),
			 0);
	assert_int_equal(sky_node_dummy_restore(again.node, (uint8_t *)pending.raw.data,
						pending.raw.len, false, NULL),
			 0);
	assert_int_equal(sky_node_dummy_restore(again.node, (uint8_t *)pending.raw.data,
						pending.raw.len, false, NULL),
			 0); /* twice is once */
	assert_int_equal(sky_node_dummy_restore(again.node, (uint8_t *)"x", 1, true, NULL),
			 ERR_INVALID);
	status(&again, confirmed.txid);
	assert_int_equal(again.status, SKY_TX_CONFIRMED);
	status(&again, pending.txid);
	assert_int_equal(again.status, SKY_TX_PENDING);
	outputs(&again, &owner);
	assert_int_equal(again.count, 99); /* 98 untouched, one change confirmed */
	assert_true(again.incoming);
	inject(&again, &pending);
	assert_int_equal(again.inject, SKY_INJECT_OK);
	buf_release(&confirmed.raw);
	buf_release(&pending.raw);
	again.node->ops->free(again.node);
	world_release(&w);
}

static void test_free_with_questions(void **state)
{
	struct world w;

	(void)state;
	world_init(&w);
	w.node->ops->outputs(w.node, &owner, 1, on_outputs, &w);
	w.node->ops->inject(w.node, (const uint8_t *)"x", 1, on_inject, &w);
	w.node->ops->free(w.node);
	loop_scripted_turn(w.loop);
	assert_int_equal(w.answers, 0);
	loop_free(w.loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_begins_with_100), cmocka_unit_test(test_a_payments_life),
		cmocka_unit_test(test_double_spend),	cmocka_unit_test(test_rules),
		cmocka_unit_test(test_wrong_length),	cmocka_unit_test(test_broadcasts),
		cmocka_unit_test(test_confirm),		cmocka_unit_test(test_spent),
		cmocka_unit_test(test_restart),		cmocka_unit_test(test_free_with_questions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

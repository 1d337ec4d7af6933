/* The dummy node: sky_node's operations on a chain in memory.
 *
 * An operation is put on a list and done at the end of the turn, so that its caller sees what it
 * would see of a real node: an answer that comes later. */
#include "common/node/sky_node_dummy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "common/json/json.h"
#include "common/node/dummy_chain.h"

struct dummy {
	struct sky_node base;
	struct loop *loop;
	struct dummy_chain chain;
	LIST_HEAD(ask_list, ask) asks;
};

/* One operation that waits for the end of the turn.  It leaves the list before its user is called:
 * he may free the node. */
struct ask {
	struct dummy *dummy;
	LIST_ENTRY(ask) entry;
	void *arg;
	sky_outputs_fn outputs_fn;
	sky_inject_fn inject_fn;
	sky_status_fn status_fn;
	sky_spent_fn spent_fn;
	sky_health_fn health_fn;
	struct sha256 uxid;
	struct sky_address *asked;
	size_t asked_count;
	uint8_t *raw;
	size_t raw_len;
	char txid[65];
};

static void *must(void *p)
{
	if (p == NULL)
		abort(); /* as the loop does: without memory for this there is no daemon */
	return p;
}

static struct ask *ask_new(struct sky_node *n, void *arg, loop_fn answer)
{
	struct dummy *d = (struct dummy *)n;
	struct ask *a = must(calloc(1, sizeof(*a)));

	a->dummy = d;
	a->arg = arg;
	LIST_INSERT_HEAD(&d->asks, a, entry);
	loop_at_turn_end(d->loop, answer, a);
	return a;
}

static void ask_free(struct ask *a)
{
	free(a->asked);
	free(a->raw);
	free(a);
}

/* --- outputs ---------------------------------------------------------------------------------- */

static bool is_asked(const struct ask *a, const struct sky_address *owner)
{
	for (size_t i = 0; i < a->asked_count; i++)
		if (sky_address_equal(&a->asked[i], owner))
			return true;
	return false;
}

static void answer_outputs(void *arg)
{
	struct ask *a = arg;
	const struct dummy_chain *c = &a->dummy->chain;
	struct uxout *list = must(calloc(c->coin_count + 1, sizeof(*list)));
	struct sky_outputs o = {
		.head_seq = c->head_seq,
		.spendable = list,
		.policy = { .burn_factor = 0, .max_tx_size = 32768, .max_decimals = 3 }
	};

	for (size_t i = 0; i < c->coin_count; i++) {
		const struct dummy_coin *coin = &c->coins[i];

		if (!is_asked(a, &coin->u.owner))
			continue;
		if (coin->confirmed && !coin->spent)
			list[o.count++] = coin->u;
		o.incoming = o.incoming || !coin->confirmed;
	}
	LIST_REMOVE(a, entry);
	a->outputs_fn(a->arg, &o, NULL);
	free(list);
	ask_free(a);
}

static void dummy_outputs(struct sky_node *n, const struct sky_address *addresses, size_t count,
			  sky_outputs_fn fn, void *arg)
{
	struct ask *a = ask_new(n, arg, answer_outputs);

	a->outputs_fn = fn;
	a->asked = must(calloc(count + 1, sizeof(*a->asked)));
	a->asked_count = count;
	for (size_t i = 0; i < count; i++)
		a->asked[i] = addresses[i];
}

/* --- inject ----------------------------------------------------------------------------------- */

static void answer_inject(void *arg)
{
	struct ask *a = arg;
	struct err err = { .text = "" };
	enum sky_inject_result result = SKY_INJECT_OK;

	if (dummy_chain_inject(&a->dummy->chain, a->raw, a->raw_len, &err) < 0)
		result = err.code == ERR_INVALID ? SKY_INJECT_REFUSED : SKY_INJECT_UNKNOWN;
	LIST_REMOVE(a, entry);
	a->inject_fn(a->arg, result, err.text);
	ask_free(a);
}

static void dummy_inject(struct sky_node *n, const uint8_t *raw, size_t len, sky_inject_fn fn,
			 void *arg)
{
	struct ask *a = ask_new(n, arg, answer_inject);

	a->inject_fn = fn;
	a->raw = must(malloc(len + 1));
	a->raw_len = len;
	if (len > 0)
		memcpy(a->raw, raw, len);
}

/* --- status, spent, health -------------------------------------------------------------------- */

static void answer_status(void *arg)
{
	struct ask *a = arg;
	struct dummy_chain *c = &a->dummy->chain;
	const struct dummy_tx *t = dummy_chain_find(c, a->txid);
	enum sky_tx_status status = SKY_TX_UNKNOWN;
	uint64_t height = 0, block_seq = 0;

	if (t != NULL)
		status = t->confirmed ? SKY_TX_CONFIRMED : SKY_TX_PENDING;
	if (status == SKY_TX_CONFIRMED) {
		block_seq = t->block_seq;
		height = c->head_seq - block_seq + 1;
	}
	LIST_REMOVE(a, entry);
	a->status_fn(a->arg, status, height, block_seq, NULL);
	ask_free(a);
}

static void dummy_status(struct sky_node *n, const char *txid, sky_status_fn fn, void *arg)
{
	struct ask *a = ask_new(n, arg, answer_status);

	a->status_fn = fn;
	(void)snprintf(a->txid, sizeof(a->txid), "%s", txid);
}

static void answer_spent(void *arg)
{
	struct ask *a = arg;
	struct sky_spent s;

	dummy_chain_spent(&a->dummy->chain, &a->uxid, &s);
	LIST_REMOVE(a, entry);
	a->spent_fn(a->arg, &s, NULL);
	ask_free(a);
}

static void dummy_spent(struct sky_node *n, const struct sha256 *uxid,
			const struct sky_address *owner, sky_spent_fn fn, void *arg)
{
	struct ask *a = ask_new(n, arg, answer_spent);

	(void)owner;
	a->spent_fn = fn;
	a->uxid = *uxid;
}

/* No genesis: a database that was used with the dummy may be used with a real chain. */
static void answer_health(void *arg)
{
	struct ask *a = arg;
	struct sky_health h = { .standing = SKY_GOOD,
				.version = "dummy",
				.head_seq = a->dummy->chain.head_seq,
				.highest_seq = a->dummy->chain.head_seq,
				.open_connections = 1,
				.coin = "skycoin",
				.api = "dummy",
				.address = "dummy" };

	LIST_REMOVE(a, entry);
	a->health_fn(a->arg, &h, NULL);
	ask_free(a);
}

static void dummy_health(struct sky_node *n, sky_health_fn fn, void *arg)
{
	ask_new(n, arg, answer_health)->health_fn = fn;
}

/* Its chain is ours whatever is pinned. */
static void dummy_pin(struct sky_node *n, const char *genesis)
{
	(void)n;
	(void)genesis;
}

/* --- the node --------------------------------------------------------------------------------- */

static void dummy_free(struct sky_node *n)
{
	struct dummy *d = (struct dummy *)n;
	struct ask *a, *next;

	for (a = LIST_FIRST(&d->asks); a != NULL; a = next) {
		next = LIST_NEXT(a, entry);
		loop_cancel_turn_end(d->loop, a);
		ask_free(a);
	}
	dummy_chain_release(&d->chain);
	free(d);
}

static const struct sky_node_ops dummy_ops = {
	.free = dummy_free,
	.outputs = dummy_outputs,
	.inject = dummy_inject,
	.status = dummy_status,
	.spent = dummy_spent,
	.health = dummy_health,
	.pin = dummy_pin,
};

int sky_node_dummy_new(struct loop *l, const struct sky_address *owner, struct sky_node **ret,
		       struct err *err)
{
	struct dummy *d = must(calloc(1, sizeof(*d)));

	(void)err;
	d->base.ops = &dummy_ops;
	d->loop = l;
	dummy_chain_init(&d->chain, owner);
	*ret = &d->base;
	return 0;
}

int sky_node_dummy_restore(struct sky_node *n, const uint8_t *raw, size_t len, bool confirmed,
			   struct err *err)
{
	return dummy_chain_restore(&((struct dummy *)n)->chain, raw, len, confirmed, err);
}

/* --- by hand ---------------------------------------------------------------------------------- */

static void print_tx(struct json_writer *w, const struct dummy_tx *t)
{
	char address[ADDRESS_TEXT_MAX], coins[UNITS_TEXT_MAX];

	json_begin_object(w);
	json_put_string(w, "txid", t->txid);
	json_write_key(w, "outputs");
	json_begin_array(w);
	for (size_t i = 0; i < t->tx.output_count; i++) {
		sky_address_to_text(&t->tx.outputs[i].to, address);
		droplets_to_text(t->tx.outputs[i].coins, coins);
		json_begin_object(w);
		json_put_string(w, "address", address);
		json_put_string(w, "coins", coins);
		json_end_object(w);
	}
	json_end_array(w);
	json_put_bool(w, "confirmed", t->confirmed);
	json_end_object(w);
}

/* The length of one as it is printed, with its comma. */
static size_t printed_size(const struct dummy_tx *t)
{
	struct buf text = BUF_INIT(16U << 20);
	struct json_writer w;
	size_t size;

	json_writer_init(&w, &text, JSON_COMPACT);
	print_tx(&w, t);
	size = text.len + 1;
	buf_release(&text);
	return size;
}

void sky_node_dummy_print(struct sky_node *n, uint64_t from, size_t max_bytes, struct buf *out,
			  uint64_t *ret_next)
{
	const struct dummy_chain *c = &((struct dummy *)n)->chain;
	size_t used = 2; /* the brackets */
	struct json_writer w;
	uint64_t i;

	json_writer_init(&w, out, JSON_COMPACT);
	json_begin_array(&w);
	for (i = from; i < c->tx_count; i++) {
		used += printed_size(&c->txs[i]);
		if (used > max_bytes && i > from) /* one goes out in any case */
			break;
		print_tx(&w, &c->txs[i]);
	}
	json_end_array(&w);
	*ret_next = i < c->tx_count ? i : 0;
}

int sky_node_dummy_confirm(struct sky_node *n, const char *txid, uint64_t seq, struct err *err)
{
	struct dummy_chain *c = &((struct dummy *)n)->chain;
	struct dummy_tx *t;

	if (txid[0] != '\0')
		t = dummy_chain_find(c, txid);
	else
		t = seq < c->tx_count ? &c->txs[seq] : NULL;
	if (t == NULL)
		return err_set(err, ERR_NOT_FOUND, "txn not found");
	dummy_chain_confirm(c, t);
	return 0;
}

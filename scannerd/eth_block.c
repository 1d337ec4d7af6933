/* One pass over the text, no tree: a block may have megabytes, of which a transfer needs a hash, an
 * address and a number.
 *
 * May never happen: a transaction that is read from one block and counted for another.  So each
 * says which block it is in and at which place, and so does each receipt, and all must agree. */
#include "scannerd/eth_block.h"

#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 16 /* a block nests five deep; the rest is for what comes */
#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define ALL(a)	  ((1U << COUNT(a)) - 1)

/* --- members ------------------------------------------------------------------------------- */

static bool read_data(struct json_pull *p, uint8_t *ret, size_t len, const char *complaint)
{
	struct json_slice s;

	return json_pull_text(p, &s) && (eth_data(&s, ret, len) || json_pull_fail(p, complaint));
}

static bool read_hash(struct json_pull *p, struct eth_hash *ret, const char *complaint)
{
	return read_data(p, ret->b, sizeof(ret->b), complaint);
}

static bool read_u64(struct json_pull *p, uint64_t max, uint64_t *ret, const char *complaint)
{
	struct json_slice s;

	return json_pull_text(p, &s) && (eth_u64(&s, max, ret) || json_pull_fail(p, complaint));
}

static bool read_i64(struct json_pull *p, int64_t max, int64_t *ret, const char *complaint)
{
	uint64_t n = 0;

	if (!read_u64(p, (uint64_t)max, &n, complaint))
		return false;
	*ret = (int64_t)n;
	return true;
}

/* Where a transaction or a receipt says that it is. */
struct place {
	struct eth_hash block;
	int64_t number;
	uint64_t index;
};

static bool read_place_block(struct place *at, struct json_pull *p)
{
	return read_hash(p, &at->block, "blockHash is no hash");
}

static bool read_place_number(struct place *at, struct json_pull *p)
{
	return read_i64(p, ETH_HEIGHT_MAX, &at->number, "blockNumber is no height");
}

static bool read_place_index(struct place *at, struct json_pull *p)
{
	return read_u64(p, ETH_TXS_MAX - 1, &at->index, "transactionIndex is no index");
}

/* --- a transaction ------------------------------------------------------------------------- */

struct tx_reading {
	struct eth_tx tx;
	struct place place;
};

static bool tx_hash(void *arg, struct json_pull *p)
{
	return read_hash(p, &((struct tx_reading *)arg)->tx.hash, "transaction hash is no hash");
}

static bool tx_value(void *arg, struct json_pull *p)
{
	struct tx_reading *r = arg;
	struct json_slice s;

	return json_pull_text(p, &s) &&
	       (eth_units(&s, &r->tx.value) ||
		json_pull_fail(p, "value is no number of wei that can be"));
}

static bool tx_to(void *arg, struct json_pull *p)
{
	struct tx_reading *r = arg;

	if (json_pull_next(p) == JSON_NULL)
		return json_pull_skip(p);
	r->tx.has_to = true;
	return read_data(p, r->tx.to, sizeof(r->tx.to), "to is no address");
}

static bool tx_block(void *arg, struct json_pull *p)
{
	return read_place_block(&((struct tx_reading *)arg)->place, p);
}

static bool tx_number(void *arg, struct json_pull *p)
{
	return read_place_number(&((struct tx_reading *)arg)->place, p);
}

static bool tx_index(void *arg, struct json_pull *p)
{
	return read_place_index(&((struct tx_reading *)arg)->place, p);
}

static const struct json_pull_field tx_fields[] = {
	{ "hash", tx_hash },
	{ "value", tx_value },
	{ "blockHash", tx_block },
	{ "blockNumber", tx_number },
	{ "transactionIndex", tx_index },
	{ "to", tx_to }, /* last: it may be missing */
};
#define TX_WANTED (ALL(tx_fields) >> 1)

/* --- a block ------------------------------------------------------------------------------- */

struct block_reading {
	struct eth_block *block;
	struct place place; /* of its first transaction, which the others must share */
};

static bool room_for_tx(struct eth_block *b)
{
	size_t room = b->tx_room > 0 ? 2 * b->tx_room : 64;
	struct eth_tx *txs;

	if (b->tx_count < b->tx_room)
		return true;
	txs = reallocarray(b->txs, room, sizeof(*txs));
	if (txs == NULL)
		return false;
	b->txs = txs;
	b->tx_room = room;
	return true;
}

static bool same_block(const struct place *a, const struct place *b)
{
	return a->number == b->number && eth_hash_equal(&a->block, &b->block);
}

static bool check_tx(struct block_reading *r, const struct tx_reading *t, struct json_pull *p)
{
	if (t->place.index != r->block->tx_count)
		return json_pull_fail(p, "transaction is not at its place");
	if (r->block->tx_count == 0)
		r->place = t->place;
	return same_block(&r->place, &t->place) ||
	       json_pull_fail(p, "transaction is of another block than the one before it");
}

static bool read_tx(void *arg, struct json_pull *p)
{
	struct block_reading *r = arg;
	struct tx_reading t = { .tx.outcome = ETH_NOT_TOLD };
	unsigned seen = 0;

	if (!json_pull_fields(p, tx_fields, COUNT(tx_fields), &t, &seen))
		return false;
	if ((seen & TX_WANTED) != TX_WANTED)
		return json_pull_fail(p, "transaction lacks a member");
	if (!check_tx(r, &t, p))
		return false;
	if (r->block->tx_count == ETH_TXS_MAX || !room_for_tx(r->block))
		return json_pull_fail(p, "more transactions than fit");
	r->block->txs[r->block->tx_count++] = t.tx;
	return true;
}

static bool block_txs(void *arg, struct json_pull *p)
{
	return json_pull_array(p, read_tx, arg);
}

static bool head_number(struct eth_head *h, struct json_pull *p)
{
	return read_i64(p, ETH_HEIGHT_MAX, &h->number, "number is no height");
}

static bool head_timestamp(struct eth_head *h, struct json_pull *p)
{
	return read_i64(p, INT64_MAX, &h->timestamp, "timestamp is no time");
}

static bool head_hash(struct eth_head *h, struct json_pull *p)
{
	return read_hash(p, &h->hash, "hash is no hash");
}

static bool head_parent(struct eth_head *h, struct json_pull *p)
{
	return read_hash(p, &h->parent, "parentHash is no hash");
}

/* The same four for a block and for a head alone. */
#define BLOCK_READER(name)                                                                         \
	static bool block_##name(void *arg, struct json_pull *p)                                   \
	{                                                                                          \
		return head_##name(&((struct block_reading *)arg)->block->head, p);                \
	}                                                                                          \
	static bool alone_##name(void *arg, struct json_pull *p)                                   \
	{                                                                                          \
		return head_##name(arg, p);                                                        \
	}
BLOCK_READER(number)
BLOCK_READER(timestamp)
BLOCK_READER(hash)
BLOCK_READER(parent)

static const struct json_pull_field block_fields[] = {
	{ "number", block_number },	{ "timestamp", block_timestamp }, { "hash", block_hash },
	{ "parentHash", block_parent }, { "transactions", block_txs },
};

static const struct json_pull_field alone_fields[] = {
	{ "number", alone_number },
	{ "timestamp", alone_timestamp },
	{ "hash", alone_hash },
	{ "parentHash", alone_parent },
};

/* A result that is an object of these members, all of them; ERR_NOT_FOUND for null. */
static int read_object(const char *json, size_t len, const struct json_pull_field *fields,
		       size_t count, void *arg, struct err *err)
{
	struct json_pull p;
	unsigned seen = 0;

	json_pull_init(&p, json, len, DEPTH_MAX, err);
	if (json_pull_next(&p) == JSON_NULL && json_pull_skip(&p) && json_pull_end(&p))
		return err_set(err, ERR_NOT_FOUND, "no such block");
	json_pull_init(&p, json, len, DEPTH_MAX, err);
	if (!json_pull_fields(&p, fields, count, arg, &seen) || !json_pull_end(&p))
		return ERR_INVALID;
	for (size_t i = 0; i < count; i++)
		if ((seen >> i & 1) == 0)
			return err_set(err, ERR_INVALID, "member %s is missing", fields[i].key);
	return 0;
}

static int check_block(const struct block_reading *r, struct err *err)
{
	const struct eth_block *b = r->block;
	struct place of_head = { .block = b->head.hash, .number = b->head.number };

	if (b->tx_count == 0 || same_block(&of_head, &r->place))
		return 0;
	return err_set(err, ERR_INVALID, "its transactions say that they are of another block");
}

int eth_block_parse(const char *json, size_t len, struct eth_block *ret, struct err *err)
{
	struct eth_block b = { .txs = NULL };
	struct block_reading r = { .block = &b };
	int rc = read_object(json, len, block_fields, COUNT(block_fields), &r, err);

	if (rc == 0)
		rc = check_block(&r, err);
	if (rc < 0)
		eth_block_release(&b);
	else
		*ret = b;
	return rc;
}

void eth_block_release(struct eth_block *b)
{
	free(b->txs);
	b->txs = NULL;
	b->tx_count = b->tx_room = 0;
}

int eth_head_parse(const char *json, size_t len, struct eth_head *ret, struct err *err)
{
	struct eth_head h;
	int rc = read_object(json, len, alone_fields, COUNT(alone_fields), &h, err);

	if (rc == 0)
		*ret = h;
	return rc;
}

/* --- receipts ------------------------------------------------------------------------------ */

struct receipt {
	struct eth_hash tx;
	struct place place;
	enum eth_outcome outcome;
};

static bool receipt_tx(void *arg, struct json_pull *p)
{
	return read_hash(p, &((struct receipt *)arg)->tx, "transactionHash is no hash");
}

static bool receipt_block(void *arg, struct json_pull *p)
{
	return read_place_block(&((struct receipt *)arg)->place, p);
}

static bool receipt_number(void *arg, struct json_pull *p)
{
	return read_place_number(&((struct receipt *)arg)->place, p);
}

static bool receipt_index(void *arg, struct json_pull *p)
{
	return read_place_index(&((struct receipt *)arg)->place, p);
}

static bool receipt_status(void *arg, struct json_pull *p)
{
	struct receipt *r = arg;
	uint64_t status = 0;

	if (!read_u64(p, 1, &status, "status is neither 0x0 nor 0x1"))
		return false;
	r->outcome = status == 1 ? ETH_SUCCESS : ETH_FAILED;
	return true;
}

static const struct json_pull_field receipt_fields[] = {
	{ "transactionHash", receipt_tx }, { "blockHash", receipt_block },
	{ "blockNumber", receipt_number }, { "transactionIndex", receipt_index },
	{ "status", receipt_status }, /* before October 2017 there was none: nobody scans that */
};

static bool read_receipt(struct receipt *r, struct json_pull *p)
{
	unsigned seen = 0;

	*r = (struct receipt){ .outcome = ETH_NOT_TOLD };
	if (!json_pull_fields(p, receipt_fields, COUNT(receipt_fields), r, &seen))
		return false;
	return seen == ALL(receipt_fields) || json_pull_fail(p, "receipt lacks a member");
}

static bool is_of_block(const struct receipt *r, const struct eth_block *b)
{
	struct place of_head = { .block = b->head.hash, .number = b->head.number };

	return same_block(&of_head, &r->place);
}

static bool is_of_tx(const struct receipt *r, const struct eth_block *b, size_t at)
{
	return at < b->tx_count && r->place.index == at && eth_hash_equal(&r->tx, &b->txs[at].hash);
}

struct receipts_reading {
	struct eth_block *block;
	enum eth_outcome *outcomes;
	size_t count;
};

static bool take_receipt(void *arg, struct json_pull *p)
{
	struct receipts_reading *r = arg;
	struct receipt one;

	if (!read_receipt(&one, p))
		return false;
	if (!is_of_block(&one, r->block))
		return json_pull_fail(p, "receipt is of another block");
	if (!is_of_tx(&one, r->block, r->count))
		return json_pull_fail(p, "receipt is of another transaction");
	r->outcomes[r->count++] = one.outcome;
	return true;
}

static int read_receipts(struct receipts_reading *r, const char *json, size_t len, struct err *err)
{
	struct json_pull p;

	json_pull_init(&p, json, len, DEPTH_MAX, err);
	if (json_pull_next(&p) == JSON_NULL && json_pull_skip(&p) && json_pull_end(&p))
		return err_set(err, ERR_NOT_FOUND, "no receipts");
	json_pull_init(&p, json, len, DEPTH_MAX, err);
	if (!json_pull_array(&p, take_receipt, r) || !json_pull_end(&p))
		return ERR_INVALID;
	if (r->count != r->block->tx_count)
		return err_set(err, ERR_INVALID, "%zu receipts for %zu transactions", r->count,
			       r->block->tx_count);
	return 0;
}

int eth_receipts_parse(const char *json, size_t len, struct eth_block *b, struct err *err)
{
	struct receipts_reading r = { .block = b };
	int rc;

	r.outcomes = calloc(b->tx_count + 1, sizeof(*r.outcomes));
	if (r.outcomes == NULL)
		return err_set(err, ERR_BUSY, "no memory for %zu receipts", b->tx_count);
	rc = read_receipts(&r, json, len, err);
	for (size_t i = 0; rc == 0 && i < b->tx_count; i++)
		b->txs[i].outcome = r.outcomes[i];
	free(r.outcomes);
	return rc;
}

int eth_receipt_parse(const char *json, size_t len, struct eth_block *b, size_t at, struct err *err)
{
	struct receipt r;
	struct json_pull p;

	json_pull_init(&p, json, len, DEPTH_MAX, err);
	if (json_pull_next(&p) == JSON_NULL && json_pull_skip(&p) && json_pull_end(&p))
		return err_set(err, ERR_NOT_FOUND, "no receipt");
	json_pull_init(&p, json, len, DEPTH_MAX, err);
	if (!read_receipt(&r, &p) || !json_pull_end(&p))
		return ERR_INVALID;
	if (at >= b->tx_count || !eth_hash_equal(&r.tx, &b->txs[at].hash))
		return err_set(err, ERR_INVALID, "receipt is of another transaction");
	if (!is_of_block(&r, b) || !is_of_tx(&r, b, at))
		return err_set(err, ERR_NOT_FOUND, "the transaction is in another block");
	b->txs[at].outcome = r.outcome;
	return 0;
}

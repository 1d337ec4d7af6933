/* One pass over the text, no tree: cJSON's numbers are doubles, and the hours of an output are part
 * of what its transaction's id is the hash of.
 *
 * May never happen: an output that is read from one transaction and counted for another, or coins
 * that are not those of the chain.  So what was read is encoded again and held against the hashes
 * (sky_block.c) before anybody sees it. */
#include "common/node/sky_block_read.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/json/json_pull.h"

#define DEPTH_MAX 16 /* blocks nest eight deep */
#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define ALL(a)	  ((1U << COUNT(a)) - 1)

/* --- values ----------------------------------------------------------------------------------- */

static bool slice_copy(const struct json_slice *s, char *ret, size_t size)
{
	if (s->len >= size)
		return false;
	memcpy(ret, s->text, s->len);
	ret[s->len] = '\0';
	return true;
}

static bool read_u64(struct json_pull *p, uint64_t max, uint64_t *ret)
{
	struct json_slice s;
	char text[24];

	return json_pull_value(p, &s) &&
	       ((slice_copy(&s, text, sizeof(text)) && text_to_u64(text, max, ret)) ||
		json_pull_fail(p, "whole number expected"));
}

static bool read_hex(struct json_pull *p, uint8_t *ret, size_t len)
{
	struct json_slice s;

	return json_pull_text(p, &s) && ((s.len == 2 * len && hex_decode(s.text, s.len, ret)) ||
					 json_pull_fail(p, "hex of another length expected"));
}

static bool read_hash(struct json_pull *p, struct sha256 *ret)
{
	return read_hex(p, ret->b, sizeof(ret->b));
}

/* A list may be null when it is empty. */
static bool read_list(struct json_pull *p, json_pull_item_fn fn, void *arg)
{
	return json_pull_next(p) == JSON_NULL ? json_pull_skip(p) : json_pull_array(p, fn, arg);
}

static bool no_memory(struct json_pull *p)
{
	return json_pull_fail(p, "more than fits");
}

/* --- an output -------------------------------------------------------------------------------- */

struct output_reading {
	struct sha256 uxid;
	struct sky_tx_output out;
};

static bool output_uxid(void *arg, struct json_pull *p)
{
	return read_hash(p, &((struct output_reading *)arg)->uxid);
}

static bool output_dst(void *arg, struct json_pull *p)
{
	struct output_reading *r = arg;
	struct json_slice s;
	char text[ADDRESS_TEXT_MAX];

	return json_pull_text(p, &s) && ((slice_copy(&s, text, sizeof(text)) &&
					  sky_address_parse_any(text, &r->out.to, NULL) == 0) ||
					 json_pull_fail(p, "dst is no address"));
}

static bool output_coins(void *arg, struct json_pull *p)
{
	struct output_reading *r = arg;
	struct json_slice s;
	char text[32];

	return json_pull_text(p, &s) && ((slice_copy(&s, text, sizeof(text)) &&
					  droplets_from_text(text, &r->out.coins, NULL) == 0) ||
					 json_pull_fail(p, "coins is no amount"));
}

static bool output_hours(void *arg, struct json_pull *p)
{
	return read_u64(p, UINT64_MAX, &((struct output_reading *)arg)->out.hours.n);
}

static const struct json_pull_field output_fields[] = {
	{ "uxid", output_uxid },
	{ "dst", output_dst },
	{ "coins", output_coins },
	{ "hours", output_hours },
};

/* --- a transaction ---------------------------------------------------------------------------- */

struct tx_reading {
	struct sky_block_tx *tx;
	struct sha256 *uxids; /* heap; of its outputs */
	size_t uxid_room;
};

static bool room_for_uxid(struct tx_reading *r)
{
	size_t room = r->uxid_room > 0 ? 2 * r->uxid_room : 8;
	struct sha256 *uxids;

	if (r->tx->tx.output_count <= r->uxid_room)
		return true;
	uxids = reallocarray(r->uxids, room, sizeof(*uxids));
	if (uxids == NULL)
		return false;
	r->uxids = uxids;
	r->uxid_room = room;
	return true;
}

static bool read_output(void *arg, struct json_pull *p)
{
	struct tx_reading *r = arg;
	struct output_reading o = { .out.coins = droplets_of(0) };
	unsigned seen = 0;

	if (!json_pull_fields(p, output_fields, COUNT(output_fields), &o, &seen))
		return false;
	if (seen != ALL(output_fields))
		return json_pull_fail(p, "output lacks a member");
	if (!sky_tx_add_output(&r->tx->tx, &o.out.to, o.out.coins, o.out.hours) ||
	    !room_for_uxid(r))
		return no_memory(p);
	r->uxids[r->tx->tx.output_count - 1] = o.uxid;
	return true;
}

static bool read_input(void *arg, struct json_pull *p)
{
	struct tx_reading *r = arg;
	struct sha256 uxid;

	return read_hash(p, &uxid) && (sky_tx_add_input(&r->tx->tx, &uxid) || no_memory(p));
}

static bool read_sig(void *arg, struct json_pull *p)
{
	struct tx_reading *r = arg;
	struct sky_signature sig;

	return read_hex(p, sig.b, sizeof(sig.b)) &&
	       (sky_tx_add_signature(&r->tx->tx, &sig) || no_memory(p));
}

static bool tx_length(void *arg, struct json_pull *p)
{
	struct tx_reading *r = arg;
	uint64_t length = 0;

	if (!read_u64(p, UINT32_MAX, &length))
		return false;
	r->tx->tx.length = (uint32_t)length;
	return true;
}

static bool tx_type(void *arg, struct json_pull *p)
{
	struct tx_reading *r = arg;
	uint64_t type = 0;

	if (!read_u64(p, UINT8_MAX, &type))
		return false;
	r->tx->tx.type = (uint8_t)type;
	return true;
}

static bool tx_txid(void *arg, struct json_pull *p)
{
	return read_hash(p, &((struct tx_reading *)arg)->tx->txid);
}

static bool tx_inner_hash(void *arg, struct json_pull *p)
{
	return read_hash(p, &((struct tx_reading *)arg)->tx->tx.inner_hash);
}

static bool tx_sigs(void *arg, struct json_pull *p)
{
	return read_list(p, read_sig, arg);
}

static bool tx_inputs(void *arg, struct json_pull *p)
{
	return read_list(p, read_input, arg);
}

static bool tx_outputs(void *arg, struct json_pull *p)
{
	return read_list(p, read_output, arg);
}

static const struct json_pull_field tx_fields[] = {
	{ "length", tx_length },	 { "type", tx_type }, { "txid", tx_txid },
	{ "inner_hash", tx_inner_hash }, { "sigs", tx_sigs }, { "inputs", tx_inputs },
	{ "outputs", tx_outputs },
};

/* The id of the genesis block's output is not the hash of a transaction. */
static bool check_uxids(const struct tx_reading *r, struct json_pull *p)
{
	static const struct sha256 none;
	const struct sky_tx *t = &r->tx->tx;
	const struct sha256 *source = t->input_count > 0 ? &r->tx->txid : &none;

	for (size_t i = 0; i < t->output_count; i++) {
		struct sha256 id = sky_tx_uxid(source, &t->outputs[i]);

		if (memcmp(id.b, r->uxids[i].b, sizeof(id.b)) != 0)
			return json_pull_fail(p, "output is not what its uxid says");
	}
	return true;
}

static bool read_tx_fields(struct tx_reading *r, struct json_pull *p)
{
	unsigned seen = 0;

	if (!json_pull_fields(p, tx_fields, COUNT(tx_fields), r, &seen))
		return false;
	return (seen == ALL(tx_fields) || json_pull_fail(p, "transaction lacks a member")) &&
	       check_uxids(r, p);
}

/* --- a block ---------------------------------------------------------------------------------- */

/* Room for one more of `count` things, in powers of two; NULL: no memory. */
static void *grow(void *list, size_t count, size_t size)
{
	if ((count & (count - 1)) != 0)
		return list;
	return reallocarray(list, count > 0 ? 2 * count : 1, size);
}

static bool read_tx(void *arg, struct json_pull *p)
{
	struct sky_block *b = arg;
	struct tx_reading r = { .uxids = NULL };
	struct sky_block_tx *txs = NULL;
	bool ok;

	if (b->tx_count < SKY_BLOCK_TXS_MAX)
		txs = grow(b->txs, b->tx_count, sizeof(*txs));
	if (txs == NULL)
		return no_memory(p);
	b->txs = txs;
	r.tx = &b->txs[b->tx_count++];
	memset(r.tx, 0, sizeof(*r.tx));
	ok = read_tx_fields(&r, p);
	free(r.uxids);
	return ok;
}

static bool body_txns(void *arg, struct json_pull *p)
{
	return read_list(p, read_tx, arg);
}

static const struct json_pull_field body_fields[] = {
	{ "txns", body_txns },
};

static bool block_body(void *arg, struct json_pull *p)
{
	unsigned seen = 0;

	return json_pull_fields(p, body_fields, COUNT(body_fields), arg, &seen);
}

static bool header_seq(void *arg, struct json_pull *p)
{
	return read_u64(p, INT64_MAX, &((struct sky_block *)arg)->seq);
}

static bool header_hash(void *arg, struct json_pull *p)
{
	return read_hash(p, &((struct sky_block *)arg)->hash);
}

static bool header_prev(void *arg, struct json_pull *p)
{
	return read_hash(p, &((struct sky_block *)arg)->prev_hash);
}

static bool header_time(void *arg, struct json_pull *p)
{
	return read_u64(p, UINT64_MAX, &((struct sky_block *)arg)->time);
}

static bool header_fee(void *arg, struct json_pull *p)
{
	return read_u64(p, UINT64_MAX, &((struct sky_block *)arg)->fee);
}

static bool header_version(void *arg, struct json_pull *p)
{
	struct sky_block *b = arg;
	uint64_t version = 0;

	if (!read_u64(p, UINT32_MAX, &version))
		return false;
	b->version = (uint32_t)version;
	return true;
}

static bool header_body(void *arg, struct json_pull *p)
{
	return read_hash(p, &((struct sky_block *)arg)->body_hash);
}

static bool header_ux(void *arg, struct json_pull *p)
{
	struct sky_block *b = arg;

	b->tells_ux_hash = true;
	return read_hash(p, &b->ux_hash);
}

static const struct json_pull_field header_fields[] = {
	{ "seq", header_seq },		 { "block_hash", header_hash },
	{ "timestamp", header_time },	 { "previous_block_hash", header_prev },
	{ "fee", header_fee },		 { "version", header_version },
	{ "tx_body_hash", header_body }, { "ux_hash", header_ux }, /* last: legacy lacks it */
};
#define HEADER_WANTED (ALL(header_fields) >> 1)

static bool block_header(void *arg, struct json_pull *p)
{
	unsigned seen = 0;

	if (!json_pull_fields(p, header_fields, COUNT(header_fields), arg, &seen))
		return false;
	return (seen & HEADER_WANTED) == HEADER_WANTED ||
	       json_pull_fail(p, "header lacks a member");
}

static const struct json_pull_field block_fields[] = {
	{ "header", block_header },
	{ "body", block_body },
};

static bool read_block(void *arg, struct json_pull *p)
{
	struct sky_blocks *all = arg;
	struct sky_block *list = NULL;
	unsigned seen = 0;

	if (all->count < SKY_BLOCKS_MAX)
		list = grow(all->list, all->count, sizeof(*list));
	if (list == NULL)
		return no_memory(p);
	all->list = list;
	memset(&list[all->count++], 0, sizeof(*list));
	if (!json_pull_fields(p, block_fields, COUNT(block_fields), &list[all->count - 1], &seen))
		return false;
	return seen == ALL(block_fields) || json_pull_fail(p, "block lacks a member");
}

/* --- the list --------------------------------------------------------------------------------- */

static bool read_blocks(void *arg, struct json_pull *p)
{
	return read_list(p, read_block, arg);
}

static const struct json_pull_field answer_fields[] = {
	{ "blocks", read_blocks },
};

static int read_answer(const char *body, size_t len, struct sky_blocks *all, struct err *err)
{
	struct json_pull p;
	unsigned seen = 0;

	json_pull_init(&p, body, len, DEPTH_MAX, err);
	if (!json_pull_fields(&p, answer_fields, COUNT(answer_fields), all, &seen) ||
	    !json_pull_end(&p))
		return ERR_INVALID;
	return seen != 0 ? 0 : err_set(err, ERR_INVALID, "no list of blocks");
}

/* Is it the block that was asked for, and the child of the one before? */
static int check_place(const struct sky_blocks *all, size_t i, uint64_t seq, struct err *err)
{
	const struct sky_block *b = &all->list[i];

	if (b->seq != seq)
		return err_set(err, ERR_INVALID, "the node sent block %" PRIu64 " for it", b->seq);
	if (i > 0 && memcmp(b->prev_hash.b, all->list[i - 1].hash.b, sizeof(b->prev_hash.b)) != 0)
		return err_set(err, ERR_INVALID, "it does not follow the one before it");
	return 0;
}

static int check_blocks(const struct sky_blocks *all, uint64_t first, uint64_t last,
			struct err *err)
{
	int rc = 0;

	if (all->count > 0 && all->count - 1 > last - first)
		return err_set(err, ERR_INVALID, "more blocks than were asked for");
	for (size_t i = 0; rc == 0 && i < all->count; i++) {
		rc = check_place(all, i, first + i, err);
		if (rc == 0)
			rc = sky_block_check(&all->list[i], err);
		if (rc < 0)
			(void)err_wrap(err, "block %" PRIu64, first + i);
	}
	return rc;
}

int sky_blocks_read(const char *body, size_t len, uint64_t first, uint64_t last,
		    struct sky_blocks *ret, struct err *err)
{
	struct sky_blocks all = { .list = NULL };
	int rc = read_answer(body, len, &all, err);

	if (rc < 0)
		(void)err_wrap(err, "block %" PRIu64, first + (all.count > 0 ? all.count - 1 : 0));
	else
		rc = check_blocks(&all, first, last, err);
	if (rc == 0)
		*ret = all;
	else
		sky_blocks_release(&all);
	return rc;
}

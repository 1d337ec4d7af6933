/* One pass over the bytes finds each transaction's extent, hashes it and adds up its weight; then
 * the merkle root over all txids must be the one that the header, and so the block hash, commits
 * to.  Outputs are walked only after that, over bytes already known to be well formed.
 *
 * A reader never moves past its end, and every count is compared with the bytes that are left
 * (each input takes at least 41 of them, each output 9, each transaction 60) before anything is
 * allocated or looped over for it: the two arrays are never larger than the block itself.
 *
 * The txid leaves out the segwit marker, flag and witnesses, so it is hashed in up to three pieces:
 * version | input count to last output | locktime. */
#include "scannerd/btc_block.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/crypto/sha256_many.h"

#define HEADER_SIZE	80
#define INPUT_SIZE_MIN	41 /* txid 32, index 4, empty script 1, sequence 4 */
#define OUTPUT_SIZE_MIN 9  /* value 8, empty script 1 */
#define TX_SIZE_MIN	60 /* version 4, one input, one output, two counts, locktime 4 */

#define TOGETHER 128 /* transactions are hashed, while their bytes are still in the cache */

struct reader {
	const uint8_t *at, *end;
	const char *why; /* what was wrong, once something was */
};

/* One transaction while it is read. */
struct tx {
	const uint8_t *start, *inputs, *outputs, *outputs_end, *locktime;
	uint64_t input_count;
	bool has_witness;
	bool has_null_input; /* spends nothing: index 0xffffffff of txid 0 */
};

static bool reader_fail(struct reader *r, const char *why)
{
	r->why = why;
	return false;
}

static size_t reader_left(const struct reader *r)
{
	return (size_t)(r->end - r->at);
}

static bool reader_skip(struct reader *r, uint64_t n)
{
	if (n > reader_left(r))
		return reader_fail(r, "ends too early");
	r->at += n;
	return true;
}

static uint64_t load_le(const uint8_t *at, unsigned size)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < size; i++)
		value |= (uint64_t)at[i] << (8 * i);
	return value;
}

/* CompactSize: a byte below 0xfd, or 0xfd, 0xfe, 0xff and then 2, 4, 8 bytes; the shortest form
 * that holds the number is the only right one. */
static bool reader_compact_long(struct reader *r, uint64_t *ret)
{
	static const uint64_t least[] = { 0xfd, 0x10000, 0x100000000 };
	unsigned form = *r->at - 0xfdU, size = 2U << form;

	if (reader_left(r) < 1 + size)
		return reader_fail(r, "ends too early");
	*ret = load_le(r->at + 1, size);
	r->at += 1 + size;
	return *ret >= least[form] || reader_fail(r, "number not in its shortest form");
}

static inline bool reader_compact(struct reader *r, uint64_t *ret)
{
	if (r->at == r->end)
		return reader_fail(r, "ends too early");
	if (*r->at >= 0xfd)
		return reader_compact_long(r, ret);
	*ret = *r->at++;
	return true;
}

/* A count of things that take at least `size_min` bytes each. */
static bool reader_count(struct reader *r, size_t size_min, uint64_t *ret)
{
	if (!reader_compact(r, ret))
		return false;
	return *ret <= reader_left(r) / size_min || reader_fail(r, "count is too large");
}

static bool reader_skip_counted(struct reader *r)
{
	uint64_t n;

	return reader_compact(r, &n) && reader_skip(r, n);
}

static bool is_null_input(const uint8_t *at)
{
	static const uint8_t null_input[36] = { [32] = 0xff, 0xff, 0xff, 0xff };

	return memcmp(at, null_input, sizeof(null_input)) == 0;
}

static bool read_inputs(struct reader *r, struct tx *tx)
{
	if (!reader_count(r, INPUT_SIZE_MIN, &tx->input_count))
		return false;
	if (tx->input_count == 0)
		return reader_fail(r, "transaction without inputs");
	for (uint64_t i = 0; i < tx->input_count; i++) {
		if (reader_left(r) < INPUT_SIZE_MIN)
			return reader_fail(r, "ends too early");
		tx->has_null_input |= is_null_input(r->at);
		r->at += 36;
		if (!reader_skip_counted(r) || !reader_skip(r, 4))
			return false;
	}
	return true;
}

static bool read_outputs(struct reader *r)
{
	uint64_t count, sum = 0;

	if (!reader_count(r, OUTPUT_SIZE_MIN, &count))
		return false;
	if (count == 0)
		return reader_fail(r, "transaction without outputs");
	for (uint64_t i = 0; i < count; i++) {
		uint64_t value;

		if (reader_left(r) < OUTPUT_SIZE_MIN)
			return reader_fail(r, "ends too early");
		value = load_le(r->at, 8);
		r->at += 8;
		/* Neither can wrap: the sum was at most the maximum before. */
		if (value > BTC_VALUE_MAX || (sum += value) > BTC_VALUE_MAX)
			return reader_fail(r, "value out of range");
		if (!reader_skip_counted(r))
			return false;
	}
	return true;
}

static bool read_witnesses(struct reader *r, uint64_t input_count)
{
	for (uint64_t i = 0; i < input_count; i++) {
		uint64_t items;

		if (!reader_count(r, 1, &items))
			return false;
		while (items-- > 0)
			if (!reader_skip_counted(r))
				return false;
	}
	return true;
}

/* A marker of 0 stands where the input count would be, which is never 0. */
static bool read_marker(struct reader *r, struct tx *tx)
{
	if (reader_left(r) < 2)
		return reader_fail(r, "ends too early");
	if (r->at[0] != 0)
		return true;
	if (r->at[1] != 1)
		return reader_fail(r, "unknown transaction flag");
	tx->has_witness = true;
	r->at += 2;
	return true;
}

static bool read_tx(struct reader *r, struct tx *tx)
{
	*tx = (struct tx){ .start = r->at };
	if (!reader_skip(r, 4) || !read_marker(r, tx))
		return false;
	tx->inputs = r->at;
	if (!read_inputs(r, tx))
		return false;
	tx->outputs = r->at;
	if (!read_outputs(r))
		return false;
	tx->outputs_end = r->at;
	if (tx->has_witness && !read_witnesses(r, tx->input_count))
		return false;
	tx->locktime = r->at;
	return reader_skip(r, 4);
}

/* What the txid is the hash of. */
static struct sha256_message tx_message(const struct tx *tx)
{
	size_t len = (size_t)(tx->locktime + 4 - tx->start);

	if (!tx->has_witness)
		return (struct sha256_message){ { { tx->start, len } } };
	len = (size_t)(tx->outputs_end - tx->inputs);
	return (struct sha256_message){
		{ { tx->start, 4 }, { tx->inputs, len }, { tx->locktime, 4 } }
	};
}

/* Bytes that are not witness: they weigh four, those of a witness one. */
static size_t tx_base_size(const struct tx *tx)
{
	return 4 + (size_t)(tx->outputs_end - tx->inputs) + 4;
}

static bool check_coinbase(struct reader *r, const struct tx *tx, uint32_t index)
{
	if (index == 0 && (!tx->has_null_input || tx->input_count != 1))
		return reader_fail(r, "first transaction is no coinbase");
	if (index > 0 && tx->has_null_input)
		return reader_fail(r, "coinbase input outside of the first transaction");
	return true;
}

/* Transactions first..end, hashed together while their bytes are still near the processor. */
static bool read_some_txs(struct reader *r, struct btc_block *b, uint32_t first, uint32_t end,
			  size_t *base_size)
{
	struct sha256_message messages[TOGETHER];

	for (uint32_t i = first; i < end; i++) {
		struct tx tx;

		if (!read_tx(r, &tx) || !check_coinbase(r, &tx, i))
			return false;
		messages[i - first] = tx_message(&tx);
		b->outputs_at[i] = (uint32_t)(tx.outputs - b->data);
		*base_size += tx_base_size(&tx);
	}
	sha256d_many(messages, end - first, b->txids + first);
	return true;
}

static bool read_txs(struct reader *r, struct btc_block *b)
{
	size_t base_size = (size_t)(r->at - b->data);

	for (uint32_t i = 0, end; i < b->tx_count; i = end) {
		end = b->tx_count - i > TOGETHER ? i + TOGETHER : b->tx_count;
		if (!read_some_txs(r, b, i, end, &base_size))
			return false;
	}
	if (r->at != r->end)
		return reader_fail(r, "bytes after the last transaction");
	if (3 * base_size + b->len > BTC_BLOCK_WEIGHT_MAX)
		return reader_fail(r, "heavier than a block may be");
	return true;
}

/* One level up: pairs hashed together, an odd last one with itself.  A pair of equal hashes can
 * only come from transactions repeated at the end, which leaves the root as it was. */
static bool merkle_level(const struct sha256 *from, uint32_t count, struct sha256 *to)
{
	const struct sha256 last[2] = { from[count - 1], from[count - 1] };

	for (uint32_t i = 0; i + 1 < count; i += 2)
		if (memcmp(&from[i], &from[i + 1], sizeof(*from)) == 0)
			return false;
	sha256d_pairs(from, count / 2, to);
	if (count % 2 != 0)
		sha256d_pairs(last, 1, to + count / 2);
	return true;
}

static bool check_merkle(struct reader *r, const struct btc_block *b, struct sha256 *scratch)
{
	const struct sha256 *level = b->txids;
	uint32_t count = b->tx_count;

	while (count > 1) {
		if (!merkle_level(level, count, scratch))
			return reader_fail(r, "repeated transactions");
		level = scratch;
		count = (count + 1) / 2;
	}
	return memcmp(level, b->data + 36, sizeof(*level)) == 0 ||
	       reader_fail(r, "merkle root does not match");
}

static bool read_header(struct reader *r, struct btc_block *b)
{
	uint64_t count;

	if (b->len > BTC_BLOCK_BYTES_MAX)
		return reader_fail(r, "larger than a block may be");
	if (!reader_skip(r, HEADER_SIZE) || !reader_count(r, TX_SIZE_MIN, &count))
		return false;
	if (count == 0)
		return reader_fail(r, "no transaction");
	b->hash = sha256d(b->data, HEADER_SIZE);
	memcpy(&b->prev_hash, b->data + 4, sizeof(b->prev_hash));
	b->time = (uint32_t)load_le(b->data + 68, 4);
	b->tx_count = (uint32_t)count;
	return true;
}

static bool read_body(struct reader *r, struct btc_block *b)
{
	struct sha256 *scratch = malloc((b->tx_count / 2 + 1) * sizeof(*scratch));
	bool ok = false;

	b->txids = malloc(b->tx_count * sizeof(*b->txids));
	b->outputs_at = malloc(b->tx_count * sizeof(*b->outputs_at));
	if (scratch != NULL && b->txids != NULL && b->outputs_at != NULL)
		ok = read_txs(r, b) && check_merkle(r, b, scratch);
	free(scratch);
	return ok;
}

int btc_block_parse(const uint8_t *data, size_t len, struct btc_block *ret, struct err *err)
{
	struct reader r = { .at = data, .end = data + len };
	struct btc_block b = { .data = data, .len = len };

	if (read_header(&r, &b) && read_body(&r, &b)) {
		*ret = b;
		return 0;
	}
	btc_block_release(&b);
	if (r.why == NULL)
		return err_set(err, ERR_BUSY, "no memory for a block of %zu bytes", len);
	return err_set(err, ERR_INVALID, "bad block: %s (byte %zu of %zu)", r.why,
		       (size_t)(r.at - data), len);
}

void btc_block_release(struct btc_block *b)
{
	free(b->txids);
	free(b->outputs_at);
	b->txids = NULL;
	b->outputs_at = NULL;
}

/* The bytes were read once already: nothing here can fail. */
static void each_output_of(const struct btc_block *b, uint32_t tx, btc_output_fn fn, void *arg)
{
	struct reader r = { .at = b->data + b->outputs_at[tx], .end = b->data + b->len };
	struct btc_output o = { .tx = tx, .txid = &b->txids[tx] };
	uint64_t count = 0, script_len = 0;

	(void)reader_compact(&r, &count);
	for (uint64_t n = 0; n < count; n++) {
		o.n = (uint32_t)n;
		o.value = load_le(r.at, 8);
		r.at += 8;
		(void)reader_compact(&r, &script_len);
		o.script = r.at;
		o.script_len = (size_t)script_len;
		r.at += script_len;
		fn(arg, &o);
	}
}

void btc_block_each_output(const struct btc_block *b, btc_output_fn fn, void *arg)
{
	for (uint32_t tx = 0; tx < b->tx_count; tx++)
		each_output_of(b, tx, fn, arg);
}

void btc_hash_text(const struct sha256 *hash, char ret[BTC_HASH_TEXT_MAX])
{
	uint8_t reversed[sizeof(hash->b)];

	for (size_t i = 0; i < sizeof(reversed); i++)
		reversed[i] = hash->b[sizeof(reversed) - 1 - i];
	hex_from_bytes(reversed, sizeof(reversed), ret);
}

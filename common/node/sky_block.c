/* A block proves itself: its hash covers the header, the header's body hash the ids of the
 * transactions, and these all that is in them, signatures too.  So who knows the hash of one block
 * knows of every earlier one whether it is the right one.
 *
 * What cannot be checked here: that the publisher signed it (nodes do not tell the signature), and
 * the hash of a header of which a legacy node leaves out a part. */
#include "common/node/sky_block.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"

static void blocks_tx_release(struct sky_block *b)
{
	for (size_t i = 0; i < b->tx_count; i++)
		sky_tx_release(&b->txs[i].tx);
	free(b->txs);
}

void sky_blocks_release(struct sky_blocks *b)
{
	for (size_t i = 0; i < b->count; i++)
		blocks_tx_release(&b->list[i]);
	free(b->list);
	*b = (struct sky_blocks){ .list = NULL };
}

/* --- hashes ---------------------------------------------------------------------------------- */

static void add_le(struct sha256_stream *s, uint64_t n, size_t bytes)
{
	uint8_t le[8];

	for (size_t i = 0; i < bytes; i++)
		le[i] = (uint8_t)(n >> (8 * i));
	sha256_add(s, le, bytes);
}

struct sha256 sky_block_hash(const struct sky_block *b)
{
	struct sha256_stream s;

	sha256_start(&s);
	add_le(&s, b->version, 4);
	add_le(&s, b->time, 8);
	add_le(&s, b->seq, 8);
	add_le(&s, b->fee, 8);
	sha256_add(&s, b->prev_hash.b, sizeof(b->prev_hash.b));
	sha256_add(&s, b->body_hash.b, sizeof(b->body_hash.b));
	sha256_add(&s, b->ux_hash.b, sizeof(b->ux_hash.b));
	return sha256_end(&s);
}

static struct sha256 hash_pair(const struct sha256 *left, const struct sha256 *right)
{
	struct sha256_stream s;

	sha256_start(&s);
	sha256_add(&s, left->b, sizeof(left->b));
	sha256_add(&s, right->b, sizeof(right->b));
	return sha256_end(&s);
}

/* The root over leaves first .. first + width - 1; those beyond the last are zeros. */
static struct sha256 merkle(const struct sky_block *b, size_t first, size_t width)
{
	struct sha256 left, right;

	if (width == 1)
		return first < b->tx_count ? b->txs[first].txid : (struct sha256){ .b = { 0 } };
	left = merkle(b, first, width / 2);
	right = merkle(b, first + width / 2, width / 2);
	return hash_pair(&left, &right);
}

struct sha256 sky_block_body_hash(const struct sky_block *b)
{
	size_t width = 1;

	while (width < b->tx_count)
		width *= 2;
	return merkle(b, 0, width);
}

bool sky_block_txid(const struct sky_tx *t, struct sha256 *ret)
{
	struct buf raw = BUF_INIT(16U << 20);
	bool ok = sky_tx_encode(t, &raw);

	if (ok) {
		for (size_t i = 0; i < sizeof(t->length); i++)
			raw.data[i] = (char)(t->length >> (8 * i));
		*ret = sky_tx_id((const uint8_t *)raw.data, raw.len);
	}
	buf_release(&raw);
	return ok;
}

/* --- checks ---------------------------------------------------------------------------------- */

static bool same(const struct sha256 *a, const struct sha256 *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

static int check_tx(const struct sky_block *b, size_t i, struct err *err)
{
	struct sha256 txid;

	if (!sky_block_txid(&b->txs[i].tx, &txid))
		return err_set(err, ERR_BUSY, "no memory for a transaction");
	if (!same(&txid, &b->txs[i].txid))
		return err_set(err, ERR_INVALID, "transaction %zu is not what its id says", i);
	return 0;
}

int sky_block_check(const struct sky_block *b, struct err *err)
{
	struct sha256 body = sky_block_body_hash(b), hash = sky_block_hash(b);

	for (size_t i = 0; i < b->tx_count; i++) {
		int rc = check_tx(b, i, err);

		if (rc < 0)
			return rc;
	}
	if (!same(&body, &b->body_hash))
		return err_set(err, ERR_INVALID, "its transactions are not those of its header");
	if (b->tells_ux_hash && !same(&hash, &b->hash))
		return err_set(err, ERR_INVALID, "its header is not what its hash says");
	return 0;
}

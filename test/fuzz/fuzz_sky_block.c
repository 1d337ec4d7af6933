/* An answer with blocks, of REST or as the result of webrpc.  What is taken is what its hashes say,
 * in order; and what is encoded again has the same hashes. */
#include <stdlib.h>
#include <string.h>

#include "common/node/sky_block_read.h"
#include "common/node/sky_webrpc_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct sky_block *b)
{
	struct sha256 body = sky_block_body_hash(b), txid;

	if (memcmp(&body, &b->body_hash, sizeof(body)) != 0)
		abort();
	for (size_t i = 0; i < b->tx_count; i++)
		if (!sky_block_txid(&b->txs[i].tx, &txid) ||
		    memcmp(&txid, &b->txs[i].txid, sizeof(txid)) != 0)
			abort();
}

static void read_blocks(const char *body, size_t len)
{
	struct sky_blocks b;

	if (sky_blocks_read(body, len, 0, SKY_BLOCKS_MAX - 1, &b, NULL) < 0 &&
	    sky_blocks_read(body, len, 2, 4, &b, NULL) < 0)
		return;
	for (size_t i = 0; i < b.count; i++) {
		if (b.list[i].seq != b.list[0].seq + i)
			abort();
		check(&b.list[i]);
	}
	sky_blocks_release(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *body = (const char *)data;
	struct json_slice result;

	read_blocks(body, size);
	if (!sky_webrpc_raw_result(body, size, "1", &result))
		return 0;
	if (result.text < body || result.text + result.len > body + size)
		abort();
	read_blocks(result.text, result.len);
	return 0;
}

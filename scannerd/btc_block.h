/* Raw Bitcoin blocks, as getblock with verbosity 0 answers them.
 *
 *   block   header (80 bytes) | count | transactions
 *   header  version | previous hash 32 | merkle root 32 | time | bits | nonce
 *
 * btc_block_parse() checks the whole block before anything of it can be seen: what is handed out
 * afterwards is covered by the block hash.  Not checked, because the node's word is taken for
 * it: proof of work, scripts, signatures, the witness commitment. */
#ifndef TELLER_SCANNERD_BTC_BLOCK_H
#define TELLER_SCANNERD_BTC_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/crypto/hash.h"

#define BTC_BLOCK_WEIGHT_MAX 4000000U
#define BTC_BLOCK_BYTES_MAX  4000000U	      /* a byte weighs at least one */
#define BTC_VALUE_MAX	     2100000000000000 /* satoshi: all there will ever be */
#define BTC_HASH_TEXT_MAX    65

struct btc_block {
	struct sha256 hash, prev_hash; /* byte order of the wire; shown reversed */
	uint32_t time;		       /* Unix seconds, by the miner's clock */
	uint32_t tx_count;	       /* at least 1 */
	struct sha256 *txids;	       /* tx_count of them */
	uint32_t *outputs_at;	       /* where each transaction's output count lies in `data` */
	const uint8_t *data;	       /* the caller's bytes: must outlive the block */
	size_t len;
};

/* An output as it lies in the block. */
struct btc_output {
	uint32_t tx; /* place of the transaction in the block; 0 is the coinbase */
	uint32_t n;  /* the output's own index in its transaction */
	const struct sha256 *txid;
	uint64_t value; /* satoshi */
	const uint8_t *script;
	size_t script_len;
};

/* ERR_INVALID with the reason: bytes missing or left over, a count or length that cannot be, a
 * number not in its shortest form, too heavy, wrong merkle root or one that hides repeated
 * transactions (CVE-2012-2459), no coinbase or two, a value or sum out of range.  ERR_BUSY: no
 * memory.  On success `ret` is the caller's to btc_block_release(). */
int btc_block_parse(const uint8_t *data, size_t len, struct btc_block *ret, struct err *err);
void btc_block_release(struct btc_block *b);

/* Every output, in the order of the block. */
typedef void (*btc_output_fn)(void *arg, const struct btc_output *o);
void btc_block_each_output(const struct btc_block *b, btc_output_fn fn, void *arg);

/* A block hash or txid as it is written: the bytes reversed, then hex. */
void btc_hash_text(const struct sha256 *hash, char ret[BTC_HASH_TEXT_MAX]);

#endif

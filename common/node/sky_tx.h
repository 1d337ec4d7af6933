/* A Skycoin transaction: its bytes, its hashes, the ids of its outputs (spec/skycoin.md section
 * 5).  Signing is senderd's (senderd/sky_sign). */
#ifndef TELLER_COMMON_NODE_SKY_TX_H
#define TELLER_COMMON_NODE_SKY_TX_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/coin/address_sky.h"
#include "common/coin/amount.h"
#include "common/crypto/hash.h"

#define SKY_TX_COUNT_MAX 65535

struct sky_tx_output {
	struct sky_address to;
	struct droplets coins;
	struct hours hours;
};
struct sky_signature {
	uint8_t b[65];
};

struct sky_tx {
	uint32_t length; /* as in the bytes; sky_tx_prepare sets it */
	uint8_t type;
	struct sha256 inner_hash;
	struct sky_signature *sigs; /* heap; `sig_count` */
	struct sha256 *inputs;	    /* heap; uxids being spent */
	struct sky_tx_output *outputs;
	size_t sig_count, input_count, output_count;
};

void sky_tx_init(struct sky_tx *t);
void sky_tx_release(struct sky_tx *t);
/* False when memory is short or SKY_TX_COUNT_MAX is reached. */
bool sky_tx_add_input(struct sky_tx *t, const struct sha256 *uxid);
bool sky_tx_add_signature(struct sky_tx *t, const struct sky_signature *sig);
bool sky_tx_add_output(struct sky_tx *t, const struct sky_address *to, struct droplets coins,
		       struct hours hours);

/* 49 + 97 * inputs + 37 * outputs, with a signature for each input. */
size_t sky_tx_size(size_t inputs, size_t outputs);
struct sha256 sky_tx_inner_hash(const struct sky_tx *t);
/* What the owner of input i signs. */
struct sha256 sky_tx_digest(const struct sky_tx *t, size_t input);
/* Set inner hash and make room for signatures (all zero); then sign; then sky_tx_encode. */
bool sky_tx_prepare(struct sky_tx *t);
/* Append the bytes, with the right length field. */
bool sky_tx_encode(const struct sky_tx *t, struct buf *out);
/* ERR_INVALID with the modern node's text, without its "Invalid transaction: " (5.1). */
int sky_tx_decode(const uint8_t *data, size_t len, struct sky_tx *ret, struct err *err);
/* SHA-256 of the whole bytes. */
struct sha256 sky_tx_id(const uint8_t *raw, size_t len);
/* The id of output `n` of the transaction with this txid. */
struct sha256 sky_tx_uxid(const struct sha256 *txid, const struct sky_tx_output *output);

/* Hours of an output at the head block's time (section 6). ERR_INVALID on overflow. */
int sky_hours_at(struct hours recorded, struct droplets coins, uint64_t created, uint64_t head_time,
		 struct hours *ret, struct err *err);
/* ceil(hours / burn_factor); 0 when burn_factor is 0. */
struct hours sky_required_fee(struct hours input, unsigned burn_factor);
/* Is `fee`, what the outputs leave of the inputs' hours, enough?  ERR_INVALID with the node's text
 * (rules 21 and 22 of section 7).  Burn factor 0 asks for nothing. */
int sky_check_fee(struct hours output, struct hours fee, unsigned burn_factor, struct err *err);

#endif

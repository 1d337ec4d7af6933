/* Bech32 and bech32m witness addresses (BIP 173, BIP 350). */
#ifndef TELLER_COMMON_COIN_BECH32_H
#define TELLER_COMMON_COIN_BECH32_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

struct witness_program {
	uint8_t version; /* 0 to 16 */
	uint8_t len;	 /* 2 to 40 */
	uint8_t b[40];
};

/* `hrp` is the network's ("bc").  ERR_INVALID with the reason. */
int bech32_decode(const char *hrp, const char *text, struct witness_program *ret, struct err *err);
/* `ret` needs 91 bytes; the program must be valid. */
void bech32_encode(const char *hrp, const struct witness_program *p, char *ret);

#endif

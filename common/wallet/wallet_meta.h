/* The member `meta` of a wallet file: what kind of wallet it is (spec/skycoin.md 4.1). */
#ifndef TELLER_COMMON_WALLET_WALLET_META_H
#define TELLER_COMMON_WALLET_WALLET_META_H

#include <stdbool.h>
#include <stdint.h>

#include "common/json/json.h"
#include "common/wallet/container.h"

enum wallet_type { WALLET_DETERMINISTIC, WALLET_COLLECTION, WALLET_BIP44 };

/* Texts lie in the document; "" when there is none. */
struct wallet_meta {
	enum wallet_type type;
	const char *version; /* informational */
	bool encrypted;
	const struct container_kind *kind; /* encrypted only */
	const char *secrets;		   /* the same: base64 */
	const char *seed;		   /* plain deterministic and bip44; secret */
	const char *passphrase;		   /* the same, bip44 */
	uint32_t coin_number;		   /* bip44: of the path */
};

const char *wallet_type_name(enum wallet_type type);
/* "skycoin" and "sky", in any letter case. */
bool wallet_coin_is_sky(const char *name);
/* ERR_INVALID: no wallet that can pay; the text says why and quotes type and coin only. */
int wallet_meta_read(const struct json *root, struct wallet_meta *ret, struct err *err);

#endif

/* A Skycoin address is base58 of: key hash (20 bytes), version (after the hash, unlike Bitcoin's),
 * and the first four bytes of their single SHA-256. */
#include "common/coin/address_sky.h"

#include <string.h>

#include "common/coin/base58.h"
#include "common/coin/base58_address.h"

#define VERSION_AT 20

static int parse(const char *text, bool any_version, struct sky_address *ret, struct err *err)
{
	uint8_t b[BASE58_ADDRESS_LEN];
	struct sha256 sum;
	int rc = base58_address_decode(text, b, err);

	if (rc < 0)
		return rc;
	if (b[VERSION_AT] != 0 && !any_version)
		return base58_version_error(err);
	sum = sha256(b, BASE58_PAYLOAD_LEN);
	if (memcmp(b + BASE58_PAYLOAD_LEN, sum.b, BASE58_CHECKSUM_LEN) != 0)
		return base58_checksum_error(err);
	ret->version = b[VERSION_AT];
	memcpy(ret->key_hash.b, b, sizeof(ret->key_hash.b));
	return 0;
}

int sky_address_parse(const char *text, struct sky_address *ret, struct err *err)
{
	return parse(text, false, ret, err);
}

int sky_address_parse_any(const char *text, struct sky_address *ret, struct err *err)
{
	return parse(text, true, ret, err);
}

void sky_address_to_text(const struct sky_address *a, char ret[ADDRESS_TEXT_MAX])
{
	uint8_t b[BASE58_ADDRESS_LEN];
	struct sha256 sum;

	memcpy(b, a->key_hash.b, sizeof(a->key_hash.b));
	b[VERSION_AT] = a->version;
	sum = sha256(b, BASE58_PAYLOAD_LEN);
	memcpy(b + BASE58_PAYLOAD_LEN, sum.b, BASE58_CHECKSUM_LEN);
	base58_encode(b, sizeof(b), ret);
}

struct sky_address sky_address_from_pubkey(const uint8_t pubkey[33])
{
	struct sky_address a = { .version = 0 };
	struct sha256 h = sha256d(pubkey, 33);

	a.key_hash = ripemd160(h.b, sizeof(h.b));
	return a;
}

bool sky_address_is_null(const struct sky_address *a)
{
	static const struct hash160 zero;

	return a->version == 0 && memcmp(&a->key_hash, &zero, sizeof(zero)) == 0;
}

bool sky_address_equal(const struct sky_address *a, const struct sky_address *b)
{
	return a->version == b->version &&
	       memcmp(&a->key_hash, &b->key_hash, sizeof(a->key_hash)) == 0;
}

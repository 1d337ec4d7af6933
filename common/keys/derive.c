/* From a seed to keys, as Skycoin wallets do it.  A wallet's file is worth as much as its seed:
 * what is computed on the way is as secret as the keys and is wiped from the stack.
 *
 * Two things are easily missed.  The first round takes the whole seed text, later rounds the 32
 * bytes of the round before (not the mixed hash).  And the shared point goes into the hash in its
 * compressed form; a library's ECDH, which hashes the point, is another function. */
#include "common/keys/derive.h"

#include <string.h>

#include "common/coin/base58.h"
#include "common/keys/secret.h"

#define WIF_VERSION    0x80
#define WIF_COMPRESSED 0x01

static struct sha256 sha256_pair(const void *a, size_t a_len, const void *b, size_t b_len)
{
	struct sha256_stream s;
	struct sha256 h;

	sha256_start(&s);
	sha256_add(&s, a, a_len);
	sha256_add(&s, b, b_len);
	h = sha256_end(&s);
	secret_wipe(&s, sizeof(s));
	return h;
}

/* Hash at least once; hash on while the result is no key (a chance of 2^-128). */
static void key_step(const struct sha256 *from, struct seckey *ret)
{
	struct sha256 h = *from;

	do {
		h = sha256(h.b, sizeof(h.b));
		memcpy(ret->b, h.b, sizeof(ret->b));
	} while (!seckey_is_valid(ret));
	secret_wipe(&h, sizeof(h));
}

/* key_step(hash) times the public key of key_step(SHA256(hash)). */
static struct pubkey shared_point(const struct sha256 *hash)
{
	struct sha256 again = sha256(hash->b, sizeof(hash->b));
	struct pubkey point = { { 0 } };
	struct seckey a, b;

	key_step(hash, &a);
	key_step(&again, &b);
	/* Neither can fail: both are valid keys, and the curve's order is prime. */
	(void)pubkey_from_seckey(&b, &point);
	(void)pubkey_multiply(&point, &a, &point);
	secret_wipe(&a, sizeof(a));
	secret_wipe(&b, sizeof(b));
	secret_wipe(&again, sizeof(again));
	return point;
}

struct sha256 derive_hash(const uint8_t *data, size_t len)
{
	struct sha256 hash = sha256(data, len);
	struct pubkey shared = shared_point(&hash);
	struct sha256 ret = sha256_pair(hash.b, sizeof(hash.b), shared.b, sizeof(shared.b));

	secret_wipe(&hash, sizeof(hash));
	secret_wipe(&shared, sizeof(shared));
	return ret;
}

int derive_next(const uint8_t *seed, size_t len, struct seckey *ret_key, struct sha256 *ret_seed,
		struct err *err)
{
	struct sha256 next, mixed;

	if (len == 0)
		return err_set(err, ERR_INVALID, "Seed input is empty");
	next = derive_hash(seed, len);
	mixed = sha256_pair(seed, len, next.b, sizeof(next.b));
	key_step(&mixed, ret_key);
	*ret_seed = next;
	secret_wipe(&next, sizeof(next));
	secret_wipe(&mixed, sizeof(mixed));
	return 0;
}

int derive_keys(const uint8_t *seed, size_t len, struct seckey *keys, size_t count,
		struct sha256 *ret_last_seed, struct err *err)
{
	struct sha256 last = { { 0 } }, next;
	size_t i;
	int rc;

	if (len == 0)
		return err_set(err, ERR_INVALID, "Seed input is empty");
	for (i = 0; i < count; i++) {
		rc = i == 0 ? derive_next(seed, len, &keys[i], &next, err)
			    : derive_next(last.b, sizeof(last.b), &keys[i], &next, err);
		if (rc < 0)
			break;
		last = next;
	}
	if (i == count && count > 0 && ret_last_seed != NULL)
		*ret_last_seed = last;
	secret_wipe(&last, sizeof(last));
	secret_wipe(&next, sizeof(next));
	return i == count ? 0 : ERR_INVALID;
}

void seckey_to_wif(const struct seckey *k, char ret[64])
{
	uint8_t body[1 + sizeof(k->b) + 1 + 4];
	char text[2 * sizeof(body) + 2];
	struct sha256 check;

	body[0] = WIF_VERSION;
	memcpy(body + 1, k->b, sizeof(k->b));
	body[33] = WIF_COMPRESSED;
	check = sha256d(body, 34);
	memcpy(body + 34, check.b, 4);
	base58_encode(body, sizeof(body), text);
	memcpy(ret, text, strnlen(text, 63) + 1); /* 52 characters and NUL */
	ret[63] = '\0';
	secret_wipe(body, sizeof(body));
	secret_wipe(text, sizeof(text));
}

/* sha256-xor:
 *
 *   SHA-256 of all that follows | nonce | block 0 | block 1 | ...        32 bytes each
 *
 * Block i is hidden by SHA256(key | SHA256(i | SHA256(nonce))), the key being the generator's hash
 * of the password.  Block 0 then is the SHA-256 of the others, which tells the right password;
 * the others are a length (4 bytes, little-endian), the text, and zeros to the end of the block. */
#include "common/wallet/container.h"

#include <string.h>

#include "common/keys/derive.h"
#include "common/keys/secret.h"

#define BLOCK	     32
#define LENGTH_BYTES 4

/* checksum, nonce, block 0 and one more */
#define BYTES_MIN (4 * BLOCK)

int container_xor_check(const uint8_t *data, size_t len, struct err *err)
{
	struct sha256 check;

	if (len < BYTES_MIN || len % BLOCK != 0)
		return err_set(err, ERR_INVALID, "cut short");
	check = sha256(data + BLOCK, len - BLOCK);
	if (memcmp(check.b, data, BLOCK) != 0)
		return err_set(err, ERR_INVALID, "damaged: its checksum differs");
	return 0;
}

/* 32 bytes: the number as Go's zigzag varint, then zeros. */
static void write_index(size_t i, uint8_t ret[BLOCK])
{
	uint64_t v = 2 * (uint64_t)i;
	size_t n = 0;

	memset(ret, 0, BLOCK);
	for (; v >= 128; v >>= 7)
		ret[n++] = (uint8_t)(v & 127) | 128;
	ret[n] = (uint8_t)v;
}

static struct sha256 block_mask(const struct sha256 *key, const struct sha256 *nonce_hash, size_t i)
{
	struct sha256_stream s;
	struct sha256 inner, mask;
	uint8_t index[BLOCK];

	write_index(i, index);
	sha256_start(&s);
	sha256_add(&s, index, sizeof(index));
	sha256_add(&s, nonce_hash->b, sizeof(nonce_hash->b));
	inner = sha256_end(&s);
	sha256_start(&s);
	sha256_add(&s, key->b, sizeof(key->b));
	sha256_add(&s, inner.b, sizeof(inner.b));
	mask = sha256_end(&s);
	secret_wipe(&s, sizeof(s));
	return mask;
}

static void uncover(const struct sha256 *key, const uint8_t *nonce, const uint8_t *blocks,
		    size_t count, uint8_t *ret)
{
	struct sha256 nonce_hash = sha256(nonce, BLOCK);

	for (size_t i = 0; i < count; i++) {
		struct sha256 mask = block_mask(key, &nonce_hash, i);

		for (size_t k = 0; k < BLOCK; k++)
			ret[i * BLOCK + k] = blocks[i * BLOCK + k] ^ mask.b[k];
		secret_wipe(&mask, sizeof(mask));
	}
}

/* The text within the uncovered blocks.  ERR_INVALID: another password uncovered them. */
static int find_text(const uint8_t *plain, size_t len, const char **ret, size_t *ret_len,
		     struct err *err)
{
	const uint8_t *rest = plain + BLOCK;
	struct sha256 check = sha256(rest, len - BLOCK);
	size_t text_len;

	if (memcmp(check.b, plain, BLOCK) != 0)
		return err_set(err, ERR_INVALID, "the password is wrong");
	text_len = (size_t)rest[0] | (size_t)rest[1] << 8 | (size_t)rest[2] << 16 |
		   (size_t)rest[3] << 24;
	if (text_len > len - BLOCK - LENGTH_BYTES)
		return err_set(err, ERR_INVALID, "damaged: longer than its blocks");
	*ret = (const char *)rest + LENGTH_BYTES;
	*ret_len = text_len;
	return 0;
}

static int copy_text(const struct secret_text *plain, struct secret_text *ret, struct err *err)
{
	const char *text;
	size_t len;
	int rc = find_text((const uint8_t *)plain->data, plain->len, &text, &len, err);

	if (rc == 0)
		rc = secret_text_new(len, ret, err);
	if (rc == 0)
		memcpy(ret->data, text, len);
	return rc;
}

int container_xor_open(const uint8_t *data, size_t len, const struct secret_text *password,
		       struct secret_text *ret, struct err *err)
{
	const uint8_t *nonce = data + BLOCK, *blocks = nonce + BLOCK;
	struct secret_text plain;
	struct sha256 key;
	int rc = container_xor_check(data, len, err);

	if (rc == 0)
		rc = secret_text_new(len - 2 * BLOCK, &plain, err);
	if (rc < 0)
		return rc;
	key = derive_hash((const uint8_t *)password->data, password->len);
	uncover(&key, nonce, blocks, plain.len / BLOCK, (uint8_t *)plain.data);
	rc = copy_text(&plain, ret, err);
	secret_wipe(&key, sizeof(key));
	secret_text_free(&plain);
	return rc;
}

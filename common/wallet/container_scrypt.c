/* scrypt-chacha20poly1305:
 *
 *   length (2 bytes, little-endian) | parameters (JSON) | cipher text | tag (16)
 *
 * The parameters are signed with the rest but must be believed before the tag can be looked at:
 * they say how dear the key is.  So they are held to what a wallet may need. */
#include "common/wallet/container.h"

#include <string.h>

#include "common/base/base64.h"
#include "common/json/json.h"
#include "common/keys/chacha.h"
#include "common/keys/scrypt.h"
#include "common/keys/secret.h"

#define LENGTH_BYTES 2
#define SALT_MAX     256
#define PARAMS_MAX   4096

struct params {
	struct scrypt_cost cost;
	uint8_t salt[SALT_MAX];
	size_t salt_len;
	uint8_t nonce[CHACHA_NONCE_BYTES];
	size_t head; /* bytes before the cipher text */
};

/* --- the parameters -------------------------------------------------------------------------- */
static int read_bytes(const struct json *j, const char *key, uint8_t *ret, size_t size,
		      size_t *ret_len, struct err *err)
{
	const char *text;
	int rc = json_get_string(j, key, &text, err);

	if (rc == 0 && (!base64_decode(text, ret, size, ret_len) || *ret_len == 0))
		return err_set(err, ERR_INVALID, "field '%s' is no base64 of 1 to %zu bytes", key,
			       size);
	return rc;
}

static int read_cost(const struct json *j, struct scrypt_cost *ret, struct err *err)
{
	uint64_t r = 0, p = 0;
	int rc = json_get_u64(j, "n", UINT32_MAX, &ret->n, err);

	if (rc == 0)
		rc = json_get_u64(j, "r", UINT32_MAX, &r, err);
	if (rc == 0)
		rc = json_get_u64(j, "p", UINT32_MAX, &p, err);
	ret->r = (uint32_t)r;
	ret->p = (uint32_t)p;
	return rc < 0 ? rc : scrypt_check(ret, err);
}

static int read_key_len(const struct json *j, struct err *err)
{
	uint64_t len;
	int rc = json_get_u64(j, "keyLen", UINT32_MAX, &len, err);

	if (rc == 0 && len != SCRYPT_KEY_BYTES)
		return err_set(err, ERR_INVALID, "field 'keyLen' is not 32");
	return rc;
}

static int read_nonce(const struct json *j, uint8_t ret[CHACHA_NONCE_BYTES], struct err *err)
{
	size_t len = 0;
	int rc = read_bytes(j, "nonce", ret, CHACHA_NONCE_BYTES, &len, err);

	if (rc == 0 && len != CHACHA_NONCE_BYTES)
		return err_set(err, ERR_INVALID, "field 'nonce' is no 12 bytes");
	return rc;
}

static int read_json(const char *text, size_t len, struct params *ret, struct err *err)
{
	const struct json_limits limits = { .max_bytes = PARAMS_MAX, .max_depth = 2 };
	struct json *j;
	int rc;

	if (json_parse(text, len, &limits, &j, NULL) < 0)
		return err_set(err, ERR_INVALID, "damaged or no JSON");
	rc = read_cost(j, &ret->cost, err);
	if (rc == 0)
		rc = read_key_len(j, err);
	if (rc == 0)
		rc = read_bytes(j, "salt", ret->salt, sizeof(ret->salt), &ret->salt_len, err);
	if (rc == 0)
		rc = read_nonce(j, ret->nonce, err);
	json_free(j);
	return rc;
}

static int read_params(const uint8_t *data, size_t len, struct params *ret, struct err *err)
{
	size_t json_len;

	if (len < LENGTH_BYTES)
		return err_set(err, ERR_INVALID, "cut short");
	json_len = (size_t)data[0] | (size_t)data[1] << 8;
	ret->head = LENGTH_BYTES + json_len;
	if (len < ret->head + CHACHA_TAG_BYTES)
		return err_set(err, ERR_INVALID, "cut short");
	if (read_json((const char *)data + LENGTH_BYTES, json_len, ret, err) < 0)
		return err_wrap(err, "its parameters");
	return 0;
}

int container_scrypt_check(const uint8_t *data, size_t len, struct err *err)
{
	struct params p = { .salt_len = 0 };

	return read_params(data, len, &p, err);
}

/* --- opening ---------------------------------------------------------------------------------- */
static int decrypt(const uint8_t *data, size_t len, const struct params *p,
		   const uint8_t key[SCRYPT_KEY_BYTES], struct secret_text *ret, struct err *err)
{
	struct secret_text plain;
	int rc = secret_text_new(len - p->head - CHACHA_TAG_BYTES, &plain, err);

	if (rc < 0)
		return rc;
	if (!chacha_open(key, p->nonce, data, p->head, data + p->head, len - p->head,
			 (uint8_t *)plain.data)) {
		secret_text_free(&plain);
		return err_set(err, ERR_INVALID,
			       "the password is wrong (or the file is damaged, which looks the "
			       "same)");
	}
	*ret = plain;
	return 0;
}

int container_scrypt_open(const uint8_t *data, size_t len, const struct secret_text *password,
			  struct secret_text *ret, struct err *err)
{
	uint8_t key[SCRYPT_KEY_BYTES];
	struct params p = { .salt_len = 0 };
	int rc = read_params(data, len, &p, err);

	if (rc == 0)
		rc = scrypt_key(password->data, password->len, p.salt, p.salt_len, &p.cost, key,
				err);
	if (rc < 0)
		return rc;
	rc = decrypt(data, len, &p, key, ret, err);
	secret_wipe(key, sizeof(key));
	return rc;
}

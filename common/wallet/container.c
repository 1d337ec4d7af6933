/* Which kinds of container there are, and the base64 that both come in. */
#include "common/wallet/container.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/base64.h"

struct container_kind {
	const char *name;
	int (*check)(const uint8_t *data, size_t len, struct err *err);
	int (*open)(const uint8_t *data, size_t len, const struct secret_text *password,
		    struct secret_text *ret, struct err *err);
};

/* The two scrypt names differ in the cost that a writer chooses; the container tells it. */
static const struct container_kind kinds[] = {
	{ "scrypt-chacha20poly1305", container_scrypt_check, container_scrypt_open },
	{ "scrypt-chacha20poly1305-insecure", container_scrypt_check, container_scrypt_open },
	{ "sha256-xor", container_xor_check, container_xor_open },
};

const struct container_kind *container_kind_find(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

const char *container_kind_name(const struct container_kind *kind)
{
	return kind->name;
}

const char *container_kind_names(void)
{
	return "scrypt-chacha20poly1305, scrypt-chacha20poly1305-insecure, sha256-xor";
}

/* *ret is the caller's to free(); what is in it is encrypted. */
static int decode(const char *base64, uint8_t **ret, size_t *ret_len, struct err *err)
{
	size_t room = base64_room(strlen(base64));
	uint8_t *data = malloc(room);

	if (data == NULL)
		return err_set(err, ERR_IO, "out of memory");
	if (!base64_decode(base64, data, room, ret_len)) {
		free(data);
		return err_set(err, ERR_INVALID, "damaged: no base64");
	}
	*ret = data;
	return 0;
}

int container_check(const struct container_kind *kind, const char *base64, struct err *err)
{
	uint8_t *data;
	size_t len;
	int rc = decode(base64, &data, &len, err);

	if (rc < 0)
		return rc;
	rc = kind->check(data, len, err);
	free(data);
	return rc;
}

int container_open(const struct container_kind *kind, const char *base64,
		   const struct secret_text *password, struct secret_text *ret, struct err *err)
{
	uint8_t *data;
	size_t len;
	int rc = decode(base64, &data, &len, err);

	if (rc < 0)
		return rc;
	rc = kind->open(data, len, password, ret, err);
	free(data);
	return rc;
}

/* Keys and addresses from seeds and from chance.  Seeds and secret keys live in locked memory and
 * in output that is wiped; nothing is written to a file. */
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "common/base/text.h"
#include "common/coin/address_btc.h"
#include "common/json/json.h"
#include "common/keys/derive.h"
#include "common/keys/secret.h"
#include "tellerctl/cmd_keys.h"
#include "tellerctl/command.h"

#define SEED_MAX 4096

/* Everything secret of one generation. */
struct key_walk {
	uint8_t seed[SEED_MAX]; /* the text first, then the 32 bytes that each key leaves */
	size_t len;
	struct seckey key;
	struct sha256 next;
};

/* The next key's public half. */
static int key_walk_step(struct key_walk *w, struct pubkey *ret, struct err *err)
{
	int rc = derive_next(w->seed, w->len, &w->key, &w->next, err);

	if (rc < 0)
		return rc;
	if (!pubkey_from_seckey(&w->key, ret))
		return err_set(err, ERR_FATAL, "the generator made an invalid key");
	memcpy(w->seed, w->next.b, sizeof(w->next.b));
	w->len = sizeof(w->next.b);
	return 0;
}

static void print_text(struct buf *out, const char *address)
{
	(void)buf_printf(out, "%s\n", address);
}

static int print_addresses(struct key_walk *w, uint64_t count, bool json, struct buf *out,
			   struct err *err)
{
	char address[ADDRESS_TEXT_MAX];
	struct json_writer writer;
	struct pubkey pubkey;
	int rc = 0;

	json_writer_init(&writer, out, JSON_INDENTED);
	if (json) {
		json_begin_object(&writer);
		json_write_key(&writer, "btc_addresses");
		json_begin_array(&writer);
	}
	for (uint64_t i = 0; rc == 0 && i < count; i++) {
		rc = key_walk_step(w, &pubkey, err);
		if (rc < 0)
			break;
		btc_address_from_pubkey(pubkey.b, address);
		if (json)
			json_write_string(&writer, address);
		else
			print_text(out, address);
	}
	if (json) {
		json_end_array(&writer);
		json_end_object(&writer);
		(void)buf_putc(out, '\n');
	}
	return rc;
}

int keys_print_btc_addresses(const uint8_t *seed, size_t len, uint64_t count, bool json,
			     struct buf *out, struct err *err)
{
	struct key_walk *w;
	int rc;

	if (len > SEED_MAX)
		return err_set(err, ERR_INVALID, "seed is longer than %d bytes", SEED_MAX);
	w = secret_alloc(sizeof(*w));
	if (w == NULL)
		return err_set(err, ERR_IO, "cannot lock memory for secrets");
	memcpy(w->seed, seed, len);
	w->len = len;
	rc = print_addresses(w, count, json, out, err);
	secret_free(w);
	return rc;
}

static int read_all(int fd, uint8_t *ret, size_t size, size_t *ret_len, struct err *err)
{
	size_t len = 0;
	ssize_t n;

	while (len < size && (n = read(fd, ret + len, size - len)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set_errno(err, "cannot read the seed");
		len += (size_t)n;
	}
	*ret_len = len;
	return 0;
}

size_t keys_trim_line_end(const uint8_t *seed, size_t len)
{
	if (len > 0 && seed[len - 1] == '\n')
		len--;
	if (len > 0 && seed[len - 1] == '\r')
		len--;
	return len;
}

static int print_from_stdin(struct ctl *ctl, uint64_t count, struct err *err)
{
	uint8_t *seed = secret_alloc(SEED_MAX + 3); /* with a line end, and one to see too much */
	size_t len = 0;
	int rc;

	if (seed == NULL)
		return err_set(err, ERR_IO, "cannot lock memory for secrets");
	rc = read_all(STDIN_FILENO, seed, SEED_MAX + 3, &len, err);
	if (rc == 0)
		rc = keys_print_btc_addresses(seed, keys_trim_line_end(seed, len), count, ctl->json,
					      &ctl->out, err);
	secret_free(seed);
	return rc;
}

/* A number of things to make, from 1. */
static int read_count(const char *text, uint64_t max, uint64_t *ret, struct err *err)
{
	if (!text_to_u64(text, max, ret) || *ret == 0)
		return err_set(err, ERR_INVALID, "expected a number from 1 to %llu, got '%.40s'",
			       (unsigned long long)max, text);
	return 0;
}

int ctl_newbtcaddress(struct ctl *ctl, int argc, char **argv, struct err *err)
{
	uint64_t count;
	size_t len = 0;
	int rc;

	(void)argc;
	rc = read_count(argv[1], KEYS_COUNT_MAX, &count, err);
	if (rc < 0)
		return rc;
	if (strcmp(argv[0], "-") == 0)
		return print_from_stdin(ctl, count, err);
	len = strlen(argv[0]);
	rc = keys_print_btc_addresses((const uint8_t *)argv[0], len, count, ctl->json, &ctl->out,
				      err);
	explicit_bzero(argv[0], len); /* ps shows it no longer */
	return rc;
}

static int random_key(struct seckey *ret, struct err *err)
{
	do {
		ssize_t n = getrandom(ret->b, sizeof(ret->b), 0);

		if (n != (ssize_t)sizeof(ret->b))
			return err_set_errno(err, "no random bytes");
	} while (!seckey_is_valid(ret));
	return 0;
}

static void print_key(struct json_writer *w, const struct seckey *key, const struct pubkey *pubkey)
{
	struct sky_address address = sky_address_from_pubkey(pubkey->b);
	char text[ADDRESS_TEXT_MAX], hex[2 * sizeof(pubkey->b) + 1];

	json_begin_object(w);
	sky_address_to_text(&address, text);
	json_put_string(w, "address", text);
	hex_from_bytes(pubkey->b, sizeof(pubkey->b), hex);
	json_put_string(w, "public_key", hex);
	hex_from_bytes(key->b, sizeof(key->b), hex);
	json_put_string(w, "secret_key", hex);
	json_end_object(w);
	explicit_bzero(hex, sizeof(hex));
}

static int print_random_keys(struct seckey *key, uint64_t count, struct buf *out, struct err *err)
{
	struct json_writer w;
	struct pubkey pubkey;
	int rc = 0;

	json_writer_init(&w, out, JSON_INDENTED);
	json_begin_array(&w);
	for (uint64_t i = 0; i < count; i++) {
		rc = random_key(key, err);
		if (rc < 0)
			return rc;
		if (!pubkey_from_seckey(key, &pubkey))
			return err_set(err, ERR_FATAL, "a valid key has no public key");
		print_key(&w, key, &pubkey);
	}
	json_end_array(&w);
	(void)buf_putc(out, '\n');
	return 0;
}

int ctl_newkeys(struct ctl *ctl, int argc, char **argv, struct err *err)
{
	struct seckey *key;
	uint64_t count = 1;
	int rc = argc > 0 ? read_count(argv[0], KEYS_COUNT_MAX, &count, err) : 0;

	if (rc < 0)
		return rc;
	key = secret_alloc(sizeof(*key));
	if (key == NULL)
		return err_set(err, ERR_IO, "cannot lock memory for secrets");
	ctl->out.secret = true;
	rc = print_random_keys(key, count, &ctl->out, err);
	secret_free(key);
	return rc;
}

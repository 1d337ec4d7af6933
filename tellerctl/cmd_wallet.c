/* A new hot wallet: a plain deterministic .wlt file from a seed made by chance.  An existing file
 * is never touched; the new one is on disk, whole and readable by its owner only, before its
 * addresses are printed. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/text.h"
#include "common/coin/address_sky.h"
#include "common/json/json.h"
#include "common/keys/derive.h"
#include "common/keys/secret.h"
#include "tellerctl/command.h"

#define WALLET_KEYS_MAX 1000
#define WALLET_TEXT_MAX (1U << 20)
#define SEED_BYTES	32

/* Everything secret of one wallet. */
struct new_wallet {
	char seed_text[2 * SEED_BYTES + 1]; /* the seed is text: that is what is hashed */
	uint8_t random[SEED_BYTES];
	struct seckey keys[WALLET_KEYS_MAX];
	size_t count;
	struct sha256 last_seed;
};

static int make_keys(struct new_wallet *w, size_t count, struct err *err)
{
	if (getrandom(w->random, sizeof(w->random), 0) != (ssize_t)sizeof(w->random))
		return err_set_errno(err, "cannot get random bytes");
	hex_from_bytes(w->random, sizeof(w->random), w->seed_text);
	w->count = count;
	return derive_keys((const uint8_t *)w->seed_text, strlen(w->seed_text), w->keys, count,
			   &w->last_seed, err);
}

static void put_meta(struct json_writer *w, const struct new_wallet *wallet, const char *path)
{
	const char *slash = strrchr(path, '/');
	char text[2 * SEED_BYTES + 1];

	json_write_key(w, "meta");
	json_begin_object(w);
	json_put_string(w, "coin", "skycoin");
	json_put_string(w, "cryptoType", "");
	json_put_string(w, "encrypted", "false");
	json_put_string(w, "filename", slash != NULL ? slash + 1 : path);
	json_put_string(w, "label", "hot wallet");
	hex_from_bytes(wallet->last_seed.b, sizeof(wallet->last_seed.b), text);
	json_put_string(w, "lastSeed", text);
	json_put_string(w, "secrets", "");
	json_put_string(w, "seed", wallet->seed_text);
	(void)snprintf(text, sizeof(text), "%" PRId64, clock_unix());
	json_put_string(w, "tm", text);
	json_put_string(w, "type", "deterministic");
	json_put_string(w, "version", "0.4");
	json_end_object(w);
}

static bool put_entry(struct json_writer *w, const struct seckey *key, struct buf *addresses)
{
	char text[ADDRESS_TEXT_MAX];
	struct sky_address address;
	struct pubkey pubkey;

	if (!pubkey_from_seckey(key, &pubkey))
		return false;
	address = sky_address_from_pubkey(pubkey.b);
	sky_address_to_text(&address, text);
	(void)buf_printf(addresses, "%s\n", text);
	json_begin_object(w);
	json_put_string(w, "address", text);
	hex_from_bytes(pubkey.b, sizeof(pubkey.b), text);
	json_put_string(w, "public_key", text);
	hex_from_bytes(key->b, sizeof(key->b), text);
	json_put_string(w, "secret_key", text);
	secret_wipe(text, sizeof(text));
	json_end_object(w);
	return true;
}

static int print_wallet(const struct new_wallet *wallet, const char *path, struct buf *file,
			struct buf *addresses, struct err *err)
{
	struct json_writer w;
	bool ok = true;

	json_writer_init(&w, file, JSON_INDENTED);
	json_begin_object(&w);
	put_meta(&w, wallet, path);
	json_write_key(&w, "entries");
	json_begin_array(&w);
	for (size_t i = 0; ok && i < wallet->count; i++)
		ok = put_entry(&w, &wallet->keys[i], addresses);
	json_end_array(&w);
	json_end_object(&w);
	(void)buf_putc(file, '\n');
	if (!ok || file->failed)
		return err_set(err, ERR_FATAL, "cannot write the wallet");
	return 0;
}

static int write_all(int fd, const struct buf *text)
{
	size_t done = 0;

	while (done < text->len) {
		ssize_t n = write(fd, text->data + done, text->len - done);

		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0)
			done += (size_t)n;
	}
	return fsync(fd);
}

static int write_new_file(const char *path, const struct buf *text, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int rc = 0;

	if (fd < 0)
		return err_set_errno(err, "cannot make '%s'", path);
	if (write_all(fd, text) < 0) {
		rc = err_set_errno(err, "cannot write '%s'", path);
		(void)unlink(path); /* half a wallet is worse than none */
	}
	(void)close(fd);
	return rc < 0 ? rc : file_sync_folder(path, err);
}

static int make_wallet(struct ctl *ctl, const char *path, size_t count, struct err *err)
{
	struct new_wallet *wallet = secret_alloc(sizeof(*wallet));
	struct buf file = BUF_INIT(WALLET_TEXT_MAX);
	int rc;

	if (wallet == NULL)
		return err_set(err, ERR_IO, "cannot lock memory for secrets");
	file.secret = true;
	rc = make_keys(wallet, count, err);
	if (rc == 0)
		rc = print_wallet(wallet, path, &file, &ctl->out, err);
	if (rc == 0)
		rc = write_new_file(path, &file, err);
	if (rc < 0)
		buf_clear(&ctl->out);
	buf_release(&file);
	secret_free(wallet);
	return rc;
}

int ctl_newwallet(struct ctl *ctl, int argc, char **argv, struct err *err)
{
	uint64_t count = 1;

	if (argc > 1 && (!text_to_u64(argv[1], WALLET_KEYS_MAX, &count) || count == 0))
		return err_set(err, ERR_INVALID, "'%s' is no number from 1 to %d", argv[1],
			       WALLET_KEYS_MAX);
	return make_wallet(ctl, argv[0], (size_t)count, err);
}

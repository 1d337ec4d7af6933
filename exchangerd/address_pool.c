/* A pool file is loaded whole or not at all (common/pool/pool_file.c).  Addresses that are in the
 * database already, bound or not, are left as they are: the file is read at every start.  An
 * address that is taken out of the file stays in the database, for it may have been handed out. */
#include "exchangerd/address_pool.h"

#include <inttypes.h>
#include <string.h>

#include "common/base/log.h"
#include "common/pool/pool_file.h"

#define ROWS_PER_COMMIT 5000

/* Add one slice of the file in one transaction. */
static int store_slice(struct store *s, enum coin coin, const struct pool_file *f, size_t from,
		       size_t to, uint64_t *added, struct err *err)
{
	uint64_t new_ones = 0;
	int rc = store_begin(s, err);

	if (rc < 0)
		return rc;
	for (size_t i = from; i < to; i++) {
		rc = store_pool_add(s, coin, f->address[i], err);
		if (rc == 0)
			new_ones++;
		else if (rc != ERR_EXISTS)
			break;
	}
	if (rc < 0 && rc != ERR_EXISTS) {
		store_rollback(s);
		return rc;
	}
	rc = store_commit(s, err);
	if (rc == 0)
		*added += new_ones;
	return rc;
}

static int store_file(struct store *s, enum coin coin, const struct pool_file *f, struct err *err)
{
	uint64_t added = 0, free_ones = 0;
	int rc = 0;

	for (size_t from = 0; rc == 0 && from < f->count; from += ROWS_PER_COMMIT) {
		size_t to = from + ROWS_PER_COMMIT;

		rc = store_slice(s, coin, f, from, to < f->count ? to : f->count, &added, err);
	}
	if (rc == 0)
		rc = store_pool_remaining(s, coin, &free_ones, err);
	if (rc == 0)
		log_info("pool_loaded", "coin=%s in_file=%zu new=%" PRIu64 " unused=%" PRIu64,
			 coin_name(coin), f->count, added, free_ones);
	return rc;
}

static void log_mistakes(const struct buf *mistakes)
{
	for (const char *line = buf_text(mistakes); *line != '\0';) {
		size_t n = strcspn(line, "\n");

		log_error("pool_file_mistake", "text=\"%.*s\"", (int)n, line);
		line += n + (line[n] == '\n');
	}
}

static int load_coin(struct store *s, const struct conf *conf, enum coin coin, struct err *err)
{
	const char *path = conf->coin[coin].addresses;
	struct buf text = BUF_INIT(POOL_FILE_MAX);
	struct buf mistakes = BUF_INIT(1U << 20);
	struct pool_file file = { .address = NULL };
	int rc = buf_read_file(&text, path, err);

	if (rc < 0)
		rc = err->code = ERR_INVALID; /* the configuration's mistake: no waiting helps */
	else
		rc = pool_file_parse(coin, conf->btc_network, path, buf_text(&text), text.len,
				     pool_file_is_json(path), &file, &mistakes, err);
	log_mistakes(&mistakes);
	if (rc == 0)
		rc = store_file(s, coin, &file, err);
	pool_file_release(&file);
	buf_release(&mistakes);
	buf_release(&text);
	return rc < 0 ? err_wrap(err, "address pool of %s", coin_name(coin)) : 0;
}

int address_pool_load(struct store *s, const struct conf *conf, struct err *err)
{
	int rc = 0;

	for (enum coin c = 0; rc == 0 && c < COIN_COUNT; c++)
		if (conf->coin[c].enabled)
			rc = load_coin(s, conf, c, err);
	return rc;
}

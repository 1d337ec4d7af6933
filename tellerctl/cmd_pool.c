/* The Bitcoin address pool: the file that the operator fills, and the database that says which
 * addresses are taken.  The database is exchangerd's; here it is opened read-only. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/json/json.h"
#include "common/pool/pool_file.h"
#include "common/store/binding_store.h"
#include "tellerctl/command.h"
#include "tellerctl/pool_edit.h"

/* --- addbtcaddress -------------------------------------------------------------------------- */

/* The addresses of the command line as the text of a pool file, one a line. */
static void join_arguments(int argc, char **argv, struct buf *out)
{
	for (int i = 0; i < argc; i++)
		(void)buf_printf(out, "%s\n", argv[i]);
}

static int read_wanted(const struct ctl *ctl, int argc, char **argv, struct pool_edit *e,
		       struct pool_file *ret, struct err *err)
{
	const char *name = ctl->file != NULL ? ctl->file : "argument";
	struct buf text = BUF_INIT(POOL_FILE_MAX);
	int rc = 0;

	*ret = (struct pool_file){ .address = NULL };
	if (ctl->file != NULL)
		rc = buf_read_file(&text, ctl->file, err);
	else
		join_arguments(argc, argv, &text);
	if (rc == 0)
		rc = pool_file_parse(e->coin, e->network, name, buf_text(&text), text.len,
				     ctl->file != NULL && pool_file_is_json(name), ret, e->mistakes,
				     err);
	buf_release(&text);
	return rc;
}

static int add_to_pool(struct ctl *ctl, const struct pool_edit *e, const struct pool_file *wanted,
		       struct err *err)
{
	struct buf text = BUF_INIT(POOL_FILE_MAX), result = BUF_INIT(POOL_FILE_MAX);
	size_t added = 0;
	int rc = buf_read_file(&text, e->name, err);

	if (rc == ERR_NOT_FOUND)
		rc = 0; /* the first addresses make the file */
	if (rc == 0)
		rc = pool_edit_add(e, buf_text(&text), text.len, wanted, &result, &added, err);
	if (rc == 0 && added > 0)
		rc = pool_edit_replace(e->name, buf_text(&result), result.len, err);
	if (rc == 0)
		(void)buf_printf(&ctl->out, "%zu added to %s, %zu were there already\n", added,
				 e->name, wanted->count - added);
	if (rc == 0 && added > 0)
		(void)buf_puts(&ctl->out, "exchangerd loads pool files when it starts and on "
					  "SIGHUP\n");
	buf_release(&text);
	buf_release(&result);
	return rc;
}

static int add_addresses(struct ctl *ctl, const struct conf *conf, int argc, char **argv,
			 struct err *err)
{
	const char *path = conf->coin[COIN_BTC].addresses;
	struct pool_edit e = {
		.coin = COIN_BTC,
		.network = conf->btc_network,
		.name = path,
		.json = pool_file_is_json(path),
		.mistakes = &ctl->notes,
	};
	struct pool_file wanted;
	int rc;

	if (path[0] == '\0')
		return err_set(err, ERR_INVALID, "the configuration names no btc_addresses file");
	rc = read_wanted(ctl, argc, argv, &e, &wanted, err);
	if (rc == 0)
		rc = add_to_pool(ctl, &e, &wanted, err);
	pool_file_release(&wanted);
	return rc;
}

int ctl_addbtcaddress(struct ctl *ctl, int argc, char **argv, struct err *err)
{
	struct conf *conf = NULL;
	int rc;

	if ((argc > 0) == (ctl->file != NULL))
		return err_set(err, ERR_INVALID,
			       "usage: tellerctl addbtcaddress ADDRESS... | --file FILE");
	rc = ctl_load_conf(ctl, CONF_FOR_SCANNERD, &conf, err);
	if (rc < 0)
		return rc;
	rc = add_addresses(ctl, conf, argc, argv, err);
	conf_free(conf);
	return rc;
}

/* --- getbtcaddress -------------------------------------------------------------------------- */

struct listing {
	struct store *store;
	struct json_writer *json; /* NULL: text */
	struct buf *out;
	uint64_t bound, total;
	int rc;
	struct err *err;
};

static void print_line(struct buf *out, const char *address, const struct binding *b)
{
	char when[CLOCK_TEXT_MAX];

	if (b == NULL) {
		(void)buf_printf(out, "%s free\n", address);
		return;
	}
	clock_text(b->created_at, when);
	(void)buf_printf(out, "%s bound %s %s\n", address, b->sky_address, when);
}

static void print_object(struct json_writer *w, const char *address, const struct binding *b)
{
	json_begin_object(w);
	json_put_string(w, "address", address);
	json_put_bool(w, "bound", b != NULL);
	if (b != NULL) {
		json_put_string(w, "sky_address", b->sky_address);
		json_put_i64(w, "bound_at", b->created_at);
	}
	json_end_object(w);
}

static void on_address(void *arg, uint64_t seq, const char *address)
{
	struct listing *l = arg;
	struct binding b;
	bool bound;
	int rc;

	(void)seq;
	if (l->rc < 0)
		return;
	rc = store_binding_get(l->store, COIN_BTC, address, &b, l->err);
	if (rc < 0 && rc != ERR_NOT_FOUND) {
		l->rc = rc;
		return;
	}
	bound = rc == 0;
	l->total++;
	l->bound += bound;
	if (l->json != NULL)
		print_object(l->json, address, bound ? &b : NULL);
	else
		print_line(l->out, address, bound ? &b : NULL);
}

#define ROWS_AT_ONCE 1000

static int list_all(struct listing *l)
{
	uint64_t after = 0, last = 0;
	int rc;

	do {
		after = last;
		rc = store_pool_each(l->store, COIN_BTC, after, ROWS_AT_ONCE, on_address, l, &last,
				     l->err);
		if (rc == 0)
			rc = l->rc;
	} while (rc == 0 && last > after);
	return rc;
}

static int print_pool(struct ctl *ctl, struct store *store, struct err *err)
{
	struct json_writer w;
	struct listing l = { .store = store, .out = &ctl->out, .err = err };
	int rc;

	json_writer_init(&w, &ctl->out, JSON_INDENTED);
	if (ctl->json) {
		l.json = &w;
		json_begin_array(&w);
	}
	rc = list_all(&l);
	if (ctl->json) {
		json_end_array(&w);
		(void)buf_putc(&ctl->out, '\n');
	}
	if (rc == 0)
		(void)buf_printf(&ctl->notes,
				 "%" PRIu64 " addresses, %" PRIu64 " bound, %" PRIu64 " free\n",
				 l.total, l.bound, l.total - l.bound);
	return rc;
}

int ctl_getbtcaddress(struct ctl *ctl, int argc, char **argv, struct err *err)
{
	struct store *store = NULL;
	int rc = ctl_open_store(ctl, &store, err);

	(void)argc;
	(void)argv;
	if (rc == 0)
		rc = print_pool(ctl, store, err);
	store_close(store);
	return rc;
}

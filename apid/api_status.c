/* GET /api/status: a line for each deposit of a SKY address, and for each of its bindings without
 * one. Deposit addresses are not shown, on purpose: who knows a SKY address shall not learn where
 * its owner pays from. */
#include <stdlib.h>
#include <string.h>

#include "apid/answer.h"
#include "apid/api.h"
#include "apid/bind_body.h"
#include "common/base/text.h"
#include "common/coin/address_sky.h"
#include "common/json/json.h"
#include "common/store/binding_store.h"
#include "common/store/deposit_store.h"

#define ANSWER_MAX (16U << 20)

struct status_entry {
	int64_t updated_at;
	unsigned order; /* of binding, then of recording */
	const char *status;
	enum coin coin;
};

struct status_list {
	struct store *store;
	struct status_entry *entry;
	unsigned count, room;
	bool bound; /* the SKY address has a binding */
	int rc;	    /* the first failure, with `err` */
	struct err err;
};

static bool list_grow(struct status_list *l)
{
	unsigned room = l->room == 0 ? 8 : 2 * l->room;
	struct status_entry *grown = reallocarray(l->entry, room, sizeof(*grown));

	if (grown == NULL) {
		l->rc = err_set(&l->err, ERR_BUSY, "out of memory");
		return false;
	}
	l->entry = grown;
	l->room = room;
	return true;
}

static void list_add(struct status_list *l, int64_t updated_at, const char *status, enum coin coin)
{
	if (l->count == l->room && !list_grow(l))
		return;
	l->entry[l->count] = (struct status_entry){
		.updated_at = updated_at, .order = l->count, .status = status, .coin = coin
	};
	l->count++;
}

static int on_deposit(void *arg, const struct deposit *d, struct err *err)
{
	(void)err;
	list_add(arg, d->updated_at, deposit_state_public_name(d->state), d->coin);
	return 0;
}

static void on_binding(void *arg, const struct binding *b)
{
	struct status_list *l = arg;
	unsigned before = l->count;

	l->bound = true;
	if (l->rc < 0)
		return;
	l->rc = store_deposit_each_of(l->store, b->coin, b->address, on_deposit, l, &l->err);
	if (l->rc == 0 && l->count == before)
		list_add(l, b->created_at, "waiting_deposit", b->coin);
}

static int list_read(struct status_list *l, const char *sky_address)
{
	int rc = store_binding_each_of(l->store, sky_address, on_binding, l, &l->err);

	return rc < 0 ? rc : l->rc;
}

static int compare_entries(const void *a, const void *b)
{
	const struct status_entry *x = a, *y = b;

	if (x->updated_at != y->updated_at)
		return x->updated_at < y->updated_at ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static void print_entry(struct json_writer *w, unsigned seq, const struct status_entry *e)
{
	json_begin_object(w);
	json_put_u64(w, "seq", seq);
	json_put_i64(w, "updated_at", e->updated_at);
	json_put_string(w, "status", e->status);
	json_put_string(w, "coin_type", coin_name(e->coin));
	json_end_object(w);
}

/* {} for an address that was never bound, not an empty list: clients rely on it. */
static void print_status(struct json_writer *w, const struct status_list *l)
{
	json_begin_object(w);
	if (l->bound) {
		json_write_key(w, "statuses");
		json_begin_array(w);
		for (unsigned i = 0; i < l->count; i++)
			print_entry(w, i, &l->entry[i]);
		json_end_array(w);
	}
	json_end_object(w);
}

static void answer_status(struct apid *a, struct http_request *r, const char *sky_address)
{
	struct status_list l = { .store = a->d->store };
	struct buf out = BUF_INIT(ANSWER_MAX);
	struct json_writer w;

	if (list_read(&l, sky_address) < 0) {
		answer_internal(r, &l.err);
	} else {
		if (l.count > 1)
			qsort(l.entry, l.count, sizeof(*l.entry), compare_entries);
		json_writer_init(&w, &out, JSON_INDENTED);
		print_status(&w, &l);
		answer_json(r, &out);
	}
	buf_release(&out);
	free(l.entry);
}

void api_status(struct apid *a, struct http_request *r)
{
	const char *given = http_query(r, "skyaddr");
	struct sky_address sky;
	struct err err;
	size_t len;
	char *text;

	given = text_trim(given != NULL ? given : "", BLANKS, &len);
	text = strndup(given, len);
	if (text == NULL)
		answer_internal(r, &(struct err){ .text = "out of memory" });
	else if (len == 0)
		answer_error(r, 400, "Missing skyaddr");
	else if (sky_address_parse(text, &sky, &err) < 0)
		answer_error(r, 400, "Invalid skycoin address: %s", err.text);
	else
		answer_status(a, r, text);
	free(text);
}

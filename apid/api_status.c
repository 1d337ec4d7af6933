/* GET /api/status: a line for each deposit of a SKY address, for each output that was seen and is
 * no deposit yet, and for each binding without either. Deposit addresses are not shown, on purpose:
 * who knows a SKY address shall not learn where its owner pays from.
 *
 * While the bindings are walked all is read from one state of the database: a deposit is never
 * shown twice on its way from seen to recorded, nor left out. */
#include <stdlib.h>
#include <string.h>

#include "apid/answer.h"
#include "apid/answer_cache.h"
#include "apid/api.h"
#include "apid/bind_body.h"
#include "apid/confirmations.h"
#include "common/base/text.h"
#include "common/coin/address_sky.h"
#include "common/json/json.h"
#include "common/store/binding_store.h"
#include "common/store/deposit_store.h"
#include "common/store/scan_store.h"

#define ANSWER_MAX (16U << 20)

struct status_entry {
	int64_t updated_at;
	unsigned order; /* of binding, then of recording */
	const char *status;
	enum coin coin;
	uint64_t deposit_id;		    /* 0: none yet */
	struct confirmations confirmations; /* required 0: not shown */
};

struct status_list {
	struct store *store;
	const struct conf *conf;
	struct status_entry *entry;
	unsigned count, room;
	bool bound;		       /* the SKY address has a binding */
	const struct binding *binding; /* of the walk */
	int64_t scanned;	       /* last block of its coin */
	int rc;			       /* the first failure, with `err` */
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

static struct status_entry *list_add(struct status_list *l, int64_t updated_at, const char *status)
{
	struct status_entry *e;

	if (l->count == l->room && !list_grow(l))
		return NULL;
	e = &l->entry[l->count];
	*e = (struct status_entry){ .updated_at = updated_at,
				    .order = l->count,
				    .status = status,
				    .coin = l->binding->coin };
	l->count++;
	return e;
}

static int on_deposit(void *arg, const struct deposit *d, struct err *err)
{
	struct status_entry *e = list_add(arg, d->updated_at, deposit_state_public_name(d->state));

	(void)err;
	if (e != NULL)
		e->deposit_id = d->id;
	return 0;
}

/* The line of a deposit that was void and is seen again; NULL: it was none before. */
static struct status_entry *find_void(struct status_list *l, const struct sighting *g)
{
	struct deposit d;
	struct err err;

	if (store_deposit_find(l->store, g->coin, g->txid, g->n, &d, &err) < 0)
		return NULL;
	for (unsigned i = l->count; i-- > 0;)
		if (l->entry[i].deposit_id == d.id)
			return &l->entry[i];
	return NULL;
}

static int on_waiting(void *arg, const struct sighting *g, struct err *err)
{
	struct status_list *l = arg;
	struct status_entry *e = find_void(l, g);

	(void)err;
	if (e == NULL)
		e = list_add(l, l->binding->created_at, "waiting_deposit");
	if (e != NULL)
		e->confirmations = confirmations_of(&l->conf->coin[g->coin], g, l->scanned);
	return 0;
}

static int read_binding(struct status_list *l, const struct binding *b)
{
	struct scan_cursor cursor = { .height = -1 };
	unsigned before = l->count;
	int rc = store_cursor_get(l->store, b->coin, &cursor, &l->err);

	if (rc < 0 && rc != ERR_NOT_FOUND)
		return rc;
	l->binding = b;
	l->scanned = cursor.height;
	rc = store_deposit_each_of(l->store, b->coin, b->address, on_deposit, l, &l->err);
	if (rc == 0)
		rc = store_sighting_each_waiting(l->store, b->coin, b->address, on_waiting, l,
						 &l->err);
	if (rc == 0 && l->count == before)
		(void)list_add(l, b->created_at, "waiting_deposit");
	return rc < 0 ? rc : l->rc;
}

static void on_binding(void *arg, const struct binding *b)
{
	struct status_list *l = arg;

	l->bound = true;
	if (l->rc == 0)
		l->rc = read_binding(l, b);
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
	if (e->confirmations.required > 0) {
		json_put_i64(w, "confirmations", e->confirmations.have);
		json_put_i64(w, "confirmations_required", e->confirmations.required);
	}
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
	struct status_list l = { .store = a->d->store, .conf = a->d->conf };
	struct buf out = BUF_INIT(ANSWER_MAX);
	struct json_writer w;

	if (list_read(&l, sky_address) < 0) {
		answer_internal(r, &l.err);
	} else {
		if (l.count > 1)
			qsort(l.entry, l.count, sizeof(*l.entry), compare_entries);
		json_writer_init(&w, &out, JSON_INDENTED);
		print_status(&w, &l);
		answer_cache_put(a->statuses, sky_address, &out);
		answer_json(r, &out);
	}
	buf_release(&out);
	free(l.entry);
}

/* `text` is not empty. */
static void answer_address(struct apid *a, struct http_request *r, const char *text)
{
	const struct buf *kept = answer_cache_get(a->statuses, a->d->store, text);
	struct sky_address sky;
	struct err err;

	if (kept != NULL)
		answer_json(r, kept);
	else if (sky_address_parse(text, &sky, &err) < 0)
		answer_error(r, 400, "Invalid skycoin address: %s", err.text);
	else
		answer_status(a, r, text);
}

void api_status(struct apid *a, struct http_request *r)
{
	const char *given = http_query(r, "skyaddr");
	size_t len;
	char *text;

	given = text_trim(given != NULL ? given : "", BLANKS, &len);
	text = strndup(given, len);
	if (text == NULL)
		answer_internal(r, &(struct err){ .text = "out of memory" });
	else if (len == 0)
		answer_error(r, 400, "Missing skyaddr");
	else
		answer_address(a, r, text);
	free(text);
}

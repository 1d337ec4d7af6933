/* GET /api/deposits, /api/deposits/errored, /api/deposits.csv: pages of rows, each a short read of
 * its own, sent as the client takes them.  A deposit that changes meanwhile is shown as it is when
 * its page is read; none is shown twice or left out, for they are in the order of recording, or
 * in its reverse. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apid/answer.h"
#include "apid/api.h"
#include "apid/deposit_shown.h"
#include "apid/pieces.h"
#include "apid/query.h"
#include "common/base/text.h"
#include "common/coin/address_sky.h"
#include "common/store/deposit_pager.h"

#define PAGE_ROWS 50
#define LIMIT_MAX 1000000000U
#define AFTER_MAX (INT64_MAX / 2)

struct deposit_answer {
	struct apid *apid;
	/* what is asked for; the filter points to the texts below */
	struct deposit_pager pager;
	char sky_address[ADDRESS_TEXT_MAX], address[ADDRESS_TEXT_MAX], txid[TXID_TEXT_MAX];
	uint64_t limit; /* 0: all */
	/* how far it has come */
	uint64_t to_skip, shown, last_shown;
	bool begun, more; /* more: there are some beyond the limit */
	bool csv;
	struct json_writer json;
	struct csv lines;
};

/* --- what is asked for ----------------------------------------------------------------------- */

/* The seven statuses that clients know. */
static const char *public_status(const char *status)
{
	for (enum deposit_state s = 0; s < DEPOSIT_STATE_COUNT; s++)
		if (strcmp(deposit_state_public_name(s), status) == 0)
			return deposit_state_public_name(s);
	return NULL;
}

static int take_status(struct deposit_answer *d, const char *text, struct err *err)
{
	if (text == NULL)
		return 0;
	d->pager.filter.state = public_status(text);
	return d->pager.filter.state != NULL ? 0 : err_set(err, ERR_INVALID, "Invalid status");
}

static int take_sky_address(struct deposit_answer *d, const char *text, struct err *err)
{
	struct sky_address sky;
	struct err why;

	if (text == NULL)
		return 0;
	if (sky_address_parse(text, &sky, &why) < 0)
		return err_set(err, ERR_INVALID, "Invalid sky_address: %s", why.text);
	sky_address_to_text(&sky, d->sky_address);
	d->pager.filter.sky_address = d->sky_address;
	return 0;
}

/* Of any coin: it says itself which. */
static int take_address(struct deposit_answer *d, const char *text, struct err *err)
{
	const struct conf *conf = d->apid->d->conf;
	struct address address;
	struct err why;

	if (text == NULL)
		return 0;
	for (enum coin c = 0; c < COIN_COUNT; c++)
		if (address_parse(c, conf->btc_network, text, &address, &why) == 0) {
			memcpy(d->address, address.text, sizeof(d->address));
			d->pager.filter.address = d->address;
			return 0;
		}
	return err_set(err, ERR_INVALID, "Invalid deposit_address");
}

static int take_txid(struct deposit_answer *d, const char *text, struct err *err)
{
	if (text == NULL)
		return 0;
	if (!text_copy(d->txid, sizeof(d->txid), text))
		return err_set(err, ERR_INVALID, "Invalid txid");
	d->pager.filter.txid = d->txid;
	return 0;
}

static int take_times(struct deposit_answer *d, const struct http_request *r, struct err *err)
{
	struct deposit_filter *f = &d->pager.filter;
	int rc = query_time(r, "since", DAY_BEGIN, &f->since, err);

	if (rc == 0)
		rc = query_time(r, "until", DAY_END, &f->until, err);
	if (rc == 0 && f->until != 0 && f->since > f->until)
		rc = err_set(err, ERR_INVALID, "Invalid since: it is after until");
	return rc;
}

static int take_order(struct deposit_answer *d, const char *text, struct err *err)
{
	if (text == NULL || strcmp(text, "asc") == 0)
		return 0;
	d->pager.newest_first = strcmp(text, "desc") == 0;
	return d->pager.newest_first ? 0 : err_set(err, ERR_INVALID, "Invalid order");
}

static int take_page(struct deposit_answer *d, const struct http_request *r, struct err *err)
{
	int rc = query_u64(r, "limit", 1, LIMIT_MAX, &d->limit, err);

	if (rc == 0)
		rc = query_u64(r, "offset", 0, AFTER_MAX, &d->to_skip, err);
	if (rc == 0)
		rc = query_u64(r, "after", 0, AFTER_MAX, &d->pager.after, err);
	return rc;
}

static int take_query(struct deposit_answer *d, const struct http_request *r, struct err *err)
{
	int rc = take_status(d, query_text(r, "status"), err);

	if (rc == 0)
		rc = take_sky_address(d, query_text(r, "sky_address"), err);
	if (rc == 0)
		rc = take_address(d, query_text(r, "deposit_address"), err);
	if (rc == 0)
		rc = take_txid(d, query_text(r, "txid"), err);
	if (rc == 0)
		rc = take_times(d, r, err);
	if (rc == 0)
		rc = take_order(d, query_text(r, "order"), err);
	if (rc == 0)
		rc = take_page(d, r, err);
	return rc;
}

/* --- the pieces ------------------------------------------------------------------------------ */

static void begin(struct deposit_answer *d, struct buf *out)
{
	d->begun = true;
	if (d->csv) {
		csv_init(&d->lines, out);
		csv_header(&d->lines, DEPOSIT_CSV_NAMES);
		return;
	}
	json_writer_init(&d->json, out, JSON_INDENTED);
	json_begin_object(&d->json);
	json_write_key(&d->json, "deposits");
	json_begin_array(&d->json);
}

/* "next" is what `after` must be for the page behind this one. */
static void end(struct deposit_answer *d)
{
	if (d->csv)
		return;
	json_end_array(&d->json);
	if (d->more)
		json_put_u64(&d->json, "next", d->last_shown);
	json_end_object(&d->json);
}

static int on_deposit(void *arg, const struct deposit *deposit, struct err *err)
{
	struct deposit_answer *d = arg;

	(void)err;
	d->more = d->limit != 0 && d->shown == d->limit;
	if (d->more)
		return 0;
	d->shown++;
	d->last_shown = deposit->id;
	if (d->csv)
		deposit_print_csv(&d->lines, deposit);
	else
		deposit_print_json(&d->json, deposit);
	return 0;
}

static int skip_some(struct deposit_answer *d, struct err *err)
{
	uint64_t skipped;
	int rc = store_deposit_skip(d->apid->d->store, &d->pager, d->to_skip, &skipped, err);

	if (rc == 0)
		d->to_skip -= skipped;
	return rc;
}

static int next_piece(void *arg, struct buf *out, struct err *err)
{
	struct deposit_answer *d = arg;
	int rc;

	d->json.out = d->lines.out = out;
	if (!d->begun)
		begin(d, out);
	if (d->to_skip > 0)
		rc = skip_some(d, err);
	else
		rc = store_deposit_page(d->apid->d->store, &d->pager, PAGE_ROWS, on_deposit, d,
					err);
	if (rc < 0)
		return rc;
	if (!d->pager.over && !d->more)
		return PIECE_MORE;
	end(d);
	return PIECE_LAST;
}

static const struct pieces pieces = { .next = next_piece, .done = free };

/* --- the routes ------------------------------------------------------------------------------ */

static void answer_deposits(struct apid *a, struct http_request *r, bool errored, bool csv)
{
	struct deposit_answer *d = calloc(1, sizeof(*d));
	struct err err;

	if (d == NULL)
		return answer_internal(r, &(struct err){ .text = "out of memory" });
	d->apid = a;
	d->pager.filter.errored = errored;
	d->csv = csv;
	if (take_query(d, r, &err) < 0) {
		free(d);
		return answer_error(r, 400, "%s", err.text);
	}
	if (!csv)
		return answer_pieces(a->turns, r, "application/json", &pieces, d);
	http_add_header(r, "Content-Disposition", "attachment; filename=\"deposits.csv\"");
	answer_pieces(a->turns, r, CSV_TYPE, &pieces, d);
}

void api_deposits(struct apid *a, struct http_request *r)
{
	answer_deposits(a, r, false, false);
}

void api_deposits_errored(struct apid *a, struct http_request *r)
{
	answer_deposits(a, r, true, false);
}

void api_deposits_csv(struct apid *a, struct http_request *r)
{
	answer_deposits(a, r, false, true);
}

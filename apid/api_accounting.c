/* GET /api/accounting, the sums of all deposits; with period=, from= or to=, and
 * /api/accounting.csv, sums over the deposits in the order of recording, sent as they are made.  A
 * deposit counts in the period in which it was recorded, with what was sent for it up to now: so
 * the periods add up to the whole. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "apid/answer.h"
#include "apid/api.h"
#include "apid/csv.h"
#include "apid/pieces.h"
#include "apid/query.h"
#include "apid/totals.h"
#include "common/json/json.h"
#include "common/store/deposit_list.h"

#define PAGE_ROWS 500

enum period { PERIOD_ALL, PERIOD_DAY, PERIOD_MONTH };
#define PERIOD_TEXT_MAX 16

struct account {
	struct apid *apid;
	enum period period;
	int64_t until; /* what is recorded from then on does not count */
	struct deposit_entry last;
	bool begun, csv;
	char name[PERIOD_TEXT_MAX]; /* of the period whose sums these are; "": none yet */
	struct deposit_totals totals;
	struct json_writer json;
	struct csv lines;
};

/* --- printing -------------------------------------------------------------------------------- */

static void put_sent(struct json_writer *w, const struct deposit_totals *t)
{
	char text[UNITS_TEXT_MAX];

	droplets_to_text(t->sent, text);
	json_put_string(w, "sent", text);
}

static void put_received(struct json_writer *w, const struct deposit_totals *t)
{
	char text[UNITS_TEXT_MAX];

	json_write_key(w, "received");
	json_begin_object(w);
	for (enum coin c = 0; c < COIN_COUNT; c++) {
		units_to_coins(t->received[c], coin_info(c)->decimals, text);
		json_put_string(w, coin_name(c), text);
	}
	json_end_object(w);
}

static void print_json(struct account *a)
{
	json_begin_object(&a->json);
	json_put_string(&a->json, "period", a->name);
	json_put_u64(&a->json, "deposits", a->totals.count);
	put_sent(&a->json, &a->totals);
	put_received(&a->json, &a->totals);
	json_end_object(&a->json);
}

static void print_csv(struct account *a)
{
	char text[UNITS_TEXT_MAX];

	csv_text(&a->lines, a->name);
	csv_u64(&a->lines, a->totals.count);
	droplets_to_text(a->totals.sent, text);
	csv_digits(&a->lines, text);
	for (enum coin c = 0; c < COIN_COUNT; c++) {
		units_to_coins(a->totals.received[c], coin_info(c)->decimals, text);
		csv_digits(&a->lines, text);
	}
	csv_end_line(&a->lines);
}

/* A period is over, or all of them. */
static void print_period(struct account *a)
{
	if (a->name[0] == '\0' || a->totals.count == 0)
		return;
	if (a->csv)
		print_csv(a);
	else
		print_json(a);
	a->totals = (struct deposit_totals){ .count = 0 };
}

static void begin(struct account *a, struct buf *out)
{
	a->begun = true;
	if (a->csv) {
		csv_init(&a->lines, out);
		csv_header(&a->lines, "period,deposits,sent_SKY,received_BTC,received_ETH,"
				      "received_SKY");
		return;
	}
	json_writer_init(&a->json, out, JSON_INDENTED);
	json_begin_object(&a->json);
	json_write_key(&a->json, "periods");
	json_begin_array(&a->json);
}

static void end(struct account *a)
{
	print_period(a);
	if (a->csv)
		return;
	json_end_array(&a->json);
	json_end_object(&a->json);
}

/* --- adding up ------------------------------------------------------------------------------- */

static void period_name(enum period period, int64_t at, char ret[PERIOD_TEXT_MAX])
{
	time_t t = (time_t)at;
	struct tm tm;

	(void)snprintf(ret, PERIOD_TEXT_MAX, "all");
	if (period != PERIOD_ALL && gmtime_r(&t, &tm) != NULL)
		(void)strftime(ret, PERIOD_TEXT_MAX, period == PERIOD_DAY ? "%Y-%m-%d" : "%Y-%m",
			       &tm);
}

static int on_entry(void *arg, const struct deposit_entry *e, struct err *err)
{
	struct account *a = arg;
	char name[PERIOD_TEXT_MAX];

	period_name(a->period, e->created_at, name);
	if (strcmp(name, a->name) != 0)
		print_period(a);
	memcpy(a->name, name, sizeof(name));
	a->last = *e;
	return deposit_totals_add(&a->totals, e, err);
}

static int next_piece(void *arg, struct buf *out, struct err *err)
{
	struct account *a = arg;
	struct deposit_entry after = a->last;
	int rc;

	a->json.out = a->lines.out = out;
	if (!a->begun)
		begin(a, out);
	rc = store_deposit_entries(a->apid->d->store, &after, a->until, PAGE_ROWS, on_entry, a,
				   err);
	if (rc < 0)
		return rc;
	if (a->last.id != after.id)
		return PIECE_MORE;
	end(a);
	return PIECE_LAST;
}

static const struct pieces pieces = { .next = next_piece, .done = free };

/* --- the routes ------------------------------------------------------------------------------ */

static int take_period(const char *text, enum period *ret, struct err *err)
{
	if (text == NULL)
		return 0;
	if (strcmp(text, "day") == 0)
		*ret = PERIOD_DAY;
	else if (strcmp(text, "month") == 0)
		*ret = PERIOD_MONTH;
	else
		return err_set(err, ERR_INVALID, "Invalid period");
	return 0;
}

/* `from` and `to` are both included. */
static int take_query(struct account *a, const struct http_request *r, struct err *err)
{
	int64_t from = 0, to = INT64_MAX - 1;
	int rc = take_period(query_text(r, "period"), &a->period, err);

	if (rc == 0)
		rc = query_time(r, "from", DAY_BEGIN, &from, err);
	if (rc == 0)
		rc = query_time(r, "to", DAY_END, &to, err);
	if (rc == 0 && from > to)
		rc = err_set(err, ERR_INVALID, "Invalid from: it is after to");
	a->last.created_at = from; /* behind (from, 0) is all of it: ids begin with 1 */
	a->until = to + 1;
	return rc;
}

static void answer_periods(struct apid *apid, struct http_request *r, bool csv)
{
	struct account *a = calloc(1, sizeof(*a));
	struct err err;

	if (a == NULL)
		return answer_internal(r, &(struct err){ .text = "out of memory" });
	*a = (struct account){ .apid = apid, .csv = csv, .period = csv ? PERIOD_DAY : PERIOD_ALL };
	if (take_query(a, r, &err) < 0) {
		free(a);
		return answer_error(r, 400, "%s", err.text);
	}
	if (!csv)
		return answer_pieces(apid->turns, r, "application/json", &pieces, a);
	http_add_header(r, "Content-Disposition", "attachment; filename=\"accounting.csv\"");
	answer_pieces(apid->turns, r, CSV_TYPE, &pieces, a);
}

/* The contract's answer: everything, in one object. */
static void on_totals(void *arg, const struct deposit_totals *sum, const struct err *err)
{
	struct buf out = BUF_INIT(4096);
	struct json_writer w;

	if (sum == NULL)
		return answer_internal(arg, err);
	json_writer_init(&w, &out, JSON_INDENTED);
	json_begin_object(&w);
	put_sent(&w, sum);
	put_received(&w, sum);
	json_end_object(&w);
	answer_json(arg, &out);
	buf_release(&out);
}

void api_accounting(struct apid *a, struct http_request *r)
{
	if (query_text(r, "period") != NULL || query_text(r, "from") != NULL ||
	    query_text(r, "to") != NULL)
		answer_periods(a, r, false);
	else
		totals_get(a->totals, on_totals, r);
}

void api_accounting_csv(struct apid *a, struct http_request *r)
{
	answer_periods(a, r, true);
}

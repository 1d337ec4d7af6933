/* GET /api/deposits/counts: how many deposits there are, by status and by coin.  The figures are
 * kept by whoever writes deposits, so this costs the same with a million of them. */
#include "apid/answer.h"
#include "apid/api.h"
#include "common/json/json.h"
#include "common/store/deposit_list.h"

#define ANSWER_MAX 16384

struct figures {
	uint64_t deposits, errored;
};

static void add(struct figures *f, const struct deposit_counts *c, enum coin coin,
		enum deposit_state state)
{
	f->deposits += c->of[coin][state];
	f->errored += c->errored[coin][state];
}

static void put_figures(struct json_writer *w, const struct figures *f)
{
	json_put_u64(w, "deposits", f->deposits);
	json_put_u64(w, "errored", f->errored);
}

static void print_status(struct json_writer *w, const struct deposit_counts *c,
			 enum deposit_state state)
{
	struct figures f = { .deposits = 0 };

	for (enum coin coin = 0; coin < COIN_COUNT; coin++)
		add(&f, c, coin, state);
	json_write_key(w, deposit_state_public_name(state));
	json_begin_object(w);
	put_figures(w, &f);
	json_end_object(w);
}

static void print_coin(struct json_writer *w, const struct deposit_counts *c, enum coin coin,
		       struct figures *all)
{
	struct figures f = { .deposits = 0 };

	for (enum deposit_state s = 0; s < DEPOSIT_STATE_COUNT; s++)
		add(&f, c, coin, s);
	all->deposits += f.deposits;
	all->errored += f.errored;
	json_write_key(w, coin_name(coin));
	json_begin_object(w);
	put_figures(w, &f);
	json_end_object(w);
}

static void print_counts(struct json_writer *w, const struct deposit_counts *c)
{
	struct figures all = { .deposits = 0 };

	json_begin_object(w);
	json_write_key(w, "by_status");
	json_begin_object(w);
	for (enum deposit_state s = 0; s < DEPOSIT_STATE_COUNT; s++)
		print_status(w, c, s);
	json_end_object(w);
	json_write_key(w, "by_coin");
	json_begin_object(w);
	for (enum coin coin = 0; coin < COIN_COUNT; coin++)
		print_coin(w, c, coin, &all);
	json_end_object(w);
	put_figures(w, &all);
	json_end_object(w);
}

void api_deposit_counts(struct apid *a, struct http_request *r)
{
	struct buf out = BUF_INIT(ANSWER_MAX);
	struct deposit_counts c;
	struct json_writer w;
	struct err err;

	if (store_deposit_counts(a->d->store, &c, &err) < 0)
		return answer_internal(r, &err);
	json_writer_init(&w, &out, JSON_INDENTED);
	print_counts(&w, &c);
	answer_json(r, &out);
	buf_release(&out);
}

/* Deposits.  A change of state and its line in the history are written together, and only when
 * the deposit is still in the state from which the caller moves it.  The rate and what is owed
 * are written once. */
#include "common/store/deposit_store.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/store/deposit_sql.h"

enum {
	DEPOSIT_ADD,
	DEPOSIT_GET,
	DEPOSIT_FIND,
	DEPOSIT_QUOTE,
	DEPOSIT_MOVE,
	DEPOSIT_FEED,
	DEPOSIT_IN_STATE,
	DEPOSIT_EACH_OF,
	DEPOSIT_IS_ERRORED,
	COUNT_ADD,
	COUNT_TAKE,
	COUNT_ERRORS,
	HISTORY_ADD,
	HISTORY_EACH,
	UNASSIGNED_ADD,
	UNASSIGNED_HAS,
	UNASSIGNED_COUNT,
};

#define NEXT_FEED_SEQ                                                                              \
	"(SELECT COALESCE(MAX(feed_seq), 0) + 1 FROM deposit WHERE feed_seq IS NOT NULL)"

/* by the index of those with an error, which are few */
#define ERRORS_THERE                                                                               \
	"(SELECT COUNT(*) FROM deposit AS d WHERE d.error <> ''"                                   \
	" AND +d.coin = deposit_count.coin AND +d.state = deposit_count.state)"

// clang-format off
static const char *const sql[] = {
	[DEPOSIT_ADD] =
		"INSERT INTO deposit (" DEPOSIT_COLUMNS ") VALUES"
		" ((SELECT COALESCE(MAX(id), 0) + 1 FROM deposit),"
		" CASE WHEN ?12 = 'waiting_send' THEN " NEXT_FEED_SEQ " END,"
		" ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,"
		" ?17, ?18) ON CONFLICT (coin, txid, n) DO NOTHING",
	[DEPOSIT_GET] = "SELECT " DEPOSIT_COLUMNS " FROM deposit WHERE id = ?1",
	[DEPOSIT_FIND] = "SELECT " DEPOSIT_COLUMNS " FROM deposit"
			 " WHERE coin = ?1 AND txid = ?2 AND n = ?3",
	[DEPOSIT_QUOTE] = "UPDATE deposit SET rate = ?2, to_send = ?3"
			  " WHERE id = ?1 AND state = 'waiting_decide' AND rate = ''",
	[DEPOSIT_MOVE] =
		"UPDATE deposit SET state = ?3, payout_txid = ?4, sent = ?5, error = ?6,"
		" left_chain = ?7, updated_at = ?8, height = ?9,"
		" feed_seq = CASE WHEN ?3 = 'waiting_send' AND ?2 <> ?3"
		" THEN " NEXT_FEED_SEQ " ELSE feed_seq END"
		" WHERE id = ?1 AND state = ?2",
	[DEPOSIT_FEED] = "SELECT " DEPOSIT_COLUMNS " FROM deposit"
			 " WHERE feed_seq > ?1 ORDER BY feed_seq LIMIT ?2",
	[DEPOSIT_IN_STATE] = "SELECT " DEPOSIT_COLUMNS " FROM deposit"
			     " WHERE state = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
	[DEPOSIT_EACH_OF] = "SELECT " DEPOSIT_COLUMNS " FROM deposit"
			    " WHERE coin = ?1 AND address = ?2 ORDER BY id",
	[DEPOSIT_IS_ERRORED] = "SELECT 1 FROM deposit WHERE id = ?1 AND error <> ''",
	[COUNT_ADD] = "INSERT INTO deposit_count (coin, state, count, errored)"
		      " VALUES (?1, ?2, 1, ?3) ON CONFLICT (coin, state)"
		      " DO UPDATE SET count = count + 1, errored = errored + ?3",
	/* a figure that is off, because somebody changed it by hand, stops no payment */
	[COUNT_TAKE] = "UPDATE deposit_count SET"
		       " count = CASE WHEN count > 0 THEN count - 1 ELSE 0 END,"
		       " errored = CASE WHEN errored >= ?3 THEN errored - ?3 ELSE 0 END"
		       " WHERE coin = ?1 AND state = ?2",
	[COUNT_ERRORS] = "UPDATE deposit_count SET errored = " ERRORS_THERE
			 " WHERE errored <> " ERRORS_THERE,
	[HISTORY_ADD] =
		"INSERT INTO deposit_history (deposit_id, step, from_state, to_state, why, at)"
		" VALUES (?1, (SELECT COALESCE(MAX(step), 0) + 1 FROM deposit_history"
		" WHERE deposit_id = ?1), ?2, ?3, ?4, ?5)",
	[HISTORY_EACH] = "SELECT deposit_id, step, from_state, to_state, why, at"
			 " FROM deposit_history WHERE deposit_id = ?1 ORDER BY step",
	[UNASSIGNED_ADD] =
		"INSERT INTO unassigned (coin, txid, n, address, value, height, block_hash,"
		" recorded_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
		" ON CONFLICT (coin, txid, n) DO NOTHING",
	[UNASSIGNED_HAS] = "SELECT 1 FROM unassigned WHERE coin = ?1 AND txid = ?2 AND n = ?3",
	[UNASSIGNED_COUNT] = "SELECT COUNT(*) FROM unassigned",
};
// clang-format on
const struct stmt_table stmt_deposit = { STMT_DEPOSIT, sizeof(sql) / sizeof(sql[0]), sql };

/* --- reading ------------------------------------------------------------------------------ */

static int read_deposit(struct stmt *q, struct deposit *d, struct err *err)
{
	char method[16], state[48];

	*d = (struct deposit){
		.id = stmt_u64(q, 0),
		.feed_seq = stmt_u64(q, 1),
		.coin = stmt_coin(q, 2),
		.n = stmt_u32(q, 4),
		.binding_seq = stmt_u64(q, 7),
		.value = stmt_units(q, 9),
		.height = stmt_i64(q, 10),
		.to_send = stmt_droplets(q, 12),
		.sent = stmt_droplets(q, 15),
		.left_chain = stmt_bool(q, 17),
		.created_at = stmt_i64(q, 18),
		.updated_at = stmt_i64(q, 19),
	};
	stmt_text(q, 3, d->txid, sizeof(d->txid));
	stmt_text(q, 5, d->address, sizeof(d->address));
	stmt_text(q, 6, d->sky_address, sizeof(d->sky_address));
	stmt_text(q, 8, method, sizeof(method));
	stmt_text(q, 11, d->rate.text, sizeof(d->rate.text));
	stmt_text(q, 13, state, sizeof(state));
	stmt_text(q, 14, d->payout_txid, sizeof(d->payout_txid));
	stmt_text(q, 16, d->error, sizeof(d->error));
	if (!buy_method_parse(method, &d->buy_method))
		stmt_damaged(q, 8);
	if (!deposit_state_parse(state, &d->state))
		stmt_damaged(q, 13);
	return stmt_row_check(q, err);
}

/* The one row, or 0 without one: *ret_found. */
static int read_one(struct stmt *q, struct deposit *ret, bool *ret_found, struct err *err)
{
	struct deposit d;
	int rc = stmt_step(q, err);

	*ret_found = rc == 1;
	if (rc == 1) {
		rc = read_deposit(q, &d, err);
		if (rc == 0)
			*ret = d;
	}
	stmt_done(q);
	return rc;
}

int deposit_walk(struct stmt *q, store_deposit_fn fn, void *arg, struct err *err)
{
	struct deposit d;
	int rc;

	while ((rc = stmt_step(q, err)) == 1) {
		rc = read_deposit(q, &d, err);
		if (rc == 0)
			rc = fn(arg, &d, err);
		if (rc != 0)
			break;
	}
	stmt_done(q);
	return rc;
}

int store_deposit_get(struct store *s, uint64_t id, struct deposit *ret, struct err *err)
{
	struct stmt q;
	bool found;
	int rc;

	stmt_use(s, &stmt_deposit, DEPOSIT_GET, &q);
	stmt_bind_u64(&q, 1, id);
	rc = read_one(&q, ret, &found, err);
	if (rc == 0 && !found)
		rc = err_set(err, ERR_NOT_FOUND, "there is no deposit %" PRIu64, id);
	return rc;
}

int store_deposit_find(struct store *s, enum coin coin, const char *txid, uint32_t n,
		       struct deposit *ret, struct err *err)
{
	struct stmt q;
	bool found;
	int rc;

	stmt_use(s, &stmt_deposit, DEPOSIT_FIND, &q);
	stmt_bind_coin(&q, 1, coin);
	stmt_bind_text(&q, 2, txid);
	stmt_bind_i64(&q, 3, n);
	rc = read_one(&q, ret, &found, err);
	if (rc == 0 && !found)
		rc = err_set(err, ERR_NOT_FOUND, "there is no %s deposit %s:%" PRIu32,
			     coin_name(coin), txid, n);
	return rc;
}

/* --- recording ---------------------------------------------------------------------------- */

static int add_history(struct store *s, uint64_t id, const char *from, const char *to,
		       const char *why, int64_t at, struct err *err)
{
	char cut[DEPOSIT_ERROR_MAX];
	struct stmt q;

	(void)snprintf(cut, sizeof(cut), "%s", why);
	stmt_use(s, &stmt_deposit, HISTORY_ADD, &q);
	stmt_bind_u64(&q, 1, id);
	stmt_bind_text(&q, 2, from);
	stmt_bind_text(&q, 3, to);
	stmt_bind_text(&q, 4, cut);
	stmt_bind_i64(&q, 5, at);
	return stmt_run(&q, NULL, err);
}

/* What deposit_count counts of a deposit. */
struct counted {
	enum coin coin;
	enum deposit_state state;
	bool errored;
};

static struct counted counted_of(const struct deposit *d)
{
	return (struct counted){ d->coin, d->state, d->error[0] != '\0' };
}

/* The figures of deposit_count, kept with each change that they count. */
static int count_change(struct store *s, size_t which, const struct counted *c, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_deposit, which, &q);
	stmt_bind_coin(&q, 1, c->coin);
	stmt_bind_text(&q, 2, deposit_state_name(c->state));
	stmt_bind_bool(&q, 3, c->errored);
	return stmt_run(&q, NULL, err);
}

static int count_move(struct store *s, const struct counted *was, const struct counted *is,
		      struct err *err)
{
	int rc;

	if (was->state == is->state && was->errored == is->errored)
		return 0;
	rc = count_change(s, COUNT_TAKE, was, err);
	return rc < 0 ? rc : count_change(s, COUNT_ADD, is, err);
}

int store_deposit_count_errors(struct store *s, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_deposit, COUNT_ERRORS, &q);
	return stmt_run(&q, NULL, err);
}

static int read_errored(struct store *s, uint64_t id, bool *ret, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_deposit, DEPOSIT_IS_ERRORED, &q);
	stmt_bind_u64(&q, 1, id);
	return stmt_read_exists(&q, ret, err);
}

static int insert_deposit(struct store *s, const struct deposit *d, int *ret_added, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_deposit, DEPOSIT_ADD, &q);
	stmt_bind_coin(&q, 1, d->coin);
	stmt_bind_text(&q, 2, d->txid);
	stmt_bind_i64(&q, 3, d->n);
	stmt_bind_text(&q, 4, d->address);
	stmt_bind_text(&q, 5, d->sky_address);
	stmt_bind_u64(&q, 6, d->binding_seq);
	stmt_bind_text(&q, 7, buy_method_name(d->buy_method));
	stmt_bind_units(&q, 8, d->value);
	stmt_bind_i64(&q, 9, d->height);
	stmt_bind_text(&q, 10, d->rate.text);
	stmt_bind_droplets(&q, 11, d->to_send);
	stmt_bind_text(&q, 12, deposit_state_name(d->state));
	stmt_bind_text(&q, 13, d->payout_txid);
	stmt_bind_droplets(&q, 14, d->sent);
	stmt_bind_text(&q, 15, d->error);
	stmt_bind_bool(&q, 16, d->left_chain);
	stmt_bind_i64(&q, 17, d->created_at);
	stmt_bind_i64(&q, 18, d->updated_at);
	return stmt_run(&q, ret_added, err);
}

int store_deposit_add(struct store *s, struct deposit *d, struct err *err)
{
	struct counted is = counted_of(d);
	int added, rc = insert_deposit(s, d, &added, err);

	if (rc == 0)
		rc = store_deposit_find(s, d->coin, d->txid, d->n, d, err);
	if (rc < 0)
		return rc;
	if (added == 0)
		return err_set(err, ERR_EXISTS, "%s deposit %s:%" PRIu32 " is recorded already",
			       coin_name(d->coin), d->txid, d->n);
	rc = count_change(s, COUNT_ADD, &is, err);
	if (rc < 0)
		return rc;
	return add_history(s, d->id, "", deposit_state_name(d->state), "recorded", d->created_at,
			   err);
}

int store_deposit_quote(struct store *s, const struct deposit *d, struct err *err)
{
	struct stmt q;
	int changed, rc;

	stmt_use(s, &stmt_deposit, DEPOSIT_QUOTE, &q);
	stmt_bind_u64(&q, 1, d->id);
	stmt_bind_text(&q, 2, d->rate.text);
	stmt_bind_droplets(&q, 3, d->to_send);
	rc = stmt_run(&q, &changed, err);
	if (rc < 0 || changed == 1)
		return rc;
	return err_set(err, ERR_INVALID, "deposit %" PRIu64 " has its rate, or waits no more",
		       d->id);
}

static int update_deposit(struct store *s, const struct deposit *d, enum deposit_state from,
			  int *ret_changed, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_deposit, DEPOSIT_MOVE, &q);
	stmt_bind_u64(&q, 1, d->id);
	stmt_bind_text(&q, 2, deposit_state_name(from));
	stmt_bind_text(&q, 3, deposit_state_name(d->state));
	stmt_bind_text(&q, 4, d->payout_txid);
	stmt_bind_droplets(&q, 5, d->sent);
	stmt_bind_text(&q, 6, d->error);
	stmt_bind_bool(&q, 7, d->left_chain);
	stmt_bind_i64(&q, 8, d->updated_at);
	stmt_bind_i64(&q, 9, d->height);
	return stmt_run(&q, ret_changed, err);
}

int store_deposit_move(struct store *s, struct deposit *d, enum deposit_state from, const char *why,
		       struct err *err)
{
	struct counted was = { .coin = d->coin, .state = from }, is = counted_of(d);
	struct deposit stored;
	int changed = 0, rc = read_errored(s, d->id, &was.errored, err);

	if (rc == 0)
		rc = update_deposit(s, d, from, &changed, err);
	if (rc < 0)
		return rc;
	if (changed == 0)
		return err_set(err, ERR_INVALID, "deposit %" PRIu64 " is not in state %s", d->id,
			       deposit_state_name(from));
	rc = count_move(s, &was, &is, err);
	if (rc == 0)
		rc = add_history(s, d->id, deposit_state_name(from), deposit_state_name(d->state),
				 why, d->updated_at, err);
	if (rc < 0 || d->state != DEPOSIT_WAITING_SEND)
		return rc;
	rc = store_deposit_get(s, d->id, &stored, err);
	if (rc == 0)
		d->feed_seq = stored.feed_seq;
	return rc;
}

/* --- what nobody bound -------------------------------------------------------------------- */

int store_unassigned_add(struct store *s, const struct sighting *g, int64_t now, struct err *err)
{
	struct stmt q;
	int added, rc;

	stmt_use(s, &stmt_deposit, UNASSIGNED_ADD, &q);
	stmt_bind_coin(&q, 1, g->coin);
	stmt_bind_text(&q, 2, g->txid);
	stmt_bind_i64(&q, 3, g->n);
	stmt_bind_text(&q, 4, g->address);
	stmt_bind_units(&q, 5, g->value);
	stmt_bind_i64(&q, 6, g->height);
	stmt_bind_text(&q, 7, g->block_hash);
	stmt_bind_i64(&q, 8, now);
	rc = stmt_run(&q, &added, err);
	if (rc < 0 || added == 1)
		return rc;
	return err_set(err, ERR_EXISTS, "unassigned %s output %s:%" PRIu32 " is recorded already",
		       coin_name(g->coin), g->txid, g->n);
}

int store_unassigned_has(struct store *s, enum coin coin, const char *txid, uint32_t n, bool *ret,
			 struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_deposit, UNASSIGNED_HAS, &q);
	stmt_bind_coin(&q, 1, coin);
	stmt_bind_text(&q, 2, txid);
	stmt_bind_i64(&q, 3, n);
	return stmt_read_exists(&q, ret, err);
}

int store_unassigned_count(struct store *s, uint64_t *ret, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_deposit, UNASSIGNED_COUNT, &q);
	return stmt_read_u64(&q, ret, err);
}

/* --- walks -------------------------------------------------------------------------------- */

int store_deposit_feed(struct store *s, uint64_t after, unsigned limit, store_deposit_fn fn,
		       void *arg, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_deposit, DEPOSIT_FEED, &q);
	stmt_bind_u64(&q, 1, after);
	stmt_bind_u64(&q, 2, limit);
	return deposit_walk(&q, fn, arg, err);
}

int store_deposit_in_state(struct store *s, enum deposit_state state, uint64_t after,
			   unsigned limit, store_deposit_fn fn, void *arg, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_deposit, DEPOSIT_IN_STATE, &q);
	stmt_bind_text(&q, 1, deposit_state_name(state));
	stmt_bind_u64(&q, 2, after);
	stmt_bind_u64(&q, 3, limit);
	return deposit_walk(&q, fn, arg, err);
}

int store_deposit_each_of(struct store *s, enum coin coin, const char *address, store_deposit_fn fn,
			  void *arg, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_deposit, DEPOSIT_EACH_OF, &q);
	stmt_bind_coin(&q, 1, coin);
	stmt_bind_text(&q, 2, address);
	return deposit_walk(&q, fn, arg, err);
}

int store_deposit_history(struct store *s, uint64_t deposit_id, store_history_fn fn, void *arg,
			  struct err *err)
{
	struct deposit_history h;
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_deposit, HISTORY_EACH, &q);
	stmt_bind_u64(&q, 1, deposit_id);
	while ((rc = stmt_step(&q, err)) == 1) {
		h.deposit_id = stmt_u64(&q, 0);
		h.step = stmt_u32(&q, 1);
		stmt_text(&q, 2, h.from, sizeof(h.from));
		stmt_text(&q, 3, h.to, sizeof(h.to));
		stmt_text(&q, 4, h.why, sizeof(h.why));
		h.at = stmt_i64(&q, 5);
		rc = stmt_row_check(&q, err);
		if (rc == 0)
			rc = fn(arg, &h, err);
		if (rc != 0)
			break;
	}
	stmt_done(&q);
	return rc;
}

/* One function, happen(), applies an event to a transaction: the rule is looked up, then the row,
 * the reservations, the payouts and the audit trail are written.
 *
 * May never happen: a payout in two open transactions (it has one txid); a transaction half saved;
 * a payout that waits while a confirmed transaction pays it (move_member looks for one). */
#include "common/store/payout_tx_store.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/text.h"
#include "common/model/payout_rules.h"
#include "common/store/payout_sql.h"

enum {
	TX_ADD,
	TX_HEAD,
	TX_UPDATE,
	TX_GET,
	TX_EACH,
	TX_EACH_OPEN,
	TX_EACH_HELD,
	TX_EACH_FOLLOWED,
	TX_EACH_REPLACED,
	TX_EACH_LOST,
	TX_EACH_OF,
	TX_LAST_CONFIRMED,
	TX_COUNT,
	MEMBER_ADD,
	MEMBERS,
	MEMBERS_TO_MOVE,
	MEMBER_PAID_BY,
	PAYOUT_TAKE,
	PAYOUT_SET,
	HISTORY_ADD,
	HISTORY_EACH,
	UXOUT_RESERVE,
	UXOUT_TAKE_OVER,
	UXOUT_RELEASE,
	UXOUT_RESERVED,
	GENESIS_GET,
	GENESIS_PIN,
	GENESIS_UNPIN,
};

#define UXID_LEN      32
#define UXID_TEXT_MAX (2 * UXID_LEN + 1)
#define WHO_SENDERD   "senderd"
#define TX_HEAD_COLUMNS                                                                            \
	"t.seq, t.txid, t.state, t.block_seq, t.final, t.proven, t.held_at, t.held_why,"           \
	" t.released_by, t.created_at, t.updated_at"
#define TX_COLUMNS TX_HEAD_COLUMNS ", t.raw"
#define TX_WALK(condition)                                                                         \
	"SELECT " TX_COLUMNS " FROM payout_tx t WHERE t.seq > ?1 AND " condition " ORDER BY t.seq"
#define SELECT_MEMBERS                                                                             \
	"SELECT " PAYOUT_COLUMNS " FROM payout_tx_member m"                                        \
	" JOIN payout p ON p.deposit_id = m.deposit_id WHERE m.txid = ?1 ORDER BY m.deposit_id"

// clang-format off
static const char *const sql[] = {
	[TX_ADD] = "INSERT INTO payout_tx (seq, txid, raw, state, created_at, updated_at) VALUES"
		   " ((SELECT COALESCE(MAX(seq), 0) + 1 FROM payout_tx), ?1, ?2, 'saved', ?3, ?4)"
		   " ON CONFLICT (txid) DO NOTHING",
	[TX_HEAD] = "SELECT " TX_HEAD_COLUMNS " FROM payout_tx t WHERE t.txid = ?1",
	[TX_UPDATE] = "UPDATE payout_tx SET state = ?2, block_seq = ?3, final = ?4, proven = ?5,"
		      " held_at = ?6, held_why = ?7, released_by = ?8, updated_at = ?9"
		      " WHERE txid = ?1",
	[TX_GET] = "SELECT " TX_COLUMNS " FROM payout_tx t WHERE t.txid = ?1",
	[TX_EACH] = "SELECT " TX_COLUMNS " FROM payout_tx t WHERE t.seq > ?1 ORDER BY t.seq",
	[TX_EACH_OPEN] = TX_WALK("t.state IN ('saved', 'sent')"),
	[TX_EACH_HELD] = TX_WALK("t.held_at > 0"),
	[TX_EACH_FOLLOWED] = TX_WALK("t.final = 0 AND t.state IN ('confirmed', 'dead')"),
	[TX_EACH_REPLACED] = TX_WALK("t.state = 'dead' AND EXISTS (SELECT 1 FROM payout_tx_member m"
				     " JOIN payout p ON p.deposit_id = m.deposit_id"
				     " WHERE m.txid = t.txid AND p.state = 'waiting')"),
	[TX_EACH_LOST] = TX_WALK("t.state = 'dead' AND t.proven = 1 AND t.final = 1"),
	[TX_EACH_OF] = "SELECT " TX_COLUMNS " FROM payout_tx_member m"
		       " JOIN payout_tx t ON t.txid = m.txid WHERE m.deposit_id = ?1",
	[TX_LAST_CONFIRMED] = "SELECT txid FROM payout_tx WHERE seq > 0 AND state = 'confirmed'"
			      " ORDER BY seq DESC LIMIT 1",
	[TX_COUNT] = "SELECT COUNT(*) FROM payout_tx"
		     " WHERE created_at > ?1 AND state <> 'dead'",
	[MEMBER_ADD] = "INSERT INTO payout_tx_member (txid, deposit_id) VALUES (?1, ?2)",
	[MEMBERS] = SELECT_MEMBERS,
	[MEMBERS_TO_MOVE] = SELECT_MEMBERS,
	[MEMBER_PAID_BY] = "SELECT m.txid FROM payout_tx_member m"
			   " JOIN payout_tx t ON t.txid = m.txid"
			   " WHERE m.deposit_id = ?1 AND m.txid <> ?2 AND t.state = 'confirmed'"
			   " LIMIT 1",
	[PAYOUT_TAKE] = "UPDATE payout SET state = 'in_tx', txid = ?2, updated_at = ?3"
			" WHERE deposit_id = ?1 AND state = 'waiting' AND EXISTS"
			" (SELECT 1 FROM deposit WHERE id = ?1 AND state = 'waiting_send'"
			" AND left_chain = 0)",
	[PAYOUT_SET] = "UPDATE payout SET state = ?2, txid = NULLIF(?3, ''),"
		       " replaces = COALESCE(NULLIF(?4, ''), replaces), error = '',"
		       " updated_at = ?5, feed_seq = " NEXT_PAYOUT_FEED_SEQ
		       " WHERE deposit_id = ?1",
	[HISTORY_ADD] =
		"INSERT INTO payout_tx_history (txid, step, from_state, to_state, why, who, at)"
		" VALUES (?1, (SELECT COALESCE(MAX(step), 0) + 1 FROM payout_tx_history"
		" WHERE txid = ?1), ?2, ?3, ?4, ?5, ?6)",
	[HISTORY_EACH] = "SELECT txid, step, from_state, to_state, why, who, at"
			 " FROM payout_tx_history WHERE txid = ?1 ORDER BY step",
	[UXOUT_RESERVE] = "INSERT INTO uxout_reserved (uxid, txid) VALUES (?1, ?2)"
			  " ON CONFLICT (uxid) DO NOTHING",
	[UXOUT_TAKE_OVER] = "INSERT INTO uxout_reserved (uxid, txid) VALUES (?1, ?2)"
			    " ON CONFLICT (uxid) DO UPDATE SET txid = excluded.txid",
	[UXOUT_RELEASE] = "DELETE FROM uxout_reserved WHERE txid = ?1",
	[UXOUT_RESERVED] = "SELECT 1 FROM uxout_reserved WHERE uxid = ?1",
	[GENESIS_GET] = "SELECT genesis FROM sky_chain WHERE id = 1",
	[GENESIS_PIN] = "INSERT INTO sky_chain (id, genesis, pinned_at) VALUES (1, ?1, ?2)"
			" ON CONFLICT (id) DO NOTHING",
	[GENESIS_UNPIN] = "DELETE FROM sky_chain WHERE id = 1"
			  " AND (SELECT MAX(seq) FROM payout_tx) IS NULL",
};
// clang-format on
const struct stmt_table stmt_payout_tx = { STMT_PAYOUT_TX, sizeof(sql) / sizeof(sql[0]), sql };

/* --- reading ------------------------------------------------------------------------------- */
static int read_head(struct stmt *q, struct payout_tx *tx, struct err *err)
{
	char state[16];

	*tx = (struct payout_tx){
		.seq = stmt_u64(q, 0),
		.block_seq = stmt_u64(q, 3),
		.final = stmt_bool(q, 4),
		.proven = stmt_bool(q, 5),
		.held_at = stmt_i64(q, 6),
		.created_at = stmt_i64(q, 9),
		.updated_at = stmt_i64(q, 10),
	};
	stmt_text(q, 1, tx->txid, sizeof(tx->txid));
	stmt_text(q, 2, state, sizeof(state));
	stmt_text(q, 7, tx->held_why, sizeof(tx->held_why));
	stmt_text(q, 8, tx->released_by, sizeof(tx->released_by));
	if (!payout_tx_state_parse(state, &tx->state))
		stmt_damaged(q, 2);
	return stmt_row_check(q, err);
}

static int read_tx(struct stmt *q, struct payout_tx *tx, struct err *err)
{
	int rc = read_head(q, tx, err);

	if (rc < 0)
		return rc;
	tx->raw = stmt_blob(q, 11, &tx->raw_len);
	return stmt_row_check(q, err);
}

static int never_saved(const char *txid, struct err *err)
{
	return err_set(err, ERR_NOT_FOUND, "transaction %s was never saved", txid);
}

static int get_head(struct store *s, const char *txid, struct payout_tx *ret, struct err *err)
{
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_payout_tx, TX_HEAD, &q);
	stmt_bind_text(&q, 1, txid);
	rc = stmt_step(&q, err);
	if (rc == 1)
		rc = read_head(&q, ret, err);
	else if (rc == 0)
		rc = never_saved(txid, err);
	stmt_done(&q);
	return rc;
}

static int walk_txs(struct stmt *q, unsigned *ret_count, store_payout_tx_fn fn, void *arg,
		    struct err *err)
{
	struct payout_tx tx;
	int rc;

	*ret_count = 0;
	while ((rc = stmt_step(q, err)) == 1) {
		(*ret_count)++;
		rc = read_tx(q, &tx, err);
		if (rc == 0)
			rc = fn(arg, &tx, err);
		if (rc != 0)
			break;
	}
	stmt_done(q);
	return rc;
}

static size_t walk_of(enum payout_tx_which which)
{
	switch (which) {
	case PAYOUT_TX_ALL: return TX_EACH;
	case PAYOUT_TX_OPEN: return TX_EACH_OPEN;
	case PAYOUT_TX_HELD: return TX_EACH_HELD;
	case PAYOUT_TX_FOLLOWED: return TX_EACH_FOLLOWED;
	case PAYOUT_TX_REPLACED: return TX_EACH_REPLACED;
	case PAYOUT_TX_LOST: return TX_EACH_LOST;
	}
	return TX_EACH;
}

int store_payout_tx_each(struct store *s, uint64_t after, enum payout_tx_which which,
			 store_payout_tx_fn fn, void *arg, struct err *err)
{
	unsigned count;
	struct stmt q;

	stmt_use(s, &stmt_payout_tx, walk_of(which), &q);
	stmt_bind_u64(&q, 1, after);
	return walk_txs(&q, &count, fn, arg, err);
}

int store_payout_tx_get(struct store *s, const char *txid, store_payout_tx_fn fn, void *arg,
			struct err *err)
{
	unsigned count;
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_payout_tx, TX_GET, &q);
	stmt_bind_text(&q, 1, txid);
	rc = walk_txs(&q, &count, fn, arg, err);
	return rc == 0 && count == 0 ? never_saved(txid, err) : rc;
}

int store_payout_tx_each_of(struct store *s, uint64_t deposit_id, store_payout_tx_fn fn, void *arg,
			    struct err *err)
{
	unsigned count;
	struct stmt q;

	stmt_use(s, &stmt_payout_tx, TX_EACH_OF, &q);
	stmt_bind_u64(&q, 1, deposit_id);
	return walk_txs(&q, &count, fn, arg, err);
}

/* Read the one text of the one row; 0 without a row: *ret_found. */
static int read_text(struct stmt *q, char *ret, size_t size, bool *ret_found, struct err *err)
{
	int rc = stmt_step(q, err);

	*ret_found = rc == 1;
	if (rc == 1) {
		stmt_text(q, 0, ret, size);
		rc = stmt_row_check(q, err);
	}
	stmt_done(q);
	return rc;
}

int store_payout_tx_last_confirmed(struct store *s, char ret[TXID_TEXT_MAX], struct err *err)
{
	struct stmt q;
	bool found;
	int rc;

	stmt_use(s, &stmt_payout_tx, TX_LAST_CONFIRMED, &q);
	rc = read_text(&q, ret, TXID_TEXT_MAX, &found, err);
	if (rc == 0 && !found)
		rc = err_set(err, ERR_NOT_FOUND, "no transaction was confirmed yet");
	return rc;
}

int store_payout_tx_count(struct store *s, int64_t since, uint64_t *ret, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_payout_tx, TX_COUNT, &q);
	stmt_bind_i64(&q, 1, since);
	return stmt_read_u64(&q, ret, err);
}

static int walk_members(struct store *s, size_t which, const char *txid, store_payout_fn fn,
			void *arg, struct err *err)
{
	struct payout p;
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_payout_tx, which, &q);
	stmt_bind_text(&q, 1, txid);
	while ((rc = stmt_step(&q, err)) == 1) {
		rc = payout_read(&q, &p, err);
		if (rc == 0)
			rc = fn(arg, &p, err);
		if (rc != 0)
			break;
	}
	stmt_done(&q);
	return rc;
}

int store_payout_tx_members(struct store *s, const char *txid, store_payout_fn fn, void *arg,
			    struct err *err)
{
	return walk_members(s, MEMBERS, txid, fn, arg, err);
}

int store_payout_tx_history(struct store *s, const char *txid, store_payout_tx_history_fn fn,
			    void *arg, struct err *err)
{
	struct payout_tx_history h;
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_payout_tx, HISTORY_EACH, &q);
	stmt_bind_text(&q, 1, txid);
	while ((rc = stmt_step(&q, err)) == 1) {
		stmt_text(&q, 0, h.txid, sizeof(h.txid));
		h.step = stmt_u32(&q, 1);
		stmt_text(&q, 2, h.from, sizeof(h.from));
		stmt_text(&q, 3, h.to, sizeof(h.to));
		stmt_text(&q, 4, h.why, sizeof(h.why));
		stmt_text(&q, 5, h.who, sizeof(h.who));
		h.at = stmt_i64(&q, 6);
		rc = stmt_row_check(&q, err);
		if (rc == 0)
			rc = fn(arg, &h, err);
		if (rc != 0)
			break;
	}
	stmt_done(&q);
	return rc;
}

/* --- writing: the parts -------------------------------------------------------------------- */
static int add_history(struct store *s, const struct payout_tx_history *h, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_payout_tx, HISTORY_ADD, &q);
	stmt_bind_text(&q, 1, h->txid);
	stmt_bind_text(&q, 2, h->from);
	stmt_bind_text(&q, 3, h->to);
	stmt_bind_text(&q, 4, h->why);
	stmt_bind_text(&q, 5, h->who);
	stmt_bind_i64(&q, 6, h->at);
	return stmt_run(&q, NULL, err);
}

static int update_tx(struct store *s, const struct payout_tx *tx, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_payout_tx, TX_UPDATE, &q);
	stmt_bind_text(&q, 1, tx->txid);
	stmt_bind_text(&q, 2, payout_tx_state_name(tx->state));
	stmt_bind_u64(&q, 3, tx->block_seq);
	stmt_bind_bool(&q, 4, tx->final);
	stmt_bind_bool(&q, 5, tx->proven);
	stmt_bind_i64(&q, 6, tx->held_at);
	stmt_bind_text(&q, 7, tx->held_why);
	stmt_bind_text(&q, 8, tx->released_by);
	stmt_bind_i64(&q, 9, tx->updated_at);
	return stmt_run(&q, NULL, err);
}

static int release_inputs(struct store *s, const char *txid, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_payout_tx, UXOUT_RELEASE, &q);
	stmt_bind_text(&q, 1, txid);
	return stmt_run(&q, NULL, err);
}

/* *ret_added (may be NULL) false: another transaction has it. */
static int reserve(struct store *s, size_t how, const char *txid, const uint8_t uxid[UXID_LEN],
		   bool *ret_added, struct err *err)
{
	char hex[UXID_TEXT_MAX];
	struct stmt q;
	int added, rc;

	hex_from_bytes(uxid, UXID_LEN, hex);
	stmt_use(s, &stmt_payout_tx, how, &q);
	stmt_bind_text(&q, 1, hex);
	stmt_bind_text(&q, 2, txid);
	rc = stmt_run(&q, &added, err);
	if (ret_added != NULL)
		*ret_added = rc == 0 && added == 1;
	return rc;
}

/* --- the payouts of a transaction ------------------------------------------------------------ */
struct change {
	struct store *store;
	const char *txid;
	enum payout_tx_event event;
	uint64_t block_seq;
	const char *who, *why;
	int64_t now;
	const struct payout_rule *rule;
	unsigned twice; /* members that another confirmed transaction pays */
};

/* `txid`: the transaction that it is in now, or "". */
static int set_payout(const struct change *c, uint64_t deposit_id, enum payout_state state,
		      const char *txid, const char *replaces, struct err *err)
{
	struct stmt q;

	stmt_use(c->store, &stmt_payout_tx, PAYOUT_SET, &q);
	stmt_bind_u64(&q, 1, deposit_id);
	stmt_bind_text(&q, 2, payout_state_name(state));
	stmt_bind_text(&q, 3, txid);
	stmt_bind_text(&q, 4, replaces);
	stmt_bind_i64(&q, 5, c->now);
	return stmt_run(&q, NULL, err);
}

/* Another confirmed transaction that the payout is a member of. */
static int paid_by(const struct change *c, uint64_t deposit_id, char ret[TXID_TEXT_MAX],
		   bool *ret_found, struct err *err)
{
	struct stmt q;

	stmt_use(c->store, &stmt_payout_tx, MEMBER_PAID_BY, &q);
	stmt_bind_u64(&q, 1, deposit_id);
	stmt_bind_text(&q, 2, c->txid);
	return read_text(&q, ret, TXID_TEXT_MAX, ret_found, err);
}

/* Its transaction does not pay it (any more): unless another has. */
static int unpay(const struct change *c, const struct payout *p, enum payout_state state,
		 const char *txid, const char *replaces, struct err *err)
{
	char other[TXID_TEXT_MAX];
	bool found;
	int rc = paid_by(c, p->deposit_id, other, &found, err);

	if (rc < 0)
		return rc;
	if (found)
		return set_payout(c, p->deposit_id, PAYOUT_CONFIRMED, other, "", err);
	return set_payout(c, p->deposit_id, state, txid, replaces, err);
}

/* Whichever of two is confirmed first: the second one is told. */
static int confirm_member(struct change *c, const struct payout *p, bool is_in, struct err *err)
{
	char other[TXID_TEXT_MAX];
	bool found;
	int rc = paid_by(c, p->deposit_id, other, &found, err);

	if (rc < 0)
		return rc;
	c->twice += found ? 1 : 0;
	if (!is_in && p->txid[0] != '\0')
		return 0;
	return set_payout(c, p->deposit_id, PAYOUT_CONFIRMED, c->txid, "", err);
}

static int move_member(void *arg, const struct payout *p, struct err *err)
{
	struct change *c = arg;
	bool is_in = strcmp(p->txid, c->txid) == 0;

	switch (c->rule->fate) {
	case FATE_KEEP: return 0;
	case FATE_SENT: return is_in ? unpay(c, p, PAYOUT_SENT, c->txid, "", err) : 0;
	case FATE_CONFIRM: return confirm_member(c, p, is_in, err);
	case FATE_WAIT: return is_in ? unpay(c, p, PAYOUT_WAITING, "", c->txid, err) : 0;
	}
	return 0;
}

static int move_members(struct change *c, struct err *err)
{
	if (c->rule->fate == FATE_KEEP)
		return 0;
	return walk_members(c->store, MEMBERS_TO_MOVE, c->txid, move_member, c, err);
}

/* --- events ---------------------------------------------------------------------------------- */
/* Told before, so that there is nothing to write? */
static bool is_known(const struct change *c, const struct payout_tx *tx)
{
	switch (c->event) {
	case PAYOUT_EV_SENT: return tx->state == PAYOUT_TX_SENT && tx->held_at == 0;
	case PAYOUT_EV_HELD: return tx->held_at != 0;
	case PAYOUT_EV_CONFIRMED:
		return tx->state == PAYOUT_TX_CONFIRMED && tx->block_seq == c->block_seq;
	case PAYOUT_EV_PROVEN: return tx->proven;
	case PAYOUT_EV_FINAL: return tx->final;
	case PAYOUT_EV_GONE:
	case PAYOUT_EV_RELEASED: return false;
	}
	return false;
}

/* What the table cannot say. */
static int check(const struct change *c, const struct payout_tx *tx, struct err *err)
{
	if (c->rule->answer == PAYOUT_IMPOSSIBLE)
		return err_set(err, ERR_INVALID, "transaction %s is %s: '%s' cannot be", tx->txid,
			       payout_tx_state_name(tx->state), payout_tx_event_name(c->event));
	if (c->event == PAYOUT_EV_RELEASED && tx->held_at == 0)
		return err_set(err, ERR_INVALID,
			       "transaction %s is not held: nodes do not refuse it", tx->txid);
	if (c->event == PAYOUT_EV_GONE && tx->final)
		return err_set(err, ERR_INVALID, "transaction %s is final", tx->txid);
	if (c->event == PAYOUT_EV_FINAL && tx->state == PAYOUT_TX_DEAD && !tx->proven)
		return err_set(err, ERR_INVALID, "transaction %s is not proven to be dead",
			       tx->txid);
	return 0;
}

/* The row as it is after the event. */
static void change_tx(const struct change *c, struct payout_tx *tx)
{
	bool held = c->event == PAYOUT_EV_HELD;

	tx->state = c->rule->next;
	tx->updated_at = c->now;
	tx->held_at = held ? c->now : 0;
	(void)snprintf(tx->held_why, sizeof(tx->held_why), "%s", held ? c->why : "");
	switch (c->event) {
	case PAYOUT_EV_SENT:
	case PAYOUT_EV_HELD: break;
	case PAYOUT_EV_CONFIRMED:
		tx->block_seq = c->block_seq;
		tx->proven = tx->final = false;
		break;
	case PAYOUT_EV_GONE: tx->block_seq = 0; break;
	case PAYOUT_EV_PROVEN: tx->proven = true; break;
	case PAYOUT_EV_RELEASED:
		(void)snprintf(tx->released_by, sizeof(tx->released_by), "%s", c->who);
		break;
	case PAYOUT_EV_FINAL: tx->final = true; break;
	}
}

static int record(const struct change *c, const struct payout_tx *tx, enum payout_tx_state from,
		  struct err *err)
{
	struct payout_tx_history h = { .at = c->now };

	(void)snprintf(h.txid, sizeof(h.txid), "%s", tx->txid);
	(void)snprintf(h.from, sizeof(h.from), "%s", payout_tx_state_name(from));
	(void)snprintf(h.to, sizeof(h.to), "%s", payout_tx_state_name(tx->state));
	(void)snprintf(h.why, sizeof(h.why), "%s: %s", payout_tx_event_name(c->event), c->why);
	(void)snprintf(h.who, sizeof(h.who), "%s", c->who);
	return add_history(c->store, &h, err);
}

static int apply(struct change *c, struct payout_tx *tx, struct err *err)
{
	enum payout_tx_state from = tx->state;
	int rc;

	change_tx(c, tx);
	rc = update_tx(c->store, tx, err);
	if (rc == 0)
		rc = record(c, tx, from, err);
	if (rc == 0 && (tx->state == PAYOUT_TX_DEAD || tx->final))
		rc = release_inputs(c->store, tx->txid, err);
	if (rc == 0)
		rc = move_members(c, err);
	return rc;
}

/* *ret_moved (may be NULL): there was something to write. */
static int happen(struct change *c, bool *ret_moved, struct err *err)
{
	struct payout_tx tx = { .seq = 0 };
	int rc = get_head(c->store, c->txid, &tx, err);

	if (ret_moved != NULL)
		*ret_moved = false;
	if (rc < 0)
		return rc;
	c->rule = payout_rule(tx.state, c->event);
	rc = check(c, &tx, err);
	if (rc < 0 || c->rule->answer == PAYOUT_NOTHING || is_known(c, &tx))
		return rc;
	rc = store_mark(c->store, err);
	if (rc < 0)
		return rc;
	rc = store_settle(c->store, apply(c, &tx, err), err);
	if (rc == 0 && ret_moved != NULL)
		*ret_moved = true;
	return rc;
}

int store_payout_tx_sent(struct store *s, const char *txid, int64_t now, struct err *err)
{
	struct change c = { .store = s,
			    .txid = txid,
			    .event = PAYOUT_EV_SENT,
			    .who = WHO_SENDERD,
			    .why = "a node has it",
			    .now = now };

	return happen(&c, NULL, err);
}

int store_payout_tx_hold(struct store *s, const char *txid, const char *why, int64_t now,
			 bool *ret_new, struct err *err)
{
	struct change c = { .store = s,
			    .txid = txid,
			    .event = PAYOUT_EV_HELD,
			    .who = WHO_SENDERD,
			    .why = why,
			    .now = now };

	return happen(&c, ret_new, err);
}

int store_payout_tx_confirmed(struct store *s, const char *txid, uint64_t block_seq, int64_t now,
			      unsigned *ret_twice, struct err *err)
{
	char why[64];
	struct change c = { .store = s,
			    .txid = txid,
			    .event = PAYOUT_EV_CONFIRMED,
			    .block_seq = block_seq,
			    .who = WHO_SENDERD,
			    .why = why,
			    .now = now };
	int rc;

	(void)snprintf(why, sizeof(why), "in block %" PRIu64, block_seq);
	rc = happen(&c, NULL, err);
	if (ret_twice != NULL)
		*ret_twice = c.twice;
	return rc;
}

int store_payout_tx_gone(struct store *s, const char *txid, const char *why, int64_t now,
			 struct err *err)
{
	struct change c = { .store = s,
			    .txid = txid,
			    .event = PAYOUT_EV_GONE,
			    .who = WHO_SENDERD,
			    .why = why,
			    .now = now };

	return happen(&c, NULL, err);
}

int store_payout_tx_dead(struct store *s, const char *txid, const char *why, int64_t now,
			 struct err *err)
{
	struct change c = { .store = s,
			    .txid = txid,
			    .event = PAYOUT_EV_PROVEN,
			    .who = WHO_SENDERD,
			    .why = why,
			    .now = now };

	return happen(&c, NULL, err);
}

int store_payout_tx_release(struct store *s, const char *txid, const char *who, const char *why,
			    int64_t now, struct err *err)
{
	struct change c = { .store = s,
			    .txid = txid,
			    .event = PAYOUT_EV_RELEASED,
			    .who = who,
			    .why = why,
			    .now = now };

	return happen(&c, NULL, err);
}

int store_payout_tx_final(struct store *s, const char *txid, int64_t now, struct err *err)
{
	struct change c = { .store = s,
			    .txid = txid,
			    .event = PAYOUT_EV_FINAL,
			    .who = WHO_SENDERD,
			    .why = "deep enough",
			    .now = now };

	return happen(&c, NULL, err);
}

/* --- saving ---------------------------------------------------------------------------------- */
static int add_tx(struct store *s, const struct payout_tx *tx, struct err *err)
{
	struct stmt q;
	int added, rc;

	stmt_use(s, &stmt_payout_tx, TX_ADD, &q);
	stmt_bind_text(&q, 1, tx->txid);
	stmt_bind_blob(&q, 2, tx->raw, tx->raw_len);
	stmt_bind_i64(&q, 3, tx->created_at);
	stmt_bind_i64(&q, 4, tx->updated_at);
	rc = stmt_run(&q, &added, err);
	if (rc < 0 || added == 1)
		return rc;
	return err_set(err, ERR_EXISTS, "transaction %s is saved already", tx->txid);
}

static int add_first_history(struct store *s, const struct payout_tx *tx, size_t deposits,
			     struct err *err)
{
	struct payout_tx_history h = { .to = "saved", .who = WHO_SENDERD, .at = tx->created_at };

	(void)snprintf(h.txid, sizeof(h.txid), "%s", tx->txid);
	(void)snprintf(h.why, sizeof(h.why), "signed for %zu payouts", deposits);
	return add_history(s, &h, err);
}

static int add_member(struct store *s, const char *txid, uint64_t deposit_id, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_payout_tx, MEMBER_ADD, &q);
	stmt_bind_text(&q, 1, txid);
	stmt_bind_u64(&q, 2, deposit_id);
	return stmt_run(&q, NULL, err);
}

static int take_payout(struct store *s, const struct payout_tx *tx, uint64_t deposit_id,
		       struct err *err)
{
	struct stmt q;
	int changed, rc;

	stmt_use(s, &stmt_payout_tx, PAYOUT_TAKE, &q);
	stmt_bind_u64(&q, 1, deposit_id);
	stmt_bind_text(&q, 2, tx->txid);
	stmt_bind_i64(&q, 3, tx->updated_at);
	rc = stmt_run(&q, &changed, err);
	if (rc < 0)
		return rc;
	if (changed == 1)
		return add_member(s, tx->txid, deposit_id, err);
	return err_set(err, ERR_INVALID,
		       "the payout of deposit %" PRIu64 " or the deposit itself does not wait",
		       deposit_id);
}

static int reserve_free(struct store *s, const struct payout_tx *tx, const uint8_t uxid[UXID_LEN],
			struct err *err)
{
	char hex[UXID_TEXT_MAX];
	bool added;
	int rc = reserve(s, UXOUT_RESERVE, tx->txid, uxid, &added, err);

	if (rc < 0 || added)
		return rc;
	hex_from_bytes(uxid, UXID_LEN, hex);
	return err_set(err, ERR_EXISTS, "output %s is reserved by another transaction", hex);
}

static int save_parts(struct store *s, const struct payout_tx *tx, const uint64_t *deposit_ids,
		      size_t deposits, const uint8_t (*uxids)[UXID_LEN], size_t inputs,
		      struct err *err)
{
	int rc = add_tx(s, tx, err);

	if (rc == 0)
		rc = add_first_history(s, tx, deposits, err);
	for (size_t i = 0; rc == 0 && i < deposits; i++)
		rc = take_payout(s, tx, deposit_ids[i], err);
	for (size_t i = 0; rc == 0 && i < inputs; i++)
		rc = reserve_free(s, tx, uxids[i], err);
	return rc;
}

/* All of it or nothing, also when the caller commits after an error. */
int store_payout_tx_save(struct store *s, const struct payout_tx *tx, const uint64_t *deposit_ids,
			 size_t deposits, const uint8_t (*uxids)[UXID_LEN], size_t inputs,
			 struct err *err)
{
	int rc = store_mark(s, err);

	if (rc < 0)
		return rc;
	rc = save_parts(s, tx, deposit_ids, deposits, uxids, inputs, err);
	return store_settle(s, rc, err);
}

/* --- outputs and the chain ------------------------------------------------------------------- */
int store_uxout_reserved(struct store *s, const uint8_t uxid[UXID_LEN], bool *ret, struct err *err)
{
	char hex[UXID_TEXT_MAX];
	struct stmt q;

	hex_from_bytes(uxid, UXID_LEN, hex);
	stmt_use(s, &stmt_payout_tx, UXOUT_RESERVED, &q);
	stmt_bind_text(&q, 1, hex);
	return stmt_read_exists(&q, ret, err);
}

int store_uxout_reserve(struct store *s, const char *txid, const uint8_t (*uxids)[UXID_LEN],
			size_t inputs, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < inputs; i++)
		rc = reserve(s, UXOUT_TAKE_OVER, txid, uxids[i], NULL, err);
	return rc;
}

int store_sky_genesis(struct store *s, char ret[65], struct err *err)
{
	struct stmt q;
	bool found;
	int rc;

	stmt_use(s, &stmt_payout_tx, GENESIS_GET, &q);
	rc = read_text(&q, ret, 65, &found, err);
	if (rc == 0 && !found)
		rc = err_set(err, ERR_NOT_FOUND, "no Skycoin chain is pinned yet");
	return rc;
}

int store_sky_genesis_pin(struct store *s, const char *genesis, int64_t now, struct err *err)
{
	struct stmt q;
	int added, rc;

	stmt_use(s, &stmt_payout_tx, GENESIS_PIN, &q);
	stmt_bind_text(&q, 1, genesis);
	stmt_bind_i64(&q, 2, now);
	rc = stmt_run(&q, &added, err);
	if (rc < 0 || added == 1)
		return rc;
	return err_set(err, ERR_EXISTS, "a Skycoin chain is pinned already");
}

int store_sky_genesis_unpin(struct store *s, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_payout_tx, GENESIS_UNPIN, &q);
	return stmt_run(&q, NULL, err);
}

/* One function, happen(), applies an event to a transaction: the rule is looked up, then the row,
 * the reservations, the payouts and the audit trail are written.
 *
 * May never happen: a payout in two open transactions (it has one txid); a transaction half saved;
 * a payout that waits while a confirmed transaction pays it (move_member looks for one). */
#include "common/store/payout_tx_store.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/model/payout_rules.h"
#include "common/store/payout_tx_sql.h"

enum {
	TX_HEAD,
	TX_UPDATE,
	MEMBERS_TO_MOVE,
	MEMBER_PAID_BY,
	PAYOUT_SET,
	HISTORY_ADD,
	UXOUT_RELEASE,
};

// clang-format off
static const char *const sql[] = {
	[TX_HEAD] = "SELECT " TX_HEAD_COLUMNS " FROM payout_tx t WHERE t.txid = ?1",
	[TX_UPDATE] = "UPDATE payout_tx SET state = ?2, block_seq = ?3, final = ?4, proven = ?5,"
		      " held_at = ?6, held_why = ?7, released_by = ?8, updated_at = ?9"
		      " WHERE txid = ?1",
	[MEMBERS_TO_MOVE] = SELECT_MEMBERS,
	[MEMBER_PAID_BY] = "SELECT m.txid FROM payout_tx_member m"
			   " JOIN payout_tx t ON t.txid = m.txid"
			   " WHERE m.deposit_id = ?1 AND m.txid <> ?2 AND t.state = 'confirmed'"
			   " LIMIT 1",
	[PAYOUT_SET] = "UPDATE payout SET state = ?2, txid = NULLIF(?3, ''),"
		       " replaces = COALESCE(NULLIF(?4, ''), replaces), error = '',"
		       " updated_at = ?5, feed_seq = " NEXT_PAYOUT_FEED_SEQ
		       " WHERE deposit_id = ?1",
	[HISTORY_ADD] =
		"INSERT INTO payout_tx_history (txid, step, from_state, to_state, why, who, at)"
		" VALUES (?1, (SELECT COALESCE(MAX(step), 0) + 1 FROM payout_tx_history"
		" WHERE txid = ?1), ?2, ?3, ?4, ?5, ?6)",
	[UXOUT_RELEASE] = "DELETE FROM uxout_reserved WHERE txid = ?1",
};
// clang-format on
const struct stmt_table stmt_payout_tx = { STMT_PAYOUT_TX, sizeof(sql) / sizeof(sql[0]), sql };

static int get_head(struct store *s, const char *txid, struct payout_tx *ret, struct err *err)
{
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_payout_tx, TX_HEAD, &q);
	stmt_bind_text(&q, 1, txid);
	rc = stmt_step(&q, err);
	if (rc == 1)
		rc = payout_tx_read_head(&q, ret, err);
	else if (rc == 0)
		rc = payout_tx_never_saved(txid, err);
	stmt_done(&q);
	return rc;
}

int payout_tx_history_add(struct store *s, const struct payout_tx_history *h, struct err *err)
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
	return stmt_read_text(&q, ret, TXID_TEXT_MAX, ret_found, err);
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
	struct stmt q;

	if (c->rule->fate == FATE_KEEP)
		return 0;
	stmt_use(c->store, &stmt_payout_tx, MEMBERS_TO_MOVE, &q);
	return payout_tx_walk_members(&q, c->txid, move_member, c, err);
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
	return payout_tx_history_add(c->store, &h, err);
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

/* State that an operator made points to the act that made it, so that there is one place that says
 * who, when and why.  Acts are only ever added: there is no statement that changes one.
 *
 * A payout's row in payout_cap stays when the cap lets it pass: that it was told to a person once
 * is remembered with it. */
#include "common/store/control_store.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/store/payout_store.h"
#include "common/store/stmt.h"

enum {
	ACT_ADD,
	ACT_EACH,
	HOLD_SET,
	HOLD_GET,
	APPROVAL_ADD,
	APPROVAL_GET,
	CAP_SET,
	CAP_CHANGE,
	CAP_CLEAR_ALL,
	CAP_GET,
	CAPPED,
	SPENT_SINCE,
	TX_LATEST,
};

#define ACT_COLUMNS "seq, kind, subject, who, uid, at, why"
#define NEXT_ACT    "(SELECT COALESCE(MAX(seq), 0) + 1 FROM operator_act)"
#define LAST_ACT    "(SELECT MAX(seq) FROM operator_act)"

// clang-format off
static const char *const sql[] = {
	[ACT_ADD] = "INSERT INTO operator_act (" ACT_COLUMNS ")"
		    " VALUES (" NEXT_ACT ", ?1, ?2, ?3, ?4, ?5, ?6)",
	[ACT_EACH] = "SELECT " ACT_COLUMNS " FROM operator_act WHERE seq > ?1 ORDER BY seq",
	[HOLD_SET] = "INSERT INTO sender_control (one, hold_act) VALUES (1,"
		     " CASE WHEN ?1 THEN " LAST_ACT " END)"
		     " ON CONFLICT (one) DO UPDATE SET hold_act = excluded.hold_act",
	[HOLD_GET] = "SELECT " ACT_COLUMNS " FROM operator_act"
		     " WHERE seq = (SELECT hold_act FROM sender_control WHERE one = 1)",
	[APPROVAL_ADD] = "INSERT INTO payout_approval (deposit_id, act) VALUES (?1, " LAST_ACT ")",
	[APPROVAL_GET] = "SELECT 1 FROM payout_approval WHERE deposit_id = ?1",
	[CAP_SET] = "INSERT INTO payout_cap (deposit_id, cap, at) VALUES (?1, ?2, ?3)"
		    " ON CONFLICT (deposit_id) DO NOTHING",
	[CAP_CHANGE] = "UPDATE payout_cap SET cap = ?2, at = ?3"
		       " WHERE deposit_id = ?1 AND cap <> ?2",
	[CAP_CLEAR_ALL] = "UPDATE payout_cap SET cap = '' WHERE cap <> ''",
	[CAP_GET] = "SELECT cap FROM payout_cap WHERE deposit_id = ?1",
	/* what could be paid but for its cap; CROSS JOIN: the few first */
	[CAPPED] = "SELECT c.deposit_id, c.cap, p.amount FROM payout_cap c"
		   " CROSS JOIN payout p ON p.deposit_id = c.deposit_id"
		   " WHERE c.cap <> '' AND p.state = 'waiting' AND EXISTS (SELECT 1 FROM deposit d"
		   " WHERE d.id = p.deposit_id AND d.state = 'waiting_send')"
		   " ORDER BY c.deposit_id",
	[SPENT_SINCE] = "SELECT t.created_at, p.amount FROM payout_tx t"
			" CROSS JOIN payout p ON p.txid = t.txid"
			" WHERE t.created_at > ?1 AND t.state <> 'dead'",
	[TX_LATEST] = "SELECT MAX(created_at) FROM payout_tx",
};
// clang-format on
const struct stmt_table stmt_control = { STMT_CONTROL, sizeof(sql) / sizeof(sql[0]), sql };

/* --- acts --------------------------------------------------------------------------------- */

int store_act_add(struct store *s, enum act_kind kind, const char *subject, const struct act *act,
		  struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_control, ACT_ADD, &q);
	stmt_bind_text(&q, 1, act_kind_name(kind));
	stmt_bind_text(&q, 2, subject);
	stmt_bind_text(&q, 3, act->who);
	stmt_bind_i64(&q, 4, act->uid);
	stmt_bind_i64(&q, 5, act->at);
	stmt_bind_text(&q, 6, act->why);
	return stmt_run(&q, NULL, err);
}

static int read_act(struct stmt *q, struct stored_act *a, struct err *err)
{
	char kind[32];

	*a = (struct stored_act){
		.seq = stmt_u64(q, 0),
		.act = { .uid = stmt_u32(q, 4), .at = stmt_i64(q, 5) },
	};
	stmt_text(q, 1, kind, sizeof(kind));
	stmt_text(q, 2, a->subject, sizeof(a->subject));
	stmt_text(q, 3, a->act.who, sizeof(a->act.who));
	stmt_text(q, 6, a->act.why, sizeof(a->act.why));
	if (!act_kind_parse(kind, &a->kind))
		stmt_damaged(q, 1);
	return stmt_row_check(q, err);
}

int store_act_each(struct store *s, uint64_t after, store_act_fn fn, void *arg, struct err *err)
{
	struct stored_act a;
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_control, ACT_EACH, &q);
	stmt_bind_u64(&q, 1, after);
	while ((rc = stmt_step(&q, err)) == 1) {
		rc = read_act(&q, &a, err);
		if (rc == 0)
			rc = fn(arg, &a, err);
		if (rc != 0)
			break;
	}
	stmt_done(&q);
	return rc;
}

/* --- the hold ----------------------------------------------------------------------------- */

int store_send_held(struct store *s, bool *ret_held, struct act *ret_act, struct err *err)
{
	struct stored_act a;
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_control, HOLD_GET, &q);
	rc = stmt_step(&q, err);
	*ret_held = rc == 1;
	if (rc == 1) {
		rc = read_act(&q, &a, err);
		if (rc == 0)
			*ret_act = a.act;
	}
	stmt_done(&q);
	return rc;
}

/* The act has just been added. */
static int set_hold(struct store *s, bool held, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_control, HOLD_SET, &q);
	stmt_bind_bool(&q, 1, held);
	return stmt_run(&q, NULL, err);
}

static int change_hold(struct store *s, bool hold, const struct act *act, bool *ret_changed,
		       struct err *err)
{
	struct act before;
	bool held;
	int rc = store_send_held(s, &held, &before, err);

	if (rc == 0 && held != hold)
		rc = store_act_add(s, hold ? ACT_SEND_HOLD : ACT_SEND_RESUME, "", act, err);
	if (rc == 0 && held != hold)
		rc = set_hold(s, hold, err);
	if (rc == 0)
		*ret_changed = held != hold;
	return rc;
}

int store_send_hold(struct store *s, const struct act *act, bool *ret_changed, struct err *err)
{
	return change_hold(s, true, act, ret_changed, err);
}

int store_send_resume(struct store *s, const struct act *act, bool *ret_changed, struct err *err)
{
	return change_hold(s, false, act, ret_changed, err);
}

/* --- approvals ---------------------------------------------------------------------------- */

int store_payout_approved(struct store *s, uint64_t deposit_id, bool *ret, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_control, APPROVAL_GET, &q);
	stmt_bind_u64(&q, 1, deposit_id);
	return stmt_read_exists(&q, ret, err);
}

static int check_waits(struct store *s, uint64_t deposit_id, struct err *err)
{
	struct payout p;
	int rc = store_payout_get(s, deposit_id, &p, err);

	if (rc < 0 || p.state == PAYOUT_WAITING)
		return rc;
	return err_set(err, ERR_INVALID,
		       "the payout of deposit %" PRIu64 " does not wait, it is %s", deposit_id,
		       payout_state_name(p.state));
}

static int add_approval(struct store *s, uint64_t deposit_id, const struct act *act,
			struct err *err)
{
	char subject[24];
	struct stmt q;
	int rc;

	(void)snprintf(subject, sizeof(subject), "%" PRIu64, deposit_id);
	rc = store_act_add(s, ACT_PAYOUT_APPROVE, subject, act, err);
	if (rc < 0)
		return rc;
	stmt_use(s, &stmt_control, APPROVAL_ADD, &q);
	stmt_bind_u64(&q, 1, deposit_id);
	return stmt_run(&q, NULL, err);
}

int store_payout_approve(struct store *s, uint64_t deposit_id, const struct act *act,
			 bool *ret_changed, struct err *err)
{
	bool approved;
	int rc = store_payout_approved(s, deposit_id, &approved, err);

	if (rc == 0 && !approved)
		rc = check_waits(s, deposit_id, err);
	if (rc == 0 && !approved)
		rc = add_approval(s, deposit_id, act, err);
	if (rc == 0)
		*ret_changed = !approved;
	return rc;
}

/* --- caps --------------------------------------------------------------------------------- */

static int run_cap(struct store *s, size_t which, uint64_t deposit_id, enum cap cap, int64_t now,
		   int *ret_changed, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_control, which, &q);
	stmt_bind_u64(&q, 1, deposit_id);
	stmt_bind_text(&q, 2, cap_name(cap));
	stmt_bind_i64(&q, 3, now);
	return stmt_run(&q, ret_changed, err);
}

/* A payout that never met a cap gets no row for passing. */
int store_payout_cap(struct store *s, uint64_t deposit_id, enum cap cap, int64_t now,
		     bool *ret_first, struct err *err)
{
	int added = 0, rc = 0;

	if (cap != CAP_NONE)
		rc = run_cap(s, CAP_SET, deposit_id, cap, now, &added, err);
	if (rc == 0 && added == 0)
		rc = run_cap(s, CAP_CHANGE, deposit_id, cap, now, NULL, err);
	if (rc == 0)
		*ret_first = added > 0;
	return rc;
}

int store_payout_uncap_all(struct store *s, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_control, CAP_CLEAR_ALL, &q);
	return stmt_run(&q, NULL, err);
}

static enum cap read_cap(struct stmt *q, int column)
{
	char name[16];
	enum cap cap = CAP_NONE;

	stmt_text(q, column, name, sizeof(name));
	if (!cap_parse(name, &cap))
		stmt_damaged(q, column);
	return cap;
}

int store_payout_cap_of(struct store *s, uint64_t deposit_id, enum cap *ret, struct err *err)
{
	enum cap cap = CAP_NONE;
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_control, CAP_GET, &q);
	stmt_bind_u64(&q, 1, deposit_id);
	rc = stmt_step(&q, err);
	if (rc == 1) {
		cap = read_cap(&q, 0);
		rc = stmt_row_check(&q, err);
	}
	stmt_done(&q);
	if (rc == 0)
		*ret = cap;
	return rc;
}

static void count_capped(struct stmt *q, struct capped *c)
{
	enum cap cap = read_cap(q, 1);

	if (c->count++ == 0) {
		c->deposit_id = stmt_u64(q, 0);
		c->cap = cap;
	}
	if (!droplets_add(c->sum, stmt_droplets(q, 2), &c->sum))
		c->sum = droplets_of(UINT64_MAX);
}

int store_payout_capped(struct store *s, struct capped *ret, struct err *err)
{
	struct capped c = { .count = 0 };
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_control, CAPPED, &q);
	while ((rc = stmt_step(&q, err)) == 1) {
		count_capped(&q, &c);
		rc = stmt_row_check(&q, err);
		if (rc < 0)
			break;
	}
	stmt_done(&q);
	if (rc == 0)
		*ret = c;
	return rc;
}

int store_spent_since(struct store *s, int64_t since, store_spent_fn fn, void *arg, struct err *err)
{
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_control, SPENT_SINCE, &q);
	stmt_bind_i64(&q, 1, since);
	while ((rc = stmt_step(&q, err)) == 1) {
		int64_t at = stmt_i64(&q, 0);
		struct droplets amount = stmt_droplets(&q, 1);

		rc = stmt_row_check(&q, err);
		if (rc < 0)
			break;
		fn(arg, at, amount);
	}
	stmt_done(&q);
	return rc;
}

int store_payout_tx_latest(struct store *s, int64_t *ret, struct err *err)
{
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_control, TX_LATEST, &q);
	rc = stmt_step(&q, err);
	if (rc == 1) {
		*ret = stmt_i64(&q, 0); /* NULL reads as 0 */
		rc = stmt_row_check(&q, err);
	}
	stmt_done(&q);
	return rc;
}

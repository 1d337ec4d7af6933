/* An act is one transaction: what it changes and who did it.  Only then is it answered, so a
 * message that is lost or comes twice does no harm: what is done already changes nothing.
 *
 * Who asks: the kernel says the uid, and the list of messages that only tellerctl may ask; the name
 * is what the operator's tool was told. */
#include "senderd/controls.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/fault.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "common/store/control_store.h"
#include "common/store/payout_tx_store.h"

/* --- one act, one transaction ---------------------------------------------------------------- */
static int begin(const struct controls *c, struct err *err)
{
	if (c->commits != NULL)
		commit_group_flush(c->commits);
	return store_begin(c->store, err);
}

/* With the result of the work. */
static int finish(const struct controls *c, int rc, struct err *err)
{
	if (rc == 0)
		return store_commit(c->store, err);
	store_rollback(c->store);
	return rc;
}

static bool has_control(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	return false;
}

static int act_init(struct act *a, const char *who, const char *why, uid_t uid, struct err *err)
{
	*a = (struct act){ .uid = uid, .at = clock_unix() };
	if (who[0] == '\0' || !text_is_plain(who) || !text_copy(a->who, sizeof(a->who), who))
		return err_set(err, ERR_INVALID, "no name that can be written down was given");
	if (has_control(why))
		return err_set(err, ERR_INVALID, "the reason must be one line of text");
	if (!text_copy(a->why, sizeof(a->why), why))
		return err_set(err, ERR_INVALID, "the reason is longer than %zu bytes",
			       sizeof(a->why) - 1);
	return 0;
}

static void log_act(const char *event, const char *subject, const struct act *a)
{
	log_info(event, "%swho=%s uid=%" PRIu32 " why=\"%s\"", subject, a->who, a->uid, a->why);
}

/* --- the hold -------------------------------------------------------------------------------- */
static void say_held(const struct act *by, char *ret, size_t size)
{
	char since[CLOCK_TEXT_MAX];

	clock_text(by->at, since);
	(void)snprintf(ret, size, "sending is held by %s since %s%s%s", by->who, since,
		       by->why[0] != '\0' ? ": " : "", by->why);
}

/* In health, and to whoever asks. */
static int tell_hold(const struct controls *c, char *ret, size_t size, struct err *err)
{
	struct act by;
	bool held;
	int rc = store_send_held(c->store, &held, &by, err);

	if (rc < 0)
		return rc;
	if (held) {
		say_held(&by, ret, size);
		health_raise(c->health, "send_held",
			     "%s; payouts are recorded and wait, `tellerctl send resume` ends it",
			     ret);
	} else {
		health_clear(c->health, "send_held");
		(void)snprintf(ret, size, "sending goes on%s",
			       c->send_enabled ? ""
					       : " as far as operators are concerned, but it is "
						 "switched off (sky_exchanger.send_enabled)");
	}
	return 0;
}

static int hold(const struct controls *c, const struct act *act, struct err *err)
{
	bool changed = false;
	int rc = begin(c, err);

	if (rc < 0)
		return rc;
	rc = store_send_hold(c->store, act, &changed, err);
	FAULT("controls.hold.before");
	rc = finish(c, rc, err);
	FAULT("controls.hold.after");
	if (rc == 0 && changed)
		log_act("send_held", "", act);
	return rc;
}

static int resume(const struct controls *c, const struct act *act, struct err *err)
{
	bool changed = false;
	int rc = begin(c, err);

	if (rc < 0)
		return rc;
	rc = store_send_resume(c->store, act, &changed, err);
	FAULT("controls.resume.before");
	rc = finish(c, rc, err);
	FAULT("controls.resume.after");
	if (rc == 0 && changed)
		log_act("send_resumed", "", act);
	return rc;
}

static int ask_hold(const struct controls *c, const struct msg_send_hold *m, uid_t uid,
		    struct msg_control_reply *ret, struct err *err)
{
	struct act act;
	int rc = act_init(&act, m->who, m->why, uid, err);

	if (rc == 0)
		rc = hold(c, &act, err);
	return rc < 0 ? rc : tell_hold(c, ret->text, sizeof(ret->text), err);
}

static int ask_resume(const struct controls *c, const struct msg_send_resume *m, uid_t uid,
		      struct msg_control_reply *ret, struct err *err)
{
	struct act act;
	int rc = act_init(&act, m->who, m->why, uid, err);

	if (rc == 0)
		rc = resume(c, &act, err);
	return rc < 0 ? rc : tell_hold(c, ret->text, sizeof(ret->text), err);
}

/* --- approving ------------------------------------------------------------------------------- */
static int approve(const struct controls *c, uint64_t deposit_id, const struct act *act,
		   struct payout *ret, struct err *err)
{
	char subject[48];
	bool changed = false;
	int rc = begin(c, err);

	if (rc < 0)
		return rc;
	rc = store_payout_approve(c->store, deposit_id, act, &changed, err);
	if (rc == 0)
		rc = store_payout_get(c->store, deposit_id, ret, err);
	FAULT("controls.approve.before");
	rc = finish(c, rc, err);
	FAULT("controls.approve.after");
	(void)snprintf(subject, sizeof(subject), "deposit_id=%" PRIu64 " ", deposit_id);
	if (rc == 0 && changed)
		log_act("payout_approved", subject, act);
	return rc;
}

static int ask_approve(const struct controls *c, const struct msg_payout_approve *m, uid_t uid,
		       struct msg_control_reply *ret, struct err *err)
{
	char sky[UNITS_TEXT_MAX];
	struct payout p = { .deposit_id = m->deposit_id };
	struct act act;
	int rc = act_init(&act, m->who, "", uid, err);

	if (rc == 0)
		rc = approve(c, m->deposit_id, &act, &p, err);
	if (rc < 0)
		return rc;
	droplets_to_text(p.amount, sky);
	(void)snprintf(ret->text, sizeof(ret->text),
		       "payout of deposit %" PRIu64 " (%s SKY to %s) is approved", p.deposit_id,
		       sky, p.sky_address);
	return 0;
}

/* --- releasing a transaction ----------------------------------------------------------------- */
struct standing {
	enum payout_tx_state state;
	char released_by[PAYOUT_WHO_MAX];
};

static int on_tx(void *arg, const struct payout_tx *tx, struct err *err)
{
	struct standing *s = arg;

	(void)err;
	s->state = tx->state;
	(void)text_copy(s->released_by, sizeof(s->released_by), tx->released_by); /* same size */
	return 0;
}

static bool is_released(const struct standing *s)
{
	return s->released_by[0] != '\0' && s->state != PAYOUT_TX_SAVED &&
	       s->state != PAYOUT_TX_SENT;
}

/* Released before: nothing is left to do, and *ret_changed is false. */
static int release_once(const struct controls *c, const char *txid, const struct act *act,
			bool *ret_changed, struct err *err)
{
	struct standing s = { .state = PAYOUT_TX_SAVED };
	int rc = store_payout_tx_get(c->store, txid, on_tx, &s, err);

	if (rc < 0 || is_released(&s))
		return rc;
	rc = store_act_add(c->store, ACT_TX_RELEASE, txid, act, err);
	if (rc == 0)
		rc = store_payout_tx_release(c->store, txid, act->who, act->why, act->at, err);
	*ret_changed = rc == 0;
	return rc;
}

static int release(const struct controls *c, const char *txid, const struct act *act,
		   struct err *err)
{
	char subject[TXID_TEXT_MAX + 8];
	bool changed = false;
	int rc = begin(c, err);

	if (rc < 0)
		return rc;
	rc = release_once(c, txid, act, &changed, err);
	FAULT("controls.release.before");
	rc = finish(c, rc, err);
	FAULT("controls.release.after");
	if (rc < 0 || !changed)
		return rc;
	(void)snprintf(subject, sizeof(subject), "txid=%s ", txid);
	log_act("payout_tx_released", subject, act);
	c->on_feed(c->arg); /* its payouts wait again: exchangerd must know before they are paid */
	return 0;
}

static int ask_release(const struct controls *c, const struct msg_tx_release *m, uid_t uid,
		       struct msg_control_reply *ret, struct err *err)
{
	struct standing s = { .state = PAYOUT_TX_DEAD };
	struct act act;
	int rc = act_init(&act, m->who, m->why, uid, err);

	if (rc == 0)
		rc = release(c, m->txid, &act, err);
	if (rc == 0)
		rc = store_payout_tx_get(c->store, m->txid, on_tx, &s, err);
	if (rc < 0)
		return rc;
	(void)snprintf(ret->text, sizeof(ret->text),
		       "transaction %s was released by %s and is %s; what it has not paid is paid "
		       "by another one",
		       m->txid, s.released_by, payout_tx_state_name(s.state));
	return 0;
}

/* --- from outside ---------------------------------------------------------------------------- */
int controls_start(const struct controls *c, struct err *err)
{
	char text[ERR_TEXT_MAX];

	return tell_hold(c, text, sizeof(text), err);
}

int controls_do(const struct controls *c, const struct message *m, uid_t uid,
		struct msg_control_reply *ret, struct err *err)
{
	int rc;

	switch (m->type) {
	case MSG_TYPE_send_hold: rc = ask_hold(c, &m->u.send_hold, uid, ret, err); break;
	case MSG_TYPE_send_resume: rc = ask_resume(c, &m->u.send_resume, uid, ret, err); break;
	case MSG_TYPE_payout_approve:
		rc = ask_approve(c, &m->u.payout_approve, uid, ret, err);
		break;
	case MSG_TYPE_tx_release: rc = ask_release(c, &m->u.tx_release, uid, ret, err); break;
	default:
		return err_set(err, ERR_INVALID, "senderd does not answer '%s'",
			       message_name(m->type));
	}
	if (rc == 0)
		payer_check(c->payer);
	return rc;
}

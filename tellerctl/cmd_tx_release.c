/* `tx release`: the one command by which a signed payment is given up, so a person must know what
 * it does and say so twice, the second time with words that only this transaction has. */
#include <inttypes.h>
#include <string.h>

#include "common/base/text.h"
#include "tellerctl/control.h"
#include "tellerctl/operator.h"
#include "tellerctl/shown.h"
#include "tellerctl/tx_view.h"

#define QUESTION_MAX 8192
#define ANSWER_MAX   128
#define DIGITS	     8

static const char story[] =
	"\n\nTo release it means: Teller gives it up and pays these payouts with another\n"
	"transaction.  The old one is signed and has been offered to the network; no node\n"
	"can be made to forget it, and whoever has its bytes may broadcast them.\n\n"
	"Teller lets the new one spend an output that the old one spends too: then only one\n"
	"of the two can be confirmed.  While the node shows none of them unspent, the payouts\n"
	"wait until the old one is confirmed after all, or provably dead.  It cannot be taken\n"
	"back.  Never pay these payouts by hand meanwhile: THEN CUSTOMERS MAY BE PAID\n"
	"TWICE, and what was paid cannot be called back.\n\n"
	"Before: look up its inputs (tellerctl tx show) in an explorer or at another node.\n"
	"If the transaction is there, do not release it: mend the node and wait.  If an\n"
	"input was spent by another one, wait until that is deep enough\n"
	"(sky_exchanger.dead_depth): Teller then gives this one up by itself.\n\n";

struct doomed {
	struct store *store;
	struct buf story; /* what is told before it is asked */
	bool released;	  /* already: senderd only says so again */
};

static void tell_story(struct doomed *d, const struct tx_view *v)
{
	char sky[UNITS_TEXT_MAX];

	droplets_to_text(v->sum, sky);
	(void)buf_printf(&d->story,
			 "Transaction %s\nis to pay %zu payouts, %s SKY together.  A node refuses "
			 "it:\n  ",
			 v->tx->txid, v->payout_count, sky);
	put_shown(v->tx->held_why, &d->story);
	(void)buf_puts(&d->story, story);
}

static int on_tx(void *arg, const struct payout_tx *tx, struct err *err)
{
	struct doomed *d = arg;
	struct tx_view v;
	int rc;

	d->released = tx_is_released(tx);
	if (!tx_is_held(tx) && !d->released)
		return err_set(
			err, ERR_INVALID,
			"transaction %s is not held, it is %s: only what nodes refuse can be "
			"released",
			tx->txid, payout_tx_state_name(tx->state));
	rc = tx_view_load(&v, d->store, tx, err);
	if (rc < 0)
		return rc;
	tell_story(d, &v);
	tx_view_release(&v);
	return 0;
}

static int ask(struct ctl *ctl, const char *question, const char *want, struct err *err)
{
	char answer[ANSWER_MAX];
	int rc = ctl->ask(question, answer, sizeof(answer), err);

	if (rc < 0 || strcmp(answer, want) == 0)
		return rc;
	return err_set(err, ERR_INVALID, "that was not '%s': nothing was done", want);
}

static int ask_twice(struct ctl *ctl, struct doomed *d, const char *txid, struct err *err)
{
	char digits[DIGITS + 1] = "";
	int rc;

	if (ctl->ask == NULL)
		return err_set(err, ERR_INVALID, "there is no terminal to ask at");
	(void)buf_puts(&d->story, "Release it?  Type 'yes': ");
	if (d->story.failed)
		return err_set(err, ERR_FATAL, "out of memory");
	rc = ask(ctl, buf_text(&d->story), "yes", err);
	if (rc < 0)
		return rc;
	memcpy(digits, txid, DIGITS);
	return ask(ctl, "Really?  Type the first 8 characters of its txid: ", digits, err);
}

static int check_options(const struct ctl *ctl, struct err *err)
{
	if (ctl->sure && (ctl->why == NULL || ctl->why[0] == '\0'))
		return err_set(err, ERR_INVALID, "--yes-i-know needs --why: it is written down");
	return 0;
}

/* Refused here while it is not held, so that nobody is asked in vain; senderd looks again. */
static int persuade(struct ctl *ctl, const char *txid, struct err *err)
{
	struct doomed d = { .story = BUF_INIT(QUESTION_MAX) };
	int rc = ctl_open_store(ctl, &d.store, err);

	if (rc == 0)
		rc = store_payout_tx_get(d.store, txid, on_tx, &d, err);
	store_close(d.store); /* a person may take hours to answer */
	if (rc == 0 && !ctl->sure && !d.released)
		rc = ask_twice(ctl, &d, txid, err);
	buf_release(&d.story);
	return rc;
}

int ctl_tx_release(struct ctl *ctl, int argc, char **argv, struct err *err)
{
	struct message m = { .type = MSG_TYPE_tx_release };
	struct msg_tx_release *r = &m.u.tx_release;
	char *why = (char *)ctl->why; /* is only read */
	int rc = check_options(ctl, err);

	(void)argc;
	if (rc == 0)
		rc = tx_check_id(argv[0], err);
	if (rc == 0)
		rc = control_reason(why != NULL, &why, r->why, sizeof(r->why), err);
	if (rc == 0)
		rc = persuade(ctl, argv[0], err);
	if (rc < 0)
		return rc;
	(void)text_copy(r->txid, sizeof(r->txid), argv[0]); /* 64 digits fit */
	operator_name(r->who, sizeof(r->who));
	return control_tell(ctl, &m, err);
}

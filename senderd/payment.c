/* The justification of a payment is read here, and only here, from the database: the payout must
 * wait, its deposit must be in waiting_send, address and amount must be equal in both.  A payout
 * that disagrees with its deposit is refused and a person is told; one whose deposit has been
 * voided is left alone, it may come back.  So is one that this node would not take: another node,
 * or the same one differently configured, may.
 *
 * Nothing leaves this file that has not been verified by senderd/verify and committed. */
#include "senderd/payment.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/fault.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "common/store/deposit_store.h"
#include "common/store/payout_tx_store.h"
#include "senderd/batch.h"
#include "senderd/cap_gate.h"
#include "senderd/sky_sign.h"
#include "senderd/verify.h"

#define PAGE_ROWS    200
#define VARIANTS_MAX 64

struct candidate {
	uint64_t deposit_id;
	char address[ADDRESS_TEXT_MAX];
	struct droplets amount;
	bool replaces; /* it was in a transaction that is dead */
};

struct maker {
	const struct payment_need *need;
	struct payment *payment;
	struct batch batch;
	struct cap_gate gate;
	int64_t now;		  /* what the transaction is dated with */
	bool done;		  /* no more payouts need to be looked at */
	struct verify_owed *owed; /* whom the payouts of the batch say to pay */
	unsigned count;
	struct candidate page[PAGE_ROWS];
};

/* --- may it be paid? ----------------------------------------------------------------------- */
enum verdict { PAY, LEAVE, REFUSE };

static enum verdict judge_deposit(const struct candidate *c, const struct deposit *d,
				  const char **ret_why)
{
	if (d->state != DEPOSIT_WAITING_SEND || d->left_chain)
		return LEAVE;
	if (strcmp(d->sky_address, c->address) != 0)
		*ret_why = "payout goes to another address than its deposit says";
	else if (droplets_compare(d->to_send, c->amount) != 0)
		*ret_why = "payout has another amount than its deposit says";
	else
		return PAY;
	return REFUSE;
}

/* Our own change would come in as somebody's deposit, and be paid out, again and again. */
static enum verdict judge_origin(const struct maker *m, const struct deposit *d,
				 const char **ret_why)
{
	struct sky_address address;

	if (d->coin != COIN_SKY || sky_address_parse(d->address, &address, NULL) < 0 ||
	    !wallet_owns(m->need->wallet, &address))
		return PAY;
	*ret_why = "deposit was paid to the hot wallet itself";
	return REFUSE;
}

/* What the deposit owes is its value at its frozen rate, cut to the decimal places that were
 * configured on that day. */
static enum verdict judge_rate(const struct deposit *d, const char **ret_why)
{
	struct droplets whole;
	struct rate rate;

	*ret_why = "deposit owes something else than its value at its rate";
	if (rate_parse(d->rate.text, &rate, NULL) < 0 ||
	    rate_apply(&rate, d->coin, d->value, DROPLETS_DECIMALS, &whole, NULL) < 0)
		return REFUSE;
	for (unsigned places = 0; places <= DROPLETS_DECIMALS; places++)
		if (droplets_compare(droplets_truncate(whole, places), d->to_send) == 0)
			return PAY;
	return REFUSE;
}

static enum verdict judge_output(const struct candidate *c, struct sky_address *ret_to,
				 const char **ret_why)
{
	if (sky_address_parse(c->address, ret_to, NULL) < 0)
		*ret_why = "payout's address is no Skycoin address";
	else if (sky_address_is_null(ret_to))
		*ret_why = "payout goes to the null address";
	else if (droplets_is_zero(c->amount))
		*ret_why = "payout of nothing";
	else
		return PAY;
	return REFUSE;
}

static enum verdict judge_policy(const struct candidate *c, const struct sky_policy *policy,
				 const char **ret_why)
{
	if (policy_allows(policy, c->amount))
		return PAY;
	*ret_why = "a payout has more decimal places than the node allows";
	return LEAVE;
}

/* A transaction that paid it before, and was released, could still be confirmed: what is built now
 * must make that impossible. */
static int judge_replaced(const struct maker *m, const struct candidate *c, enum verdict *ret,
			  const char **ret_why, struct err *err)
{
	bool excluded;
	int rc =
		replaced_excludes(m->need->replaced, m->need->store, c->deposit_id, &excluded, err);

	if (rc < 0 || excluded)
		return rc;
	*ret = LEAVE;
	*ret_why =
		"a released transaction may still pay a payout: none of its outputs can be spent";
	return 0;
}

static int judge(const struct maker *m, const struct candidate *c, struct sky_address *ret_to,
		 enum verdict *ret, const char **ret_why, struct err *err)
{
	struct deposit d;
	int rc = store_deposit_get(m->need->store, c->deposit_id, &d, err);

	if (rc == ERR_NOT_FOUND) {
		*ret = REFUSE;
		*ret_why = "payout without a deposit";
		return 0;
	}
	if (rc < 0)
		return rc;
	*ret = judge_deposit(c, &d, ret_why);
	if (*ret == PAY)
		*ret = judge_origin(m, &d, ret_why);
	if (*ret == PAY)
		*ret = judge_rate(&d, ret_why);
	if (*ret == PAY)
		*ret = judge_output(c, ret_to, ret_why);
	if (*ret == PAY)
		*ret = judge_policy(c, m->need->policy, ret_why);
	return *ret == PAY && c->replaces ? judge_replaced(m, c, ret, ret_why, err) : 0;
}

static int refuse(struct maker *m, const struct candidate *c, const char *why, struct err *err)
{
	char sky[UNITS_TEXT_MAX];

	droplets_to_text(c->amount, sky);
	log_watch("payout_refused", "deposit_id=%" PRIu64 " to=%s coins=%s why=\"%s\"",
		  c->deposit_id, c->address, sky, why);
	m->payment->refused++;
	return store_payout_refuse(m->need->store, c->deposit_id, why, m->now, err);
}

/* --- gathering ----------------------------------------------------------------------------- */
static void offer(struct maker *m, const struct candidate *c, const struct sky_address *to)
{
	switch (batch_offer(&m->batch, c->deposit_id, to, c->amount)) {
	case BATCH_TAKEN:
		m->owed[m->batch.count - 1] = (struct verify_owed){ *to, c->amount };
		cap_gate_count(&m->gate, c->amount);
		m->done = batch_is_spent(&m->batch);
		break;
	case BATCH_TOO_LARGE: break;
	case BATCH_SCATTERED:
		m->payment->waits = "wallet's outputs are too small for a payment";
		break;
	case BATCH_FULL: m->done = true; break;
	}
}

static int offer_page(struct maker *m, struct err *err)
{
	for (unsigned i = 0; i < m->count && !m->done; i++) {
		const struct candidate *c = &m->page[i];
		struct sky_address to;
		enum verdict verdict;
		const char *why = NULL;
		bool passes = false; /* the caps */
		int rc = judge(m, c, &to, &verdict, &why, err);

		if (rc == 0 && verdict == REFUSE)
			rc = refuse(m, c, why, err);
		if (rc == 0 && verdict == PAY)
			rc = cap_gate_ask(&m->gate, c->deposit_id, c->amount, &passes, err);
		if (rc < 0)
			return rc;
		if (verdict == PAY && passes)
			offer(m, c, &to);
		else if (verdict == LEAVE && why != NULL)
			m->payment->waits = why;
	}
	return 0;
}

static int on_waiting(void *arg, const struct payout *p, struct err *err)
{
	struct maker *m = arg;
	struct candidate *c = &m->page[m->count];

	if (m->count == PAGE_ROWS)
		return err_set(err, ERR_INVALID, "more payouts than were asked for");
	*c = (struct candidate){ .deposit_id = p->deposit_id,
				 .amount = p->amount,
				 .replaces = p->replaces[0] != '\0' };
	(void)text_copy(c->address, sizeof(c->address), p->sky_address); /* same size */
	m->count++;
	return 0;
}

/* Page by page, so that a long queue costs time and no memory. */
static int gather(struct maker *m, struct err *err)
{
	uint64_t after = 0;
	int rc = 0;

	do {
		m->count = 0;
		rc = store_payout_waiting(m->need->store, after, PAGE_ROWS, on_waiting, m, err);
		if (rc == 0 && m->count > 0) {
			after = m->page[m->count - 1].deposit_id;
			rc = offer_page(m, err);
		}
	} while (rc == 0 && m->count == PAGE_ROWS && !m->done);
	return rc;
}

/* --- sealing ------------------------------------------------------------------------------- */
static int save(struct maker *m, const struct sky_tx *t, struct err *err)
{
	struct payment *p = m->payment;
	const struct sha256 id = sky_tx_id((const uint8_t *)p->raw.data, p->raw.len);
	struct payout_tx tx = { .raw = (const uint8_t *)p->raw.data,
				.raw_len = p->raw.len,
				.state = PAYOUT_TX_SAVED,
				.created_at = m->now,
				.updated_at = m->now };

	hex_from_bytes(id.b, sizeof(id.b), p->txid);
	(void)text_copy(tx.txid, sizeof(tx.txid), p->txid); /* same size */
	return store_payout_tx_save(m->need->store, &tx, m->batch.ids, m->batch.count,
				    (const uint8_t(*)[32])(const void *)t->inputs, t->input_count,
				    err);
}

/* The node's rules, and that it gives away what is owed and no more. */
static int verify(const struct maker *m, const struct uxout *const *spent, size_t count,
		  struct err *err)
{
	const uint8_t *raw = (const uint8_t *)m->payment->raw.data;
	size_t len = m->payment->raw.len, addresses;
	const struct sky_address *own = wallet_addresses(m->need->wallet, &addresses);
	int rc = verify_raw(raw, len, spent, count, m->need->policy, err);

	return rc < 0 ? rc : verify_pays(raw, len, m->owed, m->batch.count, own, addresses, err);
}

static int sign_and_verify(struct maker *m, struct sky_tx *t, const struct uxout *const *spent,
			   struct err *err)
{
	struct payment *p = m->payment;
	int rc = sky_sign(t, spent, m->need->wallet, err);

	if (rc < 0)
		return rc;
	if (!sky_tx_encode(t, &p->raw))
		return err_set(err, ERR_INVALID, "transaction is larger than %d bytes",
			       PAYOUT_TX_RAW_MAX);
	rc = verify(m, spent, t->input_count, err);
	return rc < 0 ? err_wrap(err, "a transaction we built is not what it should be") : 0;
}

static int found_it(void *arg, const struct payout_tx *tx, struct err *err)
{
	(void)arg, (void)tx, (void)err;
	return 0;
}

/* Is what was just signed, byte for byte, a transaction that we have? */
static int is_known(struct maker *m, bool *ret, struct err *err)
{
	const struct sha256 id =
		sky_tx_id((const uint8_t *)m->payment->raw.data, m->payment->raw.len);
	char txid[TXID_TEXT_MAX];
	int rc;

	hex_from_bytes(id.b, sizeof(id.b), txid);
	rc = store_payout_tx_get(m->need->store, txid, found_it, NULL, err);
	*ret = rc == 0;
	return rc == ERR_NOT_FOUND ? 0 : rc;
}

/* Burn one hour more, of the last output that has one; false when none has. */
static bool vary(struct sky_tx *t)
{
	for (size_t i = t->output_count; i > 0; i--)
		if (hours_sub(t->outputs[i - 1].hours, hours_of(1), &t->outputs[i - 1].hours))
			return true;
	return false;
}

/* What is built anew for released payouts can come out as the bytes that were released: signing the
 * same twice gives the same.  Two histories may not share one transaction, so it is made another.
 * *ret false: it cannot be. */
static int sign_another(struct maker *m, struct sky_tx *t, const struct uxout *const *spent,
			bool *ret, struct err *err)
{
	bool known = true;
	int rc = 0;

	for (unsigned i = 0; rc == 0 && known && i < VARIANTS_MAX; i++) {
		buf_clear(&m->payment->raw);
		if (i > 0 && !vary(t))
			break;
		rc = sign_and_verify(m, t, spent, err);
		if (rc == 0)
			rc = is_known(m, &known, err);
	}
	*ret = rc == 0 && !known;
	return rc;
}

/* Sign, verify and save it; both are released. */
static int seal(struct maker *m, struct sky_tx *t, const struct uxout **spent, struct err *err)
{
	bool is_new;
	int rc = sign_another(m, t, spent, &is_new, err);

	if (rc == 0 && !is_new)
		m->payment->waits = "a payment would be the same as one that was released";
	if (rc == 0 && is_new)
		rc = save(m, t, err);
	if (rc == 0)
		m->payment->made = is_new;
	sky_tx_release(t);
	free(spent);
	return rc;
}

static int commit(struct maker *m, struct err *err)
{
	int rc;

	FAULT("payer.save.before");
	rc = store_commit(m->need->store, err);
	FAULT("payer.save.after");
	return rc;
}

static void log_saved(const struct maker *m)
{
	char sky[UNITS_TEXT_MAX];

	droplets_to_text(m->batch.sum, sky);
	if (m->batch.count > 0)
		log_info("payout_tx_saved", "txid=%s payouts=%zu coins=%s size_bytes=%zu",
			 m->payment->txid, m->batch.count, sky, m->payment->raw.len);
	else
		log_info("wallet_split", "txid=%s size_bytes=%zu", m->payment->txid,
			 m->payment->raw.len);
}

/* --- the ways to make one -------------------------------------------------------------------- */
typedef int (*maker_fn)(struct maker *m, struct err *err);

static int pay(struct maker *m, struct err *err)
{
	const struct uxout **spent;
	struct sky_tx t;
	int rc = gather(m, err);

	if (rc < 0 || m->batch.count == 0)
		return rc;
	rc = batch_build(&m->batch, &t, &spent, err);
	if (rc < 0)
		return rc;
	if (!replaced_is_spent(m->need->replaced, &t)) {
		sky_tx_release(&t);
		free(spent);
		return err_set(err, ERR_INVALID,
			       "a transaction we built does not exclude the one it replaces");
	}
	return seal(m, &t, spent, err);
}

/* Nobody is owed anything here, so that verify() lets no coin go to anybody else. */
static int split(struct maker *m, struct err *err)
{
	const struct uxout **spent;
	struct sky_tx t;
	int rc = composer_split(&m->batch.composer, &t, &spent, err);

	if (rc == ERR_NOT_FOUND)
		return 0;
	return rc < 0 ? rc : seal(m, &t, spent, err);
}

static int make(struct maker *m, maker_fn fn, struct err *err)
{
	int rc = store_begin(m->need->store, err);

	if (rc < 0)
		return rc;
	rc = cap_gate_open(&m->gate, m->need->store, m->need->caps, clock_unix(), err);
	m->now = m->gate.window.now;
	if (rc == 0)
		rc = fn(m, err);
	if (rc < 0) {
		store_rollback(m->need->store);
		return rc;
	}
	rc = commit(m, err);
	if (rc == 0 && m->payment->made)
		log_saved(m);
	return rc;
}

static void maker_free(struct maker *m)
{
	batch_release(&m->batch);
	free(m->owed);
	free(m);
}

static struct maker *maker_new(const struct payment_need *need, struct payment *payment)
{
	const struct composer composer = { .choice = need->choice,
					   .policy = *need->policy,
					   .rules = need->rules,
					   .change = *wallet_change(need->wallet),
					   .coming = need->coming };
	struct maker *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->need = need;
	m->payment = payment;
	m->owed = calloc(BATCH_PAYOUTS_MAX, sizeof(*m->owed));
	if (m->owed != NULL && batch_init(&m->batch, &composer, NULL) == 0)
		return m;
	maker_free(m);
	return NULL;
}

static int payment_by(maker_fn fn, const struct payment_need *need, struct payment *ret,
		      struct err *err)
{
	struct maker *m;
	int rc;

	*ret = (struct payment){ .raw = BUF_INIT(PAYOUT_TX_RAW_MAX) };
	m = maker_new(need, ret);
	if (m == NULL)
		return err_set(err, ERR_FATAL, "out of memory");
	rc = make(m, fn, err);
	maker_free(m);
	if (rc < 0)
		payment_release(ret);
	return rc;
}

int payment_make(const struct payment_need *need, struct payment *ret, struct err *err)
{
	return payment_by(pay, need, ret, err);
}

int payment_split(const struct payment_need *need, struct payment *ret, struct err *err)
{
	return payment_by(split, need, ret, err);
}

void payment_release(struct payment *p)
{
	buf_release(&p->raw);
	*p = (struct payment){ .raw = BUF_INIT(PAYOUT_TX_RAW_MAX) };
}

/* A transaction is excluded by any one of its inputs.  The first that is spendable is taken, unless
 * one is on the list already: two dead transactions may share one. */
#include "senderd/replaced.h"

#include <stdio.h>
#include <string.h>

#include "common/store/payout_tx_store.h"

struct finder {
	const struct uxout_set *spendable;
	struct replaced *r;
};

static bool same(const struct sha256 *a, const struct sha256 *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

static bool is_listed(const struct replaced *r, const struct sha256 *id)
{
	for (size_t i = 0; i < r->id_count; i++)
		if (same(&r->ids[i], id))
			return true;
	return false;
}

static bool is_spendable(const struct uxout_set *set, const struct sha256 *id)
{
	for (size_t i = 0; i < set->count; i++)
		if (same(&set->items[i].id, id))
			return true;
	return false;
}

/* True when an input of it is on the list, or could be put there. */
static bool exclude(struct finder *f, const struct sky_tx *t)
{
	for (size_t i = 0; i < t->input_count; i++)
		if (is_listed(f->r, &t->inputs[i]))
			return true;
	for (size_t i = 0; i < t->input_count; i++)
		if (is_spendable(f->spendable, &t->inputs[i])) {
			f->r->ids[f->r->id_count++] = t->inputs[i];
			return true;
		}
	return false;
}

static int on_dead(void *arg, const struct payout_tx *tx, struct err *err)
{
	struct finder *f = arg;
	struct replaced *r = f->r;
	struct sky_tx t;
	int rc;

	if (r->excluded_count == REPLACED_MAX)
		return 0;
	rc = sky_tx_decode(tx->raw, tx->raw_len, &t, err);
	if (rc < 0)
		return err_wrap(err, "saved transaction %s", tx->txid);
	if (exclude(f, &t))
		(void)snprintf(r->excluded[r->excluded_count++], TXID_TEXT_MAX, "%s", tx->txid);
	sky_tx_release(&t);
	return 0;
}

int replaced_find(struct store *s, const struct uxout_set *spendable, struct replaced *ret,
		  struct err *err)
{
	struct finder f = { spendable, ret };

	*ret = (struct replaced){ .id_count = 0 };
	return store_payout_tx_each(s, 0, PAYOUT_TX_REPLACED, on_dead, &f, err);
}

/* --- of one payout ---------------------------------------------------------------------------- */
struct judge {
	const struct replaced *r;
	bool all;
};

static bool is_excluded(const struct replaced *r, const char *txid)
{
	for (size_t i = 0; i < r->excluded_count; i++)
		if (strcmp(r->excluded[i], txid) == 0)
			return true;
	return false;
}

static int on_tx(void *arg, const struct payout_tx *tx, struct err *err)
{
	struct judge *j = arg;

	(void)err;
	if (tx->state != PAYOUT_TX_DEAD || (!tx->proven && !is_excluded(j->r, tx->txid)))
		j->all = false;
	return 0;
}

int replaced_excludes(const struct replaced *r, struct store *s, uint64_t deposit_id, bool *ret,
		      struct err *err)
{
	struct judge j = { r, true };
	int rc = store_payout_tx_each_of(s, deposit_id, on_tx, &j, err);

	*ret = rc == 0 && j.all;
	return rc;
}

bool replaced_is_spent(const struct replaced *r, const struct sky_tx *t)
{
	for (size_t i = 0; i < r->id_count; i++) {
		size_t n = 0;

		while (n < t->input_count && !same(&t->inputs[n], &r->ids[i]))
			n++;
		if (n == t->input_count)
			return false;
	}
	return true;
}

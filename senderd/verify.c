/* Each rule is one function in a table, in the order in which a node applies them; the first that
 * fails decides.  Written against the rules, not against the code that builds transactions: it
 * shares only the byte form and the hashes with it, so that a mistake there is found here. */
#include "senderd/verify.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/keys/ec.h"

typedef int (*rule_fn)(const struct verify_case *c, struct err *err);

static int broken(struct err *err, const char *text)
{
	return err_set(err, ERR_INVALID, "%s", text);
}

static int apply(const rule_fn *rules, size_t count, const struct verify_case *c, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = rules[i](c, err);
	return rc;
}

#define APPLY(rules, c, err) apply(rules, sizeof(rules) / sizeof((rules)[0]), c, err)

/* --- sums ---------------------------------------------------------------------------------- */
static bool output_hours(const struct verify_case *c, struct hours *ret)
{
	*ret = hours_of(0);
	for (size_t i = 0; i < c->tx->output_count; i++)
		if (!hours_add(*ret, c->tx->outputs[i].hours, ret))
			return false;
	return true;
}

static bool input_hours(const struct verify_case *c, struct hours *ret)
{
	*ret = hours_of(0);
	for (size_t i = 0; i < c->spent_count; i++)
		if (!hours_add(*ret, c->spent[i]->hours, ret))
			return false;
	return true;
}

static bool output_coins(const struct verify_case *c, struct droplets *ret)
{
	*ret = droplets_of(0);
	for (size_t i = 0; i < c->tx->output_count; i++)
		if (!droplets_add(*ret, c->tx->outputs[i].coins, ret))
			return false;
	return true;
}

static bool input_coins(const struct verify_case *c, struct droplets *ret)
{
	*ret = droplets_of(0);
	for (size_t i = 0; i < c->spent_count; i++)
		if (!droplets_add(*ret, c->spent[i]->coins, ret))
			return false;
	return true;
}

/* --- user ---------------------------------------------------------------------------------- */
static int rule_no_null_address(const struct verify_case *c, struct err *err)
{
	for (size_t i = 0; i < c->tx->output_count; i++)
		if (sky_address_is_null(&c->tx->outputs[i].to))
			return broken(err, "Transaction output is sent to the null address");
	return 0;
}

/* --- hard ---------------------------------------------------------------------------------- */
static int rule_inputs_exist(const struct verify_case *c, struct err *err)
{
	char id[2 * sizeof(struct sha256) + 1];

	for (size_t i = 0; i < c->tx->input_count; i++) {
		if (i < c->spent_count &&
		    memcmp(c->tx->inputs[i].b, c->spent[i]->id.b, sizeof(c->tx->inputs[i].b)) == 0)
			continue;
		hex_from_bytes(c->tx->inputs[i].b, sizeof(c->tx->inputs[i].b), id);
		return err_set(err, ERR_INVALID, "unspent output of %s does not exist", id);
	}
	return 0;
}

static int rule_output_hours(const struct verify_case *c, struct err *err)
{
	struct hours sum;

	return output_hours(c, &sum) ? 0 : broken(err, "Transaction output hours overflow");
}

static int rule_has_inputs(const struct verify_case *c, struct err *err)
{
	return c->tx->input_count > 0 ? 0 : broken(err, "No inputs");
}

static int rule_has_outputs(const struct verify_case *c, struct err *err)
{
	return c->tx->output_count > 0 ? 0 : broken(err, "No outputs");
}

static int rule_signature_count(const struct verify_case *c, struct err *err)
{
	return c->tx->sig_count == c->tx->input_count ? 0
						      : broken(err, "Invalid number of signatures");
}

static int compare_ids(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct sha256));
}

static int rule_no_double_spend(const struct verify_case *c, struct err *err)
{
	size_t count = c->tx->input_count;
	struct sha256 *ids = calloc(count + 1, sizeof(*ids));
	int rc = 0;

	if (ids == NULL)
		return err_set(err, ERR_FATAL, "out of memory");
	if (count > 0)
		memcpy(ids, c->tx->inputs, count * sizeof(*ids));
	qsort(ids, count, sizeof(*ids), compare_ids);
	for (size_t i = 1; rc == 0 && i < count; i++)
		if (compare_ids(&ids[i - 1], &ids[i]) == 0)
			rc = broken(err, "Duplicate spend");
	free(ids);
	return rc;
}

static int rule_type(const struct verify_case *c, struct err *err)
{
	return c->tx->type == 0 ? 0 : broken(err, "transaction type invalid");
}

static int rule_no_zero_coins(const struct verify_case *c, struct err *err)
{
	for (size_t i = 0; i < c->tx->output_count; i++)
		if (droplets_is_zero(c->tx->outputs[i].coins))
			return broken(err, "Zero coin output");
	return 0;
}

static int rule_output_coins(const struct verify_case *c, struct err *err)
{
	struct droplets sum;

	return output_coins(c, &sum) ? 0 : broken(err, "Output coins overflow");
}

static int rule_length(const struct verify_case *c, struct err *err)
{
	return c->tx->length == sky_tx_size(c->tx->input_count, c->tx->output_count)
		       ? 0
		       : broken(err, "Incorrect transaction length");
}

static int compare_outputs(const void *a, const void *b)
{
	const struct sky_tx_output *x = a, *y = b;
	int d = memcmp(x->to.key_hash.b, y->to.key_hash.b, sizeof(x->to.key_hash.b));

	if (d == 0)
		d = (int)x->to.version - (int)y->to.version;
	if (d == 0)
		d = droplets_compare(x->coins, y->coins);
	if (d == 0)
		d = x->hours.n < y->hours.n ? -1 : x->hours.n > y->hours.n;
	return d;
}

static int rule_outputs_differ(const struct verify_case *c, struct err *err)
{
	size_t count = c->tx->output_count;
	struct sky_tx_output *outputs = calloc(count + 1, sizeof(*outputs));
	int rc = 0;

	if (outputs == NULL)
		return err_set(err, ERR_FATAL, "out of memory");
	if (count > 0)
		memcpy(outputs, c->tx->outputs, count * sizeof(*outputs));
	qsort(outputs, count, sizeof(*outputs), compare_outputs);
	for (size_t i = 1; rc == 0 && i < count; i++)
		if (compare_outputs(&outputs[i - 1], &outputs[i]) == 0)
			rc = broken(err, "Duplicate output in transaction");
	free(outputs);
	return rc;
}

static int rule_inner_hash(const struct verify_case *c, struct err *err)
{
	struct sha256 hash = sky_tx_inner_hash(c->tx);

	return memcmp(hash.b, c->tx->inner_hash.b, sizeof(hash.b)) == 0
		       ? 0
		       : broken(err, "InnerHash does not match computed hash");
}

static int rule_signatures_formed(const struct verify_case *c, struct err *err)
{
	static const struct signature none;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < c->tx->sig_count; i++) {
		struct sha256 digest = sky_tx_digest(c->tx, i);
		struct signature sig;

		memcpy(sig.b, c->tx->sigs[i].b, sizeof(sig.b));
		if (memcmp(sig.b, none.b, sizeof(sig.b)) == 0)
			return broken(err, "Unsigned input in transaction");
		rc = ec_verify_form(&digest, &sig, err);
	}
	return rc;
}

static int rule_signed_by_owner(const struct verify_case *c, struct err *err)
{
	for (size_t i = 0; i < c->tx->sig_count; i++) {
		struct sha256 digest = sky_tx_digest(c->tx, i);
		struct signature sig;

		memcpy(sig.b, c->tx->sigs[i].b, sizeof(sig.b));
		if (ec_verify_address(&c->spent[i]->owner, &digest, &sig, NULL) < 0)
			return broken(err, "Signature not valid for output being spent");
	}
	return 0;
}

static int rule_coins_balance(const struct verify_case *c, struct err *err)
{
	struct droplets in, out;
	int d;

	if (!input_coins(c, &in))
		return broken(err, "Input coins overflow");
	if (!output_coins(c, &out))
		return broken(err, "Output coins overflow");
	d = droplets_compare(out, in);
	if (d > 0)
		return broken(err, "Insufficient coins");
	return d < 0 ? broken(err, "Transactions may not destroy coins") : 0;
}

static int rule_input_hours(const struct verify_case *c, struct err *err)
{
	struct hours sum;

	return input_hours(c, &sum) ? 0 : broken(err, "Transaction input hours overflow");
}

static int rule_hours_suffice(const struct verify_case *c, struct err *err)
{
	struct hours in, out, fee;

	if (input_hours(c, &in) && output_hours(c, &out) && hours_sub(in, out, &fee))
		return 0;
	return broken(err, "Insufficient coin hours");
}

/* --- soft ---------------------------------------------------------------------------------- */
static int check_fee(const struct verify_case *c, unsigned burn_factor, struct err *err)
{
	struct hours in, out, fee, required;

	if (!input_hours(c, &in))
		return broken(err, "UxArray.CoinHours addition overflow");
	if (!output_hours(c, &out))
		return broken(err, "Transaction output hours overflow");
	if (!hours_sub(in, out, &fee))
		return broken(err, "Insufficient coinhours for transaction outputs");
	if (burn_factor == 0)
		return 0;
	if (fee.n == 0)
		return broken(err, "Transaction has zero coinhour fee");
	required = sky_required_fee(in, burn_factor);
	return hours_sub(fee, required, &fee)
		       ? 0
		       : broken(err, "Transaction coinhour fee minimum not met");
}

static int check_decimals(const struct verify_case *c, unsigned max_decimals, struct err *err)
{
	for (size_t i = 0; i < c->tx->output_count; i++) {
		struct droplets coins = c->tx->outputs[i].coins;

		if (max_decimals < DROPLETS_DECIMALS &&
		    droplets_compare(droplets_truncate(coins, max_decimals), coins) != 0)
			return broken(err, "invalid amount, too many decimal places");
	}
	return 0;
}

/* --- the tables ---------------------------------------------------------------------------- */
int verify_user(const struct verify_case *c, struct err *err)
{
	return rule_no_null_address(c, err);
}

int verify_hard(const struct verify_case *c, struct err *err)
{
	static const rule_fn rules[] = {
		rule_inputs_exist,
		rule_output_hours,
		rule_has_inputs,
		rule_has_outputs,
		rule_signature_count,
		rule_no_double_spend,
		rule_type,
		rule_no_zero_coins,
		rule_output_coins,
		rule_length,
		rule_outputs_differ,
		rule_inner_hash,
		rule_signatures_formed,
		rule_signed_by_owner,
		rule_coins_balance,
		rule_input_hours,
		rule_hours_suffice,
	};

	return APPLY(rules, c, err);
}

int verify_soft(const struct verify_case *c, const struct sky_policy *policy, struct err *err)
{
	int rc;

	if (sky_tx_size(c->tx->input_count, c->tx->output_count) > policy->max_tx_size)
		return broken(err, "Transaction size bigger than max block size");
	rc = check_fee(c, policy->burn_factor, err);
	return rc < 0 ? rc : check_decimals(c, policy->max_decimals, err);
}

int verify_raw(const uint8_t *raw, size_t len, const struct uxout *const *spent, size_t spent_count,
	       const struct sky_policy *policy, struct err *err)
{
	struct verify_case c = { .spent = spent, .spent_count = spent_count };
	struct sky_tx t;
	int rc = sky_tx_decode(raw, len, &t, err);

	if (rc < 0)
		return rc;
	c.tx = &t;
	rc = verify_user(&c, err);
	if (rc == 0)
		rc = verify_hard(&c, err);
	if (rc == 0)
		rc = verify_soft(&c, policy, err);
	sky_tx_release(&t);
	return rc;
}

/* --- who is paid --------------------------------------------------------------------------- */
static int compare_addresses(const struct sky_address *a, const struct sky_address *b)
{
	int d = memcmp(a->key_hash.b, b->key_hash.b, sizeof(a->key_hash.b));

	return d != 0 ? d : (int)a->version - (int)b->version;
}

static int compare_owed(const void *a, const void *b)
{
	const struct verify_owed *x = a, *y = b;

	return compare_addresses(&x->to, &y->to);
}

static bool is_own(const struct sky_address *a, const struct sky_address *own, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (compare_addresses(a, &own[i]) == 0)
			return true;
	return false;
}

/* A sorted list that is walked address by address. */
struct owed_list {
	struct verify_owed *items;
	size_t count, at;
};

/* Take all that stands at the front for this address; 0 when nothing does. */
static bool take_sum(struct owed_list *l, const struct sky_address *to, struct droplets *ret)
{
	*ret = droplets_of(0);
	for (; l->at < l->count && compare_addresses(&l->items[l->at].to, to) == 0; l->at++)
		if (!droplets_add(*ret, l->items[l->at].coins, ret))
			return false;
	return true;
}

static const struct sky_address *next_address(const struct owed_list *a, const struct owed_list *b)
{
	if (a->at == a->count)
		return b->at == b->count ? NULL : &b->items[b->at].to;
	if (b->at == b->count)
		return &a->items[a->at].to;
	return compare_addresses(&a->items[a->at].to, &b->items[b->at].to) <= 0
		       ? &a->items[a->at].to
		       : &b->items[b->at].to;
}

static int check_address(const struct sky_address *to, struct owed_list *gets,
			 struct owed_list *owed, bool own, struct err *err)
{
	char text[ADDRESS_TEXT_MAX];
	struct droplets paid, due;
	bool sums = take_sum(gets, to, &paid) && take_sum(owed, to, &due);
	int d = sums ? droplets_compare(paid, due) : 0;

	if (sums && (d == 0 || (own && d > 0)))
		return 0;
	sky_address_to_text(to, text);
	return err_set(err, ERR_INVALID, "transaction pays another sum to %s than it is owed",
		       text);
}

/* The outputs, and the payouts, each sorted by address. */
static bool list_outputs(struct owed_list *l, const struct sky_tx *t)
{
	*l = (struct owed_list){ .items = calloc(t->output_count + 1, sizeof(*l->items)),
				 .count = t->output_count };
	if (l->items == NULL)
		return false;
	for (size_t i = 0; i < l->count; i++)
		l->items[i] = (struct verify_owed){ t->outputs[i].to, t->outputs[i].coins };
	qsort(l->items, l->count, sizeof(*l->items), compare_owed);
	return true;
}

static bool list_owed(struct owed_list *l, const struct verify_owed *owed, size_t count)
{
	*l = (struct owed_list){ .items = calloc(count + 1, sizeof(*l->items)), .count = count };
	if (l->items == NULL)
		return false;
	if (count > 0)
		memcpy(l->items, owed, count * sizeof(*owed));
	qsort(l->items, l->count, sizeof(*l->items), compare_owed);
	return true;
}

static int check_owed(const struct sky_tx *t, const struct verify_owed *owed, size_t owed_count,
		      const struct sky_address *own, size_t own_count, struct err *err)
{
	struct owed_list gets = { .items = NULL }, due = { .items = NULL };
	const struct sky_address *next;
	int rc = 0;

	if (!list_outputs(&gets, t) || !list_owed(&due, owed, owed_count))
		rc = err_set(err, ERR_FATAL, "out of memory");
	while (rc == 0 && (next = next_address(&gets, &due)) != NULL) {
		const struct sky_address to = *next;

		rc = check_address(&to, &gets, &due, is_own(&to, own, own_count), err);
	}
	free(gets.items);
	free(due.items);
	return rc;
}

int verify_pays(const uint8_t *raw, size_t len, const struct verify_owed *owed, size_t owed_count,
		const struct sky_address *own, size_t own_count, struct err *err)
{
	struct sky_tx t;
	int rc = sky_tx_decode(raw, len, &t, err);

	if (rc < 0)
		return rc;
	rc = check_owed(&t, owed, owed_count, own, own_count, err);
	sky_tx_release(&t);
	return rc;
}

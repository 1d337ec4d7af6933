/* The ledger behind the dummy node.
 *
 * As strict as a node where senderd could go wrong: every input must exist confirmed and unspent,
 * coins must balance, hours may not grow.  Stricter in one point: a node takes two pending
 * transactions that spend the same output, this one refuses the second, because in dummy mode that
 * can only be a mistake of ours and should be seen at once.  Hours stand still here. */
#include "common/node/dummy_chain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"

static void *grown(void *array, size_t count, size_t size)
{
	void *p = reallocarray(array, count, size);

	if (p == NULL)
		abort(); /* as the loop does: without memory for this there is no daemon */
	return p;
}

static void add_coin(struct dummy_chain *c, const struct sha256 *source,
		     const struct sky_tx_output *o, bool confirmed)
{
	c->coins = grown(c->coins, c->coin_count + 1, sizeof(*c->coins));
	c->coins[c->coin_count++] = (struct dummy_coin){
		.u = { .id = sky_tx_uxid(source, o),
		       .owner = o->to,
		       .coins = o->coins,
		       .hours = o->hours,
		       .block_seq = c->head_seq },
		.confirmed = confirmed,
	};
}

/* Each output gets a made-up source of its own, so that equal outputs have different ids. */
void dummy_chain_init(struct dummy_chain *c, const struct sky_address *owner)
{
	struct sky_tx_output o = { .to = *owner,
				   .coins = droplets_of(DROPLETS_PER_SKY),
				   .hours = hours_of(1) };
	struct sha256 source;
	char text[32];

	memset(c, 0, sizeof(*c));
	for (unsigned i = 0; i < DUMMY_OUTPUTS; i++) {
		(void)snprintf(text, sizeof(text), "teller dummy output %u", i);
		source = sha256(text, strlen(text));
		add_coin(c, &source, &o, true);
	}
}

void dummy_chain_release(struct dummy_chain *c)
{
	for (size_t i = 0; i < c->tx_count; i++)
		sky_tx_release(&c->txs[i].tx);
	free(c->txs);
	free(c->coins);
	memset(c, 0, sizeof(*c));
}

static struct dummy_coin *find_coin(const struct dummy_chain *c, const struct sha256 *id)
{
	for (size_t i = 0; i < c->coin_count; i++)
		if (memcmp(c->coins[i].u.id.b, id->b, sizeof(id->b)) == 0)
			return &c->coins[i];
	return NULL;
}

struct dummy_tx *dummy_chain_find(struct dummy_chain *c, const char *txid)
{
	for (size_t i = 0; i < c->tx_count; i++)
		if (strcmp(c->txs[i].txid, txid) == 0)
			return &c->txs[i];
	return NULL;
}

static bool spends(const struct dummy_tx *t, const struct sha256 *uxid)
{
	for (size_t i = 0; i < t->tx.input_count; i++)
		if (memcmp(t->tx.inputs[i].b, uxid->b, sizeof(uxid->b)) == 0)
			return true;
	return false;
}

/* A spent output is not kept: its spender tells of it. */
void dummy_chain_spent(const struct dummy_chain *c, const struct sha256 *uxid,
		       struct sky_spent *ret)
{
	const struct dummy_coin *coin = find_coin(c, uxid);

	*ret = (struct sky_spent){ .found = coin != NULL && coin->confirmed,
				   .head_seq = c->head_seq };
	for (size_t i = 0; i < c->tx_count; i++) {
		if (!c->txs[i].confirmed || !spends(&c->txs[i], uxid))
			continue;
		ret->found = ret->spent = true;
		ret->spent_seq = c->txs[i].block_seq;
		memcpy(ret->txid, c->txs[i].txid, sizeof(ret->txid));
	}
}

/* --- the rules -------------------------------------------------------------------------------- */

static int hard(struct err *err, const char *what)
{
	return err_set(err, ERR_INVALID, "Transaction violates hard constraint: %s", what);
}

static int check_inputs_exist(const struct dummy_chain *c, const struct sky_tx *t, struct err *err)
{
	const struct dummy_coin *coin;
	char hex[65], what[128];

	for (size_t i = 0; i < t->input_count; i++) {
		coin = find_coin(c, &t->inputs[i]);
		if (coin != NULL && coin->confirmed && !coin->spent)
			continue;
		hex_from_bytes(t->inputs[i].b, sizeof(t->inputs[i].b), hex);
		(void)snprintf(what, sizeof(what), "unspent output of %s does not exist", hex);
		return hard(err, what);
	}
	return 0;
}

static bool has_equal_inputs(const struct sky_tx *t)
{
	for (size_t i = 0; i < t->input_count; i++)
		for (size_t j = 0; j < i; j++)
			if (memcmp(&t->inputs[i], &t->inputs[j], sizeof(t->inputs[i])) == 0)
				return true;
	return false;
}

static bool has_equal_outputs(const struct sky_tx *t)
{
	for (size_t i = 0; i < t->output_count; i++)
		for (size_t j = 0; j < i; j++)
			if (sky_address_equal(&t->outputs[i].to, &t->outputs[j].to) &&
			    droplets_compare(t->outputs[i].coins, t->outputs[j].coins) == 0 &&
			    t->outputs[i].hours.n == t->outputs[j].hours.n)
				return true;
	return false;
}

static int check_form(const struct sky_tx *t, size_t len, struct err *err)
{
	struct sha256 inner = sky_tx_inner_hash(t);

	if (t->input_count == 0)
		return hard(err, "No inputs");
	if (t->output_count == 0)
		return hard(err, "No outputs");
	if (t->sig_count != t->input_count)
		return hard(err, "Invalid number of signatures");
	if (has_equal_inputs(t))
		return hard(err, "Duplicate spend");
	if (t->type != 0)
		return hard(err, "transaction type invalid");
	if (t->length != len)
		return hard(err, "Incorrect transaction length");
	if (has_equal_outputs(t))
		return hard(err, "Duplicate output in transaction");
	if (memcmp(inner.b, t->inner_hash.b, sizeof(inner.b)) != 0)
		return hard(err, "InnerHash does not match computed hash");
	return 0;
}

static int sum_outputs(const struct sky_tx *t, struct droplets *coins, struct hours *hours,
		       struct err *err)
{
	for (size_t i = 0; i < t->output_count; i++) {
		const struct sky_tx_output *o = &t->outputs[i];

		if (sky_address_is_null(&o->to))
			return err_set(err, ERR_INVALID,
				       "Transaction violates user constraint: Transaction output "
				       "is sent to the null address");
		if (droplets_is_zero(o->coins))
			return hard(err, "Zero coin output");
		if (!droplets_add(*coins, o->coins, coins))
			return hard(err, "Output coins overflow");
		if (!hours_add(*hours, o->hours, hours))
			return hard(err, "Transaction output hours overflow");
	}
	return 0;
}

static int sum_inputs(const struct dummy_chain *c, const struct sky_tx *t, struct droplets *coins,
		      struct hours *hours, struct err *err)
{
	for (size_t i = 0; i < t->input_count; i++) {
		const struct uxout *u = &find_coin(c, &t->inputs[i])->u;

		if (!droplets_add(*coins, u->coins, coins) || !hours_add(*hours, u->hours, hours))
			return hard(err, "Transaction input hours overflow");
	}
	return 0;
}

static int check_sums(const struct dummy_chain *c, const struct sky_tx *t, struct err *err)
{
	struct droplets in = droplets_of(0), out = droplets_of(0);
	struct hours hours_in = hours_of(0), hours_out = hours_of(0);
	int rc = sum_outputs(t, &out, &hours_out, err);

	if (rc == 0)
		rc = sum_inputs(c, t, &in, &hours_in, err);
	if (rc < 0)
		return rc;
	if (droplets_compare(out, in) > 0)
		return hard(err, "Insufficient coins");
	if (droplets_compare(out, in) < 0)
		return hard(err, "Transactions may not destroy coins");
	if (hours_out.n > hours_in.n)
		return hard(err, "Insufficient coin hours");
	return 0;
}

static int check_rules(const struct dummy_chain *c, const struct sky_tx *t, size_t len,
		       struct err *err)
{
	int rc = check_inputs_exist(c, t, err);

	if (rc == 0)
		rc = check_form(t, len, err);
	return rc < 0 ? rc : check_sums(c, t, err);
}

/* --- broadcast and confirm -------------------------------------------------------------------- */

/* Takes the decoded transaction over. */
static struct dummy_tx *add_tx(struct dummy_chain *c, struct sky_tx *t, const struct sha256 *txid)
{
	struct dummy_tx *added;

	for (size_t i = 0; i < t->input_count; i++) {
		struct dummy_coin *coin = find_coin(c, &t->inputs[i]);

		if (coin != NULL)
			coin->spent = true;
	}
	for (size_t i = 0; i < t->output_count; i++)
		add_coin(c, txid, &t->outputs[i], false);
	c->txs = grown(c->txs, c->tx_count + 1, sizeof(*c->txs));
	added = &c->txs[c->tx_count++];
	*added = (struct dummy_tx){ .tx = *t };
	hex_from_bytes(txid->b, sizeof(txid->b), added->txid);
	sky_tx_init(t);
	return added;
}

static void remove_coin(struct dummy_chain *c, const struct sha256 *id)
{
	struct dummy_coin *coin = find_coin(c, id);

	if (coin == NULL) /* restored: it is older than this run's chain */
		return;
	c->coin_count--;
	memmove(coin, coin + 1, (size_t)(c->coins + c->coin_count - coin) * sizeof(*coin));
}

void dummy_chain_confirm(struct dummy_chain *c, struct dummy_tx *t)
{
	struct sha256 txid;

	if (t->confirmed)
		return;
	t->confirmed = true;
	t->block_seq = ++c->head_seq;
	(void)hex_to_bytes(t->txid, txid.b, sizeof(txid.b));
	for (size_t i = 0; i < t->tx.input_count; i++)
		remove_coin(c, &t->tx.inputs[i]);
	for (size_t i = 0; i < t->tx.output_count; i++) {
		struct sha256 id = sky_tx_uxid(&txid, &t->tx.outputs[i]);
		struct dummy_coin *coin = find_coin(c, &id);

		if (coin == NULL)
			continue; /* two equal outputs of a restored transaction */
		coin->confirmed = true;
		coin->u.block_seq = c->head_seq;
	}
}

/* The transaction if it is known already, decoded into `t` if not. */
static int decode_new(struct dummy_chain *c, const uint8_t *raw, size_t len, struct sky_tx *t,
		      struct sha256 *txid, struct dummy_tx **ret_known, struct err *err)
{
	char hex[65];
	int rc;

	*txid = sky_tx_id(raw, len);
	hex_from_bytes(txid->b, sizeof(txid->b), hex);
	*ret_known = dummy_chain_find(c, hex);
	if (*ret_known != NULL)
		return 0;
	rc = sky_tx_decode(raw, len, t, err);
	if (rc == ERR_INVALID)
		(void)err_wrap(err, "Invalid transaction");
	return rc;
}

int dummy_chain_inject(struct dummy_chain *c, const uint8_t *raw, size_t len, struct err *err)
{
	struct dummy_tx *known = NULL;
	struct sha256 txid;
	struct sky_tx t;
	int rc;

	sky_tx_init(&t);
	rc = decode_new(c, raw, len, &t, &txid, &known, err);
	if (rc == 0 && known != NULL)
		return known->confirmed ? check_inputs_exist(c, &known->tx, err) : 0;
	if (rc == 0)
		rc = check_rules(c, &t, len, err);
	if (rc == 0)
		(void)add_tx(c, &t, &txid);
	sky_tx_release(&t);
	return rc;
}

int dummy_chain_restore(struct dummy_chain *c, const uint8_t *raw, size_t len, bool confirmed,
			struct err *err)
{
	struct dummy_tx *tx = NULL;
	struct sha256 txid;
	struct sky_tx t;
	int rc;

	sky_tx_init(&t);
	rc = decode_new(c, raw, len, &t, &txid, &tx, err);
	if (rc < 0)
		return rc;
	if (tx == NULL)
		tx = add_tx(c, &t, &txid);
	if (confirmed)
		dummy_chain_confirm(c, tx);
	return 0;
}

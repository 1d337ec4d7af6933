/* The things that a node tells of.
 *
 * The outputs that a payment is built from come from here, so they are checked as far as they can
 * be: the id of an output is the hash of its transaction, owner, coins and hours, and a node that
 * reports other coins or hours than the chain has cannot make that hash fit.  `calculated_hours`
 * and whether an output is still unspent must be taken on trust; a lie about those costs a refused
 * transaction, not money. */
#include "common/node/sky_json.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/node/sky_tx.h"

/* What may be long are lists of outputs and of peers: fifteen bytes and more for each value. */
#define VALUES_FEW	1000
#define BYTES_PER_VALUE 10

int sky_json_parse(const char *body, size_t len, struct json **ret, struct err *err)
{
	struct json_limits limits = JSON_LIMITS_DEFAULT;

	limits.max_bytes = len; /* the transport had a limit already, but a tree takes more */
	limits.max_values = VALUES_FEW + len / BYTES_PER_VALUE;
	if (json_parse(body, len, &limits, ret, err) == 0)
		return 0;
	(void)err_wrap(err, "answer of the node");
	return ERR_INVALID;
}

/* --- outputs ---------------------------------------------------------------------------------- */

/* A list may be null when it is empty. */
static int get_list(const struct json *j, const char *key, const struct json **ret, struct err *err)
{
	const struct json *list = json_get(j, key);

	*ret = NULL;
	if (list != NULL && json_type(list) == JSON_NULL)
		return 0;
	return json_get_array(j, key, ret, err);
}

static const struct json *list_first(const struct json *list)
{
	return list != NULL ? json_first(list) : NULL;
}

/* A number that JSON cannot carry exactly is capped, and *ret_exact says so. */
static int get_hours(const struct json *j, const char *key, struct hours *ret, bool *ret_exact,
		     struct err *err)
{
	const struct json *v = json_get(j, key);
	int64_t negative;

	*ret_exact = true;
	if (v == NULL || json_type(v) != JSON_NUMBER)
		return err_set(err, ERR_INVALID, "field '%s' is no number", key);
	if (json_value_u64(v, &ret->n))
		return 0;
	if (json_get_i64(j, key, &negative, NULL) == 0)
		return err_set(err, ERR_INVALID, "field '%s' is negative", key);
	*ret = hours_of(SKY_HOURS_CAP);
	*ret_exact = false;
	return 0;
}

static int get_hash(const struct json *j, const char *key, struct sha256 *ret, struct err *err)
{
	const char *hex = NULL;
	int rc = json_get_string(j, key, &hex, err);

	if (rc == 0 && !hex_to_bytes(hex, ret->b, sizeof(ret->b)))
		rc = err_set(err, ERR_INVALID, "field '%s' is no hash", key);
	return rc;
}

static int get_output(const struct json *j, struct sky_tx_output *ret, bool *ret_exact,
		      struct err *err)
{
	const char *address = NULL, *coins = NULL;
	int rc = json_get_string(j, "address", &address, err);

	if (rc == 0)
		rc = sky_address_parse(address, &ret->to, err);
	if (rc == 0)
		rc = json_get_string(j, "coins", &coins, err);
	if (rc == 0)
		rc = droplets_from_text(coins, &ret->coins, err);
	return rc < 0 ? rc : get_hours(j, "hours", &ret->hours, ret_exact, err);
}

/* The id must be the hash of the parts.  Hours above 2^53 cannot be read exactly: then it cannot
 * be checked, and the chain's whole supply of hours is far from there. */
static int get_checked_id(const struct json *j, const struct sky_tx_output *o, bool exact,
			  struct sha256 *ret, struct err *err)
{
	struct sha256 source, id;
	int rc = get_hash(j, "hash", ret, err);

	if (rc == 0)
		rc = get_hash(j, "src_tx", &source, err);
	if (rc < 0 || !exact)
		return rc;
	id = sky_tx_uxid(&source, o);
	if (memcmp(id.b, ret->b, sizeof(id.b)) != 0)
		return err_set(err, ERR_INVALID, "id '%s' is not the hash of the output's parts",
			       json_string(json_get(j, "hash")));
	return 0;
}

static bool is_asked(const struct sky_address *a, const struct sky_address *asked, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (sky_address_equal(a, &asked[i]))
			return true;
	return false;
}

static int read_output(const struct json *j, const struct sky_address *asked, size_t asked_count,
		       struct uxout *ret, struct err *err)
{
	struct sky_tx_output o = { .coins = droplets_of(0) };
	bool exact = true, ignored;
	int rc = get_output(j, &o, &exact, err);

	if (rc == 0)
		rc = get_checked_id(j, &o, exact, &ret->id, err);
	if (rc == 0 && !is_asked(&o.to, asked, asked_count))
		rc = err_set(err, ERR_INVALID, "output of an address that was not asked for");
	if (rc == 0)
		rc = get_hours(j, "calculated_hours", &ret->hours, &ignored, err);
	if (rc == 0)
		rc = json_get_u64(j, "block_seq", UINT64_MAX, &ret->block_seq, err);
	ret->owner = o.to;
	ret->coins = o.coins;
	return rc;
}

static int compare_ids(const void *a, const void *b)
{
	return memcmp(((const struct uxout *)a)->id.b, ((const struct uxout *)b)->id.b,
		      sizeof(struct sha256));
}

/* All of head_outputs, sorted; twice the same would be spent twice. */
static int read_head_outputs(const struct json *list, const struct sky_address *asked,
			     size_t asked_count, struct sky_unspents *ret, struct err *err)
{
	int rc = 0;

	ret->spendable = calloc(json_size(list) + 1, sizeof(*ret->spendable));
	if (ret->spendable == NULL)
		return err_set(err, ERR_BUSY, "out of memory");
	for (const struct json *j = list_first(list); j != NULL && rc == 0; j = json_next(j))
		rc = read_output(j, asked, asked_count, &ret->spendable[ret->count++], err);
	if (rc < 0)
		return rc;
	qsort(ret->spendable, ret->count, sizeof(*ret->spendable), compare_ids);
	for (size_t i = 1; i < ret->count; i++)
		if (compare_ids(&ret->spendable[i - 1], &ret->spendable[i]) == 0)
			return err_set(err, ERR_INVALID, "the same output twice");
	return 0;
}

/* Take out what a pending transaction spends: `block_seq` marks it until all are known. */
static int remove_outgoing(const struct json *list, struct sky_unspents *ret, struct err *err)
{
	static const uint64_t gone = UINT64_MAX;
	struct uxout key = { .block_seq = 0 }, *found;
	size_t kept = 0;
	int rc = 0;

	for (const struct json *j = list_first(list); j != NULL && rc == 0; j = json_next(j)) {
		rc = get_hash(j, "hash", &key.id, err);
		found = rc < 0 ? NULL
			       : bsearch(&key, ret->spendable, ret->count, sizeof(key),
					 compare_ids);
		if (found != NULL)
			found->block_seq = gone;
	}
	for (size_t i = 0; i < ret->count; i++)
		if (ret->spendable[i].block_seq != gone)
			ret->spendable[kept++] = ret->spendable[i];
	ret->count = kept;
	return rc;
}

/* Nodes before 0.25 do not tell the head. */
static int read_head(const struct json *root, struct sky_unspents *ret, struct err *err)
{
	const struct json *head = json_get(root, "head");

	ret->head_known = head != NULL;
	return head != NULL ? json_get_u64(head, "seq", UINT64_MAX, &ret->head_seq, err) : 0;
}

static int read_lists(const struct json *root, const struct sky_address *asked, size_t asked_count,
		      struct sky_unspents *ret, struct err *err)
{
	const struct json *have = NULL, *outgoing = NULL, *incoming = NULL;
	int rc = read_head(root, ret, err);

	if (rc == 0)
		rc = get_list(root, "head_outputs", &have, err);
	if (rc == 0)
		rc = get_list(root, "outgoing_outputs", &outgoing, err);
	if (rc == 0)
		rc = get_list(root, "incoming_outputs", &incoming, err);
	if (rc == 0)
		rc = read_head_outputs(have, asked, asked_count, ret, err);
	if (rc == 0)
		rc = remove_outgoing(outgoing, ret, err);
	ret->incoming = json_size(incoming) > 0;
	return rc;
}

int sky_json_outputs(const struct json *root, const struct sky_address *asked, size_t asked_count,
		     struct sky_unspents *ret, struct err *err)
{
	int rc;

	memset(ret, 0, sizeof(*ret));
	rc = read_lists(root, asked, asked_count, ret, err);
	if (rc < 0) {
		sky_unspents_release(ret);
		(void)err_wrap(err, "outputs");
	}
	return rc;
}

void sky_unspents_release(struct sky_unspents *u)
{
	free(u->spendable);
	memset(u, 0, sizeof(*u));
}

/* --- a transaction's place -------------------------------------------------------------------- */

static int read_block(const struct json *status, struct sky_tx_place *ret, struct err *err)
{
	int rc = json_get_u64(status, "height", UINT64_MAX, &ret->height, err);

	if (rc == 0)
		rc = json_get_u64(status, "block_seq", UINT64_MAX, &ret->block_seq, err);
	if (rc == 0 && ret->height == 0)
		rc = err_set(err, ERR_INVALID, "confirmed at height 0");
	return rc;
}

static int status_fill(const struct json *root, const char *txid, struct sky_tx_place *ret,
		       struct err *err)
{
	const struct json *status = json_get(root, "status");
	const char *their_txid = NULL;
	bool confirmed = false, unconfirmed = false;
	int rc = json_get_string(json_get(root, "txn"), "txid", &their_txid, err);

	if (rc == 0 && strcmp(their_txid, txid) != 0)
		rc = err_set(err, ERR_INVALID, "answer about another transaction");
	if (rc == 0)
		rc = json_get_bool(status, "confirmed", &confirmed, err);
	if (rc == 0)
		rc = json_get_bool(status, "unconfirmed", &unconfirmed, err);
	if (rc == 0 && confirmed && unconfirmed)
		rc = err_set(err, ERR_INVALID, "both confirmed and not");
	if (rc == 0 && confirmed)
		rc = read_block(status, ret, err);
	ret->status = confirmed ? SKY_TX_CONFIRMED : unconfirmed ? SKY_TX_PENDING : SKY_TX_UNKNOWN;
	return rc;
}

int sky_json_transaction(const struct json *root, const char *txid, struct sky_tx_place *ret,
			 struct err *err)
{
	int rc;

	memset(ret, 0, sizeof(*ret));
	rc = status_fill(root, txid, ret, err);
	if (rc < 0) {
		memset(ret, 0, sizeof(*ret));
		(void)err_wrap(err, "transaction '%s'", txid);
	}
	return rc;
}

/* --- who spent an output ---------------------------------------------------------------------- */

static const char no_txid[] = "0000000000000000000000000000000000000000000000000000000000000000";

static int check_uxout(const struct json *j, const struct sha256 *uxid,
		       const struct sky_address *owner, struct err *err)
{
	const char *address = NULL;
	struct sky_address theirs;
	struct sha256 id;
	int rc = get_hash(j, "uxid", &id, err);

	if (rc == 0 && memcmp(id.b, uxid->b, sizeof(id.b)) != 0)
		rc = err_set(err, ERR_INVALID, "answer about another output");
	if (rc == 0)
		rc = json_get_string(j, "owner_address", &address, err);
	if (rc == 0)
		rc = sky_address_parse(address, &theirs, err);
	if (rc == 0 && !sky_address_equal(&theirs, owner))
		rc = err_set(err, ERR_INVALID, "the output has another owner");
	return rc;
}

/* Unspent is block 0 and a txid of zeros, both. */
static int spent_fill(const struct json *j, struct sky_spent *ret, struct err *err)
{
	struct sha256 spender;
	int rc = get_hash(j, "spent_tx", &spender, err);

	if (rc == 0)
		rc = json_get_u64(j, "spent_block_seq", UINT64_MAX, &ret->spent_seq, err);
	if (rc < 0)
		return rc;
	hex_from_bytes(spender.b, sizeof(spender.b), ret->txid);
	ret->found = true;
	ret->spent = strcmp(ret->txid, no_txid) != 0;
	if (ret->spent != (ret->spent_seq > 0))
		return err_set(err, ERR_INVALID, "spent by no transaction, or in no block");
	if (!ret->spent)
		ret->txid[0] = '\0';
	if (ret->head_seq < ret->spent_seq)
		ret->head_seq = ret->spent_seq;
	return 0;
}

int sky_json_spent(const struct json *uxout, const struct sha256 *uxid,
		   const struct sky_address *owner, struct sky_spent *ret, struct err *err)
{
	int rc = check_uxout(uxout, uxid, owner, err);

	if (rc == 0)
		rc = spent_fill(uxout, ret, err);
	if (rc < 0)
		(void)err_wrap(err, "uxout");
	return rc;
}

/* --- the chain -------------------------------------------------------------------------------- */

int sky_json_genesis(const struct json *block, char ret[65], struct err *err)
{
	const struct json *header = json_get(block, "header");
	struct sha256 hash;
	uint64_t seq = 0;
	int rc = json_get_u64(header, "seq", UINT64_MAX, &seq, err);

	if (rc == 0 && seq != 0)
		rc = err_set(err, ERR_INVALID, "answer about another block");
	if (rc == 0)
		rc = get_hash(header, "block_hash", &hash, err);
	if (rc == 0)
		hex_from_bytes(hash.b, sizeof(hash.b), ret);
	else
		(void)err_wrap(err, "block 0");
	return rc;
}

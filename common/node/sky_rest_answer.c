/* What a modern node's answers mean, and which of them are believed.
 *
 * The outputs that a payment is built from come from here, so they are checked as far as they can
 * be: the id of an output is the hash of its transaction, owner, coins and hours, and a node that
 * reports other coins or hours than the chain has cannot make that hash fit.  `calculated_hours`
 * and whether an output is still unspent must be taken on trust; a lie about those costs a refused
 * transaction, not money.
 *
 * Refusal is said only where the node says it in its own form.  Everything else that is no clear
 * success leaves open whether the node has the transaction. */
#include "common/node/sky_rest_answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/json/json.h"
#include "common/node/sky_tx.h"

#define REFUSED_PREFIX "400 Bad Request - "

static int answer_parse(const char *body, size_t len, struct json **ret, struct err *err)
{
	struct json_limits limits = JSON_LIMITS_DEFAULT;

	limits.max_bytes = len; /* the transport had a limit already */
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
			     size_t asked_count, struct sky_rest_outputs *ret, struct err *err)
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
static int remove_outgoing(const struct json *list, struct sky_rest_outputs *ret, struct err *err)
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

static int read_lists(const struct json *root, const struct sky_address *asked, size_t asked_count,
		      struct sky_rest_outputs *ret, struct err *err)
{
	const struct json *head = NULL, *have = NULL, *outgoing = NULL, *incoming = NULL;
	int rc = json_get_object(root, "head", &head, err);

	if (rc == 0)
		rc = json_get_u64(head, "seq", UINT64_MAX, &ret->head_seq, err);
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

int sky_rest_read_outputs(const char *body, size_t len, const struct sky_address *asked,
			  size_t asked_count, struct sky_rest_outputs *ret, struct err *err)
{
	struct json *root = NULL;
	int rc = answer_parse(body, len, &root, err);

	memset(ret, 0, sizeof(*ret));
	if (rc < 0)
		return rc;
	rc = read_lists(root, asked, asked_count, ret, err);
	json_free(root);
	if (rc < 0) {
		sky_rest_outputs_release(ret);
		(void)err_wrap(err, "outputs");
	}
	return rc;
}

void sky_rest_outputs_release(struct sky_rest_outputs *o)
{
	free(o->spendable);
	memset(o, 0, sizeof(*o));
}

/* --- health ----------------------------------------------------------------------------------- */

static int health_fill(const struct json *root, struct sky_health *h, struct err *err)
{
	const struct json *version = json_get(root, "version");
	const struct json *head = json_get(json_get(root, "blockchain"), "head");
	const char *text = NULL, *coin = json_string(json_get(root, "coin"));
	int rc = json_get_string(version, "version", &text, err);

	if (rc == 0 && !text_copy(h->version, sizeof(h->version), text))
		rc = err_set(err, ERR_INVALID, "the version is too long");
	if (rc == 0 && coin != NULL && !text_copy(h->coin, sizeof(h->coin), coin))
		rc = err_set(err, ERR_INVALID, "the coin's name is too long");
	if (rc == 0)
		rc = json_get_u64(head, "seq", UINT64_MAX, &h->head_seq, err);
	if (rc == 0 && json_get_i64(root, "open_connections", &h->open_connections, NULL) < 0)
		h->open_connections = -1;
	return rc;
}

int sky_rest_read_health(const char *body, size_t len, struct sky_health *ret, struct err *err)
{
	struct json *root = NULL;
	int rc = answer_parse(body, len, &root, err);

	memset(ret, 0, sizeof(*ret));
	if (rc < 0)
		return rc;
	rc = health_fill(root, ret, err);
	json_free(root);
	if (rc < 0)
		(void)err_wrap(err, "health");
	return rc;
}

int sky_rest_read_progress(const char *body, size_t len, uint64_t *ret_highest, struct err *err)
{
	struct json *root = NULL;
	int rc = answer_parse(body, len, &root, err);

	if (rc == 0)
		rc = json_get_u64(root, "highest", UINT64_MAX, ret_highest, err);
	json_free(root);
	if (rc < 0)
		(void)err_wrap(err, "progress");
	return rc;
}

int sky_rest_read_genesis(const char *body, size_t len, char ret[65], struct err *err)
{
	struct json *root = NULL;
	const struct json *header;
	struct sha256 hash;
	uint64_t seq = 0;
	int rc = answer_parse(body, len, &root, err);

	header = json_get(root, "header");
	if (rc == 0)
		rc = json_get_u64(header, "seq", UINT64_MAX, &seq, err);
	if (rc == 0 && seq != 0)
		rc = err_set(err, ERR_INVALID, "answer about another block");
	if (rc == 0)
		rc = get_hash(header, "block_hash", &hash, err);
	if (rc == 0)
		hex_from_bytes(hash.b, sizeof(hash.b), ret);
	json_free(root);
	if (rc < 0)
		(void)err_wrap(err, "block 0");
	return rc;
}

int sky_rest_read_head(const char *body, size_t len, uint64_t *ret_seq, struct err *err)
{
	struct json *root = NULL;
	int rc = answer_parse(body, len, &root, err);

	if (rc == 0)
		rc = json_get_u64(json_get(root, "head"), "seq", UINT64_MAX, ret_seq, err);
	json_free(root);
	if (rc < 0)
		(void)err_wrap(err, "metadata");
	return rc;
}

/* One limit of one of the two sets; what is out of range is not taken. */
static void take_limit(const struct json *set, const char *key, uint64_t min, uint64_t max,
		       uint64_t *limit)
{
	uint64_t n;

	if (json_get_u64(set, key, max, &n, NULL) == 0 && n >= min && n < *limit)
		*limit = n;
}

/* A lower burn factor burns more; less bytes and fewer places are stricter too. */
void sky_rest_read_policy(const char *body, size_t len, struct sky_policy *ret)
{
	static const char *const sets[] = { "user_verify_transaction",
					    "unconfirmed_verify_transaction" };
	uint64_t burn = UINT64_MAX, size = UINT64_MAX, decimals = UINT64_MAX;
	struct json *root = NULL;

	*ret = (struct sky_policy){ .burn_factor = 2, .max_tx_size = 32768, .max_decimals = 3 };
	if (answer_parse(body, len, &root, NULL) < 0)
		return;
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		const struct json *set = json_get(root, sets[i]);

		take_limit(set, "burn_factor", 1, 1000000, &burn);
		take_limit(set, "max_transaction_size", 1, 1 << 24, &size);
		take_limit(set, "max_decimals", 0, DROPLETS_DECIMALS, &decimals);
	}
	json_free(root);
	if (burn != UINT64_MAX)
		ret->burn_factor = (unsigned)burn;
	if (size != UINT64_MAX)
		ret->max_tx_size = (unsigned)size;
	if (decimals != UINT64_MAX)
		ret->max_decimals = (unsigned)decimals;
}

/* --- a transaction's status ------------------------------------------------------------------- */

static int read_block(const struct json *status, struct sky_rest_tx *ret, struct err *err)
{
	int rc = json_get_u64(status, "height", UINT64_MAX, &ret->height, err);

	if (rc == 0)
		rc = json_get_u64(status, "block_seq", UINT64_MAX, &ret->block_seq, err);
	if (rc == 0 && ret->height == 0)
		rc = err_set(err, ERR_INVALID, "confirmed at height 0");
	return rc;
}

static int status_fill(const struct json *root, const char *txid, struct sky_rest_tx *ret,
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

int sky_rest_read_transaction(const char *body, size_t len, const char *txid,
			      struct sky_rest_tx *ret, struct err *err)
{
	struct json *root = NULL;
	int rc = answer_parse(body, len, &root, err);

	memset(ret, 0, sizeof(*ret));
	if (rc < 0)
		return rc;
	rc = status_fill(root, txid, ret, err);
	json_free(root);
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

int sky_rest_read_spent(const char *body, size_t len, const struct sha256 *uxid,
			const struct sky_address *owner, struct sky_spent *ret, struct err *err)
{
	struct json *root = NULL;
	int rc = answer_parse(body, len, &root, err);

	if (rc < 0)
		return rc;
	rc = check_uxout(root, uxid, owner, err);
	if (rc == 0)
		rc = spent_fill(root, ret, err);
	json_free(root);
	if (rc < 0)
		(void)err_wrap(err, "uxout");
	return rc;
}

bool sky_rest_uxout_unknown(int status, const char *body)
{
	if (status == 404)
		return true;
	return status == 400 && strncmp(body, REFUSED_PREFIX "uxout of ", 27) == 0 &&
	       strstr(body, " does not exist") != NULL;
}

/* --- posting ---------------------------------------------------------------------------------- */

int sky_rest_read_csrf(const char *body, size_t len, char ret[SKY_CSRF_MAX], struct err *err)
{
	struct json *root = NULL;
	const char *token = NULL;
	int rc = answer_parse(body, len, &root, err);

	if (rc == 0)
		rc = json_get_string(root, "csrf_token", &token, err);
	if (rc == 0 && (!text_is_plain(token) || !text_copy(ret, SKY_CSRF_MAX, token)))
		rc = err_set(err, ERR_INVALID, "the token does not fit a header");
	json_free(root);
	if (rc < 0)
		(void)err_wrap(err, "csrf");
	return rc;
}

bool sky_rest_wants_csrf(int status, const char *body)
{
	return status == 403 && strcasestr(body, "csrf") != NULL;
}

void sky_rest_message(const char *body, char ret[SKY_ANSWER_TEXT_MAX])
{
	size_t n = strcspn(body, "\r\n");

	if (n >= SKY_ANSWER_TEXT_MAX)
		n = SKY_ANSWER_TEXT_MAX - 1;
	for (size_t i = 0; i < n; i++)
		ret[i] = body[i] >= ' ' && body[i] <= '~' ? body[i] : '?';
	ret[n] = '\0';
}

static bool is_our_txid(const char *body, size_t len, const char *txid)
{
	struct json *root = NULL;
	bool is = answer_parse(body, len, &root, NULL) == 0 && json_string(root) != NULL &&
		  strcmp(json_string(root), txid) == 0;

	json_free(root);
	return is;
}

enum sky_inject_result sky_rest_judge_inject(int status, const char *body, size_t len,
					     const char *txid, char text[SKY_ANSWER_TEXT_MAX])
{
	if (status == 200 && is_our_txid(body, len, txid)) {
		text[0] = '\0';
		return SKY_INJECT_OK;
	}
	if (status == 400 && strncmp(body, REFUSED_PREFIX, strlen(REFUSED_PREFIX)) == 0) {
		sky_rest_message(body + strlen(REFUSED_PREFIX), text);
		return SKY_INJECT_REFUSED;
	}
	sky_rest_message(body, text);
	if (text[0] == '\0')
		(void)snprintf(text, SKY_ANSWER_TEXT_MAX, "status %d without a text", status);
	return SKY_INJECT_UNKNOWN;
}

/* What the bodies of a node's REST API mean, of both generations: they differ in where a page is,
 * and in a few members that one of them leaves out.
 *
 * Errors are plain text, "<status> <reason>[ - <message>]".  Refusal, and that something is not
 * known, is taken from the node's own words only: a proxy has pages for those too. */
#include "common/node/sky_rest_answer.h"

#include <stdio.h>
#include <string.h>

#include "common/base/text.h"
#include "common/node/sky_refusal.h"

#define REFUSED_PREFIX "400 Bad Request - "

int sky_rest_read_outputs(const char *body, size_t len, const struct sky_address *asked,
			  size_t asked_count, struct sky_unspents *ret, struct err *err)
{
	struct json *root = NULL;
	int rc = sky_json_parse(body, len, &root, err);

	memset(ret, 0, sizeof(*ret));
	if (rc == 0)
		rc = sky_json_outputs(root, asked, asked_count, ret, err);
	json_free(root);
	return rc;
}

int sky_rest_read_transaction(const char *body, size_t len, const char *txid,
			      struct sky_tx_place *ret, struct err *err)
{
	struct json *root = NULL;
	int rc = sky_json_parse(body, len, &root, err);

	memset(ret, 0, sizeof(*ret));
	if (rc == 0)
		rc = sky_json_transaction(root, txid, ret, err);
	json_free(root);
	return rc;
}

int sky_rest_read_spent(const char *body, size_t len, const struct sha256 *uxid,
			const struct sky_address *owner, struct sky_spent *ret, struct err *err)
{
	struct json *root = NULL;
	int rc = sky_json_parse(body, len, &root, err);

	if (rc == 0)
		rc = sky_json_spent(root, uxid, owner, ret, err);
	json_free(root);
	return rc;
}

int sky_rest_read_genesis(const char *body, size_t len, char ret[65], struct err *err)
{
	struct json *root = NULL;
	int rc = sky_json_parse(body, len, &root, err);

	if (rc == 0)
		rc = sky_json_genesis(root, ret, err);
	json_free(root);
	return rc;
}

bool sky_rest_not_found(int status, const char *body)
{
	static const char words[] = "404 Not Found";
	size_t line = strcspn(body, "\n");

	return status == 404 && line == strlen(words) && strncmp(body, words, line) == 0 &&
	       strlen(body) <= line + 1;
}

bool sky_rest_uxout_unknown(int status, const char *body)
{
	if (status != 400)
		return sky_rest_not_found(status, body);
	return strncmp(body, REFUSED_PREFIX "uxout of ", strlen(REFUSED_PREFIX "uxout of ")) == 0 &&
	       strstr(body, " does not exist") != NULL;
}

/* --- the node and its chain ------------------------------------------------------------------- */

static int read_version(const struct json *version, char *ret, size_t size, struct err *err)
{
	const char *text = NULL;
	int rc = json_get_string(version, "version", &text, err);

	if (rc == 0 && (!text_is_plain(text) || !text_copy(ret, size, text)))
		rc = err_set(err, ERR_INVALID, "the version is no plain text, or too long");
	return rc;
}

int sky_rest_read_version(const char *body, size_t len, char ret[48], struct err *err)
{
	struct json *root = NULL;
	int rc = sky_json_parse(body, len, &root, err);

	if (rc == 0)
		rc = read_version(root, ret, 48, err);
	json_free(root);
	if (rc < 0)
		(void)err_wrap(err, "version");
	return rc;
}

static int health_fill(const struct json *root, struct sky_health *h, struct err *err)
{
	const struct json *version = json_get(root, "version");
	const struct json *head = json_get(json_get(root, "blockchain"), "head");
	const char *coin = json_string(json_get(root, "coin"));
	int rc = read_version(version, h->version, sizeof(h->version), err);

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
	int rc = sky_json_parse(body, len, &root, err);

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
	int rc = sky_json_parse(body, len, &root, err);

	if (rc == 0)
		rc = json_get_u64(root, "highest", UINT64_MAX, ret_highest, err);
	json_free(root);
	if (rc < 0)
		(void)err_wrap(err, "progress");
	return rc;
}

int sky_rest_read_head(const char *body, size_t len, uint64_t *ret_seq, struct err *err)
{
	struct json *root = NULL;
	int rc = sky_json_parse(body, len, &root, err);

	if (rc == 0)
		rc = json_get_u64(json_get(root, "head"), "seq", UINT64_MAX, ret_seq, err);
	json_free(root);
	if (rc < 0)
		(void)err_wrap(err, "metadata");
	return rc;
}

/* The list may be null when it is empty. */
int sky_rest_read_connections(const char *body, size_t len, int64_t *ret, struct err *err)
{
	struct json *root = NULL;
	const struct json *list;
	int rc = sky_json_parse(body, len, &root, err);

	list = json_get(root, "connections");
	if (rc == 0 &&
	    (list == NULL || (json_type(list) != JSON_NULL && json_type(list) != JSON_ARRAY)))
		rc = err_set(err, ERR_INVALID, "connections: field 'connections' is no array");
	if (rc == 0)
		*ret = (int64_t)json_size(list);
	json_free(root);
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
	if (sky_json_parse(body, len, &root, NULL) < 0)
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

/* --- posting ---------------------------------------------------------------------------------- */

int sky_rest_read_csrf(const char *body, size_t len, char ret[SKY_CSRF_MAX], struct err *err)
{
	struct json *root = NULL;
	const char *token = NULL;
	int rc = sky_json_parse(body, len, &root, err);

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
	bool is = sky_json_parse(body, len, &root, NULL) == 0 && json_string(root) != NULL &&
		  strcmp(json_string(root), txid) == 0;

	json_free(root);
	return is;
}

/* "400 Bad Request - [inject tx failed: ]<the rule>" */
static const char *refusal_of(int status, const char *body)
{
	static const char legacy[] = "inject tx failed: ";

	if (status != 400 || strncmp(body, REFUSED_PREFIX, strlen(REFUSED_PREFIX)) != 0)
		return NULL;
	body += strlen(REFUSED_PREFIX);
	if (strncmp(body, legacy, strlen(legacy)) == 0)
		body += strlen(legacy);
	return sky_is_refusal(body) ? body : NULL;
}

enum sky_inject_result sky_rest_judge_inject(int status, const char *body, size_t len,
					     const char *txid, char text[SKY_ANSWER_TEXT_MAX])
{
	const char *refusal = refusal_of(status, body);

	if (status == 200 && is_our_txid(body, len, txid)) {
		text[0] = '\0';
		return SKY_INJECT_OK;
	}
	sky_rest_message(refusal != NULL ? refusal : body, text);
	if (text[0] == '\0')
		(void)snprintf(text, SKY_ANSWER_TEXT_MAX, "status %d without a text", status);
	return refusal != NULL ? SKY_INJECT_REFUSED : SKY_INJECT_UNKNOWN;
}

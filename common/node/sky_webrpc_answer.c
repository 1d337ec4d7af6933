/* What a legacy node's JSON-RPC answers mean.
 *
 * An error to an injection is the dangerous one: the node keeps the transaction when it only failed
 * to pass it on.  Refused is what names a broken rule, nothing else. */
#include "common/node/sky_webrpc_answer.h"

#include <stdio.h>
#include <string.h>

#include "common/base/text.h"
#include "common/node/sky_refusal.h"

#define DEPTH_MAX 32

static bool is_absent(const struct json *j)
{
	return j == NULL || json_type(j) == JSON_NULL;
}

static bool is_2_0(const struct json *root)
{
	const char *version = json_string(json_get(root, "jsonrpc"));

	return version != NULL && strcmp(version, "2.0") == 0;
}

bool sky_webrpc_speaks(const char *body, size_t len)
{
	struct json *root = NULL;
	bool speaks = sky_json_parse(body, len, &root, NULL) == 0 && is_2_0(root) &&
		      (json_get(root, "result") != NULL || json_get(root, "error") != NULL);

	json_free(root);
	return speaks;
}

/* --- the envelope ----------------------------------------------------------------------------- */

static int read_error(const struct json *error, struct sky_webrpc *ret, struct err *err)
{
	const char *message = NULL;
	int rc = json_get_i64(error, "code", &ret->code, err);

	if (rc == 0)
		rc = json_get_string(error, "message", &message, err);
	if (rc == 0)
		sky_rest_message(message, ret->text);
	return rc;
}

static int read_result(struct sky_webrpc *ret, const char *id, struct err *err)
{
	const char *theirs = json_string(json_get(ret->root, "id"));

	if (is_absent(json_get(ret->root, "result")))
		return err_set(err, ERR_INVALID, "neither a result nor an error");
	if (theirs == NULL || strcmp(theirs, id) != 0)
		return err_set(err, ERR_INVALID, "answer to another request");
	ret->result = json_get(ret->root, "result");
	return 0;
}

int sky_webrpc_read(const char *body, size_t len, const char *id, struct sky_webrpc *ret,
		    struct err *err)
{
	const struct json *error;
	int rc;

	memset(ret, 0, sizeof(*ret));
	rc = sky_json_parse(body, len, &ret->root, err);
	if (rc < 0)
		return rc;
	error = json_get(ret->root, "error");
	if (!is_2_0(ret->root))
		rc = err_set(err, ERR_INVALID, "no JSON-RPC 2.0");
	else if (is_absent(error))
		rc = read_result(ret, id, err);
	else if (!is_absent(json_get(ret->root, "result")))
		rc = err_set(err, ERR_INVALID, "both a result and an error");
	else
		rc = read_error(error, ret, err);
	if (rc < 0) {
		sky_webrpc_release(ret);
		(void)err_wrap(err, "answer of the node");
	}
	return rc;
}

void sky_webrpc_release(struct sky_webrpc *a)
{
	json_free(a->root);
	a->root = NULL;
	a->result = NULL;
}

/* --- a result that is not looked into --------------------------------------------------------- */

struct envelope {
	struct json_slice id, version, result, error;
};

static bool envelope_id(void *arg, struct json_pull *p)
{
	return json_pull_value(p, &((struct envelope *)arg)->id);
}

static bool envelope_version(void *arg, struct json_pull *p)
{
	return json_pull_value(p, &((struct envelope *)arg)->version);
}

static bool envelope_result(void *arg, struct json_pull *p)
{
	return json_pull_value(p, &((struct envelope *)arg)->result);
}

static bool envelope_error(void *arg, struct json_pull *p)
{
	return json_pull_value(p, &((struct envelope *)arg)->error);
}

static const struct json_pull_field envelope_fields[] = {
	{ "id", envelope_id },
	{ "jsonrpc", envelope_version },
	{ "result", envelope_result },
	{ "error", envelope_error },
};

static bool slice_is(const struct json_slice *s, const char *text)
{
	return s->len == strlen(text) && memcmp(s->text, text, s->len) == 0;
}

/* A string between its quotes. */
static bool slice_is_string(const struct json_slice *s, const char *text)
{
	size_t len = strlen(text);

	return s->len == len + 2 && s->text[0] == '"' && memcmp(s->text + 1, text, len) == 0;
}

static bool slice_is_absent(const struct json_slice *s)
{
	return s->len == 0 || slice_is(s, "null");
}

bool sky_webrpc_raw_result(const char *body, size_t len, const char *id, struct json_slice *ret)
{
	struct envelope e = { .id = { "", 0 } };
	struct json_pull p;
	unsigned seen = 0;

	json_pull_init(&p, body, len, DEPTH_MAX, NULL);
	if (!json_pull_fields(&p, envelope_fields,
			      sizeof(envelope_fields) / sizeof(envelope_fields[0]), &e, &seen) ||
	    !json_pull_end(&p))
		return false;
	if (!slice_is_string(&e.version, "2.0") || !slice_is_string(&e.id, id) ||
	    !slice_is_absent(&e.error) || slice_is_absent(&e.result))
		return false;
	*ret = e.result;
	return true;
}

/* --- results ---------------------------------------------------------------------------------- */

int sky_webrpc_read_head(const struct json *result, uint64_t *ret_seq, struct err *err)
{
	uint64_t blocks = 0;
	int rc = json_get_u64(result, "num_of_blocks", UINT64_MAX, &blocks, err);

	if (rc == 0 && blocks == 0)
		rc = err_set(err, ERR_INVALID, "a chain without a block");
	if (rc == 0)
		*ret_seq = blocks - 1;
	return rc;
}

int sky_webrpc_read_genesis(const struct json *result, char ret[65], struct err *err)
{
	const struct json *blocks = NULL;
	int rc = json_get_array(result, "blocks", &blocks, err);

	if (rc == 0 && json_size(blocks) != 1)
		rc = err_set(err, ERR_INVALID, "one block was asked for");
	return rc < 0 ? rc : sky_json_genesis(json_first(blocks), ret, err);
}

/* The element of `list` whose member `key` is `value`, or NULL. */
static const struct json *find(const struct json *list, const char *key, const char *value)
{
	const char *text;

	for (const struct json *j = json_first(list); j != NULL; j = json_next(j)) {
		text = json_string(json_get(j, key));
		if (text != NULL && strcmp(text, value) == 0)
			return j;
	}
	return NULL;
}

/* A list may be null when it is empty. */
static bool is_list(const struct json *j)
{
	return j != NULL && (json_type(j) == JSON_ARRAY || json_type(j) == JSON_NULL);
}

int sky_webrpc_read_spent(const struct json *result, const struct sha256 *uxid,
			  const struct sky_address *owner, struct sky_spent *ret, struct err *err)
{
	char address[ADDRESS_TEXT_MAX], id[65];
	const struct json *of_owner, *uxout;

	sky_address_to_text(owner, address);
	hex_from_bytes(uxid->b, sizeof(uxid->b), id);
	if (!is_list(result))
		return err_set(err, ERR_INVALID, "the result is no list");
	of_owner = find(result, "address", address);
	if (of_owner == NULL)
		return err_set(err, ERR_INVALID, "answer about another address");
	if (!is_list(json_get(of_owner, "uxouts")))
		return err_set(err, ERR_INVALID, "field 'uxouts' is no list");
	uxout = find(json_get(of_owner, "uxouts"), "uxid", id);
	return uxout == NULL ? 0 : sky_json_spent(uxout, uxid, owner, ret, err);
}

bool sky_webrpc_unknown_tx(const struct sky_webrpc *a)
{
	return a->result == NULL && a->code == SKY_WEBRPC_UNKNOWN &&
	       strcmp(a->text, "transaction doesn't exist") == 0;
}

/* "[inject transaction failed: ]<the rule>" */
static const char *refusal_of(const struct sky_webrpc *a)
{
	static const char prefix[] = "inject transaction failed: ";
	const char *text = a->text;

	if (strncmp(text, prefix, strlen(prefix)) == 0)
		text += strlen(prefix);
	return sky_is_refusal(text) ? text : NULL;
}

enum sky_inject_result sky_webrpc_judge_inject(const struct sky_webrpc *a, const char *txid,
					       char text[SKY_ANSWER_TEXT_MAX])
{
	const char *theirs = json_string(json_get(a->result, "txid"));
	const char *refusal;

	text[0] = '\0';
	if (theirs != NULL && strcmp(theirs, txid) == 0)
		return SKY_INJECT_OK;
	if (a->result != NULL) {
		(void)snprintf(text, SKY_ANSWER_TEXT_MAX, "the node took another transaction");
		return SKY_INJECT_UNKNOWN;
	}
	refusal = refusal_of(a);
	sky_rest_message(refusal != NULL ? refusal : a->text, text);
	return refusal != NULL ? SKY_INJECT_REFUSED : SKY_INJECT_UNKNOWN;
}

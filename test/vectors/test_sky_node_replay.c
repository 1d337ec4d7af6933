/* Every exchange that was recorded at a node, of both generations, success and error.
 *
 * What the client would ask is asked: a peer insists on the recorded request and answers with the
 * recorded bytes.  And every answer, also those to requests that the client never makes, is told to
 * every question of every API: it must never be taken for a "yes" to something else.
 *
 * The table at the end says for each file how many exchanges are of which kind; none is left out.
 */
#include "test/support/sky_replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/node/sky_api.h"

#define EXCHANGES_MAX 8

enum kind {
	OUTPUTS, /* asked with addresses that are some */
	STATUS,
	SPENT,
	BLOCKS, /* a range */
	INJECT, /* of hex */
	PROBE,	/* "which version are you?" */
	CSRF,
	HEALTH,
	HEAD,
	PROGRESS,
	CONNECTIONS,
	GENESIS,
	NEVER_ASKED, /* other pages, other parameters, broken requests */
};
#define KINDS (NEVER_ASKED + 1)

struct recording {
	const char *file;
	const char *api;
	const char *prefix;
	int total;
	int count[KINDS];
	int taken, refused, open; /* injections, by what comes of them */
};

struct told {
	const struct recording *of;
	cJSON *rec;
	const cJSON *call;
	int *taken, *refused, *open;
};

/* --- what kind of request it is --------------------------------------------------------------- */

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* The path below the prefix, or NULL. */
static const char *page_of(const struct recording *r, const cJSON *call)
{
	const char *path = sky_member(call, "request", "path");

	return begins(path, r->prefix) ? path + strlen(r->prefix) : NULL;
}

static bool is_hex(const char *text, size_t len)
{
	return strlen(text) == len && strspn(text, "0123456789abcdef") == len;
}

static bool has_addresses(const char *list)
{
	char text[128];
	struct sky_address a;
	size_t len;

	for (; *list != '\0'; list += len + (list[len] == ',')) {
		len = strcspn(list, ",");
		(void)snprintf(text, sizeof(text), "%.*s", (int)len, list);
		if (sky_address_parse(text, &a, NULL) < 0)
			return false;
	}
	return true;
}

/* The hex of an injection, of REST or of webrpc; free() it.  NULL when it is none. */
static char *hex_of(const cJSON *call)
{
	cJSON *request = cJSON_Parse(sky_member(call, "request", "body"));
	const cJSON *params = cJSON_GetObjectItem(request, "params");
	const cJSON *raw = params != NULL ? cJSON_GetArrayItem(params, 0)
					  : cJSON_GetObjectItem(request, "rawtx");
	bool alone = cJSON_GetArraySize(params != NULL ? params : request) == 1;
	char *hex = NULL;

	if (cJSON_IsString(raw) && alone && raw->valuestring[0] != '\0' &&
	    strlen(raw->valuestring) % 2 == 0 && is_hex(raw->valuestring, strlen(raw->valuestring)))
		hex = strdup(raw->valuestring);
	cJSON_Delete(request);
	return hex;
}

static bool is_injection(const cJSON *call)
{
	char *hex = hex_of(call);

	free(hex);
	return hex != NULL;
}

static bool is_text(const cJSON *call)
{
	return cJSON_IsString(cJSON_GetObjectItem(cJSON_GetObjectItem(call, "response"), "body"));
}

static enum kind kind_of_page(const cJSON *call, const char *page)
{
	static const struct {
		const char *page;
		enum kind kind;
	} pages[] = {
		{ "/version", PROBE },
		{ "/csrf", CSRF },
		{ "/health", HEALTH },
		{ "/blockchain/metadata", HEAD },
		{ "/blockchain/progress", PROGRESS },
		{ "/network/connections", CONNECTIONS },
		{ "/block?seq=0", GENESIS },
	};

	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		if (strcmp(page, pages[i].page) == 0)
			return pages[i].kind;
	if (begins(page, "/outputs?addrs=") && strchr(page, '&') == NULL && is_text(call) &&
	    has_addresses(page + 15))
		return OUTPUTS;
	if (begins(page, "/transaction?txid=") && is_hex(page + 18, 64))
		return STATUS;
	if (begins(page, "/blocks?start="))
		return BLOCKS;
	return begins(page, "/uxout?uxid=") ? SPENT : NEVER_ASKED;
}

static enum kind kind_of_rest(const struct recording *r, const cJSON *call)
{
	const char *page = page_of(r, call), *method = sky_member(call, "request", "method");

	if (page == NULL)
		return NEVER_ASKED;
	if (strcmp(page, "/injectTransaction") == 0 && strcmp(method, "POST") == 0)
		return is_injection(call) ? INJECT : NEVER_ASKED;
	return strcmp(method, "GET") == 0 ? kind_of_page(call, page) : NEVER_ASKED;
}

/* "method" of a request as we make them, else "". */
static const char *method_of(const cJSON *request)
{
	const cJSON *method = cJSON_GetObjectItem(request, "method");
	const cJSON *version = cJSON_GetObjectItem(request, "jsonrpc");

	if (!cJSON_IsString(cJSON_GetObjectItem(request, "id")) || !cJSON_IsString(version) ||
	    strcmp(version->valuestring, "2.0") != 0 || !cJSON_IsString(method))
		return "";
	return method->valuestring;
}

static bool are_addresses(const cJSON *params)
{
	const cJSON *p;

	cJSON_ArrayForEach(p, params)
	{
		if (!cJSON_IsString(p) || !has_addresses(p->valuestring))
			return false;
	}
	return cJSON_IsArray(params) && cJSON_GetArraySize(params) > 0;
}

static enum kind kind_of_call(const cJSON *call, const char *method, const cJSON *params)
{
	const cJSON *one = cJSON_GetArraySize(params) == 1 ? cJSON_GetArrayItem(params, 0) : NULL;

	if (strcmp(method, "get_status") == 0 && params == NULL)
		return sky_status_of(call) == 200 ? HEAD : PROBE;
	if (strcmp(method, "get_outputs") == 0 && are_addresses(params))
		return OUTPUTS;
	if (strcmp(method, "get_blocks") == 0 && cJSON_GetArraySize(params) == 2)
		return BLOCKS;
	if (strcmp(method, "get_address_uxouts") == 0)
		return SPENT;
	if (strcmp(method, "inject_transaction") == 0 && is_injection(call))
		return INJECT;
	if (strcmp(method, "get_transaction") == 0 && one != NULL && is_hex(one->valuestring, 64))
		return STATUS;
	return NEVER_ASKED;
}

static enum kind kind_of_webrpc(const cJSON *call)
{
	cJSON *request = cJSON_Parse(sky_member(call, "request", "body"));
	enum kind k = NEVER_ASKED;

	if (strcmp(sky_member(call, "request", "method"), "POST") == 0)
		k = kind_of_call(call, method_of(request), cJSON_GetObjectItem(request, "params"));
	cJSON_Delete(request);
	return k;
}

static enum kind kind_of(const struct recording *r, const cJSON *call)
{
	return strcmp(r->api, "webrpc") == 0 ? kind_of_webrpc(call) : kind_of_rest(r, call);
}

/* --- the peer's side ---------------------------------------------------------------------------
 */

static bool is_webrpc(const struct told *t)
{
	return strcmp(t->of->api, "webrpc") == 0;
}

static bool is_modern(const struct told *t)
{
	return strcmp(t->of->api, "rest") == 0;
}

/* Texts made for one exchange. */
static char *made[EXCHANGES_MAX];
static size_t made_count;

static void free_made(void)
{
	while (made_count > 0)
		free(made[--made_count]);
}

/* The recorded answer with the id of our n-th request; kept until free_made(). */
static const char *with_id(const cJSON *call, unsigned n)
{
	const char *body = sky_member(call, "response", "body"), *at = strstr(body, "\"id\": \"");
	char *text = NULL;

	if (at == NULL)
		return body;
	at += strlen("\"id\": \"");
	assert_true(asprintf(&text, "%.*s%u%s", (int)(at - body), body, n, strchr(at, '"')) > 0);
	assert_true(made_count < EXCHANGES_MAX);
	made[made_count++] = text;
	return text;
}

/* Request n (from 1) of the client. */
static struct peer_exchange nth(const struct told *t, const cJSON *call, unsigned n)
{
	struct peer_exchange e = sky_played(call);

	if (is_webrpc(t))
		e.body = with_id(call, n);
	return e;
}

/* --- asking ------------------------------------------------------------------------------------
 */

static cJSON *modern, *legacy;

static int free_contexts(void **state)
{
	(void)state;
	cJSON_Delete(modern);
	cJSON_Delete(legacy);
	return 0;
}

/* The recordings of one run are enough for each other, but the short ones take the long one's. */
static const cJSON *context(const struct told *t, const char *name)
{
	if (is_webrpc(t)) /* the one that it has for all of them */
		return sky_call(t->rec, "get_status");
	if (modern == NULL)
		modern = sky_recording("rest-modern.json");
	if (legacy == NULL)
		legacy = sky_recording("rest-legacy.json");
	return sky_call(is_modern(t) ? modern : legacy, name);
}

/* What the answer is about: below "result" in webrpc. */
static const cJSON *thing(const struct told *t, const cJSON *answer, const char *member)
{
	const cJSON *result = cJSON_GetObjectItem(answer, "result");

	if (!is_webrpc(t))
		return answer;
	return member != NULL ? cJSON_GetObjectItem(result, member) : result;
}

#define HEAD_TOLD 1 /* by each run's first metadata or get_status */

static size_t asked_addresses(const struct told *t, struct sky_address ret[SKY_ADDRESSES_MAX])
{
	cJSON *request;
	const cJSON *p;
	size_t n = 0;

	if (!is_webrpc(t))
		return sky_addresses(strchr(sky_member(t->call, "request", "path"), '=') + 1, ret);
	request = cJSON_Parse(sky_member(t->call, "request", "body"));
	cJSON_ArrayForEach(p, cJSON_GetObjectItem(request, "params"))
	{
		assert_int_equal(sky_address_parse(p->valuestring, &ret[n++], NULL), 0);
	}
	cJSON_Delete(request);
	return n;
}

static void play_outputs(struct told *t)
{
	bool is_new = is_modern(t);
	struct sky_address asked[SKY_ADDRESSES_MAX];
	cJSON *answer = cJSON_Parse(sky_member(t->call, "response", "body"));
	const cJSON *lists = thing(t, answer, "outputs");
	struct peer_exchange before[] = { nth(t, context(t, "metadata"), 1), nth(t, t->call, 2) };
	struct peer_exchange after[] = { nth(t, t->call, 1), nth(t, context(t, "health"), 2) };
	bool fails = cJSON_GetObjectItem(lists, "head_outputs") == NULL;
	struct sky_world w;

	if (is_new)
		sky_world_init(&w, t->of->api, after, fails ? 1 : 2);
	else
		sky_world_init(&w, t->of->api, before, 2);
	w.node->ops->outputs(w.node, asked, asked_addresses(t, asked), sky_on_outputs, &w);
	sky_world_wait(&w);
	assert_int_equal(w.failed, fails);
	if (!fails) {
		const cJSON *head = cJSON_GetObjectItem(answer, "head");

		sky_check_outputs(&w, lists);
		assert_int_equal(w.outputs.head_seq,
				 head != NULL ? cJSON_GetObjectItem(head, "seq")->valueint
					      : HEAD_TOLD);
		assert_int_equal(w.outputs.policy.burn_factor, is_new ? 10 : 2);
		assert_int_equal(w.outputs.policy.max_tx_size, 32768);
		assert_int_equal(w.outputs.policy.max_decimals, 3);
	}
	sky_world_release(&w);
	cJSON_Delete(answer);
}

static void asked_txid(const struct told *t, char ret[65])
{
	cJSON *request = cJSON_Parse(sky_member(t->call, "request", "body"));
	const char *txid =
		is_webrpc(t)
			? cJSON_GetArrayItem(cJSON_GetObjectItem(request, "params"), 0)->valuestring
			: strchr(sky_member(t->call, "request", "path"), '=') + 1;

	assert_true(text_copy(ret, 65, txid));
	cJSON_Delete(request);
}

/* That something is not known, a node of REST must say twice: it still speaks that API. */
static void play_status(struct told *t)
{
	struct peer_exchange list[] = { nth(t, t->call, 1), nth(t, context(t, "version"), 2) };
	cJSON *answer = cJSON_Parse(list[0].body);
	const cJSON *place = thing(t, answer, "transaction");
	bool unknown = cJSON_GetObjectItem(place, "status") == NULL;
	char txid[65];
	struct sky_world w;

	asked_txid(t, txid);
	sky_world_init(&w, t->of->api, list, unknown && !is_webrpc(t) ? 2 : 1);
	w.node->ops->status(w.node, txid, sky_on_status, &w);
	sky_world_wait(&w);
	sky_check_status(&w, unknown ? NULL : place);
	sky_world_release(&w);
	cJSON_Delete(answer);
}

static const cJSON *uxout_of(const struct told *t, const cJSON *answer)
{
	const cJSON *list;

	if (!is_webrpc(t))
		return sky_status_of(t->call) == 200 ? answer : NULL;
	list = cJSON_GetArrayItem(cJSON_GetObjectItem(answer, "result"), 0);
	return cJSON_GetArrayItem(cJSON_GetObjectItem(list, "uxouts"), 0);
}

static void play_spent(struct told *t)
{
	struct peer_exchange list[] = { nth(t, context(t, "metadata"), 1), nth(t, t->call, 2) };
	cJSON *answer = cJSON_Parse(list[1].body);
	const cJSON *uxout = uxout_of(t, answer);
	struct sky_address owner = { 0 };
	struct sha256 uxid = { 0 };
	uint64_t head = HEAD_TOLD;
	struct sky_world w;

	if (uxout != NULL) {
		uint64_t seq = (uint64_t)cJSON_GetObjectItem(uxout, "spent_block_seq")->valueint;

		head = seq > head ? seq : head;
		assert_true(
			hex_to_bytes(cJSON_GetObjectItem(uxout, "uxid")->valuestring, uxid.b, 32));
		assert_int_equal(
			sky_address_parse(cJSON_GetObjectItem(uxout, "owner_address")->valuestring,
					  &owner, NULL),
			0);
	} else {
		memset(uxid.b, 0xde, sizeof(uxid.b)); /* what was asked for */
	}
	sky_world_init(&w, t->of->api, list, 2);
	w.node->ops->spent(w.node, &uxid, &owner, sky_on_spent, &w);
	sky_world_wait(&w);
	sky_check_spent(&w, uxout, head);
	sky_world_release(&w);
	cJSON_Delete(answer);
}

static void asked_range(const struct told *t, uint64_t *first, uint64_t *last)
{
	cJSON *request = cJSON_Parse(sky_member(t->call, "request", "body"));
	const cJSON *params = cJSON_GetObjectItem(request, "params");
	const char *at = strstr(sky_member(t->call, "request", "path"), "start=");

	if (at != NULL) {
		*first = strtoull(at + strlen("start="), NULL, 10);
		*last = strtoull(strstr(at, "end=") + strlen("end="), NULL, 10);
	} else {
		*first = (uint64_t)cJSON_GetArrayItem(params, 0)->valueint;
		*last = (uint64_t)cJSON_GetArrayItem(params, 1)->valueint;
	}
	cJSON_Delete(request);
}

/* All that a real node recorded is what its hashes say, also where a header lacks a part. */
static void play_blocks(struct told *t)
{
	struct peer_exchange one = nth(t, t->call, 1);
	cJSON *answer = cJSON_Parse(sky_member(t->call, "response", "body"));
	const cJSON *list = cJSON_GetObjectItem(thing(t, answer, NULL), "blocks"), *block, *header;
	uint64_t first = 0, last = 0;
	char hash[65];
	size_t i = 0;
	struct sky_world w;

	asked_range(t, &first, &last);
	sky_world_init(&w, t->of->api, &one, 1);
	w.node->ops->blocks(w.node, first, last, sky_on_blocks, &w);
	sky_world_wait(&w);
	assert_false(w.failed);
	assert_int_equal(w.block_count, cJSON_GetArraySize(list));
	cJSON_ArrayForEach(block, list)
	{
		header = cJSON_GetObjectItem(block, "header");
		hex_from_bytes(w.block_hashes[i++].b, 32, hash);
		assert_string_equal(hash, cJSON_GetObjectItem(header, "block_hash")->valuestring);
	}
	sky_world_release(&w);
	cJSON_Delete(answer);
}

/* The node's words for it, without what its API puts before them; NULL: taken. */
static const char *words_of(const struct told *t, cJSON *answer)
{
	static const char *const before[] = { "400 Bad Request - ",
					      "inject tx failed: ", "inject transaction failed: " };
	const char *words = sky_member(t->call, "response", "body");

	if (is_webrpc(t)) {
		const cJSON *error = cJSON_GetObjectItem(answer, "error");

		words = error != NULL ? cJSON_GetObjectItem(error, "message")->valuestring : NULL;
	} else if (sky_status_of(t->call) == 200) {
		words = NULL;
	}
	for (size_t i = 0; words != NULL && i < 3; i++)
		if (begins(words, before[i]) && strstr(words, "constraint") != NULL)
			words += strlen(before[i]);
	return words;
}

static void check_injected(struct told *t, const struct sky_world *w)
{
	cJSON *answer = cJSON_Parse(sky_member(t->call, "response", "body"));
	const char *words = words_of(t, answer);

	if (words == NULL) {
		assert_int_equal(w->inject, SKY_INJECT_OK);
		assert_string_equal(w->text, "");
		++*t->taken;
	} else if (strstr(words, " constraint: ") != NULL ||
		   strstr(words, "Invalid transaction: ") != NULL) {
		assert_int_equal(w->inject, SKY_INJECT_REFUSED);
		assert_non_null(strstr(words, w->text));
		assert_true(strlen(w->text) > 10);
		++*t->refused;
	} else {
		assert_int_equal(w->inject, SKY_INJECT_UNKNOWN);
		++*t->open;
	}
	cJSON_Delete(answer);
}

/* A token that is refused is replaced once: the same two exchanges again. */
static void play_inject(struct told *t)
{
	bool token_refused = strcasestr(sky_member(t->call, "response", "body"), "csrf") != NULL;
	struct peer_exchange post = nth(t, t->call, 1), list[4];
	char *hex = hex_of(t->call);
	struct sky_world w;
	size_t n = 0;

	post.body_has = hex;
	for (int i = 0; i < (token_refused ? 2 : 1); i++) {
		if (!is_webrpc(t))
			list[n++] = nth(t, context(t, "csrf"), 1);
		list[n++] = post;
	}
	sky_world_init(&w, t->of->api, list, n);
	sky_world_inject(&w, hex);
	/* the bytes behind a transaction are ignored by 0.22: its txid is another than ours */
	if (strcmp(cJSON_GetObjectItem(t->call, "name")->valuestring, "inject_trailing_byte") ==
		    0 &&
	    is_webrpc(t)) {
		assert_int_equal(w.inject, SKY_INJECT_UNKNOWN);
		++*t->open;
	} else {
		check_injected(t, &w);
	}
	sky_world_release(&w);
	free(hex);
}

/* Found out by itself, then asked for its health.  What is asked before is not there. */
static void play_probe(struct told *t)
{
	struct peer_exchange missing = { .status = 404, .body = "404 Not Found\n" },
			     list[EXCHANGES_MAX];
	struct sky_world w;
	size_t n = 0;

	for (size_t i = 0; sky_apis[i] != sky_api_named(t->of->api); i++)
		list[n++] = missing;
	list[n++] = nth(t, t->call, 1);
	if (sky_status_of(t->call) == 200) {
		list[n++] = sky_played(context(t, "csrf"));
		list[n++] = missing;
	}
	sky_world_init(&w, "auto", list, n);
	if (sky_status_of(t->call) == 200) {
		sky_world_inject(&w, "00");
		assert_int_equal(w.inject, SKY_INJECT_UNKNOWN);
	} else {
		w.node->ops->health(w.node, sky_on_health, &w);
		sky_world_wait(&w);
		assert_true(w.failed);
		assert_non_null(strstr(w.err.text, ": the node answers '40"));
	}
	sky_world_release(&w);
}

/* A token, or the word that none is needed. */
static void play_csrf(struct told *t)
{
	const cJSON *ok = sky_call(t->rec, t->of->total < 10 ? "inject_without_token"
					   : is_modern(t)    ? "inject_ok"
							     : "rest_inject_ok");
	bool given = sky_status_of(t->call) == 200;
	cJSON *token = cJSON_Parse(sky_member(t->call, "response", "body"));
	struct peer_exchange list[] = { nth(t, t->call, 1), nth(t, ok, 2) };
	char *hex = hex_of(ok), *header = NULL;
	struct sky_world w;

	if (given) {
		assert_true(asprintf(&header, "X-CSRF-Token: %s\r\n",
				     cJSON_GetObjectItem(token, "csrf_token")->valuestring) > 0);
		list[1].head_has = header;
	} else {
		list[1].head_lacks = "X-CSRF-Token";
	}
	sky_world_init(&w, t->of->api, list, 2);
	sky_world_inject(&w, hex);
	assert_int_equal(w.inject, given ? SKY_INJECT_OK : SKY_INJECT_REFUSED);
	sky_world_release(&w);
	cJSON_Delete(token);
	free(header);
	free(hex);
}

static int number(const cJSON *answer, const char *a, const char *b, const char *c)
{
	const cJSON *j = cJSON_GetObjectItem(answer, a);

	j = b != NULL ? cJSON_GetObjectItem(j, b) : j;
	j = c != NULL ? cJSON_GetObjectItem(j, c) : j;
	return cJSON_IsNumber(j) ? j->valueint : -1;
}

/* One answer of those that make up health is this one, the rest are the run's first. */
static void play_health(struct told *t)
{
	static const char *const names[] = { "health",	    "version",	"metadata",
					     "connections", "progress", "block_0" };
	static const enum kind kinds[] = { HEALTH, PROBE, HEAD, CONNECTIONS, PROGRESS, GENESIS };
	enum kind is = kind_of(t->of, t->call);
	struct peer_exchange list[EXCHANGES_MAX];
	const cJSON *call[6];
	cJSON *answer[6];
	size_t n = 0;
	bool told;
	struct sky_world w;

	for (size_t i = 0; i < 6; i++) {
		call[i] = kinds[i] == is ? t->call : context(t, names[i]);
		answer[i] = cJSON_Parse(sky_member(call[i], "response", "body"));
	}
	if (is_modern(t) && is != HEALTH) /* else these would not be asked for */
		call[0] = sky_call(t->rec, "unknown_path");
	told = sky_status_of(call[0]) == 200;
	for (size_t i = 0; i < 6; i++)
		if (i == 0 || i > 3 || !told)
			list[n++] = sky_played(call[i]);
	if (is != HEALTH)
		list[0].path = NULL;
	sky_world_init(&w, t->of->api, list, n);
	w.node->ops->health(w.node, sky_on_health, &w);
	sky_world_wait(&w);
	assert_false(w.failed);
	assert_string_equal(w.health.version, is_modern(t) ? "0.27.1" : "0.22.0");
	assert_int_equal(w.health.head_seq, told ? number(answer[0], "blockchain", "head", "seq")
						 : number(answer[2], "head", "seq", NULL));
	assert_int_equal(w.health.open_connections,
			 told ? number(answer[0], "open_connections", NULL, NULL)
			      : cJSON_GetArraySize(cJSON_GetObjectItem(answer[3], "connections")));
	assert_int_equal(w.health.highest_seq, number(answer[4], "highest", NULL, NULL));
	assert_string_equal(
		w.health.genesis,
		cJSON_GetObjectItem(cJSON_GetObjectItem(answer[5], "header"), "block_hash")
			->valuestring);
	assert_int_equal(w.health.standing,
			 w.health.open_connections > 0 ? SKY_GOOD : SKY_NO_PEERS);
	assert_string_equal(w.health.api, t->of->api);
	sky_world_release(&w);
	for (size_t i = 0; i < 6; i++)
		cJSON_Delete(answer[i]);
}

/* webrpc: its status, and its first block. */
static void play_webrpc_health(struct told *t)
{
	const cJSON *blocks = sky_call(t->rec, "get_blocks_by_seq");
	cJSON *status = cJSON_Parse(sky_member(t->call, "response", "body"));
	cJSON *answer = cJSON_Parse(with_id(blocks, 2));
	cJSON *list_of = cJSON_GetObjectItem(cJSON_GetObjectItem(answer, "result"), "blocks");
	char *body;
	struct peer_exchange list[2] = { nth(t, t->call, 1), nth(t, blocks, 2) };
	struct sky_world w;

	while (cJSON_GetArraySize(list_of) > 1) /* 0 and 2 were asked for in the recording */
		cJSON_DeleteItemFromArray(list_of, 1);
	body = cJSON_Print(answer);
	list[1].body = body;
	list[1].body_has = "\"method\":\"get_blocks_by_seq\",\"params\":[0]}";
	sky_world_init(&w, "webrpc", list, 2);
	w.node->ops->health(w.node, sky_on_health, &w);
	sky_world_wait(&w);
	assert_false(w.failed);
	assert_int_equal(w.health.head_seq, number(status, "result", "num_of_blocks", NULL) - 1);
	assert_int_equal(w.health.open_connections, -1);
	assert_int_equal(strlen(w.health.genesis), 64);
	assert_int_equal(w.health.standing, SKY_UNPROVEN);
	sky_world_release(&w);
	free(body);
	cJSON_Delete(answer);
	cJSON_Delete(status);
}

static void play_chain(struct told *t)
{
	if (is_webrpc(t))
		play_webrpc_health(t);
	else
		play_health(t);
}

/* --- every answer to every question ------------------------------------------------------------
 */

static const char strange[] = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a";

static bool names_a_rule(const char *body)
{
	return strstr(body, "Transaction violates ") != NULL ||
	       strstr(body, "Invalid transaction: ") != NULL;
}

/* Nothing that was asked is in any recording: so nothing may be found in one. */
static void tell_step(const struct sky_api *api, const struct sky_step *step,
		      const struct sky_reply *a, const char *id)
{
	struct sky_address owner = { .key_hash.b = { 0x5a } };
	struct sky_work w = { .api = api,
			      .asked = &owner,
			      .asked_count = 1,
			      .head_known = true,
			      .inject = SKY_INJECT_UNKNOWN };
	struct err err;
	int rc;

	(void)snprintf(w.id, sizeof(w.id), "%s", id);
	(void)snprintf(w.txid, sizeof(w.txid), "%s", strange);
	memset(w.uxid.b, 0x5a, sizeof(w.uxid.b));
	rc = step->take(&w, a, &err);
	assert_true(rc == SKY_STEP_NEXT || rc == SKY_STEP_AGAIN || rc < 0);
	assert_int_not_equal(w.inject, SKY_INJECT_OK);
	if (w.inject == SKY_INJECT_REFUSED)
		assert_true(names_a_rule(a->body));
	assert_int_equal(w.tx.status, SKY_TX_UNKNOWN);
	assert_false(w.spent.found || w.spent.spent);
	assert_int_equal(w.outputs.count, 0);
	if (w.health.genesis[0] != '\0')
		assert_non_null(strstr(a->body, "\"seq\": 0,"));
	assert_int_equal(w.blocks.count, 0);
	sky_unspents_release(&w.outputs);
	sky_blocks_release(&w.blocks);
}

static void tell_all(const cJSON *call)
{
	struct sky_reply a = { .status = sky_status_of(call),
			       .body = sky_member(call, "response", "body") };
	const char *at = strstr(a.body, "\"id\": \"");
	char id[24] = "1";

	a.len = strlen(a.body);
	if (at != NULL)
		(void)snprintf(id, sizeof(id), "%.*s", (int)strcspn(at + 7, "\""), at + 7);
	for (size_t i = 0; i < SKY_APIS; i++)
		for (size_t q = 0; q < SKY_QUESTIONS; q++)
			for (const struct sky_step *s = sky_apis[i]->steps[q]; s->ask != NULL; s++)
				tell_step(sky_apis[i], s, &a, id);
}

/* --- the recordings ----------------------------------------------------------------------------
 */

static void (*const play[KINDS])(struct told *t) = {
	[OUTPUTS] = play_outputs, [STATUS] = play_status,     [SPENT] = play_spent,
	[BLOCKS] = play_blocks,	  [INJECT] = play_inject,     [PROBE] = play_probe,
	[CSRF] = play_csrf,	  [HEALTH] = play_chain,      [HEAD] = play_chain,
	[PROGRESS] = play_chain,  [CONNECTIONS] = play_chain, [GENESIS] = play_chain,
	[NEVER_ASKED] = NULL,
};

static void play_recording(const struct recording *r)
{
	int count[KINDS] = { 0 }, taken = 0, refused = 0, open = 0, total = 0;
	struct told t = { .of = r, .taken = &taken, .refused = &refused, .open = &open };
	enum kind k;

	t.rec = sky_recording(r->file);
	cJSON_ArrayForEach(t.call, cJSON_GetObjectItem(t.rec, "calls"))
	{
		k = kind_of(r, t.call);
		print_message("%s %s\n", r->file, cJSON_GetObjectItem(t.call, "name")->valuestring);
		if (play[k] != NULL)
			play[k](&t);
		free_made();
		tell_all(t.call);
		count[k]++;
		total++;
	}
	for (size_t i = 0; i < KINDS; i++)
		assert_int_equal(count[i], r->count[i]);
	assert_int_equal(total, r->total);
	assert_int_equal(taken, r->taken);
	assert_int_equal(refused, r->refused);
	assert_int_equal(open, r->open);
	cJSON_Delete(t.rec);
}

#define RECORDING(name, ...)                                                                       \
	static void name(void **state)                                                             \
	{                                                                                          \
		static const struct recording r = __VA_ARGS__;                                     \
                                                                                                   \
		(void)state;                                                                       \
		play_recording(&r);                                                                \
	}

RECORDING(test_modern, { .file = "rest-modern.json",
			 .api = "rest",
			 .prefix = "/api/v1",
			 .total = 156,
			 .count = { [OUTPUTS] = 8,
				    [STATUS] = 12,
				    [SPENT] = 2,
				    [INJECT] = 39,
				    [PROBE] = 9,
				    [CSRF] = 1,
				    [HEALTH] = 2,
				    [HEAD] = 2,
				    [PROGRESS] = 1,
				    [CONNECTIONS] = 1,
				    [GENESIS] = 1,
				    [BLOCKS] = 4,
				    [NEVER_ASKED] = 74 },
			 .taken = 5,
			 .refused = 28,
			 .open = 6 })

RECORDING(test_modern_auth, { .file = "rest-auth-modern.json",
			      .api = "rest",
			      .prefix = "/api/v1",
			      .total = 4,
			      .count = { [PROBE] = 3, [NEVER_ASKED] = 1 },
			      .taken = 0,
			      .refused = 0,
			      .open = 0 })

RECORDING(test_modern_no_csrf, { .file = "rest-no-csrf-modern.json",
				 .api = "rest",
				 .prefix = "/api/v1",
				 .total = 3,
				 .count = { [INJECT] = 1, [CSRF] = 1, [HEALTH] = 1 },
				 .taken = 0,
				 .refused = 1,
				 .open = 0 })

RECORDING(test_modern_api_sets, { .file = "rest-api-sets-modern.json",
				  .api = "rest",
				  .prefix = "/api/v1",
				  .total = 3,
				  .count = { [OUTPUTS] = 1, [INJECT] = 1, [NEVER_ASKED] = 1 },
				  .taken = 0,
				  .refused = 0,
				  .open = 1 })

RECORDING(test_legacy, { .file = "rest-legacy.json",
			 .api = "legacy-rest",
			 .prefix = "",
			 .total = 81,
			 .count = { [OUTPUTS] = 8,
				    [STATUS] = 12,
				    [SPENT] = 2,
				    [INJECT] = 5,
				    [PROBE] = 3,
				    [CSRF] = 1,
				    [HEALTH] = 1,
				    [HEAD] = 2,
				    [PROGRESS] = 1,
				    [CONNECTIONS] = 1,
				    [GENESIS] = 1,
				    [BLOCKS] = 4,
				    [NEVER_ASKED] = 40 },
			 .taken = 1,
			 .refused = 1,
			 .open = 3 })

RECORDING(test_legacy_no_csrf, { .file = "rest-no-csrf-legacy.json",
				 .api = "legacy-rest",
				 .prefix = "",
				 .total = 2,
				 .count = { [INJECT] = 1, [CSRF] = 1 },
				 .taken = 0,
				 .refused = 1,
				 .open = 0 })

RECORDING(test_webrpc, { .file = "webrpc-legacy.json",
			 .api = "webrpc",
			 .prefix = "/webrpc",
			 .total = 91,
			 .count = { [OUTPUTS] = 5,
				    [STATUS] = 12,
				    [SPENT] = 1,
				    [INJECT] = 34,
				    [PROBE] = 1,
				    [HEAD] = 3,
				    [BLOCKS] = 3,
				    [NEVER_ASKED] = 32 },
			 .taken = 5,
			 .refused = 26,
			 .open = 3 })

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_modern),	       cmocka_unit_test(test_modern_auth),
		cmocka_unit_test(test_modern_no_csrf), cmocka_unit_test(test_modern_api_sets),
		cmocka_unit_test(test_legacy),	       cmocka_unit_test(test_legacy_no_csrf),
		cmocka_unit_test(test_webrpc),
	};

	return cmocka_run_group_tests(tests, NULL, free_contexts);
}

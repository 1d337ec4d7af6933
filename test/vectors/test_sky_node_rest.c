/* Every exchange recorded at a 0.27.1 node that is of a kind the client makes, played back to it:
 * the peer insists on the recorded method and path, and answers with the recorded bytes. */
#include "test/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/node/sky_node.h"
#include "test/support/http_peer.h"

#define MODERN	      "rest-modern.json"
#define PATIENCE_MS   10000
#define ADDRESSES_MAX 256

/* --- the recording ---------------------------------------------------------------------------- */

static cJSON *recording(const char *file)
{
	char path[256];

	(void)snprintf(path, sizeof(path), VECTORS "skycoin/%s", file);
	return test_read_json(path);
}

static const cJSON *call_named(const cJSON *rec, const char *name)
{
	const cJSON *c;

	cJSON_ArrayForEach(c, cJSON_GetObjectItem(rec, "calls"))
	{
		if (strcmp(cJSON_GetObjectItem(c, "name")->valuestring, name) == 0)
			return c;
	}
	fail_msg("no recorded call '%s'", name);
	return NULL;
}

static const char *member(const cJSON *call, const char *part, const char *key)
{
	const cJSON *v = cJSON_GetObjectItem(cJSON_GetObjectItem(call, part), key);

	return cJSON_IsString(v) ? v->valuestring : "";
}

static int status_of(const cJSON *call)
{
	return cJSON_GetObjectItem(cJSON_GetObjectItem(call, "response"), "status")->valueint;
}

/* The exchange as the peer is to see it. */
static struct peer_exchange played(const cJSON *call)
{
	return (struct peer_exchange){ .method = member(call, "request", "method"),
				       .path = member(call, "request", "path"),
				       .head_lacks = "Referer",
				       .status = status_of(call),
				       .body = member(call, "response", "body") };
}

/* --- a node, a peer, and what came of it -------------------------------------------------------
 */

struct world {
	struct loop *loop;
	struct loop_timer *patience;
	struct peer *peer;
	struct sky_node *node;
	unsigned answers;

	bool failed;
	struct err err;
	struct sky_outputs outputs;
	struct uxout *spendable; /* a copy */
	enum sky_inject_result inject;
	char text[512];
	enum sky_tx_status status;
	uint64_t height, block_seq;
	struct sky_spent spent;
	struct sky_health health;
};

static void on_patience(void *arg)
{
	(void)arg;
	fail_msg("no answer");
}

static void world_init(struct world *w, const struct peer_exchange *list, size_t count)
{
	memset(w, 0, sizeof(*w));
	w->peer = peer_start(list, count);
	assert_int_equal(loop_new(&w->loop, NULL), 0);
	w->patience = loop_timer_new(w->loop, on_patience, NULL);
	assert_int_equal(sky_node_rest_new(w->loop, peer_address(w->peer), "", "", &w->node, NULL),
			 0);
}

static void world_wait(struct world *w)
{
	assert_int_equal(w->answers, 0); /* never from inside the call */
	loop_timer_start(w->patience, PATIENCE_MS);
	loop_run(w->loop);
	loop_timer_stop(w->patience);
	assert_int_equal(w->answers, 1);
}

static void world_release(struct world *w)
{
	w->node->ops->free(w->node);
	loop_timer_free(w->patience);
	loop_free(w->loop);
	peer_finish(w->peer);
	free(w->spendable);
}

static void answered(struct world *w, const struct err *err)
{
	w->answers++;
	w->failed = err != NULL;
	if (err != NULL)
		w->err = *err;
	loop_stop(w->loop);
}

static void on_outputs(void *arg, const struct sky_outputs *o, const struct err *err)
{
	struct world *w = arg;

	answered(w, err);
	if (err != NULL)
		return;
	w->outputs = *o;
	w->spendable = calloc(o->count + 1, sizeof(*w->spendable));
	assert_non_null(w->spendable);
	for (size_t i = 0; i < o->count; i++)
		w->spendable[i] = o->spendable[i];
}

static void on_inject(void *arg, enum sky_inject_result result, const char *text)
{
	struct world *w = arg;

	answered(w, NULL);
	w->inject = result;
	(void)snprintf(w->text, sizeof(w->text), "%s", text);
}

static void on_status(void *arg, enum sky_tx_status status, uint64_t height, uint64_t block_seq,
		      const struct err *err)
{
	struct world *w = arg;

	answered(w, err);
	w->status = status;
	w->height = height;
	w->block_seq = block_seq;
}

static void on_spent(void *arg, const struct sky_spent *s, const struct err *err)
{
	struct world *w = arg;

	answered(w, err);
	if (err == NULL)
		w->spent = *s;
}

static void on_health(void *arg, const struct sky_health *h, const struct err *err)
{
	struct world *w = arg;

	answered(w, err);
	if (err == NULL)
		w->health = *h;
}

/* The first line of an error body; after `prefix` when it is not NULL. */
static void assert_text(const char *text, const char *body, const char *prefix)
{
	char want[512];

	if (prefix != NULL) {
		assert_memory_equal(body, prefix, strlen(prefix));
		body += strlen(prefix);
	}
	(void)snprintf(want, sizeof(want), "%.*s", (int)strcspn(body, "\n"), body);
	assert_string_equal(text, want);
}

/* --- outputs ---------------------------------------------------------------------------------- */

static size_t parse_addresses(const char *list, struct sky_address ret[ADDRESSES_MAX])
{
	char text[128];
	size_t n = 0, len;

	for (; *list != '\0'; list += len + (list[len] == ',')) {
		len = strcspn(list, ",");
		(void)snprintf(text, sizeof(text), "%.*s", (int)len, list);
		assert_int_equal(sky_address_parse(text, &ret[n++], NULL), 0);
	}
	return n;
}

static const cJSON *output_by_hash(const cJSON *list, const char *hash)
{
	const cJSON *o;

	cJSON_ArrayForEach(o, list)
	{
		if (strcmp(cJSON_GetObjectItem(o, "hash")->valuestring, hash) == 0)
			return o;
	}
	return NULL;
}

static void check_output(const struct uxout *u, const cJSON *answer)
{
	char hash[65], address[ADDRESS_TEXT_MAX], coins[UNITS_TEXT_MAX];
	const cJSON *want;

	hex_from_bytes(u->id.b, sizeof(u->id.b), hash);
	want = output_by_hash(cJSON_GetObjectItem(answer, "head_outputs"), hash);
	assert_non_null(want);
	assert_null(output_by_hash(cJSON_GetObjectItem(answer, "outgoing_outputs"), hash));
	sky_address_to_text(&u->owner, address);
	assert_string_equal(address, cJSON_GetObjectItem(want, "address")->valuestring);
	droplets_to_text(u->coins, coins);
	assert_string_equal(coins, cJSON_GetObjectItem(want, "coins")->valuestring);
	assert_int_equal(u->hours.n, cJSON_GetObjectItem(want, "calculated_hours")->valuedouble);
	assert_int_equal(u->block_seq, cJSON_GetObjectItem(want, "block_seq")->valuedouble);
}

static void check_outputs(const struct world *w, const cJSON *call)
{
	cJSON *answer = cJSON_Parse(member(call, "response", "body"));
	const cJSON *have = cJSON_GetObjectItem(answer, "head_outputs"),
		    *outgoing = cJSON_GetObjectItem(answer, "outgoing_outputs");

	assert_int_equal(w->outputs.count, cJSON_GetArraySize(have) - cJSON_GetArraySize(outgoing));
	for (size_t i = 0; i < w->outputs.count; i++)
		check_output(&w->spendable[i], answer);
	assert_int_equal(w->outputs.incoming,
			 cJSON_GetArraySize(cJSON_GetObjectItem(answer, "incoming_outputs")) > 0);
	assert_int_equal(w->outputs.head_seq,
			 cJSON_GetObjectItem(cJSON_GetObjectItem(answer, "head"), "seq")->valueint);
	assert_int_equal(w->outputs.policy.burn_factor, 10);
	assert_int_equal(w->outputs.policy.max_tx_size, 32768);
	assert_int_equal(w->outputs.policy.max_decimals, 3);
	cJSON_Delete(answer);
}

static void play_outputs(const cJSON *call, const cJSON *health)
{
	const char *addresses = strchr(member(call, "request", "path"), '=') + 1;
	struct peer_exchange list[] = { played(call), played(health) };
	struct sky_address asked[ADDRESSES_MAX];
	size_t count = parse_addresses(addresses, asked);
	struct world w;

	world_init(&w, list, status_of(call) == 200 ? 2 : 1);
	w.node->ops->outputs(w.node, asked, count, on_outputs, &w);
	world_wait(&w);
	assert_int_equal(w.failed, status_of(call) != 200);
	if (w.failed)
		assert_non_null(strstr(w.err.text, "unspent output of"));
	else
		check_outputs(&w, call);
	world_release(&w);
}

/* The address of a call cannot be a wrong one: those recordings are of another client. */
static bool is_outputs(const cJSON *call)
{
	const char *path = member(call, "request", "path");
	const char *headers = cJSON_PrintUnformatted(
		cJSON_GetObjectItem(cJSON_GetObjectItem(call, "request"), "headers"));
	bool is = strncmp(path, "/api/v1/outputs?addrs=", 22) == 0 && strchr(path, '&') == NULL &&
		  status_of(call) != 400 && strstr(headers, "gzip") == NULL;

	free((void *)headers);
	return is;
}

static unsigned play_all(const char *file, bool (*is)(const cJSON *call),
			 void (*play)(const cJSON *call, const cJSON *context), const char *context)
{
	cJSON *rec = recording(file), *modern = recording(MODERN);
	const cJSON *call;
	unsigned n = 0;

	cJSON_ArrayForEach(call, cJSON_GetObjectItem(rec, "calls"))
	{
		if (!is(call))
			continue;
		print_message("%s %s\n", file, cJSON_GetObjectItem(call, "name")->valuestring);
		play(call, call_named(modern, context));
		n++;
	}
	cJSON_Delete(rec);
	cJSON_Delete(modern);
	return n;
}

static void test_outputs(void **state)
{
	(void)state;
	assert_int_equal(play_all(MODERN, is_outputs, play_outputs, "health"), 8);
	assert_int_equal(play_all("rest-api-sets-modern.json", is_outputs, play_outputs, "health"),
			 1);
}

/* Many addresses go into the body of a POST; the recorded answer is that to the wallet's three. */
static void test_outputs_post(void **state)
{
	cJSON *rec = recording(MODERN);
	const cJSON *call = call_named(rec, "outputs_post");
	const char *three = strchr(member(call, "request", "body"), '=') + 1;
	struct peer_exchange list[] = { played(call_named(rec, "csrf")), played(call),
					played(call_named(rec, "health")) };
	struct sky_address asked[ADDRESSES_MAX] = { 0 };
	char begins[256];
	struct world w;

	(void)state;
	assert_int_equal(parse_addresses(three, asked), 3);
	for (unsigned i = 3; i < ADDRESSES_MAX; i++)
		asked[i].key_hash.b[0] = (uint8_t)i;
	(void)snprintf(begins, sizeof(begins), "\r\n\r\naddrs=%s,", three);
	list[1].head_has = begins;
	world_init(&w, list, 3);
	w.node->ops->outputs(w.node, asked, ADDRESSES_MAX, on_outputs, &w);
	world_wait(&w);
	assert_false(w.failed);
	check_outputs(&w, call);
	world_release(&w);
	cJSON_Delete(rec);
}

/* --- status ----------------------------------------------------------------------------------- */

static bool is_status(const cJSON *call)
{
	const char *path = member(call, "request", "path");

	return strncmp(path, "/api/v1/transaction?txid=", 25) == 0 && strlen(path) == 25 + 64;
}

static void play_status(const cJSON *call, const cJSON *unused)
{
	struct peer_exchange e = played(call);
	cJSON *answer = cJSON_Parse(e.body);
	const cJSON *status = cJSON_GetObjectItem(answer, "status");
	struct world w;

	(void)unused;
	world_init(&w, &e, 1);
	w.node->ops->status(w.node, e.path + 25, on_status, &w);
	world_wait(&w);
	assert_false(w.failed);
	if (e.status == 404) {
		assert_int_equal(w.status, SKY_TX_UNKNOWN);
		assert_int_equal(w.height, 0);
	} else {
		assert_int_equal(w.status, cJSON_IsTrue(cJSON_GetObjectItem(status, "confirmed"))
						   ? SKY_TX_CONFIRMED
						   : SKY_TX_PENDING);
		assert_int_equal(w.height, cJSON_GetObjectItem(status, "height")->valueint);
		assert_int_equal(w.block_seq, cJSON_GetObjectItem(status, "block_seq")->valueint);
	}
	world_release(&w);
	cJSON_Delete(answer);
}

static void test_status(void **state)
{
	(void)state;
	assert_int_equal(play_all(MODERN, is_status, play_status, "csrf"), 12);
}

/* --- spent ------------------------------------------------------------------------------------ */

static bool is_uxout(const cJSON *call)
{
	return strncmp(member(call, "request", "path"), "/api/v1/uxout?", 14) == 0;
}

static void play_spent(const cJSON *call, const cJSON *metadata)
{
	struct peer_exchange list[] = { played(metadata), played(call) };
	cJSON *answer = cJSON_Parse(list[1].body);
	struct sky_address owner = { 0 };
	struct sha256 uxid;
	struct world w;

	assert_true(hex_to_bytes(strchr(list[1].path, '=') + 1, uxid.b, sizeof(uxid.b)));
	if (list[1].status == 200)
		assert_int_equal(
			sky_address_parse(cJSON_GetObjectItem(answer, "owner_address")->valuestring,
					  &owner, NULL),
			0);
	world_init(&w, list, 2);
	w.node->ops->spent(w.node, &uxid, &owner, on_spent, &w);
	world_wait(&w);
	assert_false(w.failed);
	assert_int_equal(w.spent.found, list[1].status == 200);
	assert_int_equal(w.spent.spent, w.spent.found);
	if (w.spent.found) {
		assert_string_equal(w.spent.txid,
				    cJSON_GetObjectItem(answer, "spent_tx")->valuestring);
		assert_int_equal(w.spent.spent_seq,
				 cJSON_GetObjectItem(answer, "spent_block_seq")->valueint);
	}
	assert_int_equal(w.spent.head_seq, 5);
	world_release(&w);
	cJSON_Delete(answer);
}

static void test_spent(void **state)
{
	(void)state;
	assert_int_equal(play_all(MODERN, is_uxout, play_spent, "metadata_later"), 2);
}

/* --- inject ----------------------------------------------------------------------------------- */

static char *rawtx_of(const cJSON *call)
{
	cJSON *request = cJSON_Parse(member(call, "request", "body"));
	const cJSON *raw = cJSON_GetObjectItem(request, "rawtx");
	bool ours = cJSON_IsString(raw) && cJSON_GetArraySize(request) == 1;
	char *hex = ours ? strdup(raw->valuestring) : NULL;

	cJSON_Delete(request);
	return hex;
}

/* Not the requests that this client cannot make (no hex, not only the transaction). */
static bool is_inject(const cJSON *call)
{
	const char *path = member(call, "request", "path");
	char *hex = strcmp(path, "/api/v1/injectTransaction") == 0 ? rawtx_of(call) : NULL;
	bool is = hex != NULL && hex[0] != '\0' && strlen(hex) % 2 == 0 &&
		  strspn(hex, "0123456789abcdef") == strlen(hex);

	free(hex);
	return is;
}

static void inject(struct world *w, const cJSON *call)
{
	char *hex = rawtx_of(call);
	size_t len = strlen(hex) / 2;
	uint8_t *raw = malloc(len);

	assert_non_null(raw);
	assert_true(hex_to_bytes(hex, raw, len));
	w->node->ops->inject(w->node, raw, len, on_inject, w);
	free(raw);
	free(hex);
	world_wait(w);
}

static void check_injected(const struct world *w, const cJSON *call)
{
	const char *body = member(call, "response", "body");

	switch (status_of(call)) {
	case 200:
		assert_int_equal(w->inject, SKY_INJECT_OK);
		assert_string_equal(w->text, "");
		break;
	case 400:
		assert_int_equal(w->inject, SKY_INJECT_REFUSED);
		assert_text(w->text, body, "400 Bad Request - ");
		break;
	default:
		assert_int_equal(w->inject, SKY_INJECT_UNKNOWN);
		assert_text(w->text, body, NULL);
		break;
	}
}

static char *token_header(const cJSON *csrf)
{
	cJSON *answer = cJSON_Parse(member(csrf, "response", "body"));
	char *header = NULL;

	assert_true(asprintf(&header, "X-CSRF-Token: %s\r\n",
			     cJSON_GetObjectItem(answer, "csrf_token")->valuestring) > 0);
	cJSON_Delete(answer);
	return header;
}

static char *inject_body(const cJSON *call)
{
	char *hex = rawtx_of(call), *body = NULL;

	assert_true(asprintf(&body, "{\"rawtx\":\"%s\"}", hex) > 0);
	free(hex);
	return body;
}

/* A token that is refused is replaced once: the same two exchanges again. */
static void play_inject(const cJSON *call, const cJSON *csrf)
{
	bool csrf_refused = strcasestr(member(call, "response", "body"), "csrf") != NULL;
	struct peer_exchange list[] = { played(csrf), played(call), played(csrf), played(call) };
	char *header = token_header(csrf), *body = inject_body(call);
	struct world w;

	list[1].head_has = list[3].head_has = header;
	list[1].body_has = list[3].body_has = body;
	world_init(&w, list, csrf_refused ? 4 : 2);
	inject(&w, call);
	check_injected(&w, call);
	world_release(&w);
	free(header);
	free(body);
}

static void test_inject(void **state)
{
	(void)state;
	assert_int_equal(play_all(MODERN, is_inject, play_inject, "csrf"), 39);
	assert_int_equal(play_all("rest-api-sets-modern.json", is_inject, play_inject, "csrf"), 1);
}

static void test_inject_with_second_token(void **state)
{
	cJSON *rec = recording(MODERN);
	const cJSON *csrf = call_named(rec, "csrf"), *ok = call_named(rec, "inject_ok");
	struct peer_exchange list[] = { played(csrf),
					played(call_named(rec, "inject_expired_csrf")),
					played(csrf), played(ok) };
	struct world w;

	(void)state;
	world_init(&w, list, 4);
	inject(&w, ok);
	check_injected(&w, ok);
	world_release(&w);
	cJSON_Delete(rec);
}

static void test_inject_without_csrf(void **state)
{
	cJSON *rec = recording("rest-no-csrf-modern.json");
	const cJSON *call = call_named(rec, "inject_without_token");
	struct peer_exchange list[] = { played(call_named(rec, "csrf")), played(call) };
	struct world w;

	(void)state;
	list[1].head_lacks = "X-CSRF-Token";
	world_init(&w, list, 2);
	inject(&w, call);
	check_injected(&w, call);
	world_release(&w);
	cJSON_Delete(rec);
}

/* What leaves it open whether the node has the transaction. */
static void test_inject_unknown(void **state)
{
	static const struct {
		const char *why;
		struct peer_exchange token, post;
		size_t exchanges;
		const char *text;
	} rows[] = {
		{ "dropped after the post, and after it was sent again",
		  { .status = 404 },
		  { .then = PEER_DROP },
		  3,
		  "no answer" },
		{ "dropped before it", { .then = PEER_DROP }, { 0 }, 1, "no answer" },
		{ "no token to be had",
		  { .status = 500, .body = "500 Internal Server Error\n" },
		  { 0 },
		  1,
		  "csrf: the node answers '500" },
		{ "no token in the answer",
		  { .status = 200, .body = "{}" },
		  { 0 },
		  1,
		  "csrf_token" },
		{ "a token with a line end",
		  { .status = 200, .body = "{\"csrf_token\":\"a\\r\\nHost: b\"}" },
		  { 0 },
		  1,
		  "does not fit a header" },
		{ "another txid",
		  { .status = 404 },
		  { .status = 200,
		    .body = "\"0000000000000000000000000000000000000000000000000000000000000000"
			    "\"" },
		  2,
		  "\"0000" },
		{ "a 200 without a txid", { .status = 404 }, { .status = 200 }, 2, "status 200" },
		{ "a 400 that is not the node's",
		  { .status = 404 },
		  { .status = 400, .body = "<html>400 Bad Request</html>" },
		  2,
		  "<html>" },
		{ "too many requests", { .status = 404 }, { .status = 429 }, 2, "status 429" },
	};
	cJSON *rec = recording(MODERN);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct peer_exchange list[] = { rows[i].token, rows[i].post, rows[i].post };
		struct world w;

		print_message("%s\n", rows[i].why);
		world_init(&w, list, rows[i].exchanges);
		inject(&w, call_named(rec, "inject_ok"));
		assert_int_equal(w.inject, SKY_INJECT_UNKNOWN);
		if (strstr(w.text, rows[i].text) == NULL)
			fail_msg("'%s' is not in '%s'", rows[i].text, w.text);
		world_release(&w);
	}
	cJSON_Delete(rec);
}

/* --- health and the rest ---------------------------------------------------------------------- */

static bool is_health(const cJSON *call)
{
	return strcmp(member(call, "request", "path"), "/api/v1/health") == 0;
}

/* Its progress is what the recorded node said of it; nothing can be behind itself. */
static void play_health(const cJSON *call, const cJSON *progress)
{
	cJSON *rec = recording(MODERN);
	const cJSON *block = call_named(rec, "block_0");
	struct peer_exchange list[] = { played(call), played(progress), played(block) };
	cJSON *answer = cJSON_Parse(list[0].body), *genesis = cJSON_Parse(list[2].body);
	const cJSON *head = cJSON_GetObjectItem(cJSON_GetObjectItem(answer, "blockchain"), "head");
	struct world w;

	world_init(&w, list, 3);
	w.node->ops->health(w.node, on_health, &w);
	world_wait(&w);
	assert_false(w.failed);
	assert_string_equal(w.health.version, "0.27.1");
	assert_string_equal(w.health.coin, "skycoin");
	assert_int_equal(w.health.head_seq, cJSON_GetObjectItem(head, "seq")->valueint);
	assert_int_equal(w.health.open_connections,
			 cJSON_GetObjectItem(answer, "open_connections")->valueint);
	assert_int_equal(w.health.highest_seq, 1);
	assert_string_equal(
		w.health.genesis,
		cJSON_GetObjectItem(cJSON_GetObjectItem(genesis, "header"), "block_hash")
			->valuestring);
	assert_int_equal(w.health.standing,
			 w.health.open_connections > 0 ? SKY_GOOD : SKY_NO_PEERS);
	assert_string_equal(w.health.api, "rest");
	assert_string_equal(w.health.address, peer_address(w.peer));
	world_release(&w);
	cJSON_Delete(answer);
	cJSON_Delete(genesis);
	cJSON_Delete(rec);
}

static void test_health(void **state)
{
	(void)state;
	assert_int_equal(play_all(MODERN, is_health, play_health, "progress"), 2);
	assert_int_equal(play_all("rest-no-csrf-modern.json", is_health, play_health, "progress"),
			 1);
}

/* The recorded answers to missing, wrong and right credentials. */
static void test_credentials(void **state)
{
	static const struct {
		const char *name, *user, *pass;
	} rows[] = { { "no_credentials", "", "" },
		     { "wrong_credentials", "user", "wrong" },
		     { "right_credentials", "user", "secret" } };
	cJSON *rec = recording("rest-auth-modern.json"), *modern = recording(MODERN);

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const cJSON *call = call_named(rec, rows[i].name);
		const cJSON *headers =
			cJSON_GetObjectItem(cJSON_GetObjectItem(call, "request"), "headers");
		const cJSON *auth = cJSON_GetObjectItem(headers, "Authorization");
		struct peer_exchange list[] = { played(call_named(modern, "health")),
						played(call_named(modern, "progress")),
						played(call_named(modern, "block_0")) };
		struct peer_exchange e = list[0];
		struct world w;

		e.head_has = auth != NULL ? auth->valuestring : NULL;
		e.head_lacks = auth != NULL ? NULL : "Authorization";
		e.status = status_of(call);
		if (e.status != 200)
			e.body = member(call, "response", "body");
		list[0] = e;
		world_init(&w, list, e.status == 200 ? 3 : 1);
		w.node->ops->free(w.node);
		assert_int_equal(sky_node_rest_new(w.loop, peer_url(w.peer), rows[i].user,
						   rows[i].pass, &w.node, NULL),
				 0);
		w.node->ops->health(w.node, on_health, &w);
		world_wait(&w);
		assert_int_equal(w.failed, e.status != 200);
		if (w.failed)
			assert_string_equal(w.err.text,
					    "health: the node answers '401 Unauthorized'");
		world_release(&w);
	}
	cJSON_Delete(rec);
	cJSON_Delete(modern);
}

/* Asked for nothing a node would tell all: it is not asked. */
static void test_no_addresses(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, NULL, 0);
	w.node->ops->outputs(w.node, NULL, 0, on_outputs, &w);
	world_wait(&w);
	assert_true(w.failed);
	assert_int_equal(w.err.code, ERR_INVALID);
	world_release(&w);
}

/* A node whose health is switched off tells no rules: half the hours are burned. */
static void test_unknown_policy(void **state)
{
	cJSON *rec = recording(MODERN);
	const cJSON *call = call_named(rec, "outputs_none");
	struct peer_exchange list[] = { played(call),
					{ .path = "/api/v1/health",
					  .method = "GET",
					  .status = 403,
					  .body = "403 Forbidden\n" } };
	struct sky_address asked[ADDRESSES_MAX];
	struct world w;

	(void)state;
	(void)parse_addresses(strchr(list[0].path, '=') + 1, asked);
	world_init(&w, list, 2);
	w.node->ops->outputs(w.node, asked, 1, on_outputs, &w);
	world_wait(&w);
	assert_false(w.failed);
	assert_int_equal(w.outputs.policy.burn_factor, 2);
	assert_int_equal(w.outputs.policy.max_tx_size, 32768);
	assert_int_equal(w.outputs.policy.max_decimals, 3);
	world_release(&w);
	cJSON_Delete(rec);
}

static void test_free_under_way(void **state)
{
	static const struct peer_exchange list[] = { { .then = PEER_HANG } };
	struct sky_address asked = { 0 };
	struct world w;

	(void)state;
	world_init(&w, list, 1);
	w.node->ops->outputs(w.node, NULL, 0, on_outputs, &w);
	w.node->ops->outputs(w.node, &asked, 1, on_outputs, &w);
	w.node->ops->status(w.node, "00", on_status, &w);
	w.node->ops->inject(w.node, (const uint8_t *)"x", 1, on_inject, &w);
	w.node->ops->free(w.node);
	assert_int_equal(w.answers, 0);
	loop_timer_free(w.patience);
	loop_free(w.loop);
	assert_int_equal(w.answers, 0);
	peer_kill(w.peer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_outputs),
		cmocka_unit_test(test_outputs_post),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_spent),
		cmocka_unit_test(test_inject),
		cmocka_unit_test(test_inject_with_second_token),
		cmocka_unit_test(test_inject_without_csrf),
		cmocka_unit_test(test_inject_unknown),
		cmocka_unit_test(test_health),
		cmocka_unit_test(test_credentials),
		cmocka_unit_test(test_no_addresses),
		cmocka_unit_test(test_unknown_policy),
		cmocka_unit_test(test_free_under_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "test/support/sky_replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"

#define PATIENCE_MS 10000

/* --- recordings ----------------------------------------------------------------------------- */
cJSON *sky_recording(const char *file)
{
	char path[256];

	(void)snprintf(path, sizeof(path), VECTORS "skycoin/%s", file);
	return test_read_json(path);
}

const cJSON *sky_call(const cJSON *rec, const char *name)
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

const char *sky_member(const cJSON *call, const char *part, const char *key)
{
	const cJSON *v = cJSON_GetObjectItem(cJSON_GetObjectItem(call, part), key);

	return cJSON_IsString(v) ? v->valuestring : "";
}

int sky_status_of(const cJSON *call)
{
	return cJSON_GetObjectItem(cJSON_GetObjectItem(call, "response"), "status")->valueint;
}

/* The exchange as the peer is to see it. */
struct peer_exchange sky_played(const cJSON *call)
{
	return (struct peer_exchange){ .method = sky_member(call, "request", "method"),
				       .path = sky_member(call, "request", "path"),
				       .head_lacks = "Referer",
				       .status = sky_status_of(call),
				       .body = sky_member(call, "response", "body") };
}

/* --- a node, its peer, and what came of one question ------------------------------------------ */
static void on_patience(void *arg)
{
	(void)arg;
	fail_msg("no answer");
}

void sky_world_client(struct sky_world *w, const struct sky_client_options *o)
{
	struct err err;

	if (w->node != NULL)
		w->node->ops->free(w->node);
	if (sky_client_new(w->loop, o, &w->node, &err) < 0)
		fail_msg("%s", err.text);
}

void sky_world_init(struct sky_world *w, const char *api, const struct peer_exchange *list,
		    size_t count)
{
	struct sky_client_options o = { .api = api, .user = "", .pass = "", .cert = "" };

	memset(w, 0, sizeof(*w));
	w->peer = peer_start(list, count);
	assert_int_equal(loop_new(&w->loop, NULL), 0);
	w->patience = loop_timer_new(w->loop, on_patience, NULL);
	o.address = peer_address(w->peer);
	sky_world_client(w, &o);
}

void sky_world_wait(struct sky_world *w)
{
	assert_int_equal(w->answers, 0); /* never from inside the call */
	loop_timer_start(w->patience, PATIENCE_MS);
	loop_run(w->loop);
	loop_timer_stop(w->patience);
	assert_int_equal(w->answers, 1);
}

void sky_world_again(struct sky_world *w)
{
	w->answers = 0;
	free(w->spendable);
	w->spendable = NULL;
}

void sky_world_release(struct sky_world *w)
{
	w->node->ops->free(w->node);
	loop_timer_free(w->patience);
	loop_free(w->loop);
	peer_finish(w->peer);
	free(w->spendable);
}

static void answered(struct sky_world *w, const struct err *err)
{
	w->answers++;
	w->failed = err != NULL;
	if (err != NULL)
		w->err = *err;
	loop_stop(w->loop);
}

void sky_on_outputs(void *arg, const struct sky_outputs *o, const struct err *err)
{
	struct sky_world *w = arg;

	answered(w, err);
	if (err != NULL)
		return;
	w->outputs = *o;
	w->spendable = calloc(o->count + 1, sizeof(*w->spendable));
	assert_non_null(w->spendable);
	for (size_t i = 0; i < o->count; i++)
		w->spendable[i] = o->spendable[i];
}

void sky_on_inject(void *arg, enum sky_inject_result result, const char *text)
{
	struct sky_world *w = arg;

	answered(w, NULL);
	w->inject = result;
	(void)snprintf(w->text, sizeof(w->text), "%s", text);
}

void sky_on_status(void *arg, enum sky_tx_status status, uint64_t height, uint64_t block_seq,
		   const struct err *err)
{
	struct sky_world *w = arg;

	answered(w, err);
	w->status = status;
	w->height = height;
	w->block_seq = block_seq;
}

void sky_on_spent(void *arg, const struct sky_spent *s, const struct err *err)
{
	struct sky_world *w = arg;

	answered(w, err);
	if (err == NULL)
		w->spent = *s;
}

void sky_on_blocks(void *arg, const struct sky_blocks *b, const struct err *err)
{
	struct sky_world *w = arg;

	answered(w, err);
	w->block_count = err == NULL ? b->count : 0;
	for (size_t i = 0; i < w->block_count; i++)
		w->block_hashes[i] = b->list[i].hash;
}

void sky_on_health(void *arg, const struct sky_health *h, const struct err *err)
{
	struct sky_world *w = arg;

	answered(w, err);
	if (err == NULL)
		w->health = *h;
}

void sky_world_inject(struct sky_world *w, const char *hex)
{
	size_t len = strlen(hex) / 2;
	uint8_t *raw = malloc(len + 1);

	assert_non_null(raw);
	assert_true(hex_decode(hex, 2 * len, raw));
	w->node->ops->inject(w->node, raw, len, sky_on_inject, w);
	free(raw);
	sky_world_wait(w);
}

/* --- what it must have come to -----------------------------------------------------------------
 */
size_t sky_addresses(const char *list, struct sky_address ret[SKY_ADDRESSES_MAX])
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

void sky_check_outputs(const struct sky_world *w, const cJSON *answer)
{
	const cJSON *have = cJSON_GetObjectItem(answer, "head_outputs"),
		    *outgoing = cJSON_GetObjectItem(answer, "outgoing_outputs");

	assert_false(w->failed);
	assert_int_equal(w->outputs.count, cJSON_GetArraySize(have) - cJSON_GetArraySize(outgoing));
	for (size_t i = 0; i < w->outputs.count; i++)
		check_output(&w->spendable[i], answer);
	assert_int_equal(w->outputs.incoming,
			 cJSON_GetArraySize(cJSON_GetObjectItem(answer, "incoming_outputs")) > 0);
}

void sky_check_status(const struct sky_world *w, const cJSON *answer)
{
	const cJSON *status = cJSON_GetObjectItem(answer, "status");
	bool confirmed = cJSON_IsTrue(cJSON_GetObjectItem(status, "confirmed"));

	assert_false(w->failed);
	assert_int_equal(w->status, answer == NULL ? SKY_TX_UNKNOWN
				    : confirmed	   ? SKY_TX_CONFIRMED
						   : SKY_TX_PENDING);
	if (answer == NULL) {
		assert_int_equal(w->height, 0);
		assert_int_equal(w->block_seq, 0);
		return;
	}
	assert_int_equal(w->height, cJSON_GetObjectItem(status, "height")->valueint);
	assert_int_equal(w->block_seq, cJSON_GetObjectItem(status, "block_seq")->valueint);
}

void sky_check_spent(const struct sky_world *w, const cJSON *answer, uint64_t head_seq)
{
	int seq;

	assert_false(w->failed);
	assert_int_equal(w->spent.found, answer != NULL);
	assert_int_equal(w->spent.head_seq, head_seq);
	if (answer == NULL) {
		assert_false(w->spent.spent);
		return;
	}
	seq = cJSON_GetObjectItem(answer, "spent_block_seq")->valueint;
	assert_int_equal(w->spent.spent, seq > 0);
	assert_int_equal(w->spent.spent_seq, seq);
	assert_string_equal(w->spent.txid,
			    seq > 0 ? cJSON_GetObjectItem(answer, "spent_tx")->valuestring : "");
}

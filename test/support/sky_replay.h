/* Recorded exchanges with Skycoin nodes, played back to the client by a peer, and what came of it.
 */
#ifndef TELLER_TEST_SUPPORT_SKY_REPLAY_H
#define TELLER_TEST_SUPPORT_SKY_REPLAY_H

#include "test/support/test.h"

#include "common/node/sky_client.h"
#include "test/support/http_peer.h"

#define SKY_ADDRESSES_MAX 256

/* --- recordings --- */
/* A file of test/vectors/data/skycoin; cJSON_Delete() it. */
cJSON *sky_recording(const char *file);
/* One of its exchanges, or the test fails. */
const cJSON *sky_call(const cJSON *rec, const char *name);
/* "request" or "response" and a text member of it; "" when there is none. */
const char *sky_member(const cJSON *call, const char *part, const char *key);
int sky_status_of(const cJSON *call);
/* The exchange as the peer is to see it: the recorded method and path, the recorded answer. */
struct peer_exchange sky_played(const cJSON *call);
/* Addresses with commas between. */
size_t sky_addresses(const char *list, struct sky_address ret[SKY_ADDRESSES_MAX]);

/* --- a node, its peer, and what came of one question --- */
struct sky_world {
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
	size_t block_count;
	struct sha256 block_hashes[SKY_BLOCKS_MAX];
	struct sky_health health;
};

/* `api` as in sky_rpc.api. */
void sky_world_init(struct sky_world *w, const char *api, const struct peer_exchange *list,
		    size_t count);
/* Another client for the same peer. */
void sky_world_client(struct sky_world *w, const struct sky_client_options *o);
/* Until the one answer is there. */
void sky_world_wait(struct sky_world *w);
/* The next question. */
void sky_world_again(struct sky_world *w);
/* Fails unless the peer was asked all that it expected. */
void sky_world_release(struct sky_world *w);

void sky_on_outputs(void *arg, const struct sky_outputs *o, const struct err *err);
void sky_on_inject(void *arg, enum sky_inject_result result, const char *text);
void sky_on_status(void *arg, enum sky_tx_status status, uint64_t height, uint64_t block_seq,
		   const struct err *err);
void sky_on_spent(void *arg, const struct sky_spent *s, const struct err *err);
void sky_on_blocks(void *arg, const struct sky_blocks *b, const struct err *err);
void sky_on_health(void *arg, const struct sky_health *h, const struct err *err);

/* Inject these bytes, given as hex, and wait. */
void sky_world_inject(struct sky_world *w, const char *hex);

/* --- what it must have come to --- */
/* `answer`: the object with the three lists. */
void sky_check_outputs(const struct sky_world *w, const cJSON *answer);
/* `answer`: the object with "status"; NULL: not known. */
void sky_check_status(const struct sky_world *w, const cJSON *answer);
/* `answer`: the output with its past; NULL: not known. */
void sky_check_spent(const struct sky_world *w, const cJSON *answer, uint64_t head_seq);

#endif

/* Answers of a Skycoin node's REST API, of both generations: bodies become structs.  No I/O: this
 * is what the fuzzer gets. */
#ifndef TELLER_COMMON_NODE_SKY_REST_ANSWER_H
#define TELLER_COMMON_NODE_SKY_REST_ANSWER_H

#include "common/node/sky_json.h"

#define SKY_CSRF_MAX	    1024
#define SKY_ANSWER_TEXT_MAX 256

/* GET /outputs, as sky_json_outputs(); *ret is the caller's to release. */
int sky_rest_read_outputs(const char *body, size_t len, const struct sky_address *asked,
			  size_t asked_count, struct sky_unspents *ret, struct err *err);

/* GET /health: version, coin, head and connections. */
int sky_rest_read_health(const char *body, size_t len, struct sky_health *ret, struct err *err);
/* The same answer's rules, the stricter of the node's two sets; where it says nothing, what
 * satisfies every version: half the hours burn, 32768 bytes, 3 places. */
void sky_rest_read_policy(const char *body, size_t len, struct sky_policy *ret);

/* GET /blockchain/progress: the highest block that the peers tell of. */
int sky_rest_read_progress(const char *body, size_t len, uint64_t *ret_highest, struct err *err);
/* GET /version. */
int sky_rest_read_version(const char *body, size_t len, char ret[48], struct err *err);
/* GET /network/connections: how many. */
int sky_rest_read_connections(const char *body, size_t len, int64_t *ret, struct err *err);
/* GET /block?seq=0: the block's hash. */
int sky_rest_read_genesis(const char *body, size_t len, char ret[65], struct err *err);
/* GET /blockchain/metadata: the head's number. */
int sky_rest_read_head(const char *body, size_t len, uint64_t *ret_seq, struct err *err);

/* GET /transaction, status 200, as sky_json_transaction(). */
int sky_rest_read_transaction(const char *body, size_t len, const char *txid,
			      struct sky_tx_place *ret, struct err *err);

/* GET /uxout, status 200, as sky_json_spent(). */
int sky_rest_read_spent(const char *body, size_t len, const struct sha256 *uxid,
			const struct sky_address *owner, struct sky_spent *ret, struct err *err);
/* Does this answer say, in a node's words, that there is no such thing (or page)? */
bool sky_rest_not_found(int status, const char *body);
/* Does this answer to GET /uxout say that there is no such output? */
bool sky_rest_uxout_unknown(int status, const char *body);

/* GET /csrf, status 200: a text that is safe in a header. */
int sky_rest_read_csrf(const char *body, size_t len, char ret[SKY_CSRF_MAX], struct err *err);
/* Does this answer to a POST ask for another token? */
bool sky_rest_wants_csrf(int status, const char *body);

/* POST /injectTransaction: what it means that the node answered so. */
enum sky_inject_result sky_rest_judge_inject(int status, const char *body, size_t len,
					     const char *txid, char text[SKY_ANSWER_TEXT_MAX]);

/* The message of an error answer, "<status> <reason>[ - <message>]", on one line. */
void sky_rest_message(const char *body, char ret[SKY_ANSWER_TEXT_MAX]);

#endif

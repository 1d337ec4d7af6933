/* Answers of a modern Skycoin node's REST API: bodies become structs.  No I/O: this is what the
 * fuzzer gets. */
#ifndef TELLER_COMMON_NODE_SKY_REST_ANSWER_H
#define TELLER_COMMON_NODE_SKY_REST_ANSWER_H

#include "common/node/sky_node.h"

#define SKY_CSRF_MAX	    1024
#define SKY_ANSWER_TEXT_MAX 256
/* Hours that JSON's numbers can no longer tell apart. */
#define SKY_HOURS_CAP (UINT64_C(1) << 53)

struct sky_rest_outputs {
	uint64_t head_seq;
	struct uxout *spendable; /* heap; in the order of ids */
	size_t count;
	bool incoming;
};

/* GET /api/v1/outputs.  An output of an address that is not among `asked`, or whose id is not the
 * hash of its parts, makes the whole answer ERR_INVALID: the node lies or is broken. */
int sky_rest_read_outputs(const char *body, size_t len, const struct sky_address *asked,
			  size_t asked_count, struct sky_rest_outputs *ret, struct err *err);
void sky_rest_outputs_release(struct sky_rest_outputs *o);

/* GET /api/v1/health. */
int sky_rest_read_health(const char *body, size_t len, struct sky_health *ret, struct err *err);
/* The same answer's rules, the stricter of the node's two sets; where it says nothing, what
 * satisfies every version: half the hours burn, 32768 bytes, 3 places. */
void sky_rest_read_policy(const char *body, size_t len, struct sky_policy *ret);

/* GET /api/v1/transaction, status 200.  An answer about another transaction is ERR_INVALID. */
int sky_rest_read_transaction(const char *body, size_t len, const char *txid,
			      enum sky_tx_status *ret, uint64_t *ret_height, struct err *err);

/* GET /api/v1/csrf, status 200: a text that is safe in a header. */
int sky_rest_read_csrf(const char *body, size_t len, char ret[SKY_CSRF_MAX], struct err *err);
/* Does this answer to a POST ask for another token? */
bool sky_rest_wants_csrf(int status, const char *body);

/* POST /api/v1/injectTransaction: what it means that the node answered so. */
enum sky_inject_result sky_rest_judge_inject(int status, const char *body, size_t len,
					     const char *txid, char text[SKY_ANSWER_TEXT_MAX]);

/* The message of an error answer, "<status> <reason>[ - <message>]", on one line. */
void sky_rest_message(const char *body, char ret[SKY_ANSWER_TEXT_MAX]);

#endif

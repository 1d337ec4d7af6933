/* Answers of a legacy node's JSON-RPC ("webrpc"): bodies become structs.  No I/O: this is what the
 * fuzzer gets.
 *
 * Its answers always have status 200, so errors are told by the body alone; `id` is a text, and
 * null in an error. */
#ifndef TELLER_COMMON_NODE_SKY_WEBRPC_ANSWER_H
#define TELLER_COMMON_NODE_SKY_WEBRPC_ANSWER_H

#include "common/json/json_pull.h"
#include "common/node/sky_json.h"
#include "common/node/sky_rest_answer.h"

#define SKY_WEBRPC_UNKNOWN (-32600) /* of get_transaction: there is no such transaction */

/* One answer: a result, or an error with its code. */
struct sky_webrpc {
	struct json *root;
	const struct json *result; /* NULL: an error */
	int64_t code;
	char text[SKY_ANSWER_TEXT_MAX];
};

/* ERR_INVALID when it is no answer to request `id`.  On success the caller's to release. */
int sky_webrpc_read(const char *body, size_t len, const char *id, struct sky_webrpc *ret,
		    struct err *err);
/* The bytes of the result of an answer to request `id`, for what cJSON cannot carry; they are part
 * of `body`.  False: it is another answer, or an error, or none; sky_webrpc_read() says which. */
bool sky_webrpc_raw_result(const char *body, size_t len, const char *id, struct json_slice *ret);

void sky_webrpc_release(struct sky_webrpc *a);
/* Is this an answer of such a node at all, whatever it says? */
bool sky_webrpc_speaks(const char *body, size_t len);

/* get_status: the head's number. */
int sky_webrpc_read_head(const struct json *result, uint64_t *ret_seq, struct err *err);
/* get_blocks_by_seq of 0: the block's hash. */
int sky_webrpc_read_genesis(const struct json *result, char ret[65], struct err *err);
/* get_address_uxouts of `owner`; as sky_json_spent(), ret->found false when it is not among them.
 */
int sky_webrpc_read_spent(const struct json *result, const struct sha256 *uxid,
			  const struct sky_address *owner, struct sky_spent *ret, struct err *err);
/* get_transaction: did it say that there is none? */
bool sky_webrpc_unknown_tx(const struct sky_webrpc *a);
/* inject_transaction: what it means that the node answered so; a->text may be left empty. */
enum sky_inject_result sky_webrpc_judge_inject(const struct sky_webrpc *a, const char *txid,
					       char text[SKY_ANSWER_TEXT_MAX]);

#endif

/* One JSON-RPC answer: a status and a body become a struct jsonrpc_reply.  No I/O: this is what
 * the fuzzer gets. */
#ifndef TELLER_COMMON_RPC_JSONRPC_ANSWER_H
#define TELLER_COMMON_RPC_JSONRPC_ANSWER_H

#include "common/json/json_pull.h"
#include "common/rpc/jsonrpc.h"

struct jsonrpc_answer {
	struct jsonrpc_reply reply; /* points into `root` or into the body */
	struct json *root;
};

/* `id` is that of the request. */
void jsonrpc_answer_read(struct jsonrpc_answer *a, int status, const char *body, size_t len,
			 uint64_t id);
/* The same for a result that must be a string: reply.hex is set, reply.result is not. */
void jsonrpc_answer_read_hex(struct jsonrpc_answer *a, int status, const char *body, size_t len,
			     uint64_t id);
/* The same for a result that is read later: reply.raw is set, reply.result is not. */
void jsonrpc_answer_read_raw(struct jsonrpc_answer *a, int status, const char *body, size_t len,
			     uint64_t id);
/* An answer to `count` requests with the ids from `first_id` on: replies[0..count). */
void jsonrpc_answer_read_batch(struct jsonrpc_answer *a, int status, const char *body, size_t len,
			       uint64_t first_id, size_t count, struct jsonrpc_reply *replies);
/* Cut an answer to `count` calls with the ids from `first_id` on into the answers to each, which
 * the readers above can read: no tree is built here.  False: it is no array of objects.  A piece of
 * no bytes was left out; one of no bytes whose text is not NULL was given twice. */
bool jsonrpc_answer_cut(const char *body, size_t len, uint64_t first_id, size_t count,
			struct json_slice *pieces);
/* What stands for a piece of no bytes. */
void jsonrpc_answer_missing(struct jsonrpc_answer *a, bool twice);
/* Is this, in place of an array, what a node answers that takes one call at a time? */
bool jsonrpc_answer_wants_single(const struct jsonrpc_answer *a);
void jsonrpc_answer_release(struct jsonrpc_answer *a);

#endif

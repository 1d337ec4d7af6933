/* One JSON-RPC answer: a status and a body become a struct jsonrpc_reply.  No I/O: this is what
 * the fuzzer gets. */
#ifndef TELLER_COMMON_RPC_JSONRPC_ANSWER_H
#define TELLER_COMMON_RPC_JSONRPC_ANSWER_H

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
void jsonrpc_answer_release(struct jsonrpc_answer *a);

#endif

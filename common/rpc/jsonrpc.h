/* JSON-RPC 1.0/2.0 over HTTP POST, as Bitcoin nodes speak it. */
#ifndef TELLER_COMMON_RPC_JSONRPC_H
#define TELLER_COMMON_RPC_JSONRPC_H

#include "common/json/json.h"
#include "common/rpc/http_client.h"

/* What came of a call.  `kind` says what the caller can do. */
enum jsonrpc_kind {
	JSONRPC_RESULT,	      /* `result` is set */
	JSONRPC_ERROR,	      /* the node said no: `code` and `text` */
	JSONRPC_UNREACHABLE,  /* no connection, time-out, half an answer: retry later */
	JSONRPC_UNTRUSTED,    /* TLS: not the peer that we trust; nothing was sent; retry slowly */
	JSONRPC_BUSY,	      /* 503, 429: it has too much to do: retry later */
	JSONRPC_UNAUTHORIZED, /* 401, 403: a configuration mistake; retry slowly */
	JSONRPC_GARBAGE,      /* an answer that is no JSON-RPC: retry later */
};

struct jsonrpc_reply {
	enum jsonrpc_kind kind;
	const struct json *result; /* lives during the call only; NULL for a raw reply */
	long code;
	char text[256];
	/* For jsonrpc_call_hex(): the string result, not NUL-ended.  Whether it is hex of an even
	 * length is seen when it is decoded. */
	const char *hex;
	size_t hex_len;
	/* For jsonrpc_call_raw(): the result's own bytes, which were not looked into: whoever reads
	 * them holds them to JSON's grammar. */
	const char *raw;
	size_t raw_len;
};

typedef void (*jsonrpc_fn)(void *arg, const struct jsonrpc_reply *r);

struct jsonrpc;

int jsonrpc_new(struct loop *l, const struct http_options *o, struct jsonrpc **ret,
		struct err *err);
void jsonrpc_free(struct jsonrpc *j);

/* `params` is a JSON array as text ("[]").  `fn` is called exactly once unless freed first. */
void jsonrpc_call(struct jsonrpc *j, const char *method, const char *params, jsonrpc_fn fn,
		  void *arg);
/* For answers whose result is one long hex string (a raw block): found by scanning, no tree is
 * built; falls back to the parser when the answer has another shape.  With JSONRPC_RESULT `hex`
 * is always set and `result` never. */
void jsonrpc_call_hex(struct jsonrpc *j, const char *method, const char *params, jsonrpc_fn fn,
		      void *arg);
/* For results of megabytes that the caller reads with json_pull: no tree is built.  With
 * JSONRPC_RESULT `raw` is always set and `result` never. */
void jsonrpc_call_raw(struct jsonrpc *j, const char *method, const char *params, jsonrpc_fn fn,
		      void *arg);

/* Calls that go together: in one request where the node takes that, else one by one; that it does
 * not is remembered, until it does not answer at all (it may come back as another version).  Each
 * `fn` is called once, in the order of the list, with what it would have got alone.  An answer that
 * is left out, or given twice, is JSONRPC_GARBAGE for that call only. */
enum jsonrpc_form {
	JSONRPC_TREE, /* as jsonrpc_call() */
	JSONRPC_HEX,  /* as jsonrpc_call_hex() */
	JSONRPC_RAW,  /* as jsonrpc_call_raw() */
};
struct jsonrpc_call_of {
	const char *method; /* a literal */
	char *params;	    /* from malloc: taken over */
	jsonrpc_fn fn;
	void *arg;
};
void jsonrpc_calls(struct jsonrpc *j, enum jsonrpc_form form, const struct jsonrpc_call_of *list,
		   size_t count);

/* Several calls in one request.  `fn` is called once, with a reply for each of them in their
 * order; one that the node left out, or gave twice, is JSONRPC_GARBAGE, and when there is no array
 * of answers, all are what came instead. */
#define JSONRPC_BATCH_MAX 100
struct jsonrpc_request {
	const char *method, *params;
};
typedef void (*jsonrpc_batch_fn)(void *arg, const struct jsonrpc_reply *replies, size_t count);
void jsonrpc_batch(struct jsonrpc *j, const struct jsonrpc_request *list, size_t count,
		   jsonrpc_batch_fn fn, void *arg);

#endif

/* How a node is spoken to: for each API a table of the questions and, for each question, its steps.
 *
 * A step is one request and what its answer adds to the work in hand.  Who sends the requests
 * (sky_client) does not know what is in them; who writes and reads them (sky_api_rest,
 * sky_api_webrpc) does no I/O. */
#ifndef TELLER_COMMON_NODE_SKY_API_H
#define TELLER_COMMON_NODE_SKY_API_H

#include "common/base/buf.h"
#include "common/node/sky_block_read.h"
#include "common/node/sky_json.h"
#include "common/node/sky_rest_answer.h"

enum sky_question {
	SKY_ASK_OUTPUTS,
	SKY_ASK_INJECT,
	SKY_ASK_STATUS,
	SKY_ASK_SPENT,
	SKY_ASK_BLOCKS,
	SKY_ASK_HEALTH,
};
#define SKY_QUESTIONS (SKY_ASK_HEALTH + 1)

struct sky_api;

/* What is asked, and what has been answered so far. */
struct sky_work {
	const struct sky_api *api;
	char id[24]; /* of the request, where an API numbers them */

	struct sky_address *asked; /* heap; whose outputs, or the owner of `uxid` */
	size_t asked_count;
	char *rawtx; /* heap; hex, to be injected */
	char txid[65];
	struct sha256 uxid;
	uint64_t first_seq, last_seq; /* of the blocks that are asked for */

	bool get_only;	/* this node takes addresses in the path only */
	bool want_head; /* its outputs do not tell the head: ask for it before */

	uint64_t head_seq;
	bool head_known;
	struct sky_unspents outputs;
	struct sky_policy policy;
	enum sky_inject_result inject;
	char text[SKY_ANSWER_TEXT_MAX]; /* why it was not taken */
	struct sky_tx_place tx;
	struct sky_spent spent;
	struct sky_blocks blocks;
	struct sky_health health;
};

struct sky_request {
	bool post;
	struct buf path, body;
	const char *content_type; /* of a POST */
};

struct sky_reply {
	int status;
	const char *body; /* NUL-ended */
	size_t len;
};

/* What a step's answer came to: go on, or (else) begin the question again, which it may want once
 * for each thing that it learnt. */
enum sky_step_result { SKY_STEP_NEXT, SKY_STEP_AGAIN };

struct sky_step {
	/* NULL: always */
	bool (*needed)(const struct sky_work *w);
	void (*ask)(const struct sky_work *w, struct sky_request *r);
	/* enum sky_step_result, or a negative err_code */
	int (*take)(struct sky_work *w, const struct sky_reply *a, struct err *err);
};

enum sky_speaks {
	SKY_SPEAKS,	    /* this API is served */
	SKY_SPEAKS_NOT,	    /* another one may be */
	SKY_SPEAKS_TROUBLE, /* it does not want to tell (password, an error): err */
};

struct sky_api {
	const char *name;   /* as in sky_rpc.api */
	const char *prefix; /* of REST paths */
	/* Where a token for a POST is fetched; NULL: none is needed. */
	const char *csrf_path;
	bool bare_outputs; /* outputs never tell the head */
	void (*probe)(const struct sky_api *api, struct sky_request *r);
	enum sky_speaks (*judge_probe)(const struct sky_reply *a, struct err *err);
	const struct sky_step *steps[SKY_QUESTIONS]; /* each ends with a step without `ask` */
};

/* In the order in which they are tried. */
#define SKY_APIS 3
extern const struct sky_api *const sky_apis[SKY_APIS];
extern const struct sky_api sky_api_rest, sky_api_legacy_rest, sky_api_webrpc;

/* NULL when there is none of that name. */
const struct sky_api *sky_api_named(const char *name);

void sky_request_init(struct sky_request *r);
void sky_request_release(struct sky_request *r);

/* `asked_count` addresses with commas between. */
void sky_append_addresses(struct buf *out, const struct sky_work *w);

/* "<what>: the node answers '503 Service Unavailable - ...'"; ERR_IO. */
int sky_reply_refused(const struct sky_reply *a, const char *what, struct err *err);

#endif

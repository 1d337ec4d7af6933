/* What the files of the Ethereum chain share: chain_eth*.c and eth_*.c include this, nobody else.
 */
#ifndef TELLER_SCANNERD_CHAIN_ETH_INSIDE_H
#define TELLER_SCANNERD_CHAIN_ETH_INSIDE_H

#include <sys/queue.h>

#include "common/model/trace_debt.h"
#include "common/rpc/jsonrpc.h"
#include "scannerd/chain_eth.h"
#include "scannerd/chain_question.h"
#include "scannerd/eth_trace.h"

/* How the node traces. */
enum tracing {
	TRACE_OFF,
	TRACE_CALLS, /* debug_traceBlockByHash with callTracer; tried first */
	TRACE_FLAT,  /* trace_block */
};

struct question;
STAILQ_HEAD(question_list, question);

struct chain_eth {
	struct chain base;
	struct loop *loop;
	struct jsonrpc *rpc;
	char server[256]; /* for texts: host and port alone */
	uint64_t chain_id;
	bool single_receipts; /* the node does not know eth_getBlockReceipts */
	enum tracing tracing;
	unsigned trace_failures; /* in a row: no answer at all */
	bool has_traced;	 /* so that the node can, whatever it says later */
	bool trace_rests;	 /* as of the options */
	int64_t rests_until;	 /* clock_mono_ms() */
	struct health *health;
	struct chain_questions questions;
	struct chain_questions standing; /* those that drop() does not forget */
	struct question_list wanted;	 /* until the turn ends: they go together */
	bool flush_waits;
	size_t result_bytes; /* about how long results are just now */
};

struct question {
	struct chain_question base;
	struct chain_eth *chain;
	int64_t height;
	STAILQ_ENTRY(question) entry; /* in the chain's list, or in none */
	struct jsonrpc_call_of call;  /* what is wanted, while it is there; `params` is its own */
	size_t size;		      /* bytes that the block came in */
	struct eth_block block;
	size_t receipt_at;	/* the transaction whose receipt is asked for, when singly */
	enum tracing traced_as; /* the form that was asked for: others may find out meanwhile */
	struct eth_moves moves;
	struct eth_balances *balances; /* NULL: not asked for */
	bool traced;
	char owed[TRACE_WHY_MAX]; /* why it must be traced later; "": it need not */
};

struct question *eth_question_new(struct chain *c, enum chain_asked asked, void *arg);

/* --- eth_reply.c: what nodes say, and how they say no ------------------------------------------
 */
enum chain_trouble eth_refusal_of(const struct jsonrpc_reply *r);
void eth_nonsense(struct question *q, const char *what);
/* True: there is a result.  Else the question is answered and gone. */
bool eth_reply_ok(struct question *q, const char *method, const struct jsonrpc_reply *r);
/* The same for a reply to a question that may have been dropped meanwhile. */
bool eth_reply_take(struct question *q, const char *method, const struct jsonrpc_reply *r);
bool eth_lacks_method(const struct jsonrpc_reply *r);
/* `rc` is of a parser, `number` what it found; true: go on.  Else the question is answered and
 * gone. */
bool eth_parsed_ok(struct question *q, int rc, const struct err *err, int64_t number);
/* As the scanner keeps it: digits alone. */
void eth_hash_digits(const struct eth_hash *h, char ret[BLOCK_HASH_TEXT_MAX]);

/* --- eth_balances.c -----------------------------------------------------------------------------
 */
void eth_balances(struct chain *c, int64_t height, const char *const *addresses, size_t count,
		  chain_balances_fn fn, void *arg);

/* --- eth_fetch.c: blocks, and receipts where they matter ----------------------------------------
 */
extern const char eth_get_block[];
void eth_fetch_init(struct chain_eth *e);
void eth_fetch_free(struct chain_eth *e);
void eth_fetch_block_at(struct chain *c, int64_t height, chain_block_fn fn, void *arg);
/* All is known that there is to know. */
void eth_fetch_answer(struct question *q);
/* Asked about a block that is not on the chain any more. */
void eth_fail_stale(struct question *q, const char *method);

/* --- eth_tracing.c: transfers made by contracts -------------------------------------------------
 */
/* Trace the block where that is asked for and can be done, and answer. */
void eth_trace_or_answer(struct question *q);

/* --- eth_match.c
 * ---------------------------------------------------------------------------------- */
/* Does the transaction pay a watched address?  `w` NULL: not known, so it may. */
bool eth_may_pay(const struct eth_tx *tx, const struct watchlist *w);
bool eth_match(struct chain *c, const struct chain_block *b, const struct watchlist *w,
	       chain_output_fn fn, void *arg);

#endif

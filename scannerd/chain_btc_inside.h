/* What the files of the Bitcoin chain share: chain_btc*.c and btc_*.c include this, nobody else. */
#ifndef TELLER_SCANNERD_CHAIN_BTC_INSIDE_H
#define TELLER_SCANNERD_CHAIN_BTC_INSIDE_H

#include <sys/queue.h>

#include "common/coin/address_btc.h"
#include "common/rpc/jsonrpc.h"
#include "scannerd/btc_block.h"
#include "scannerd/btc_notify.h"
#include "scannerd/chain_btc.h"
#include "scannerd/chain_question.h"

struct question {
	struct chain_question base;
	struct chain_btc *chain;
	STAILQ_ENTRY(question) entry; /* in one of the chain's two lists, or in none */
	int64_t height;
	char hash[BTC_HASH_TEXT_MAX];
	struct arrival *arrival; /* of its block: btc_arrival.c; NULL: not yet */
	bool flag_is_bool;	 /* getblock: the form used, */
	bool asked_again;	 /* and whether it is the second try */
};

STAILQ_HEAD(question_list, question);

struct chain_btc {
	struct chain base;
	struct loop *loop;
	struct jsonrpc *rpc;
	char server[256]; /* for texts: without credentials */
	enum btc_network network;
	struct health *health;	   /* NULL: not told */
	struct btc_notify *notify; /* NULL: the node is asked regularly */
	bool flag_is_bool;	   /* old Core and btcd want [hash, false] for a raw block */
	struct chain_questions questions;
	struct question_list want_hash, want_block; /* until the turn ends: they go together */
	bool flush_waits;
	size_t block_hex; /* about how long blocks are just now */
	STAILQ_HEAD(arrival_list, arrival) arrivals;
	bool answer_waits;
};

struct question *btc_question_new(struct chain *c, enum chain_asked asked, void *arg);

/* --- btc_reply.c: what nodes say, and how they say no --------------------------------------- */
enum btc_method { GETBLOCKHASH, GETBLOCK, GETBLOCKCHAININFO, GETBLOCKCOUNT };
const char *btc_method_name(enum btc_method m);
/* True: there is a result.  Else the question is answered (unless it was dropped) and gone. */
bool btc_reply_take(struct question *q, enum btc_method m, const struct jsonrpc_reply *r);
/* The same for a block's hash, which is then q->hash. */
bool btc_reply_hash(struct question *q, const struct jsonrpc_reply *r);
/* A no of this kind: the node does not have that method. */
bool btc_lacks_method(const struct jsonrpc_reply *r);
/* A no of this kind: the node wants false where it got 0, or the other way round. */
bool btc_wants_other_flag(const struct jsonrpc_reply *r);

/* --- btc_arrival.c: what becomes of a block ------------------------------------------------- */
/* Takes the question over, and answers it later, after those that came before it. */
void btc_block_arrived(struct question *q, const struct jsonrpc_reply *r);

/* --- btc_fetch.c: blocks -------------------------------------------------------------------- */
void btc_fetch_init(struct chain_btc *b);
void btc_fetch_block_at(struct chain *c, int64_t height, chain_block_fn fn, void *arg);
void btc_fetch_free(struct chain_btc *b);

#endif

/* A chain that does what it is told, under scripted time: what the scanner is tested against.
 *
 * The hash of a block is made of its height and its branch; an address is its own key.  What is
 * mined after a script_drop() belongs to another branch; script_save() and script_return() let
 * the node turn back to one that it had. */
#ifndef TELLER_TEST_SUPPORT_SCRIPTED_CHAIN_H
#define TELLER_TEST_SUPPORT_SCRIPTED_CHAIN_H

#include "common/loop/loop.h"
#include "scannerd/chain.h"

#define SCRIPT_BLOCKS_MAX  4096
#define SCRIPT_OUTPUTS_MAX 8
#define SCRIPT_ANSWER_MS   10

struct scripted_block {
	unsigned branch, prev_branch;
	unsigned output_count;
	struct chain_output outputs[SCRIPT_OUTPUTS_MAX];
	unsigned crowd; /* so many outputs to "ours" besides, of transaction "crowd<height>" */
};

/* A chain as it was: the newest blocks of it, on their own. */
struct scripted_branch {
	int64_t tip;
	struct scripted_block *blocks;
};

/* Whether transfers made by contracts are seen: outputs whose txid begins with "by/". */
enum script_tracing { SCRIPT_NEVER_TRACES, SCRIPT_TRACES, SCRIPT_TRACES_LATER };

enum script_kind { ASK_TIP, ASK_HASH, ASK_FINAL, ASK_BLOCK };

typedef void (*script_hook)(void *arg, enum script_kind kind, int64_t height);

struct script_question;

struct scripted_chain {
	struct chain base;
	struct loop *loop;
	struct scripted_block *blocks;
	int64_t tip;
	int64_t final; /* -1: the node does not know */
	unsigned branch, last_branch;
	struct script_question *questions;
	/* what the test looks at */
	int64_t lowest_block_asked;
	unsigned asked[4], under_way, most_under_way, most_answered_in_a_turn;
	/* and arranges */
	enum script_tracing tracing;
	uint64_t answer_ms, block_ms; /* block_ms: more for a block */
	size_t block_size;
	bool batches;	   /* what was asked together is answered together, in one turn */
	bool hangs;	   /* what is asked now is never answered */
	unsigned unjudged; /* so many blocks must be asked for again */
	int fail_times;	   /* so many questions fail, -1: all */
	struct chain_error fail_with;
	int64_t fail_block; /* this block fails, as above, whatever fail_times; -1: none */
	script_hook on_ask, before_answer, before_match, after_match;
	void *hook_arg;
};

struct scripted_chain *scripted_chain_new(struct loop *l);
void scripted_chain_free(struct scripted_chain *c); /* NULL is fine */

/* What the node sends when it is asked for that block: *raw lives as long as the answer. */
void script_block(const struct scripted_chain *c, int64_t height, struct scripted_block *raw,
		  struct chain_block *ret);
/* match() of a chain over what script_block() made. */
bool script_match(const struct chain_block *b, const struct watchlist *w, chain_output_fn fn,
		  void *arg);
void script_hash(char ret[BLOCK_HASH_TEXT_MAX], int64_t height, unsigned branch);
void script_mine(struct scripted_chain *c);
void script_mine_many(struct scripted_chain *c, unsigned count);
/* Put an output into the newest block. */
struct chain_output *script_pay(struct scripted_chain *c, const char *txid, uint32_t n,
				const char *address, uint64_t value);
/* Drop the newest blocks; what is mined next belongs to another branch. */
void script_drop(struct scripted_chain *c, int64_t depth);
struct scripted_branch script_save(const struct scripted_chain *c);
void script_return(struct scripted_chain *c, const struct scripted_branch *b);
void scripted_branch_release(struct scripted_branch *b);

#endif

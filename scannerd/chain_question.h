/* What a chain over JSON-RPC was asked, while it takes one or more calls to answer.  The chain's
 * own question begins with this struct. */
#ifndef TELLER_SCANNERD_CHAIN_QUESTION_H
#define TELLER_SCANNERD_CHAIN_QUESTION_H

#include <stddef.h>

#include "scannerd/chain.h"

enum chain_asked {
	CHAIN_ASKED_TIP,
	CHAIN_ASKED_HASH,
	CHAIN_ASKED_FINAL,
	CHAIN_ASKED_BALANCES,
	CHAIN_ASKED_BLOCK
};

struct chain_question {
	struct chain_question *next, **link;
	enum chain_asked asked;
	bool dropped; /* nobody waits for the answer any more */
	union {
		chain_tip_fn tip;
		chain_hash_fn hash;
		chain_final_fn final;
		chain_balances_fn balances;
		chain_block_fn block;
	} fn;
	void *arg;
	void (*release)(struct chain_question *q); /* what the chain's part holds, or NULL */
};

struct chain_questions {
	struct chain_question *first;
};

/* `size` bytes, zeroed; the caller sets `fn`. */
void *chain_question_new(struct chain_questions *all, size_t size, enum chain_asked asked,
			 void *arg);
void chain_question_free(struct chain_question *q);
/* Answer that it went wrong; the question is gone. */
void chain_question_fail(struct chain_question *q, enum chain_trouble trouble, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Their calls run to the end; what they bring is thrown away. */
void chain_questions_drop(struct chain_questions *all);
void chain_questions_free(struct chain_questions *all);

/* Host and port alone, for texts: a URL may hold a password, or a token in its path. */
void chain_server_name(const char *server, char *ret, size_t size);

#endif

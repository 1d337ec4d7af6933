/* Inside the payer only: its state, and the steps that payer_step() orders.  A step does its part
 * and says which comes next; one that asked the node something says PAYER_ASKED, and the answer
 * goes on through payer_answered(). */
#ifndef TELLER_SENDERD_PAYER_INSIDE_H
#define TELLER_SENDERD_PAYER_INSIDE_H

#include "common/base/text.h"
#include "common/loop/backoff.h"
#include "common/store/payout_tx_store.h"
#include "senderd/payer.h"
#include "senderd/runout.h"
#include "senderd/uxout_set.h"

#define WATCHED_MAX 32

enum payer_state {
	PAYER_IDLE,
	PAYER_ASKED, /* the node owes an answer; its callback sets the next state */
	PAYER_ROUND,
	PAYER_ASK_NODE,
	PAYER_ASK_KNOWN,
	PAYER_NEXT,
	PAYER_STATUS,
	PAYER_JUDGE,
	PAYER_INJECT,
	PAYER_INJECTED,
	PAYER_FETCH,
	PAYER_BUILD,
	PAYER_END,
};

/* The transaction in hand. */
struct tx_in_hand {
	bool found;
	bool is_new;   /* made in this round: behind it comes FETCH, not NEXT */
	bool injected; /* in this round */
	uint64_t seq;
	char txid[TXID_TEXT_MAX];
	enum payout_tx_state state;
	int64_t created_at;
	struct buf raw;
	enum sky_inject_result result;
	char text[ERR_TEXT_MAX]; /* why it was not taken */
	enum sky_tx_status status;
};

struct payer {
	struct payer_setup is;
	enum payer_state state;
	struct loop_timer *timer;
	struct backoff retry, hold;

	/* the round */
	bool full;	   /* looks at the open transactions too */
	bool again;	   /* woken meanwhile */
	bool retrying;	   /* the last round ended in trouble; the timer decides */
	bool trouble;	   /* ends the round */
	bool cannot_build; /* the node cannot broadcast */
	int64_t poll_at;   /* when the next full round is due */
	int64_t barren_until;
	int64_t split_after; /* the next split may be made */
	struct tx_in_hand tx;

	/* the node */
	bool node_known;
	int64_t node_asked_at;
	uint64_t head_seq;
	char node_version[48];
	struct sky_policy policy;
	struct uxout_set spendable;
	int64_t fetched_at;
	bool fetched;

	/* what is told */
	unsigned open, held;
	char slow[TXID_TEXT_MAX]; /* the oldest that is long pending, or "" */
	uint64_t waiting;
	struct droplets waiting_sum, coming; /* change of open transactions */
	struct hours coming_hours;
	size_t coming_outputs; /* those of it that count for the split */
	struct runout runout;
	char node_error[ERR_TEXT_MAX], wallet_error[ERR_TEXT_MAX];
	char watched[WATCHED_MAX][TXID_TEXT_MAX]; /* held ones a person was told about */
	unsigned watched_next;
};

void payer_answered(struct payer *p, enum payer_state next);

/* payer_trouble.c: what stands in the way, and who is told. */
enum payer_state payer_node_trouble(struct payer *p, const char *text);
/* The node answers but cannot pass transactions on: ask it what can be asked, build nothing. */
void payer_node_is_cut_off(struct payer *p, const char *text);
enum payer_state payer_store_trouble(struct payer *p, const struct err *err);
/* Why what waits is not paid; "" when nothing stands in the way. */
void payer_tell_wallet(struct payer *p, const char *text);

/* payer_mark.c: what became of the transaction in hand is committed. */
int payer_mark_sent(struct payer *p, struct err *err);
int payer_mark_confirmed(struct payer *p, struct err *err);

/* payer_node.c: who is the node? */
enum payer_state payer_ask_node(struct payer *p);
enum payer_state payer_ask_known(struct payer *p);
enum payer_state payer_node_is_behind(struct payer *p, uint64_t seq);

/* payer_open.c: the open transactions. */
enum payer_state payer_next_open(struct payer *p);
enum payer_state payer_ask_status(struct payer *p);
enum payer_state payer_judge_status(struct payer *p);
enum payer_state payer_inject(struct payer *p);
enum payer_state payer_injected(struct payer *p);
void payer_tx_take(struct tx_in_hand *t, const char *txid, enum payout_tx_state state,
		   const uint8_t *raw, size_t len);
void payer_count_open(struct payer *p);

/* payer_build.c: outputs to spend, and what is paid from them. */
enum payer_state payer_fetch(struct payer *p);
enum payer_state payer_build(struct payer *p);

#endif

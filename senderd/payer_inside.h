/* Inside the payer only: its state, and the steps that payer_step() orders.  A step does its part
 * and says which comes next; one that asked the node something says PAYER_ASKED, and the answer
 * goes on through payer_answered(). */
#ifndef TELLER_SENDERD_PAYER_INSIDE_H
#define TELLER_SENDERD_PAYER_INSIDE_H

#include "common/base/text.h"
#include "common/loop/backoff.h"
#include "common/store/control_store.h"
#include "common/store/payout_tx_store.h"
#include "common/store/sky_chain_store.h"
#include "senderd/payer.h"
#include "senderd/runout.h"
#include "senderd/uxout_set.h"

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
	PAYER_FOLLOW,
	PAYER_FOLLOW_STATUS,
	PAYER_FOLLOWED,
	PAYER_PROVE,
	PAYER_PROVED,
	PAYER_FETCH,
	PAYER_BUILD,
	PAYER_END,
};

/* Where the transaction in hand comes from, and so what comes behind it. */
enum tx_from {
	TX_FROM_OPEN,	  /* the walk through the open ones */
	TX_FROM_FOLLOWED, /* the walk through those that are followed */
	TX_MADE,	  /* made in this round */
};

/* That an input was spent by another transaction, or will never be. */
struct proof {
	bool found;
	uint64_t depth;		     /* asked for */
	bool is_ours;		     /* the spender is a transaction of ours */
	char spender[TXID_TEXT_MAX]; /* or who would have made the input, and is dead */
	char text[PAYOUT_WHY_MAX];
};

/* The transaction in hand. */
struct tx_in_hand {
	bool found;
	enum tx_from from;
	bool injected; /* in this round */
	uint64_t seq;
	char txid[TXID_TEXT_MAX];
	enum payout_tx_state state;
	bool held, newly_held, proven;
	uint64_t known_block_seq; /* that the database has */
	int64_t created_at;
	struct buf raw;
	enum sky_inject_result result;
	char text[PAYOUT_WHY_MAX]; /* why it was not taken */
	enum sky_tx_status status;
	uint64_t height, block_seq; /* when the status is confirmed */
	size_t input;		    /* whose spender is asked for */
	struct proof proof;
	unsigned twice; /* members that another transaction has paid */
};

struct payer {
	struct payer_setup is;
	enum payer_state state;
	struct loop_timer *timer;
	struct backoff retry, hold;

	/* the round */
	bool full;	   /* looks at the open transactions too */
	bool follow;	   /* and at those that are followed */
	bool again;	   /* woken meanwhile */
	bool recheck;	   /* a transaction is open again: the next round is due at once */
	bool retrying;	   /* the last round ended in trouble; the timer decides */
	bool trouble;	   /* ends the round */
	bool cannot_build; /* the node cannot broadcast */
	int64_t poll_at;   /* when the next full round is due */
	int64_t follow_at; /* and when the next that follows, if there is something to follow */
	int64_t barren_until;
	int64_t split_after;	       /* the next split may be made */
	uint64_t open_seq, follow_seq; /* how far the walks are */
	struct tx_in_hand tx;

	/* the node */
	bool trusted; /* in this round: in step, so that it can tell what is gone or dead */
	bool lags;    /* behind, by what its peers say */
	char lag_text[ERR_TEXT_MAX];
	bool genesis_read;
	char genesis[65]; /* of our chain; "" when it is not pinned yet */
	uint64_t head_seq;
	char node_version[48];
	struct sky_policy policy;
	struct uxout_set spendable;
	int64_t fetched_at;
	bool fetched;

	/* what is told */
	unsigned open, held, followed;
	char slow[TXID_TEXT_MAX]; /* the oldest that is long pending, or "" */
	uint64_t waiting;
	struct droplets waiting_sum, coming; /* change of open transactions */
	struct hours coming_hours;
	size_t coming_outputs; /* those of it that count for the split */
	struct runout runout;
	struct capped capped;
	char node_error[ERR_TEXT_MAX], wallet_error[ERR_TEXT_MAX], cap_error[ERR_TEXT_MAX];
};

/* How often those that are followed are looked at: chains stand still when nobody pays. */
int64_t payer_follow_ms(const struct payer *p);

void payer_answered(struct payer *p, enum payer_state next);

/* payer_trouble.c: what stands in the way, and who is told. */
enum payer_state payer_node_trouble(struct payer *p, const char *text);
/* The node answers but cannot pass transactions on: ask it what can be asked, build nothing. */
void payer_node_is_cut_off(struct payer *p, const char *text);
/* It is behind by its peers' word, and payments go on. */
void payer_node_lags(struct payer *p, const char *text);
enum payer_state payer_store_trouble(struct payer *p, const struct err *err);
/* Why what waits is not paid; "" when nothing stands in the way. */
void payer_tell_wallet(struct payer *p, const char *text);

/* payer_mark.c: what became of the transaction in hand is committed. */
int payer_mark_sent(struct payer *p, struct err *err);
int payer_mark_held(struct payer *p, struct err *err);
int payer_mark_confirmed(struct payer *p, struct err *err);
int payer_mark_gone(struct payer *p, struct err *err);
int payer_mark_dead(struct payer *p, struct err *err);
int payer_mark_final(struct payer *p, struct err *err);
int payer_mark_genesis(struct payer *p, struct err *err);
int payer_mark_unpinned(struct payer *p, struct err *err);

/* payer_node.c: who is the node? */
enum payer_state payer_ask_node(struct payer *p);
enum payer_state payer_ask_known(struct payer *p);
enum payer_state payer_node_is_behind(struct payer *p, uint64_t seq);

/* payer_tx.c: the transaction in hand. */
void payer_tx_take(struct tx_in_hand *t, const struct payout_tx *tx);
/* The next of a walk that is at *seq; p->tx.found says if there is one. */
int payer_take_next(struct payer *p, enum payout_tx_which which, uint64_t *seq, struct err *err);
enum payer_state payer_ask_status(struct payer *p);
enum payer_state payer_after_tx(const struct payer *p);

/* payer_open.c: the open transactions. */
enum payer_state payer_next_open(struct payer *p);
enum payer_state payer_judge_status(struct payer *p);
enum payer_state payer_inject(struct payer *p);
enum payer_state payer_injected(struct payer *p);
enum payer_state payer_open_proved(struct payer *p);
void payer_count_open(struct payer *p);

/* payer_follow.c: those that are confirmed or dead, and not final. */
enum payer_state payer_follow_begin(struct payer *p);
enum payer_state payer_follow(struct payer *p);
enum payer_state payer_judge_followed(struct payer *p);
enum payer_state payer_followed_proved(struct payer *p);

/* payer_proof.c: is the one in hand dead, by a spender `depth` deep? */
enum payer_state payer_prove_begin(struct payer *p, unsigned depth);
enum payer_state payer_prove(struct payer *p);

/* payer_controls.c: what operators and caps keep from being built. */
int payer_look_at_caps(struct payer *p, struct err *err);
int payer_look_at_hold(struct payer *p, bool *ret, struct err *err);

/* payer_build.c: outputs to spend, and what is paid from them. */
enum payer_state payer_fetch(struct payer *p);
enum payer_state payer_build(struct payer *p);

#endif

/* Inside the scanner: what its files share.  scanner.c has the table of states and the diagram;
 * everything else is what happens in them. */
#ifndef TELLER_SCANNERD_SCANNER_PARTS_H
#define TELLER_SCANNERD_SCANNER_PARTS_H

#include "common/loop/backoff.h"
#include "common/store/scan_store.h"
#include "scannerd/block_record.h"
#include "scannerd/pool_watch.h"
#include "scannerd/scanner.h"

#define SCAN_WINDOW 32 /* blocks asked for or waiting to be recorded, at most */

enum scan_state {
	SCAN_LOAD,
	SCAN_TIP,
	SCAN_COMPARE,
	SCAN_ORIGIN,
	SCAN_FINAL,
	SCAN_FETCH,
	SCAN_IDLE,
	SCAN_RETRY,
	SCAN_HALTED,
};

/* scan_fetch.c: a block asked for, until it is recorded.  Height h has slot h % SCAN_WINDOW. */
struct scan_slot {
	struct scanner *scanner;
	bool ready;
	struct scanned_block block;
};

struct scan_fetch {
	struct scan_slot slots[SCAN_WINDOW];
	int64_t next_ask;
	unsigned under_way; /* asked for and not answered */
	unsigned width; /* what the node is trusted with at once: grows, and halves on failure */
	uint64_t block_bytes; /* what the next block is expected to take */
	bool resting;	      /* a turn's share was recorded, more is ready */
};

/* scan_compare.c: the search for the newest block that is the node's and ours. */
struct scan_compare {
	int64_t top, lowest;		/* where it begins; the lowest block whose hash is kept */
	int64_t at;			/* the block that is asked about, */
	char ours[BLOCK_HASH_TEXT_MAX]; /* and its hash as it was scanned */
	int64_t agree, differ;		/* highest known to agree, lowest known not to; -1: none */
	int64_t step;
};

/* scan_trouble.c */
struct scan_trouble {
	struct backoff backoff;
	char node_problem[16], scan_problem[16]; /* "btc_node", "btc_scan" */
	char final_problem[16], quiet_problem[16];
	int64_t newest_tip;	/* the highest that was heard of, */
	uint64_t newest_tip_at; /* and when first: clock_mono_ms() */
	bool retry_slow;	/* what failed last asks for patience */
	bool halted;		/* and was told */
	bool behind;		/* the node was, at the last look */
};

struct scanner {
	struct scanner_options o;
	struct pool_watch *pool;
	struct loop_timer *timer; /* what it means is the state's, see the table */

	enum scan_state state;
	struct scan_cursor cursor; /* hash empty: no block scanned yet, height is the one before */
	bool loaded;		   /* cursor and pool are in memory */
	uint64_t load_started_at;  /* clock_mono_ms() */
	int64_t node_tip;
	bool origin_asked;	  /* since this start */
	unsigned origin_failures; /* in which it did not come */
	bool depth_applied;	  /* to what was scanned before this start */
	bool moved;		  /* since the last idle state */
	bool news_waits;	  /* the node told of a block while we were busy */

	struct scan_fetch fetch;
	struct scan_compare compare;
	struct scan_trouble trouble;

	bool commit_pending, news;
	bool commit_failed; /* the last one */
};

/* --- scanner.c */
/* THE door into a state. */
void scanner_enter(struct scanner *s, enum scan_state state);
/* What there is to do when all that was scanned is on the node's chain. */
void scanner_forward(struct scanner *s);
int scanner_read_cursor(struct scanner *s, struct err *err);
/* Something is in the turn's transaction: hear what becomes of it. */
void scanner_expect_commit(struct scanner *s);

/* --- scan_fetch.c */
void scan_fetch_init(struct scanner *s);
void scan_fetch_start(struct scanner *s);
void scan_fetch_on_timer(struct scanner *s);
/* Forget all that was asked for. */
void scan_fetch_drop(struct scanner *s);
/* The node failed: ask for less at once. */
void scan_fetch_narrow(struct scanner *s);

/* --- scan_compare.c */
void scan_compare_start(struct scanner *s);
/* All that was scanned is on the node's chain. */
void scan_compare_agrees(struct scanner *s);
/* None of the blocks that are kept is, and it is the same chain. */
void scan_compare_none(struct scanner *s);

/* --- scan_origin.c */
void scan_origin_start(struct scanner *s);
/* None of the blocks that are kept is on the node's chain: is it another one? */
void scan_origin_judge(struct scanner *s);

/* --- scan_final.c */
void scan_final_start(struct scanner *s);
void scan_final_on_timer(struct scanner *s);

/* --- scan_trouble.c */
void scan_trouble_init(struct scanner *s);
/* The node did not answer, or not well: back off, then begin anew. */
void scan_fail_node(struct scanner *s, const struct chain_error *e);
/* The same when it is the database. */
void scan_fail_store(struct scanner *s, const struct err *err);
/* The node answers sensibly. */
void scan_node_is_well(struct scanner *s);
/* ... and the scan is where it should be or has moved on, and that is committed. */
void scan_progress(struct scanner *s);
/* A person must look: the cursor stays, nothing is undone, nothing is confirmed any more. */
void scan_halt(struct scanner *s);
/* The node has less than was scanned, or than where the scan begins. */
void scan_wait_behind(struct scanner *s);
void scan_wait_initial(struct scanner *s);
/* The node says that its newest block is `height`. */
void scan_watch_pace(struct scanner *s, int64_t height);

#endif

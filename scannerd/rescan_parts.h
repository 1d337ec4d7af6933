/* Inside the rescan: what its files share.  rescan.c has the diagram. */
#ifndef TELLER_SCANNERD_RESCAN_PARTS_H
#define TELLER_SCANNERD_RESCAN_PARTS_H

#include "common/loop/backoff.h"
#include "common/store/rescan_store.h"
#include "scannerd/block_record.h"
#include "scannerd/rescan.h"

#define RESCAN_BATCH 16

struct rescan_slot {
	struct rescan *rescan;
	struct scanned_block block;
};

struct rescan {
	struct rescan_options o;
	struct loop_timer *timer; /* leads to LOOK */
	struct backoff backoff;
	char problem[16]; /* "btc_rescan" */

	bool loaded, running; /* the order is in memory; there is one */
	struct rescan_order order;
	struct chain *chain; /* while there is one */
	struct pool_watch
		*pool; /* the scanner's; for a batch, also when it reads its cursor anew */

	/* the batch: slot i holds block top - i */
	struct rescan_slot slots[RESCAN_BATCH];
	int64_t top;
	unsigned asked, arrived;
	struct scan_cursor anchor; /* the last scanned block when it was checked */
	uint64_t asked_at;	   /* clock_mono_ms() of the batch */
	uint64_t begun_at;	   /* and of the commit before; 0: it stood still */

	bool commit_pending, news, finished;
};

/* --- rescan.c */
/* LOOK, so soon. */
void rescan_look_in(struct rescan *r, uint64_t ms);
/* Forget the batch. */
void rescan_drop(struct rescan *r);
int rescan_load(struct rescan *r, struct err *err);
/* Something is in the turn's transaction: hear what becomes of it. */
void rescan_expect_commit(struct rescan *r);
/* In the turn's transaction: the order as it is now; or its end. */
int rescan_put(struct rescan *r, struct err *err);
int rescan_end(struct rescan *r, enum rescan_state state, struct err *err);

/* --- rescan_trouble.c: back off, then LOOK. */
void rescan_trouble(struct rescan *r, bool passing, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void rescan_trouble_of_store(struct rescan *r, const struct err *err);
void rescan_trouble_of_node(struct rescan *r, const struct chain_error *e);

/* --- rescan_fetch.c: the batch whose highest block is `top`. */
void rescan_fetch(struct rescan *r, int64_t top);

/* --- rescan_record.c: the batch is here, and on the node's chain. */
void rescan_record(struct rescan *r);

#endif

/* Scanning blocks once more, beside the scan of a chain: what an operator asks for when deposits
 * were missed, or lie before the block with which the scan began. */
#ifndef TELLER_SCANNERD_RESCAN_H
#define TELLER_SCANNERD_RESCAN_H

#include "common/model/rescan_order.h"
#include "scannerd/scanner.h"

struct rescan;

struct rescan_options {
	enum coin coin;
	int64_t confirmations;	       /* as of the scanner */
	const struct scanner *scanner; /* the same chain's; must outlive the rescan */
	/* Opens a chain of the rescan's own, so that its questions are not the scanner's. */
	int (*open_chain)(void *arg, enum coin coin, struct chain **ret, struct err *err);
	struct loop *loop;
	struct store *store;
	struct commit_group *commits;
	struct health *health;
	void (*on_news)(void *arg);		    /* as of the scanner */
	void (*on_done)(void *arg, enum coin coin); /* all blocks of an order were scanned */
	/* What could not be looked for in them all the same, kept with the order; "": nothing. */
	const char *(*remark)(void *arg, enum coin coin);
	void *arg;
};

/* Goes on with what an earlier run left.  NULL when memory is short. */
struct rescan *rescan_new(const struct rescan_options *o);
void rescan_free(struct rescan *r); /* commits what is recorded; NULL is fine */

/* In the turn's transaction: have blocks `from` to `to` (-1: the last scanned) scanned again.  *ret
 * is the order, cut to what was scanned; the same one again is no mistake.
 * ERR_INVALID: there are no such blocks.  ERR_EXISTS: others are being scanned, *ret says which. */
int rescan_begin(struct rescan *r, int64_t from, int64_t to, const char *who, uint32_t uid,
		 struct rescan_order *ret, struct err *err);
/* In the turn's transaction: no more of it.  ERR_NOT_FOUND: nothing is being scanned again. */
int rescan_cancel(struct rescan *r, struct rescan_order *ret, struct err *err);

#endif

/* Blocks that could not be traced when they were scanned are traced later, beside the scan, until
 * it is done or an operator gives them up. */
#ifndef TELLER_SCANNERD_TRACE_DEBTS_H
#define TELLER_SCANNERD_TRACE_DEBTS_H

#include "common/model/trace_debt.h"
#include "scannerd/scanner.h"

struct trace_debts;

struct trace_debts_options {
	enum coin coin;
	bool wanted;	       /* false: nothing is traced (any more); what is owed is dropped */
	int64_t confirmations; /* as of the scanner */
	const struct scanner *scanner; /* the same chain's; must outlive this */
	/* Opens a chain of its own, so that its questions are not the scanner's. */
	int (*open_chain)(void *arg, enum coin coin, struct chain **ret, struct err *err);
	struct loop *loop;
	struct store *store;
	struct commit_group *commits;
	struct health *health;
	void (*on_news)(void *arg); /* as of the scanner */
	void *arg;
};

/* Goes on with what is owed.  NULL when memory is short. */
struct trace_debts *trace_debts_new(const struct trace_debts_options *o);
void trace_debts_free(struct trace_debts *t); /* commits what is recorded; NULL is fine */

/* As of the last look. */
const struct trace_debts_sum *trace_debts_sum(const struct trace_debts *t);
/* Blocks `from` to `to` are not traced any more; on disk when this returns. */
int trace_debts_drop(struct trace_debts *t, int64_t from, int64_t to, uint64_t *ret_count,
		     struct err *err);

#endif

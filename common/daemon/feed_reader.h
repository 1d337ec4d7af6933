/* Reading a feed: what the consumer of every feed does the same way.
 *
 * A page of rows is handled, and the position moved past them, in one transaction (the turn's
 * commit group): a kill at any instant repeats or skips nothing.  Woken by the producer's answer
 * to `follow`, at every connection, every 30 s in any case, and after a failure with back-off. */
#ifndef TELLER_COMMON_DAEMON_FEED_READER_H
#define TELLER_COMMON_DAEMON_FEED_READER_H

#include "common/daemon/daemon.h"

struct feed_reader;

/* Handle the rows with feed_seq > after, in order, at most `limit`, inside a transaction.
 * *ret_last: the last feed_seq handled; *ret_count: how many.  An error undoes the page; it is
 * read again later. */
typedef int (*feed_page_fn)(void *arg, uint64_t after, unsigned limit, uint64_t *ret_last,
			    unsigned *ret_count, struct err *err);
/* A page was committed. */
typedef void (*feed_committed_fn)(void *arg);

/* `producer` is the daemon that writes the feed; `self` reads it. */
int feed_reader_new(struct daemon *d, enum store_feed feed, enum ipc_role self,
		    enum ipc_role producer, feed_page_fn page, feed_committed_fn committed,
		    void *arg, struct feed_reader **ret, struct err *err);
void feed_reader_free(struct feed_reader *r);

#endif

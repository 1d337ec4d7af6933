/* The producer's end of a feed: who waits for news is told when a commit has moved it. */
#ifndef TELLER_COMMON_DAEMON_FEED_SOURCE_H
#define TELLER_COMMON_DAEMON_FEED_SOURCE_H

#include "common/daemon/daemon.h"

struct feed_source;

/* NULL when memory is short. */
struct feed_source *feed_source_new(struct daemon *d, enum store_feed feed);
void feed_source_free(struct feed_source *f); /* NULL is fine */

/* A `follow` question: answered now, kept until there is news, or refused. */
void feed_source_ask(struct feed_source *f, struct ipc_ask *ask, const struct msg_follow *m);
/* The feed may have moved: call after a commit. */
void feed_source_moved(struct feed_source *f);

#endif

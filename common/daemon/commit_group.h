/* Group commit: what arrives in one turn of the loop goes into one transaction, and is answered
 * after its COMMIT.  One fsync serves all of them; what arrives during the fsync waits in the
 * sockets and makes the next group, so that the group grows with the load by itself. */
#ifndef TELLER_COMMON_DAEMON_COMMIT_GROUP_H
#define TELLER_COMMON_DAEMON_COMMIT_GROUP_H

#include "common/loop/loop.h"
#include "common/store/store.h"

struct commit_group;

struct commit_group *commit_group_new(struct loop *l, struct store *s);
void commit_group_free(struct commit_group *g);

/* Be inside the turn's transaction (begins it when this is the first call).  ERR_BUSY or ERR_IO:
 * there is none, answer the request with that. */
int commit_group_join(struct commit_group *g, struct err *err);
/* Call fn(arg, NULL) after the commit, or fn(arg, err) when it failed and all was rolled back.
 * In the order of asking. */
typedef void (*commit_group_fn)(void *arg, const struct err *err);
void commit_group_after(struct commit_group *g, commit_group_fn fn, void *arg);
/* Commit now (also called at the end of the turn). */
void commit_group_flush(struct commit_group *g);

#endif

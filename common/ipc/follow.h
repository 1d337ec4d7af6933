/* Following a feed: the consumer's and the producer's half of `follow`.
 *
 * The consumer reads the feed from the database whenever it is woken: at start, at every
 * (re)connection, when the producer answers that there is more, and every 30 s in any case. */
#ifndef TELLER_COMMON_IPC_FOLLOW_H
#define TELLER_COMMON_IPC_FOLLOW_H

#include "common/ipc/ipc_client.h"
#include "common/ipc/ipc_server.h"

struct follower;

/* `on_news` is called when there may be something to read; it returns the feed position up to
 * which it has read by now, so that the next question asks for more than that.  FOLLOWER_LATER:
 * it could not read, and calls follower_wake() when it wants to try again; until then nothing is
 * asked, for the answer would be that there is news. */
#define FOLLOWER_LATER UINT64_MAX
typedef uint64_t (*follower_fn)(void *arg);

/* Makes its own client to `path`.  `feed` as in store_feed_name(). */
int follower_new(struct loop *l, const char *path, enum ipc_role self, enum ipc_role peer,
		 const char *feed, follower_fn on_news, void *arg, struct follower **ret,
		 struct err *err);
void follower_free(struct follower *f);
/* Call on_news again at the end of this turn (more is left to read, or a retry is due). */
void follower_wake(struct follower *f);
/* The producer's half: holds `follow` questions until there is news. */
struct followed;
struct followed *followed_new(void);
void followed_free(struct followed *f);
/* A `follow` question came and the feed's newest seq is `newest`: answered now or kept. */
void followed_ask(struct followed *f, struct ipc_ask *ask, const struct msg_follow *m,
		  uint64_t newest);
/* The feed has moved (after a commit): answer those who wait. */
void followed_news(struct followed *f, uint64_t newest);

#endif

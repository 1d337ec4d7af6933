/* Trouble with the database (locked, full disk) is a health problem and a retry: the rows are
 * still in the feed, so nothing is lost by waiting.  While it lasts the back-off alone decides when
 * to look again: the producer is not asked, it would say each time that there is news. */
#include "common/daemon/feed_reader.h"

#include <stdlib.h>

#include "common/base/fault.h"
#include "common/ipc/follow.h"
#include "common/loop/backoff.h"

#define FEED_PAGE_ROWS	  200
#define FEED_RETRY_MIN_MS 100
#define FEED_RETRY_MAX_MS 5000

struct feed_reader {
	struct daemon *d;
	enum store_feed feed;
	feed_page_fn page;
	feed_committed_fn committed;
	void *arg;
	struct follower *follower;
	struct loop_timer *retry;
	struct backoff backoff;
};

static const char *problem_name(const struct feed_reader *r)
{
	return store_feed_name(r->feed);
}

static void feed_failed(struct feed_reader *r, const struct err *err)
{
	health_raise(r->d->health, problem_name(r),
		     "cannot work off the feed of %s, will retry; nothing is lost: %s",
		     store_feed_name(r->feed), err->text);
	loop_timer_start(r->retry, backoff_next(&r->backoff));
}

static void on_committed(void *arg, const struct err *err)
{
	struct feed_reader *r = arg;

	FAULT("feed.commit.after");
	if (err != NULL) {
		feed_failed(r, err);
		return;
	}
	backoff_reset(&r->backoff);
	health_clear(r->d->health, problem_name(r));
	r->committed(r->arg);
	follower_wake(r->follower); /* for what is left, or to ask for more than that */
}

/* Handle one page inside the turn's transaction. */
static int feed_take_page(struct feed_reader *r, uint64_t after, struct err *err)
{
	struct store *s = r->d->store;
	uint64_t last = after;
	unsigned count = 0;
	int rc = commit_group_join(r->d->commits, err);

	if (rc < 0)
		return rc;
	rc = store_mark(s, err);
	if (rc < 0)
		return rc;
	rc = r->page(r->arg, after, FEED_PAGE_ROWS, &last, &count, err);
	if (rc == 0)
		rc = store_feed_advance(s, r->feed, last, err);
	rc = store_settle(s, rc, err);
	if (rc < 0)
		return rc;
	FAULT("feed.commit.before");
	commit_group_after(r->d->commits, on_committed, r);
	return 0;
}

/* Where we are and where the feed is; equal when there is nothing to do. */
static int feed_look(struct feed_reader *r, uint64_t *ret_position, uint64_t *ret_newest,
		     struct err *err)
{
	int rc = store_feed_position(r->d->store, r->feed, ret_position, err);

	return rc < 0 ? rc : store_feed_newest(r->d->store, r->feed, ret_newest, err);
}

/* Only a position that is committed is one to ask from; a page is gone on from by on_committed(),
 * trouble by on_retry(). */
static uint64_t on_news(void *arg)
{
	struct feed_reader *r = arg;
	uint64_t position = 0, newest = 0;
	struct err err;
	int rc = feed_look(r, &position, &newest, &err);

	if (rc == 0 && newest <= position)
		return position;
	if (rc == 0)
		rc = feed_take_page(r, position, &err);
	if (rc < 0)
		feed_failed(r, &err);
	return FOLLOWER_LATER;
}

static void on_retry(void *arg)
{
	struct feed_reader *r = arg;

	follower_wake(r->follower);
}

int feed_reader_new(struct daemon *d, enum store_feed feed, enum ipc_role self,
		    enum ipc_role producer, feed_page_fn page, feed_committed_fn committed,
		    void *arg, struct feed_reader **ret, struct err *err)
{
	struct feed_reader *r = calloc(1, sizeof(*r));
	char path[CONF_PATH_MAX];
	int rc;

	if (r == NULL)
		return err_set(err, ERR_BUSY, "out of memory");
	*r = (struct feed_reader){
		.d = d, .feed = feed, .page = page, .committed = committed, .arg = arg
	};
	backoff_init(&r->backoff, FEED_RETRY_MIN_MS, FEED_RETRY_MAX_MS);
	r->retry = loop_timer_new(d->loop, on_retry, r);
	rc = daemon_socket_path(d->conf, ipc_role_name(producer), path, sizeof(path), err);
	if (rc == 0)
		rc = follower_new(d->loop, path, self, producer, store_feed_name(feed), on_news, r,
				  &r->follower, err);
	if (rc < 0) {
		feed_reader_free(r);
		return rc;
	}
	*ret = r;
	return 0;
}

void feed_reader_free(struct feed_reader *r)
{
	if (r == NULL)
		return;
	follower_free(r->follower);
	loop_timer_free(r->retry);
	free(r);
}

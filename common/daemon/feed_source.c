/* Only news travel here; the rows are read from the database by whoever follows. */
#include "common/daemon/feed_source.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/log.h"
#include "common/ipc/follow.h"

struct feed_source {
	struct daemon *d;
	enum store_feed feed;
	struct followed *waiting;
};

struct feed_source *feed_source_new(struct daemon *d, enum store_feed feed)
{
	struct feed_source *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	*f = (struct feed_source){ .d = d, .feed = feed, .waiting = followed_new() };
	return f;
}

void feed_source_free(struct feed_source *f)
{
	if (f == NULL)
		return;
	followed_free(f->waiting);
	free(f);
}

void feed_source_ask(struct feed_source *f, struct ipc_ask *ask, const struct msg_follow *m)
{
	uint64_t newest = 0;
	struct err err;

	if (strcmp(m->feed, store_feed_name(f->feed)) != 0)
		ipc_refuse(ask, "invalid", "there is no feed '%s' here", m->feed);
	else if (store_feed_newest(f->d->store, f->feed, &newest, &err) < 0)
		ipc_refuse(ask, "busy", "%s", err.text);
	else
		followed_ask(f->waiting, ask, m, newest);
}

void feed_source_moved(struct feed_source *f)
{
	uint64_t newest = 0;
	struct err err;

	if (store_feed_newest(f->d->store, f->feed, &newest, &err) == 0)
		followed_news(f->waiting, newest);
	else /* who follows looks again by itself after a while */
		log_warn("feed_not_read", "feed=%s why=\"%s\"", store_feed_name(f->feed), err.text);
}

#include "test/support/scan_follower.h"

#include <string.h>

#include "common/store/scan_store.h"
#include "test/support/test.h"

const struct sighting *scan_followed(const struct scan_follower *f, const char *txid, uint32_t n)
{
	for (unsigned i = 0; i < f->count; i++)
		if (f->last[i].n == n && strcmp(f->last[i].txid, txid) == 0)
			return &f->last[i];
	return NULL;
}

static int on_told(void *arg, const struct sighting *g, struct err *err)
{
	struct scan_follower *f = arg;
	struct sighting *known = (struct sighting *)scan_followed(f, g->txid, g->n);

	(void)err;
	assert_true(g->feed_seq > f->position);
	assert_true(g->state == SIGHTING_CONFIRMED || g->state == SIGHTING_ORPHANED);
	if (known == NULL)
		known = &f->last[f->count++];
	assert_true(f->count <= SCAN_FOLLOWED_MAX);
	*known = *g;
	f->position = g->feed_seq;
	return 0;
}

void scan_follow(struct scan_follower *f, struct store *s)
{
	struct err err;

	if (store_sighting_feed(s, f->position, SCAN_FOLLOWED_MAX, on_told, f, &err) < 0)
		fail_msg("%s", err.text);
}

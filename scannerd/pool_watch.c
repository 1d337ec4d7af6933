/* The watch list grows with the pool, not with the bindings.  An address is in the pool before it
 * can be bound, is bound before a customer knows it, and is known before it is paid: when a
 * block that pays it has arrived here, it is in the database.  So looking between the arrival of
 * a block and its matching misses nobody, without a message and without a race.  It also shows
 * money that is paid to an address which nobody bound.
 *
 * Pages are read by seq, the order of the pool; addresses never leave it. */
#include "scannerd/pool_watch.h"

#include <stdlib.h>

#include "common/base/log.h"

#define REFRESH_PAGE 4096

struct pool_watch {
	struct store *store;
	enum coin coin;
	watch_key_fn key;
	void *key_arg;
	uint64_t after; /* seq of the last address taken in */
	struct watchlist *list;
	/* of the page being read */
	unsigned page_count;
	int page_rc;
	struct err page_err;
};

struct pool_watch *pool_watch_new(struct store *s, enum coin coin, watch_key_fn key, void *arg)
{
	struct pool_watch *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	*p = (struct pool_watch){ .store = s, .coin = coin, .key = key, .key_arg = arg };
	p->list = watchlist_new();
	if (p->list == NULL) {
		free(p);
		return NULL;
	}
	return p;
}

void pool_watch_free(struct pool_watch *p)
{
	if (p == NULL)
		return;
	watchlist_free(p->list);
	free(p);
}

/* An address that cannot be read here was let into the pool by mistake (another network): it must
 * not hold up the others, and somebody must look. */
static void on_pool_address(void *arg, uint64_t seq, const char *address)
{
	struct pool_watch *p = arg;
	uint8_t key[WATCHLIST_KEY_MAX];
	struct err err;
	size_t len;

	(void)seq;
	p->page_count++;
	if (p->page_rc < 0)
		return;
	if (p->key(p->key_arg, address, key, &len, &err) < 0) {
		log_watch("pool_address_not_watched", "coin=%s address=%s why=\"%s\"",
			  coin_name(p->coin), address, err.text);
		return;
	}
	p->page_rc = watchlist_add(p->list, key, len, &p->page_err);
}

int pool_watch_page(struct pool_watch *p, unsigned limit, bool *ret_more, struct err *err)
{
	uint64_t last = p->after;
	int rc;

	p->page_count = 0;
	p->page_rc = 0;
	rc = store_pool_each(p->store, p->coin, p->after, limit, on_pool_address, p, &last, err);
	if (rc < 0)
		return rc;
	if (p->page_rc < 0) {
		if (err != NULL)
			*err = p->page_err;
		return p->page_rc;
	}
	p->after = last;
	*ret_more = p->page_count == limit;
	return 0;
}

int pool_watch_refresh(struct pool_watch *p, struct err *err)
{
	bool more = true;
	int rc = 0;

	while (rc == 0 && more)
		rc = pool_watch_page(p, REFRESH_PAGE, &more, err);
	return rc;
}

const struct watchlist *pool_watch_list(const struct pool_watch *p)
{
	return p->list;
}

#include "test/support/test_store.h"

#include <stdio.h>
#include <stdlib.h>

#define NOW 1500000000

void test_store_open(struct test_store *t)
{
	struct err err;

	*t = (struct test_store){ .dir = test_make_dir() };
	(void)snprintf(t->path, sizeof(t->path), "%s/teller.db", t->dir);
	MUST(store_open(t->path, STORE_SCANNERD, &t->scannerd, &err));
	MUST(store_open(t->path, STORE_EXCHANGERD, &t->exchangerd, &err));
	MUST(store_open(t->path, STORE_SENDERD, &t->senderd, &err));
	MUST(store_open(t->path, STORE_READER, &t->reader, &err));
}

void test_store_close(struct test_store *t)
{
	store_close(t->scannerd);
	store_close(t->exchangerd);
	store_close(t->senderd);
	store_close(t->reader);
	test_remove_dir(t->dir);
}

int test_store_setup(void **state)
{
	struct test_store *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	test_store_open(t);
	*state = t;
	return 0;
}

int test_store_teardown(void **state)
{
	test_store_close(*state);
	free(*state);
	return 0;
}

void test_store_pool(struct test_store *t, enum coin coin, const char *prefix, unsigned count)
{
	char address[ADDRESS_TEXT_MAX];
	struct err err;

	MUST(store_begin(t->exchangerd, &err));
	for (unsigned i = 1; i <= count; i++) {
		(void)snprintf(address, sizeof(address), "%s%u", prefix, i);
		MUST(store_pool_add(t->exchangerd, coin, address, &err));
	}
	MUST(store_commit(t->exchangerd, &err));
}

struct binding test_store_bind(struct test_store *t, enum coin coin, const char *sky_address)
{
	struct binding b;
	struct err err;
	bool limit;

	IN_TX(t->exchangerd, 0,
	      store_bind_address(t->exchangerd, coin, sky_address, BUY_DIRECT, 0, NOW, &b, &limit,
				 &err));
	return b;
}

struct sighting test_sighting(enum coin coin, const char *txid, uint32_t n, const char *address,
			      int64_t height)
{
	struct sighting g = {
		.coin = coin,
		.n = n,
		.value = units_of(120000),
		.height = height,
		.state = SIGHTING_SEEN,
		.seen_at = NOW,
	};

	(void)snprintf(g.txid, sizeof(g.txid), "%s", txid);
	(void)snprintf(g.address, sizeof(g.address), "%s", address);
	(void)snprintf(g.block_hash, sizeof(g.block_hash), "hash-%lld", (long long)height);
	return g;
}

struct deposit test_deposit(const struct binding *b, const char *txid, uint64_t value,
			    uint64_t to_send)
{
	struct deposit d = {
		.coin = b->coin,
		.n = 1,
		.binding_seq = b->seq,
		.buy_method = b->buy_method,
		.value = units_of(value),
		.height = 100,
		.rate = { "500" },
		.to_send = droplets_of(to_send),
		.state = DEPOSIT_WAITING_DECIDE,
		.created_at = NOW,
		.updated_at = NOW,
	};

	(void)snprintf(d.txid, sizeof(d.txid), "%s", txid);
	(void)snprintf(d.address, sizeof(d.address), "%s", b->address);
	(void)snprintf(d.sky_address, sizeof(d.sky_address), "%s", b->sky_address);
	return d;
}

struct deposit test_store_deposit(struct test_store *t, const struct binding *b, const char *txid,
				  enum deposit_state state)
{
	struct deposit d = test_deposit(b, txid, 120000, 600000);
	struct err err;

	MUST(store_begin(t->exchangerd, &err));
	MUST(store_deposit_add(t->exchangerd, &d, &err));
	if (state != d.state) {
		d.state = state;
		MUST(store_deposit_move(t->exchangerd, &d, DEPOSIT_WAITING_DECIDE, "for a test",
					&err));
	}
	MUST(store_commit(t->exchangerd, &err));
	return d;
}

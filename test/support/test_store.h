/* A fresh database in a folder of its own, opened by each daemon's role and by a reader.
 *
 * All in this header: a file of its own would be linked into every test, and with it the store,
 * also into those that put another in its place. */
#ifndef TELLER_TEST_SUPPORT_TEST_STORE_H
#define TELLER_TEST_SUPPORT_TEST_STORE_H

#include <stdio.h>
#include <stdlib.h>

#include "common/store/binding_store.h"
#include "common/store/deposit_store.h"
#include "common/store/payout_tx_store.h"
#include "common/store/scan_store.h"
#include "common/store/sky_chain_store.h"
#include "test/support/test.h"

/* The call returns 0, or the test fails with the error's text.  Needs `struct err err`. */
#define MUST(call)                                                                                 \
	do {                                                                                       \
		if ((call) != 0)                                                                   \
			fail_msg("%s: %s", #call, err.text);                                       \
	} while (0)
/* One call in a transaction of its own that is committed whatever the call says. */
#define IN_TX(store, result, call)                                                                 \
	do {                                                                                       \
		MUST(store_begin(store, &err));                                                    \
		assert_int_equal(call, result);                                                    \
		MUST(store_commit(store, &err));                                                   \
	} while (0)

#define TEST_STORE_NOW 1500000000

struct test_store {
	char *dir;
	char path[600];
	struct store *scannerd, *exchangerd, *senderd, *reader;
};

static inline void test_store_open(struct test_store *t)
{
	struct err err;

	*t = (struct test_store){ .dir = test_make_dir() };
	(void)snprintf(t->path, sizeof(t->path), "%s/teller.db", t->dir);
	MUST(store_open(t->path, STORE_SCANNERD, &t->scannerd, &err));
	MUST(store_open(t->path, STORE_EXCHANGERD, &t->exchangerd, &err));
	MUST(store_open(t->path, STORE_SENDERD, &t->senderd, &err));
	MUST(store_open(t->path, STORE_READER, &t->reader, &err));
}

static inline void test_store_close(struct test_store *t)
{
	store_close(t->scannerd);
	store_close(t->exchangerd);
	store_close(t->senderd);
	store_close(t->reader);
	test_remove_dir(t->dir);
}

/* For cmocka_unit_test_setup_teardown(): *state is a struct test_store. */
static inline int test_store_setup(void **state)
{
	struct test_store *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	test_store_open(t);
	*state = t;
	return 0;
}

static inline int test_store_teardown(void **state)
{
	test_store_close(*state);
	free(*state);
	return 0;
}

/* Put `count` addresses "<prefix>1", "<prefix>2", ... into the pool. */
static inline void test_store_pool(struct test_store *t, enum coin coin, const char *prefix,
				   unsigned count)
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

/* Bind the next address of the pool. */
static inline struct binding test_store_bind(struct test_store *t, enum coin coin,
					     const char *sky_address)
{
	struct binding b;
	struct err err;
	bool limit;

	IN_TX(t->exchangerd, 0,
	      store_bind_address(t->exchangerd, coin, sky_address, BUY_DIRECT, 0, TEST_STORE_NOW,
				 &b, &limit, &err));
	return b;
}

/* A sighting that nothing else is wrong with. */
static inline struct sighting test_sighting(enum coin coin, const char *txid, uint32_t n,
					    const char *address, int64_t height)
{
	struct sighting g = {
		.coin = coin,
		.n = n,
		.value = units_of(120000),
		.height = height,
		.state = SIGHTING_SEEN,
		.seen_at = TEST_STORE_NOW,
	};

	(void)snprintf(g.txid, sizeof(g.txid), "%s", txid);
	(void)snprintf(g.address, sizeof(g.address), "%s", address);
	(void)snprintf(g.block_hash, sizeof(g.block_hash), "hash-%lld", (long long)height);
	return g;
}

/* A deposit of `value` on a binding, as exchangerd would make it, not stored. */
static inline struct deposit test_deposit(const struct binding *b, const char *txid, uint64_t value,
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
		.created_at = TEST_STORE_NOW,
		.updated_at = TEST_STORE_NOW,
	};

	(void)snprintf(d.txid, sizeof(d.txid), "%s", txid);
	(void)snprintf(d.address, sizeof(d.address), "%s", b->address);
	(void)snprintf(d.sky_address, sizeof(d.sky_address), "%s", b->sky_address);
	return d;
}

/* A stored deposit that has reached `state` by one move. */
static inline struct deposit test_store_deposit(struct test_store *t, const struct binding *b,
						const char *txid, enum deposit_state state)
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

#endif

/* A fresh database in a folder of its own, opened by each daemon's role and by a reader. */
#ifndef TELLER_TEST_SUPPORT_TEST_STORE_H
#define TELLER_TEST_SUPPORT_TEST_STORE_H

#include "common/store/binding_store.h"
#include "common/store/deposit_store.h"
#include "common/store/payout_store.h"
#include "common/store/scan_store.h"
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

struct test_store {
	char *dir;
	char path[600];
	struct store *scannerd, *exchangerd, *senderd, *reader;
};

void test_store_open(struct test_store *t);
void test_store_close(struct test_store *t);
/* For cmocka_unit_test_setup_teardown(): *state is a struct test_store. */
int test_store_setup(void **state);
int test_store_teardown(void **state);

/* Put `count` addresses "<prefix>1", "<prefix>2", ... into the pool. */
void test_store_pool(struct test_store *t, enum coin coin, const char *prefix, unsigned count);
/* Bind the next address of the pool. */
struct binding test_store_bind(struct test_store *t, enum coin coin, const char *sky_address);
/* A sighting that nothing else is wrong with. */
struct sighting test_sighting(enum coin coin, const char *txid, uint32_t n, const char *address,
			      int64_t height);
/* A deposit of `value` on a binding, as exchangerd would make it, not stored. */
struct deposit test_deposit(const struct binding *b, const char *txid, uint64_t value,
			    uint64_t to_send);
/* A stored deposit that has reached `state` by one move. */
struct deposit test_store_deposit(struct test_store *t, const struct binding *b, const char *txid,
				  enum deposit_state state);

#endif

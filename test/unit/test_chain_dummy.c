/* The dummy chain through a real socket and the real store: answers come after the commit, and the
 * same deposit is never a second one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/ipc/ipc_client.h"
#include "common/store/scan_store.h"
#include "scannerd/chain_dummy.h"
#include "test/support/test.h"

#define BTC_ADDRESS "1PSSGeFHDnKNxiEyFrD1wcEaHr9hrQDDWc"
#define ASKS_MAX    8

struct rig {
	char *dir;
	struct loop *loop;
	struct store *store;
	struct commit_group *commits;
	struct chain_dummy *dummy;
	struct ipc_server *server;
	struct ipc_client *client;
	unsigned news, waiting, answered;
	char codes[ASKS_MAX][48]; /* "" is ok */
	uint64_t feed_when_answered;
};

static void on_news(void *arg)
{
	((struct rig *)arg)->news++;
}

static void on_ask(void *arg, struct ipc_ask *ask, const struct message *m)
{
	chain_dummy_deposit(((struct rig *)arg)->dummy, ask, &m->u.dummy_deposit);
}

static void on_connected(void *arg, bool connected)
{
	if (connected)
		loop_stop(((struct rig *)arg)->loop);
}

static int rig_setup(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));
	char db[512], socket[512];
	struct err err;

	assert_non_null(r);
	r->dir = test_make_dir();
	(void)snprintf(db, sizeof(db), "%s/teller.db", r->dir);
	(void)snprintf(socket, sizeof(socket), "%s/s.sock", r->dir);
	if (loop_new(&r->loop, &err) < 0 || store_open(db, STORE_SCANNERD, &r->store, &err) < 0)
		fail_msg("%s", err.text);
	r->commits = commit_group_new(r->loop, r->store);
	r->dummy = chain_dummy_new(&(struct chain_dummy_options){ .network = BTC_MAIN,
								  .store = r->store,
								  .commits = r->commits,
								  .on_news = on_news,
								  .arg = r });
	assert_non_null(r->dummy);
	if (ipc_server_new(r->loop, socket, IPC_SCANNERD, NULL, on_ask, r, &r->server, &err) < 0 ||
	    ipc_client_new(r->loop, socket, IPC_APID, IPC_SCANNERD, on_connected, r, &r->client,
			   &err) < 0)
		fail_msg("%s", err.text);
	loop_run(r->loop);
	*state = r;
	return 0;
}

static int rig_teardown(void **state)
{
	struct rig *r = *state;

	ipc_client_free(r->client);
	ipc_server_free(r->server);
	chain_dummy_free(r->dummy);
	commit_group_free(r->commits);
	loop_free(r->loop);
	store_close(r->store);
	test_remove_dir(r->dir);
	free(r);
	return 0;
}

static void on_reply(void *arg, const struct message *m)
{
	struct rig *r = arg;
	struct err err;

	(void)snprintf(r->codes[r->answered++], sizeof(r->codes[0]), "%s",
		       m->type == MSG_TYPE_error ? m->u.error.code : "");
	assert_int_equal(store_feed_newest(r->store, FEED_SIGHTINGS, &r->feed_when_answered, &err),
			 0);
	assert_false(store_in_transaction(r->store));
	if (r->answered == r->waiting)
		loop_stop(r->loop);
}

static void deposit(struct rig *r, enum coin coin, const char *address, const char *txid,
		    uint32_t n)
{
	struct message m = { .type = MSG_TYPE_dummy_deposit };

	m.u.dummy_deposit.coin = coin;
	m.u.dummy_deposit.value = units_of(100);
	m.u.dummy_deposit.height = 7;
	m.u.dummy_deposit.n = n;
	(void)snprintf(m.u.dummy_deposit.address, sizeof(m.u.dummy_deposit.address), "%s", address);
	(void)snprintf(m.u.dummy_deposit.txid, sizeof(m.u.dummy_deposit.txid), "%s", txid);
	assert_true(r->waiting < ASKS_MAX);
	r->waiting++;
	ipc_ask(r->client, &m, 10000, on_reply, r);
}

static int count_sighting(void *arg, const struct sighting *g, struct err *err)
{
	(void)err;
	assert_int_equal(g->state, SIGHTING_CONFIRMED);
	assert_int_equal(g->height, 7);
	++*(unsigned *)arg;
	return 0;
}

static unsigned feed_length(struct rig *r)
{
	unsigned count = 0;
	struct err err;

	assert_int_equal(store_sighting_feed(r->store, 0, 100, count_sighting, &count, &err), 0);
	return count;
}

static void test_deposit_is_in_the_feed_when_answered(void **state)
{
	struct rig *r = *state;

	deposit(r, COIN_BTC, BTC_ADDRESS, "any text", 0);
	loop_run(r->loop);
	assert_string_equal(r->codes[0], "");
	assert_true(r->feed_when_answered > 0);
	assert_int_equal(feed_length(r), 1);
	assert_int_equal(r->news, 1);
}

static void test_the_same_one_changes_nothing(void **state)
{
	struct rig *r = *state;

	deposit(r, COIN_BTC, BTC_ADDRESS, "t", 0);
	deposit(r, COIN_BTC, BTC_ADDRESS, "t", 0); /* in the same group */
	loop_run(r->loop);
	deposit(r, COIN_BTC, BTC_ADDRESS, "t", 0); /* and later */
	loop_run(r->loop);
	for (unsigned i = 0; i < 3; i++)
		assert_string_equal(r->codes[i], "");
	assert_int_equal(feed_length(r), 1);
	assert_int_equal(r->news, 1);
}

static void test_index_and_coin_make_another_one(void **state)
{
	struct rig *r = *state;

	deposit(r, COIN_BTC, BTC_ADDRESS, "t", 0);
	deposit(r, COIN_BTC, BTC_ADDRESS, "t", UINT32_MAX);
	deposit(r, COIN_ETH, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "t", 0);
	loop_run(r->loop);
	assert_int_equal(feed_length(r), 3);
}

static void test_what_is_no_deposit_is_refused(void **state)
{
	struct rig *r = *state;

	deposit(r, COIN_BTC, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "t", 0);
	deposit(r, COIN_BTC, "", "t", 0);
	deposit(r, COIN_BTC, BTC_ADDRESS, "", 0);
	loop_run(r->loop);
	for (unsigned i = 0; i < 3; i++)
		assert_string_equal(r->codes[i], "invalid");
	assert_int_equal(feed_length(r), 0);
	assert_int_equal(r->news, 0);
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(test_deposit_is_in_the_feed_when_answered),
		ROW(test_the_same_one_changes_nothing),
		ROW(test_index_and_coin_make_another_one),
		ROW(test_what_is_no_deposit_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

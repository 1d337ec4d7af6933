/* What operators told senderd is kept with who and when; once is once; a cap is told once. */
#include <string.h>

#include "common/store/control_store.h"
#include "common/store/payout_tx_store.h"
#include "test/support/test_store.h"

#define NOW TEST_STORE_NOW

static struct act act_of(const char *who, int64_t at, const char *why)
{
	struct act a = { .uid = 1000, .at = at };

	(void)snprintf(a.who, sizeof(a.who), "%s", who);
	(void)snprintf(a.why, sizeof(a.why), "%s", why);
	return a;
}

struct acts {
	unsigned count;
	struct stored_act last;
};

static int on_act(void *arg, const struct stored_act *a, struct err *err)
{
	struct acts *acts = arg;

	(void)err;
	acts->count++;
	acts->last = *a;
	return 0;
}

static struct acts acts_of(struct test_store *t)
{
	struct acts acts = { .count = 0 };
	struct err err;

	MUST(store_act_each(t->reader, 0, on_act, &acts, &err));
	return acts;
}

static bool held(struct test_store *t, struct act *ret)
{
	struct err err;
	bool held = false;

	MUST(store_send_held(t->reader, &held, ret, &err));
	return held;
}

static void test_hold_and_resume(void **state)
{
	struct test_store *t = *state;
	const struct act alice = act_of("alice", NOW, "rates look wrong");
	const struct act bob = act_of("bob", NOW + 5, "me too"),
			 carol = act_of("carol", NOW + 9, "");
	struct act by;
	struct err err;
	bool changed;

	assert_false(held(t, &by));
	IN_TX(t->senderd, 0, store_send_resume(t->senderd, &bob, &changed, &err));
	assert_false(changed);
	IN_TX(t->senderd, 0, store_send_hold(t->senderd, &alice, &changed, &err));
	assert_true(changed && held(t, &by));
	assert_string_equal(by.who, "alice");
	assert_string_equal(by.why, "rates look wrong");
	assert_int_equal(by.uid, 1000);
	assert_int_equal(by.at, NOW);
	/* who came first is who is named; nothing more is recorded */
	IN_TX(t->senderd, 0, store_send_hold(t->senderd, &bob, &changed, &err));
	assert_true(!changed && held(t, &by));
	assert_string_equal(by.who, "alice");
	assert_int_equal(acts_of(t).count, 1);
	IN_TX(t->senderd, 0, store_send_resume(t->senderd, &carol, &changed, &err));
	assert_true(changed && !held(t, &by));
	IN_TX(t->senderd, 0, store_send_hold(t->senderd, &bob, &changed, &err));
	assert_true(changed && held(t, &by));
	assert_string_equal(by.who, "bob");
	assert_int_equal(acts_of(t).count, 3);
	assert_int_equal(acts_of(t).last.kind, ACT_SEND_HOLD);
	assert_int_equal(acts_of(t).last.seq, 3);
}

static void test_acts_keep_their_subject(void **state)
{
	struct test_store *t = *state;
	const struct act alice = act_of("alice", NOW, "input 3 was spent elsewhere");
	struct acts acts;
	struct err err;

	IN_TX(t->senderd, 0, store_act_add(t->senderd, ACT_TX_RELEASE, "ab12", &alice, &err));
	acts = acts_of(t);
	assert_int_equal(acts.last.kind, ACT_TX_RELEASE);
	assert_string_equal(acts.last.subject, "ab12");
	assert_string_equal(acts.last.act.why, "input 3 was spent elsewhere");
}

static uint64_t payout(struct test_store *t, const struct binding *b, const char *txid)
{
	struct deposit d = test_store_deposit(t, b, txid, DEPOSIT_WAITING_SEND);
	struct err err;

	IN_TX(t->senderd, 0,
	      store_payout_add(t->senderd, d.id, "sky", droplets_of(600000), NOW, &err));
	return d.id;
}

static struct binding bind_one(struct test_store *t)
{
	test_store_pool(t, COIN_BTC, "btc-address-", 1);
	return test_store_bind(t, COIN_BTC, "sky");
}

static void pay(struct test_store *t, uint64_t id, const char *txid, int64_t at)
{
	const struct payout_tx tx = { .raw = (const uint8_t *)"x", .raw_len = 1, .created_at = at };
	uint8_t uxid[1][32];
	struct payout_tx named = tx;
	struct err err;

	memset(uxid, (int)id, sizeof(uxid));
	(void)snprintf(named.txid, sizeof(named.txid), "%s", txid);
	IN_TX(t->senderd, 0,
	      store_payout_tx_save(t->senderd, &named, &id, 1, (const uint8_t(*)[32])uxid, 1,
				   &err));
}

static void test_approving(void **state)
{
	struct test_store *t = *state;
	const struct act alice = act_of("alice", NOW, ""), bob = act_of("bob", NOW, "");
	struct binding b = bind_one(t);
	uint64_t first = payout(t, &b, "t1"), second = payout(t, &b, "t2");
	struct err err;
	bool changed, approved;

	IN_TX(t->senderd, 0, store_payout_approve(t->senderd, first, &alice, &changed, &err));
	assert_true(changed);
	MUST(store_payout_approved(t->reader, first, &approved, &err));
	assert_true(approved);
	MUST(store_payout_approved(t->reader, second, &approved, &err));
	assert_false(approved);
	IN_TX(t->senderd, ERR_NOT_FOUND,
	      store_payout_approve(t->senderd, 99, &alice, &changed, &err));
	assert_string_equal(err.text, "deposit 99 has no payout");
	pay(t, first, "tx1", NOW);
	pay(t, second, "tx2", NOW);
	/* asked again after it was paid: as the first time */
	IN_TX(t->senderd, 0, store_payout_approve(t->senderd, first, &bob, &changed, &err));
	assert_false(changed);
	IN_TX(t->senderd, ERR_INVALID,
	      store_payout_approve(t->senderd, second, &alice, &changed, &err));
	assert_string_equal(err.text, "the payout of deposit 2 does not wait, it is in_tx");
	assert_int_equal(acts_of(t).count, 1);
	assert_string_equal(acts_of(t).last.subject, "1");
}

static struct capped capped(struct test_store *t)
{
	struct capped c;
	struct err err;

	MUST(store_payout_capped(t->reader, &c, &err));
	return c;
}

static bool cap(struct test_store *t, uint64_t id, enum cap cap)
{
	struct err err;
	bool first;

	IN_TX(t->senderd, 0, store_payout_cap(t->senderd, id, cap, NOW, &first, &err));
	return first;
}

static void test_a_cap_is_told_once(void **state)
{
	struct test_store *t = *state;
	struct binding b = bind_one(t);
	uint64_t first = payout(t, &b, "t1"), second = payout(t, &b, "t2");
	enum cap now;
	struct err err;

	assert_int_equal(capped(t).count, 0);
	assert_false(cap(t, first, CAP_NONE)); /* passing leaves nothing */
	assert_true(cap(t, second, CAP_HOUR));
	assert_false(cap(t, second, CAP_HOUR));
	assert_true(cap(t, first, CAP_PAYOUT));
	assert_int_equal(capped(t).count, 2);
	assert_int_equal(capped(t).deposit_id, first);
	assert_int_equal(capped(t).cap, CAP_PAYOUT);
	assert_int_equal(capped(t).sum.n, 1200000);
	/* it passed, and meets another: not told again */
	assert_false(cap(t, second, CAP_NONE));
	assert_int_equal(capped(t).count, 1);
	assert_false(cap(t, second, CAP_DAY));
	MUST(store_payout_cap_of(t->reader, second, &now, &err));
	assert_int_equal(now, CAP_DAY);
	/* what is paid does not wait */
	pay(t, first, "tx1", NOW);
	assert_int_equal(capped(t).count, 1);
	assert_int_equal(capped(t).deposit_id, second);
	IN_TX(t->senderd, 0, store_payout_uncap_all(t->senderd, &err));
	assert_int_equal(capped(t).count, 0);
	MUST(store_payout_cap_of(t->reader, second, &now, &err));
	assert_int_equal(now, CAP_NONE);
	MUST(store_payout_cap_of(t->reader, 99, &now, &err));
	assert_int_equal(now, CAP_NONE);
}

struct spent {
	unsigned count;
	uint64_t sum;
	int64_t at;
};

static void on_spent(void *arg, int64_t at, struct droplets amount)
{
	struct spent *s = arg;

	s->count++;
	s->sum += amount.n;
	s->at = at;
}

static void test_what_was_spent(void **state)
{
	struct test_store *t = *state;
	struct binding b = bind_one(t);
	uint64_t first = payout(t, &b, "t1"), second = payout(t, &b, "t2");
	struct spent s = { .count = 0 };
	int64_t latest = -1;
	struct err err;

	MUST(store_payout_tx_latest(t->reader, &latest, &err));
	assert_int_equal(latest, 0);
	pay(t, first, "tx1", NOW - 100);
	pay(t, second, "tx2", NOW + 50);
	MUST(store_payout_tx_latest(t->reader, &latest, &err));
	assert_int_equal(latest, NOW + 50);
	MUST(store_spent_since(t->reader, NOW - 100, on_spent, &s, &err));
	assert_int_equal(s.count, 1);
	assert_int_equal(s.at, NOW + 50);
	MUST(store_spent_since(t->reader, NOW - 101, on_spent, &s, &err));
	assert_int_equal(s.count, 3);
	assert_int_equal(s.sum, 1800000);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, test_store_setup, test_store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_hold_and_resume),    T(test_acts_keep_their_subject), T(test_approving),
		T(test_a_cap_is_told_once), T(test_what_was_spent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The walk over deposits: what the filter lets through, either way, and that no call looks at more
 * than it may, however many deposits there are. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/store/deposit_list.h"
#include "common/store/deposit_pager.h"
#include "common/store/stmt.h"
#include "test/support/five_deposits.h"

#define MANY 20000 /* ten times what a call looks at */

struct seen {
	unsigned count, calls;
	uint64_t id[16];
};

static int on_deposit(void *arg, const struct deposit *d, struct err *err)
{
	struct seen *l = arg;

	(void)err;
	l->id[l->count++ % 16] = d->id;
	return 0;
}

/* All pages, each of at most `limit`. */
static struct seen walk(struct test_store *t, struct deposit_pager p, unsigned limit)
{
	struct seen l = { .count = 0 };
	unsigned before;
	struct err err;

	while (!p.over) {
		before = l.count;
		MUST(store_deposit_page(t->reader, &p, limit, on_deposit, &l, &err));
		assert_true(l.count - before <= limit);
		l.calls++;
	}
	return l;
}

static void test_pages_show_what_the_filter_asks_for(void **state)
{
	static const struct {
		const char *why;
		struct deposit_filter f;
		uint64_t after;
		const char *ids; /* in the order told */
	} rows[] = {
		{ "everything", { .state = NULL }, 0, "12345" },
		{ "one state", { .state = "done" }, 0, "35" },
		{ "void is shown as waiting_deposit", { .state = "waiting_deposit" }, 0, "4" },
		{ "no such state", { .state = "nothing" }, 0, "" },
		{ "errored", { .errored = true }, 0, "3" },
		{ "a SKY address", { .sky_address = "sky1" }, 0, "24" },
		{ "a deposit address", { .address = "b1" }, 0, "135" },
		{ "the deposit's transaction", { .txid = "t2" }, 0, "2" },
		{ "the payout's transaction", { .txid = "p5" }, 0, "5" },
		{ "no transaction", { .txid = "" }, 0, "" },
		{ "since, that second too", { .since = 1003 }, 0, "45" },
		{ "until, that second too", { .until = 1001 }, 0, "12" },
		{ "several at once", { .state = "done", .address = "b1", .since = 1003 }, 0, "5" },
		{ "behind a place", { .state = NULL }, 3, "45" },
		{ "behind a place, filtered", { .address = "b1" }, 1, "35" },
		{ "behind the end", { .state = NULL }, 5, "" },
		{ "far behind the end", { .state = NULL }, INT64_MAX, "" },
		{ "behind a place, errored", { .errored = true }, 3, "" },
		{ "behind a place, one state", { .state = "done" }, 3, "5" },
		{ "errored of a state", { .errored = true, .state = "done" }, 0, "3" },
		{ "errored of another", { .errored = true, .state = "waiting_send" }, 0, "" },
		{ "both addresses", { .sky_address = "sky0", .address = "b1" }, 0, "135" },
		{ "no such pair", { .sky_address = "sky1", .address = "b1" }, 0, "" },
		{ "no SQL in a value", { .txid = "t2' OR '1'='1" }, 0, "" },
	};
	struct test_store *t = *state;

	five_deposits(t);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (unsigned limit = 1; limit <= 6; limit++) {
			struct deposit_pager p = { .filter = rows[i].f, .after = rows[i].after };
			struct seen l = walk(t, p, limit);
			char ids[17] = "";

			for (unsigned k = 0; k < l.count; k++)
				ids[k] = (char)('0' + l.id[k]);
			if (strcmp(ids, rows[i].ids) != 0)
				fail_msg("%s, pages of %u: %s", rows[i].why, limit, ids);
		}
}

static void test_the_newest_come_first_when_asked_for(void **state)
{
	static const struct {
		const char *why;
		struct deposit_filter f;
		uint64_t after;
		const char *ids;
	} rows[] = {
		{ "everything", { .state = NULL }, 0, "54321" },
		{ "behind the oldest", { .state = NULL }, 1, "" },
		{ "behind a place", { .state = NULL }, 3, "21" },
		{ "behind a place that is not there yet", { .state = NULL }, 99, "54321" },
		{ "far behind", { .state = NULL }, INT64_MAX, "54321" },
		{ "one state", { .state = "done" }, 0, "53" },
		{ "one state, behind a place", { .state = "done" }, 5, "3" },
		{ "errored", { .errored = true }, 0, "3" },
		{ "a SKY address", { .sky_address = "sky0" }, 4, "31" },
		{ "a deposit address", { .address = "b2" }, 0, "42" },
		{ "a transaction", { .txid = "t2" }, 0, "2" },
		{ "since", { .since = 1003 }, 0, "54" },
	};
	struct test_store *t = *state;

	five_deposits(t);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (unsigned limit = 1; limit <= 6; limit++) {
			struct deposit_pager p = { .filter = rows[i].f,
						   .after = rows[i].after,
						   .newest_first = true };
			struct seen l = walk(t, p, limit);
			char ids[17] = "";

			for (unsigned k = 0; k < l.count; k++)
				ids[k] = (char)('0' + l.id[k]);
			if (strcmp(ids, rows[i].ids) != 0)
				fail_msg("%s, pages of %u: %s", rows[i].why, limit, ids);
		}
}

static void test_what_is_skipped_is_not_shown(void **state)
{
	static const struct {
		const char *why;
		struct deposit_filter f;
		bool newest_first;
		uint64_t most, skipped;
		const char *ids;
	} rows[] = {
		{ "nothing", { .state = NULL }, false, 0, 0, "12345" },
		{ "two", { .state = NULL }, false, 2, 2, "345" },
		{ "two of the newest", { .state = NULL }, true, 2, 2, "321" },
		{ "all", { .state = NULL }, false, 5, 5, "" },
		{ "more than there are", { .state = NULL }, true, INT64_MAX, 5, "" },
		{ "of those that pass", { .state = "done" }, false, 1, 1, "5" },
		{ "of an address", { .address = "b1" }, true, 2, 2, "1" },
	};
	struct test_store *t = *state;
	struct err err;

	five_deposits(t);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct deposit_pager p = { .filter = rows[i].f,
					   .newest_first = rows[i].newest_first };
		uint64_t skipped;
		char ids[17] = "";
		struct seen l;

		MUST(store_deposit_skip(t->reader, &p, rows[i].most, &skipped, &err));
		l = walk(t, p, 2);
		for (unsigned k = 0; k < l.count; k++)
			ids[k] = (char)('0' + l.id[k]);
		if (skipped != rows[i].skipped || strcmp(ids, rows[i].ids) != 0)
			fail_msg("%s: %" PRIu64 " skipped, then %s", rows[i].why, skipped, ids);
	}
}

/* --- how much a call looks at -------------------------------------------------------------- */

/* Rows as exchangerd would have made them, without its taking a second for it: all of one address,
 * recorded in one second, and with an error. */
static void fill_many(struct test_store *t)
{
	char text[700];
	struct err err;

	test_store_pool(t, COIN_BTC, "b", 1);
	(void)test_store_bind(t, COIN_BTC, "sky1");
	(void)snprintf(text, sizeof(text),
		       "WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i"
		       " WHERE n < %d) INSERT INTO deposit (id, coin, txid, n, address,"
		       " sky_address, binding_seq, buy_method, value, height, to_send, state, sent,"
		       " error, created_at, updated_at) SELECT n, 'BTC', 't' || n, 0, 'b1', 'sky1',"
		       " 1, 'direct', '1', 1, 0, CASE n WHEN %d THEN 'void' ELSE 'done' END, 0,"
		       " 'odd', 1, 1 FROM i",
		       MANY, MANY);
	MUST(store_begin(t->exchangerd, &err));
	t->exchangerd->opening = true; /* a SELECT in words that no statement of ours has */
	MUST(store_exec(t->exchangerd, text, &err));
	t->exchangerd->opening = false;
	MUST(store_commit(t->exchangerd, &err));
}

/* Instructions of SQLite's machine: the same on every machine, under any load. */
#define COUNT_EVERY 100
#define CALL_MAX    70000 /* of one call; looking at all of the table takes twice as many */

static uint64_t instructions;

static int on_instructions(void *arg)
{
	(void)arg;
	instructions += COUNT_EVERY;
	return 0;
}

static void check_call(const char *why)
{
	if (instructions > CALL_MAX)
		fail_msg("%s: one call took %" PRIu64 " instructions", why, instructions);
	instructions = 0;
}

/* Every page, with a limit that is never reached but by the stretch, and with a usual one. */
static void check_pages(struct test_store *t, const char *why, struct deposit_pager p,
			unsigned limit)
{
	struct seen l = { .count = 0 };
	struct err err;

	while (!p.over && l.calls++ < 50) {
		MUST(store_deposit_page(t->reader, &p, limit, on_deposit, &l, &err));
		check_call(why);
	}
}

static void check_skips(struct test_store *t, const char *why, struct deposit_pager p)
{
	uint64_t skipped;
	struct err err;

	while (!p.over) {
		MUST(store_deposit_skip(t->reader, &p, MANY, &skipped, &err));
		check_call(why);
	}
}

static void test_no_call_looks_at_all_of_them(void **state)
{
	static const struct {
		const char *why;
		struct deposit_filter f;
	} rows[] = {
		{ "all of them", { .state = NULL } },
		{ "a state that nearly all have", { .state = "done" } },
		{ "the last one", { .state = "waiting_deposit" } },
		{ "none, by time", { .since = 2 } },
		{ "none, by the other time", { .until = -1 } },
		{ "with an error, which all have", { .errored = true } },
		{ "none of the many with an error", { .errored = true, .since = 2 } },
		{ "one of the many with an error",
		  { .errored = true, .state = "waiting_deposit" } },
		{ "an address that all have", { .address = "b1" } },
		{ "none of an address that all have", { .address = "b1", .since = 2 } },
		{ "a SKY address that all have", { .sky_address = "sky1" } },
		{ "one of the address",
		  { .sky_address = "sky1", .address = "b1", .state = "waiting_deposit" } },
		{ "none of it all",
		  { .sky_address = "sky1",
		    .address = "b1",
		    .state = "done",
		    .errored = true,
		    .since = 2 } },
		{ "a transaction", { .txid = "t4321" } },
		{ "no transaction", { .txid = "t" } },
	};
	struct test_store *t = *state;

	fill_many(t);
	sqlite3_progress_handler(t->reader->db, COUNT_EVERY, on_instructions, NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (int newest_first = 0; newest_first <= 1; newest_first++) {
			struct deposit_pager p = { .filter = rows[i].f,
						   .newest_first = newest_first != 0 };

			check_pages(t, rows[i].why, p, MANY);
			check_pages(t, rows[i].why, p, 50);
			check_skips(t, rows[i].why, p);
		}
	sqlite3_progress_handler(t->reader->db, 0, NULL, NULL);
}

static int on_entry(void *arg, const struct deposit_entry *e, struct err *err)
{
	(void)err;
	*(struct deposit_entry *)arg = *e;
	return 0;
}

/* All in one second: a page begins behind the last one's end, not at the second's. */
static void test_no_page_of_accounts_looks_at_all_of_them(void **state)
{
	struct deposit_entry last = { .id = 0 }, after;
	struct test_store *t = *state;
	struct err err;

	fill_many(t);
	sqlite3_progress_handler(t->reader->db, COUNT_EVERY, on_instructions, NULL);
	do {
		after = last;
		MUST(store_deposit_entries(t->reader, &after, INT64_MAX, 500, on_entry, &last,
					   &err));
		check_call("a page of accounts");
	} while (last.id != after.id);
	sqlite3_progress_handler(t->reader->db, 0, NULL, NULL);
	assert_int_equal(last.id, MANY);
}

#define T(test) cmocka_unit_test_setup_teardown(test, test_store_setup, test_store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_pages_show_what_the_filter_asks_for),
		T(test_the_newest_come_first_when_asked_for),
		T(test_what_is_skipped_is_not_shown),
		T(test_no_call_looks_at_all_of_them),
		T(test_no_page_of_accounts_looks_at_all_of_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Every statement of the store can be prepared, and finds its rows by an index: a table grows for
 * years, and what scans it is fast in every test and slow one day.  Those that must see all rows
 * are listed, each with its reason. */
#include <stdio.h>
#include <string.h>

#include "common/store/stmt.h"
#include "test/support/test_store.h"

static const struct {
	const char *sql_start, *plan, *why;
} scans[] = {
	{ "SELECT coin, state, count, errored FROM deposit_count", "SCAN deposit_count",
	  "a row for each coin and state" },
	{ "SELECT SUM(errored) FROM deposit_count", "SCAN deposit_count", "the same" },
	{ "UPDATE deposit_count SET errored", "SCAN deposit_count", "the same" },
	{ "UPDATE deposit_count SET errored", "SCAN d USING INDEX deposit_errored",
	  "those that have an error only" },
	{ "SELECT COUNT(*) FROM payout WHERE state = 'refused'",
	  "SCAN payout USING INDEX payout_refused", "those that are refused only" },
	{ "SELECT COUNT(*) FROM unassigned", "SCAN unassigned USING COVERING INDEX",
	  "few: a person looks at each" },
	{ "SELECT p.amount FROM payout p", "SCAN p USING INDEX payout_waiting",
	  "those that wait only" },
	{ "UPDATE payout_cap SET cap = ''", "SCAN payout_cap USING INDEX payout_cap_waits",
	  "those that a cap makes wait only" },
	{ "SELECT c.deposit_id, c.cap, p.amount", "SCAN c USING INDEX payout_cap_waits",
	  "the same" },
	{ "SELECT ALL p.deposit_id", "SEARCH p USING INTEGER PRIMARY KEY (rowid>?)",
	  "all of them, for a person" },
	{ "SELECT ALL coin, height, hash", "SCAN trace_debt USING INDEX",
	  "all of them, for a person" },
	{ "SELECT seq, coin, from_height", "SEARCH rescan", "the same" },
	{ "SELECT seq, kind, subject", "SEARCH operator_act", "few: each was typed by a person" },
};

static bool may_scan(const char *sql, const char *plan)
{
	for (size_t i = 0; i < sizeof(scans) / sizeof(scans[0]); i++)
		if (strncmp(sql, scans[i].sql_start, strlen(scans[i].sql_start)) == 0 &&
		    strncmp(plan, scans[i].plan, strlen(scans[i].plan)) == 0)
			return true;
	return false;
}

static bool is_slow(const char *plan)
{
	/* the scan of a constant row is how an INSERT ... SELECT begins */
	if (strcmp(plan, "SCAN CONSTANT ROW") == 0)
		return false;
	return strncmp(plan, "SCAN", 4) == 0 || strstr(plan, "TEMP B-TREE") != NULL ||
	       strstr(plan, "(rowid>?)") != NULL;
}

static void check(struct store *s, const char *sql)
{
	char explain[2000], plan[400], slow[400] = "";
	struct stmt q;
	struct err err;
	int rc;

	assert_true(snprintf(explain, sizeof(explain), "EXPLAIN QUERY PLAN %s", sql) <
		    (int)sizeof(explain));
	stmt_use_text(s, explain, &q);
	while ((rc = stmt_step(&q, &err)) == 1) {
		stmt_text(&q, 3, plan, sizeof(plan));
		if (is_slow(plan) && !may_scan(sql, plan))
			memcpy(slow, plan, sizeof(slow));
	}
	stmt_done(&q);
	if (rc < 0)
		fail_msg("%s", err.text);
	if (slow[0] != '\0')
		fail_msg("%s\n    %s", sql, slow);
}

static void test_statements_find_their_rows_by_index(void **state)
{
	static const struct stmt_table *const tables[STMT_FILE_COUNT] = {
		&stmt_feed,	      &stmt_binding,   &stmt_scan,	&stmt_deposit,
		&stmt_payout,	      &stmt_control,   &stmt_payout_tx, &stmt_payout_tx_read,
		&stmt_payout_tx_save, &stmt_sky_chain, &stmt_balance,	&stmt_deposit_list,
		&stmt_rescan,	      &stmt_changes,   &stmt_quota,	&stmt_trace
	};
	struct test_store *t = *state;
	size_t count = 0;

	t->exchangerd->opening = true; /* the statements of all roles */
	for (size_t i = 0; i < STMT_FILE_COUNT; i++) {
		assert_int_equal(tables[i]->file, i);
		for (size_t k = 0; k < tables[i]->count; k++, count++)
			check(t->exchangerd, tables[i]->sql[k]);
	}
	t->exchangerd->opening = false;
	assert_true(count > 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_statements_find_their_rows_by_index,
						test_store_setup, test_store_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

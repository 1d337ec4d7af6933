/* The machine of a payout's transaction: what must hold for every cell, and the printed tables. */
#include "test/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/model/payout_rules.h"

#define DOCUMENT "doc/PAYOUTS.md"
#define MARK	 "<!-- printed from common/model/payout_rules.c by `make docs` -->\n"

static void test_the_table(void **state)
{
	static const struct {
		const char *why;
		enum payout_tx_state from;
		enum payout_tx_event e;
		enum payout_answer answer;
	} rows[] = {
		{ "nothing is released twice", PAYOUT_TX_DEAD, PAYOUT_EV_RELEASED,
		  PAYOUT_IMPOSSIBLE },
		{ "what is in a block cannot be dead", PAYOUT_TX_CONFIRMED, PAYOUT_EV_PROVEN,
		  PAYOUT_IMPOSSIBLE },
		{ "nor be released", PAYOUT_TX_CONFIRMED, PAYOUT_EV_RELEASED, PAYOUT_IMPOSSIBLE },
		{ "what is open is not final", PAYOUT_TX_SENT, PAYOUT_EV_FINAL, PAYOUT_IMPOSSIBLE },
		{ "a late answer of the pool revives nothing", PAYOUT_TX_DEAD, PAYOUT_EV_SENT,
		  PAYOUT_NOTHING },
		{ "nor is it held again", PAYOUT_TX_DEAD, PAYOUT_EV_HELD, PAYOUT_NOTHING },
		{ "the chain does", PAYOUT_TX_DEAD, PAYOUT_EV_CONFIRMED, PAYOUT_MOVE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (payout_rule(rows[i].from, rows[i].e)->answer != rows[i].answer)
			fail_msg("%s", rows[i].why);
}

/* Payouts leave a transaction by a proof or by an operator, and only an open one. */
static void test_the_only_ways_out(void **state)
{
	(void)state;
	for (enum payout_tx_state s = 0; s < PAYOUT_TX_STATE_COUNT; s++)
		for (enum payout_tx_event e = 0; e < PAYOUT_TX_EVENT_COUNT; e++) {
			const struct payout_rule *r = payout_rule(s, e);
			bool way_out = e == PAYOUT_EV_PROVEN || e == PAYOUT_EV_RELEASED;
			bool open = s == PAYOUT_TX_SAVED || s == PAYOUT_TX_SENT;

			assert_int_equal(r->fate == FATE_WAIT, way_out && open);
			if (r->answer == PAYOUT_MOVE && r->next == PAYOUT_TX_DEAD)
				assert_true(way_out || s == PAYOUT_TX_DEAD);
		}
}

/* The page of the auditor ends with what the table prints; TELLER_WRITE_DOCS=1 writes it. */
static void test_document_is_current(void **state)
{
	struct buf out = BUF_INIT(16384);
	char *text = test_read_file(DOCUMENT, NULL), *printed = strstr(text, MARK);

	(void)state;
	assert_non_null(printed);
	payout_rules_print(&out);
	assert_false(out.failed);
	if (getenv("TELLER_WRITE_DOCS") != NULL) {
		FILE *f = fopen(DOCUMENT, "w");

		assert_non_null(f);
		(void)fprintf(f, "%.*s%s\n%s", (int)(printed - text), text, MARK, buf_text(&out));
		(void)fclose(f);
		free(text);
		text = test_read_file(DOCUMENT, NULL);
		printed = strstr(text, MARK);
	}
	assert_string_equal(printed + strlen(MARK "\n"), buf_text(&out));
	free(text);
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_table),
		cmocka_unit_test(test_the_only_ways_out),
		cmocka_unit_test(test_document_is_current),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

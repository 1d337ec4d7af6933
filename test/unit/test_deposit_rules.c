/* The deposit machine: what must hold for every cell, and the printed document. */
#include "test/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchangerd/deposit_rules.h"

/* But for DEAD, which is senderd's word that it is not paid. */
static void test_paid_is_never_paid_again(void **state)
{
	static const enum deposit_state paid[] = { DEPOSIT_WAITING_CONFIRM, DEPOSIT_DONE };

	(void)state;
	for (size_t i = 0; i < 2; i++)
		for (enum deposit_event e = 0; e < DEPOSIT_EVENT_COUNT; e++) {
			const struct deposit_rule *r = deposit_rule(paid[i], e);

			if (r->allowed && e != EV_DEAD && r->next != DEPOSIT_WAITING_CONFIRM &&
			    r->next != DEPOSIT_DONE)
				fail_msg("%s leads from %s back to %s", deposit_event_name(e),
					 deposit_state_name(paid[i]), deposit_state_name(r->next));
		}
}

static void test_void_only_by_orphaned(void **state)
{
	(void)state;
	for (enum deposit_state s = 0; s < DEPOSIT_STATE_COUNT; s++)
		for (enum deposit_event e = 0; e < DEPOSIT_EVENT_COUNT; e++) {
			const struct deposit_rule *r = deposit_rule(s, e);

			if (r->allowed && r->next == DEPOSIT_VOID)
				assert_int_equal(e, EV_ORPHANED);
		}
}

static void test_every_open_state_has_a_way_on(void **state)
{
	(void)state;
	for (enum deposit_state s = 0; s < DEPOSIT_STATE_COUNT; s++) {
		bool way = s == DEPOSIT_DONE;

		for (enum deposit_event e = 0; e < DEPOSIT_EVENT_COUNT; e++)
			way |= deposit_rule(s, e)->allowed;
		if (!way)
			fail_msg("no event leads on from %s", deposit_state_name(s));
	}
}

static void test_rows(void **state)
{
	static const struct {
		const char *why;
		enum deposit_state from;
		enum deposit_event e;
		bool allowed;
		enum deposit_state to;
	} rows[] = {
		{ "a direct sale", DEPOSIT_WAITING_DECIDE, EV_DIRECT, true, DEPOSIT_WAITING_SEND },
		{ "dust ends at once", DEPOSIT_WAITING_DECIDE, EV_DUST, true, DEPOSIT_DONE },
		{ "sent", DEPOSIT_WAITING_SEND, EV_SENT, true, DEPOSIT_WAITING_CONFIRM },
		{ "sent and confirmed between two readings", DEPOSIT_WAITING_SEND, EV_CONFIRMED,
		  true, DEPOSIT_DONE },
		{ "told twice", DEPOSIT_DONE, EV_CONFIRMED, true, DEPOSIT_DONE },
		{ "left the chain unpaid", DEPOSIT_WAITING_SEND, EV_ORPHANED, true, DEPOSIT_VOID },
		{ "left the chain when signed", DEPOSIT_WAITING_SEND, EV_ORPHANED_LATE, true,
		  DEPOSIT_WAITING_SEND },
		{ "back again: decided anew", DEPOSIT_VOID, EV_RETURNED, true,
		  DEPOSIT_WAITING_DECIDE },
		{ "a released transaction can be confirmed when its deposit is void", DEPOSIT_VOID,
		  EV_CONFIRMED, true, DEPOSIT_DONE },
		{ "and its block can disappear", DEPOSIT_DONE, EV_UNCONFIRMED, true,
		  DEPOSIT_WAITING_CONFIRM },
		{ "dead: paid by another", DEPOSIT_WAITING_CONFIRM, EV_DEAD, true,
		  DEPOSIT_WAITING_SEND },
		{ "void is not paid", DEPOSIT_VOID, EV_DEAD, false, DEPOSIT_VOID },
		{ "decided once", DEPOSIT_WAITING_SEND, EV_DIRECT, false, DEPOSIT_WAITING_SEND },
		{ "done is not decided", DEPOSIT_DONE, EV_DIRECT, false, DEPOSIT_DONE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct deposit_rule *r = deposit_rule(rows[i].from, rows[i].e);

		if (r->allowed != rows[i].allowed || (r->allowed && r->next != rows[i].to))
			fail_msg("%s", rows[i].why);
	}
}

/* doc/STATES.md is what the table prints; TELLER_WRITE_DOCS=1 writes it (make docs). */
static void test_document_is_current(void **state)
{
	struct buf out = BUF_INIT(65536);
	char *text;

	(void)state;
	deposit_rules_print(&out);
	assert_false(out.failed);
	if (getenv("TELLER_WRITE_DOCS") != NULL) {
		FILE *f = fopen("doc/STATES.md", "w");

		assert_non_null(f);
		(void)fputs(buf_text(&out), f);
		(void)fclose(f);
	}
	text = test_read_file("doc/STATES.md", NULL);
	assert_string_equal(text, buf_text(&out));
	free(text);
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paid_is_never_paid_again),
		cmocka_unit_test(test_void_only_by_orphaned),
		cmocka_unit_test(test_every_open_state_has_a_way_on),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_document_is_current),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

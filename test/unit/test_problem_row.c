/* What strangers are told of problems, and nothing that is for the operator only. */
#include "test/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "apid/problem_row.h"
#include "apid/report.h"
#include "test/support/doc.h"

static void test_rows(void **state)
{
	static const struct {
		const char *why, *daemon, *what, *component, *text;
	} rows[] = {
		{ "a daemon that is down", "senderd", "down", "senderd",
		  "the part that pays out does not run" },
		{ "a node, by its coin", "scannerd", "eth_node", "eth_node",
		  "the ETH node cannot be used" },
		{ "the same word of another daemon", "senderd", "sky_node", "payout_node",
		  "the Skycoin node that payouts go through cannot be used" },
		{ "the word before the coin", "exchangerd", "pool_btc", "btc_pool",
		  "no BTC deposit address is left" },
		{ "two words before the coin", "exchangerd", "pool_low_sky", "sky_pool",
		  "few SKY deposit addresses are left" },
		{ "of any daemon", "apid", "disk", "disk", "the disk is nearly full" },
		{ "no such coin", "scannerd", "xmr_node", "service",
		  "something in the service is not in order" },
		{ "the word goes on", "scannerd", "btc_nodes", "service",
		  "something in the service is not in order" },
		{ "not this daemon's", "scannerd", "hot_wallet", "service",
		  "something in the service is not in order" },
		{ "nothing", "scannerd", "", "service",
		  "something in the service is not in order" },
	};
	struct problem_shown shown;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		problem_show(rows[i].daemon, rows[i].what, &shown);
		if (strcmp(shown.component, rows[i].component) != 0 ||
		    strcmp(shown.text, rows[i].text) != 0 || shown.customers[0] == '\0' ||
		    problem_is_known(rows[i].daemon, rows[i].what) !=
			    (strcmp(shown.component, "service") != 0))
			fail_msg("%s: %s, %s", rows[i].why, shown.component, shown.text);
	}
}

/* sender_error of the contract keeps the wallet's own words; those of nodes name their address. */
static void test_errors_for_strangers(void **state)
{
	static const struct {
		const char *why;
		bool up;
		const char *error, *problems, *shown;
	} rows[] = {
		{ "none", true, "", "[]", "" },
		{ "the wallet's", true, "CreateTransaction not enough coins",
		  "[{\"what\":\"hot_wallet\",\"text\":\"CreateTransaction not enough coins; "
		  "payouts "
		  "wait\",\"since\":1}]",
		  "CreateTransaction not enough coins" },
		{ "a node's", true, "cannot connect to 10.0.0.7:6420",
		  "[{\"what\":\"sky_node\",\"text\":\"cannot connect to 10.0.0.7:6420; payouts "
		  "wait\",\"since\":1}]",
		  "the Skycoin node that payouts go through cannot be used" },
		{ "told in no problem", true, "no unspents to spend", "[]",
		  "no unspents to spend" },
		{ "down", false, "", NULL, "senderd does not answer" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct relay_health h = { .name = "senderd",
					  .up = rows[i].up,
					  .why = "cannot connect to '/secret/run/senderd.sock'" };
		char shown[REPORT_ERROR_MAX];

		(void)snprintf(h.m.error, sizeof(h.m.error), "%s", rows[i].error);
		h.m.problems = (char *)(uintptr_t)rows[i].problems;
		report_public_error(&h, shown);
		if (strcmp(shown, rows[i].shown) != 0)
			fail_msg("%s: %s", rows[i].why, shown);
	}
}

static void test_document_is_current(void **state)
{
	struct buf out = BUF_INIT(65536);

	(void)state;
	problem_print_markdown(&out);
	test_document("doc/PROBLEMS.md", &out);
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_errors_for_strangers),
		cmocka_unit_test(test_document_is_current),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

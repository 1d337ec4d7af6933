/* Judging several nodes by each other, and choosing one. */
#include "test/support/test.h"

#include <stdio.h>
#include <string.h>

#include "common/node/sky_pool_judge.h"

#define OURS  "6f9b23518627707a5a66bb7099f39b8414dfa063f985a0deed1c73d9879a7dca"
#define OTHER "7db37de380aaed0124e0d5834fcf2dc0e04c3c31ab8e16cff3d280eaf52d0c4c"
#define NONE  3 /* of three */

/* A node in a word: how it answers. */
#define REST(head)                                                                                 \
	{                                                                                          \
		.answered = true, .health = {                                                      \
			.head_seq = (head),                                                        \
			.highest_seq = (head),                                                     \
			.open_connections = 3,                                                     \
			.genesis = OURS,                                                           \
			.coin = "skycoin"                                                          \
		}                                                                                  \
	}
#define LAGGING(head, highest)                                                                     \
	{                                                                                          \
		.answered = true, .health = {                                                      \
			.head_seq = (head),                                                        \
			.highest_seq = (highest),                                                  \
			.open_connections = 3,                                                     \
			.genesis = OURS                                                            \
		}                                                                                  \
	}
#define LONELY(head)                                                                               \
	{                                                                                          \
		.answered = true, .health = {                                                      \
			.head_seq = (head),                                                        \
			.highest_seq = (head),                                                     \
			.open_connections = 0,                                                     \
			.genesis = OURS                                                            \
		}                                                                                  \
	}
#define WEBRPC(head)                                                                               \
	{                                                                                          \
		.answered = true, .health = {                                                      \
			.head_seq = (head),                                                        \
			.open_connections = -1,                                                    \
			.genesis = OURS                                                            \
		}                                                                                  \
	}
#define ELSEWHERE(head)                                                                            \
	{                                                                                          \
		.answered = true, .health = {                                                      \
			.head_seq = (head),                                                        \
			.highest_seq = (head),                                                     \
			.open_connections = 3,                                                     \
			.genesis = OTHER                                                           \
		}                                                                                  \
	}
#define FIBER(head)                                                                                \
	{                                                                                          \
		.answered = true, .health = {                                                      \
			.head_seq = (head),                                                        \
			.highest_seq = (head),                                                     \
			.open_connections = 3,                                                     \
			.genesis = OURS,                                                           \
			.coin = "mdl"                                                              \
		}                                                                                  \
	}
#define SILENT                                                                                     \
	{                                                                                          \
		.error = "cannot reach it"                                                         \
	}
#define FAILING(head)                                                                              \
	{                                                                                          \
		.answered = true, .failed = true, .health = {                                      \
			.head_seq = (head),                                                        \
			.highest_seq = (head),                                                     \
			.open_connections = 3,                                                     \
			.genesis = OURS                                                            \
		}                                                                                  \
	}

static const struct {
	const char *why;
	struct sky_report nodes[3];
	const char *pinned;
	size_t current, chosen;
	enum sky_standing standing[3];
	bool in_motion;
} rows[] = {
	{ "all in order: the current one stays",
	  { REST(9), REST(9), REST(9) },
	  OURS,
	  1,
	  1,
	  { SKY_GOOD, SKY_GOOD, SKY_GOOD },
	  false },
	{ "the first one at first",
	  { REST(9), REST(9), REST(9) },
	  "",
	  0,
	  0,
	  { SKY_GOOD, SKY_GOOD, SKY_GOOD },
	  false },
	{ "the current one is silent: the first of the others",
	  { REST(9), SILENT, REST(9) },
	  OURS,
	  1,
	  0,
	  { SKY_GOOD, SKY_GOOD, SKY_GOOD },
	  false },
	{ "none answers",
	  { SILENT, SILENT, SILENT },
	  OURS,
	  1,
	  NONE,
	  { SKY_GOOD, SKY_GOOD, SKY_GOOD },
	  false },
	{ "behind the others",
	  { REST(5), REST(9), REST(9) },
	  OURS,
	  0,
	  1,
	  { SKY_BEHIND, SKY_GOOD, SKY_GOOD },
	  false },
	{ "a block behind the others: a moment may mend it",
	  { REST(8), REST(9), REST(9) },
	  OURS,
	  0,
	  1,
	  { SKY_BEHIND, SKY_GOOD, SKY_GOOD },
	  true },
	{ "behind its peers, far",
	  { LAGGING(5, 90), SILENT, SILENT },
	  OURS,
	  0,
	  0,
	  { SKY_BEHIND, SKY_GOOD, SKY_GOOD },
	  false },
	{ "behind its peers, by two",
	  { LAGGING(5, 7), SILENT, SILENT },
	  OURS,
	  0,
	  0,
	  { SKY_BEHIND, SKY_GOOD, SKY_GOOD },
	  true },
	{ "no peers: another one",
	  { LONELY(9), REST(9), SILENT },
	  OURS,
	  0,
	  1,
	  { SKY_NO_PEERS, SKY_GOOD, SKY_GOOD },
	  false },
	{ "no peers, and no other",
	  { LONELY(9), SILENT, SILENT },
	  OURS,
	  0,
	  0,
	  { SKY_NO_PEERS, SKY_GOOD, SKY_GOOD },
	  false },
	{ "no peers, but further than the others: they are behind",
	  { LONELY(9), REST(8), SILENT },
	  OURS,
	  1,
	  0,
	  { SKY_NO_PEERS, SKY_BEHIND, SKY_GOOD },
	  true },
	{ "webrpc where there is nothing better",
	  { WEBRPC(9), LONELY(9), SILENT },
	  OURS,
	  1,
	  0,
	  { SKY_UNPROVEN, SKY_NO_PEERS, SKY_GOOD },
	  false },
	{ "REST before webrpc",
	  { WEBRPC(9), REST(9), SILENT },
	  OURS,
	  0,
	  1,
	  { SKY_UNPROVEN, SKY_GOOD, SKY_GOOD },
	  false },
	{ "webrpc that is behind is worth nothing more than others that are",
	  { WEBRPC(8), REST(9), SILENT },
	  OURS,
	  0,
	  1,
	  { SKY_BEHIND, SKY_GOOD, SKY_GOOD },
	  true },
	{ "another chain is neither believed nor compared with",
	  { ELSEWHERE(900), REST(9), REST(9) },
	  OURS,
	  0,
	  1,
	  { SKY_OTHER_CHAIN, SKY_GOOD, SKY_GOOD },
	  false },
	{ "another coin, the same first block",
	  { FIBER(900), REST(9), SILENT },
	  OURS,
	  0,
	  1,
	  { SKY_OTHER_CHAIN, SKY_GOOD, SKY_GOOD },
	  false },
	{ "nothing pinned, and they disagree: none is believed",
	  { REST(9), ELSEWHERE(9), REST(9) },
	  "",
	  0,
	  0,
	  { SKY_OTHER_CHAIN, SKY_OTHER_CHAIN, SKY_OTHER_CHAIN },
	  false },
	{ "nothing pinned, all on one chain, whichever",
	  { ELSEWHERE(9), ELSEWHERE(9), SILENT },
	  "",
	  0,
	  0,
	  { SKY_GOOD, SKY_GOOD, SKY_GOOD },
	  false },
	{ "all on another chain",
	  { ELSEWHERE(9), SILENT, ELSEWHERE(9) },
	  OURS,
	  0,
	  0,
	  { SKY_OTHER_CHAIN, SKY_GOOD, SKY_OTHER_CHAIN },
	  false },
	{ "one whose answers fail is passed over",
	  { FAILING(9), REST(9), SILENT },
	  OURS,
	  0,
	  1,
	  { SKY_GOOD, SKY_GOOD, SKY_GOOD },
	  false },
	{ "unless the other is of lower standing",
	  { FAILING(9), LONELY(9), SILENT },
	  OURS,
	  0,
	  0,
	  { SKY_GOOD, SKY_NO_PEERS, SKY_GOOD },
	  false },
	{ "all fail: the current one stays",
	  { FAILING(9), FAILING(9), SILENT },
	  OURS,
	  1,
	  1,
	  { SKY_GOOD, SKY_GOOD, SKY_GOOD },
	  false },
};

static void test_judge(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sky_report r[3];

		print_message("%s\n", rows[i].why);
		memcpy(r, rows[i].nodes, sizeof(r));
		assert_int_equal(sky_pool_judge(r, 3, rows[i].pinned, rows[i].current),
				 rows[i].chosen);
		for (size_t n = 0; n < 3; n++)
			if (r[n].answered)
				assert_int_equal(r[n].health.standing, rows[i].standing[n]);
		assert_int_equal(sky_pool_in_motion(r, 3), rows[i].in_motion);
	}
}

static void test_problems(void **state)
{
	struct sky_report r[3] = { SILENT, REST(9), LONELY(9) };
	char text[SKY_PROBLEMS_MAX], small[40];

	(void)state;
	for (size_t i = 0; i < 3; i++)
		(void)snprintf(r[i].address, sizeof(r[i].address), "node%zu:6420", i);
	(void)sky_pool_judge(r, 3, OURS, 0);
	sky_pool_problems(r, 3, 3, text, sizeof(text));
	assert_string_equal(text, "Skycoin node node0:6420: cannot reach it; Skycoin node "
				  "node2:6420 has no peers and cannot broadcast");
	sky_pool_problems(r, 3, 2, text, sizeof(text));
	assert_string_equal(text, "Skycoin node node0:6420: cannot reach it");
	sky_pool_problems(r, 3, 3, small, sizeof(small)); /* cut, not more */
	assert_string_equal(small, "Skycoin node node0:6420: cannot reach i");
	sky_pool_problems(&r[1], 1, 1, text, sizeof(text));
	assert_string_equal(text, "");
	r[1].health.standing = SKY_UNPROVEN; /* that is what it is, not what is wrong with it */
	sky_pool_problems(&r[1], 1, 1, text, sizeof(text));
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_judge),
		cmocka_unit_test(test_problems),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

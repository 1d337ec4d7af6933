/* What a node's word is worth. */
#include "test/support/test.h"

#include <string.h>

#include "common/node/sky_standing.h"

#define OURS  "6f9b23518627707a5a66bb7099f39b8414dfa063f985a0deed1c73d9879a7dca"
#define OTHER "7db37de380aaed0124e0d5834fcf2dc0e04c3c31ab8e16cff3d280eaf52d0c4c"

static void test_judge(void **state)
{
	static const struct {
		const char *why;
		struct sky_health h;
		const char *pinned;
		uint64_t others_seq;
		enum sky_standing standing;
	} rows[] = {
		{ "in step",
		  { .head_seq = 9, .highest_seq = 9, .open_connections = 1, .genesis = OURS },
		  OURS,
		  9,
		  SKY_GOOD },
		{ "nothing pinned yet",
		  { .head_seq = 9, .highest_seq = 9, .open_connections = 1, .genesis = OURS },
		  "",
		  0,
		  SKY_GOOD },
		{ "above what the others have",
		  { .head_seq = 9, .highest_seq = 9, .open_connections = 1, .genesis = OURS },
		  OURS,
		  8,
		  SKY_GOOD },
		{ "a new chain of one block",
		  { .head_seq = 0, .highest_seq = 0, .open_connections = 1, .genesis = OURS },
		  OURS,
		  0,
		  SKY_GOOD },
		{ "its peers have more",
		  { .head_seq = 8, .highest_seq = 9, .open_connections = 1, .genesis = OURS },
		  OURS,
		  0,
		  SKY_BEHIND },
		{ "another node of ours has more",
		  { .head_seq = 8, .highest_seq = 8, .open_connections = 1, .genesis = OURS },
		  OURS,
		  9,
		  SKY_BEHIND },
		{ "no peers",
		  { .head_seq = 9, .highest_seq = 9, .open_connections = 0, .genesis = OURS },
		  OURS,
		  9,
		  SKY_NO_PEERS },
		{ "no peers and behind: the worse counts",
		  { .head_seq = 8, .highest_seq = 8, .open_connections = 0, .genesis = OURS },
		  OURS,
		  9,
		  SKY_BEHIND },
		{ "another genesis",
		  { .head_seq = 9, .highest_seq = 9, .open_connections = 1, .genesis = OTHER },
		  OURS,
		  9,
		  SKY_OTHER_CHAIN },
		{ "another genesis, and behind",
		  { .head_seq = 8, .highest_seq = 9, .open_connections = 0, .genesis = OTHER },
		  OURS,
		  9,
		  SKY_OTHER_CHAIN },
		{ "another coin",
		  { .head_seq = 9,
		    .highest_seq = 9,
		    .open_connections = 1,
		    .genesis = OURS,
		    .coin = "solarbankers" },
		  OURS,
		  9,
		  SKY_OTHER_CHAIN },
		{ "our coin",
		  { .head_seq = 9,
		    .highest_seq = 9,
		    .open_connections = 1,
		    .genesis = OURS,
		    .coin = "skycoin" },
		  OURS,
		  9,
		  SKY_GOOD },
		{ "it does not tell its first block",
		  { .head_seq = 9, .highest_seq = 9, .open_connections = 1 },
		  OURS,
		  9,
		  SKY_UNPROVEN },
		{ "nor that of its peers",
		  { .head_seq = 9, .open_connections = 1, .genesis = OURS },
		  OURS,
		  9,
		  SKY_UNPROVEN },
		{ "nor how many they are",
		  { .head_seq = 9, .highest_seq = 9, .open_connections = -1, .genesis = OURS },
		  OURS,
		  9,
		  SKY_UNPROVEN },
		{ "webrpc: nothing but its blocks",
		  { .head_seq = 9, .open_connections = -1, .genesis = OURS },
		  OURS,
		  9,
		  SKY_UNPROVEN },
		{ "webrpc, and behind our other node",
		  { .head_seq = 8, .open_connections = -1, .genesis = OURS },
		  OURS,
		  9,
		  SKY_BEHIND },
		{ "webrpc, on another chain",
		  { .head_seq = 9, .open_connections = -1, .genesis = OTHER },
		  OURS,
		  9,
		  SKY_OTHER_CHAIN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].why);
		assert_int_equal(sky_standing_judge(&rows[i].h, rows[i].pinned, rows[i].others_seq),
				 rows[i].standing);
	}
}

/* Every standing but the good one has words for the operator. */
static void test_texts(void **state)
{
	(void)state;
	assert_string_equal(sky_standing_text(SKY_GOOD), "");
	for (enum sky_standing s = SKY_NO_PEERS; s <= SKY_UNPROVEN; s++)
		assert_true(strlen(sky_standing_text(s)) > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_judge),
		cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

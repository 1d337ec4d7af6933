/* What customers are told of confirmations while they wait. */
#include "apid/confirmations.h"

#include "test/support/test.h"

static const struct {
	const char *why;
	int64_t required; /* configured */
	enum sighting_state state;
	bool coinbase;
	int64_t height, scanned;
	int64_t have, of;
} rows[] = {
	{ "its own block is the first", 6, SIGHTING_SEEN, false, 100, 100, 1, 6 },
	{ "one more with each block", 6, SIGHTING_SEEN, false, 100, 104, 5, 6 },
	{ "confirmed, and no deposit yet", 6, SIGHTING_CONFIRMED, false, 100, 105, 6, 6 },
	{ "it counts when its state says so", 6, SIGHTING_SEEN, false, 100, 300, 5, 6 },
	{ "not more than all", 6, SIGHTING_CONFIRMED, false, 100, 300, 6, 6 },
	{ "raised after it was confirmed", 12, SIGHTING_CONFIRMED, false, 100, 103, 12, 12 },
	{ "none required is one", 0, SIGHTING_CONFIRMED, false, 100, 100, 1, 1 },
	{ "a block that a rescan found, one required", 1, SIGHTING_SEEN, false, 100, 300, 0, 1 },
	{ "the scan was taken back below it", 6, SIGHTING_SEEN, false, 100, 90, 0, 6 },
	{ "nothing scanned: the dummy chain", 1, SIGHTING_CONFIRMED, false, 7, -1, 1, 1 },
	{ "a coinbase output must be mature", 6, SIGHTING_SEEN, true, 100, 139, 40, 100 },
	{ "more than mature", 120, SIGHTING_SEEN, true, 100, 139, 40, 120 },
	{ "final: as /api/config says it", CONF_FINALIZED, SIGHTING_SEEN, false, 100, 139, 40, 96 },
	{ "final is late", CONF_FINALIZED, SIGHTING_SEEN, false, 100, 400, 95, 96 },
	{ "final", CONF_FINALIZED, SIGHTING_CONFIRMED, false, 100, 164, 96, 96 },
};

static void test_what_customers_are_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct conf_coin c = { .confirmations_required = rows[i].required };
		const struct sighting g = { .state = rows[i].state,
					    .coinbase = rows[i].coinbase,
					    .height = rows[i].height };
		struct confirmations is = confirmations_of(&c, &g, rows[i].scanned);

		if (is.have != rows[i].have || is.required != rows[i].of)
			fail_msg("%s: %lld of %lld", rows[i].why, (long long)is.have,
				 (long long)is.required);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_customers_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

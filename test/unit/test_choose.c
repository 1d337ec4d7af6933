/* Outputs that must be spent go first, whatever the amount; and a payment has hours whatever they
 * are.  (The order of the others is proven against the official client in test/vectors.) */
#include "test/support/test.h"

#include <string.h>

#include "senderd/choose.h"

/* An output is named by a letter: its id. */
struct output {
	char name;
	uint64_t coins, hours;
};

static const struct output wallet[] = {
	{ 'a', 100, 50 }, { 'b', 80, 0 }, { 'c', 60, 10 }, { 'd', 1, 0 }, { 'e', 1, 7 },
};

static struct sha256 id_of(char name)
{
	return sha256(&name, 1);
}

static void fill(struct uxout_set *set, const struct output *list, size_t count)
{
	uxout_set_init(set);
	for (size_t i = 0; i < count; i++) {
		struct uxout u = { .id = id_of(list[i].name),
				   .coins = droplets_of(list[i].coins),
				   .hours = hours_of(list[i].hours) };

		assert_true(uxout_set_add(set, &u));
	}
}

static char name_of(const struct uxout *u)
{
	for (const char *c = "abcdefgh"; *c != '\0'; c++) {
		struct sha256 id = id_of(*c);

		if (memcmp(id.b, u->id.b, sizeof(id.b)) == 0)
			return *c;
	}
	return '?';
}

static size_t list_of(const char *names, struct sha256 ids[8])
{
	size_t n = 0;

	for (; names[n] != '\0'; n++)
		ids[n] = id_of(names[n]);
	return n;
}

static const struct {
	const char *why, *first;
	uint64_t want;
	size_t max_inputs;
	int rc;
	const char *inputs;
} rows[] = {
	{ "nothing listed: the official order", "", 150, 9, 0, "ab" },
	{ "listed with hours: no other is needed for them", "c", 50, 9, 0, "c" },
	{ "listed with hours, not enough: then those without", "c", 61, 9, 0, "cb" },
	{ "listed is spent though another alone would do", "e", 90, 9, 0, "ebda" },
	{ "listed without hours: one with hours comes along", "d", 1, 9, 0, "da" },
	{ "the same for a larger amount", "d", 101, 9, 0, "da" },
	{ "two listed, both spent for a trifle", "ed", 1, 9, 0, "de" },
	{ "by coins, not in the order of the list", "ec", 1, 9, 0, "ce" },
	{ "few inputs allowed: the largest, but the listed first", "e", 90, 2, 0, "ea" },
	{ "all listed", "abcde", 1, 9, 0, "abcde" },
	{ "more listed than inputs fit", "abc", 1, 2, ERR_BUSY, "" },
	{ "what is listed counts against the limit", "d", 1, 1, ERR_BUSY, "" },
};

static void check_inputs(const char *why, const struct uxout *const *spent, size_t count,
			 const char *want)
{
	char got[16] = "";

	assert_true(count < sizeof(got));
	for (size_t i = 0; i < count; i++)
		got[i] = name_of(spent[i]);
	if (strcmp(got, want) != 0)
		fail_msg("%s: '%s', not '%s'", why, got, want);
}

static void test_listed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct uxout *const *spent = NULL;
		struct sha256 ids[8];
		struct choice_first first = { ids, list_of(rows[i].first, ids) };
		struct uxout_set set;
		struct choice c;
		struct err err;
		size_t count = 0;
		int rc;

		fill(&set, wallet, sizeof(wallet) / sizeof(wallet[0]));
		assert_int_equal(choice_init(&c, &set, &first, 10, &err), 0);
		rc = choose(&c, droplets_of(rows[i].want), rows[i].max_inputs, &spent, &count,
			    &err);
		if (rc != rows[i].rc)
			fail_msg("%s: %d", rows[i].why, rc);
		if (rc == 0)
			check_inputs(rows[i].why, spent, count, rows[i].inputs);
		choice_release(&c);
		uxout_set_release(&set);
	}
}

static void test_listed_but_not_there(void **state)
{
	struct sha256 id = id_of('z');
	struct choice_first first = { &id, 1 };
	struct uxout_set set;
	struct choice c;
	struct err err;

	(void)state;
	fill(&set, wallet, 3);
	assert_int_equal(choice_init(&c, &set, &first, 10, &err), ERR_BUSY);
	uxout_set_release(&set);
}

/* No fee is asked for, nothing has hours, all is listed: there is no further one to look at. */
static void test_no_fee_no_hours(void **state)
{
	static const struct output poor[] = { { 'b', 80, 0 }, { 'd', 1, 0 } };
	const struct uxout *const *spent;
	struct sha256 ids[8];
	struct choice_first first = { ids, list_of("bd", ids) };
	struct uxout_set set;
	struct choice c;
	struct err err;
	size_t count;

	(void)state;
	fill(&set, poor, 2);
	assert_int_equal(choice_init(&c, &set, &first, 0, &err), 0);
	assert_int_equal(choose(&c, droplets_of(1), 9, &spent, &count, &err), 0);
	check_inputs("no fee", spent, count, "bd");
	choice_release(&c);
	uxout_set_release(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_listed),
		cmocka_unit_test(test_listed_but_not_there),
		cmocka_unit_test(test_no_fee_no_hours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

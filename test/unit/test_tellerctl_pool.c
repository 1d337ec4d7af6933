/* Adding to a pool file: the text around stays, the file is replaced whole. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tellerctl/pool_edit.h"
#include "test/support/test.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define A	 "16Dw3XB1cqcUip5ygg7YU6GJqWwpU4fBgS"
#define B	 "1Aenwhgtc1sUJf1gW6UQhVRkLDWXFiXjFx"
#define C	 "1PnVC4BmhNTrCnsDYHfPURZQf8KbCKzFQY"

/* What is wanted in each row: B and C. */
static void wanted_bc(struct pool_file *ret)
{
	struct buf mistakes = BUF_INIT(1000);
	static const char text[] = B "\n" C "\n";
	struct err err;

	assert_int_equal(pool_file_parse(COIN_BTC, BTC_MAIN, "wanted", text, strlen(text), false,
					 ret, &mistakes, &err),
			 0);
}

static void test_add(void **state)
{
	// clang-format off
	static const struct { const char *why; bool json; const char *before, *after; size_t added; } rows[] = {
		{ "no file yet",         false, "", B "\n" C "\n", 2 },
		{ "behind what is there", false, A "\n", A "\n" B "\n" C "\n", 2 },
		{ "last line without end", false, A, A "\n" B "\n" C "\n", 2 },
		{ "comments stay",       false, "# mine\n\n" A " # first\n",
		  "# mine\n\n" A " # first\n" B "\n" C "\n", 2 },
		{ "one is there",        false, C "\n" A "\n", C "\n" A "\n" B "\n", 1 },
		{ "both are there",      false, C "\n" B "\n", C "\n" B "\n", 0 },
		{ "no JSON file yet",    true, "",
		  "{\"btc_addresses\": [\n    \"" B "\",\n    \"" C "\"\n]}\n", 2 },
		{ "empty list",          true, "{\"btc_addresses\":[]}",
		  "{\"btc_addresses\":[\n    \"" B "\",\n    \"" C "\"\n]}", 2 },
		{ "list with one",       true, "{\n    \"btc_addresses\": [\n    \"" A "\"\n    ]\n}\n",
		  "{\n    \"btc_addresses\": [\n    \"" A "\",\n    \"" B "\",\n    \"" C
		  "\"\n    ]\n}\n", 2 },
		{ "other members stay",  true,
		  "{\"btc_addresses\": [\"" A "\"], \"eth_addresses\": [\"x\"]}",
		  "{\"btc_addresses\": [\"" A "\",\n    \"" B "\",\n    \"" C
		  "\"\n], \"eth_addresses\": [\"x\"]}", 2 },
		{ "the list alone",      true, "[\"" B "\"]", "[\"" B "\",\n    \"" C "\"\n]", 1 },
	};
	// clang-format on
	struct pool_file wanted;

	(void)state;
	wanted_bc(&wanted);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out = BUF_INIT(10000), mistakes = BUF_INIT(10000);
		struct pool_edit e = { COIN_BTC, BTC_MAIN, "pool", rows[i].json, &mistakes };
		struct err err = { .text = "" };
		size_t added = 77;

		if (pool_edit_add(&e, rows[i].before, strlen(rows[i].before), &wanted, &out, &added,
				  &err) < 0)
			fail_msg("%s: %s", rows[i].why, err.text);
		if (added != rows[i].added)
			fail_msg("%s: added %zu", rows[i].why, added);
		if (added > 0 && strcmp(buf_text(&out), rows[i].after) != 0)
			fail_msg("%s: got <%s>, want <%s>", rows[i].why, buf_text(&out),
				 rows[i].after);
		buf_release(&out);
		buf_release(&mistakes);
	}
	pool_file_release(&wanted);
}

static void test_refused(void **state)
{
	// clang-format off
	static const struct { const char *why; bool json; const char *before, *error; } rows[] = {
		{ "a mistake in the file", false, A "\n1nonsense0\n",
		  "'pool' has 1 mistake, the first: pool:2: '1nonsense0': Invalid base58 character" },
		{ "an address twice",      false, A "\n" A "\n",
		  "'pool' has 1 mistake, the first: pool:2: '" A "': is there twice, first in line 1" },
		{ "the key's name is a text before it", true,
		  "{\"note\": \"btc_addresses\", \"list\": [], \"btc_addresses\": [\"" A "\"]}",
		  "'pool' has a form that this program cannot add to: edit it by hand" },
		{ "no list in it",         true, "{}",
		  "'pool' has no list \"btc_addresses\" of deposit addresses" },
	};
	// clang-format on
	struct pool_file wanted;

	(void)state;
	wanted_bc(&wanted);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out = BUF_INIT(10000), mistakes = BUF_INIT(10000);
		struct pool_edit e = { COIN_BTC, BTC_MAIN, "pool", rows[i].json, &mistakes };
		struct err err = { .text = "" };
		size_t added = 77;

		if (pool_edit_add(&e, rows[i].before, strlen(rows[i].before), &wanted, &out, &added,
				  &err) != ERR_INVALID ||
		    added != 77 || strcmp(err.text, rows[i].error) != 0)
			fail_msg("%s: got '%s'", rows[i].why, err.text);
		buf_release(&out);
		buf_release(&mistakes);
	}
	pool_file_release(&wanted);
}

static void check_file(const char *path, const char *want)
{
	char *text = test_read_file(path, NULL);

	assert_string_equal(text, want);
	free(text);
}

static void test_replace(void **state)
{
	char *dir = test_make_dir();
	char path[600], link[600], tmp[700];
	struct stat st;
	struct err err;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/pool.txt", dir);
	(void)snprintf(link, sizeof(link), "%s/link.txt", dir);
	(void)snprintf(tmp, sizeof(tmp), "%s.tmp", path);

	assert_int_equal(pool_edit_replace(path, "one\n", 4, &err), 0); /* a new file */
	check_file(path, "one\n");
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(symlink("pool.txt", link), 0);
	assert_int_equal(pool_edit_replace(link, "two\n", 4, &err), 0);
	check_file(path, "two\n"); /* the file behind the link */
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(access(tmp, F_OK), -1);
	test_remove_dir(dir);
}

static void test_second_tool_waits(void **state)
{
	char *dir = test_make_dir();
	char path[600], tmp[700];
	struct err err;
	FILE *f;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/pool.txt", dir);
	(void)snprintf(tmp, sizeof(tmp), "%s.tmp", path);
	f = fopen(tmp, "w");
	assert_non_null(f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(pool_edit_replace(path, "one\n", 4, &err), ERR_EXISTS);
	assert_non_null(strstr(err.text, tmp));
	assert_int_equal(access(tmp, F_OK), 0); /* another's: left alone */
	assert_int_equal(access(path, F_OK), -1);
	test_remove_dir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_replace),
		cmocka_unit_test(test_second_tool_waits),
	};

	return cmocka_run_group_tests_name("tellerctl pool", tests, NULL, NULL);
}

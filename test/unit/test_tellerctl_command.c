/* The table of commands and what a command line is matched with. */
#include <string.h>

#include "common/base/text.h"
#include "tellerctl/command.h"
#include "test/support/test.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define OUT_MAX	 65536

/* Split at spaces, in place; returns the number of words. */
static int split(char *line, char *argv[8])
{
	int argc = 0;

	for (char *word; (word = strsep(&line, " ")) != NULL;)
		if (*word != '\0')
			argv[argc++] = word;
	return argc;
}

static void test_find(void **state)
{
	// clang-format off
	static const struct { const char *why, *line, *name; int words; } rows[] = {
		{ "one word",                 "status",               "status",       1 },
		{ "one word and arguments",   "newbtcaddress a 2",    "newbtcaddress", 1 },
		{ "two words",                "config check",         "config check", 2 },
		{ "two words and more",       "doc protocol x",       "doc protocol", 2 },
		{ "half of two words",        "config",               NULL, 0 },
		{ "a wrong second word",      "config chec",          NULL, 0 },
		{ "the beginning of a word",  "stat",                 NULL, 0 },
		{ "nothing",                  "",                     NULL, 0 },
	};
	// clang-format on

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char line[64], *argv[8];
		struct err err;
		int words = 0;
		const struct ctl_command *c;

		assert_true(text_copy(line, sizeof(line), rows[i].line));
		c = ctl_find(split(line, argv), argv, &words, &err);
		if ((c != NULL) != (rows[i].name != NULL) || words != rows[i].words)
			fail_msg("%s: %d words", rows[i].why, words);
		if (c != NULL)
			assert_string_equal(c->name, rows[i].name);
	}
}

static void test_refused_before_it_runs(void **state)
{
	// clang-format off
	static const struct { const char *line; bool json; const char *file, *error; } rows[] = {
		{ "status now", false, NULL, "usage: tellerctl status [--json]" },
		{ "newbtcaddress a", false, NULL, "usage: tellerctl newbtcaddress [--json] SEED NUM" },
		{ "newkeys", true, NULL, "'newkeys' has no option --json" },
		{ "status", false, "f", "'status' has no option --file" },
		{ "sell everything", false, NULL,
		  "no such command: 'sell everything'; try 'tellerctl help'" },
		{ "", false, NULL, "no command given; try 'tellerctl help'" },
		{ "addbtcaddress", false, NULL, "usage: tellerctl addbtcaddress ADDRESS... | --file FILE" },
	};
	// clang-format on

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ctl ctl = { .json = rows[i].json,
				   .file = rows[i].file,
				   .out = BUF_INIT(OUT_MAX),
				   .notes = BUF_INIT(OUT_MAX) };
		char line[64], *argv[8];
		struct err err = { .text = "" };

		assert_true(text_copy(line, sizeof(line), rows[i].line));
		assert_int_equal(ctl_run(&ctl, split(line, argv), argv, &err), ERR_INVALID);
		assert_string_equal(err.text, rows[i].error);
		assert_int_equal(ctl.out.len, 0);
	}
}

static void test_help_has_every_command(void **state)
{
	struct buf out = BUF_INIT(OUT_MAX);

	(void)state;
	ctl_print_help(&out);
	for (const struct ctl_command *c = ctl_commands; c->name != NULL; c++) {
		assert_non_null(strstr(buf_text(&out), c->name));
		assert_non_null(strstr(buf_text(&out), c->args));
	}
	for (const char *line = buf_text(&out); *line != '\0';) {
		size_t n = strcspn(line, "\n");

		assert_true(n <= 96);
		line += n + (line[n] == '\n');
	}
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_refused_before_it_runs),
		cmocka_unit_test(test_help_has_every_command),
	};

	return cmocka_run_group_tests_name("tellerctl command", tests, NULL, NULL);
}

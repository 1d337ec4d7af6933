#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/log.h"
#include "test/support/test.h"

static char *dir;
static char path[600];

static int open_log(void **state)
{
	struct err err;

	(void)state;
	dir = test_make_dir();
	(void)snprintf(path, sizeof(path), "%s/log", dir);
	return log_open(path, "testd", false, &err);
}

static int close_log(void **state)
{
	(void)state;
	log_close();
	test_remove_dir(dir);
	return 0;
}

/* The file's lines without their time stamps must be `want`. */
static void check_lines(const char *want)
{
	char *text = test_read_file(path, NULL), *rest = text, *line;
	struct buf got = BUF_INIT(8192);

	while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') {
		assert_int_equal(line[strlen("2026-11-23T02:50:21.123")], 'Z');
		(void)buf_printf(&got, "%s\n", line + strlen("2026-11-23T02:50:21.123Z "));
	}
	assert_string_equal(buf_text(&got), want);
	buf_release(&got);
	free(text);
}

static void test_levels(void **state)
{
	(void)state;
	log_info("deposit_recorded", "deposit_id=%d", 7);
	log_warn("odd", "a=1");
	log_error("gave_up", "a=2");
	log_watch("wallet_low", "have_droplets=1");
	log_debug("detail", "hidden=yes");
	check_lines("info testd deposit_recorded deposit_id=7\n"
		    "warn testd odd a=1\n"
		    "error testd gave_up a=2\n"
		    "warn testd wallet_low have_droplets=1 notice=WATCH\n");
}

static void test_strangers_text_stays_on_its_line(void **state)
{
	(void)state;
	log_info("bind", "address=%s", "x\nerror testd forged\x7f");
	check_lines("info testd bind address=x\\x0aerror testd forged\\x7f\n");
}

static void test_reopen_after_rotation(void **state)
{
	char old[700];
	struct err err;

	(void)state;
	log_info("before", "n=1");
	(void)snprintf(old, sizeof(old), "%s.1", path);
	assert_int_equal(rename(path, old), 0);
	assert_int_equal(log_reopen(&err), 0);
	log_info("after", "n=2");
	check_lines("info testd after n=2\n");
}

static void test_long_line_keeps_its_notice(void **state)
{
	static const char tail[] = " notice=WATCH\n";
	char value[6000];
	char *text;
	size_t len;

	(void)state;
	memset(value, 'x', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	log_watch("long", "value=%s", value);
	text = test_read_file(path, &len);
	assert_string_equal(text + len - strlen(tail), tail);
	assert_ptr_equal(strchr(text, '\n'), text + len - 1);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_levels, open_log, close_log),
		cmocka_unit_test_setup_teardown(test_strangers_text_stays_on_its_line, open_log,
						close_log),
		cmocka_unit_test_setup_teardown(test_reopen_after_rotation, open_log, close_log),
		cmocka_unit_test_setup_teardown(test_long_line_keeps_its_notice, open_log,
						close_log),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}

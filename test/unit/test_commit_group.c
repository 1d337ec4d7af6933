/* Group commit over a store that records what is done to it: what is begun is committed once a
 * turn, and nobody is told before. */
#include <stdio.h>
#include <string.h>

#include "common/daemon/commit_group.h"
#include "test/support/test.h"

/* The store's part, in place of the real one. */
static char trace[4096];
static int begin_rc, commit_rc;

static void trace_add(const char *what)
{
	size_t len = strlen(trace);

	(void)snprintf(trace + len, sizeof(trace) - len, "%s ", what);
}

int store_begin(struct store *s, struct err *err)
{
	(void)s;
	trace_add(begin_rc < 0 ? "begin!" : "begin");
	return begin_rc < 0 ? err_set(err, (enum err_code)begin_rc, "database is locked") : 0;
}

int store_commit(struct store *s, struct err *err)
{
	(void)s;
	trace_add(commit_rc < 0 ? "commit!" : "commit");
	return commit_rc < 0 ? err_set(err, (enum err_code)commit_rc, "disk is full") : 0;
}

struct fixture {
	struct loop *loop;
	struct commit_group *group;
};

static int setup(void **state)
{
	static struct fixture f;

	trace[0] = '\0';
	begin_rc = commit_rc = 0;
	f.loop = loop_new_scripted(1500000000);
	f.group = commit_group_new(f.loop, NULL);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	commit_group_free(f->group);
	loop_free(f->loop);
	return 0;
}

static void told(void *arg, const struct err *err)
{
	trace_add(err == NULL ? arg : err->text);
}

static void work(struct fixture *f, const char *name)
{
	struct err err;

	if (commit_group_join(f->group, &err) < 0) {
		trace_add(err.text);
		return;
	}
	trace_add("work");
	commit_group_after(f->group, told, (void *)name);
}

static void test_a_turn_is_one_transaction(void **state)
{
	struct fixture *f = *state;

	work(f, "a");
	work(f, "b");
	work(f, "c");
	assert_string_equal(trace, "begin work work work ");
	loop_scripted_turn(f->loop);
	assert_string_equal(trace, "begin work work work commit a b c ");
	loop_scripted_turn(f->loop);
	work(f, "d");
	loop_scripted_turn(f->loop);
	assert_string_equal(trace, "begin work work work commit a b c begin work commit d ");
}

static void test_failed_commit_is_told_to_all(void **state)
{
	struct fixture *f = *state;

	commit_rc = ERR_IO;
	work(f, "a");
	work(f, "b");
	loop_scripted_turn(f->loop);
	assert_string_equal(trace, "begin work work commit! disk is full disk is full ");
	commit_rc = 0;
	trace[0] = '\0';
	work(f, "c");
	loop_scripted_turn(f->loop);
	assert_string_equal(trace, "begin work commit c ");
}

/* The lock was waited for once; the turn's other requests are told the same at once. */
static void test_failed_begin_is_tried_once_a_turn(void **state)
{
	struct fixture *f = *state;

	begin_rc = ERR_BUSY;
	work(f, "a");
	work(f, "b");
	assert_string_equal(trace, "begin! database is locked database is locked ");
	assert_int_equal(commit_group_join(f->group, NULL), ERR_BUSY);
	loop_scripted_turn(f->loop);
	begin_rc = 0;
	trace[0] = '\0';
	work(f, "c");
	loop_scripted_turn(f->loop);
	assert_string_equal(trace, "begin work commit c ");
}

static struct fixture *again;

static void told_and_works_again(void *arg, const struct err *err)
{
	told(arg, err);
	work(again, "second");
}

static void test_the_told_may_begin_the_next_group(void **state)
{
	struct fixture *f = *state;

	again = f;
	assert_int_equal(commit_group_join(f->group, NULL), 0);
	commit_group_after(f->group, told_and_works_again, (void *)"first");
	commit_group_after(f->group, told, (void *)"other");
	loop_scripted_turn(f->loop);
	assert_string_equal(trace, "begin commit first begin work other commit second ");
}

static void test_flush_commits_now(void **state)
{
	struct fixture *f = *state;

	work(f, "a");
	commit_group_flush(f->group);
	assert_string_equal(trace, "begin work commit a ");
	commit_group_flush(f->group);
	loop_scripted_turn(f->loop);
	assert_string_equal(trace, "begin work commit a "); /* nothing was left to do */
}

static void test_after_without_a_transaction(void **state)
{
	struct fixture *f = *state;

	commit_group_after(f->group, told, (void *)"a");
	assert_string_equal(trace, "");
	loop_scripted_turn(f->loop);
	assert_string_equal(trace, "a ");
}

static void test_free_commits_what_is_open(void **state)
{
	struct fixture *f = *state;

	work(f, "a");
	commit_group_free(f->group);
	f->group = NULL;
	assert_string_equal(trace, "begin work commit a ");
	loop_scripted_turn(f->loop);
}

static void count_up(void *arg, const struct err *err)
{
	unsigned *count = arg;

	assert_null(err);
	(*count)++;
}

static void test_many(void **state)
{
	struct fixture *f = *state;
	unsigned count = 0;

	assert_int_equal(commit_group_join(f->group, NULL), 0);
	for (int i = 0; i < 1000; i++)
		commit_group_after(f->group, count_up, &count);
	loop_scripted_turn(f->loop);
	assert_int_equal(count, 1000);
	assert_string_equal(trace, "begin commit ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(test_a_turn_is_one_transaction),
		T(test_failed_commit_is_told_to_all),
		T(test_failed_begin_is_tried_once_a_turn),
		T(test_the_told_may_begin_the_next_group),
		T(test_flush_commits_now),
		T(test_after_without_a_transaction),
		T(test_free_commits_what_is_open),
		T(test_many),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

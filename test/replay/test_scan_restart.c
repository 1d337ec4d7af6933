/* scannerd is killed, at every step of its store and at many moments between, while blocks come, go
 * and come back; started again on the same database it ends with the same sightings, and the
 * same has been told of them.
 *
 * A run is a child process, so that what it held is as lost as after kill -9.  What it has reached
 * is in memory that it shares with the test. */
#include "test/support/test.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/fault.h"
#include "common/base/log.h"
#include "test/support/scan_follower.h"
#include "test/support/scan_world.h"

#define MOMENTS_MAX 4096
#define OTHERS	    11 /* of the moments that are no step of the store, each so-manieth is tried */

struct shared {
	unsigned step;	  /* the last one begun */
	unsigned moments; /* passed in this run */
	bool store_step[MOMENTS_MAX];
	char result[8192];
};

static struct shared *shared;
static unsigned die_at; /* moment; 0: live */

static void moment(bool store_step)
{
	if (shared == NULL)
		return;
	assert_true(shared->moments < MOMENTS_MAX - 1);
	shared->store_step[++shared->moments] = store_step;
	if (shared->moments == die_at)
		(void)raise(SIGKILL);
}

static void on_moment(void *arg, enum script_kind kind, int64_t height)
{
	(void)arg, (void)kind, (void)height;
	moment(false);
}

#ifdef TELLER_FAULT
/* In the place of the one that reads the environment. */
void fault_pass(const char *name)
{
	(void)name;
	moment(true);
}
#endif

/* --- what happens to the chain ------------------------------------------------------------------
 */

static void mine_paying(struct scripted_chain *c, const char *txid)
{
	script_mine(c);
	script_pay(c, txid, 0, "ours", 5);
}

static void some_blocks(struct scripted_chain *c)
{
	mine_paying(c, "a");
	mine_paying(c, "b");
	script_mine(c);
}

static void many_blocks(struct scripted_chain *c)
{
	script_mine_many(c, 18);
	mine_paying(c, "c");
	script_mine_many(c, 18);
	mine_paying(c, "d");
	mine_paying(c, "e");
}

static void shallow(struct scripted_chain *c)
{
	script_drop(c, 2);
	mine_paying(c, "e");
	script_mine_many(c, 2);
}

static void node_behind(struct scripted_chain *c)
{
	c->tip -= 3;
}

static void deep(struct scripted_chain *c)
{
	script_drop(c, 20);
	mine_paying(c, "c");
	script_mine_many(c, 5);
}

static void grows(struct scripted_chain *c)
{
	mine_paying(c, "d");
	script_mine_many(c, 20);
}

static void node_fails(struct scripted_chain *c)
{
	c->fail_times = 3;
	c->fail_with = (struct chain_error){ CHAIN_UNREACHABLE, "refused" };
	mine_paying(c, "f");
}

static void at_the_tip(struct scripted_chain *c)
{
	script_drop(c, 1);
	mine_paying(c, "g");
	script_mine_many(c, 2);
}

static void (*const steps[])(struct scripted_chain *c) = {
	some_blocks, many_blocks, shallow, node_behind, deep, grows, node_fails, at_the_tip,
};
#define STEPS (sizeof(steps) / sizeof(steps[0]))

/* --- a run ------------------------------------------------------------------------------------ */

static int add_line(void *arg, const struct sighting *g, struct err *err)
{
	const struct scan_follower *f = arg;
	const struct sighting *told = scan_followed(f, g->txid, g->n);
	size_t len = strlen(shared->result);

	(void)err;
	(void)snprintf(shared->result + len, sizeof(shared->result) - len,
		       "%s@%" PRId64 " %s, told %s\n", g->txid, g->height,
		       sighting_state_name(g->state),
		       told != NULL ? sighting_state_name(told->state) : "nothing");
	return 0;
}

static void write_result(struct scan_world *w)
{
	struct scan_follower *f = calloc(1, sizeof(*f));
	struct err err;

	assert_non_null(f);
	scan_follow(f, w->store);
	shared->result[0] = '\0';
	assert_int_equal(store_sighting_each_of(w->store, COIN_BTC, "ours", add_line, f, &err), 0);
	free(f);
}

static void watch_moments(struct scripted_chain *c)
{
	c->on_ask = c->before_answer = on_moment;
	c->before_match = c->after_match = on_moment;
}

/* What the chain went through before is there; the scan goes on. */
static void live_on(struct scan_world *w, unsigned from)
{
	for (unsigned i = 0; i < from; i++)
		steps[i](w->chain);
	w->chain->fail_times = 0;
	watch_moments(w->chain);
	scan_start(w);
	for (unsigned i = from; i < STEPS; i++) {
		shared->step = i;
		steps[i](w->chain);
		scan_run(w);
	}
	scan_run(w);
	expect_at_tip(w);
	write_result(w);
	scan_stop(w);
}

/* In a child; true: it lived to the end. */
static bool run(char *dir, unsigned from, unsigned die)
{
	int status = 0;
	pid_t pid;

	shared->moments = 0;
	(void)fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct scan_world *w;

		die_at = die;
		w = scan_world_new(dir);
		live_on(w, from);
		scan_world_free(w);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	assert_true(die > 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	return false;
}

/* Killed once, perhaps a second time soon after the start, then left alone. */
static void expect_the_same(const char *want, unsigned first, unsigned second)
{
	char *dir = test_make_dir();

	assert_false(run(dir, 0, first));
	if (second > 0)
		(void)run(dir, shared->step, second);
	assert_true(run(dir, shared->step, 0));
	if (strcmp(shared->result, want) != 0)
		fail_msg("killed at moment %u and %u:\n%s\ninstead of\n%s", first, second,
			 shared->result, want);
	test_remove_dir(dir);
}

static void test_killed_at_every_step(void **state)
{
	bool store_step[MOMENTS_MAX];
	unsigned moments, killed = 0;
	char *dir = test_make_dir(), *want;

	(void)state;
	assert_true(run(dir, 0, 0));
	test_remove_dir(dir);
	want = strdup(shared->result);
	moments = shared->moments;
	memcpy(store_step, shared->store_step, sizeof(store_step));
	for (unsigned m = 1; m <= moments; m++) {
		if (!store_step[m] && m % OTHERS != 0)
			continue;
		expect_the_same(want, m, m % 3 == 0 ? 1 + m * 5 % 19 : 0);
		killed++;
	}
	print_message("killed %u times, %u moments; each time:\n%s", killed, moments, want);
	free(want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_killed_at_every_step),
	};
	int rc;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED)
		return 1;
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	(void)munmap(shared, sizeof(*shared));
	return rc;
}

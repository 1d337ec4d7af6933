/* The process that runs uacme, with scripts in uacme's place, and apid as uacme's hook. */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "apid/acme_hook.h"
#include "apid/acme_process.h"
#include "test/support/test.h"

#define KEY "test/unit/data/tls/a.key"

static struct {
	char *dir;
	char program[600];
	struct acme_order order;
	int socket;
	pid_t process;
	char said[20000]; /* all lines of the last run, with line ends */
	size_t said_len;
} w;

/* --- the world ------------------------------------------------------------------------------- */

static void put(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	(void)close(fd);
}

static const char *file(const char *name)
{
	static char path[700];

	(void)snprintf(path, sizeof(path), "%s/%s", w.dir, name);
	return path;
}

static void make_folder(const char *name)
{
	assert_int_equal(mkdir(file(name), 0700), 0);
}

static void set_paths(struct acme_paths *p)
{
	(void)snprintf(p->challenges, sizeof(p->challenges), "%s", file("challenges"));
	(void)snprintf(p->state, sizeof(p->state), "%s", file("state"));
	(void)snprintf(p->cert, sizeof(p->cert), "%s", file("state/cert.pem"));
	(void)snprintf(p->key, sizeof(p->key), "%s", file("state/key.pem"));
	(void)snprintf(p->account_key, sizeof(p->account_key), "%s", file("state/account.pem"));
	(void)snprintf(p->account, sizeof(p->account), "%s", file("state/registered"));
	(void)snprintf(p->lock, sizeof(p->lock), "%s", file("state/lock"));
}

static int make_world(void **state)
{
	(void)state;
	memset(&w, 0, sizeof(w));
	w.socket = -1;
	w.dir = test_make_dir();
	(void)snprintf(w.program, sizeof(w.program), "%s/uacme", w.dir);
	make_folder("state");
	make_folder("challenges");
	w.order = (struct acme_order){ .program = w.program,
				       .url = "https://authority.example/dir",
				       .email = "",
				       .host = "shop.example",
				       .days = 30,
				       .limit_ms = 60000 };
	set_paths(&w.order.paths);
	return 0;
}

static void end(void)
{
	if (w.socket < 0)
		return;
	(void)close(w.socket);
	assert_int_equal(waitpid(w.process, NULL, 0), w.process);
	w.socket = -1;
}

static int remove_world(void **state)
{
	(void)state;
	end();
	test_remove_dir(w.dir);
	return 0;
}

/* A script that writes its arguments down and then does this. */
static void program(const char *script)
{
	char text[2000];

	(void)snprintf(text, sizeof(text), "#!/bin/sh\necho \"$@\" >>'%s'\n%s\n", file("calls"),
		       script);
	put(w.program, text, 0700);
}

static void start(void)
{
	struct err err = { .text = "" };

	if (acme_process_start(&w.order, &w.socket, &w.process, &err) < 0)
		fail_msg("%s", err.text);
}

static void begin(void)
{
	if (w.socket < 0)
		start();
	w.said[0] = '\0';
	w.said_len = 0;
	assert_int_equal(send(w.socket, "", 1, MSG_NOSIGNAL), 1);
}

static enum acme_result run(void)
{
	struct acme_said s;

	begin();
	for (;;) {
		assert_int_equal(recv(w.socket, &s, sizeof(s), 0), sizeof(s));
		if (s.end)
			return s.result;
		w.said_len += (size_t)snprintf(w.said + w.said_len, sizeof(w.said) - w.said_len,
					       "%s\n", s.text);
		assert_true(w.said_len < sizeof(w.said));
	}
}

static void check_file(const char *name, const char *want)
{
	char *text = test_read_file(file(name), NULL);

	assert_string_equal(text, want);
	free(text);
}

static void copy_key(const char *to)
{
	char *text = test_read_file(KEY, NULL);

	put(to, text, 0400);
	free(text);
}

/* As after a first success. */
static void be_registered(void)
{
	copy_key(w.order.paths.account_key);
	put(w.order.paths.account, "", 0600);
}

/* --- runs ------------------------------------------------------------------------------------ */

static void test_first_an_account_then_a_certificate(void **state)
{
	char want[16000];

	(void)state;
	w.order.email = "me@shop.example";
	program("case \"$*\" in *' issue '*) ;; *) cp " KEY " \"$3/account.pem\";; esac");
	assert_int_equal(run(), ACME_ISSUED);
	assert_int_equal(run(), ACME_ISSUED);
	char hook[1000] = "";
	ssize_t n = readlink("/proc/self/exe", hook, sizeof(hook) - 1);

	assert_true(n > 0);
	hook[n] = '\0';
	(void)snprintf(want, sizeof(want),
		       "-v -c %1$s -a https://authority.example/dir -t EC -y new me@shop.example\n"
		       "-v -c %1$s -a https://authority.example/dir -h %2$s -t EC -o -d 30 issue "
		       "shop.example\n"
		       "-v -c %1$s -a https://authority.example/dir -h %2$s -t EC -o -d 30 issue "
		       "shop.example\n",
		       w.order.paths.state, hook);
	check_file("calls", want);
}

static void test_exit_statuses(void **state)
{
	static const struct {
		const char *script;
		enum acme_result result;
	} rows[] = {
		{ "exit 0", ACME_ISSUED },     { "exit 1", ACME_CURRENT },
		{ "exit 2", ACME_FAILED },     { "exit 3", ACME_FAILED },
		{ "kill -9 $$", ACME_FAILED }, { "kill -11 $$", ACME_FAILED },
	};

	(void)state;
	be_registered();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		program(rows[i].script);
		if (run() != rows[i].result)
			fail_msg("%s", rows[i].script);
	}
}

/* uacme fails then, but the account is there: killed between the two. */
static void test_an_account_that_exists_already_is_no_failure(void **state)
{
	(void)state;
	copy_key(w.order.paths.account_key);
	program("case \"$*\" in *' issue '*) exit 0;; *) echo 'uacme: Account already exists'; "
		"exit 2;; esac");
	assert_int_equal(run(), ACME_ISSUED);
	assert_int_equal(access(w.order.paths.account, F_OK), 0);
}

static void test_a_program_that_is_not_there(void **state)
{
	(void)state;
	assert_int_equal(run(), ACME_MISSING);
	assert_non_null(strstr(w.said, "No such file"));
	w.order.program = "no-such-program-anywhere";
	end();
	assert_int_equal(run(), ACME_MISSING);
}

static void test_output_of_any_kind_is_passed_on_as_text(void **state)
{
	(void)state;
	be_registered();
	program("printf 'one\\ntwo\\001\\303\\244\\n\\n' >&2; head -c 5000 /dev/zero | tr '\\0' x; "
		"echo; printf end");
	assert_int_equal(run(), ACME_ISSUED);
	assert_memory_equal(w.said, "one\ntwo???\nxxx", 14);
	assert_non_null(strstr(w.said, "x\nend\n"));
	assert_true(strlen(w.said) < 20 + ACME_LINE_MAX);
	program("yes line | head -n 100000");
	assert_int_equal(run(), ACME_ISSUED);
	assert_true(strlen(w.said) < 5000);
}

/* A bit for each; the two that belong to the C library are ignored below any posix_spawn(). */
static uint64_t signals_ignored(void)
{
	const char *at = strstr(w.said, "SigIgn:?");

	assert_non_null(at);
	return strtoull(at + strlen("SigIgn:?"), NULL, 16) & 0x7fffffff;
}

static void test_nothing_of_the_daemon_is_inherited(void **state)
{
	(void)state;
	be_registered();
	assert_int_equal(setenv("TELLER_SECRET", "x", 1), 0);
	(void)signal(SIGPIPE, SIG_IGN);
	program("env | grep -c TELLER_; env | grep '^TELLER_ACME_CHALLENGES='; ls /proc/$$/fd | wc "
		"-l; "
		"grep SigIgn /proc/$$/status; umask");
	assert_int_equal(run(), ACME_ISSUED);
	assert_non_null(strstr(w.said, "1\nTELLER_ACME_CHALLENGES=/"));
	assert_int_equal(signals_ignored(), 0);
	(void)unsetenv("TELLER_SECRET");
}

/* --- what is left behind ---------------------------------------------------------------------- */

static bool lives(pid_t pid)
{
	char path[64], line[256] = "";
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "r");
	if (f == NULL)
		return false;
	if (fgets(line, sizeof(line), f) == NULL)
		line[0] = '\0';
	(void)fclose(f);
	return strstr(line, ") Z ") == NULL;
}

static void short_while(void)
{
	const struct timespec t = { .tv_nsec = 10000000 };

	(void)nanosleep(&t, NULL);
}

/* Of the file that the script wrote. */
static pid_t wait_for_pid(const char *name)
{
	int pid = 0;

	while (pid == 0) {
		FILE *f = fopen(file(name), "r");

		if (f != NULL && fscanf(f, "%d", &pid) != 1)
			pid = 0;
		if (f != NULL)
			(void)fclose(f);
		short_while();
	}
	return pid;
}

static void wait_for_end(pid_t pid)
{
	while (lives(pid))
		short_while();
}

#define HANG "sleep 1000 & echo $! >\"$3/child\"; echo $$ >\"$3/self\"; wait"

static void test_one_that_hangs_is_ended_with_its_children(void **state)
{
	(void)state;
	be_registered();
	w.order.limit_ms = 300;
	program(HANG);
	assert_int_equal(run(), ACME_TOO_LONG);
	wait_for_end(wait_for_pid("state/self"));
	wait_for_end(wait_for_pid("state/child"));
}

static void test_the_end_of_the_daemon_ends_all(void **state)
{
	(void)state;
	be_registered();
	program(HANG);
	begin();
	pid_t self = wait_for_pid("state/self"), child = wait_for_pid("state/child");

	end();
	wait_for_end(self);
	wait_for_end(child);
}

/* kill -9 of the process in between: uacme itself goes, and the next run is not disturbed. */
static void test_a_killed_process_takes_uacme_along(void **state)
{
	(void)state;
	be_registered();
	program("exec sh -c 'echo $$ >\"$3/self\"; exec sleep 1000' x \"$@\"");
	begin();
	pid_t self = wait_for_pid("state/self");

	assert_int_equal(kill(w.process, SIGKILL), 0);
	wait_for_end(self);
	end();
	program("exit 0");
	assert_int_equal(run(), ACME_ISSUED);
}

static void test_half_written_files_are_made_anew(void **state)
{
	const struct acme_paths *p = &w.order.paths;

	(void)state;
	be_registered();
	put(p->key, "-----BEGIN PRIVATE KEY-----\nMIGH", 0400);
	put(file("state/cert.pem.tmp"), "half", 0400);
	put(p->cert, "whole", 0400);
	put(file("challenges/token"), "x", 0600);
	put(file("challenges/.token"), "x", 0600);
	program("exit 0");
	assert_int_equal(run(), ACME_ISSUED);
	assert_int_equal(access(p->key, F_OK), -1);
	assert_int_equal(access(file("state/cert.pem.tmp"), F_OK), -1);
	assert_int_equal(access(file("challenges/token"), F_OK), -1);
	assert_int_equal(access(file("challenges/.token"), F_OK), -1);
	assert_int_equal(access(p->account_key, F_OK), 0);
	check_file("state/cert.pem", "whole");
	copy_key(p->key);
	put(p->account_key, "", 0600); /* an account that is lost is registered again */
	program("case \"$*\" in *' new') touch \"$3/again\";; esac");
	assert_int_equal(run(), ACME_ISSUED);
	assert_int_equal(access(file("state/again"), F_OK), 0);
	assert_int_equal(access(p->key, F_OK), 0);
}

static void test_another_one_at_work_is_left_alone(void **state)
{
	int lock = open(w.order.paths.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	(void)state;
	be_registered();
	program("exit 0");
	assert_int_equal(flock(lock, LOCK_EX), 0);
	assert_int_equal(run(), ACME_FAILED);
	assert_non_null(strstr(w.said, "another uacme"));
	(void)close(lock);
	assert_int_equal(run(), ACME_ISSUED);
}

/* --- the hook --------------------------------------------------------------------------------- */

static bool hook(const char *method, const char *type, const char *token, const char *text)
{
	return acme_hook_run(w.order.paths.challenges, method, type, token, text);
}

static void test_the_hook_puts_and_takes_away(void **state)
{
	struct stat st;

	(void)state;
	assert_true(hook("begin", "http-01", "to-ken_1", "to-ken_1.thumb"));
	check_file("challenges/to-ken_1", "to-ken_1.thumb");
	assert_int_equal(stat(file("challenges/to-ken_1"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(access(file("challenges/.to-ken_1"), F_OK), -1);
	assert_true(hook("done", "http-01", "to-ken_1", "to-ken_1.thumb"));
	assert_int_equal(access(file("challenges/to-ken_1"), F_OK), -1);
	assert_true(hook("begin", "http-01", "again", "x"));
	assert_true(hook("begin", "http-01", "again", "y"));
	check_file("challenges/again", "y");
	assert_true(hook("failed", "http-01", "again", ""));
}

static void test_the_hook_declines(void **state)
{
	static const char *const tokens[] = {
		"", ".", "..", "../x", "a/b", "a b", "$(id)", "a\nb"
	};
	char text[5000];

	(void)state;
	assert_false(hook("begin", "dns-01", "token", "x"));
	assert_false(hook("begin", "tls-alpn-01", "token", "x"));
	assert_false(hook("other", "http-01", "token", "x"));
	assert_false(hook("done", "http-01", "token", "x"));
	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++)
		assert_false(hook("begin", "http-01", tokens[i], "x"));
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_false(hook("begin", "http-01", text, "x"));
	assert_false(hook("begin", "http-01", "token", text));
	assert_false(acme_hook_run(file("no-folder"), "begin", "http-01", "token", "x"));
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, make_world, remove_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_first_an_account_then_a_certificate),
		TEST(test_exit_statuses),
		TEST(test_an_account_that_exists_already_is_no_failure),
		TEST(test_a_program_that_is_not_there),
		TEST(test_output_of_any_kind_is_passed_on_as_text),
		TEST(test_nothing_of_the_daemon_is_inherited),
		TEST(test_one_that_hangs_is_ended_with_its_children),
		TEST(test_the_end_of_the_daemon_ends_all),
		TEST(test_a_killed_process_takes_uacme_along),
		TEST(test_half_written_files_are_made_anew),
		TEST(test_another_one_at_work_is_left_alone),
		TEST(test_the_hook_puts_and_takes_away),
		TEST(test_the_hook_declines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The process that opens the log and removes the pid file for a daemon in its sandbox. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/daemon/errands.h"
#include "test/support/test.h"

static char *dir;
static char log_path[600], pidfile[600], other[600], cert[600];

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	(void)fputs(text, f);
	(void)fclose(f);
}

static int make_world(void **state)
{
	(void)state;
	dir = test_make_dir();
	(void)snprintf(log_path, sizeof(log_path), "%s/teller.log", dir);
	(void)snprintf(pidfile, sizeof(pidfile), "%s/teller.pid", dir);
	(void)snprintf(other, sizeof(other), "%s/hot.wlt", dir);
	(void)snprintf(cert, sizeof(cert), "%s/live/cert.pem", dir);
	write_file(log_path, "old\n");
	write_file(pidfile, "1\n");
	write_file(other, "secret");
	return 0;
}

static int remove_world(void **state)
{
	(void)state;
	test_remove_dir(dir);
	return 0;
}

static void check_content(const char *path, const char *want)
{
	char *text = test_read_file(path, NULL);

	assert_string_equal(text, want);
	free(text);
}

static struct errands *start(const char *log)
{
	const struct errands_paths paths = {
		.log = log, .pidfile = pidfile, .file = { cert }, .files = 1
	};
	struct errands *e = NULL;
	struct err err = { .text = "" };

	if (errands_start(&paths, SANDBOX_AUTO, &e, &err) < 0)
		fail_msg("%s", err.text);
	return e;
}

static int open_log(struct errands *e)
{
	struct err err = { .text = "" };
	int fd = -1;

	if (errands_open_log(e, &fd, &err) < 0)
		fail_msg("%s", err.text);
	return fd;
}

static void test_the_log_is_appended_to_and_made(void **state)
{
	struct errands *e = start(log_path);
	char rotated[700];
	struct stat st;
	int fd = open_log(e);

	(void)state;
	assert_int_equal(write(fd, "new\n", 4), 4);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	check_content(log_path, "old\nnew\n");
	(void)snprintf(rotated, sizeof(rotated), "%s.1", log_path);
	assert_int_equal(rename(log_path, rotated), 0);
	(void)close(fd);
	fd = open_log(e);
	assert_int_equal(write(fd, "fresh\n", 6), 6);
	check_content(log_path, "fresh\n");
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 0077, 0040 & ~umask(0));
	(void)close(fd);
	errands_end(e);
}

static void test_a_log_behind_a_link(void **state)
{
	char elsewhere[700], real[800], link[700];
	struct errands *e;
	int fd;

	(void)state;
	(void)snprintf(elsewhere, sizeof(elsewhere), "%s/logs", dir);
	(void)snprintf(real, sizeof(real), "%s/real.log", elsewhere);
	(void)snprintf(link, sizeof(link), "%s/link.log", dir);
	assert_int_equal(mkdir(elsewhere, 0700), 0);
	write_file(real, "");
	assert_int_equal(symlink(real, link), 0);
	e = start(link);
	fd = open_log(e);
	assert_int_equal(write(fd, "x", 1), 1);
	check_content(real, "x");
	(void)close(fd);
	errands_end(e);
}

/* The text of what went wrong, for the caller to free. */
static char *refusal(int (*errand)(struct errands *, struct err *), struct errands *e)
{
	struct err err = { .text = "" };

	assert_true(errand(e, &err) < 0);
	return strdup(err.text);
}

static int open_and_close(struct errands *e, struct err *err)
{
	int fd;
	int rc = errands_open_log(e, &fd, err);

	if (rc == 0)
		(void)close(fd);
	return rc;
}

static void test_what_cannot_be_done_is_said(void **state)
{
	char lost[700];
	struct errands *e;
	char *why;

	(void)state;
	(void)snprintf(lost, sizeof(lost), "%s/no/such/folder/log", dir);
	e = start(lost);
	why = refusal(open_and_close, e);
	assert_non_null(strstr(why, "No such file"));
	free(why);
	assert_int_equal(errands_remove_pidfile(e, NULL), 0);
	assert_int_equal(access(pidfile, F_OK), -1);
	why = refusal(errands_remove_pidfile, e);
	assert_non_null(strstr(why, "No such file"));
	free(why);
	errands_end(e);
	check_content(other, "secret");
}

static void check_file(struct errands *e, const char *want)
{
	struct err err = { .text = "" };
	char text[64] = "";
	int fd = -1;

	if (errands_open_file(e, 0, &fd, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(read(fd, text, sizeof(text) - 1) >= 0);
	assert_string_equal(text, want);
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	(void)close(fd);
}

static void make_link(const char *to, const char *name)
{
	char path[700];

	(void)snprintf(path, sizeof(path), "%s/live/new", dir);
	assert_int_equal(symlink(to, path), 0);
	assert_int_equal(rename(path, name), 0);
}

static void make_archive(const char *name, const char *text)
{
	char path[700];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	write_file(path, text);
}

static void make_live_folder(void)
{
	char path[700];

	(void)snprintf(path, sizeof(path), "%s/live", dir);
	assert_int_equal(mkdir(path, 0700), 0);
}

/* As certbot does it: live/cert.pem is a link into another folder, and comes to point to a file
 * that was not there when the child was made. */
static void test_a_file_is_read_again_after_it_was_replaced(void **state)
{
	char path[700];
	struct errands *e;
	int fd;

	(void)state;
	make_live_folder();
	(void)snprintf(path, sizeof(path), "%s/archive", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	make_archive("archive/cert1.pem", "first");
	make_link("../archive/cert1.pem", cert);
	e = start(log_path);
	check_file(e, "first");
	make_archive("archive/cert2.pem", "second");
	make_link("../archive/cert2.pem", cert);
	check_file(e, "second");
	assert_int_equal(unlink(cert), 0);
	assert_int_equal(errands_open_file(e, 0, &fd, NULL), ERR_INVALID);
	make_archive("live/cert.pem", "third");
	check_file(e, "third");
	assert_int_equal(errands_open_file(e, 1, &fd, NULL), ERR_IO); /* not in its list */
	assert_int_equal(errands_open_file(e, 200, &fd, NULL), ERR_IO);
	errands_end(e);
}

/* A daemon that is broken into gets what it may read anyhow, and not the wallet behind a link. */
static void test_a_file_behind_a_link_to_elsewhere_is_refused(void **state)
{
	struct errands *e;
	int fd;

	(void)state;
	make_live_folder();
	make_archive("live/cert.pem", "first");
	e = start("");
	check_file(e, "first");
	make_link("../hot.wlt", cert);
	assert_int_equal(errands_open_file(e, 0, &fd, NULL), ERR_INVALID);
	errands_end(e);
}

/* The only child of this process. */
static pid_t child_of_ours(void)
{
	FILE *f = fopen("/proc/thread-self/children", "r");
	int pid = 0;

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%d", &pid), 1);
	(void)fclose(f);
	return pid;
}

static void test_signals_of_the_terminal_do_not_end_it(void **state)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct errands *e = start(log_path);
	pid_t child = child_of_ours();

	(void)state;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		assert_int_equal(kill(child, signals[i]), 0);
	(void)close(open_log(e));
	errands_end(e);
	assert_int_equal(kill(child, 0), -1); /* and it has been waited for */
}

static void test_its_death_is_said_and_not_waited_for(void **state)
{
	struct errands *e = start(log_path);
	char *why;

	(void)state;
	assert_int_equal(kill(child_of_ours(), SIGKILL), 0);
	why = refusal(open_and_close, e);
	assert_non_null(strstr(why, "errands"));
	free(why);
	errands_end(e);
}

/* A disk that hung for some seconds must not have the daemon take one file for another ever after:
 * the private key for the log. */
static void test_an_answer_that_comes_too_late_is_not_the_next_ones(void **state)
{
	struct errands *e;
	int fd = -1;

	(void)state;
	make_live_folder();
	write_file(cert, "certificate");
	e = start(log_path);
	assert_int_equal(kill(child_of_ours(), SIGSTOP), 0);
	assert_int_equal(errands_open_file(e, 0, &fd, NULL), ERR_IO);
	assert_int_equal(fd, -1);
	assert_int_equal(kill(child_of_ours(), SIGCONT), 0);
	fd = open_log(e);
	assert_int_equal(write(fd, "new\n", 4), 4);
	(void)close(fd);
	check_content(log_path, "old\nnew\n");
	check_file(e, "certificate");
	errands_end(e);
}

/* What nobody waits for is a zombie where init is no init. */
static bool lives(pid_t pid)
{
	char path[64], line[64];
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

static void be_a_daemon(int tell)
{
	const struct errands_paths paths = { .log = log_path, .pidfile = pidfile };
	struct errands *e = NULL;
	pid_t child;

	if (errands_start(&paths, SANDBOX_AUTO, &e, NULL) < 0)
		_exit(1);
	child = child_of_ours();
	if (write(tell, &child, sizeof(child)) != sizeof(child))
		_exit(1);
	while (pause() < 0)
		;
}

/* A daemon that is killed leaves nothing behind. */
static void test_it_ends_with_the_daemon(void **state)
{
	const struct timespec little = { .tv_nsec = 1000000 };
	int tell[2], tries = 10000;
	pid_t daemon, child = 0;

	(void)state;
	assert_int_equal(pipe(tell), 0);
	daemon = fork();
	if (daemon == 0)
		be_a_daemon(tell[1]);
	assert_int_equal(read(tell[0], &child, sizeof(child)), sizeof(child));
	assert_true(lives(child));
	(void)kill(daemon, SIGKILL);
	(void)waitpid(daemon, NULL, 0);
	while (lives(child) && --tries > 0)
		(void)nanosleep(&little, NULL);
	assert_false(lives(child));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_the_log_is_appended_to_and_made, make_world,
						remove_world),
		cmocka_unit_test_setup_teardown(test_a_log_behind_a_link, make_world, remove_world),
		cmocka_unit_test_setup_teardown(test_what_cannot_be_done_is_said, make_world,
						remove_world),
		cmocka_unit_test_setup_teardown(test_a_file_is_read_again_after_it_was_replaced,
						make_world, remove_world),
		cmocka_unit_test_setup_teardown(test_a_file_behind_a_link_to_elsewhere_is_refused,
						make_world, remove_world),
		cmocka_unit_test_setup_teardown(test_signals_of_the_terminal_do_not_end_it,
						make_world, remove_world),
		cmocka_unit_test_setup_teardown(test_its_death_is_said_and_not_waited_for,
						make_world, remove_world),
		cmocka_unit_test_setup_teardown(
			test_an_answer_that_comes_too_late_is_not_the_next_ones, make_world,
			remove_world),
		cmocka_unit_test_setup_teardown(test_it_ends_with_the_daemon, make_world,
						remove_world),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

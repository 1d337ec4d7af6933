/* The password of an encrypted wallet, by each way, and a real (pseudo) terminal for the third:
 * nothing is shown, and the terminal is as it was whatever ends the question. */
#include "test/support/test.h"

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/wallet/password.h"
#include "common/wallet/prompt.h"

static char *dir;
static char file[600], credential[600];

static int setup(void **state)
{
	(void)state;
	dir = test_make_dir();
	(void)snprintf(file, sizeof(file), "%s/password.txt", dir);
	(void)snprintf(credential, sizeof(credential), "%s/wallet_password", dir);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	test_remove_dir(dir);
	return 0;
}

static void write_file(const char *path, const char *text, size_t len, mode_t mode)
{
	int fd;

	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
	assert_int_equal(fchmod(fd, mode), 0);
	(void)close(fd);
}

/* --- files ------------------------------------------------------------------------------------ */
static const struct {
	const char *why, *text, *password; /* NULL: refused */
} line_ends[] = {
	{ "no line end", "saddle", "saddle" },
	{ "one is cut", "saddle\n", "saddle" },
	{ "Windows' own too", "saddle\r\n", "saddle" },
	{ "one only", "saddle\n\n", "saddle\n" },
	{ "a lone CR is part of it", "saddle\r", "saddle\r" },
	{ "spaces are part of it", " sad dle \n", " sad dle " },
	{ "UTF-8 is bytes", "p\xc3\xa4ssw\xc3\xb6rd \xe2\x98\x95\n",
	  "p\xc3\xa4ssw\xc3\xb6rd \xe2\x98\x95" },
	{ "nothing", "", NULL },
	{ "nothing but a line end", "\n", NULL },
};

static void test_line_ends(void **state)
{
	const struct password_ways ways[] = { { .file = file }, { .credentials = dir } };

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(line_ends) / sizeof(line_ends[0]); i++) {
		const char *text = line_ends[i / 2].text, *want = line_ends[i / 2].password;
		struct secret_text t = { .data = NULL };
		struct err err = { .text = "" };
		int rc;

		write_file(i % 2 == 0 ? file : credential, text, strlen(text), 0600);
		rc = password_get(&ways[i % 2], &t, &err);
		if (want == NULL ? rc != ERR_INVALID || strstr(err.text, "it is empty") == NULL
				 : rc != 0 || t.len != strlen(want) || strcmp(t.data, want) != 0)
			fail_msg("%s: %d '%s'", line_ends[i / 2].why, rc, err.text);
		secret_text_free(&t);
	}
}

/* Refusals of the file that is configured; no other way is tried then. */
static void test_file_refused(void **state)
{
	const struct password_ways ways = { .file = file, .credentials = dir };
	static const char long_text[PASSWORD_MAX + 1] = { 'x' };
	struct secret_text t;
	struct err err;

	(void)state;
	write_file(credential, "good", 4, 0600);
	assert_int_equal(password_get(&ways, &t, &err), ERR_INVALID);
	assert_non_null(strstr(err.text, "(sky_exchanger.wallet_password_file): "));
	assert_non_null(strstr(err.text, "does not exist"));
	write_file(file, "good", 4, 0640);
	assert_int_equal(password_get(&ways, &t, &err), ERR_INVALID);
	assert_non_null(strstr(err.text, "is open to other users (mode 0640, must be 0600)"));
	write_file(file, long_text, sizeof(long_text), 0600);
	assert_int_equal(password_get(&ways, &t, &err), ERR_INVALID);
	assert_non_null(strstr(err.text, "larger than 4096 bytes"));
}

static void test_order(void **state)
{
	struct password_ways ways = { .file = file, .credentials = dir };
	struct secret_text t;
	struct err err;

	(void)state;
	write_file(file, "from file", 9, 0600);
	write_file(credential, "from systemd", 12, 0440); /* its access list, seen as a mode */
	assert_int_equal(password_way(&ways), PASSWORD_FILE);
	assert_int_equal(password_get(&ways, &t, &err), 0);
	assert_string_equal(t.data, "from file");
	secret_text_free(&t);
	ways.file = "";
	assert_int_equal(password_way(&ways), PASSWORD_SYSTEMD);
	assert_int_equal(password_get(&ways, &t, &err), 0);
	assert_string_equal(t.data, "from systemd");
	secret_text_free(&t);
	write_file(credential, "from systemd", 12, 0444);
	assert_int_equal(password_get(&ways, &t, &err), ERR_INVALID);
	assert_non_null(strstr(err.text, "the systemd credential wallet_password"));
}

/* Standard input is no terminal here, whatever ran this test. */
static void test_nowhere(void **state)
{
	const struct password_ways ways = { .file = "", .credentials = dir };
	int before = dup(STDIN_FILENO), null = open("/dev/null", O_RDONLY);
	struct secret_text t;
	struct err err;

	(void)state;
	assert_true(null >= 0 && dup2(null, STDIN_FILENO) == STDIN_FILENO);
	assert_int_equal(password_way(&ways), PASSWORD_NOWHERE); /* no credential of that name */
	assert_int_equal(password_get(&ways, &t, &err), ERR_INVALID);
	assert_non_null(strstr(err.text, "sky_exchanger.wallet_password_file"));
	assert_non_null(strstr(err.text, "systemd credential 'wallet_password'"));
	assert_non_null(strstr(err.text, "terminal"));
	if (before >= 0)
		(void)dup2(before, STDIN_FILENO);
	(void)close(null);
	(void)close(before);
}

/* --- the terminal ------------------------------------------------------------------------------
 */
#define QUESTION "Password of the wallet hot.wlt: "

/* What the child answers with its exit status. */
enum { GOT_IT = 10, GOT_ANOTHER, REFUSED, INTERRUPTED };

static void child_asks(const char *want)
{
	const struct password_ways ways = { .file = "", .wallet = "hot.wlt" };
	struct secret_text t;
	struct err err = { .text = "" };
	int rc = password_get(&ways, &t, &err);

	if (rc == 0)
		_exit(strcmp(t.data, want) == 0 ? GOT_IT : GOT_ANOTHER);
	_exit(rc == ERR_BUSY ? INTERRUPTED : REFUSED);
}

static void read_until(int fd, const char *text, struct buf *seen)
{
	char c;

	while (strstr(buf_text(seen), text) == NULL)
		if (read(fd, &c, 1) != 1 || !buf_putc(seen, c))
			fail_msg("'%s' never came, only '%s'", text, buf_text(seen));
}

/* All that is left, to the end of the child. */
static void read_rest(int fd, struct buf *seen)
{
	char c;

	while (read(fd, &c, 1) == 1)
		(void)buf_putc(seen, c);
}

static bool echoes(int fd)
{
	struct termios t;

	assert_int_equal(tcgetattr(fd, &t), 0);
	return (t.c_lflag & ECHO) != 0;
}

struct conversation {
	const char *why;
	const char *typed[3]; /* each after a question */
	const char *want;
	int exit, signal; /* of the child */
	int handled;	  /* a signal that the child handles and survives */
};

static const struct conversation conversations[] = {
	{ "a line", { "pass word\n" }, "pass word", GOT_IT, 0, 0 },
	{ "UTF-8", { "p\xc3\xa4ss\n" }, "p\xc3\xa4ss", GOT_IT, 0, 0 },
	{ "a correction", { "past\x7fs\n" }, "pass", GOT_IT, 0, 0 },
	{ "an empty line", { "\n" }, "", REFUSED, 0, 0 },
	{ "the end of input", { "\x04" }, "", REFUSED, 0, 0 },
	{ "Ctrl-C", { "half\x03" }, "", 0, SIGINT, 0 },
	{ "Ctrl-\\", { "half\x1c" }, "", 0, SIGQUIT, 0 },
	{ "Ctrl-C for a program that handles it", { "half\x03" }, "", INTERRUPTED, 0, SIGINT },
	{ "Ctrl-Z asks again when it goes on", { "half\x1a", "pass\n" }, "pass", GOT_IT, 0, 0 },
};

static void on_signal(int number)
{
	(void)number;
}

static void child_of(const struct conversation *c)
{
	const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	if (c->handled != 0)
		(void)signal(c->handled, on_signal);
	child_asks(c->want);
}

static void converse(const struct conversation *c)
{
	struct buf seen = BUF_INIT(4096);
	int master, status;
	pid_t child = forkpty(&master, NULL, NULL, NULL);

	assert_true(child >= 0);
	if (child == 0)
		child_of(c);
	for (size_t i = 0; i < 3 && c->typed[i] != NULL; i++) {
		buf_clear(&seen);
		read_until(master, QUESTION, &seen);
		assert_false(echoes(master));
		assert_int_equal(write(master, c->typed[i], strlen(c->typed[i])),
				 strlen(c->typed[i]));
	}
	buf_clear(&seen);
	read_rest(master, &seen);
	assert_int_equal(waitpid(child, &status, 0), child);
	if (c->signal != 0 ? !WIFSIGNALED(status) || WTERMSIG(status) != c->signal
			   : !WIFEXITED(status) || WEXITSTATUS(status) != c->exit)
		fail_msg("%s: status %x, seen '%s'", c->why, (unsigned)status, buf_text(&seen));
	if (strstr(buf_text(&seen), "pass") != NULL || strstr(buf_text(&seen), "half") != NULL)
		fail_msg("%s: was shown: '%s'", c->why, buf_text(&seen));
	if (!echoes(master))
		fail_msg("%s: the terminal was left without echo", c->why);
	buf_release(&seen);
	(void)close(master);
}

static void test_terminal(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(conversations) / sizeof(conversations[0]); i++)
		converse(&conversations[i]);
}

/* A signal from elsewhere, not from the keyboard. */
static void test_terminated(void **state)
{
	struct buf seen = BUF_INIT(4096);
	int master, status;
	pid_t child = forkpty(&master, NULL, NULL, NULL);

	(void)state;
	assert_true(child >= 0);
	if (child == 0)
		child_asks("");
	read_until(master, QUESTION, &seen);
	assert_int_equal(kill(child, SIGTERM), 0);
	read_rest(master, &seen);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	assert_true(echoes(master));
	buf_release(&seen);
	(void)close(master);
}

#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(test_line_ends), IN_DIR(test_file_refused), IN_DIR(test_order),
		IN_DIR(test_nowhere),	IN_DIR(test_terminal),	   IN_DIR(test_terminated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

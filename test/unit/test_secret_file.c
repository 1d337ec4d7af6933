/* Files that hold secrets: who may be able to read them, and what is no such file. */
#include "test/support/test.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/keys/secret_file.h"

#define SIZE_MAX_HERE 64
#define TEXT	      "not for everybody"

static char *dir;
static char path[512];

static void write_file(const char *text, mode_t mode)
{
	int fd;

	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	(void)close(fd);
}

static int setup(void **state)
{
	(void)state;
	dir = test_make_dir();
	(void)snprintf(path, sizeof(path), "%s/secret", dir);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	test_remove_dir(dir);
	return 0;
}

static const struct {
	const char *why;
	mode_t mode;
	enum secret_privacy privacy;
	const char *says; /* NULL: read */
} modes[] = {
	{ "ours alone", 0600, SECRET_PRIVATE, NULL },
	{ "ours alone, not to be written", 0400, SECRET_PRIVATE, NULL },
	{ "the group may read", 0640, SECRET_PRIVATE,
	  "is open to other users (mode 0640, must be 0600)" },
	{ "everybody may read", 0644, SECRET_PRIVATE, "mode 0644" },
	{ "everybody may write: they could put their own there", 0602, SECRET_PRIVATE,
	  "mode 0602" },
	{ "the group may execute, which nobody needs", 0610, SECRET_PRIVATE, "mode 0610" },
	{ "systemd's access list looks like a group", 0440, SECRET_HANDED, NULL },
	{ "handed to the world is no secret", 0444, SECRET_HANDED, "mode 0444" },
	{ "allowed", 0644, SECRET_SHARED, NULL },
};

static void test_modes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		struct secret_text t = { .data = NULL };
		char shared[SECRET_WHY_MAX];
		struct err err = { .text = "" };
		int rc;

		write_file(TEXT, modes[i].mode);
		rc = secret_file_read(path, SIZE_MAX_HERE, modes[i].privacy, &t, shared, &err);
		if (modes[i].says != NULL
			    ? rc != ERR_INVALID || strstr(err.text, modes[i].says) == NULL ||
				      strstr(err.text, path) == NULL
			    : rc != 0 || strcmp(t.data, TEXT) != 0 || t.len != strlen(TEXT))
			fail_msg("%s: %d '%s'", modes[i].why, rc, err.text);
		secret_text_free(&t);
	}
}

static void test_allowed_is_told(void **state)
{
	struct secret_text t;
	char shared[SECRET_WHY_MAX];
	struct err err;

	(void)state;
	write_file(TEXT, 0644);
	assert_int_equal(secret_file_read(path, SIZE_MAX_HERE, SECRET_SHARED, &t, shared, &err), 0);
	assert_non_null(strstr(shared, "mode 0644"));
	secret_text_free(&t);
	write_file(TEXT, 0600);
	assert_int_equal(secret_file_read(path, SIZE_MAX_HERE, SECRET_SHARED, &t, shared, &err), 0);
	assert_string_equal(shared, "");
	secret_text_free(&t);
}

/* Root's files are as good as ours, whoever we are: only their mode counts. */
static void test_owner_root(void **state)
{
	struct secret_text t;
	char shared[SECRET_WHY_MAX];
	struct err err;

	(void)state;
	assert_int_equal(secret_file_read("/etc/passwd", 1U << 20, SECRET_SHARED, &t, shared, &err),
			 0);
	assert_non_null(strstr(shared, "is open to other users"));
	secret_text_free(&t);
}

static bool refused_to_a_third(void)
{
	struct secret_text t;
	struct err err = { .text = "" };

	return setgid(54321) == 0 && setuid(54321) == 0 &&
	       secret_file_read(path, SIZE_MAX_HERE, SECRET_SHARED, &t, NULL, &err) == 0 &&
	       secret_file_read(path, SIZE_MAX_HERE, SECRET_PRIVATE, &t, NULL, &err) ==
		       ERR_INVALID &&
	       strstr(err.text, "belongs to user 12345, who can read and change it") != NULL;
}

/* Another user's file, seen by one who is not root (in a child: there is no way back) and by root,
 * who reads on somebody's behalf.  Only root can make one. */
static void test_owner_other(void **state)
{
	struct secret_text t;
	struct err err;
	int status;
	pid_t child;

	(void)state;
	write_file(TEXT, 0604);
	if (chown(path, 12345, 12345) < 0) {
		assert_int_not_equal(geteuid(), 0);
		return;
	}
	assert_int_equal(chmod(dir, 0755), 0);
	child = fork();
	if (child == 0)
		_exit(refused_to_a_third() ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(secret_file_read(path, SIZE_MAX_HERE, SECRET_PRIVATE, &t, NULL, &err), 0);
	secret_text_free(&t);
}

static void test_no_such_file(void **state)
{
	struct secret_text t;
	struct err err;

	(void)state;
	assert_int_equal(secret_file_read(path, SIZE_MAX_HERE, SECRET_PRIVATE, &t, NULL, &err),
			 ERR_NOT_FOUND);
	assert_non_null(strstr(err.text, path));
	assert_int_equal(secret_file_read(dir, SIZE_MAX_HERE, SECRET_SHARED, &t, NULL, &err),
			 ERR_INVALID);
	assert_non_null(strstr(err.text, "no regular file"));
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(secret_file_read(path, SIZE_MAX_HERE, SECRET_PRIVATE, &t, NULL, &err),
			 ERR_INVALID); /* and does not wait for a writer */
	assert_non_null(strstr(err.text, "no regular file"));
}

static void test_size(void **state)
{
	char text[SIZE_MAX_HERE + 2] = { 0 };
	struct secret_text t;
	struct err err;

	(void)state;
	memset(text, 'x', SIZE_MAX_HERE);
	write_file(text, 0600);
	assert_int_equal(secret_file_read(path, SIZE_MAX_HERE, SECRET_PRIVATE, &t, NULL, &err), 0);
	assert_int_equal(t.len, SIZE_MAX_HERE);
	secret_text_free(&t);
	text[SIZE_MAX_HERE] = 'x';
	write_file(text, 0600);
	assert_int_equal(secret_file_read(path, SIZE_MAX_HERE, SECRET_PRIVATE, &t, NULL, &err),
			 ERR_INVALID);
	assert_non_null(strstr(err.text, "larger than 64 bytes"));
	write_file("", 0600);
	assert_int_equal(secret_file_read(path, SIZE_MAX_HERE, SECRET_PRIVATE, &t, NULL, &err), 0);
	assert_int_equal(t.len, 0);
	assert_string_equal(t.data, "");
	secret_text_free(&t);
	assert_null(t.data);
	secret_text_free(&t);
}

/* A link is followed, and its target judged. */
static void test_links(void **state)
{
	char link[600];
	struct secret_text t;
	struct err err;

	(void)state;
	(void)snprintf(link, sizeof(link), "%s/link", dir);
	assert_int_equal(symlink(path, link), 0);
	write_file(TEXT, 0600);
	assert_int_equal(secret_file_read(link, SIZE_MAX_HERE, SECRET_PRIVATE, &t, NULL, &err), 0);
	secret_text_free(&t);
	write_file(TEXT, 0644);
	assert_int_equal(secret_file_read(link, SIZE_MAX_HERE, SECRET_PRIVATE, &t, NULL, &err),
			 ERR_INVALID);
	(void)unlink(path);
	assert_int_equal(secret_file_read(link, SIZE_MAX_HERE, SECRET_PRIVATE, &t, NULL, &err),
			 ERR_NOT_FOUND);
}

#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(test_modes),	  IN_DIR(test_allowed_is_told), IN_DIR(test_owner_root),
		IN_DIR(test_owner_other), IN_DIR(test_no_such_file),	IN_DIR(test_size),
		IN_DIR(test_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

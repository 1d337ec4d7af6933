/* How much memory may be taken, from files as the kernel writes them. */
#include "test/support/test.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/memory.h"

static char *dir;
static char path[600];

static const char *write_file(const char *name, const char *text)
{
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	return path;
}

static void test_available(void **state)
{
	static const struct {
		const char *why, *text;
		uint64_t bytes;
	} rows[] = {
		{ "as it is", "MemTotal:  24684224 kB\nMemFree: 1 kB\nMemAvailable:   1024 kB\n",
		  1048576 },
		{ "nothing left", "MemAvailable: 0 kB\n", 0 },
		{ "an old kernel does not tell", "MemTotal:  24684224 kB\n", UINT64_MAX },
		{ "empty", "", UINT64_MAX },
	};

	(void)state;
	dir = test_make_dir();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (memory_available(write_file("meminfo", rows[i].text)) != rows[i].bytes)
			fail_msg("%s", rows[i].why);
	assert_true(memory_available("/nowhere") == UINT64_MAX);
	assert_true(memory_available(NULL) > 0);
	test_remove_dir(dir);
}

static void make_group(const char *name, const char *limit)
{
	char file[64];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	(void)mkdir(path, 0700);
	if (limit == NULL)
		return;
	(void)snprintf(file, sizeof(file), "%s/memory.max", name);
	(void)write_file(file, limit);
}

static void test_allowed(void **state)
{
	static const struct {
		const char *why, *cgroup, *outer, *inner;
		uint64_t bytes;
	} rows[] = {
		{ "the group's own", "0::/a/b\n", "max\n", "1048576\n", 1048576 },
		{ "the one above allows less", "0::/a/b\n", "4096\n", "1048576\n", 4096 },
		{ "the one above allows more", "0::/a/b\n", "2097152\n", "1048576\n", 1048576 },
		{ "no limit", "0::/a/b\n", "max\n", "max\n", UINT64_MAX },
		{ "another group's is not ours", "0::/a\n", "max\n", "4096\n", UINT64_MAX },
		{ "at the root", "0::/\n", "4096\n", "4096\n", UINT64_MAX },
		{ "version 1 only", "4:memory:/a/b\n", "4096\n", "4096\n", UINT64_MAX },
		{ "both versions", "4:memory:/x\n0::/a/b\n", "max\n", "4096\n", 4096 },
		{ "the files are not there", "0::/a/b\n", NULL, NULL, UINT64_MAX },
		{ "nothing", "", "4096\n", "4096\n", UINT64_MAX },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t got;

		dir = test_make_dir();
		make_group("a", rows[i].outer);
		make_group("a/b", rows[i].inner);
		got = memory_allowed(write_file("cgroup", rows[i].cgroup), dir);
		if (got != rows[i].bytes)
			fail_msg("%s: %llu", rows[i].why, (unsigned long long)got);
		test_remove_dir(dir);
	}
	assert_true(memory_allowed("/nowhere", "/nowhere") == UINT64_MAX);
	assert_true(memory_allowed(NULL, NULL) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_available),
		cmocka_unit_test(test_allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

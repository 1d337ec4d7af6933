/* scrypt: the standard's vectors, what it may cost, and that its memory comes and goes. */
#include "test/support/test.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/text.h"
#include "common/keys/scrypt.h"

#define MIB (UINT64_C(1) << 20)

/* RFC 7914, section 12, the first 32 bytes each. */
static void test_vectors(void **state)
{
	static const struct {
		const char *password, *salt;
		struct scrypt_cost cost;
		const char *key;
	} rows[] = {
		{ "",
		  "",
		  { 16, 1, 1 },
		  "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442" },
		{ "password",
		  "NaCl",
		  { 1024, 8, 16 },
		  "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162" },
		{ "pleaseletmein",
		  "SodiumChloride",
		  { 16384, 8, 1 },
		  "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t key[SCRYPT_KEY_BYTES];
		char hex[2 * SCRYPT_KEY_BYTES + 1];
		struct err err;

		assert_int_equal(scrypt_key(rows[i].password, strlen(rows[i].password),
					    (const uint8_t *)rows[i].salt, strlen(rows[i].salt),
					    &rows[i].cost, key, &err),
				 0);
		hex_from_bytes(key, sizeof(key), hex);
		assert_string_equal(hex, rows[i].key);
	}
}

static void test_cost(void **state)
{
	static const struct {
		const char *why;
		struct scrypt_cost cost;
		const char *says; /* NULL: allowed */
	} rows[] = {
		{ "what nodes write", { 1U << 20, 8, 1 }, NULL },
		{ "the insecure one", { 1U << 15, 8, 1 }, NULL },
		{ "four times over", { 1U << 20, 8, 4 }, NULL },
		{ "the smallest", { 2, 1, 1 }, NULL },
		{ "nothing", { 0, 8, 1 }, "no power of two" },
		{ "one", { 1, 8, 1 }, "no power of two" },
		{ "no power of two", { 3, 8, 1 }, "no power of two" },
		{ "n beyond 32 bits", { UINT64_C(1) << 40, 8, 1 }, "no power of two" },
		{ "twice the memory", { 1U << 21, 8, 1 }, "n=2097152" },
		{ "a little more memory", { 1U << 20, 9, 1 }, "r=9" },
		{ "too often", { 1U << 20, 8, 5 }, "p=5" },
		{ "r is 0", { 16, 0, 1 }, "r and p" },
		{ "p is 0", { 16, 1, 0 }, "r and p" },
		{ "r is absurd", { 2, 1U << 30, 1 }, "r and p" },
		{ "p is absurd", { 2, 1, 1U << 30 }, "r and p" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err err = { .text = "" };
		int rc = scrypt_check(&rows[i].cost, &err);

		if (rows[i].says == NULL ? rc != 0
					 : rc != ERR_INVALID || !strstr(err.text, rows[i].says))
			fail_msg("%s: %d '%s'", rows[i].why, rc, err.text);
	}
}

/* A row of /proc/self/status, in bytes. */
static uint64_t memory_of(const char *row)
{
	FILE *f = fopen("/proc/self/status", "re");
	size_t len = strlen(row);
	uint64_t kib = 0;
	char line[256];

	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, row, len) == 0)
			kib = strtoull(line + len, NULL, 10);
	(void)fclose(f);
	assert_true(kib > 0);
	return kib * 1024;
}

static const struct scrypt_cost real = { 1U << 20, 8, 1 };

/* The price that nodes set is paid, and given back. */
static void test_memory_is_given_back(void **state)
{
	uint8_t key[SCRYPT_KEY_BYTES];
	uint64_t before = memory_of("VmRSS:"), peak, after;
	struct err err;

	(void)state;
	assert_int_equal(scrypt_memory(&real), 1024 * MIB);
	if (scrypt_key("x", 1, (const uint8_t *)"salt", 4, &real, key, &err) < 0)
		fail_msg("%s", err.text);
	peak = memory_of("VmHWM:");
	after = memory_of("VmRSS:");
	if (peak < 1024 * MIB || after > before + 16 * MIB)
		fail_msg("before %" PRIu64 ", peak %" PRIu64 ", after %" PRIu64 " MiB",
			 before / MIB, peak / MIB, after / MIB);
}

/* In a child: limits do not come back.  64 MiB are left for everything else. */
static void test_memory_cannot_be_had(void **state)
{
	pid_t child = fork();
	int status;

	(void)state;
	if (child == 0) {
		uint64_t limit = memory_of("VmSize:") + 64 * MIB;
		struct rlimit l = { .rlim_cur = limit, .rlim_max = limit };
		uint8_t key[SCRYPT_KEY_BYTES];
		struct err err = { .text = "" };
		int rc;

		if (setrlimit(RLIMIT_AS, &l) < 0)
			_exit(2);
		rc = scrypt_key("x", 1, (const uint8_t *)"salt", 4, &real, key, &err);
		_exit(rc == ERR_IO && strstr(err.text, "1024 MiB of memory are needed for a moment "
						       "and cannot be had: Cannot allocate memory")
			      ? 0
			      : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_cost),
		cmocka_unit_test(test_memory_is_given_back),
		cmocka_unit_test(test_memory_cannot_be_had),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

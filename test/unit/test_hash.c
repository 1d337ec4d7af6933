/* The hashes against the check values of their own specifications (FIPS 180-4, RFC 1321, the
 * RIPEMD-160 paper, Ethereum's yellow paper). */
#include <string.h>

#include "common/base/text.h"
#include "common/crypto/hash.h"
#include "test/support/test.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void check_hex(const char *why, const uint8_t *got, size_t len, const char *want)
{
	char hex[65];

	hex_from_bytes(got, len, hex);
	if (strcmp(hex, want) != 0)
		fail_msg("%s: got %s, want %s", why, hex, want);
}

static void test_sha256(void **state)
{
	// clang-format off
	static const struct { const char *why, *input, *hex; } rows[] = {
		{ "nothing", "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "one block", "abc",
		  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "two blocks", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	};
	// clang-format on

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sha256 h = sha256(rows[i].input, strlen(rows[i].input));

		check_hex(rows[i].why, h.b, sizeof(h.b), rows[i].hex);
	}
}

static void test_sha256d(void **state)
{
	struct sha256 h = sha256d("hello", 5);

	(void)state;
	check_hex("twice", h.b, sizeof(h.b),
		  "9595c9df90075148eb06860365df33584b75bff782a510c6cd4883a419833d50");
}

static void test_sha256_in_pieces(void **state)
{
	char data[200];
	struct sha256 whole;

	(void)state;
	memset(data, 'x', sizeof(data));
	whole = sha256(data, sizeof(data));
	for (size_t cut = 0; cut <= sizeof(data); cut++) {
		struct sha256_stream s;
		struct sha256 h;

		sha256_start(&s);
		sha256_add(&s, data, cut);
		sha256_add(&s, data + cut, sizeof(data) - cut);
		h = sha256_end(&s);
		assert_memory_equal(h.b, whole.b, sizeof(h.b));
	}
}

static void test_ripemd160(void **state)
{
	struct hash160 empty = ripemd160("", 0), abc = ripemd160("abc", 3);

	(void)state;
	check_hex("nothing", empty.b, 20, "9c1185a5c5e9fc54612808977ee8f548b2258d31");
	check_hex("abc", abc.b, 20, "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc");
}

/* Lengths about the block of 136 bytes are in test/vectors/test_addresses.c. */
static void test_keccak256(void **state)
{
	struct sha256 empty = keccak256("", 0), abc = keccak256("abc", 3);

	(void)state;
	check_hex("nothing: not SHA3-256", empty.b, 32,
		  "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
	check_hex("abc", abc.b, 32,
		  "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sha256),		 cmocka_unit_test(test_sha256d),
		cmocka_unit_test(test_sha256_in_pieces), cmocka_unit_test(test_ripemd160),
		cmocka_unit_test(test_keccak256),
	};

	return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}

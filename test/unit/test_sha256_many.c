/* Two hashes at once: against FIPS 180-4's own examples, and against the library that hashes
 * everything else here, for every length round the edges of blocks and every way to cut it. */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/crypto/sha256_many.h"
#include "common/crypto/sha256_two.h"
#include "test/support/test.h"

#define LEN_MAX	 300 /* four blocks and more, with padding of one block and of two */
#define MANY_MAX 40

/* On a processor without the instructions there is nothing to look at: the plain way is what runs,
 * and the tests below hold it against itself. */
static bool cannot_work(void)
{
	if (sha256_two_works())
		return false;
	print_message("this processor has no SHA instructions\n");
	return true;
}

/* --- one hash, block by block ----------------------------------------------------------------- */

/* The message with its padding: *ret_count blocks, to be freed. */
static uint8_t *padded(const uint8_t *data, size_t len, size_t *ret_count)
{
	size_t count = (len + 9 + SHA256_BLOCK - 1) / SHA256_BLOCK;
	uint8_t *blocks = calloc(count, SHA256_BLOCK);
	uint64_t bits = htobe64(len * 8);

	assert_non_null(blocks);
	memcpy(blocks, data, len);
	blocks[len] = 0x80;
	memcpy(blocks + count * SHA256_BLOCK - 8, &bits, sizeof(bits));
	*ret_count = count;
	return blocks;
}

/* `data` in one lane, something else in the other one. */
static struct sha256 hash_in_lane(bool second, const uint8_t *data, size_t len)
{
	uint8_t other_block[SHA256_BLOCK] = "other";
	struct sha256_state s, other;
	size_t count = 0;
	uint8_t *blocks = padded(data, len, &count);

	sha256_two_start(&s);
	sha256_two_start(&other);
	for (size_t i = 0; i < count; i++) {
		const uint8_t *block = blocks + i * SHA256_BLOCK;

		if (second)
			sha256_two_add(&other, other_block, &s, block);
		else
			sha256_two_add(&s, block, &other, other_block);
		other_block[i % SHA256_BLOCK]++;
	}
	free(blocks);
	return sha256_two_end(&s);
}

static void test_fips(void **state)
{
	// clang-format off
	static const struct { const char *input; size_t times; const char *hex; } rows[] = {
		{ "", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
		{ "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu", 1,
		  "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1" },
		{ "a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0" },
	};
	// clang-format on

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]) && !cannot_work(); i++) {
		size_t len = strlen(rows[i].input), whole = len * rows[i].times;
		uint8_t *data = malloc(whole + 1);
		char hex[65];

		assert_non_null(data);
		for (size_t k = 0; k < rows[i].times; k++)
			memcpy(data + k * len, rows[i].input, len);
		for (int second = 0; second < 2; second++) {
			struct sha256 h = hash_in_lane(second != 0, data, whole);

			hex_from_bytes(h.b, sizeof(h.b), hex);
			assert_string_equal(hex, rows[i].hex);
		}
		free(data);
	}
}

/* --- many ------------------------------------------------------------------------------------- */

static void fill(uint8_t *data, size_t len, unsigned seed)
{
	for (size_t i = 0; i < len; i++)
		data[i] = (uint8_t)((seed = seed * 1103515245 + 12345) >> 16);
}

/* Bytes in memory of their own length, so that a sanitizer sees a read beyond them. */
static struct sha256_piece piece_of(const uint8_t *data, size_t len)
{
	uint8_t *copy = len > 0 ? malloc(len) : NULL;

	if (copy != NULL)
		memcpy(copy, data, len);
	return (struct sha256_piece){ copy, len };
}

static struct sha256_message message_of(const uint8_t *data, size_t first, size_t second,
					size_t third)
{
	return (struct sha256_message){ { piece_of(data, first), piece_of(data + first, second),
					  piece_of(data + first + second, third) } };
}

static void message_free(struct sha256_message *m)
{
	for (unsigned i = 0; i < SHA256_PIECES; i++)
		free((void *)m->piece[i].at);
}

static void test_every_length_and_cut(void **state)
{
	uint8_t data[LEN_MAX];
	struct sha256 ret[2];

	(void)state;
	fill(data, sizeof(data), 1);
	for (size_t len = 0; len <= LEN_MAX; len++) {
		struct sha256 want = sha256d(data, len);

		for (size_t cut = 0; cut <= len; cut++) {
			struct sha256_message m[2] = {
				message_of(data, cut, len - cut, 0),
				message_of(data, cut / 2, cut - cut / 2, len - cut),
			};

			sha256d_many(m, 2, ret);
			assert_memory_equal(&ret[0], &want, sizeof(want));
			assert_memory_equal(&ret[1], &want, sizeof(want));
			message_free(&m[0]);
			message_free(&m[1]);
		}
	}
}

/* Any number of messages, of lengths that end the lanes at different times. */
static void test_any_number(void **state)
{
	struct sha256_message m[MANY_MAX];
	struct sha256 ret[MANY_MAX + 1], plain[MANY_MAX + 1];
	static uint8_t data[5000];

	(void)state;
	fill(data, sizeof(data), 2);
	for (unsigned count = 0; count <= MANY_MAX; count++) {
		memset(ret, 0xee, sizeof(ret));
		memset(plain, 0xee, sizeof(plain));
		for (unsigned i = 0; i < count; i++)
			m[i] = message_of(data + i, 4, (i * 977 + count * 131) % 4900, 4);
		sha256d_many(m, count, ret);
		sha256d_many_plain(m, count, plain);
		assert_memory_equal(ret, plain, sizeof(ret)); /* and nothing behind the last */
		for (unsigned i = 0; i < count; i++)
			message_free(&m[i]);
	}
}

static void test_pairs(void **state)
{
	struct sha256 from[2 * MANY_MAX], ret[MANY_MAX + 1], plain[MANY_MAX + 1];

	(void)state;
	for (unsigned count = 0; count <= MANY_MAX; count++) {
		fill(from[0].b, sizeof(from), count);
		memset(ret, 0xee, sizeof(ret));
		memset(plain, 0xee, sizeof(plain));
		sha256d_pairs(from, count, ret);
		sha256d_pairs_plain(from, count, plain);
		assert_memory_equal(ret, plain, sizeof(ret));
		sha256d_pairs(from, count, from); /* in place */
		assert_memory_equal(from, plain, count * sizeof(*from));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fips),
		cmocka_unit_test(test_every_length_and_cut),
		cmocka_unit_test(test_any_number),
		cmocka_unit_test(test_pairs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

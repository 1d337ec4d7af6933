/* A transaction gives every payee what is owed and the rest to ourselves, or it is not saved. */
#include "test/support/test.h"

#include <string.h>

#include "senderd/verify.h"

/* Addresses are letters: A and B are ours. */
struct part {
	char to;
	uint64_t coins;
};

static const struct {
	const char *why;
	struct part outputs[5], owed[5];
	int rc;
} rows[] = {
	{ "paid, and change", { { 'x', 5 }, { 'A', 95 } }, { { 'x', 5 } }, 0 },
	{ "two to one address, joined",
	  { { 'x', 10 }, { 'A', 1 } },
	  { { 'x', 5 }, { 'x', 5 } },
	  0 },
	{ "two to one address, apart", { { 'x', 5 }, { 'x', 6 } }, { { 'x', 6 }, { 'x', 5 } }, 0 },
	{ "split change", { { 'x', 5 }, { 'A', 9 }, { 'B', 8 } }, { { 'x', 5 } }, 0 },
	{ "nobody is owed, nobody is paid", { { 'A', 9 }, { 'A', 8 } }, { { 0 } }, 0 },
	{ "owed at our own address", { { 'A', 9 } }, { { 'A', 5 } }, 0 },
	{ "nobody is owed, somebody is paid", { { 'A', 9 }, { 'x', 1 } }, { { 0 } }, ERR_INVALID },
	{ "a droplet too much", { { 'x', 6 }, { 'A', 1 } }, { { 'x', 5 } }, ERR_INVALID },
	{ "a droplet too little", { { 'x', 4 }, { 'A', 1 } }, { { 'x', 5 } }, ERR_INVALID },
	{ "one is forgotten", { { 'x', 5 }, { 'A', 1 } }, { { 'x', 5 }, { 'y', 1 } }, ERR_INVALID },
	{ "the forgotten is before all", { { 'x', 5 } }, { { 'c', 1 }, { 'x', 5 } }, ERR_INVALID },
	{ "somebody else is paid", { { 'y', 5 }, { 'A', 1 } }, { { 'x', 5 } }, ERR_INVALID },
	{ "owed at our own address, and less comes", { { 'A', 4 } }, { { 'A', 5 } }, ERR_INVALID },
	{ "paid twice", { { 'x', 5 }, { 'x', 4 }, { 'x', 1 } }, { { 'x', 5 } }, ERR_INVALID },
};

static struct sky_address address_of(char name)
{
	struct sky_address a = { .version = 0 };

	memset(a.key_hash.b, name, sizeof(a.key_hash.b));
	return a;
}

static size_t list_owed(const struct part *parts, struct verify_owed *ret)
{
	size_t n = 0;

	for (; n < 5 && parts[n].to != 0; n++)
		ret[n] = (struct verify_owed){ address_of(parts[n].to),
					       droplets_of(parts[n].coins) };
	return n;
}

static void encode(const struct part *outputs, struct buf *raw)
{
	struct sha256 id = sha256("", 0);
	struct sky_tx t;

	sky_tx_init(&t);
	assert_true(sky_tx_add_input(&t, &id));
	for (size_t i = 0; i < 5 && outputs[i].to != 0; i++) {
		struct sky_address to = address_of(outputs[i].to);

		assert_true(sky_tx_add_output(&t, &to, droplets_of(outputs[i].coins), hours_of(i)));
	}
	assert_true(sky_tx_prepare(&t) && sky_tx_encode(&t, raw));
	sky_tx_release(&t);
}

static void test_rows(void **state)
{
	const struct sky_address own[] = { address_of('A'), address_of('B') };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf raw = BUF_INIT(4096);
		struct verify_owed owed[5];
		size_t count = list_owed(rows[i].owed, owed);
		struct err err;
		int rc;

		encode(rows[i].outputs, &raw);
		rc = verify_pays((const uint8_t *)raw.data, raw.len, owed, count, own, 2, &err);
		if (rc != rows[i].rc)
			fail_msg("%s: %d", rows[i].why, rc);
		buf_release(&raw);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

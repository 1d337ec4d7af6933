/* Blocks that are read beside the loop, without a node: answers of all kinds in any order, and a
 * chain that goes away at any moment.  No process is made here, so that this one can be looked at
 * by ThreadSanitizer (make V=tsan). */
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "scannerd/chain_btc_inside.h"
#include "test/support/test.h"

#define LARGE	   VECTORS "bitcoin/blocks/main-866342.bin"
#define SMALL	   VECTORS "bitcoin/regtest-blocks/regtest-442.bin"
#define LARGE_HASH "000000000000000000014ce9ba7c6760053c3c82ce6ab43d60afb101d3c8f1f1"
#define SMALL_HASH "015fa6083abd87aa4bb0fb8baffac309411d37397d1920277ae5cea960f23a06"
#define ARRIVALS   24
#define LIVES	   12

enum kind { A_LARGE, A_SMALL, A_WRONG, A_CUT, A_REFUSED, KINDS };

static const int troubles[KINDS] = {
	[A_LARGE] = -1,
	[A_SMALL] = -1,
	[A_WRONG] = CHAIN_BAD_BLOCK,
	[A_CUT] = CHAIN_BAD_BLOCK,
	[A_REFUSED] = CHAIN_STALE,
};

struct life {
	struct loop *loop;
	struct chain *chain;
	enum kind kinds[ARRIVALS];
	unsigned heard, wanted;
};

static char *hex[KINDS];

static char *hex_of_file(const char *path)
{
	size_t len;
	char *raw = test_read_file(path, &len), *text = malloc(2 * len + 1);

	assert_non_null(text);
	hex_from_bytes((const uint8_t *)raw, len, text);
	free(raw);
	return text;
}

static void on_block(void *arg, const struct chain_error *e, const struct chain_block *b)
{
	struct life *l = arg;
	enum kind kind = l->kinds[l->heard];

	assert_int_equal(e != NULL ? (int)e->trouble : -1, troubles[kind]);
	if (b != NULL)
		assert_int_equal(b->height, l->heard); /* in the order of coming */
	if (++l->heard == l->wanted)
		loop_stop(l->loop);
}

static void arrive(struct life *l, unsigned i)
{
	struct question *q = btc_question_new(l->chain, CHAIN_ASKED_BLOCK, l);
	enum kind kind = l->kinds[i];
	struct jsonrpc_reply r = { .kind = kind == A_REFUSED ? JSONRPC_ERROR : JSONRPC_RESULT,
				   .code = -5,
				   .hex = hex[kind],
				   .hex_len = hex[kind] != NULL ? strlen(hex[kind]) : 0 };

	q->base.fn.block = on_block;
	q->height = i;
	memcpy(q->hash, kind == A_LARGE ? LARGE_HASH : SMALL_HASH, sizeof(q->hash));
	if (kind == A_CUT)
		r.hex_len -= 2;
	btc_block_arrived(q, &r);
}

/* `wanted` of the arrivals are waited for; then the chain is freed. */
static void live(unsigned seed, unsigned wanted, bool dropped)
{
	struct chain_btc_options o = { .server = "127.0.0.1:1", .cert = "", .network = BTC_MAIN };
	struct life l = { .wanted = wanted };
	struct err err;

	assert_int_equal(loop_new(&l.loop, &err), 0);
	assert_int_equal(chain_btc_new(l.loop, &o, &l.chain, &err), 0);
	for (unsigned i = 0; i < ARRIVALS; i++) {
		seed = seed * 1103515245 + 12345;
		l.kinds[i] = (enum kind)(seed >> 16) % KINDS;
		arrive(&l, i);
	}
	assert_int_equal(l.heard, 0); /* never from inside the call */
	if (dropped)
		l.chain->ops->drop(l.chain);
	else if (wanted > 0)
		loop_run(l.loop);
	l.chain->ops->free(l.chain);
	loop_free(l.loop);
	assert_in_range(l.heard, dropped ? 0 : wanted, dropped ? 0 : ARRIVALS);
}

static void test_all_are_answered_in_order(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= LIVES; seed++)
		live(seed, ARRIVALS, false);
}

static void test_freed_at_any_moment(void **state)
{
	(void)state;
	for (unsigned wanted = 0; wanted < ARRIVALS; wanted += 3)
		live(100 + wanted, wanted, false);
}

static void test_dropped_ones_stay_silent(void **state)
{
	(void)state;
	live(200, ARRIVALS, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_are_answered_in_order),
		cmocka_unit_test(test_freed_at_any_moment),
		cmocka_unit_test(test_dropped_ones_stay_silent),
	};
	int failed;

	hex[A_LARGE] = hex_of_file(LARGE);
	hex[A_SMALL] = hex[A_CUT] = hex_of_file(SMALL);
	hex[A_WRONG] = hex_of_file(LARGE); /* a good block that was not asked for */
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	free(hex[A_LARGE]);
	free(hex[A_SMALL]);
	free(hex[A_WRONG]);
	return failed;
}

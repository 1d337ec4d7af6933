/* Blocks asked for together: what goes into one request, and what becomes of each when the answer
 * is in another order, half of it failed, or the node takes one call at a time. */
#include "test/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "scannerd/chain_btc.h"
#include "test/support/http_peer.h"

#define BLOCKS	VECTORS "bitcoin/regtest-blocks/"
#define LARGE	VECTORS "bitcoin/blocks/main-866342.bin"
#define FIRST	441
#define COUNT	4
#define FINE	(-1)
#define UNHEARD (-2)

static const char *const hashes[COUNT] = {
	"74961c9a6290514624b4a5db1919e1d551835e7c98c247eb3407379e4b318776",
	"015fa6083abd87aa4bb0fb8baffac309411d37397d1920277ae5cea960f23a06",
	"3143fd6b8836b1645ac1c4858d9b40ae39409ce07a65aa7c481242fc5f575d5e",
	"7d3a3b496995b3836a597f5fc854b7623efc9eb9313adcfb73151ff6659867d9",
};

#define LARGE_HASH "000000000000000000014ce9ba7c6760053c3c82ce6ab43d60afb101d3c8f1f1"

struct fetch {
	struct loop *loop;
	struct chain *chain;
	int trouble[COUNT];
	unsigned heard, wanted;
	bool drop;  /* all others, at the first failure: as the scanner does */
	bool large; /* the first block is one that takes long to read */
};

struct asked {
	struct fetch *fetch;
	unsigned place;
};

static void on_block(void *arg, const struct chain_error *e, const struct chain_block *b)
{
	struct asked *a = arg;
	struct fetch *f = a->fetch;

	assert_int_equal(a->place, f->heard); /* in the order in which they came */
	f->trouble[a->place] = e != NULL ? (int)e->trouble : FINE;
	if (e == NULL) {
		assert_int_equal(b->height, FIRST + a->place);
		assert_string_equal(b->hash,
				    a->place == 0 && f->large ? LARGE_HASH : hashes[a->place]);
	} else if (f->drop) {
		f->chain->ops->drop(f->chain);
		loop_stop(f->loop);
	}
	if (++f->heard == f->wanted)
		loop_stop(f->loop);
}

static char *hex_of_file(const char *path)
{
	char *raw, *hex;
	size_t len;

	raw = test_read_file(path, &len);
	hex = malloc(2 * len + 1);
	assert_non_null(hex);
	hex_from_bytes((const uint8_t *)raw, len, hex);
	free(raw);
	return hex;
}

static char *hex_of(unsigned place)
{
	char path[256];

	(void)snprintf(path, sizeof(path), BLOCKS "regtest-%u.bin", FIRST + place);
	return hex_of_file(path);
}

static char *answer(const char *result, unsigned id)
{
	char *text = NULL;

	assert_true(asprintf(&text, "{\"result\":\"%s\",\"error\":null,\"id\":%u}", result, id) >
		    0);
	return text;
}

/* An array of the elements, which are freed; NULL ends them. */
static char *array_of(char *elements[])
{
	char *text = strdup("["), *longer = NULL;

	for (unsigned i = 0; elements[i] != NULL; i++) {
		assert_true(asprintf(&longer, "%s%s%s", text, i > 0 ? "," : "", elements[i]) > 0);
		free(text);
		free(elements[i]);
		text = longer;
	}
	assert_true(asprintf(&longer, "%s]\n", text) > 0);
	free(text);
	return longer;
}

static char *refusal(unsigned id, int code, const char *message)
{
	char *text = NULL;

	assert_true(asprintf(&text,
			     "{\"result\":null,\"error\":{\"code\":%d,\"message\":\"%s\"},"
			     "\"id\":%u}",
			     code, message, id) > 0);
	return text;
}

static char *block_answer(unsigned place, unsigned id)
{
	char *hex = hex_of(place), *text = answer(hex, id);

	free(hex);
	return text;
}

static char *large_answer(unsigned id)
{
	char *hex = hex_of_file(LARGE), *text = answer(hex, id);

	free(hex);
	return text;
}

static char *all_hashes(void)
{
	char *elements[COUNT + 1] = { NULL };

	for (unsigned i = 0; i < COUNT; i++)
		elements[i] = answer(hashes[COUNT - 1 - i], COUNT - i); /* the last one first */
	return array_of(elements);
}

/* Starts the peer; the bodies are copied by its fork and freed here. */
static struct peer *start(struct peer_exchange *list, unsigned count)
{
	struct peer *p = peer_start(list, count);

	for (unsigned i = 0; i < count; i++)
		free((char *)list[i].body);
	return p;
}

static void fetch(struct fetch *f, struct peer *p)
{
	struct chain_btc_options o = { .server = peer_address(p),
				       .user = "u",
				       .pass = "p",
				       .cert = "",
				       .network = BTC_REGTEST };
	struct asked asked[COUNT];
	struct err err;

	if (f->wanted == 0)
		f->wanted = COUNT;
	assert_int_equal(loop_new(&f->loop, &err), 0);
	assert_int_equal(chain_btc_new(f->loop, &o, &f->chain, &err), 0);
	for (unsigned i = 0; i < COUNT; i++) {
		asked[i] = (struct asked){ f, i };
		f->trouble[i] = UNHEARD;
		f->chain->ops->block_at(f->chain, FIRST + i, on_block, &asked[i]);
	}
	assert_int_equal(f->heard, 0);
	loop_run(f->loop);
	f->chain->ops->free(f->chain);
	loop_free(f->loop);
}

static void check(const struct fetch *f, const int trouble[COUNT])
{
	for (unsigned i = 0; i < COUNT; i++)
		assert_int_equal(f->trouble[i], trouble[i]);
}

#define CALL_HASH(id, height)                                                                      \
	"{\"jsonrpc\":\"2.0\",\"id\":" #id ",\"method\":\"getblockhash\",\"params\":[" #height "]" \
	"}"
#define ASK_HASHES                                                                                 \
	"[" CALL_HASH(1, 441) "," CALL_HASH(2, 442) "," CALL_HASH(3, 443) "," CALL_HASH(4, 444) "]"

/* The node answers the question for hashes, then the one for blocks. */
static void two_answers(struct fetch *f, char *ids, char **blocks)
{
	struct peer_exchange list[] = {
		{ .body_has = ASK_HASHES, .status = 200, .body = ids },
		{ .status = 200, .body = array_of(blocks) },
	};
	struct peer *p = start(list, 2);

	fetch(f, p);
	peer_finish(p);
}

/* Two requests for four blocks. */
static void test_blocks_go_together(void **state)
{
	char *blocks[] = { block_answer(3, 8), block_answer(0, 5), block_answer(2, 7),
			   block_answer(1, 6), NULL };
	struct peer_exchange list[] = {
		{ .body_has = ASK_HASHES, .status = 200, .body = all_hashes() },
		{ .body_has = "\"id\":8,\"method\":\"getblock\",\"params\":[\"7d3a3b49",
		  .status = 200,
		  .body = array_of(blocks) },
	};
	struct fetch f = { .heard = 0 };
	struct peer *p = start(list, 2);

	(void)state;
	fetch(&f, p);
	check(&f, (int[COUNT]){ FINE, FINE, FINE, FINE });
	peer_finish(p);
}

/* What is good is kept; one is not known any more, one was given twice. */
static void test_half_a_batch(void **state)
{
	char *blocks[] = { block_answer(0, 5), refusal(6, -5, "Block not found"),
			   block_answer(2, 7), block_answer(2, 7),
			   block_answer(3, 8), NULL };
	struct fetch f = { .heard = 0 };

	(void)state;
	two_answers(&f, all_hashes(), blocks);
	check(&f, (int[COUNT]){ FINE, CHAIN_STALE, CHAIN_UNREACHABLE, FINE });
}

/* The scanner drops the rest at the first failure: those are not even looked at. */
static void test_dropped_in_the_middle(void **state)
{
	char *blocks[] = { block_answer(0, 5), refusal(6, -1, "Block not found"),
			   block_answer(2, 7), block_answer(3, 8), NULL };
	struct fetch f = { .drop = true };

	(void)state;
	two_answers(&f, all_hashes(), blocks);
	check(&f, (int[COUNT]){ FINE, CHAIN_STALE, UNHEARD, UNHEARD });
}

/* One that takes a thousand times as long to read as those behind it. */
static void test_a_large_block_is_waited_for(void **state)
{
	char *ids[] = { answer(LARGE_HASH, 1), answer(hashes[1], 2), answer(hashes[2], 3),
			answer(hashes[3], 4), NULL };
	char *blocks[] = { large_answer(5), block_answer(1, 6), block_answer(2, 7),
			   refusal(8, -5, "Block not found"), NULL };
	struct fetch f = { .large = true };

	(void)state;
	two_answers(&f, array_of(ids), blocks);
	check(&f, (int[COUNT]){ FINE, FINE, FINE, CHAIN_STALE });
}

/* The chain is freed while its blocks are being read; what comes of them is nobody's. */
static void test_left_while_blocks_are_read(void **state)
{
	char *blocks[] = { refusal(5, -5, "Block not found"), large_answer(6), large_answer(7),
			   large_answer(8), NULL };
	struct fetch f = { .drop = true };

	(void)state;
	two_answers(&f, all_hashes(), blocks);
	check(&f, (int[COUNT]){ CHAIN_STALE, UNHEARD, UNHEARD, UNHEARD });
}

/* What is no hex, or hex of no block, is refused in its turn. */
static void test_no_block_among_blocks(void **state)
{
	char *blocks[] = { block_answer(0, 5), answer("00zz", 6), block_answer(2, 7),
			   answer("00ff", 8), NULL };
	struct fetch f = { .heard = 0 };

	(void)state;
	two_answers(&f, all_hashes(), blocks);
	check(&f, (int[COUNT]){ FINE, CHAIN_BAD_BLOCK, FINE, CHAIN_BAD_BLOCK });
}

/* A block of another height in the place of the one asked for. */
static void test_blocks_exchanged(void **state)
{
	char *blocks[] = { block_answer(1, 5), block_answer(0, 6), block_answer(2, 7),
			   block_answer(3, 8), NULL };
	struct fetch f = { .heard = 0 };

	(void)state;
	two_answers(&f, all_hashes(), blocks);
	check(&f, (int[COUNT]){ CHAIN_BAD_BLOCK, CHAIN_BAD_BLOCK, FINE, FINE });
}

/* A node that wants false gets it, for the whole batch and ever after. */
static void test_another_form_in_a_batch(void **state)
{
	char *no[COUNT + 1] = { NULL }, *blocks[COUNT + 1] = { NULL };
	struct peer_exchange list[3] = {
		{ .body_has = ASK_HASHES, .status = 200, .body = all_hashes() },
		{ .body_has = "\", 0]}", .status = 200 },
		{ .body_has = "\", false]}", .status = 200 },
	};
	struct fetch f = { .heard = 0 };
	struct peer *p;

	(void)state;
	for (unsigned i = 0; i < COUNT; i++) {
		no[i] = refusal(5 + i, -3, "Param #1 must be a boolean.");
		blocks[i] = block_answer(i, 9 + i);
	}
	list[1].body = array_of(no);
	list[2].body = array_of(blocks);
	p = start(list, 3);
	fetch(&f, p);
	check(&f, (int[COUNT]){ FINE, FINE, FINE, FINE });
	peer_finish(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks_go_together),
		cmocka_unit_test(test_half_a_batch),
		cmocka_unit_test(test_dropped_in_the_middle),
		cmocka_unit_test(test_a_large_block_is_waited_for),
		cmocka_unit_test(test_left_while_blocks_are_read),
		cmocka_unit_test(test_no_block_among_blocks),
		cmocka_unit_test(test_blocks_exchanged),
		cmocka_unit_test(test_another_form_in_a_batch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

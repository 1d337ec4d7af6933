/* Answers and responses that are kept: as long as they are true, and not longer. */
#include <microhttpd.h>
#include <string.h>

#include "apid/answer_cache.h"
#include "apid/response_cache.h"
#include "common/loop/loop.h"
#include "test/support/test_store.h"

static const struct buf *get(struct answer_cache *c, struct test_store *t)
{
	return answer_cache_get(c, t->reader, "key");
}

static void test_until_somebody_writes(void **state)
{
	struct test_store *t = *state;
	struct loop *l = loop_new_scripted(TEST_STORE_NOW);
	struct answer_cache *c = answer_cache_new(l);
	struct buf text = BUF_INIT(64);
	struct err err;

	(void)buf_puts(&text, "an answer");
	assert_null(get(c, t));
	answer_cache_put(c, "key", &text);
	assert_string_equal(buf_text(get(c, t)), "an answer");
	assert_null(answer_cache_get(c, t->reader, "another key"));
	loop_scripted_turn(l);
	assert_non_null(get(c, t)); /* nobody wrote */

	IN_TX(t->exchangerd, 0, store_pool_add(t->exchangerd, COIN_BTC, "b1", &err));
	assert_non_null(get(c, t)); /* one turn is one moment */
	loop_scripted_turn(l);
	assert_null(get(c, t));
	loop_scripted_turn(l);
	assert_null(get(c, t)); /* an old one does not come back */
	answer_cache_put(c, "key", &text);
	loop_scripted_turn(l);
	assert_non_null(get(c, t));

	/* What is rolled back was no change. */
	MUST(store_begin(t->exchangerd, &err));
	MUST(store_pool_add(t->exchangerd, COIN_BTC, "b2", &err));
	store_rollback(t->exchangerd);
	loop_scripted_turn(l);
	assert_non_null(get(c, t));
	buf_release(&text);
	answer_cache_free(c);
	loop_free(l);
}

static void test_what_is_too_large_is_not_kept(void **state)
{
	struct test_store *t = *state;
	struct loop *l = loop_new_scripted(TEST_STORE_NOW);
	struct answer_cache *c = answer_cache_new(l);
	char long_key[100];
	struct buf text = BUF_INIT(10000);

	memset(long_key, 'k', sizeof(long_key) - 1);
	long_key[sizeof(long_key) - 1] = '\0';
	(void)buf_puts(&text, "short");
	answer_cache_put(c, long_key, &text);
	assert_null(answer_cache_get(c, t->reader, long_key));
	while (text.len < 5000)
		(void)buf_putc(&text, 'x');
	answer_cache_put(c, "key", &text);
	assert_null(get(c, t));
	buf_release(&text);
	answer_cache_free(c);
	loop_free(l);
}

#define HEAD(text) (text), sizeof(text) - 1

static void test_responses(void **state)
{
	struct response_cache *c = response_cache_new();
	struct kept_response *a, *b;

	(void)state;
	a = response_cache_get(c, HEAD("A\0b\0"), "body", 4);
	b = response_cache_get(c, HEAD("A\0b\0"), "body", 4);
	assert_non_null(a);
	assert_ptr_equal(a, b);
	assert_string_equal(MHD_get_response_header(response_cache_response(a), "A"), "b");
	response_cache_release(b);
	b = response_cache_get(c, HEAD("A\0c\0"), "body", 4);
	assert_true(b == NULL || b != a);
	if (b != NULL)
		response_cache_release(b);
	b = response_cache_get(c, HEAD("A\0b\0"), "bodY", 4);
	assert_true(b == NULL || b != a);
	if (b != NULL)
		response_cache_release(b);
	assert_null(response_cache_get(c, HEAD(""), "body", 4));
	assert_null(response_cache_get(NULL, HEAD("A\0b\0"), "body", 4));
	response_cache_release(a);
	response_cache_free(c);
}

/* Far more answers than places, some of them in use all the while: none is ever another's. */
static void test_many_responses(void **state)
{
	struct response_cache *c = response_cache_new();
	struct kept_response *held[100];
	char value[32], head[64];

	(void)state;
	for (unsigned i = 0; i < 5000; i++) {
		int len = snprintf(value, sizeof(value), "%u", i);
		struct kept_response *k;

		memcpy(head, "Name", 5);
		memcpy(head + 5, value, (size_t)len + 1);
		k = response_cache_get(c, head, (size_t)len + 6, value, (size_t)len);
		if (i < 100)
			held[i] = k;
		if (k == NULL)
			continue;
		assert_string_equal(MHD_get_response_header(response_cache_response(k), "Name"),
				    value);
		if (i >= 100)
			response_cache_release(k);
	}
	for (unsigned i = 0; i < 100; i++) {
		if (held[i] == NULL)
			continue;
		(void)snprintf(value, sizeof(value), "%u", i);
		assert_string_equal(
			MHD_get_response_header(response_cache_response(held[i]), "Name"), value);
		response_cache_release(held[i]);
	}
	response_cache_free(c);
}

static int set_up(void **state)
{
	static struct test_store t;

	test_store_open(&t);
	*state = &t;
	return 0;
}

static int tear_down(void **state)
{
	test_store_close(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_until_somebody_writes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_is_too_large_is_not_kept, set_up,
						tear_down),
		cmocka_unit_test(test_responses),
		cmocka_unit_test(test_many_responses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

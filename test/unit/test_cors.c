/* Which origins may read answers, and what a preflight is told. */
#include "test/support/test.h"

#include "apid/cors.h"
#include "test/unit/fake_request.h"

/* NULL: an empty list. */
static struct conf_list list_of(const char *item)
{
	struct conf_list list = { .count = item != NULL };

	(void)snprintf(list.item[0], sizeof(list.item[0]), "%s", item != NULL ? item : "");
	return list;
}

static void test_origins(void **state)
{
	static const struct {
		const char *why, *allowed, *origin, *answer;
	} rows[] = {
		{ "the same", "http://a.example", "http://a.example", "http://a.example" },
		{ "case does not matter, the origin's own is answered", "HTTP://a.Example",
		  "http://A.example", "http://A.example" },
		{ "another port is another origin", "http://a.example", "http://a.example:81",
		  NULL },
		{ "another scheme too", "http://a.example", "https://a.example", NULL },
		{ "a prefix is not enough", "http://a.example", "http://a.example.evil", NULL },
		{ "a suffix neither", "http://a.example", "evilhttp://a.example", NULL },
		{ "an empty list allows nobody", NULL, "http://a.example", NULL },
		{ "all", "*", "http://a.example", "*" },
		{ "all, but there is no origin", "*", NULL, NULL },
		{ "all, but it is empty", "*", "", NULL },
		{ "wildcard", "http://*.a.example", "http://x.a.example", "http://x.a.example" },
		{ "wildcard stands for more than one label", "http://*.a.example",
		  "http://x.y.a.example", "http://x.y.a.example" },
		{ "wildcard: the dot must be there", "http://*.a.example", "http://a.example",
		  NULL },
		{ "wildcard: head and tail may not share letters", "http://a*a", "http://a", NULL },
		{ "wildcard at the end", "http://127.0.0.1:*", "http://127.0.0.1:6420",
		  "http://127.0.0.1:6420" },
		{ "the null origin of a sandbox is no wildcard's", "http://*", "null", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct conf_list list = list_of(rows[i].allowed);
		struct cors c = { .allowed = &list };
		const char *got = cors_allow(&c, rows[i].origin);

		if (rows[i].answer == NULL ? got != NULL
					   : got == NULL || strcmp(got, rows[i].answer) != 0)
			fail_msg("%s: '%s'", rows[i].why, got != NULL ? got : "(none)");
	}
}

#define ORIGIN	"http://a.example"
#define REFUSED ""

static void test_preflights(void **state)
{
	static const struct {
		const char *why, *origin, *method, *headers, *methods, *allow_headers;
	} rows[] = {
		{ "post with a type", ORIGIN, "POST", "content-type", "POST", "Content-Type" },
		{ "all three, canonical", ORIGIN, "post", "ORIGIN,accept , Content-Type", "POST",
		  "Origin, Accept, Content-Type" },
		{ "none asked for", ORIGIN, "GET", NULL, "GET", "" },
		{ "an empty list", ORIGIN, "HEAD", " , ,", "HEAD", "" },
		{ "method not allowed", ORIGIN, "DELETE", NULL, REFUSED, "" },
		{ "one header of two not allowed", ORIGIN, "POST", "Accept, X-Secret", REFUSED,
		  "" },
		{ "a header longer than any that we know", ORIGIN, "POST",
		  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", REFUSED,
		  "" },
		{ "the same header too often for the answer", ORIGIN, "POST",
		  "accept,accept,accept,accept,accept,accept,accept,accept,accept,accept,accept,"
		  "accept,accept,accept,accept,accept,accept",
		  REFUSED, "" },
		{ "a stranger", "http://evil.example", "POST", NULL, REFUSED, "" },
		{ "no origin", NULL, "POST", NULL, REFUSED, "" },
	};
	struct conf_list list = list_of(ORIGIN);
	struct cors c = { .allowed = &list };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct http_request r = FAKE_REQUEST(
			"OPTIONS", "/api/bind", "Access-Control-Request-Method", rows[i].method);
		unsigned n = 2;

		if (rows[i].origin != NULL) {
			r.given[n++] = "Origin";
			r.given[n++] = rows[i].origin;
		}
		if (rows[i].headers != NULL) {
			r.given[n++] = "Access-Control-Request-Headers";
			r.given[n++] = rows[i].headers;
		}
		assert_true(cors_is_preflight(&r));
		cors_answer_preflight(&c, &r);
		if (strcmp(fake_answer_header(&r, "Access-Control-Allow-Methods"),
			   rows[i].methods) != 0 ||
		    strcmp(fake_answer_header(&r, "Access-Control-Allow-Headers"),
			   rows[i].allow_headers) != 0 ||
		    strcmp(fake_answer_header(&r, "Access-Control-Allow-Origin"),
			   rows[i].methods[0] != '\0' ? ORIGIN : "") != 0)
			fail_msg("%s", rows[i].why);
		assert_string_equal(fake_answer_header(&r, "Vary"),
				    "Origin, Access-Control-Request-Method, "
				    "Access-Control-Request-Headers");
		assert_int_equal(r.status, 200);
		assert_int_equal(r.answer.len, 0);
		fake_release(&r);
	}
}

static void test_what_is_a_preflight(void **state)
{
	struct http_request plain = FAKE_REQUEST("OPTIONS", "/api/bind", "Origin", ORIGIN);
	struct http_request get =
		FAKE_REQUEST("GET", "/api/bind", "Access-Control-Request-Method", "GET");

	(void)state;
	assert_false(cors_is_preflight(&plain));
	assert_false(cors_is_preflight(&get));
	fake_release(&plain);
	fake_release(&get);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_origins),
		cmocka_unit_test(test_preflights),
		cmocka_unit_test(test_what_is_a_preflight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Where plain HTTP sends its customers, and which Host headers are believed. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "apid/host_header.h"
#include "apid/redirect.h"
#include "test/support/test.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *why, *addr, *automatic, *host, *target, *want; /* NULL: not known */
} rows[] = {
	{ "a name of ours wins over all", ":443", "shop.example", "other.example", "/",
	  "https://shop.example/" },
	{ "also without a Host", ":7072", "shop.example", NULL, "/a?b",
	  "https://shop.example/a?b" },
	{ "a certain address is written as it is", "192.0.2.1:7072", "", "shop.example", "/",
	  "https://192.0.2.1:7072/" },
	{ "its port, too", "192.0.2.1:443", "", "shop.example", "/", "https://192.0.2.1:443/" },
	{ "all addresses: the client's host", ":443", "", "shop.example", "/",
	  "https://shop.example/" },
	{ "0.0.0.0", "0.0.0.0:443", "", "shop.example", "/", "https://shop.example/" },
	{ "[::]", "[::]:7072", "", "shop.example", "/", "https://shop.example:7072/" },
	{ "this machine", "127.0.0.1:7072", "", "localhost:7071", "/", "https://localhost:7072/" },
	{ "this machine, IPv6", "[::1]:7072", "", "[::1]:7071", "/x", "https://[::1]:7072/x" },
	{ "this machine by name", "localhost:443", "", "a", "/x", "https://a/x" },
	{ "the plain port is not the other's", ":443", "", "shop.example:80", "/",
	  "https://shop.example/" },
	{ "IPv6 host", ":7072", "", "[2001:db8::1]:80", "/", "https://[2001:db8::1]:7072/" },
	{ "IPv6 host with an IPv4 end", ":443", "", "[::ffff:192.0.2.1]", "/",
	  "https://[::ffff:192.0.2.1]/" },
	{ "no Host, this machine", "127.0.0.1:7072", "", NULL, "/", "https://127.0.0.1:7072/" },
	{ "a hostile Host, this machine", "127.0.0.1:7072", "", "a/b", "/",
	  "https://127.0.0.1:7072/" },
	{ "no Host, all addresses", ":443", "", NULL, "/", NULL },
	{ "an empty Host", ":443", "", "", "/", NULL },
	{ "a Host with a path", ":443", "", "a.example/b", "/", NULL },
	{ "a Host with a user", ":443", "", "me@a.example", "/", NULL },
	{ "a Host that ends the header", ":443", "", "a\r\nX: y", "/", NULL },
	{ "a Host with markup", ":443", "", "<script>", "/", NULL },
	{ "a Host with an escape", ":443", "", "a%2fb", "/", NULL },
	{ "two Hosts in one", ":443", "", "a, b", "/", NULL },
	{ "a port that is none", ":443", "", "a.example:99999", "/", NULL },
	{ "a port with a sign", ":443", "", "a.example:+80", "/", NULL },
	{ "an open bracket", ":443", "", "[::1", "/", NULL },
	{ "an empty bracket", ":443", "", "[]", "/", NULL },
	{ "IPv6 without brackets", ":443", "", "2001:db8::1", "/", NULL },
	{ "IPv6 with a zone", ":443", "", "[fe80::1%25eth0]", "/", NULL },
	{ "query and escapes as they came", ":443", "", "a", "/a%20b/%2e%2e?q=%00&r=a+b",
	  "https://a/a%20b/%2e%2e?q=%00&r=a+b" },
	{ "an empty query", ":443", "", "a", "/?", "https://a/?" },
	{ "the form for proxies", ":443", "", "a", "http://b.example:80/c?d", "https://a/c?d" },
	{ "the same without a path", ":443", "", "a", "http://b.example", "https://a/" },
	{ "the same with a query only", ":443", "", "a", "http://b.example?c", "https://a/?c" },
	{ "OPTIONS *", ":443", "", "a", "*", "https://a/" },
	{ "CONNECT", ":443", "", "a", "b.example:443", "https://a/" },
	{ "a path that looks like a host", ":443", "", "a", "//b.example/",
	  "https://a//b.example/" },
	{ "what is not ASCII", ":443", "", "a", "/\xc3\xa4\x01", "https://a/%C3%A4%01" },
	{ "quotes and markup", ":443", "", "a", "/\"><b>#x", "https://a/%22%3E%3Cb%3E%23x" },
};

static void test_locations(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		const struct redirect_conf c = { rows[i].addr, rows[i].automatic };
		struct buf out = BUF_INIT(1024);
		bool known = redirect_location(&c, rows[i].host, rows[i].target, &out);

		if (known != (rows[i].want != NULL) ||
		    (known && strcmp(buf_text(&out), rows[i].want) != 0))
			fail_msg("%s: %s", rows[i].why, buf_text(&out));
		buf_release(&out);
	}
}

static void test_statuses(void **state)
{
	(void)state;
	assert_int_equal(redirect_status("GET"), 301);
	assert_int_equal(redirect_status("HEAD"), 301);
	assert_int_equal(redirect_status("POST"), 308);
	assert_int_equal(redirect_status("OPTIONS"), 308);
	assert_int_equal(redirect_status("get"), 308);
}

static void test_the_body_is_escaped(void **state)
{
	struct buf out = BUF_INIT(1024);

	(void)state;
	redirect_html("https://a/?a=1&b='<\">", &out);
	assert_string_equal(buf_text(&out), "<a href=\"https://a/?a=1&amp;b=&#39;&lt;&#34;&gt;\">"
					    "Moved Permanently</a>.\n\n");
	buf_release(&out);
}

static void test_a_location_that_does_not_fit_is_none(void **state)
{
	const struct redirect_conf c = { ":443", "" };
	struct buf out = BUF_INIT(20);

	(void)state;
	assert_false(redirect_location(&c, "shop.example", "/0123456789", &out));
	buf_release(&out);
}

static const struct {
	const char *header;
	bool is;
} names[] = {
	{ "shop.example", true },
	{ "SHOP.Example", true },
	{ "shop.example:443", true },
	{ "shop.example:7072", true },
	{ "shop.example.", true },
	{ "shop.example.:80", true },
	{ "www.shop.example", false },
	{ "shop.example.net", false },
	{ "shop.exampl", false },
	{ "shop.example:x", false },
	{ "", false },
	{ NULL, false },
	{ "shop.example@evil", false },
	{ "192.0.2.1", false },
	{ "[::1]", false },
	{ "shop.example..", false },
};

static void test_allowed_hosts(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(names); i++)
		if (host_header_is(names[i].header, "shop.example") != names[i].is)
			fail_msg("%s", names[i].header);
}

static void test_a_long_host_is_none(void **state)
{
	char host[2 * HOST_MAX], ret[HOST_MAX];

	(void)state;
	memset(host, 'a', sizeof(host));
	host[HOST_MAX] = '\0';
	assert_false(host_header_read(host, ret));
	host[HOST_MAX - 1] = '\0';
	assert_true(host_header_read(host, ret));
	assert_string_equal(ret, host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_locations),
		cmocka_unit_test(test_statuses),
		cmocka_unit_test(test_the_body_is_escaped),
		cmocka_unit_test(test_a_location_that_does_not_fit_is_none),
		cmocka_unit_test(test_allowed_hosts),
		cmocka_unit_test(test_a_long_host_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

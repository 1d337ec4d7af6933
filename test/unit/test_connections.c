/* What connections may take, with a clock of the test's own. */
#include "test/support/test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "apid/connections.h"

#define FDS 64

static bool was_cut[FDS];
static uint64_t bytes[FDS];
static struct loop *l;
static struct connections *c;

static void cut(int fd)
{
	assert_false(was_cut[fd]); /* once is enough */
	was_cut[fd] = true;
}

static uint64_t received(int fd)
{
	return bytes[fd];
}

static void begin(struct connections_conf conf)
{
	struct err err;

	memset(was_cut, 0, sizeof(was_cut));
	memset(bytes, 0, sizeof(bytes));
	conf.cut = cut;
	conf.received = received;
	l = loop_new_scripted(1500000000);
	assert_int_equal(connections_new(l, &conf, &c, &err), 0);
}

static void end(void)
{
	assert_int_equal(connections_count(c), 0);
	connections_free(c);
	loop_free(l);
}

static const struct connections_conf usual = {
	.max = 32, .read_ms = 10000, .answer_ms = 60000, .idle_ms = 120000
};

static struct sockaddr_storage peer_of(const char *ip)
{
	struct sockaddr_storage a = { .ss_family = strchr(ip, ':') != NULL ? AF_INET6 : AF_INET };
	void *at = a.ss_family == AF_INET ? (void *)&((struct sockaddr_in *)&a)->sin_addr
					  : (void *)&((struct sockaddr_in6 *)&a)->sin6_addr;

	assert_int_equal(inet_pton(a.ss_family, ip, at), 1);
	return a;
}

static struct connection *open_from(const char *ip, int fd)
{
	struct sockaddr_storage a = peer_of(ip);
	struct connection *n = connection_begin(c, fd, (struct sockaddr *)&a);

	assert_non_null(n);
	return n;
}

static bool admits(const char *ip)
{
	struct sockaddr_storage a = peer_of(ip);

	return connections_admit(c, (struct sockaddr *)&a);
}

static void test_each_phase_ends(void **state)
{
	static const struct {
		const char *why;
		enum connection_phase phase;
		uint64_t lasts_ms;
	} rows[] = {
		{ "a header", CONNECTION_HEADER, 10000 },
		{ "a body", CONNECTION_BODY, 10000 },
		{ "an answer", CONNECTION_ANSWER, 60000 },
		{ "silence", CONNECTION_IDLE, 120000 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct connection *n;

		begin(usual);
		n = open_from("10.0.0.1", 1);
		connection_enter(n, rows[i].phase);
		loop_scripted_advance(l, rows[i].lasts_ms - 1001);
		if (was_cut[1])
			fail_msg("%s: cut too early", rows[i].why);
		loop_scripted_advance(l, 2002);
		if (!was_cut[1])
			fail_msg("%s: not cut", rows[i].why);
		assert_int_equal(connections_cut(c), 1);
		loop_scripted_advance(l, 500000); /* nobody reads it: it stays, and is cut once */
		connection_end(n);
		end();
	}
}

/* What the listener of backups asks for. */
static void test_answers_without_an_end(void **state)
{
	struct connections_conf conf = usual;
	struct connection *n;

	(void)state;
	conf.answer_ms = 0;
	begin(conf);
	n = open_from("10.0.0.1", 1);
	connection_enter(n, CONNECTION_ANSWER);
	loop_scripted_advance(l, 86400000);
	assert_false(was_cut[1]);
	connection_end(n);
	end();
}

/* A request on a kept connection that never becomes whole, though bytes come. */
static void test_a_slow_second_request(void **state)
{
	struct connection *n;

	(void)state;
	begin(usual);
	n = open_from("10.0.0.1", 1);
	bytes[1] = 100;
	connection_enter(n, CONNECTION_IDLE);
	for (int i = 0; i < 30 && !was_cut[1]; i++) {
		loop_scripted_advance(l, 1000);
		bytes[1]++;
	}
	assert_true(was_cut[1]);
	connection_end(n);
	end();
}

/* Its end came with the last request. */
static void test_who_has_left(void **state)
{
	struct connection *n;

	(void)state;
	begin(usual);
	n = open_from("10.0.0.1", 1);
	connection_enter(n, CONNECTION_ANSWER);
	bytes[1] = CONNECTION_LEFT;
	loop_scripted_advance(l, 5000);
	assert_false(was_cut[1]); /* it gets its answer */
	connection_enter(n, CONNECTION_IDLE);
	loop_scripted_advance(l, 4000);
	assert_true(was_cut[1]);
	connection_end(n);
	end();
}

static unsigned rested;

static void rest(const void *memory)
{
	assert_ptr_equal(memory, &rested);
	rested++;
}

static void test_idle_memory_is_given_back_once(void **state)
{
	struct connections_conf conf = usual;
	struct connection *n;

	(void)state;
	conf.rest = rest;
	begin(conf);
	n = open_from("10.0.0.1", 1);
	connection_set_memory(n, &rested);
	bytes[1] = 100;
	connection_enter(n, CONNECTION_IDLE);
	loop_scripted_advance(l, 60000);
	assert_int_equal(rested, 1);
	connection_enter(n, CONNECTION_ANSWER);
	connection_enter(n, CONNECTION_IDLE);
	loop_scripted_advance(l, 60000);
	assert_int_equal(rested, 2);
	connection_end(n);
	end();
}

static void test_requests_move_the_end(void **state)
{
	struct connection *n;

	(void)state;
	begin(usual);
	n = open_from("10.0.0.1", 1);
	for (int i = 0; i < 100; i++) {
		connection_enter(n, CONNECTION_HEADER);
		loop_scripted_advance(l, 8000);
		connection_enter(n, CONNECTION_ANSWER);
		loop_scripted_advance(l, 50000);
		connection_enter(n, CONNECTION_IDLE);
		loop_scripted_advance(l, 100000);
		bytes[1] += 0; /* silent while idle */
	}
	assert_false(was_cut[1]);
	connection_end(n);
	end();
}

static void test_one_client_has_so_many(void **state)
{
	struct connections_conf conf = usual;
	struct connection *a, *b, *v6;

	(void)state;
	conf.per_client = 2;
	begin(conf);
	a = open_from("10.0.0.1", 1);
	assert_true(admits("10.0.0.1"));
	b = open_from("10.0.0.1", 2);
	assert_false(admits("10.0.0.1"));
	assert_false(admits("::ffff:10.0.0.1")); /* the same on a socket of IPv6 */
	assert_true(admits("10.0.0.2"));
	v6 = open_from("2001:db8:1:2::1", 3);
	assert_true(admits("2001:db8:1:2::2"));
	connection_end(v6);
	v6 = open_from("2001:db8:1:2::2", 3);
	connection_end(b);
	assert_true(admits("10.0.0.1"));
	assert_int_equal(connections_refused(c), 2);
	connection_end(a);
	connection_end(v6);
	end();
}

static void test_this_machine_is_spared(void **state)
{
	struct connections_conf conf = usual;
	struct connection *a, *b;

	(void)state;
	conf.per_client = 1;
	begin(conf);
	a = open_from("127.0.0.1", 1);
	assert_false(admits("127.0.0.1"));
	connection_end(a);
	end();

	conf.spare_loopback = true;
	begin(conf);
	a = open_from("127.0.0.1", 1);
	b = open_from("::1", 2);
	assert_true(admits("127.0.0.1"));
	assert_true(admits("::1"));
	connection_end(a);
	connection_end(b);
	end();
}

/* Nearly full: who has been idle longest makes room, who is served does not. */
static void test_idle_ones_make_room(void **state)
{
	struct connection *n[32];

	(void)state;
	begin(usual);
	for (int i = 0; i < 30; i++) {
		n[i] = open_from("10.0.0.1", i);
		connection_enter(n[i], i % 2 == 0 ? CONNECTION_IDLE : CONNECTION_ANSWER);
		loop_scripted_advance(l, 10);
	}
	assert_int_equal(connections_cut(c), 0);
	n[30] = open_from("10.0.0.1", 30);
	n[31] = open_from("10.0.0.1", 31);
	assert_int_equal(connections_cut(c), 2);
	assert_true(was_cut[0] && was_cut[2]);
	for (int i = 0; i < 32; i++)
		connection_end(n[i]);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_phase_ends),
		cmocka_unit_test(test_answers_without_an_end),
		cmocka_unit_test(test_a_slow_second_request),
		cmocka_unit_test(test_who_has_left),
		cmocka_unit_test(test_idle_memory_is_given_back_once),
		cmocka_unit_test(test_requests_move_the_end),
		cmocka_unit_test(test_one_client_has_so_many),
		cmocka_unit_test(test_this_machine_is_spared),
		cmocka_unit_test(test_idle_ones_make_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

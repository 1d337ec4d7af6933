/* The end of a listener, while clients that keep their connection go on asking; streams that rest.
 */
#include "test/support/test.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "apid/http_server.h"
#include "apid/static_files.h"

static const char request[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

static struct loop *l;
static struct http_server *s;
static unsigned handled;

static void on_request(void *arg, struct http_request *r)
{
	(void)arg;
	handled++;
	http_reply(r, 200, NULL, "hello", 5);
	loop_stop(l);
}

static void on_limit(void *arg)
{
	(void)arg;
	fail_msg("no request has come");
}

/* A port that nobody listens on: for an instant it was ours, and may be somebody else's now. */
static in_port_t free_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	assert_int_equal(close(fd), 0);
	return a.sin_port;
}

static int client_new(in_port_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = port,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

static void ask(int fd)
{
	assert_int_equal(write(fd, request, sizeof(request) - 1), sizeof(request) - 1);
}

static void run_until_handled(void)
{
	struct loop_timer *limit = loop_timer_new(l, on_limit, NULL);

	loop_timer_start(limit, 60000);
	loop_run(l);
	loop_timer_free(limit);
}

/* All that is sent, up to the end of the connection. */
static void read_all(int fd, char *ret, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len + 1 < size && (n = read(fd, ret + len, size - 1 - len)) > 0)
		len += (size_t)n;
	ret[len] = '\0';
}

static in_port_t begin_with(http_handler_fn fn, void *arg)
{
	static char address[32];
	in_port_t port;
	struct http_server_conf conf = { .name = "test",
					 .address = address,
					 .connections_max = 8,
					 .read_ms = 1000,
					 .idle_ms = 10000,
					 .fn = fn,
					 .arg = arg };
	struct err err;

	handled = 0;
	assert_int_equal(loop_new(&l, &err), 0);
	for (int tries = 0, rc = -1; rc < 0; tries++) {
		port = free_port();
		(void)snprintf(address, sizeof(address), "127.0.0.1:%u", ntohs(port));
		rc = http_server_new(l, &conf, &s, &err);
		if (rc < 0 && tries == 100)
			fail_msg("%s", err.text);
	}
	return port;
}

static in_port_t begin(void)
{
	return begin_with(on_request, NULL);
}

/* What the handler needs is freed before the server is. */
static void test_no_handler_while_it_is_freed(void **state)
{
	char answer[4096];
	int fd;

	(void)state;
	fd = client_new(begin());
	ask(fd);
	run_until_handled();
	(void)http_server_drain(s, on_limit, NULL);
	ask(fd);
	http_server_free(s);
	assert_int_equal(handled, 1);
	read_all(fd, answer, sizeof(answer));
	assert_non_null(strstr(answer, "HTTP/1.1 200 "));
	assert_non_null(strstr(answer, "HTTP/1.1 503 "));
	assert_int_equal(close(fd), 0);
	loop_free(l);
}

/* Else a client that asks without a pause would be served until the last moment. */
static void test_a_connection_ends_while_it_drains(void **state)
{
	char answer[4096];
	int fd;

	(void)state;
	fd = client_new(begin());
	ask(fd);
	run_until_handled();
	(void)http_server_drain(s, on_limit, NULL);
	ask(fd);
	run_until_handled();
	ask(fd);
	http_server_free(s);
	assert_int_equal(handled, 2);
	read_all(fd, answer, sizeof(answer));
	assert_non_null(strstr(answer, "Connection: close"));
	assert_int_equal(close(fd), 0);
	loop_free(l);
}

/* --- memory of idle connections ----------------------------------------------------------------
 */

static void on_rested(void *arg)
{
	(void)arg;
	loop_stop(l);
}

/* Long enough for several looks at what is idle. */
static void rest(void)
{
	struct loop_timer *t = loop_timer_new(l, on_rested, NULL);

	loop_timer_start(t, 300);
	loop_run(l);
	loop_timer_free(t);
}

static int client_with(in_port_t port, const char *before, size_t count, const char *request_text)
{
	int fd = client_new(port);

	for (size_t i = 0; i < count; i++)
		assert_int_equal(write(fd, before, strlen(before)), strlen(before));
	assert_int_equal(write(fd, request_text, strlen(request_text)), strlen(request_text));
	run_until_handled();
	return fd;
}

/* Bytes before the target are a stranger's choice: nothing beyond the connection's memory is looked
 * at.  AddressSanitizer sees it, others may. */
static void test_only_its_own_memory_is_given_back(void **state)
{
	int long_method, blank_lines, usual;
	in_port_t port = begin();

	(void)state;
	long_method = client_with(port, "AAAAAAAAAAAAAAAA", 750, " / HTTP/1.1\r\nHost: x\r\n\r\n");
	blank_lines = client_with(port, "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n", 750, request);
	usual = client_with(port, "", 0, request);
	rest();
	ask(usual);
	run_until_handled();
	assert_int_equal(handled, 4);
	(void)http_server_drain(s, on_limit, NULL);
	http_server_free(s);
	loop_free(l);
	assert_int_equal(close(long_method), 0);
	assert_int_equal(close(blank_lines), 0);
	assert_int_equal(close(usual), 0);
}

/* --- streams that rest -------------------------------------------------------------------------
 */

static struct http_request *resting;
static const char *script; /* a byte for each pull; "-": later, "!": broken, "$": the end */
static unsigned pulls, ended;

static ssize_t on_pull(void *arg, uint64_t position, char *out, size_t room)
{
	(void)arg;
	(void)position;
	(void)room;
	pulls++;
	switch (*script++) {
	case '-': loop_stop(l); return HTTP_STREAM_LATER;
	case '!': return HTTP_STREAM_BROKEN;
	case '$': return HTTP_STREAM_END;
	default: out[0] = script[-1]; return 1;
	}
}

static void on_stream_done(void *arg)
{
	(void)arg;
	ended++;
	loop_stop(l);
}

static void on_stream_request(void *arg, struct http_request *r)
{
	static const struct http_stream stream = { .size = HTTP_SIZE_UNKNOWN,
						   .pull = on_pull,
						   .done = on_stream_done };

	(void)arg;
	resting = r;
	http_reply_stream(r, 200, "text/plain", &stream, NULL);
}

/* Asked for no more while it rests, however long; then it goes on. */
static void test_a_stream_rests_until_it_is_resumed(void **state)
{
	static const char last_chunk[] = "\r\n1\r\nb\r\n0\r\n\r\n";
	char answer[4096];
	int fd;

	(void)state;
	pulls = ended = 0;
	script = "a-b$";
	fd = client_new(begin_with(on_stream_request, NULL));
	ask(fd);
	run_until_handled();
	rest();
	assert_int_equal(pulls, 2);
	http_stream_resume(resting);
	run_until_handled();
	assert_int_equal(pulls, 4);
	assert_int_equal(ended, 1);
	(void)http_server_drain(s, on_limit, NULL);
	http_server_free(s);
	read_all(fd, answer, sizeof(answer));
	assert_non_null(strstr(answer, last_chunk));
	assert_int_equal(close(fd), 0);
	loop_free(l);
}

/* Resumed for the last time, it is cut, and the server ends. */
static void test_a_stream_that_rests_at_the_stop_is_cut(void **state)
{
	char answer[4096];
	int fd;

	(void)state;
	pulls = ended = 0;
	script = "a-!";
	fd = client_new(begin_with(on_stream_request, NULL));
	ask(fd);
	run_until_handled();
	(void)http_server_drain(s, on_limit, NULL);
	http_stream_resume(resting);
	http_server_free(s);
	assert_int_equal(ended, 1);
	read_all(fd, answer, sizeof(answer));
	assert_non_null(strstr(answer, "1\r\na\r\n"));
	assert_null(strstr(answer, "0\r\n\r\n"));
	assert_int_equal(close(fd), 0);
	loop_free(l);
}

/* --- pages -------------------------------------------------------------------------------------
 */

static void on_page_request(void *arg, struct http_request *r)
{
	static_files_answer(arg, r);
	loop_stop(l);
}

static void test_no_descriptor_is_not_no_page(void **state)
{
	struct rlimit few = { .rlim_cur = 64 }, usual;
	struct static_files *pages;
	char answer[4096];
	struct err err;
	int fd, last;

	(void)state;
	assert_int_equal(static_files_open("web/customer", &pages, &err), 0);
	fd = client_new(begin_with(on_page_request, pages));
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &usual), 0);
	few.rlim_max = usual.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	while ((last = dup(fd)) >= 0 && last < 62)
		;
	ask(fd); /* one is left for its connection */
	run_until_handled();
	(void)http_server_drain(s, on_limit, NULL);
	http_server_free(s);
	assert_true(read(fd, answer, 12) == 12);
	assert_memory_equal(answer, "HTTP/1.1 503", 12);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &usual), 0);
	static_files_free(pages);
	loop_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_handler_while_it_is_freed),
		cmocka_unit_test(test_a_connection_ends_while_it_drains),
		cmocka_unit_test(test_only_its_own_memory_is_given_back),
		cmocka_unit_test(test_a_stream_rests_until_it_is_resumed),
		cmocka_unit_test(test_a_stream_that_rests_at_the_stop_is_cut),
		cmocka_unit_test(test_no_descriptor_is_not_no_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

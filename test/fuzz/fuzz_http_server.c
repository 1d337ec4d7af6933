/* Raw bytes to the real server over a socket: the library, the guard in front of our handlers,
 * queries, forms, bodies, and answers of several kinds.  Whatever comes, each request that reaches
 * a handler is whole, and all that was sent is taken or the connection is ended. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "apid/http_server.h"
#include "common/base/log.h"
#include "common/loop/loop_uv.h"

#define CHECK(what)                                                                                \
	do {                                                                                       \
		if (!(what))                                                                       \
			abort();                                                                   \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TURNS_MAX  20000
#define TURNS_LAST 30 /* after the last byte */

static struct loop *l;
static struct sockaddr_in server_at;

static void on_request(void *arg, struct http_request *r)
{
	const char *text, *value;
	char peer[64];
	int status = 200;

	(void)arg;
	CHECK(http_body(r)->len <= HTTP_BODY_MAX);
	http_peer(r, peer, sizeof(peer));
	if (http_is_refused(r, &status, &text)) {
		http_reply(r, status, "text/plain", text, strlen(text));
		return;
	}
	CHECK(http_method(r)[0] != '\0' && http_path(r)[0] != '\0' && http_uri(r)[0] != '\0');
	CHECK(http_header(r, "Host") == NULL ||
	      http_header(r, "Host") == http_last_header(r, "Host"));
	value = http_param(r, "skyaddr");
	http_add_header(r, "X-Length", value == NULL ? "none" : value[0] == '\0' ? "0" : "some");
	(void)http_takes_gzip(r);
	http_reply(r, status, "text/plain", http_path(r), strlen(http_path(r)));
}

/* The one listening socket of this process. */
static void find_server(void)
{
	socklen_t len = sizeof(server_at);
	int fd, on = 0;

	for (fd = 0; fd < 256; fd++) {
		socklen_t size = sizeof(on);

		if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &size) == 0 && on)
			break;
	}
	CHECK(fd < 256 && getsockname(fd, (struct sockaddr *)&server_at, &len) == 0);
}

static void start(void)
{
	static const struct http_server_conf conf = { .name = "fuzz",
						      .address = "127.0.0.1:0",
						      .connections_max = 64,
						      .read_ms = 10000,
						      .answer_ms = 60000,
						      .idle_ms = 120000,
						      .gzip = true,
						      .fn = on_request };
	static struct http_server *s;
	struct err err;

	CHECK(loop_new(&l, &err) == 0);
	CHECK(http_server_new(l, &conf, &s, &err) == 0);
	find_server();
}

static int connect_to_server(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0);
	if (connect(fd, (const struct sockaddr *)&server_at, sizeof(server_at)) < 0) {
		(void)close(fd); /* out of ports for a moment */
		return -1;
	}
	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

/* True: the server has ended the connection. */
static bool drain(int fd)
{
	char answers[4096];
	ssize_t n;

	while ((n = recv(fd, answers, sizeof(answers), 0)) > 0)
		;
	return n == 0 || (errno != EAGAIN && errno != EINTR);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
	size_t sent = 0;
	int fd;

	if (l == NULL)
		start();
	fd = connect_to_server();
	if (fd < 0)
		return 0;
	for (int turn = 0, last = 0; last < TURNS_LAST; turn++) {
		ssize_t n = sent < size ? send(fd, data + sent, size - sent, MSG_NOSIGNAL) : 0;

		sent += n > 0 ? (size_t)n : 0;
		if (sent == size && last++ == 0)
			(void)shutdown(fd, SHUT_WR);
		(void)uv_run(loop_uv(l), UV_RUN_NOWAIT);
		if (drain(fd))
			break;
		CHECK(turn < TURNS_MAX);
	}
	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	(void)close(fd);
	(void)uv_run(loop_uv(l), UV_RUN_NOWAIT);
	return 0;
}

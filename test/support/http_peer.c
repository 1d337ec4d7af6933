#include "test/support/http_peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test/support/test.h"

#define CONNECTIONS_MAX 16
#define REQUEST_MAX	(1 << 20)
#define LIFE_S		60 /* a child that is forgotten ends by itself */

struct peer {
	pid_t pid;
	char url[64];
};

struct connection {
	int fd; /* -1: free */
	int number;
	bool stale;
	char *data; /* what has been read, NUL-ended */
	size_t len;
};

/* The child's state. */
struct server {
	int listener, accepted;
	struct connection c[CONNECTIONS_MAX];
	const struct peer_exchange *list;
	size_t count, next;
};

static void unexpected(const char *what, const char *want, const char *got)
{
	(void)fprintf(stderr, "http peer: %s: expected '%s' in:\n%s\n", what,
		      want != NULL ? want : "nothing", got);
	_exit(1);
}

static void send_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n <= 0)
			return; /* the client went away: its affair */
		data += n;
		len -= (size_t)n;
	}
}

static void send_dripping(int fd, const char *data, size_t len, unsigned pause_ms)
{
	struct timespec pause = { .tv_sec = pause_ms / 1000,
				  .tv_nsec = (long)(pause_ms % 1000) * 1000000 };
	size_t piece = (len + 9) / 10;

	for (size_t at = 0; at < len; at += piece) {
		(void)nanosleep(&pause, NULL);
		send_all(fd, data + at, at + piece > len ? len - at : piece);
	}
}

static void send_answer(int fd, const struct peer_exchange *e)
{
	const char *body = e->body != NULL ? e->body : "";
	size_t len = e->body_len > 0 ? e->body_len : strlen(body);
	char head[4096];

	if (e->raw != NULL) {
		send_all(fd, e->raw, strlen(e->raw));
		return;
	}
	(void)snprintf(head, sizeof(head), "HTTP/1.1 %d Status\r\nContent-Length: %zu\r\n%s\r\n",
		       e->status, len, e->headers != NULL ? e->headers : "");
	send_all(fd, head, strlen(head));
	if (e->drip_ms > 0)
		send_dripping(fd, body, len, e->drip_ms);
	else
		send_all(fd, body, len);
}

static void check_request(const struct connection *c, const char *body,
			  const struct peer_exchange *e)
{
	char line[8192];

	(void)snprintf(line, sizeof(line), "%s %s HTTP/1.1\r\n", e->method != NULL ? e->method : "",
		       e->path != NULL ? e->path : "");
	if (e->method != NULL && e->path != NULL && strncmp(c->data, line, strlen(line)) != 0)
		unexpected("request line", line, c->data);
	if (e->head_has != NULL && strcasestr(c->data, e->head_has) == NULL)
		unexpected("headers", e->head_has, c->data);
	if (e->head_lacks != NULL && strcasestr(c->data, e->head_lacks) != NULL)
		unexpected("headers", e->head_lacks, c->data);
	if (e->body_has != NULL && strstr(body, e->body_has) == NULL)
		unexpected("body", e->body_has, c->data);
	if (e->connection != 0 && e->connection != c->number)
		unexpected("connection", e->connection == 1 ? "the first" : "another", c->data);
}

static void connection_close(struct connection *c)
{
	(void)close(c->fd);
	free(c->data);
	*c = (struct connection){ .fd = -1 };
}

static void serve(struct server *s, struct connection *c, const char *body)
{
	const struct peer_exchange *e = &s->list[s->next];

	check_request(c, body, e);
	s->next++;
	if (e->then != PEER_HANG && e->then != PEER_DROP)
		send_answer(c->fd, e);
	c->len = 0;
	c->stale = e->then == PEER_STALE;
	if (e->then == PEER_CLOSE || e->then == PEER_DROP)
		connection_close(c);
}

/* Serve the request when all of it is here. */
static void connection_step(struct server *s, struct connection *c)
{
	char *end = strstr(c->data, "\r\n\r\n"), *length;
	size_t body_len = 0;

	if (end == NULL)
		return;
	length = strcasestr(c->data, "\r\nContent-Length:");
	if (length != NULL && length < end)
		body_len = strtoul(length + 17, NULL, 10);
	if (c->len < (size_t)(end + 4 - c->data) + body_len)
		return;
	if (s->next == s->count)
		unexpected("one request too many", NULL, c->data);
	serve(s, c, end + 4);
}

static void connection_read(struct server *s, struct connection *c)
{
	ssize_t n;

	if (c->stale) {
		connection_close(c);
		return;
	}
	n = read(c->fd, c->data + c->len, REQUEST_MAX - c->len);
	if (n <= 0) {
		connection_close(c);
		return;
	}
	c->len += (size_t)n;
	c->data[c->len] = '\0';
	connection_step(s, c);
}

static void accept_one(struct server *s)
{
	int fd = accept(s->listener, NULL, NULL);

	for (int i = 0; i < CONNECTIONS_MAX && fd >= 0; i++)
		if (s->c[i].fd < 0) {
			s->c[i] = (struct connection){ .fd = fd,
						       .number = ++s->accepted,
						       .data = calloc(1, REQUEST_MAX + 1) };
			return;
		}
	_exit(2);
}

static void server_turn(struct server *s)
{
	struct pollfd p[CONNECTIONS_MAX + 1];

	for (int i = 0; i < CONNECTIONS_MAX; i++)
		p[i] = (struct pollfd){ .fd = s->c[i].fd, .events = POLLIN };
	p[CONNECTIONS_MAX] = (struct pollfd){ .fd = s->listener, .events = POLLIN };
	if (poll(p, CONNECTIONS_MAX + 1, -1) < 0)
		_exit(2);
	for (int i = 0; i < CONNECTIONS_MAX; i++)
		if (p[i].revents != 0)
			connection_read(s, &s->c[i]);
	if (p[CONNECTIONS_MAX].revents != 0)
		accept_one(s);
}

static struct server *the_server;

/* The test is done: was all as expected? */
static void on_term(int sig)
{
	(void)sig;
	_exit(the_server->next == the_server->count ? 0 : 3);
}

/* Goes on after the last exchange: a hanging connection hangs, a request too many is seen. */
static void child_main(int listener, const struct peer_exchange *list, size_t count,
		       const sigset_t *old)
{
	static struct server s;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)alarm(LIFE_S);
	s.listener = listener;
	s.list = list;
	s.count = count;
	for (int i = 0; i < CONNECTIONS_MAX; i++)
		s.c[i].fd = -1;
	the_server = &s;
	(void)signal(SIGTERM, on_term);
	(void)sigprocmask(SIG_SETMASK, old, NULL);
	for (;;)
		server_turn(&s);
}

/* Port 0: any. */
static int listen_at(const char *ip, unsigned port, char url[64])
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	assert_true(fd >= 0);
	assert_int_equal(inet_pton(AF_INET, ip, &a.sin_addr), 1);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, CONNECTIONS_MAX), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	(void)snprintf(url, 64, "http://%s:%u", ip, (unsigned)ntohs(a.sin_port));
	return fd;
}

struct peer *peer_start_at(const char *ip, unsigned port, const struct peer_exchange *list,
			   size_t count)
{
	struct peer *p = calloc(1, sizeof(*p));
	sigset_t term, old;
	int listener;

	assert_non_null(p);
	listener = listen_at(ip, port, p->url);
	(void)sigemptyset(&term);
	(void)sigaddset(&term, SIGTERM); /* not before the handler is there */
	(void)sigprocmask(SIG_BLOCK, &term, &old);
	p->pid = fork();
	assert_true(p->pid >= 0);
	if (p->pid == 0)
		child_main(listener, list, count, &old);
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	(void)close(listener);
	return p;
}

struct peer *peer_start(const struct peer_exchange *list, size_t count)
{
	return peer_start_at("127.0.0.1", 0, list, count);
}

const char *peer_address(const struct peer *p)
{
	return p->url + strlen("http://");
}

const char *peer_url(const struct peer *p)
{
	return p->url;
}

static int peer_end(struct peer *p, int sig)
{
	int status = 0;

	(void)kill(p->pid, sig);
	(void)waitpid(p->pid, &status, 0);
	free(p);
	return status;
}

void peer_finish(struct peer *p)
{
	int status = peer_end(p, SIGTERM);

	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("the http peer was not asked what it expected (status %#x)", status);
}

void peer_kill(struct peer *p)
{
	(void)peer_end(p, SIGKILL);
}

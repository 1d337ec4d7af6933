#include "test/support/wire.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "test/support/test.h"

#define POLL_MS	  1
#define POLLS_MAX 20000

struct waiting {
	struct loop *loop;
	struct loop_timer *timer;
	bool (*cond)(void *arg);
	void *arg;
	unsigned polls, polls_max;
	bool met;
};

static void on_poll(void *arg)
{
	struct waiting *w = arg;

	w->met = w->cond(w->arg);
	if (w->met || ++w->polls >= w->polls_max)
		loop_stop(w->loop);
	else
		loop_timer_start(w->timer, POLL_MS);
}

static bool loop_wait(struct loop *l, bool (*cond)(void *arg), void *arg, unsigned polls_max)
{
	struct waiting w = { .loop = l, .cond = cond, .arg = arg, .polls_max = polls_max };

	w.timer = loop_timer_new(l, on_poll, &w);
	loop_timer_start(w.timer, 0);
	loop_run(l);
	loop_timer_free(w.timer);
	return w.met;
}

void loop_until(struct loop *l, bool (*cond)(void *arg), void *arg, const char *why)
{
	if (!loop_wait(l, cond, arg, POLLS_MAX))
		fail_msg("waited in vain: %s", why);
}

static bool never(void *arg)
{
	(void)arg;
	return false;
}

void loop_settle(struct loop *l)
{
	(void)loop_wait(l, never, NULL, 10);
}

static struct sockaddr_un address(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	assert_true(strlen(path) < sizeof(a.sun_path));
	memcpy(a.sun_path, path, strlen(path));
	return a;
}

int wire_connect(const char *path)
{
	struct sockaddr_un a = address(path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

int wire_listen(const char *path)
{
	struct sockaddr_un a = address(path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	(void)unlink(path);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 16), 0);
	return fd;
}

static bool readable(void *arg)
{
	struct pollfd p = { .fd = *(const int *)arg, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static bool has_hung_up(int fd)
{
	struct pollfd p = { .fd = fd, .events = 0 };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLHUP) != 0;
}

/* A client that was kept waiting by the test has given up some, and comes again. */
int wire_accept(struct loop *l, int listener)
{
	for (;;) {
		int fd;

		loop_until(l, readable, &listener, "a connection");
		fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		assert_true(fd >= 0);
		loop_settle(l);
		if (!has_hung_up(fd))
			return fd;
		close(fd);
	}
}

void wire_send(int fd, const void *data, size_t len)
{
	assert_int_equal(send(fd, data, len, MSG_NOSIGNAL), len);
}

void wire_say(int fd, const char *json)
{
	size_t len = strlen(json);
	uint8_t prefix[4] = { (uint8_t)(len >> 24), (uint8_t)(len >> 16), (uint8_t)(len >> 8),
			      (uint8_t)len };

	wire_send(fd, prefix, sizeof(prefix));
	wire_send(fd, json, len);
}

/* False: closed before all of it came. */
static bool read_all(struct loop *l, int fd, void *data, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = recv(fd, (char *)data + done, len - done, MSG_DONTWAIT);

		if (n < 0 && errno == EAGAIN)
			loop_until(l, readable, &fd, "an answer");
		else if (n <= 0)
			return false;
		else
			done += (size_t)n;
	}
	return true;
}

char *wire_hear(struct loop *l, int fd)
{
	uint8_t p[4];
	size_t len;
	char *json;

	if (!read_all(l, fd, p, sizeof(p)))
		return NULL;
	len = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
	assert_in_range(len, 1, 1048576);
	json = calloc(1, len + 1);
	assert_non_null(json);
	assert_true(read_all(l, fd, json, len));
	return json;
}

void wire_expect(struct loop *l, int fd, const char *part)
{
	char *json = wire_hear(l, fd);

	if (json == NULL)
		fail_msg("closed instead of '%s'", part);
	else if (strstr(json, part) == NULL)
		fail_msg("'%s' instead of '%s'", json, part);
	free(json);
}

void wire_expect_closed(struct loop *l, int fd, const char *why)
{
	char data[4096];
	ssize_t n;

	for (;;) {
		n = recv(fd, data, sizeof(data), MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN)
			loop_until(l, readable, &fd, why);
		else if (n <= 0)
			return;
	}
}

unsigned count_lines(const char *path, const char *part)
{
	char *text = test_read_file(path, NULL), *rest = text, *line;
	unsigned count = 0;

	while ((line = strsep(&rest, "\n")) != NULL)
		count += strstr(line, part) != NULL;
	free(text);
	return count;
}

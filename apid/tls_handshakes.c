/* libmicrohttpd 0.9.75 on epoll takes a connection whose handshake waits for the client for one
 * that is ready, and asks again and again: six bytes of a stranger would keep a processor busy.
 *
 *   begun -> GnuTLS found nothing to read -> parked (suspended; watched by an epoll of ours)
 *     ^                                         |
 *     +----------- the client has spoken -------+        first line of a request -> forgotten
 *
 * That holds up to the first request, not only to the handshake's end, which nobody tells; until
 * then there is nothing that the server could do without the client, so being suspended is right.
 * A connection is cut by shutdown() of its socket, which wakes it here, too. */
#include "apid/tls_handshakes.h"

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "common/loop/loop_uv.h"

#define EVENTS 64 /* at a time */

enum state { NONE, BEGUN, STALLED, PARKED };

struct handshake {
	struct MHD_Connection *connection;
	enum state state;
};

struct tls_handshakes {
	struct handshake *of_fd; /* by descriptor */
	int size;
	int *stalled; /* descriptors; as long as of_fd */
	int stalled_count;
	int epoll_fd;
	uv_poll_t poll;
	bool stopped;
	loop_fn run;
	void *arg;
	struct tls_handshakes *next;
};

/* Of all listeners: GnuTLS tells of a connection nothing but its descriptor. */
static struct tls_handshakes *all;

static struct handshake *find(const struct tls_handshakes *h, int fd)
{
	return fd >= 0 && fd < h->size && h->of_fd[fd].state != NONE ? &h->of_fd[fd] : NULL;
}

static int descriptor_of(struct MHD_Connection *c)
{
	return MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

/* --- reading for GnuTLS ---------------------------------------------------------------------- */

static void note_stalled(struct tls_handshakes *h, int fd)
{
	struct handshake *s = find(h, fd);

	if (s == NULL || s->state != BEGUN)
		return;
	s->state = STALLED;
	h->stalled[h->stalled_count++] = fd;
}

/* gnutls_pull_func; the library has made the descriptor its argument.  errno tells GnuTLS why. */
static ssize_t on_pull(gnutls_transport_ptr_t transport, void *data, size_t size)
{
	int fd = (int)(intptr_t)transport;
	ssize_t n = recv(fd, data, size, 0);

	for (struct tls_handshakes *h = all; n < 0 && h != NULL; h = h->next)
		note_stalled(h, fd);
	return n;
}

/* --- parking --------------------------------------------------------------------------------- */

static void park(struct tls_handshakes *h, int fd)
{
	struct handshake *s = find(h, fd);
	struct epoll_event e = { .events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT, .data.fd = fd };

	if (s == NULL || s->state != STALLED)
		return;
	s->state = BEGUN;
	if (h->stopped || epoll_ctl(h->epoll_fd, EPOLL_CTL_ADD, fd, &e) < 0)
		return;
	s->state = PARKED;
	MHD_suspend_connection(s->connection);
}

void tls_handshakes_park(struct tls_handshakes *h)
{
	int count = h->stalled_count;

	h->stalled_count = 0;
	for (int i = 0; i < count; i++)
		park(h, h->stalled[i]);
}

static void give_back(struct tls_handshakes *h, int fd)
{
	struct handshake *s = find(h, fd);

	if (s == NULL || s->state != PARKED)
		return;
	(void)epoll_ctl(h->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
	s->state = BEGUN;
	MHD_resume_connection(s->connection);
}

static void on_poll(uv_poll_t *p, int status, int events)
{
	struct tls_handshakes *h = p->data;
	struct epoll_event e[EVENTS];
	int count = epoll_wait(h->epoll_fd, e, EVENTS, 0);

	(void)status;
	(void)events;
	for (int i = 0; i < count; i++)
		give_back(h, e[i].data.fd);
	h->run(h->arg);
}

void tls_handshakes_stop(struct tls_handshakes *h)
{
	h->stopped = true;
	for (int fd = 0; fd < h->size; fd++)
		give_back(h, fd);
}

/* --- a connection's life ---------------------------------------------------------------------- */

static bool make_room(struct tls_handshakes *h, int fd)
{
	int size = h->size > 0 ? h->size : 64;
	struct handshake *of_fd;
	int *stalled;

	while (size <= fd)
		size *= 2;
	of_fd = realloc(h->of_fd, (size_t)size * sizeof(*of_fd));
	if (of_fd != NULL)
		h->of_fd = of_fd;
	stalled = of_fd != NULL ? realloc(h->stalled, (size_t)size * sizeof(*stalled)) : NULL;
	if (stalled == NULL)
		return false;
	h->stalled = stalled;
	for (; h->size < size; h->size++)
		h->of_fd[h->size].state = NONE;
	return true;
}

/* Without memory it is left to the library, as it would be without us. */
void tls_handshakes_begin(struct tls_handshakes *h, struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	int fd = descriptor_of(c);

	if (info == NULL || (fd >= h->size && !make_room(h, fd)))
		return;
	h->of_fd[fd] = (struct handshake){ .connection = c, .state = BEGUN };
	gnutls_transport_set_pull_function((gnutls_session_t)info->tls_session, on_pull);
}

void tls_handshakes_end(struct tls_handshakes *h, struct MHD_Connection *c)
{
	int fd = descriptor_of(c);
	struct handshake *s = find(h, fd);

	if (s != NULL && s->connection == c)
		s->state = NONE;
}

/* --- its life -------------------------------------------------------------------------------- */

struct tls_handshakes *tls_handshakes_new(struct loop *l, loop_fn run, void *arg)
{
	struct tls_handshakes *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	*h = (struct tls_handshakes){ .epoll_fd = epoll_create1(EPOLL_CLOEXEC),
				      .run = run,
				      .arg = arg };
	if (h->epoll_fd < 0 || uv_poll_init(loop_uv(l), &h->poll, h->epoll_fd) < 0) {
		if (h->epoll_fd >= 0)
			(void)close(h->epoll_fd);
		free(h);
		return NULL;
	}
	h->poll.data = h;
	(void)uv_poll_start(&h->poll, UV_READABLE, on_poll);
	h->next = all;
	all = h;
	return h;
}

static void leave(const struct tls_handshakes *h)
{
	for (struct tls_handshakes **at = &all; *at != NULL; at = &(*at)->next)
		if (*at == h) {
			*at = h->next;
			return;
		}
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void tls_handshakes_free(struct tls_handshakes *h)
{
	if (h == NULL)
		return;
	leave(h);
	(void)uv_poll_stop(&h->poll);
	(void)close(h->epoll_fd);
	free(h->of_fd);
	free(h->stalled);
	uv_close((uv_handle_t *)&h->poll, on_closed);
}

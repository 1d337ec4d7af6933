#include "apid/acme_runner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "common/loop/loop_uv.h"

struct acme_runner {
	struct acme_runner_events events;
	int socket;
	pid_t process;
	uv_poll_t poll;
};

static void on_gone(struct acme_runner *r)
{
	(void)uv_poll_stop(&r->poll);
	r->events.on_gone(r->events.arg);
}

static void on_said(struct acme_runner *r, struct acme_said *s)
{
	s->text[sizeof(s->text) - 1] = '\0';
	if (s->end)
		r->events.on_end(r->events.arg, s->result);
	else
		r->events.on_line(r->events.arg, s->text);
}

static void on_readable(uv_poll_t *p, int status, int events)
{
	struct acme_runner *r = p->data;
	struct acme_said s;
	ssize_t n = recv(r->socket, &s, sizeof(s), MSG_DONTWAIT);

	(void)events;
	if (n == (ssize_t)sizeof(s))
		on_said(r, &s);
	else if (status < 0 || n >= 0 || (errno != EAGAIN && errno != EINTR))
		on_gone(r);
}

bool acme_runner_run(struct acme_runner *r)
{
	return send(r->socket, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1;
}

int acme_runner_new(struct loop *l, const struct acme_order *o, const struct acme_runner_events *e,
		    struct acme_runner **ret, struct err *err)
{
	struct acme_runner *r = calloc(1, sizeof(*r));
	int rc;

	if (r == NULL)
		return err_set(err, ERR_BUSY, "out of memory");
	r->events = *e;
	rc = acme_process_start(o, &r->socket, &r->process, err);
	if (rc == 0 && uv_poll_init(loop_uv(l), &r->poll, r->socket) < 0)
		abort(); /* a socket can be polled */
	if (rc < 0) {
		free(r);
		return rc;
	}
	r->poll.data = r;
	(void)uv_poll_start(&r->poll, UV_READABLE, on_readable);
	*ret = r;
	return 0;
}

static void on_closed(uv_handle_t *h)
{
	free(h->data);
}

void acme_runner_free(struct acme_runner *r)
{
	if (r == NULL)
		return;
	(void)uv_poll_stop(&r->poll);
	(void)close(r->socket);
	while (waitpid(r->process, NULL, 0) < 0 && errno == EINTR)
		;
	uv_close((uv_handle_t *)&r->poll, on_closed);
}

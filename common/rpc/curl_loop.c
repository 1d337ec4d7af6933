/* curl calls two functions of ours while it works: on_timer_wish (call me in so many ms) and
 * on_socket_wish (watch this socket for that).  Neither may call back into curl (except for
 * curl_multi_assign, which is made for it): a timer is armed, a poll handle is set, and all
 * progress is made from the loop's own callbacks.  After each of those the finished transfers are
 * handed out; that is the only place where a user's function runs, so curl is never on the stack
 * below it. */
#include "common/rpc/curl_loop.h"

#include <stdlib.h>
#include <sys/queue.h>
#include <uv.h>

#include "common/loop/loop_uv.h"

struct curl_loop {
	uv_loop_t *uv;
	CURLM *multi;
	struct loop_timer *timer;
	LIST_HEAD(watch_list, watch) watches;
	curl_loop_done_fn done;
	void *arg;
	bool keep_connected;
	bool handing_out; /* a user's function may be on the stack */
	bool freed;	  /* by such a function: the rest is done when it has returned */
};

struct watch {
	uv_poll_t poll;
	struct curl_loop *owner;
	curl_socket_t fd;
	int events;
	LIST_ENTRY(watch) entry;
};

static void on_watch_closed(uv_handle_t *h)
{
	free(h->data);
}

static void watch_free(struct watch *w)
{
	LIST_REMOVE(w, entry);
	(void)uv_poll_stop(&w->poll);
	uv_close((uv_handle_t *)&w->poll, on_watch_closed);
}

/* NULL: curl's time-out for the transfer is what is left. */
static struct watch *watch_new(struct curl_loop *cl, curl_socket_t fd)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (w == NULL || uv_poll_init_socket(cl->uv, &w->poll, fd) < 0) {
		free(w);
		return NULL;
	}
	w->poll.data = w;
	w->owner = cl;
	w->fd = fd;
	LIST_INSERT_HEAD(&cl->watches, w, entry);
	return w;
}

static void curl_loop_destroy(struct curl_loop *cl)
{
	if (cl->multi != NULL)
		(void)curl_multi_cleanup(cl->multi);
	while (!LIST_EMPTY(&cl->watches))
		watch_free(LIST_FIRST(&cl->watches));
	loop_timer_free(cl->timer);
	free(cl);
	curl_global_cleanup();
}

static void hand_out_finished(struct curl_loop *cl)
{
	CURLMsg *m;
	int left;

	cl->handing_out = true;
	while (!cl->freed && (m = curl_multi_info_read(cl->multi, &left)) != NULL) {
		CURL *easy = m->easy_handle;
		CURLcode result = m->data.result;

		if (m->msg != CURLMSG_DONE)
			continue;
		if (!cl->keep_connected || result != CURLE_OK)
			(void)curl_multi_remove_handle(cl->multi, easy);
		cl->done(cl->arg, easy, result);
	}
	cl->handing_out = false;
	if (cl->freed)
		curl_loop_destroy(cl);
}

static void curl_act(struct curl_loop *cl, curl_socket_t fd, int events)
{
	int running;

	(void)curl_multi_socket_action(cl->multi, fd, events, &running);
	hand_out_finished(cl);
}

static void on_timer(void *arg)
{
	curl_act(arg, CURL_SOCKET_TIMEOUT, 0);
}

/* A socket in error (libuv stops watching those) is given to curl as ready: it finds the error when
 * it reads, and then it sends the request again if the peer had merely closed a kept connection.
 * CURL_CSELECT_ERR would end the transfer at once. */
static void on_readiness(uv_poll_t *poll, int status, int events)
{
	struct watch *w = poll->data;
	int what = 0;

	if (status < 0) {
		(void)uv_poll_start(poll, w->events, on_readiness);
		events = UV_READABLE | UV_WRITABLE;
	}
	if (events & UV_READABLE)
		what |= CURL_CSELECT_IN;
	if (events & UV_WRITABLE)
		what |= CURL_CSELECT_OUT;
	curl_act(w->owner, w->fd, what);
}

static int on_timer_wish(CURLM *multi, long timeout_ms, void *arg)
{
	struct curl_loop *cl = arg;

	(void)multi;
	if (timeout_ms < 0)
		loop_timer_stop(cl->timer);
	else
		loop_timer_start(cl->timer, (uint64_t)timeout_ms);
	return 0;
}

static void watch_set(struct curl_loop *cl, struct watch *w, curl_socket_t fd, int what)
{
	if (w == NULL) {
		w = watch_new(cl, fd);
		(void)curl_multi_assign(cl->multi, fd, w);
	}
	if (w == NULL)
		return;
	w->events = 0;
	if (what != CURL_POLL_IN)
		w->events |= UV_WRITABLE;
	if (what != CURL_POLL_OUT)
		w->events |= UV_READABLE;
	(void)uv_poll_start(&w->poll, w->events, on_readiness);
}

static int on_socket_wish(CURL *easy, curl_socket_t fd, int what, void *arg, void *assigned)
{
	struct curl_loop *cl = arg;
	struct watch *w = assigned;

	(void)easy;
	if (what == CURL_POLL_IN || what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		watch_set(cl, w, fd, what);
	else if (what == CURL_POLL_REMOVE && w != NULL)
		watch_free(w);
	return 0;
}

int curl_loop_new(struct loop *l, unsigned max_connections, curl_loop_done_fn done, void *arg,
		  struct curl_loop **ret, struct err *err)
{
	struct curl_loop *cl = calloc(1, sizeof(*cl));

	if (cl == NULL)
		return err_set(err, ERR_BUSY, "out of memory");
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		free(cl);
		return err_set(err, ERR_IO, "libcurl does not start");
	}
	cl->uv = loop_uv(l);
	cl->done = done;
	cl->arg = arg;
	cl->multi = curl_multi_init();
	cl->timer = loop_timer_new(l, on_timer, cl);
	if (cl->uv == NULL || cl->multi == NULL) {
		curl_loop_destroy(cl);
		return err_set(err, ERR_IO, "libcurl does not start on this loop");
	}
	(void)curl_multi_setopt(cl->multi, CURLMOPT_TIMERFUNCTION, on_timer_wish);
	(void)curl_multi_setopt(cl->multi, CURLMOPT_TIMERDATA, cl);
	(void)curl_multi_setopt(cl->multi, CURLMOPT_SOCKETFUNCTION, on_socket_wish);
	(void)curl_multi_setopt(cl->multi, CURLMOPT_SOCKETDATA, cl);
	(void)curl_multi_setopt(cl->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
	(void)curl_multi_setopt(cl->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)max_connections);
	(void)curl_multi_setopt(cl->multi, CURLMOPT_MAXCONNECTS, (long)max_connections);
	*ret = cl;
	return 0;
}

void curl_loop_free(struct curl_loop *cl)
{
	if (cl->handing_out)
		cl->freed = true;
	else
		curl_loop_destroy(cl);
}

void curl_loop_keep_connected(struct curl_loop *cl)
{
	cl->keep_connected = true;
}

CURLMcode curl_loop_add(struct curl_loop *cl, CURL *easy)
{
	return curl_multi_add_handle(cl->multi, easy);
}

void curl_loop_remove(struct curl_loop *cl, CURL *easy)
{
	(void)curl_multi_remove_handle(cl->multi, easy);
}

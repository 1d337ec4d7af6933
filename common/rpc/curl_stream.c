/* CURLOPT_CONNECT_ONLY: curl connects and shakes hands, then hands the socket out.  It stays
 * curl's: bytes pass through curl_easy_recv and curl_easy_send, so that TLS is where it is for all
 * other peers.  TLS may hold bytes that the socket no longer shows, so who reads reads until there
 * is nothing. */
#include "common/rpc/curl_stream.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "common/loop/loop_uv.h"
#include "common/rpc/curl_loop.h"

struct curl_stream {
	struct curl_loop *curl;
	CURL *easy;
	bool added; /* to the multi handle, where it must stay */
	uv_loop_t *uv;
	uv_poll_t *poll; /* NULL: not connected */
	bool want_write;
	const struct curl_stream_events *events;
	void *arg;
	char reason[CURL_ERROR_SIZE];
};

static void on_poll_closed(uv_handle_t *h)
{
	free(h);
}

void curl_stream_free(struct curl_stream *s)
{
	if (s == NULL)
		return;
	if (s->poll != NULL) {
		(void)uv_poll_stop(s->poll);
		uv_close((uv_handle_t *)s->poll, on_poll_closed);
	}
	if (s->added)
		curl_loop_remove(s->curl, s->easy);
	curl_easy_cleanup(s->easy);
	if (s->curl != NULL)
		curl_loop_free(s->curl);
	free(s);
}

/* --- connecting ------------------------------------------------------------------------------ */

static void on_readiness(uv_poll_t *poll, int status, int events)
{
	struct curl_stream *s = poll->data;

	(void)status; /* reading finds out what is wrong with it */
	(void)events;
	s->events->ready(s->arg);
}

static void watch(struct curl_stream *s)
{
	(void)uv_poll_start(s->poll, UV_READABLE | (s->want_write ? UV_WRITABLE : 0), on_readiness);
}

static bool watch_new(struct curl_stream *s)
{
	curl_socket_t fd = CURL_SOCKET_BAD;
	uv_poll_t *poll = calloc(1, sizeof(*poll));

	if (poll == NULL || curl_easy_getinfo(s->easy, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK ||
	    fd == CURL_SOCKET_BAD || uv_poll_init_socket(s->uv, poll, fd) < 0) {
		free(poll);
		return false;
	}
	poll->data = s;
	s->poll = poll;
	watch(s);
	return true;
}

static void on_connected(void *arg, CURL *easy, CURLcode result)
{
	struct curl_stream *s = arg;
	const char *why = s->reason[0] != '\0' ? s->reason : curl_easy_strerror(result);
	enum curl_stream_end end = result == CURLE_PEER_FAILED_VERIFICATION
					   ? CURL_STREAM_UNTRUSTED
					   : CURL_STREAM_UNREACHABLE;

	(void)easy;
	s->added = result == CURLE_OK;
	if (!s->added)
		s->events->connected(s->arg, end, why);
	else if (!watch_new(s))
		s->events->connected(s->arg, end, "the connection cannot be watched");
	else
		s->events->connected(s->arg, CURL_STREAM_OPEN, NULL);
}

static bool set_options(struct curl_stream *s, const struct curl_stream_options *o)
{
	CURL *e = s->easy;
	bool own_ca = o->ca_file != NULL && o->ca_file[0] != '\0';

	(void)curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(e, CURLOPT_ERRORBUFFER, s->reason);
	(void)curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
	(void)curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)o->connect_ms);
	(void)curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	return curl_easy_setopt(e, CURLOPT_URL, o->url) == CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_CONNECT_ONLY, 1L) == CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_PROXY, "") == CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
	       (!own_ca || (curl_easy_setopt(e, CURLOPT_CAINFO, o->ca_file) == CURLE_OK &&
			    curl_easy_setopt(e, CURLOPT_CAPATH, NULL) == CURLE_OK));
}

int curl_stream_new(struct loop *l, const struct curl_stream_options *o,
		    const struct curl_stream_events *events, void *arg, struct curl_stream **ret,
		    struct err *err)
{
	struct curl_stream *s = calloc(1, sizeof(*s));
	int rc;

	if (s == NULL)
		return err_set(err, ERR_BUSY, "out of memory");
	s->uv = loop_uv(l);
	s->events = events;
	s->arg = arg;
	rc = curl_loop_new(l, 1, on_connected, s, &s->curl, err);
	if (rc == 0) {
		curl_loop_keep_connected(s->curl);
		s->easy = curl_easy_init();
		s->added = s->easy != NULL && set_options(s, o) &&
			   curl_loop_add(s->curl, s->easy) == CURLM_OK;
		if (!s->added)
			rc = err_set(err, ERR_INVALID, "cannot connect to this URL");
	}
	if (rc < 0)
		curl_stream_free(s);
	else
		*ret = s;
	return rc;
}

/* --- moving bytes ---------------------------------------------------------------------------- */

long curl_stream_read(struct curl_stream *s, void *to, size_t size, const char **ret_why)
{
	size_t n = 0;
	CURLcode rc = curl_easy_recv(s->easy, to, size, &n);

	if (rc == CURLE_AGAIN)
		return 0;
	if (rc == CURLE_OK && n > 0)
		return (long)n;
	*ret_why = rc == CURLE_OK ? "the connection was closed" : curl_easy_strerror(rc);
	return -1;
}

long curl_stream_write(struct curl_stream *s, const void *from, size_t len, const char **ret_why)
{
	size_t n = 0;
	CURLcode rc = curl_easy_send(s->easy, from, len, &n);
	bool is_short = rc == CURLE_AGAIN || (rc == CURLE_OK && n < len);

	if (rc != CURLE_OK && rc != CURLE_AGAIN) {
		*ret_why = curl_easy_strerror(rc);
		return -1;
	}
	if (is_short != s->want_write) {
		s->want_write = is_short;
		watch(s);
	}
	return (long)n;
}

/* Connect, ask for notifications (`notifyblocks`), listen; when it ends, connect again after a
 * while.
 *
 * A notification is a hint and nothing is learned from it, so nothing is lost when the websocket
 * is: whoever listens is told to look after every connect (what happened in between was not told)
 * and when the connection is gone, and asks regularly as long as it is. */
#include "scannerd/btc_notify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/log.h"
#include "common/loop/backoff.h"
#include "common/rpc/websocket.h"
#include "scannerd/btc_notice.h"

#define PROBLEM	      "btc_websocket"
#define OPEN_MS	      10000
#define SILENCE_MS    30000
#define MESSAGE_MAX   (64U << 20)
#define AGAIN_MS      500
#define AGAIN_MAX_MS  60000
#define AGAIN_SLOW_MS 5000 /* where a person must act first */
#define REQUEST_ID    1

static const char request[] =
	"{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"notifyblocks\",\"params\":[]}";

struct btc_notify {
	struct loop *loop;
	struct btc_notify_options o;
	char *url, *user, *pass, *cert;
	struct websocket *socket; /* NULL: waiting to try again */
	struct loop_timer *again;
	struct backoff backoff;
	bool listening;
};

/* What each end means to the operator. */
static const struct {
	bool slow;
	const char *advice;
} ends[] = {
	[WEBSOCKET_LOST] = { false, "" },
	[WEBSOCKET_UNTRUSTED] = { true,
				  ": check btc_rpc.cert and the host name in btc_rpc.server" },
	[WEBSOCKET_UNAUTHORIZED] = { true, ": check btc_rpc.user and btc_rpc.pass" },
	[WEBSOCKET_REFUSED] = { true, ": only btcd has a websocket; for another node, set "
				      "btc_rpc.websocket = false" },
	[WEBSOCKET_BROKEN] = { true, ": only btcd has a websocket; for another node, set "
				     "btc_rpc.websocket = false" },
};

static void notify_fail(struct btc_notify *n, enum websocket_end end, const char *why)
{
	uint64_t wait = backoff_next(&n->backoff);
	bool listened = n->listening;

	health_raise(n->o.health, PROBLEM,
		     "no websocket with node %s (%s)%s; it is asked every scan_period meanwhile, "
		     "nothing is missed",
		     n->o.server, why, ends[end].advice);
	n->listening = false;
	websocket_free(n->socket);
	n->socket = NULL;
	loop_timer_start(n->again, ends[end].slow && wait < AGAIN_SLOW_MS ? AGAIN_SLOW_MS : wait);
	if (listened)
		n->o.on_news(n->o.arg, false);
}

static void notify_listening(struct btc_notify *n)
{
	n->listening = true;
	backoff_reset(&n->backoff);
	health_clear(n->o.health, PROBLEM);
	log_info("websocket_open", "node=%s", n->o.server);
	n->o.on_news(n->o.arg, true);
}

static void on_opened(void *arg)
{
	struct btc_notify *n = arg;

	websocket_send(n->socket, request, sizeof(request) - 1);
}

static void on_message(void *arg, const char *text, size_t len)
{
	struct btc_notify *n = arg;
	struct btc_notice notice;

	btc_notice_read(text, len, &notice);
	switch (notice.kind) {
	case BTC_NOTICE_BLOCK:
		if (n->listening)
			n->o.on_news(n->o.arg, true);
		return;
	case BTC_NOTICE_DONE:
		if (notice.id == REQUEST_ID && !n->listening)
			notify_listening(n);
		return;
	case BTC_NOTICE_NO: notify_fail(n, WEBSOCKET_REFUSED, notice.text); return;
	case BTC_NOTICE_BROKEN:
		notify_fail(n, WEBSOCKET_BROKEN, "a message that is no JSON-RPC");
		return;
	case BTC_NOTICE_OTHER: return;
	}
}

static void on_closed(void *arg, enum websocket_end end, const char *why)
{
	notify_fail(arg, end, why);
}

static int connect_now(struct btc_notify *n, struct err *err)
{
	static const struct websocket_events events = { on_opened, on_message, on_closed };
	struct websocket_options o = { .url = n->url,
				       .user = n->user,
				       .pass = n->pass,
				       .ca_file = n->cert,
				       .open_ms = OPEN_MS,
				       .silence_ms = SILENCE_MS,
				       .max_message = MESSAGE_MAX };

	return websocket_new(n->loop, &o, &events, n, &n->socket, err);
}

static void on_again(void *arg)
{
	struct btc_notify *n = arg;
	struct err err;

	if (connect_now(n, &err) < 0)
		notify_fail(n, WEBSOCKET_LOST, err.text);
}

/* "https://host:port/ws": btcd's websocket has one path, whatever that of its RPC is. */
static char *websocket_url(const char *url)
{
	const char *host = strstr(url, "://");
	char *text = NULL;
	size_t len;

	if (host == NULL)
		return NULL;
	len = (size_t)(host + 3 - url) + strcspn(host + 3, "/?#");
	return asprintf(&text, "%.*s/ws", (int)len, url) < 0 ? NULL : text;
}

static char *copy(const char *text)
{
	return text != NULL ? strdup(text) : NULL;
}

int btc_notify_new(struct loop *l, const struct btc_notify_options *o, struct btc_notify **ret,
		   struct err *err)
{
	struct btc_notify *n = calloc(1, sizeof(*n));
	int rc;

	if (n == NULL)
		return err_set(err, ERR_BUSY, "out of memory");
	n->loop = l;
	n->o = *o;
	n->url = websocket_url(o->url);
	n->user = copy(o->user);
	n->pass = copy(o->pass);
	n->cert = copy(o->cert);
	n->again = loop_timer_new(l, on_again, n);
	backoff_init(&n->backoff, AGAIN_MS, AGAIN_MAX_MS);
	rc = n->url != NULL ? connect_now(n, err)
			    : err_set(err, ERR_INVALID, "the URL of the websocket is none");
	if (rc < 0)
		btc_notify_free(n);
	else
		*ret = n;
	return rc;
}

void btc_notify_free(struct btc_notify *n)
{
	if (n == NULL)
		return;
	websocket_free(n->socket);
	loop_timer_free(n->again);
	if (n->pass != NULL)
		explicit_bzero(n->pass, strlen(n->pass));
	free(n->pass);
	free(n->user);
	free(n->cert);
	free(n->url);
	free(n);
}

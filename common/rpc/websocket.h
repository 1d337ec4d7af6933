/* A websocket to a node (RFC 6455): text messages both ways.  TCP and TLS by libcurl on the loop,
 * with the same rules of trust as http_client; frames by wslay. */
#ifndef TELLER_COMMON_RPC_WEBSOCKET_H
#define TELLER_COMMON_RPC_WEBSOCKET_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/loop/loop.h"

struct websocket_options {
	const char *url;  /* http or https (wss) URL with the path of the websocket */
	const char *user; /* NULL or "": no credentials; else Basic in the handshake */
	const char *pass;
	const char *ca_file; /* NULL or "": the system's; else the only trust anchor */
	uint64_t open_ms;    /* for connecting and the handshake, each */
	uint64_t silence_ms; /* after so long without a byte: a ping; as long again: lost */
	size_t max_message;
};

enum websocket_end {
	WEBSOCKET_LOST,	     /* no connection, cut, silent */
	WEBSOCKET_UNTRUSTED, /* the certificate is not one that we trust, or names another host */
	WEBSOCKET_UNAUTHORIZED, /* 401, 403 */
	WEBSOCKET_REFUSED,	/* a server, but no websocket here */
	WEBSOCKET_BROKEN,	/* the peer breaks the protocol */
};

struct websocket_events {
	void (*opened)(void *arg);
	/* `text` is not NUL-ended and lives during the call only. */
	void (*message)(void *arg, const char *text, size_t len);
	/* Once, and nothing after it: the websocket can only be freed. */
	void (*closed)(void *arg, enum websocket_end end, const char *why);
};

struct websocket;

/* It connects at once; events come later, never from inside this call. */
int websocket_new(struct loop *l, const struct websocket_options *o,
		  const struct websocket_events *events, void *arg, struct websocket **ret,
		  struct err *err);
/* Once it is open. */
void websocket_send(struct websocket *w, const char *text, size_t len);
/* Says goodbye when it is open.  Fine inside an event; NULL is fine. */
void websocket_free(struct websocket *w);

#endif

/* How a websocket begins (RFC 6455, section 4): one HTTP request and its answer, as bytes.  No I/O.
 */
#ifndef TELLER_COMMON_RPC_WS_HANDSHAKE_H
#define TELLER_COMMON_RPC_WS_HANDSHAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"

#define WS_NONCE_BYTES 16
#define WS_KEY_TEXT    25 /* base64 of the nonce, with NUL */
#define WS_ACCEPT_TEXT 29 /* base64 of a SHA-1, with NUL */
#define WS_ANSWER_MAX  16384

/* What the client must send and what the server must answer to it. */
struct ws_key {
	char key[WS_KEY_TEXT], accept[WS_ACCEPT_TEXT];
};
void ws_key_make(const uint8_t nonce[WS_NONCE_BYTES], struct ws_key *ret);

/* `user` NULL or "": no credentials. */
void ws_request_put(struct buf *b, const char *host, const char *path, const struct ws_key *key,
		    const char *user, const char *pass);

enum ws_answer {
	WS_ANSWER_PART,	  /* more must come */
	WS_ANSWER_OPEN,	  /* frames follow, from byte *ret_used on */
	WS_ANSWER_STATUS, /* another HTTP status than 101: *ret_status */
	WS_ANSWER_BROKEN, /* no answer to our handshake: *ret_why */
};
enum ws_answer ws_answer_read(const char *bytes, size_t len, const struct ws_key *key,
			      size_t *ret_used, int *ret_status, const char **ret_why);

#endif

/* The other end of an HTTP client under test: a child process that expects requests in a given
 * order and answers each with given bytes.  It listens on 127.0.0.1 at a port of the kernel's
 * choice, dies with the test, and says on standard error what it did not expect. */
#ifndef TELLER_TEST_SUPPORT_HTTP_PEER_H
#define TELLER_TEST_SUPPORT_HTTP_PEER_H

#include <stddef.h>

enum peer_then {
	PEER_KEEP,  /* the connection stays open */
	PEER_CLOSE, /* close it after the answer */
	PEER_HANG,  /* no answer at all; keep it open */
	PEER_DROP,  /* no answer, close it */
	PEER_STALE, /* answer; close it when the next request has arrived on it, unread */
};

struct peer_exchange {
	const char *method, *path; /* expected; NULL: any */
	const char *head_has;	   /* expected somewhere in the request line and headers, or NULL */
	const char *head_lacks;	   /* must not be there, or NULL */
	const char *body_has;	   /* expected somewhere in the body, or NULL */
	int connection;		   /* number of the connection from 1; 0: any */
	int status;		   /* of the answer */
	const char *headers;	   /* more header lines, each with CRLF, or NULL */
	const char *body;	   /* NULL: empty */
	size_t body_len;	   /* 0: strlen */
	const char *raw;	   /* whole answer, in place of status, headers and body */
	unsigned drip_ms;	   /* the body comes in ten pieces, so long apart */
	enum peer_then then;
};

struct peer;

/* `list` is copied into the child by fork(). */
struct peer *peer_start(const struct peer_exchange *list, size_t count);
/* The same at a place of one's own: `ip` below 127.0.0.0/8, the whole of which is this machine. */
struct peer *peer_start_at(const char *ip, unsigned port, const struct peer_exchange *list,
			   size_t count);
/* "127.0.0.1:PORT" and "http://127.0.0.1:PORT" */
const char *peer_address(const struct peer *p);
const char *peer_url(const struct peer *p);
/* Fail the test unless every exchange has taken place as expected. */
void peer_finish(struct peer *p);
/* End the child whatever it is at. */
void peer_kill(struct peer *p);

#endif

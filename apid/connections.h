/* The connections of a listener: how many one client may have, and how long each may take for what
 * it does.  The times are absolute: a byte now and then buys nothing. */
#ifndef TELLER_APID_CONNECTIONS_H
#define TELLER_APID_CONNECTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/loop/loop.h"

struct sockaddr;
struct connections;
struct connection;

enum connection_phase {
	CONNECTION_HEADER, /* a request is awaited that has begun, or the first one */
	CONNECTION_BODY,
	CONNECTION_ANSWER, /* from the whole request to the last byte of its answer */
	CONNECTION_IDLE,   /* between requests */
};
#define CONNECTION_PHASES 4
#define CONNECTION_LEFT	  UINT64_MAX

struct connections_conf {
	unsigned max;
	unsigned per_client; /* 0: no limit */
	bool spare_loopback; /* programs of this machine have no such limit */
	uint64_t read_ms;    /* for the header, and again for the body */
	uint64_t answer_ms;  /* 0: as long as it takes */
	uint64_t idle_ms;
	void (*cut)(int fd); /* end what is on this socket */
	/* Bytes that ever came in; CONNECTION_LEFT: and no more will. */
	uint64_t (*received)(int fd);
	void (*rest)(const void *memory); /* idle for a while; NULL: nothing to do */
};

/* `conf` is copied.  ERR_BUSY: out of memory. */
int connections_new(struct loop *l, const struct connections_conf *conf, struct connections **ret,
		    struct err *err);
/* All have ended.  NULL is fine. */
void connections_free(struct connections *c);

/* May this peer have one more?  Asked before connection_begin(). */
bool connections_admit(struct connections *c, const struct sockaddr *peer);
/* NULL: out of memory, the connection must be cut.  When nearly all places are taken, the one that
 * has been idle longest makes room. */
struct connection *connection_begin(struct connections *c, int fd, const struct sockaddr *peer);
void connection_enter(struct connection *c, enum connection_phase phase);
/* Has none of its requests been answered yet? */
bool connection_is_new(const struct connection *c);
/* What rest() will be given. */
void connection_set_memory(struct connection *c, const void *memory);
/* What is asked on it now; NULL: nothing. */
void connection_set_request(struct connection *c, void *request);
void *connection_request(const struct connection *c);
/* The socket is about to be closed. */
void connection_end(struct connection *c);

/* Call fn(request) for those that are given their answer. */
void connections_answered(const struct connections *c, void (*fn)(void *request));
unsigned connections_count(const struct connections *c);
/* Cut so far because time was up, and refused because a client had too many. */
uint64_t connections_cut(const struct connections *c);
uint64_t connections_refused(const struct connections *c);

#endif

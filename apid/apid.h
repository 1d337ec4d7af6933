/* What apid's rooms share. */
#ifndef TELLER_APID_APID_H
#define TELLER_APID_APID_H

#include "apid/cors.h"
#include "apid/http_server.h"
#include "apid/relay.h"
#include "apid/throttle.h"
#include "common/daemon/daemon.h"

enum listener_kind { LISTENER_PUBLIC, LISTENER_ADMIN, LISTENER_DUMMY };
#define LISTENER_COUNT 3

struct admin_guard;
struct apid;
struct backup;
struct static_files;
struct totals;

struct listener {
	struct apid *apid;
	enum listener_kind kind;
	struct http_server *server; /* NULL: not listening */
	struct static_files *pages; /* NULL: none */
};

struct apid {
	struct daemon *d;
	struct listener listener[LISTENER_COUNT];
	struct relay *relay;
	struct throttle *throttle; /* NULL: no limit */
	struct totals *totals;
	struct admin_guard *guard; /* who may ask what of the operator's listeners */
	struct cors cors;
	struct buf config_text; /* the answer of /api/config, fixed at start */
	struct backup *backup;	/* being made; NULL: none */
	bool draining;		/* the loop runs only until all requests have their answers */
};

#endif

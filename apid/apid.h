/* What apid's rooms share. */
#ifndef TELLER_APID_APID_H
#define TELLER_APID_APID_H

#include "apid/cors.h"
#include "apid/https.h"
#include "apid/http_server.h"
#include "apid/relay.h"
#include "apid/throttle.h"
#include "common/daemon/daemon.h"

/* The last one is a place in the list only: over TLS the routes are those of LISTENER_PUBLIC. */
enum listener_kind { LISTENER_PUBLIC, LISTENER_ADMIN, LISTENER_DUMMY, LISTENER_PUBLIC_TLS };
#define LISTENER_KINDS 3 /* with routes of their own */
#define LISTENER_COUNT 4

struct admin_guard;
struct admin_tls;
struct apid;
struct answer_cache;
struct backup;
struct request_figures;
struct static_files;
struct totals;
struct turns;

struct listener {
	struct apid *apid;
	enum listener_kind kind;
	struct http_server *server; /* NULL: not listening */
	struct static_files *pages; /* NULL: none */
};

struct apid {
	struct daemon *d;
	struct listener listener[LISTENER_COUNT];
	struct https *https;	     /* NULL: plain HTTP only */
	struct admin_tls *admin_tls; /* NULL: plain HTTP for the operator */
	struct relay *relay;
	struct throttle *throttle; /* NULL: no limit */
	struct turns *turns;	   /* of the operator's long answers */
	struct totals *totals;
	struct request_figures *figures;
	struct admin_guard *guard; /* who may ask what of the operator's listeners */
	struct cors cors;
	struct buf config_text; /* the answer of /api/config, fixed at start */
	struct buf health_text; /* the last answer of /api/health, made at health_ms */
	int64_t health_ms;
	struct answer_cache *statuses; /* the answers of /api/status by SKY address */
	struct backup *backup;	       /* being made; NULL: none */
	bool draining; /* the loop runs only until all requests have their answers */
};

#endif

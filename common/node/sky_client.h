/* A Skycoin node over HTTP, whatever API it speaks. */
#ifndef TELLER_COMMON_NODE_SKY_CLIENT_H
#define TELLER_COMMON_NODE_SKY_CLIENT_H

#include "common/node/sky_node.h"

struct sky_client_options {
	const char *address; /* host:port or URL */
	const char *api;     /* of sky_apis, or "auto": found out */
	const char *user;    /* may be empty, as the rest */
	const char *pass;
	const char *cert; /* the only trust anchor for https */
};

int sky_client_new(struct loop *l, const struct sky_client_options *o, struct sky_node **ret,
		   struct err *err);

#endif

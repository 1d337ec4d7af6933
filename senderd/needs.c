/* Of files: none of its own.  The database, the lock, the log and the sockets are open; its log is
 * opened again by the process that runs its errands.  So nothing in the data directory can be
 * opened any more: not the wallet, not its password, not the pools, not the configuration.
 *
 * Of the network: the nodes.  Other daemons are reached by sockets with a path, which Landlock
 * leaves alone. */
#include "senderd/needs.h"

#include <stdio.h>
#include <string.h>

#include "common/base/log.h"
#include "common/rpc/http_peer.h"

static void need_node(struct sandbox_plan *p, const char *address)
{
	struct http_peer peer;
	struct err err;

	if (http_peer_parse(address, &peer, &err) < 0) {
		log_warn("node_out_of_reach", "reason=\"%s\"", err.text);
		return;
	}
	sandbox_allow_tcp(p, peer.port);
	if (peer.by_name)
		sandbox_allow_names(p);
	if (peer.tls)
		sandbox_allow_trust(p, NULL);
}

/* Its own socket is removed at the end. */
static void need_run_dir(struct sandbox_plan *p, const struct conf *conf)
{
	char run[CONF_PATH_MAX + 8];

	(void)snprintf(run, sizeof(run), "%s/run", conf->dir);
	sandbox_allow(p, SANDBOX_REMOVE, run);
}

void senderd_needs(const struct daemon *d, struct sandbox_plan *p)
{
	const struct conf *conf = d->conf;

	need_run_dir(p, conf);
	if (!conf->dummy_sender)
		need_node(p, conf->sky_rpc_address);
}

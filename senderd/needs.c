/* Of files: none of its own.  The database, the lock, the log and the sockets are open; its log is
 * opened again by the process that runs its errands.  So nothing in the data directory can be
 * opened any more: not the wallet, not its password, not the pools, not the configuration.
 *
 * Of the network: the nodes.  Other daemons are reached by sockets with a path, which Landlock
 * leaves alone. */
#include "senderd/needs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/log.h"
#include "common/node/sky_url.h"
#include "common/rpc/http_peer.h"

static void need_url(struct sandbox_plan *p, const char *url, const char *cert)
{
	struct http_peer peer;
	struct err err;

	if (http_peer_parse(url, &peer, &err) < 0) {
		log_warn("node_out_of_reach", "reason=\"%s\"", err.text);
		return;
	}
	sandbox_allow_tcp(p, peer.port);
	if (peer.by_name)
		sandbox_allow_names(p);
	if (peer.tls)
		sandbox_allow_trust(p, cert[0] != '\0' ? cert : NULL);
}

/* A node may come to be found at another port than the one that is configured. */
static void need_node(struct sandbox_plan *p, const struct conf *conf, const char *address)
{
	char *url = sky_url(address, conf->sky_rpc_cert[0] != '\0');
	char *rest = sky_url_of_rest(url);

	need_url(p, url, conf->sky_rpc_cert);
	if (rest != NULL)
		need_url(p, rest, conf->sky_rpc_cert);
	free(rest);
	free(url);
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
	for (unsigned i = 0; !conf->dummy_sender && i < conf->sky_rpc_address.count; i++)
		need_node(p, conf, conf->sky_rpc_address.item[i]);
}

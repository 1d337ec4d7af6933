/* One case for each coin. */
#include "scannerd/chain_open.h"

#include <string.h>

#include "common/base/log.h"
#include "common/conf/conf_node.h"
#include "common/node/sky_nodes.h"
#include "scannerd/chain_btc.h"
#include "scannerd/chain_eth.h"
#include "scannerd/chain_sky.h"

static int open_btc(const struct chain_opener *from, const struct chain_use *use,
		    struct chain **ret, struct err *err)
{
	const struct conf *conf = from->conf;
	struct chain_btc_options o = { .server = conf->btc_rpc_server,
				       .user = conf->btc_rpc_user,
				       .pass = conf->btc_rpc_pass,
				       .cookie_file = conf->btc_rpc_cookie_file,
				       .cert = conf->btc_rpc_cert,
				       .network = conf->btc_network,
				       .websocket = conf->btc_rpc_websocket && use->wants_news,
				       .health = use->health };

	return chain_btc_new(from->loop, &o, ret, err);
}

static int open_eth(const struct chain_opener *from, const struct chain_use *use,
		    struct chain **ret, struct err *err)
{
	const struct conf *conf = from->conf;
	char url[CONF_TEXT_MAX + 32];
	struct chain_eth_options o = { .url = url,
				       .user = conf->eth_rpc_user,
				       .pass = conf->eth_rpc_pass,
				       .cert = conf->eth_rpc_cert,
				       .chain_id = (uint64_t)conf->eth_chain_id,
				       .trace = conf->eth_trace,
				       .trace_rests = use->wants_news,
				       .health = use->health };

	if (use->wants_news && conf->eth_rpc_cert[0] != '\0' &&
	    strncmp(conf->eth_rpc_server, "http://", 7) == 0)
		log_warn("cert_not_used", "why=\"the URL of the ethereum node says http\"");
	conf_node_url(conf->eth_rpc_server, conf->eth_rpc_port, conf->eth_rpc_cert[0] != '\0', url,
		      sizeof(url));
	return chain_eth_new(from->loop, &o, ret, err);
}

static const char *sky_pinned(void *arg)
{
	return ((struct chain_pin *)arg)->genesis;
}

static void sky_pin(void *arg, const char *genesis)
{
	chain_pin_set(arg, genesis);
}

static int open_sky_nodes(const struct chain_opener *from, struct sky_node **ret, struct err *err)
{
	const struct conf *conf = from->conf;
	const struct sky_client_options each = { .api = conf->sky_rpc_api,
						 .user = conf->sky_rpc_user,
						 .pass = conf->sky_rpc_pass,
						 .cert = conf->sky_rpc_cert };
	const char *addresses[CONF_LIST_MAX];

	for (unsigned i = 0; i < conf->sky_rpc_address.count; i++)
		addresses[i] = conf->sky_rpc_address.item[i];
	return sky_nodes_open(from->loop, addresses, conf->sky_rpc_address.count, &each, ret, err);
}

static int open_sky(const struct chain_opener *from, const struct chain_use *use,
		    struct chain **ret, struct err *err)
{
	struct chain_sky_options o = { .loop = from->loop,
				       .health = use->health,
				       .pinned = sky_pinned,
				       .pin = sky_pin,
				       .arg = from->sky_pin };
	int rc = open_sky_nodes(from, &o.node, err);

	if (rc < 0)
		return rc;
	*ret = chain_sky_new(&o);
	if (*ret != NULL)
		return 0;
	o.node->ops->free(o.node);
	return err_set(err, ERR_BUSY, "no memory for the Skycoin chain");
}

int chain_open(struct chain_opener *o, enum coin coin, const struct chain_use *use,
	       struct chain **ret, struct err *err)
{
	switch (coin) {
	case COIN_BTC: return open_btc(o, use, ret, err);
	case COIN_ETH: return open_eth(o, use, ret, err);
	case COIN_SKY: return open_sky(o, use, ret, err);
	}
	return err_set(err, ERR_INVALID, "there is no such chain");
}

/* Rules that one value alone cannot break: what must be there, which files must exist, what
 * excludes what.  The texts are those that operators of the original program know.
 *
 * Files are looked at only by the daemon that reads them: a system unit may well hide the wallet
 * from all others. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/text.h"
#include "common/conf/conf_loading.h"
#include "common/conf/conf_node.h"

unsigned conf_line_of(const struct conf_loading *l, const char *key)
{
	return l->line[conf_key_find(key) - conf_keys];
}

bool conf_is_bad(const struct conf_loading *l, const char *key)
{
	return l->bad[conf_key_find(key) - conf_keys];
}

static bool concerns(const struct conf_loading *l, enum conf_reader reader)
{
	return l->reader == CONF_FOR_ALL || l->reader == reader;
}

/* --- the kinds of rule --------------------------------------------------------------------- */
/* Returns whether it is there; a value that was a mistake has had its message. */
static bool demand(struct conf_loading *l, const char *key, const char *value)
{
	if (value[0] != '\0')
		return true;
	if (!conf_is_bad(l, key))
		conf_mistake(l->report, conf_line_of(l, key), "%s missing", key);
	return false;
}

/* What is wrong with a file that is there, or NULL. */
static const char *file_trouble(const char *path)
{
	if (!conf_is_file(path))
		return "is no file";
	return access(path, R_OK) < 0 ? strerror(errno) : NULL;
}

static void demand_file(struct conf_loading *l, const char *key, const char *path)
{
	unsigned line = conf_line_of(l, key);
	const char *trouble;

	if (access(path, F_OK) < 0)
		conf_mistake(l->report, line, "%s file does not exist: %s", key, path);
	else if ((trouble = file_trouble(path)) != NULL)
		conf_mistake(l->report, line, "%s file cannot be read: %s: %s", key, path, trouble);
}

/* "<coin><rest>", a key of one coin. */
static const char *coin_key(char ret[64], enum coin coin, const char *rest)
{
	(void)snprintf(ret, 64, "%s%s", coin_info(coin)->key, rest);
	return ret;
}

/* --- coins --------------------------------------------------------------------------------- */
static void check_pool(struct conf_loading *l, enum coin coin)
{
	const struct conf_coin *c = &l->conf->coin[coin];
	char key[64];

	if (c->enabled && demand(l, coin_key(key, coin, "_addresses"), c->addresses) &&
	    concerns(l, CONF_FOR_EXCHANGERD))
		demand_file(l, key, c->addresses);
}

/* The block that holds a deposit is its first confirmation, so none at all means one.  The number
 * is kept as written, because /api/config shows it. */
static void check_confirmations(struct conf_loading *l, enum coin coin)
{
	const struct conf_coin *c = &l->conf->coin[coin];
	char key[64];

	(void)coin_key(key, coin, "_scanner.confirmations_required");
	if (c->confirmations_required != 0 || conf_line_of(l, key) == 0)
		return;
	conf_warning(l->report, conf_line_of(l, key), "%s: 0 is read as 1", key);
}

static void check_rate(struct conf_loading *l, enum coin coin)
{
	struct conf_coin *c = &l->conf->coin[coin];
	char key[64];
	struct err err;

	(void)snprintf(key, sizeof(key), "sky_exchanger.sky_%s_exchange_rate",
		       coin_info(coin)->key);
	if (conf_is_bad(l, key) || (!c->enabled && c->rate_text[0] == '\0'))
		return;
	if (rate_parse(c->rate_text, &c->rate, &err) < 0)
		conf_mistake(l->report, conf_line_of(l, key), "%s invalid: %s", key, err.text);
}

/* --- nodes --------------------------------------------------------------------------------- */
/* The cookie's file need not be there yet: the node writes it when it starts. */
static void check_btc_cookie(struct conf_loading *l)
{
	const struct conf *c = l->conf;
	unsigned line = conf_line_of(l, "btc_rpc.cookie_file");

	if (c->btc_rpc_user[0] != '\0' || c->btc_rpc_pass[0] != '\0')
		conf_mistake(
			l->report, line,
			"btc_rpc.cookie_file stands in place of btc_rpc.user and btc_rpc.pass: "
			"leave either out");
	if (c->btc_rpc_websocket)
		conf_mistake(l->report, line,
			     "btc_rpc.cookie_file is Bitcoin Core's, which has no websocket: "
			     "btc_rpc.websocket = false");
}

static void check_btc_credentials(struct conf_loading *l)
{
	const struct conf *c = l->conf;

	if (c->btc_rpc_cookie_file[0] != '\0') {
		check_btc_cookie(l);
		return;
	}
	(void)demand(l, "btc_rpc.user", c->btc_rpc_user);
	(void)demand(l, "btc_rpc.pass", c->btc_rpc_pass);
}

static void check_btc_rpc(struct conf_loading *l)
{
	const struct conf *c = l->conf;

	if (!c->coin[COIN_BTC].enabled || c->dummy_scanner)
		return;
	(void)demand(l, "btc_rpc.server", c->btc_rpc_server);
	check_btc_credentials(l);
	if (c->btc_rpc_cert[0] != '\0' && concerns(l, CONF_FOR_SCANNERD))
		demand_file(l, "btc_rpc.cert", c->btc_rpc_cert);
}

static void check_eth_rpc(struct conf_loading *l)
{
	const struct conf *c = l->conf;

	if (!c->coin[COIN_ETH].enabled || c->dummy_scanner)
		return;
	(void)demand(l, "eth_rpc.server", c->eth_rpc_server);
	if (!conf_node_is_whole(c->eth_rpc_server))
		(void)demand(l, "eth_rpc.port", c->eth_rpc_port);
	if (conf_node_has_port(c->eth_rpc_server) && c->eth_rpc_port[0] != '\0')
		conf_mistake(l->report, conf_line_of(l, "eth_rpc.port"),
			     "eth_rpc.port: eth_rpc.server names a port already");
	if (c->eth_rpc_cert[0] != '\0' && concerns(l, CONF_FOR_SCANNERD))
		demand_file(l, "eth_rpc.cert", c->eth_rpc_cert);
}

static void check_sky_rpc(struct conf_loading *l)
{
	const struct conf *c = l->conf;
	bool scans = c->coin[COIN_SKY].enabled && !c->dummy_scanner;

	if (!scans && c->dummy_sender)
		return;
	(void)demand(l, "sky_rpc.address", c->sky_rpc_address.item[0]);
	if (c->sky_rpc_cert[0] != '\0' && ((!c->dummy_sender && concerns(l, CONF_FOR_SENDERD)) ||
					   (scans && concerns(l, CONF_FOR_SCANNERD))))
		demand_file(l, "sky_rpc.cert", c->sky_rpc_cert);
}

/* --- paying -------------------------------------------------------------------------------- */
static void check_wallet(struct conf_loading *l)
{
	static const char key[] = "sky_exchanger.wallet";
	const char *wallet = l->conf->wallet;

	if (l->conf->dummy_sender || !demand(l, key, wallet))
		return;
	if (!concerns(l, CONF_FOR_SENDERD))
		return;
	if (access(wallet, F_OK) < 0)
		conf_mistake(l->report, conf_line_of(l, key), "%s file %s does not exist", key,
			     wallet);
	else
		demand_file(l, key, wallet);
}

/* Parts of nothing would be made for ever. */
static void check_split(struct conf_loading *l)
{
	static const char key[] = "sky_exchanger.split_min";
	const struct conf_coins *min = &l->conf->split_min;

	if (l->conf->split_outputs > 0 && !conf_is_bad(l, key) &&
	    (!min->set || droplets_is_zero(min->coins)))
		conf_mistake(l->report, conf_line_of(l, key),
			     "%s must be above 0 when sky_exchanger.split_outputs is set", key);
}

/* What is called final is never asked about again: the proof must be possible before. */
static void check_depths(struct conf_loading *l)
{
	static const char key[] = "sky_exchanger.final_depth";

	if (!conf_is_bad(l, key) && !conf_is_bad(l, "sky_exchanger.dead_depth") &&
	    l->conf->final_depth < l->conf->dead_depth)
		conf_mistake(l->report, conf_line_of(l, key),
			     "%s must not be less than sky_exchanger.dead_depth (%u)", key,
			     l->conf->dead_depth);
}

static void check_wallet_password(struct conf_loading *l)
{
	const char *file = l->conf->wallet_password_file;

	if (!l->conf->dummy_sender && file[0] != '\0' && concerns(l, CONF_FOR_SENDERD))
		demand_file(l, "sky_exchanger.wallet_password_file", file);
}

static void check_passthrough(struct conf_loading *l)
{
	const struct conf *c = l->conf;

	if (c->buy_method != BUY_PASSTHROUGH)
		return;
	if (c->coin[COIN_ETH].enabled)
		conf_mistake(l->report, conf_line_of(l, "eth_scanner.enabled"),
			     "eth_scanner must be disabled for buy_method passthrough");
	if (c->coin[COIN_SKY].enabled)
		conf_mistake(l->report, conf_line_of(l, "sky_scanner.enabled"),
			     "sky_scanner must be disabled for buy_method passthrough");
	if (c->c2cx_key[0] == '\0' && !conf_is_bad(l, "sky_exchanger.c2cx.key"))
		conf_mistake(l->report, conf_line_of(l, "sky_exchanger.c2cx.key"),
			     "c2cx.key must be set for buy_method passthrough");
	if (c->c2cx_secret[0] == '\0' && !conf_is_bad(l, "sky_exchanger.c2cx.secret"))
		conf_mistake(l->report, conf_line_of(l, "sky_exchanger.c2cx.secret"),
			     "c2cx.secret must be set for buy_method passthrough");
	(void)demand(l, "sky_exchanger.c2cx.url", c->c2cx_url);
}

/* --- listening ----------------------------------------------------------------------------- */
/* The first of these that is broken, or NULL. */
static const char *broken_web_rule(const struct conf *c)
{
	bool http = c->http_addr[0] != '\0', https = c->https_addr[0] != '\0';
	bool automatic = c->auto_tls_host[0] != '\0';
	bool cert = c->tls_cert[0] != '\0', key = c->tls_key[0] != '\0';

	if (!http && !https)
		return "at least one of web.http_addr, web.https_addr must be set";
	if (https && !automatic && !(cert && key))
		return "when using web.https_addr, either web.auto_tls_host or both web.tls_cert "
		       "and web.tls_key must be set";
	if (cert != key)
		return "web.tls_cert and web.tls_key must be set or unset together";
	if (automatic && cert)
		return "either use web.auto_tls_host or both web.tls_key and web.tls_cert";
	if (!https && (automatic || cert))
		return "web.auto_tls_host or web.tls_key or web.tls_cert is set but "
		       "web.https_addr is not enabled";
	return NULL;
}

static bool web_is_bad(const struct conf_loading *l)
{
	return conf_is_bad(l, "web.http_addr") || conf_is_bad(l, "web.https_addr") ||
	       conf_is_bad(l, "web.auto_tls_host") || conf_is_bad(l, "web.tls_cert") ||
	       conf_is_bad(l, "web.tls_key");
}

/* It becomes a folder's name and an argument of a program. */
static bool is_dns_name(const char *host)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
	size_t len = strlen(host);

	return len > 0 && len <= 253 && strspn(host, allowed) == len && host[0] != '-' &&
	       host[0] != '.' && strstr(host, "..") == NULL && strpbrk(host, letters) != NULL;
}

/* The program puts it into its JSON as it is. */
static bool is_email(const char *text)
{
	const char *at = strchr(text, '@');

	return at != NULL && at > text && at[1] != '\0' && strchr(at + 1, '@') == NULL &&
	       text[0] != '-' && text_is_plain(text) && strpbrk(text, " \"\\,<>?&") == NULL;
}

static void check_acme(struct conf_loading *l)
{
	static const char host[] = "web.auto_tls_host", email[] = "web.acme_email";
	const struct conf *c = l->conf;

	if (c->auto_tls_host[0] != '\0' && !is_dns_name(c->auto_tls_host))
		conf_mistake(l->report, conf_line_of(l, host),
			     "%s: expected a host name such as shop.example.org, got \"%.64s\"",
			     host, c->auto_tls_host);
	else if (c->auto_tls_host[0] != '\0' && c->http_addr[0] == '\0')
		conf_warning(l->report, conf_line_of(l, host),
			     "%s: the authority asks over plain HTTP whether the name is yours: "
			     "without web.http_addr there will be no certificate",
			     host);
	if (c->acme_email[0] != '\0' && !is_email(c->acme_email))
		conf_mistake(l->report, conf_line_of(l, email),
			     "%s: expected an address such as me@example.org, got \"%.64s\"", email,
			     c->acme_email);
}

static void check_web(struct conf_loading *l)
{
	const struct conf *c = l->conf;
	const char *broken = web_is_bad(l) ? NULL : broken_web_rule(c);

	if (broken != NULL)
		conf_mistake(l->report, 0, "%s", broken);
	if (!concerns(l, CONF_FOR_APID))
		return;
	check_acme(l);
	if (c->tls_cert[0] != '\0')
		demand_file(l, "web.tls_cert", c->tls_cert);
	if (c->tls_key[0] != '\0')
		demand_file(l, "web.tls_key", c->tls_key);
}

static void check_admin_tls(struct conf_loading *l)
{
	static const char host[] = "admin_panel.host";
	const struct conf *c = l->conf;

	if ((c->admin_tls_cert[0] != '\0') != (c->admin_tls_key[0] != '\0') &&
	    !conf_is_bad(l, "admin_panel.tls_cert") && !conf_is_bad(l, "admin_panel.tls_key"))
		conf_mistake(l->report, 0,
			     "admin_panel.tls_cert and admin_panel.tls_key must be set or unset "
			     "together");
	if (c->admin_tls_cert[0] != '\0')
		demand_file(l, "admin_panel.tls_cert", c->admin_tls_cert);
	else if (c->admin_tokens_file[0] != '\0' && c->admin_host[0] != '\0' &&
		 !conf_is_loopback(c->admin_host))
		conf_warning(l->report, conf_line_of(l, host),
			     "%s: without admin_panel.tls_cert tokens can be read on their way, "
			     "unless a proxy or a tunnel protects them",
			     host);
	if (c->admin_tls_key[0] != '\0')
		demand_file(l, "admin_panel.tls_key", c->admin_tls_key);
}

static void check_admin(struct conf_loading *l)
{
	const struct conf *c = l->conf;

	if (!concerns(l, CONF_FOR_APID))
		return;
	check_admin_tls(l);
	if (c->admin_tokens_file[0] != '\0')
		demand_file(l, "admin_panel.tokens_file", c->admin_tokens_file);
	else if (c->admin_host[0] != '\0' && !conf_is_loopback(c->admin_host))
		conf_mistake(l->report, conf_line_of(l, "admin_panel.host"),
			     "admin_panel.host: %s is no loopback address: set "
			     "admin_panel.tokens_file ('tellerctl admin token NAME ROLE' makes "
			     "one), or use 127.0.0.1:PORT and a tunnel",
			     c->admin_host);
}

void conf_check_rules(struct conf_loading *l)
{
	for (int coin = 0; coin < COIN_COUNT; coin++)
		check_pool(l, (enum coin)coin);
	check_sky_rpc(l);
	check_btc_rpc(l);
	check_eth_rpc(l);
	for (int coin = 0; coin < COIN_COUNT; coin++) {
		check_confirmations(l, (enum coin)coin);
		check_rate(l, (enum coin)coin);
	}
	check_wallet(l);
	check_split(l);
	check_depths(l);
	check_wallet_password(l);
	check_passthrough(l);
	check_web(l);
	check_admin(l);
}

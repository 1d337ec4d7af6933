/* THE table: a new key is a member of struct conf and a row here.  The order is that of the
 * example file: keys without a section first, each section in one piece. */
#include "common/conf/conf_keys.h"

#include <string.h>

#define AT(field) offsetof(struct conf, field), sizeof(((struct conf *)0)->field)
#define NOWHERE	  0, 0

static const char at_least_0[] = "must be >= 0", more_than_0[] = "must be longer than 0";
static const char too_large[] = "is too large";
#define YEAR_MS INT64_C(31536000000)
#define DAY_MS	(24 * 3600 * 1000LL)

static const struct conf_range not_negative = { 0, INT64_MAX, at_least_0, too_large };
static const struct conf_range positive = { 1, INT64_MAX, "must be >= 1", too_large };
static const struct conf_range decimals = { 0, 3, "can't be negative",
					    "is larger than visor.MaxDropletPrecision=3" };
static const struct conf_range depth = { 1, 1000, "must be >= 1", "must be at most 1000" };
static const struct conf_range burn = { 2, 1000, "must be >= 2", "must be at most 1000" };
static const struct conf_range outputs = { 0, 4096, "can't be negative", "must be at most 4096" };
static const struct conf_range parts = { 0, 100, "can't be negative", "must be at most 100" };
static const struct conf_range crowd = { 0, 1000000, "can't be negative", too_large };
static const struct conf_range wait = { 1, YEAR_MS, more_than_0, "must be at most a year" };
static const struct conf_range span = { 0, YEAR_MS, "", "must be at most a year" };
static const struct conf_range renewal = { DAY_MS, YEAR_MS, "must be at least a day",
					   "must be at most a year" };

// clang-format off
const struct conf_key conf_keys[] = {
	{ "debug", &conf_bool, AT(debug), "true",
	  .sentence = "log what only a developer wants to know, too" },
	{ "profile", &conf_ignored, NOWHERE, "",
	  .sentence = "accepted for old files and ignored" },
	{ "logfile", &conf_path, AT(logfile), "./teller.log",
	  .sentence = "log file, relative to the data directory; empty: standard output" },
	{ "dbfile", &conf_path, AT(dbfile), "teller.db",
	  .sentence = "name of the database file in the data directory" },
	{ "pidfile", &conf_path, AT(pidfile), "",
	  .sentence = "file for the process id, relative to the data directory; each daemon puts "
		      "its name before the extension" },
	{ "sandbox", &conf_sandbox, AT(sandbox), "auto",
	  .sentence = "senderd (once it has read the wallet) and apid (once it listens) lock "
		      "themselves in: auto: as far as the kernel can; required: or they do not "
		      "start; off: not at all" },
	{ "btc_addresses", &conf_path, AT(coin[COIN_BTC].addresses), "",
	  .sample = "btc_addresses.json",
	  .sentence = "file with the BTC deposit addresses, .json or .txt, looked for in the data "
		      "directory, then in the working directory; needed when BTC is on" },
	{ "eth_addresses", &conf_path, AT(coin[COIN_ETH].addresses), "",
	  .sample = "eth_addresses.json", .sentence = "the same for ETH" },
	{ "sky_addresses", &conf_path, AT(coin[COIN_SKY].addresses), "",
	  .sample = "sky_addresses.json", .sentence = "the same for SKY" },

	{ "teller.max_bound_addrs", &conf_int, AT(max_bound_addrs), "5", .range = &not_negative,
	  .sentence = "deposit addresses that one SKY address can bind, all coins together; 0: "
		      "no limit" },
	{ "teller.bind_enabled", &conf_bool, AT(bind_enabled), "true",
	  .sentence = "give out deposit addresses" },
	{ "teller.binds_per_ip_per_day", &conf_int, AT(binds_per_ip_per_day), "0",
	  .range = &not_negative,
	  .sentence = "new deposit addresses that one client can have in a day (UTC); IPv6 "
		      "clients count by /64; 0: no limit" },
	{ "teller.reuse_unbound_after", &conf_duration, AT(reuse_unbound_after_ms), "0",
	  .range = &span,
	  .sentence = "who asks again is given the deposit address that was given out for the "
		      "same SKY address and coin, if it is not older than this and nobody has "
		      "paid to it; 0: always a new one" },

	{ "sky_rpc.address", &conf_servers, AT(sky_rpc_address), "127.0.0.1:6420",
	  .sentence = "the Skycoin node's web interface; several nodes: a list such as "
		      "[\"127.0.0.1:6420\", \"https://node.example\"], of which one that is in "
		      "order is used, the first rather than the last" },
	{ "sky_rpc.api", &conf_sky_api, AT(sky_rpc_api), "auto",
	  .sentence = "what the nodes speak: rest (0.24 and later), legacy-rest (before), webrpc "
		      "(the JSON-RPC of those); auto finds out, and again when something went "
		      "wrong" },
	{ "sky_rpc.user", &conf_text, AT(sky_rpc_user), "", .secret = true,
	  .sentence = "their user, if they ask for one" },
	{ "sky_rpc.pass", &conf_text, AT(sky_rpc_pass), "", .secret = true,
	  .sentence = "their password" },
	{ "sky_rpc.cert", &conf_path, AT(sky_rpc_cert), "",
	  .sentence = "certificate file that their TLS must show; empty: plain HTTP unless the "
		      "address is an https URL" },

	{ "btc_rpc.server", &conf_server, AT(btc_rpc_server), "127.0.0.1:8334",
	  .sentence = "the Bitcoin node's RPC" },
	{ "btc_rpc.user", &conf_text, AT(btc_rpc_user), "", .sample = "user", .secret = true,
	  .sentence = "its user" },
	{ "btc_rpc.pass", &conf_text, AT(btc_rpc_pass), "", .sample = "password", .secret = true,
	  .sentence = "its password" },
	{ "btc_rpc.cookie_file", &conf_path, AT(btc_rpc_cookie_file), "",
	  .sentence = "Bitcoin Core's .cookie, in place of user and pass: read when needed, and "
		      "again after each start of the node" },
	{ "btc_rpc.cert", &conf_path, AT(btc_rpc_cert), "",
	  .sentence = "certificate file that its TLS must show; empty: plain HTTP unless the "
		      "server is an https URL" },
	{ "btc_rpc.websocket", &conf_bool, AT(btc_rpc_websocket), "false",
	  .sentence = "btcd only: let it tell of new blocks over its websocket; it is then asked "
		      "for them once a minute only, as a safety net" },

	{ "eth_rpc.server", &conf_node, AT(eth_rpc_server), "", .sample = "127.0.0.1",
	  .sentence = "the Ethereum node's RPC: a host, host:port or a URL, http or https, with a "
		      "path if it has one; the path is never shown" },
	{ "eth_rpc.port", &conf_port, AT(eth_rpc_port), "", .sample = "8545",
	  .sentence = "its port, where the server names neither a port nor a scheme" },
	{ "eth_rpc.user", &conf_text, AT(eth_rpc_user), "", .secret = true,
	  .sentence = "its user, if it asks for one" },
	{ "eth_rpc.pass", &conf_text, AT(eth_rpc_pass), "", .secret = true,
	  .sentence = "its password" },
	{ "eth_rpc.cert", &conf_path, AT(eth_rpc_cert), "",
	  .sentence = "certificate file that its TLS must show; a server without a scheme is "
		      "https then; empty: the system's certificates are trusted" },
	{ "eth_rpc.chain_id", &conf_int, AT(eth_chain_id), "1", .range = &positive,
	  .sentence = "chain that the node must be on: 1 is the main network, 11155111 Sepolia" },
	{ "eth_rpc.trace", &conf_auto, AT(eth_trace), "off",
	  .sentence = "auto: see transfers that contracts make, where the node can trace "
		      "(debug_traceBlockByHash, trace_block), at the price of a much larger answer "
		      "for each block; off: they show up in the balances, as unassigned" },

	{ "btc_scanner.enabled", &conf_bool, AT(coin[COIN_BTC].enabled), "true",
	  .sentence = "take BTC" },
	{ "btc_scanner.scan_period", &conf_duration, AT(coin[COIN_BTC].scan_period_ms), "20s",
	  .range = &wait, .sentence = "how often the node is asked for a new block" },
	{ "btc_scanner.initial_scan_height", &conf_int, AT(coin[COIN_BTC].initial_scan_height),
	  "492478", .range = &not_negative,
	  .sentence = "first block to scan, at the very first start" },
	{ "btc_scanner.confirmations_required", &conf_int,
	  AT(coin[COIN_BTC].confirmations_required), "1", .range = &not_negative,
	  .sentence = "blocks until a deposit counts, the one that holds it included; 0 is read "
		      "as 1" },
	{ "btc_scanner.network", &conf_network, AT(btc_network), "main",
	  .sentence = "Bitcoin network of the node and the addresses: main, test, signet or "
		      "regtest" },

	{ "eth_scanner.enabled", &conf_bool, AT(coin[COIN_ETH].enabled), "false",
	  .sentence = "take ETH" },
	{ "eth_scanner.scan_period", &conf_duration, AT(coin[COIN_ETH].scan_period_ms), "5s",
	  .range = &wait, .sentence = "how often the node is asked for a new block" },
	{ "eth_scanner.initial_scan_height", &conf_int, AT(coin[COIN_ETH].initial_scan_height),
	  "4654259", .range = &not_negative,
	  .sentence = "first block to scan, at the very first start" },
	{ "eth_scanner.confirmations_required", &conf_confirmations,
	  AT(coin[COIN_ETH].confirmations_required), "1", .range = &not_negative,
	  .sentence = "blocks until a deposit counts, the one that holds it included; 0 is read "
		      "as 1; finalized: when the network calls its block final, about 15 minutes "
		      "on the main network" },
	{ "eth_scanner.balance_check", &conf_duration, AT(eth_balance_check_ms), "6h",
	  .range = &span,
	  .sentence = "in this time the balance of each bound address is compared once with the "
		      "deposits that were seen, to find what contracts sent; 0: never" },

	{ "sky_scanner.enabled", &conf_bool, AT(coin[COIN_SKY].enabled), "false",
	  .sentence = "take SKY" },
	{ "sky_scanner.scan_period", &conf_duration, AT(coin[COIN_SKY].scan_period_ms), "5s",
	  .range = &wait, .sentence = "how often the node is asked for a new block" },
	{ "sky_scanner.initial_scan_height", &conf_int, AT(coin[COIN_SKY].initial_scan_height),
	  "17000", .range = &not_negative,
	  .sentence = "first block to scan, at the very first start" },
	{ "sky_scanner.confirmations_required", &conf_int,
	  AT(coin[COIN_SKY].confirmations_required), "0", .range = &not_negative,
	  .sentence = "blocks until a deposit counts, the one that holds it included; 0 is read "
		      "as 1" },

	{ "sky_exchanger.sky_btc_exchange_rate", &conf_rate, AT(coin[COIN_BTC].rate_text), "",
	  .sample = "500",
	  .sentence = "SKY for one BTC: a whole number, a decimal or a fraction; needed when BTC "
		      "is on" },
	{ "sky_exchanger.sky_eth_exchange_rate", &conf_rate, AT(coin[COIN_ETH].rate_text), "",
	  .sample = "100", .sentence = "SKY for one ETH" },
	{ "sky_exchanger.sky_sky_exchange_rate", &conf_rate, AT(coin[COIN_SKY].rate_text), "",
	  .sample = "1", .sentence = "SKY for one SKY" },
	{ "sky_exchanger.max_decimals", &conf_unsigned, AT(max_decimals), "3", .range = &decimals,
	  .sentence = "decimal places of a payout; what is below is cut" },
	{ "sky_exchanger.wallet", &conf_path, AT(wallet), "", .sample = "hot.wlt",
	  .sentence = "hot wallet file, looked for in the data directory, then in the working "
		      "directory; needed unless dummy.sender is on" },
	{ "sky_exchanger.wallet_password_file", &conf_path, AT(wallet_password_file), "",
	  .sentence = "file with the password of an encrypted wallet, mode 0600, looked for as the "
		      "wallet is; one line end (LF or CR LF) at its end is cut, all else counts.  "
		      "Empty: the systemd credential wallet_password, or else senderd asks at its "
		      "terminal when it starts" },
	{ "sky_exchanger.wallet_allow_shared", &conf_bool, AT(wallet_allow_shared), "false",
	  .sentence = "use the wallet although other users of this machine can read its file" },
	{ "sky_exchanger.tx_confirmation_check_wait", &conf_duration,
	  AT(tx_confirmation_check_wait_ms), "5s", .range = &wait,
	  .sentence = "how often an unconfirmed payout is looked at" },
	{ "sky_exchanger.dead_depth", &conf_unsigned, AT(dead_depth), "3", .range = &depth,
	  .sentence = "a payout's transaction is dead, and its payouts are paid by another, when an "
		      "input of it was spent by a foreign transaction that is so many blocks deep" },
	{ "sky_exchanger.final_depth", &conf_unsigned, AT(final_depth), "6", .range = &depth,
	  .sentence = "a payout's transaction is looked after until it is so many blocks deep; not "
		      "less than sky_exchanger.dead_depth" },
	{ "sky_exchanger.send_enabled", &conf_bool, AT(send_enabled), "true",
	  .sentence = "send SKY; when off, payouts are recorded and wait" },
	{ "sky_exchanger.burn_factor", &conf_unsigned, AT(burn_factor), "2", .range = &burn,
	  .sentence = "a payment burns one in so many of the coin hours it spends, more when the "
		      "node asks for more: 2 is taken by every Skycoin version, 10 by 0.26 and "
		      "later" },
	{ "sky_exchanger.max_outputs_per_tx", &conf_unsigned, AT(max_outputs_per_tx), "0",
	  .range = &outputs,
	  .sentence = "payouts in one transaction, equal ones counted once; 0: as many as fit" },
	{ "sky_exchanger.split_outputs", &conf_unsigned, AT(split_outputs), "0", .range = &parts,
	  .sentence = "outputs of split_min or more that the wallet should have, so that several "
		      "payments can be under way: change and idle outputs are cut until it has; "
		      "0: off" },
	{ "sky_exchanger.split_min", &conf_coins, AT(split_min), "100",
	  .sentence = "SKY of the smallest output that a split makes" },
	{ "sky_exchanger.sweep_below", &conf_coins, AT(sweep_below), "1",
	  .sentence = "outputs of less SKY are spent along with others where that costs no hours; "
		      "empty: none are" },
	{ "sky_exchanger.runout_warning", &conf_duration, AT(runout_warning_ms), "24h",
	  .range = &span,
	  .sentence = "warn when the hot wallet's coins or hours will be gone within this time at "
		      "the rate of the last 24 hours; 0: never" },
	{ "sky_exchanger.cap_payout", &conf_coins, AT(cap_payout), "", .sample = "1000",
	  .sentence = "a payout of more SKY than this waits for `tellerctl payout approve`; empty: "
		      "no cap" },
	{ "sky_exchanger.cap_hour", &conf_coins, AT(cap_hour), "", .sample = "5000",
	  .sentence = "SKY that may be paid within an hour; what would exceed it waits for room or "
		      "for an approval; empty: no cap" },
	{ "sky_exchanger.cap_day", &conf_coins, AT(cap_day), "", .sample = "20000",
	  .sentence = "the same within 24 hours" },
	{ "sky_exchanger.buy_method", &conf_buy_method, AT(buy_method), "direct",
	  .sentence = "direct: sell at the configured rate; passthrough: buy on the exchange "
		      "first" },

	{ "sky_exchanger.c2cx.key", &conf_text, AT(c2cx_key), "", .secret = true,
	  .sentence = "the exchange's API key; needed for passthrough" },
	{ "sky_exchanger.c2cx.secret", &conf_text, AT(c2cx_secret), "", .secret = true,
	  .sentence = "the exchange's API secret; needed for passthrough" },
	{ "sky_exchanger.c2cx.request_failure_wait", &conf_duration,
	  AT(c2cx_request_failure_wait_ms), "10s", .range = &wait,
	  .sentence = "wait after a failed request" },
	{ "sky_exchanger.c2cx.ratelimit_wait", &conf_duration, AT(c2cx_ratelimit_wait_ms), "30s",
	  .range = &wait, .sentence = "wait after too many requests" },
	{ "sky_exchanger.c2cx.check_order_wait", &conf_duration, AT(c2cx_check_order_wait_ms),
	  "2s", .range = &wait, .sentence = "how often an open order is looked at" },
	{ "sky_exchanger.c2cx.btc_minimum_volume", &conf_decimal, AT(btc_minimum_volume), "0.005",
	  .sentence = "smallest BTC deposit that the exchange takes" },
	{ "sky_exchanger.c2cx.url", &conf_url, AT(c2cx_url), "https://api.c2cx.com/v1/",
	  .sentence = "the exchange's API; for tests" },
	{ "sky_exchanger.c2cx.fee_percent", &conf_decimal, AT(c2cx_fee_percent), "0",
	  .sentence = "percent of the bought SKY that the exchange keeps" },
	{ "sky_exchanger.c2cx.auto_retry", &conf_int, AT(c2cx_auto_retry), "0",
	  .range = &not_negative,
	  .sentence = "further orders for the rest when the exchange kills one" },

	{ "web.http_addr", &conf_listen, AT(http_addr), "127.0.0.1:7071",
	  .sentence = "where the public API listens for HTTP, :80 is every address of this "
		      "machine; empty: not at all" },
	{ "web.https_addr", &conf_listen, AT(https_addr), "",
	  .sentence = "where it listens for HTTPS; HTTP then redirects there" },
	{ "web.auto_tls_host", &conf_host, AT(auto_tls_host), "",
	  .sentence = "host name for which a certificate is fetched; instead of tls_cert and "
		      "tls_key" },
	{ "web.tls_cert", &conf_path, AT(tls_cert), "",
	  .sentence = "certificate chain file for HTTPS" },
	{ "web.tls_key", &conf_path, AT(tls_key), "",
	  .sentence = "its private key file, closed to other users" },
	{ "web.acme_url", &conf_url, AT(acme_url), "https://acme-v02.api.letsencrypt.org/directory",
	  .sentence = "the authority that issues the certificate of auto_tls_host (ACME directory)" },
	{ "web.acme_email", &conf_text, AT(acme_email), "",
	  .sentence = "where that authority may write to; empty: nowhere" },
	{ "web.acme_program", &conf_text, AT(acme_program), "uacme",
	  .sentence = "the program that speaks with that authority, a name or a whole path" },
	{ "web.acme_renew_before", &conf_duration, AT(acme_renew_before_ms), "720h",
	  .range = &renewal,
	  .sentence = "how long before its end that certificate is renewed; whole days count" },
	{ "web.static_dir", &conf_path, AT(static_dir), "./web/build",
	  .sentence = "directory of the web pages; while the default is not there, the pages that "
		      "came with Teller are served" },
	{ "web.throttle_max", &conf_int, AT(throttle_max), "60", .range = &positive,
	  .sentence = "requests that one client may make to bind, and to status, in "
		      "throttle_duration" },
	{ "web.throttle_duration", &conf_duration_or_seconds, AT(throttle_duration_ms), "60s",
	  .range = &span, .sentence = "the time that throttle_max counts for; 0: no limit" },
	{ "web.behind_proxy", &conf_bool, AT(behind_proxy), "false",
	  .sentence = "take the client's address from X-Forwarded-For" },
	{ "web.cors_allowed", &conf_strings, AT(cors_allowed), "",
	  .sentence = "origins whose pages may call the API; empty: none; [\"*\"]: all" },
	{ "web.connections_per_ip", &conf_int_or_auto, AT(connections_per_ip), "auto",
	  .range = &crowd,
	  .sentence = "connections that one client (an IPv4 address, an IPv6 /64) may have at a "
		      "time; 0: no limit; auto: 128, but no limit for this machine's own "
		      "programs, nor behind a proxy" },
	{ "web.read_timeout", &conf_duration, AT(read_ms), "10s", .range = &wait,
	  .sentence = "a client must have sent the header of its request within it, and then the "
		      "body" },
	{ "web.write_timeout", &conf_duration, AT(write_ms), "60s", .range = &wait,
	  .sentence = "a client must have read its whole answer within it (public listener)" },
	{ "web.idle_timeout", &conf_duration, AT(idle_ms), "120s", .range = &wait,
	  .sentence = "a connection without a request is closed after it" },

	{ "admin_panel.host", &conf_listen, AT(admin_host), "127.0.0.1:7711",
	  .sentence = "where the admin API listens; outside of this machine only with tokens" },
	{ "admin_panel.tokens_file", &conf_path, AT(admin_tokens_file), "",
	  .sentence = "file of those who may ask the admin API, mode 0600; tellerctl admin token "
		      "adds one; empty: whoever reaches admin_panel.host may ask everything" },
	{ "admin_panel.tls_cert", &conf_path, AT(admin_tls_cert), "",
	  .sentence = "certificate chain file: with it the admin API and the operator's page are "
		      "served over HTTPS only; may be that of web.tls_cert" },
	{ "admin_panel.tls_key", &conf_path, AT(admin_tls_key), "",
	  .sentence = "its private key file, closed to other users" },
	{ "admin_panel.hosts", &conf_strings, AT(admin_hosts), "",
	  .sentence = "host names, without a port, under which the admin and the dummy API are "
		      "asked, beside localhost and the address where they listen; others are "
		      "refused, so that no web page gets there by DNS rebinding" },

	{ "dummy.sender", &conf_bool, AT(dummy_sender), "false",
	  .sentence = "for tests: a wallet and a node in memory, no SKY is sent" },
	{ "dummy.scanner", &conf_bool, AT(dummy_scanner), "false",
	  .sentence = "for tests: deposits are made by the dummy API" },
	{ "dummy.http_addr", &conf_listen, AT(dummy_http_addr), "127.0.0.1:4121",
	  .sentence = "where the dummy API listens when one of them is on" },

	{ "ipc.scannerd_user", &conf_text, AT(ipc_user[0]), "",
	  .sentence = "system user that scannerd runs as; empty: the same for all daemons" },
	{ "ipc.exchangerd_user", &conf_text, AT(ipc_user[1]), "",
	  .sentence = "system user of exchangerd" },
	{ "ipc.senderd_user", &conf_text, AT(ipc_user[2]), "",
	  .sentence = "system user of senderd" },
	{ "ipc.apid_user", &conf_text, AT(ipc_user[3]), "", .sentence = "system user of apid" },
	{ "ipc.tellerctl_user", &conf_text, AT(ipc_user[4]), "",
	  .sentence = "system user who may call tellerctl" },
};
// clang-format on

#define COUNT (sizeof(conf_keys) / sizeof(conf_keys[0]))
const unsigned conf_key_count = COUNT;
_Static_assert(COUNT <= CONF_KEYS_MAX, "arrays beside the table are too short");

const struct conf_key *conf_key_find(const char *name)
{
	for (size_t i = 0; i < COUNT; i++)
		if (strcmp(conf_keys[i].name, name) == 0)
			return &conf_keys[i];
	return NULL;
}

size_t conf_section_len(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot != NULL ? (size_t)(dot - name) : 0;
}

bool conf_section_known(const char *section)
{
	size_t len = strlen(section);

	for (size_t i = 0; i < COUNT; i++)
		if (conf_section_len(conf_keys[i].name) == len &&
		    memcmp(conf_keys[i].name, section, len) == 0)
			return true;
	return false;
}

/* The configuration: a file of the original program loads unchanged, each rule has its text, and
 * nothing a file can hold is cut, obeyed or shown that should not be. */
#include "test/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/conf/conf.h"
#include "common/conf/conf_loading.h"
#include "common/conf/conf_node.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define OUT_MAX (1 << 20)

/* A data directory with the files that the configurations below name. */
static char *dir;

static void write_file(const char *where, const char *name, const char *text)
{
	char path[CONF_PATH_MAX];
	FILE *f;

	assert_true(snprintf(path, sizeof(path), "%s/%s", where, name) < (int)sizeof(path));
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static int make_dir(void **state)
{
	static const char *const names[] = { "btc.json", "eth.json", "sky.json", "hot.wlt",
					     "rpc.cert", "tls.cert", "tls.key" };

	(void)state;
	dir = test_make_dir();
	for (size_t i = 0; i < LEN(names); i++)
		write_file(dir, names[i], "x");
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	test_remove_dir(dir);
	return 0;
}

static int load(const char *text, enum conf_reader reader, struct conf **ret, struct buf *messages)
{
	struct err err;

	return conf_load_text("t.ini", text, strlen(text), dir, reader, ret, messages, &err);
}

/* The least that is enough, in TOML's dotted form so that a row can replace single keys. */
static const char *const base[] = {
	"btc_addresses = btc.json",
	"btc_rpc.user = u",
	"btc_rpc.pass = p",
	"sky_exchanger.sky_btc_exchange_rate = 500",
	"sky_exchanger.wallet = hot.wlt",
};

/* Is the key of `line` given in `text`, as "key =" or "-key", at the start of a line? */
static bool mentions(const char *text, const char *line)
{
	size_t len = strcspn(line, " ");

	for (; text != NULL; text = strchr(text, '\n')) {
		text += *text == '\n';
		text += *text == '-';
		if (strncmp(text, line, len) == 0 && strchr(" =\n", text[len]) != NULL)
			return true;
	}
	return false;
}

/* `text` first, so that its lines keep their numbers; then the rest of the base. */
static void with_base(const char *text, struct buf *ret)
{
	for (const char *at = text; *at != '\0';) {
		size_t len = strcspn(at, "\n");

		buf_printf(ret, "%s%.*s\n", *at == '-' ? "# " : "", (int)len, at);
		at += len + (at[len] == '\n');
	}
	for (size_t i = 0; i < LEN(base); i++)
		if (!mentions(text, base[i]))
			buf_printf(ret, "%s\n", base[i]);
}

struct row {
	const char *why;
	const char *text; /* lines put before the base, "-key" takes one away */
	enum conf_reader reader;
	const char *messages; /* all of them, exactly */
};

#define ETH_ON                                                                                     \
	"eth_scanner.enabled = true\neth_addresses = eth.json\n"                                   \
	"sky_exchanger.sky_eth_exchange_rate = 1\n"

static const struct row rows[] = {
	{ "the base is enough", "", CONF_FOR_ALL, "" },

	/* missing and not existing */
	{ "pool missing", "-btc_addresses", CONF_FOR_ALL, "t.ini: btc_addresses missing\n" },
	{ "pool empty is missing", "btc_addresses = \"\"", CONF_FOR_ALL,
	  "t.ini:1: btc_addresses missing\n" },
	{ "pool file", "btc_addresses = /no/such", CONF_FOR_ALL,
	  "t.ini:1: btc_addresses file does not exist: /no/such\n" },
	{ "pool file: a directory is none", "btc_addresses = /tmp", CONF_FOR_ALL,
	  "t.ini:1: btc_addresses file cannot be read: /tmp: is no file\n" },
	{ "pool file is exchangerd's", "btc_addresses = /no/such", CONF_FOR_EXCHANGERD,
	  "t.ini:1: btc_addresses file does not exist: /no/such\n" },
	{ "pool file is not senderd's", "btc_addresses = /no/such", CONF_FOR_SENDERD, "" },
	{ "pool file is not apid's", "btc_addresses = /no/such", CONF_FOR_APID, "" },
	{ "pool not demanded of a coin that is off", "btc_scanner.enabled = false\n-btc_addresses",
	  CONF_FOR_ALL, "" },
	{ "pool demanded with the dummy scanner, too", "dummy.scanner = true\n-btc_addresses",
	  CONF_FOR_ALL, "t.ini: btc_addresses missing\n" },
	{ "eth on", "eth_scanner.enabled = true", CONF_FOR_ALL,
	  "t.ini: eth_addresses missing\n"
	  "t.ini: eth_rpc.server missing\n"
	  "t.ini: eth_rpc.port missing\n"
	  "t.ini: sky_exchanger.sky_eth_exchange_rate invalid: can't convert  to decimal\n" },
	{ "eth on, dummy",
	  "eth_scanner.enabled = true\ndummy.scanner = true\n"
	  "eth_addresses = eth.json\nsky_exchanger.sky_eth_exchange_rate = 1/3",
	  CONF_FOR_ALL, "" },
	{ "eth: host and port in two keys", ETH_ON "eth_rpc.server = node\neth_rpc.port = 8545",
	  CONF_FOR_ALL, "" },
	{ "eth: no port at all", ETH_ON "eth_rpc.server = node", CONF_FOR_ALL,
	  "t.ini: eth_rpc.port missing\n" },
	{ "eth: no port, but a path", ETH_ON "eth_rpc.server = node/v1", CONF_FOR_ALL,
	  "t.ini: eth_rpc.port missing\n" },
	{ "eth: host:port", ETH_ON "eth_rpc.server = node:8545", CONF_FOR_ALL, "" },
	{ "eth: host:port/path", ETH_ON "eth_rpc.server = node:8545/v1/token", CONF_FOR_ALL, "" },
	{ "eth: a URL needs no port", ETH_ON "eth_rpc.server = https://node.example/v3/token",
	  CONF_FOR_ALL, "" },
	{ "eth: two ports", ETH_ON "eth_rpc.server = http://node:8545\neth_rpc.port = 8546",
	  CONF_FOR_ALL, "t.ini:5: eth_rpc.port: eth_rpc.server names a port already\n" },
	{ "eth: another scheme, and nothing of a path is shown",
	  ETH_ON "eth_rpc.server = ws://node/token\neth_rpc.port = 1", CONF_FOR_ALL,
	  "t.ini:4: eth_rpc.server: expected a host, host:port or a URL such as "
	  "https://node.example/v1, got <redacted>\n" },
	{ "eth: finality in place of a depth", "eth_scanner.confirmations_required = finalized",
	  CONF_FOR_ALL, "" },
	{ "btc: has no such thing", "btc_scanner.confirmations_required = finalized", CONF_FOR_ALL,
	  "t.ini:1: btc_scanner.confirmations_required: expected a whole number, got "
	  "\"finalized\"\n" },
	{ "eth: tracing", "eth_rpc.trace = on", CONF_FOR_ALL,
	  "t.ini:1: eth_rpc.trace: expected auto or off, got \"on\"\n" },
	{ "eth: chain 0", "eth_rpc.chain_id = 0", CONF_FOR_ALL,
	  "t.ini:1: eth_rpc.chain_id must be >= 1, got \"0\"\n" },
	{ "eth pool file",
	  "eth_addresses = gone.json\neth_scanner.enabled = true\n"
	  "dummy.scanner = true\nsky_exchanger.sky_eth_exchange_rate = 1",
	  CONF_FOR_EXCHANGERD, "t.ini:1: eth_addresses file does not exist: DIR/gone.json\n" },
	{ "sky on", "sky_scanner.enabled = true", CONF_FOR_ALL,
	  "t.ini: sky_addresses missing\n"
	  "t.ini: sky_exchanger.sky_sky_exchange_rate invalid: can't convert  to decimal\n" },
	{ "btc_rpc", "btc_rpc.server = \"\"\n-btc_rpc.user\n-btc_rpc.pass", CONF_FOR_ALL,
	  "t.ini:1: btc_rpc.server missing\n"
	  "t.ini: btc_rpc.user missing\n"
	  "t.ini: btc_rpc.pass missing\n" },
	{ "btc_rpc with the dummy scanner",
	  "dummy.scanner = true\nbtc_rpc.server = \"\"\n-btc_rpc.user\n-btc_rpc.pass", CONF_FOR_ALL,
	  "" },
	{ "a cookie, which the node has not written yet",
	  "btc_rpc.cookie_file = /none/.cookie\n-btc_rpc.user\n-btc_rpc.pass", CONF_FOR_ALL, "" },
	{ "a cookie and a user", "btc_rpc.cookie_file = .cookie\n-btc_rpc.pass", CONF_FOR_ALL,
	  "t.ini:1: btc_rpc.cookie_file stands in place of btc_rpc.user and btc_rpc.pass: leave "
	  "either out\n" },
	{ "a cookie and a websocket",
	  "btc_rpc.cookie_file = .cookie\nbtc_rpc.websocket = true\n-btc_rpc.user\n-btc_rpc.pass",
	  CONF_FOR_ALL,
	  "t.ini:1: btc_rpc.cookie_file is Bitcoin Core's, which has no websocket: "
	  "btc_rpc.websocket = false\n" },
	{ "btc_rpc.cert", "btc_rpc.cert = no.cert", CONF_FOR_ALL,
	  "t.ini:1: btc_rpc.cert file does not exist: DIR/no.cert\n" },
	{ "btc_rpc.cert is scannerd's", "btc_rpc.cert = no.cert", CONF_FOR_APID, "" },
	{ "btc_rpc.cert as a switch", "btc_rpc.cert = true", CONF_FOR_ALL,
	  "warning: t.ini:1: btc_rpc.cert: expected a path; true and false are ignored\n" },
	{ "sky_rpc", "sky_rpc.address = \"\"", CONF_FOR_ALL, "t.ini:1: sky_rpc.address missing\n" },
	{ "sky_rpc, an empty list", "sky_rpc.address = []", CONF_FOR_ALL,
	  "t.ini:1: sky_rpc.address missing\n" },
	{ "sky_rpc, a list", "sky_rpc.address = [\"a:1\", \"https://b/sky\"]", CONF_FOR_ALL, "" },
	{ "sky_rpc, a bare list", "sky_rpc.address = a:1, http://b", CONF_FOR_ALL, "" },
	{ "sky_rpc, a list in quotes", "sky_rpc.address = \"a:1,http://b\"", CONF_FOR_ALL, "" },
	{ "sky_rpc, a password in an URL", "sky_rpc.address = [\"a:1\", \"http://u:p@b\"]",
	  CONF_FOR_ALL,
	  "t.ini:1: sky_rpc.address: expected host:port, a URL, or a list of them such as "
	  "[\"127.0.0.1:6420\"]; no user in them, got a list\n" },
	{ "sky_rpc, no port", "sky_rpc.address = localhost", CONF_FOR_ALL,
	  "t.ini:1: sky_rpc.address: expected host:port, a URL, or a list of them such as "
	  "[\"127.0.0.1:6420\"]; no user in them, got \"localhost\"\n" },
	{ "sky_rpc.api", "sky_rpc.api = legacy-rest", CONF_FOR_ALL, "" },
	{ "sky_rpc.api, another word", "sky_rpc.api = soap", CONF_FOR_ALL,
	  "t.ini:1: sky_rpc.api: expected auto, rest, legacy-rest or webrpc, got \"soap\"\n" },
	{ "eth_rpc.cert",
	  "eth_scanner.enabled = true\neth_addresses = e\neth_rpc.server = a:1\n"
	  "sky_exchanger.sky_eth_exchange_rate = 1\neth_rpc.cert = no.pem",
	  CONF_FOR_SCANNERD, "t.ini:5: eth_rpc.cert file does not exist: DIR/no.pem\n" },
	{ "eth_rpc.cert is scannerd's",
	  "eth_scanner.enabled = true\neth_addresses = e\neth_rpc.server = a:1\n"
	  "sky_exchanger.sky_eth_exchange_rate = 1\neth_rpc.cert = no.pem",
	  CONF_FOR_SENDERD, "" },
	{ "sky_rpc.cert, and scannerd does not take SKY", "sky_rpc.cert = no.pem",
	  CONF_FOR_SCANNERD, "" },
	{ "sky_rpc.cert", "sky_rpc.cert = no.pem", CONF_FOR_SENDERD,
	  "t.ini:1: sky_rpc.cert file does not exist: DIR/no.pem\n" },
	{ "sky_rpc.cert is senderd's", "sky_rpc.cert = no.pem", CONF_FOR_APID, "" },
	{ "sky_rpc, dummy sender", "sky_rpc.address = \"\"\ndummy.sender = true", CONF_FOR_ALL,
	  "" },
	{ "wallet missing", "-sky_exchanger.wallet", CONF_FOR_ALL,
	  "t.ini: sky_exchanger.wallet missing\n" },
	{ "wallet file", "sky_exchanger.wallet = no.wlt", CONF_FOR_SENDERD,
	  "t.ini:1: sky_exchanger.wallet file DIR/no.wlt does not exist\n" },
	{ "wallet file is senderd's", "sky_exchanger.wallet = no.wlt", CONF_FOR_APID, "" },
	{ "wallet password file", "sky_exchanger.wallet_password_file = no.txt", CONF_FOR_SENDERD,
	  "t.ini:1: sky_exchanger.wallet_password_file file does not exist: DIR/no.txt\n" },
	{ "wallet password file is senderd's", "sky_exchanger.wallet_password_file = no.txt",
	  CONF_FOR_APID, "" },
	{ "wallet password file, dummy sender",
	  "sky_exchanger.wallet_password_file = no.txt\ndummy.sender = true", CONF_FOR_SENDERD,
	  "" },
	{ "wallet, dummy sender", "-sky_exchanger.wallet\ndummy.sender = true", CONF_FOR_ALL, "" },
	{ "wallet file, dummy sender", "sky_exchanger.wallet = no.wlt\ndummy.sender = true",
	  CONF_FOR_ALL, "" },

	/* ranges */
	{ "height", "btc_scanner.initial_scan_height = -1", CONF_FOR_ALL,
	  "t.ini:1: btc_scanner.initial_scan_height must be >= 0, got \"-1\"\n" },
	{ "height of sky", "sky_scanner.initial_scan_height = -2", CONF_FOR_ALL,
	  "t.ini:1: sky_scanner.initial_scan_height must be >= 0, got \"-2\"\n" },
	{ "confirmations", "eth_scanner.confirmations_required = -1", CONF_FOR_ALL,
	  "t.ini:1: eth_scanner.confirmations_required must be >= 0, got \"-1\"\n" },
	{ "no confirmations", "btc_scanner.confirmations_required = 0", CONF_FOR_ALL,
	  "warning: t.ini:1: btc_scanner.confirmations_required: 0 is read as 1\n" },
	{ "scan period", "btc_scanner.scan_period = 0s", CONF_FOR_ALL,
	  "t.ini:1: btc_scanner.scan_period must be longer than 0, got \"0s\"\n" },
	{ "decimals below", "sky_exchanger.max_decimals = -1", CONF_FOR_ALL,
	  "t.ini:1: sky_exchanger.max_decimals can't be negative, got \"-1\"\n" },
	{ "decimals above", "sky_exchanger.max_decimals = 4", CONF_FOR_ALL,
	  "t.ini:1: sky_exchanger.max_decimals is larger than visor.MaxDropletPrecision=3, got "
	  "\"4\"\n" },
	{ "burning all", "sky_exchanger.burn_factor = 1", CONF_FOR_ALL,
	  "t.ini:1: sky_exchanger.burn_factor must be >= 2, got \"1\"\n" },
	{ "burning nothing", "sky_exchanger.burn_factor = 1001", CONF_FOR_ALL,
	  "t.ini:1: sky_exchanger.burn_factor must be at most 1000, got \"1001\"\n" },
	{ "outputs below", "sky_exchanger.max_outputs_per_tx = -1", CONF_FOR_ALL,
	  "t.ini:1: sky_exchanger.max_outputs_per_tx can't be negative, got \"-1\"\n" },
	{ "a wallet in too many pieces", "sky_exchanger.split_outputs = 101", CONF_FOR_ALL,
	  "t.ini:1: sky_exchanger.split_outputs must be at most 100, got \"101\"\n" },
	{ "pieces of nothing", "sky_exchanger.split_min = 0\nsky_exchanger.split_outputs = 4",
	  CONF_FOR_ALL,
	  "t.ini:1: sky_exchanger.split_min must be above 0 when sky_exchanger.split_outputs is "
	  "set\n" },
	{ "pieces of no size", "sky_exchanger.split_min = \"\"\nsky_exchanger.split_outputs = 4",
	  CONF_FOR_ALL,
	  "t.ini:1: sky_exchanger.split_min must be above 0 when sky_exchanger.split_outputs is "
	  "set\n" },
	{ "no pieces, no size", "sky_exchanger.split_min = \"\"", CONF_FOR_ALL, "" },
	{ "no sweep, no warning",
	  "sky_exchanger.sweep_below = \"\"\nsky_exchanger.runout_warning = 0", CONF_FOR_ALL, "" },
	{ "a cap of words", "sky_exchanger.cap_payout = much", CONF_FOR_ALL,
	  "t.ini:1: sky_exchanger.cap_payout: expected an amount of SKY such as 1500 or 0.5, got "
	  "\"much\"\n" },
	{ "a negative cap", "sky_exchanger.cap_hour = -1", CONF_FOR_ALL,
	  "t.ini:1: sky_exchanger.cap_hour: expected an amount of SKY such as 1500 or 0.5, got "
	  "\"-1\"\n" },
	{ "a cap below a droplet", "sky_exchanger.cap_day = 0.0000001", CONF_FOR_ALL,
	  "t.ini:1: sky_exchanger.cap_day: expected an amount of SKY such as 1500 or 0.5, got "
	  "\"0.0000001\"\n" },
	{ "a list of caps", "sky_exchanger.cap_day = [\"1\"]", CONF_FOR_ALL,
	  "t.ini:1: sky_exchanger.cap_day: expected an amount of SKY such as 1500 or 0.5, got a "
	  "list\n" },
	{ "caps", "sky_exchanger.cap_payout = 0\nsky_exchanger.cap_hour = \"\"", CONF_FOR_ALL, "" },
	{ "a proof of no depth", "sky_exchanger.dead_depth = 0", CONF_FOR_ALL,
	  "t.ini:1: sky_exchanger.dead_depth must be >= 1, got \"0\"\n" },
	{ "final before it is dead", "sky_exchanger.dead_depth = 4\nsky_exchanger.final_depth = 3",
	  CONF_FOR_ALL,
	  "t.ini:2: sky_exchanger.final_depth must not be less than sky_exchanger.dead_depth "
	  "(4)\n" },
	{ "final when it is dead", "sky_exchanger.dead_depth = 4\nsky_exchanger.final_depth = 4",
	  CONF_FOR_ALL, "" },
	{ "throttle", "web.throttle_max = 0", CONF_FOR_ALL,
	  "t.ini:1: web.throttle_max must be >= 1, got \"0\"\n" },
	{ "no throttle", "web.throttle_duration = 0", CONF_FOR_ALL, "" },
	{ "as many connections as come", "web.connections_per_ip = 0", CONF_FOR_ALL, "" },
	{ "the usual connections", "web.connections_per_ip = auto", CONF_FOR_ALL, "" },

	/* rates */
	{ "rate missing", "-sky_exchanger.sky_btc_exchange_rate", CONF_FOR_ALL,
	  "t.ini: sky_exchanger.sky_btc_exchange_rate invalid: can't convert  to decimal\n" },
	{ "rate of words", "sky_exchanger.sky_btc_exchange_rate = many", CONF_FOR_ALL,
	  "t.ini:1: sky_exchanger.sky_btc_exchange_rate invalid: can't convert many to "
	  "decimal\n" },
	{ "rate of nothing", "sky_exchanger.sky_btc_exchange_rate = 0", CONF_FOR_ALL,
	  "t.ini:1: sky_exchanger.sky_btc_exchange_rate invalid: rate must be greater than "
	  "zero\n" },

	/* choices */
	{ "sandbox", "sandbox = on", CONF_FOR_ALL,
	  "t.ini:1: sandbox: expected auto, required or off, got \"on\"\n" },

	/* passthrough */
	{ "buy method", "sky_exchanger.buy_method = \"buy\"", CONF_FOR_ALL,
	  "t.ini:1: sky_exchanger.buy_method must be \"direct\" or \"passthrough\", got "
	  "\"buy\"\n" },
	{ "passthrough wants much",
	  "sky_exchanger.buy_method = passthrough\neth_scanner.enabled = true\n"
	  "sky_scanner.enabled = true\ndummy.scanner = true\neth_addresses = eth.json\n"
	  "sky_addresses = sky.json\nsky_exchanger.sky_eth_exchange_rate = 1\n"
	  "sky_exchanger.sky_sky_exchange_rate = 1",
	  CONF_FOR_ALL,
	  "t.ini:2: eth_scanner must be disabled for buy_method passthrough\n"
	  "t.ini:3: sky_scanner must be disabled for buy_method passthrough\n"
	  "t.ini: c2cx.key must be set for buy_method passthrough\n"
	  "t.ini: c2cx.secret must be set for buy_method passthrough\n" },
	{ "passthrough",
	  "sky_exchanger.buy_method = passthrough\nsky_exchanger.c2cx.key = k\n"
	  "sky_exchanger.c2cx.secret = s",
	  CONF_FOR_ALL, "" },
	{ "both names of a section",
	  "sky_exchanger.c2cx.key = k\nsky_exchanger.exchange_client.secret = s", CONF_FOR_ALL,
	  "t.ini:2: sky_exchanger.c2cx and sky_exchanger.exchange_client (line 1) are the same "
	  "section: use one of them\n" },

	/* web: the first broken rule only */
	{ "no listener", "web.http_addr = \"\"\nweb.tls_cert = tls.cert", CONF_FOR_ALL,
	  "t.ini: at least one of web.http_addr, web.https_addr must be set\n" },
	{ "https without certificate", "web.https_addr = :443\nweb.tls_cert = tls.cert",
	  CONF_FOR_ALL,
	  "t.ini: when using web.https_addr, either web.auto_tls_host or both "
	  "web.tls_cert and web.tls_key must be set\n" },
	{ "half a certificate", "web.tls_key = tls.key", CONF_FOR_ALL,
	  "t.ini: web.tls_cert and web.tls_key must be set or unset together\n" },
	{ "two certificates",
	  "web.https_addr = :443\nweb.auto_tls_host = a.example\n"
	  "web.tls_cert = tls.cert\nweb.tls_key = tls.key",
	  CONF_FOR_ALL,
	  "t.ini: either use web.auto_tls_host or both web.tls_key and web.tls_cert\n" },
	{ "certificate without https", "web.tls_cert = tls.cert\nweb.tls_key = tls.key",
	  CONF_FOR_ALL,
	  "t.ini: web.auto_tls_host or web.tls_key or web.tls_cert is set but "
	  "web.https_addr is not enabled\n" },
	{ "https", "web.https_addr = :443\nweb.tls_cert = tls.cert\nweb.tls_key = tls.key",
	  CONF_FOR_APID, "" },
	{ "https is apid's", "web.https_addr = :443\nweb.auto_tls_host = a.example",
	  CONF_FOR_SCANNERD, "" },
	{ "TLS files", "web.https_addr = :443\nweb.tls_cert = no.cert\nweb.tls_key = no.key",
	  CONF_FOR_APID,
	  "t.ini:2: web.tls_cert file does not exist: DIR/no.cert\n"
	  "t.ini:3: web.tls_key file does not exist: DIR/no.key\n" },
	{ "TLS files are apid's",
	  "web.https_addr = :443\nweb.tls_cert = no.cert\n"
	  "web.tls_key = no.key",
	  CONF_FOR_SENDERD, "" },
	{ "automatic certificate",
	  "web.https_addr = :443\nweb.auto_tls_host = shop.a-1.example\n"
	  "web.acme_email = me+shop@a.example",
	  CONF_FOR_APID, "" },
	{ "an option of a program", "web.https_addr = :443\nweb.auto_tls_host = -f.example",
	  CONF_FOR_APID,
	  "t.ini:2: web.auto_tls_host: expected a host name such as shop.example.org, got "
	  "\"-f.example\"\n" },
	{ "no name for a certificate", "web.https_addr = :443\nweb.auto_tls_host = 192.0.2.1",
	  CONF_FOR_APID,
	  "t.ini:2: web.auto_tls_host: expected a host name such as shop.example.org, got "
	  "\"192.0.2.1\"\n" },
	{ "no way for the authority",
	  "web.http_addr = \"\"\nweb.https_addr = :443\nweb.auto_tls_host = a.example",
	  CONF_FOR_APID,
	  "warning: t.ini:3: web.auto_tls_host: the authority asks over plain HTTP whether the "
	  "name is yours: without web.http_addr there will be no certificate\n" },
	{ "an address that breaks out of JSON",
	  "web.https_addr = :443\nweb.auto_tls_host = a.example\n"
	  "web.acme_email = a\"@b.example",
	  CONF_FOR_APID,
	  "t.ini:3: web.acme_email: expected an address such as me@example.org, got "
	  "\"a\"@b.example\"\n" },
	{ "renewed all the time", "web.acme_renew_before = 1h", CONF_FOR_APID,
	  "t.ini:1: web.acme_renew_before must be at least a day, got \"1h\"\n" },
	{ "admin API for all the world", "admin_panel.host = 0.0.0.0:7711", CONF_FOR_APID,
	  "t.ini:1: admin_panel.host: 0.0.0.0:7711 is no loopback address: set "
	  "admin_panel.tokens_file ('tellerctl admin token NAME ROLE' makes one), or use "
	  "127.0.0.1:PORT and a tunnel\n" },
	{ "a name that begins like a loopback address", "admin_panel.host = 127.0.0.1.example:7711",
	  CONF_FOR_APID,
	  "t.ini:1: admin_panel.host: 127.0.0.1.example:7711 is no loopback address: set "
	  "admin_panel.tokens_file ('tellerctl admin token NAME ROLE' makes one), or use "
	  "127.0.0.1:PORT and a tunnel\n" },
	{ "admin API for others with tokens in clear",
	  "admin_panel.host = 10.0.0.1:7711\nadmin_panel.tokens_file = btc.json", CONF_FOR_APID,
	  "warning: t.ini:1: admin_panel.host: without admin_panel.tls_cert tokens can be read on "
	  "their way, unless a proxy or a tunnel protects them\n" },
	{ "admin API for others over TLS",
	  "admin_panel.host = 10.0.0.1:7711\nadmin_panel.tokens_file = btc.json\n"
	  "admin_panel.tls_cert = tls.cert\nadmin_panel.tls_key = tls.key",
	  CONF_FOR_APID, "" },
	{ "TLS does not replace tokens",
	  "admin_panel.host = 10.0.0.1:7711\n"
	  "admin_panel.tls_cert = tls.cert\nadmin_panel.tls_key = tls.key",
	  CONF_FOR_APID,
	  "t.ini:1: admin_panel.host: 10.0.0.1:7711 is no loopback address: set "
	  "admin_panel.tokens_file ('tellerctl admin token NAME ROLE' makes one), or use "
	  "127.0.0.1:PORT and a tunnel\n" },
	{ "half an admin certificate", "admin_panel.tls_cert = tls.cert", CONF_FOR_APID,
	  "t.ini: admin_panel.tls_cert and admin_panel.tls_key must be set or unset together\n" },
	{ "admin TLS files that are not there",
	  "admin_panel.tls_cert = no.cert\nadmin_panel.tls_key = no.key", CONF_FOR_APID,
	  "t.ini:1: admin_panel.tls_cert file does not exist: DIR/no.cert\n"
	  "t.ini:2: admin_panel.tls_key file does not exist: DIR/no.key\n" },
	{ "the admin certificate is apid's",
	  "admin_panel.tls_cert = no.cert\nadmin_panel.tls_key = no.key", CONF_FOR_SENDERD, "" },
	{ "tokens that are not there", "admin_panel.tokens_file = /no/such/file", CONF_FOR_APID,
	  "t.ini:1: admin_panel.tokens_file file does not exist: /no/such/file\n" },

	/* types */
	{ "bool", "debug = yes", CONF_FOR_ALL,
	  "t.ini:1: debug: expected true or false, got \"yes\"\n" },
	{ "int", "teller.max_bound_addrs = five", CONF_FOR_ALL,
	  "t.ini:1: teller.max_bound_addrs: expected a whole number, got \"five\"\n" },
	{ "int with a fraction", "teller.max_bound_addrs = 5.0", CONF_FOR_ALL,
	  "t.ini:1: teller.max_bound_addrs: expected a whole number, got \"5.0\"\n" },
	{ "int beyond 64 bits", "teller.max_bound_addrs = 9223372036854775808", CONF_FOR_ALL,
	  "t.ini:1: teller.max_bound_addrs: expected a whole number, got "
	  "\"9223372036854775808\"\n" },
	{ "duration", "btc_scanner.scan_period = \"fast\"", CONF_FOR_ALL,
	  "t.ini:1: btc_scanner.scan_period: expected a duration such as 20s or 1m30s, got "
	  "\"fast\"\n" },
	{ "duration without unit", "btc_scanner.scan_period = 20", CONF_FOR_ALL,
	  "t.ini:1: btc_scanner.scan_period: expected a duration such as 20s or 1m30s, got "
	  "\"20\"\n" },
	{ "list for a text", "logfile = [\"a\"]", CONF_FOR_ALL,
	  "t.ini:1: logfile: expected a path, got a list\n" },
	{ "address", "web.http_addr = 127.0.0.1", CONF_FOR_ALL,
	  "t.ini:1: web.http_addr: expected host:port such as 127.0.0.1:7071, got "
	  "\"127.0.0.1\"\n" },
	{ "port", "web.http_addr = 127.0.0.1:65536", CONF_FOR_ALL,
	  "t.ini:1: web.http_addr: expected host:port such as 127.0.0.1:7071, got "
	  "\"127.0.0.1:65536\"\n" },
	{ "IPv6", "web.http_addr = \"[::1]:80\"", CONF_FOR_ALL, "" },
	{ "server", "btc_rpc.server = ftp://x", CONF_FOR_ALL,
	  "t.ini:1: btc_rpc.server: expected host:port or a URL such as http://127.0.0.1:8334, got "
	  "\"ftp://x\"\n" },
	{ "network", "btc_scanner.network = mainnet", CONF_FOR_ALL,
	  "t.ini:1: btc_scanner.network: expected main, test, signet or regtest, got "
	  "\"mainnet\"\n" },
	{ "database elsewhere", "dbfile = /data", CONF_FOR_ALL,
	  "t.ini:1: dbfile: expected a file name inside the data directory, got \"/data\"\n" },
	{ "database above", "dbfile = \"..\"", CONF_FOR_ALL,
	  "t.ini:1: dbfile: expected a file name inside the data directory, got \"..\"\n" },
	{ "a secret is not shown", "sky_exchanger.c2cx.secret = [\"hush\"]", CONF_FOR_ALL,
	  "t.ini:1: sky_exchanger.c2cx.secret: expected a text, got <redacted>\n" },

	/* lines */
	{ "twice", "debug = true\n\ndebug = false", CONF_FOR_ALL,
	  "t.ini:3: debug: given twice, first in line 1\n" },
	{ "unknown", "btc_rpc.sever = x", CONF_FOR_ALL,
	  "warning: t.ini:1: unknown key 'btc_rpc.sever', did you mean 'btc_rpc.server'?\n" },
	{ "unknown and unlike any", "zzzzzzzz = x", CONF_FOR_ALL,
	  "warning: t.ini:1: unknown key 'zzzzzzzz'\n" },
	{ "no sign", "debug true hush", CONF_FOR_ALL, "t.ini:1: expected 'key = value'\n" },
	{ "open quote", "logfile = \"a", CONF_FOR_ALL, "t.ini:1: a quote is not closed\n" },
	{ "open list", "web.cors_allowed = [\"a\",\n\"b\"\ndebug = x", CONF_FOR_ALL,
	  "t.ini:1: a list is not closed\n"
	  "t.ini:3: debug: expected true or false, got \"x\"\n" },
	{ "after a quote", "logfile = \"a\" b", CONF_FOR_ALL,
	  "t.ini:1: something follows the closing quote\n" },
	{ "unknown escape", "logfile = \"C:\\Users\"", CONF_FOR_ALL,
	  "t.ini:1: logfile: expected a path: 8 hex digits expected in an escape\n" },
	{ "NUL by escape", "logfile = \"a\\u0000b\"", CONF_FOR_ALL,
	  "t.ini:1: logfile: expected a path: an escape stands for no character\n" },
	{ "control character in a path", "logfile = \"a\\nb\"", CONF_FOR_ALL,
	  "t.ini:1: logfile: expected a path, got \"a?b\"\n" },
	{ "a terminal is not obeyed", "a\033[2Jb = 1", CONF_FOR_ALL,
	  "warning: t.ini:1: unknown key 'a?[2Jb'\n" },
	{ "several at once, in the order of the file",
	  "debug = 1\nweb.http_addr = x\nprofile = true\nweb.throttle_max = -1\n-btc_addresses",
	  CONF_FOR_ALL,
	  "t.ini:1: debug: expected true or false, got \"1\"\n"
	  "t.ini:2: web.http_addr: expected host:port such as 127.0.0.1:7071, got \"x\"\n"
	  "t.ini:4: web.throttle_max must be >= 1, got \"-1\"\n"
	  "t.ini: btc_addresses missing\n" },
};

/* What should come, with the data directory's path in place of DIR. */
static void put_dir(const char *text, struct buf *ret)
{
	const char *mark;

	for (; (mark = strstr(text, "DIR")) != NULL; text = mark + 3)
		buf_printf(ret, "%.*s%s", (int)(mark - text), text, dir);
	buf_puts(ret, text);
}

static void test_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		const struct row *row = &rows[i];
		struct buf text = BUF_INIT(OUT_MAX), got = BUF_INIT(OUT_MAX);
		struct buf want = BUF_INIT(OUT_MAX);
		struct conf *c = NULL;
		bool good = strstr(row->messages, "t.ini") == NULL ||
			    strncmp(row->messages, "warning: ", 9) == 0;
		int rc;

		with_base(row->text, &text);
		put_dir(row->messages, &want);
		rc = load(buf_text(&text), row->reader, &c, &got);
		if (strcmp(buf_text(&got), buf_text(&want)) != 0)
			fail_msg("%s: '%s', not '%s'", row->why, buf_text(&got), buf_text(&want));
		if (rc != (good ? 0 : ERR_INVALID) || good != (c != NULL))
			fail_msg("%s: returned %d", row->why, rc);
		conf_free(c);
		buf_release(&text);
		buf_release(&got);
		buf_release(&want);
	}
}

/* --- values -------------------------------------------------------------------------------- */
static struct conf *load_good(const char *text)
{
	struct buf messages = BUF_INIT(OUT_MAX);
	struct conf *c = NULL;

	if (load(text, CONF_FOR_ALL, &c, &messages) < 0)
		fail_msg("%s", buf_text(&messages));
	buf_release(&messages);
	return c;
}

static void assert_in_dir(const char *path, const char *name)
{
	char want[CONF_PATH_MAX];

	assert_true(conf_join(dir, name, want));
	assert_string_equal(path, want);
}

static void test_defaults(void **state)
{
	struct buf text = BUF_INIT(OUT_MAX);
	struct conf *c;

	(void)state;
	with_base("", &text);
	c = load_good(buf_text(&text));
	assert_true(c->debug && c->bind_enabled && c->send_enabled);
	assert_false(c->dummy_sender || c->dummy_scanner || c->behind_proxy);
	assert_in_dir(c->logfile, "teller.log");
	assert_in_dir(c->dbfile, "teller.db");
	assert_in_dir(c->static_dir, "web/build");
	assert_in_dir(c->wallet, "hot.wlt");
	assert_string_equal(c->pidfile, "");
	assert_int_equal(c->sandbox, SANDBOX_AUTO);
	assert_int_equal(c->max_bound_addrs, 5);
	assert_int_equal(c->sky_rpc_address.count, 1);
	assert_string_equal(c->sky_rpc_address.item[0], "127.0.0.1:6420");
	assert_string_equal(c->sky_rpc_api, "auto");
	assert_string_equal(c->sky_rpc_cert, "");
	assert_string_equal(c->btc_rpc_server, "127.0.0.1:8334");
	assert_true(c->coin[COIN_BTC].enabled);
	assert_false(c->coin[COIN_ETH].enabled || c->coin[COIN_SKY].enabled);
	assert_int_equal(c->coin[COIN_BTC].scan_period_ms, 20000);
	assert_int_equal(c->coin[COIN_ETH].scan_period_ms, 5000);
	assert_int_equal(c->coin[COIN_BTC].initial_scan_height, 492478);
	assert_int_equal(c->coin[COIN_ETH].initial_scan_height, 4654259);
	assert_int_equal(c->coin[COIN_SKY].initial_scan_height, 17000);
	for (int i = 0; i < COIN_COUNT; i++)
		assert_int_equal(c->coin[i].confirmations_required, i == COIN_SKY ? 0 : 1);
	assert_string_equal(c->coin[COIN_BTC].rate.text, "500");
	assert_int_equal(c->btc_network, BTC_MAIN);
	assert_int_equal(c->max_decimals, 3);
	assert_int_equal(c->burn_factor, 2);
	assert_int_equal(c->max_outputs_per_tx, 0);
	assert_int_equal(c->split_outputs, 0);
	assert_true(c->split_min.set && c->split_min.coins.n == 100000000);
	assert_true(c->sweep_below.set && c->sweep_below.coins.n == 1000000);
	assert_int_equal(c->runout_warning_ms, 86400000);
	assert_int_equal(c->tx_confirmation_check_wait_ms, 5000);
	assert_int_equal(c->buy_method, BUY_DIRECT);
	assert_int_equal(c->c2cx_request_failure_wait_ms, 10000);
	assert_int_equal(c->c2cx_ratelimit_wait_ms, 30000);
	assert_int_equal(c->c2cx_check_order_wait_ms, 2000);
	assert_string_equal(c->btc_minimum_volume, "0.005");
	assert_string_equal(c->http_addr, "127.0.0.1:7071");
	assert_string_equal(c->https_addr, "");
	assert_int_equal(c->throttle_max, 60);
	assert_int_equal(c->throttle_duration_ms, 60000);
	assert_int_equal(c->cors_allowed.count, 0);
	assert_string_equal(c->admin_host, "127.0.0.1:7711");
	assert_string_equal(c->dummy_http_addr, "127.0.0.1:4121");
	conf_free(c);
	buf_release(&text);
}

/* A file in the style of the original program, all sections, loads without a word. */
static void test_original_toml(void **state)
{
	char *text = test_read_file("test/unit/data/original.toml", NULL);
	struct buf messages = BUF_INIT(OUT_MAX);
	struct conf *c = NULL;

	(void)state;
	if (load(text, CONF_FOR_ALL, &c, &messages) < 0 || messages.len > 0)
		fail_msg("%s", buf_text(&messages));
	assert_false(c->debug);
	assert_in_dir(c->logfile, "teller #1.log");
	assert_in_dir(c->coin[COIN_BTC].addresses, "btc.json");
	assert_in_dir(c->coin[COIN_ETH].addresses, "eth.json");
	assert_int_equal(c->max_bound_addrs, 2);
	assert_false(c->bind_enabled);
	assert_string_equal(c->sky_rpc_address.item[0], "127.0.0.1:6430");
	assert_string_equal(c->btc_rpc_user, "us\"er");
	assert_string_equal(c->btc_rpc_pass, "pa;ss #1 ; x");
	assert_in_dir(c->btc_rpc_cert, "rpc.cert");
	assert_string_equal(c->eth_rpc_server, "127.0.0.1");
	assert_string_equal(c->eth_rpc_port, "8545");
	assert_int_equal(c->coin[COIN_BTC].scan_period_ms, 90000);
	assert_int_equal(c->coin[COIN_BTC].initial_scan_height, 492478);
	assert_true(c->coin[COIN_ETH].enabled);
	assert_int_equal(c->coin[COIN_ETH].scan_period_ms, 300);
	assert_string_equal(c->coin[COIN_BTC].rate.text, "500");
	assert_string_equal(c->coin[COIN_ETH].rate.text, "1/3");
	assert_in_dir(c->wallet, "hot.wlt");
	assert_int_equal(c->tx_confirmation_check_wait_ms, 7200000);
	assert_string_equal(c->btc_minimum_volume, "0.05");
	assert_string_equal(c->c2cx_key, "a\\b");
	assert_string_equal(c->c2cx_secret, "\xc3\xa9");
	assert_string_equal(c->http_addr, "127.0.0.1:7071");
	assert_int_equal(c->throttle_max, 30);
	assert_int_equal(c->throttle_duration_ms, 45000);
	assert_int_equal(c->cors_allowed.count, 3);
	assert_string_equal(c->cors_allowed.item[0], "https://a.example#x");
	assert_string_equal(c->cors_allowed.item[2], "*.example");
	assert_string_equal(c->admin_host, "127.0.0.1:7711");
	assert_true(c->behind_proxy);
	conf_free(c);
	buf_release(&messages);
	free(text);
}

struct bare_row {
	const char *why, *line, *value; /* of btc_rpc.pass */
};

static const struct bare_row bare_rows[] = {
	{ "bare", "btc_rpc.pass = word", "word" },
	{ "indented is no continuation", "   \tbtc_rpc.pass = word", "word" },
	{ "colon of an ini file", "btc_rpc.pass: word", "word" },
	{ "comment after a space", "btc_rpc.pass = word # no", "word" },
	{ "ini comment", "btc_rpc.pass = word ; no", "word" },
	{ "signs inside a word stay", "btc_rpc.pass = w;o#r=d:\"x", "w;o#r=d:\"x" },
	{ "spaces inside stay", "btc_rpc.pass = two  words \t", "two  words" },
	{ "carriage return goes", "btc_rpc.pass = word\r", "word" },
	{ "quoted keeps all", "btc_rpc.pass = \" ;#'=[ \" # no", " ;#'=[ " },
	{ "literal keeps backslashes", "btc_rpc.pass = 'a\\nb\" ;c'", "a\\nb\" ;c" },
	{ "escapes", "btc_rpc.pass = \"\\\"\\\\\\n\\t\\u00e9\\U0001F600\"",
	  "\"\\\n\t\xc3\xa9\xf0\x9f\x98\x80" },
	{ "comment close to a quote", "btc_rpc.pass = \"x\"#no", "x" },
	{ "UTF-8", "btc_rpc.pass = p\xc3\xa9ss", "p\xc3\xa9ss" },
};

static void test_value_forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(bare_rows); i++) {
		struct buf text = BUF_INIT(OUT_MAX);
		struct conf *c;

		for (size_t k = 0; k < LEN(base); k++)
			if (strncmp(base[k], "btc_rpc.pass", 12) != 0)
				buf_printf(&text, "%s\n", base[k]);
		buf_printf(&text, "%s\n", bare_rows[i].line);
		c = load_good(buf_text(&text));
		if (strcmp(c->btc_rpc_pass, bare_rows[i].value) != 0)
			fail_msg("%s: '%s'", bare_rows[i].why, c->btc_rpc_pass);
		conf_free(c);
		buf_release(&text);
	}
}

struct duration_row {
	const char *text;
	int64_t ms; /* -1: refused */
};

static const struct duration_row duration_rows[] = {
	{ "300ms", 300 },
	{ "20s", 20000 },
	{ "1m30s", 90000 },
	{ "2h", 7200000 },
	{ "1h2m3s4ms", 3723004 },
	{ "1.5s", 1500 },
	{ "1.5h", 5400000 },
	{ ".5s", 500 },
	{ "0", 0 },
	{ "0s", 0 },
	{ "1us", 1 },
	{ "1\xc2\xb5s", 1 },
	{ "1500us", 1 },
	{ "90m", 5400000 },
	{ "+5s", 5000 },
	{ "9223372036s", 9223372036000 },
	{ "", -1 },
	{ "5", -1 },
	{ "s", -1 },
	{ "5x", -1 },
	{ "-5s", -1 },
	{ "5 s", -1 },
	{ "1m30", -1 },
	{ "9223372037s", -1 },
	{ "99999999999999999999s", -1 },
	{ ".s", -1 },
	{ "1..5s", -1 },
	{ "5S", -1 },
	{ "2562047h99999999h", -1 },
};

static void test_durations(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(duration_rows); i++) {
		const struct duration_row *row = &duration_rows[i];
		uint64_t ms = 0;
		bool ok = conf_duration_parse(row->text, &ms);

		if (ok != (row->ms >= 0) || (ok && ms != (uint64_t)row->ms))
			fail_msg("%s: %d %llu", row->text, ok, (unsigned long long)ms);
	}
}

static void test_more_forms(void **state)
{
	struct buf text = BUF_INIT(OUT_MAX);
	struct conf *c;

	(void)state;
	with_base("web.throttle_duration = 90\nbtc_scanner.initial_scan_height = +492_479\n"
		  "web.cors_allowed = a.example, b.example\nbtc_scanner.network = regtest\n"
		  "sky_exchanger.c2cx.btc_minimum_volume = 1.500\n"
		  "sky_exchanger.c2cx.fee_percent = 10.0\n"
		  "sky_exchanger.cap_payout = 1500.5\nsky_exchanger.cap_hour = \"0\"\n"
		  "ipc.apid_user = teller-api\nbtc_rpc.server = https://h.example/x\n"
		  "logfile = \"\"",
		  &text);
	c = load_good(buf_text(&text));
	assert_int_equal(c->throttle_duration_ms, 90000);
	assert_int_equal(c->coin[COIN_BTC].initial_scan_height, 492479);
	assert_int_equal(c->cors_allowed.count, 2);
	assert_string_equal(c->cors_allowed.item[1], "b.example");
	assert_int_equal(c->btc_network, BTC_REGTEST);
	assert_string_equal(c->btc_minimum_volume, "1.5");
	assert_string_equal(c->c2cx_fee_percent, "10");
	assert_true(c->cap_payout.set && c->cap_payout.coins.n == 1500500000);
	assert_true(c->cap_hour.set && c->cap_hour.coins.n == 0);
	assert_false(c->cap_day.set);
	assert_string_equal(c->ipc_user[3], "teller-api");
	assert_string_equal(c->logfile, "");
	conf_free(c);
	buf_release(&text);
}

/* --- hostile files ------------------------------------------------------------------------- */
/* A list much longer than inih's usual line arrives whole; one item more than fits is refused. */
static void load_origins(unsigned count, unsigned item_len, struct conf **ret, struct buf *messages)
{
	struct buf lines = BUF_INIT(OUT_MAX), text = BUF_INIT(OUT_MAX);

	buf_puts(&lines, "web.cors_allowed = [");
	for (unsigned i = 0; i < count; i++)
		buf_printf(&lines, "\"%0*u\", ", (int)item_len, i);
	buf_puts(&lines, "]");
	with_base(buf_text(&lines), &text);
	(void)load(buf_text(&text), CONF_FOR_ALL, ret, messages);
	buf_release(&lines);
	buf_release(&text);
}

static void test_long_lines(void **state)
{
	struct buf messages = BUF_INIT(OUT_MAX);
	struct conf *c = NULL;

	(void)state;
	load_origins(CONF_LIST_MAX, 249, &c, &messages);
	assert_string_equal(buf_text(&messages), "");
	assert_int_equal(c->cors_allowed.count, CONF_LIST_MAX);
	assert_int_equal(strlen(c->cors_allowed.item[CONF_LIST_MAX - 1]), 249);
	conf_free(c);
	c = NULL;
	load_origins(CONF_LIST_MAX + 1, 9, &c, &messages);
	assert_null(c);
	assert_string_equal(buf_text(&messages), "t.ini:1: web.cors_allowed: expected a list such "
						 "as [\"a\", \"b\"]: more than 32 items\n");
	buf_clear(&messages);
	load_origins(CONF_LIST_MAX, 300, &c, &messages);
	assert_null(c);
	assert_string_equal(buf_text(&messages),
			    "t.ini:1: the line is too long (8191 bytes at most)\n");
	buf_release(&messages);
}

static void test_nul_and_sections(void **state)
{
	static const char text[] = "\xef\xbb\xbf[web]\r\n"
				   "http_addr = 127.0.0.1:1\0"
				   "2\n"
				   "[btc_rcp]\n"
				   "[ btc_rpc ] # comment\n"
				   "user = u\n"
				   "[[x]]\n"
				   "[open\n"
				   "[]\n"
				   "[a234567890b234567890c234567890d234567890e2345678901]\n";
	struct buf messages = BUF_INIT(OUT_MAX);
	struct conf *c = NULL;

	(void)state;
	assert_int_equal(conf_load_text("t.ini", text, sizeof(text) - 1, dir, CONF_FOR_APID, &c,
					&messages, NULL),
			 ERR_INVALID);
	assert_string_equal(
		buf_text(&messages),
		"t.ini:2: the line holds a NUL byte\n"
		"warning: t.ini:3: unknown section 'btc_rcp', did you mean 'btc_rpc'?\n"
		"t.ini:6: expected '[section]'\n"
		"t.ini:7: expected '[section]'\n"
		"t.ini:8: expected '[section]'\n"
		"t.ini:9: the section's name is too long (49 bytes at most)\n"
		"t.ini: btc_addresses missing\n"
		"t.ini: btc_rpc.pass missing\n"
		"t.ini: sky_exchanger.sky_btc_exchange_rate invalid: can't convert  to decimal\n"
		"t.ini: sky_exchanger.wallet missing\n");
	buf_release(&messages);
}

static void test_many_mistakes(void **state)
{
	struct buf text = BUF_INIT(OUT_MAX), messages = BUF_INIT(OUT_MAX);
	struct conf *c = NULL;

	(void)state;
	for (int i = 0; i < 5000; i++)
		buf_puts(&text, "nonsense\n");
	assert_int_equal(load(buf_text(&text), CONF_FOR_ALL, &c, &messages), ERR_INVALID);
	assert_non_null(strstr(buf_text(&messages), "t.ini:200: expected 'key = value'\n"));
	assert_non_null(strstr(buf_text(&messages), "t.ini: 4805 more not shown\n"));
	buf_release(&text);
	buf_release(&messages);
}

/* --- printing ------------------------------------------------------------------------------ */
static void test_print_values(void **state)
{
	struct buf text = BUF_INIT(OUT_MAX), once = BUF_INIT(OUT_MAX), again = BUF_INIT(OUT_MAX);
	struct conf *c;

	(void)state;
	with_base("btc_rpc.pass = hush\neth_scanner.confirmations_required = "
		  "finalized\neth_rpc.trace = auto\neth_rpc.server = "
		  "https://node/hush\nsky_exchanger.c2cx.secret = hush\nsky_rpc.pass = hush\n"
		  "web.cors_allowed = [\"a\", \"b\\\"\"]\nbtc_scanner.scan_period = 1h30m",
		  &text);
	c = load_good(buf_text(&text));
	conf_print_values(c, &once);
	assert_null(strstr(buf_text(&once), "hush"));
	assert_non_null(strstr(buf_text(&once), "btc_rpc.pass = <redacted>\n"));
	assert_non_null(strstr(buf_text(&once), "sky_exchanger.c2cx.key = \"\"\n"));
	assert_non_null(strstr(buf_text(&once), "web.cors_allowed = [\"a\", \"b\\\"\"]\n"));
	assert_non_null(strstr(buf_text(&once), "btc_scanner.scan_period = \"1h30m\"\n"));
	conf_free(c);
	c = load_good(buf_text(&once)); /* what is printed can be loaded, and means the same */
	conf_print_values(c, &again);
	assert_string_equal(buf_text(&again), buf_text(&once));
	conf_free(c);
	buf_release(&text);
	buf_release(&once);
	buf_release(&again);
}

/* The path of a node's URL may be a token, its user part a password. */
static void test_node_addresses(void **state)
{
	// clang-format off
	static const struct { const char *server, *port, *url, *shown; bool tls; } nodes[] = {
		{ "127.0.0.1", "8545", "http://127.0.0.1:8545", "127.0.0.1", false },
		{ "127.0.0.1:8545", "", "http://127.0.0.1:8545", "127.0.0.1:8545", false },
		{ "node/v1/token", "8545", "http://node:8545/v1/token", "node/<redacted>", false },
		{ "https://node/v1/token", "", "https://node/v1/token", "https://node/<redacted>", false },
		{ "https://node/v1/token", "443", "https://node:443/v1/token", "https://node/<redacted>", false },
		{ "https://u:p@node:1/", "", "https://u:p@node:1/", "https://<redacted>@node:1", false },
		{ "https://node?key=token", "", "https://node?key=token", "https://node/<redacted>", false },
		{ "[::1]", "8545", "http://[::1]:8545", "[::1]", false },
		{ "[::1]:8546", "", "http://[::1]:8546", "[::1]:8546", false },
		{ "node", "8545", "https://node:8545", "node", true },
		{ "http://node:1", "", "http://node:1", "http://node:1", true },
	};
	// clang-format on
	char text[256];

	(void)state;
	for (size_t i = 0; i < LEN(nodes); i++) {
		conf_node_url(nodes[i].server, nodes[i].port, nodes[i].tls, text, sizeof(text));
		assert_string_equal(text, nodes[i].url);
		conf_node_shown(nodes[i].server, text, sizeof(text));
		assert_string_equal(text, nodes[i].shown);
	}
}

static void test_help_has_every_key(void **state)
{
	struct buf out = BUF_INIT(OUT_MAX);

	(void)state;
	conf_print_help(&out);
	for (unsigned i = 0; i < conf_key_count; i++)
		if (conf_keys[i].type != &conf_ignored &&
		    strstr(buf_text(&out), conf_keys[i].name) == NULL)
			fail_msg("%s", conf_keys[i].name);
	buf_release(&out);
}

static void uncomment(const char *text, struct buf *ret)
{
	for (; *text != '\0'; text++) {
		bool key = text[0] == '#' && text[1] >= 'a' && text[1] <= 'z';

		if (!key || ret->data[ret->len - 1] != '\n')
			buf_putc(ret, *text);
	}
}

/* The example with every '#' before a key taken away is a configuration without a mistake. */
static void test_example_loads(void **state)
{
	struct buf example = BUF_INIT(OUT_MAX), text = BUF_INIT(OUT_MAX);
	struct conf *c;

	(void)state;
	write_file(dir, "btc_addresses.json", "x");
	conf_print_example(&example);
	uncomment(buf_text(&example), &text);
	c = load_good(buf_text(&text));
	assert_string_equal(c->btc_rpc_user, "user");
	assert_string_equal(c->eth_rpc_port, "8545");
	conf_free(c);
	buf_release(&example);
	buf_release(&text);
}

/* Printed files in the tree; TELLER_WRITE_DOCS=1 writes them again. */
static void check_printed(const char *path, void (*print)(struct buf *))
{
	struct buf out = BUF_INIT(OUT_MAX);
	char *have;

	print(&out);
	if (getenv("TELLER_WRITE_DOCS") != NULL)
		write_file(".", path, buf_text(&out));
	have = test_read_file(path, NULL);
	if (strcmp(have, buf_text(&out)) != 0)
		fail_msg("%s is stale: run this test with TELLER_WRITE_DOCS=1", path);
	free(have);
	buf_release(&out);
}

static void test_printed_files(void **state)
{
	(void)state;
	check_printed("etc/teller.ini.example", conf_print_example);
	check_printed("doc/CONFIG.md", conf_print_markdown);
}

/* --- finding ------------------------------------------------------------------------------- */
static void test_find(void **state)
{
	char inside[CONF_PATH_MAX], found[CONF_PATH_MAX], want[CONF_PATH_MAX];
	struct stat st;
	struct err err;

	(void)state;
	assert_true(conf_join(dir, "new/deep/data///", inside));
	assert_int_equal(conf_find_dir(inside, found, &err), 0);
	assert_in_dir(found, "new/deep/data");
	assert_int_equal(stat(found, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(conf_find_file(NULL, found, want, &err), 0);
	assert_string_equal(want, "");
	write_file(found, "config.toml", "");
	assert_int_equal(conf_find_file(NULL, found, want, &err), 0);
	assert_in_dir(want, "new/deep/data/config.toml");
	write_file(found, "teller.ini", "");
	assert_int_equal(conf_find_file("", found, want, &err), 0);
	assert_in_dir(want, "new/deep/data/teller.ini");
	assert_int_equal(conf_find_file("config", found, want, &err), 0);
	assert_in_dir(want, "new/deep/data/config.toml");
	assert_int_equal(conf_find_file("Makefile", found, want, &err), 0); /* working directory */
	assert_int_equal(conf_find_file("nothing", found, want, &err), ERR_NOT_FOUND);
	assert_true(conf_join(found, "teller", inside));
	assert_int_equal(conf_find_file(inside, "/", want, &err), 0);
	assert_in_dir(want, "new/deep/data/teller.ini");
	assert_true(conf_join(dir, "btc.json", inside));
	assert_int_equal(conf_find_dir(inside, found, &err), ERR_INVALID);
}

static void test_default_dir(void **state)
{
	char found[CONF_PATH_MAX];
	const char *home = getenv("HOME");
	char kept[CONF_PATH_MAX];
	struct err err;

	(void)state;
	(void)snprintf(kept, sizeof(kept), "%s", home != NULL ? home : "/");
	assert_int_equal(setenv("HOME", dir, 1), 0);
	assert_int_equal(conf_find_dir(NULL, found, &err), 0);
	assert_in_dir(found, ".teller-skycoin");
	assert_int_equal(unsetenv("HOME"), 0);
	assert_int_equal(conf_find_dir("", found, &err), ERR_INVALID);
	assert_int_equal(setenv("HOME", kept, 1), 0);
}

static void test_load_file(void **state)
{
	struct buf messages = BUF_INIT(OUT_MAX), text = BUF_INIT(OUT_MAX);
	struct conf *c = NULL;
	struct err err;

	(void)state;
	assert_int_equal(conf_load(NULL, dir, CONF_FOR_ALL, &c, &messages, &err), ERR_INVALID);
	assert_non_null(strstr(buf_text(&messages), "no configuration file in "));
	assert_null(c);
	buf_clear(&messages);
	with_base("", &text);
	write_file(dir, "teller.ini", buf_text(&text));
	assert_int_equal(conf_load(NULL, dir, CONF_FOR_ALL, &c, &messages, &err), 0);
	assert_string_equal(c->dir, dir);
	assert_in_dir(c->file, "teller.ini");
	conf_free(c);
	buf_release(&messages);
	buf_release(&text);
}

struct pidfile_row {
	const char *why, *pidfile, *path; /* DIR/ before a relative one */
};

static const struct pidfile_row pidfile_rows[] = {
	{ "none", "", "" },
	{ "relative", "teller.pid", "DIR/teller.apid.pid" },
	{ "absolute", "/run/t.d/teller.pid", "/run/t.d/teller.apid.pid" },
	{ "no extension", "/run/t.d/pid", "/run/t.d/pid.apid" },
	{ "hidden file", "./.pid", "DIR/.pid.apid" },
};

static void test_pidfile(void **state)
{
	static struct conf c;
	char got[CONF_PATH_MAX];
	struct err err;

	(void)state;
	(void)snprintf(c.dir, sizeof(c.dir), "%s", dir);
	for (size_t i = 0; i < LEN(pidfile_rows); i++) {
		struct buf want = BUF_INIT(OUT_MAX);

		put_dir(pidfile_rows[i].path, &want);
		(void)snprintf(c.pidfile, sizeof(c.pidfile), "%s", pidfile_rows[i].pidfile);
		assert_int_equal(conf_pidfile(&c, "apid", got, sizeof(got), &err), 0);
		if (strcmp(got, buf_text(&want)) != 0)
			fail_msg("%s: %s", pidfile_rows[i].why, got);
		buf_release(&want);
	}
	assert_int_equal(conf_pidfile(&c, "apid", got, 8, &err), ERR_INVALID);
}

/* A file that is only in the working directory is found there; the data directory comes first. */
static void test_paths(void **state)
{
	char cwd[CONF_PATH_MAX], want[CONF_PATH_MAX];
	struct buf text = BUF_INIT(OUT_MAX);
	struct conf *c;

	(void)state;
	assert_non_null(getcwd(cwd, sizeof(cwd)));
	with_base("btc_addresses = Makefile\nweb.static_dir = ./test", &text);
	c = load_good(buf_text(&text));
	assert_true(conf_join(cwd, "Makefile", want));
	assert_string_equal(c->coin[COIN_BTC].addresses, want);
	assert_true(conf_join(cwd, "test", want));
	assert_string_equal(c->static_dir, want);
	conf_free(c);
	write_file(dir, "Makefile", "x");
	c = load_good(buf_text(&text));
	assert_in_dir(c->coin[COIN_BTC].addresses, "Makefile");
	conf_free(c);
	buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),	       cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_original_toml),  cmocka_unit_test(test_value_forms),
		cmocka_unit_test(test_durations),      cmocka_unit_test(test_more_forms),
		cmocka_unit_test(test_long_lines),     cmocka_unit_test(test_nul_and_sections),
		cmocka_unit_test(test_many_mistakes),  cmocka_unit_test(test_print_values),
		cmocka_unit_test(test_node_addresses), cmocka_unit_test(test_help_has_every_key),
		cmocka_unit_test(test_example_loads),  cmocka_unit_test(test_printed_files),
		cmocka_unit_test(test_find),	       cmocka_unit_test(test_default_dir),
		cmocka_unit_test(test_load_file),      cmocka_unit_test(test_pidfile),
		cmocka_unit_test(test_paths),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}

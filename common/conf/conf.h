/* The configuration: struct conf holds every key's value; conf_keys (conf_keys.c) is THE table of
 * keys: name, type, place in struct conf, default, check, sentence.  Loading, --help,
 * etc/teller.ini.example and doc/CONFIG.md come from the table.
 *
 * The file is read by inih; a config.toml of the original program loads unchanged (quoted strings,
 * '#' comments, one-line arrays, bools, durations).  All mistakes are reported, one a line:
 *
 *   teller.ini:12: btc_scanner.scan_period: expected a duration such as 20s or 1m30s, got "fast"
 */
#ifndef TELLER_COMMON_CONF_CONF_H
#define TELLER_COMMON_CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/coin/address.h"
#include "common/coin/amount.h"
#include "common/coin/rate.h"
#include "common/model/binding.h"
#include "common/sandbox/sandbox_mode.h"

#define CONF_PATH_MAX 4096
#define CONF_TEXT_MAX 512
#define CONF_LIST_MAX 32

struct conf_list {
	unsigned count;
	char item[CONF_LIST_MAX][256];
};

/* An amount of SKY that need not be there. */
struct conf_coins {
	bool set;
	struct droplets coins;
};

/* confirmations_required: not a number of blocks, but what the network calls final. */
#define CONF_FINALIZED (-1)
/* What connections_per_ip holds for "auto". */
#define CONF_AUTO (-1)

/* A coin's scanner, node address file and rate; indexed by enum coin. */
struct conf_coin {
	bool enabled;			/* <coin>_scanner.enabled */
	uint64_t scan_period_ms;	/* <coin>_scanner.scan_period */
	int64_t initial_scan_height;	/* <coin>_scanner.initial_scan_height */
	int64_t confirmations_required; /* <coin>_scanner.confirmations_required; 0 means 1,
					   CONF_FINALIZED */
	char addresses[CONF_PATH_MAX];	/* <coin>_addresses: pool file, absolute after loading */
	char rate_text[CONF_TEXT_MAX];	/* sky_exchanger.sky_<coin>_exchange_rate */
	struct rate rate;		/* parsed; valid when enabled or rate_text is set */
};

struct conf {
	char dir[CONF_PATH_MAX];  /* data directory, absolute */
	char file[CONF_PATH_MAX]; /* the configuration file that was read; empty: none */

	bool debug;
	char logfile[CONF_PATH_MAX]; /* absolute after loading, or empty: standard output */
	char dbfile[CONF_PATH_MAX];  /* absolute after loading */
	char pidfile[CONF_PATH_MAX]; /* as configured; see conf_pidfile() */
	enum sandbox_mode sandbox;   /* [new] */

	struct conf_coin coin[COIN_COUNT];
	enum btc_network btc_network; /* btc_scanner.network [new], default main */

	int64_t max_bound_addrs;
	bool bind_enabled;
	uint64_t reuse_unbound_after_ms; /* [new] 0: off */
	int64_t binds_per_ip_per_day;	 /* [new] 0: no limit */

	struct conf_list sky_rpc_address; /* host:port or URL, each; default 127.0.0.1:6420 */
	char sky_rpc_api[16];		  /* [new] auto, or how all of them are spoken to */
	char sky_rpc_user[CONF_TEXT_MAX]; /* [new] */
	char sky_rpc_pass[CONF_TEXT_MAX]; /* [new] */
	char sky_rpc_cert[CONF_PATH_MAX]; /* [new] as btc_rpc_cert */

	char btc_rpc_server[CONF_TEXT_MAX]; /* host:port or URL */
	char btc_rpc_user[CONF_TEXT_MAX];
	char btc_rpc_pass[CONF_TEXT_MAX];
	char btc_rpc_cookie_file[CONF_PATH_MAX]; /* [new] empty: user and pass */
	bool btc_rpc_websocket;
	char btc_rpc_cert[CONF_PATH_MAX];   /* empty: plain HTTP unless the URL says https */
	char eth_rpc_server[CONF_TEXT_MAX]; /* see conf_node_url() */
	char eth_rpc_port[CONF_TEXT_MAX];
	char eth_rpc_user[CONF_TEXT_MAX]; /* [new] */
	char eth_rpc_pass[CONF_TEXT_MAX]; /* [new] */
	char eth_rpc_cert[CONF_PATH_MAX]; /* [new] as btc_rpc_cert */
	int64_t eth_chain_id;		  /* [new] */
	bool eth_trace;			  /* [new] eth_rpc.trace = auto */
	uint64_t eth_balance_check_ms;	  /* [new] eth_scanner.balance_check; 0: never */

	unsigned max_decimals;
	char wallet[CONF_PATH_MAX];		  /* absolute after loading */
	char wallet_password_file[CONF_PATH_MAX]; /* [new] the same */
	bool wallet_allow_shared;		  /* [new] */
	uint64_t tx_confirmation_check_wait_ms;
	unsigned dead_depth, final_depth; /* blocks */
	bool send_enabled;
	unsigned burn_factor;	     /* sky_exchanger.burn_factor */
	unsigned max_outputs_per_tx; /* 0: no limit but size */
	unsigned split_outputs;	     /* 0: off */
	struct conf_coins split_min, sweep_below;
	uint64_t runout_warning_ms;			 /* 0: off */
	struct conf_coins cap_payout, cap_hour, cap_day; /* sky_exchanger.cap_*; not set: no cap */
	enum buy_method buy_method;
	char c2cx_key[CONF_TEXT_MAX], c2cx_secret[CONF_TEXT_MAX];
	/* sky_exchanger.c2cx.btc_minimum_volume: decimal, trailing zeros removed */
	char btc_minimum_volume[CONF_TEXT_MAX];
	/* further keys of c2cx.md section "configuration" that this version only checks and keeps
	 */
	char c2cx_url[CONF_TEXT_MAX];
	char c2cx_fee_percent[CONF_TEXT_MAX]; /* decimal, trailing zeros removed */
	int64_t c2cx_auto_retry;
	uint64_t c2cx_request_failure_wait_ms, c2cx_ratelimit_wait_ms, c2cx_check_order_wait_ms;

	char http_addr[CONF_TEXT_MAX], https_addr[CONF_TEXT_MAX];
	char auto_tls_host[CONF_TEXT_MAX];
	char acme_url[CONF_TEXT_MAX], acme_email[CONF_TEXT_MAX], acme_program[CONF_PATH_MAX];
	uint64_t acme_renew_before_ms;
	char tls_cert[CONF_PATH_MAX], tls_key[CONF_PATH_MAX];
	char static_dir[CONF_PATH_MAX];
	int64_t throttle_max;
	uint64_t throttle_duration_ms;
	bool behind_proxy;
	struct conf_list cors_allowed;
	int64_t connections_per_ip;	     /* or CONF_AUTO; 0: no limit */
	uint64_t read_ms, write_ms, idle_ms; /* web.*_timeout */

	char admin_host[CONF_TEXT_MAX];
	char admin_tokens_file[CONF_PATH_MAX]; /* [new] absolute after loading, or empty */
	struct conf_list admin_hosts;	       /* [new] */
	char admin_tls_cert[CONF_PATH_MAX], admin_tls_key[CONF_PATH_MAX]; /* [new] likewise */
	bool dummy_sender, dummy_scanner;
	char dummy_http_addr[CONF_TEXT_MAX];

	/* [new] ipc.<daemon>_user: which system user each daemon runs as; empty: the same as ours
	 */
	char ipc_user[5][CONF_TEXT_MAX]; /* scannerd, exchangerd, senderd, apid, tellerctl */
};

/* Who reads it: some checks concern one daemon only (the wallet is senderd's, the pool files
 * exchangerd's, TLS files apid's); --check-config and tellerctl check all. */
enum conf_reader {
	CONF_FOR_ALL,
	CONF_FOR_SCANNERD,
	CONF_FOR_EXCHANGERD,
	CONF_FOR_SENDERD,
	CONF_FOR_APID
};

/* Load `file` (NULL: teller.ini, then config.toml, in `dir`, if there; a bare name is looked for
 * in `dir`, then in the working directory, with and without .ini/.toml).  `dir` NULL or empty:
 * $HOME/.teller-skycoin.  The directory is made with mode 0700 when missing.
 * Mistakes and warnings are appended to `messages`, one a line; warnings start with "warning: ".
 * ERR_INVALID when there is a mistake.  On success *ret is the caller's to conf_free(). */
int conf_load(const char *file, const char *dir, enum conf_reader reader, struct conf **ret,
	      struct buf *messages, struct err *err);
void conf_free(struct conf *c); /* wipes secrets */

/* Pid file of one daemon: a configured "teller.pid" becomes "<dir>/teller.<daemon>.pid", since the
 * four share one configuration.  "" when none is configured. */
int conf_pidfile(const struct conf *c, const char *daemon, char *ret, size_t size, struct err *err);

/* Does a listener at host:port take connections of this machine only? */
bool conf_is_loopback(const char *host_port);

/* Printed from the table. */
void conf_print_help(struct buf *out);	   /* for --help: key, type, default, sentence */
void conf_print_example(struct buf *out);  /* etc/teller.ini.example */
void conf_print_markdown(struct buf *out); /* doc/CONFIG.md */
/* The values in force, secrets as <redacted>, one "key = value" a line. */
void conf_print_values(const struct conf *c, struct buf *out);

#endif

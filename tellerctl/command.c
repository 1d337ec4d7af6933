/* The table of commands, and how a command line is matched with it. */
#include "tellerctl/command.h"

#include <stdio.h>
#include <string.h>

static int ctl_help(struct ctl *ctl, int argc, char **argv, struct err *err)
{
	(void)argc;
	(void)argv;
	(void)err;
	ctl_print_help(&ctl->out);
	return 0;
}

// clang-format off
const struct ctl_command ctl_commands[] = {
	{ "status", "[--json]", 0, 0, CTL_JSON, ctl_status,
	  "How the four daemons are: up or down, since when, and what is wrong.\n"
	  "Exit status 0: all well; 1: something is wrong." },
	{ "newbtcaddress", "[--json] SEED NUM", 2, 2, CTL_JSON, ctl_newbtcaddress,
	  "Print the first NUM Bitcoin addresses of SEED: a pool file, one address a line, or\n"
	  "with --json as {\"btc_addresses\": [...]}.  Other users can see a SEED on the command\n"
	  "line (ps); give - to have it read from standard input (one line end is taken off)." },
	{ "newkeys", "[NUM]", 0, 1, 0, ctl_newkeys,
	  "Make NUM (1) random Skycoin key pairs and print them as JSON, secret keys included." },
	{ "newwallet", "FILE [NUM]", 1, 2, 0, ctl_newwallet,
	  "Make a hot wallet with NUM (1) addresses from a random seed, in a new FILE that only you\n"
	  "can read, and print its addresses.  The file is the only copy: back it up." },
	{ "wallet check", "[--json] FILE", 1, 1, CTL_JSON, ctl_wallet_check,
	  "Check a wallet file as senderd does, and print what is in it: type, version, addresses\n"
	  "and what each holds, as the configured Skycoin node says; never a secret.  The password of\n"
	  "an encrypted one is found as senderd finds it; without it the keys are not checked.\n"
	  "Exit status 0: senderd would take it; 1: the file is open to other users, or the node\n"
	  "does not answer; 2: the wallet cannot pay." },
	{ "addbtcaddress", "ADDRESS... | --file FILE", 0, CTL_ARGS_ANY, CTL_FILE, ctl_addbtcaddress,
	  "Append Bitcoin addresses (FILE: one a line) to the pool file that the configuration\n"
	  "names as btc_addresses.  Each is checked; those that are there already are left out.\n"
	  "exchangerd loads pool files when it starts and on SIGHUP." },
	{ "getbtcaddress", "[--json]", 0, 0, CTL_JSON, ctl_getbtcaddress,
	  "List the Bitcoin addresses in the database: free, or bound and to which SKY address." },
	{ "send hold", "[WHY...]", 0, CTL_ARGS_ANY, 0, ctl_send_hold,
	  "Have senderd build no new payment, from now on and over restarts.  Payouts are recorded\n"
	  "and wait; what is signed already is followed to its end." },
	{ "send resume", "[WHY...]", 0, CTL_ARGS_ANY, 0, ctl_send_resume,
	  "End the hold; senderd pays at once what waits." },
	{ "payout list", "[--json] [STATE]", 0, 1, CTL_JSON, ctl_payout_list,
	  "List payouts: all that are not confirmed, or those of one STATE (waiting, in_tx, sent,\n"
	  "confirmed, refused), or held (a cap makes them wait), or all." },
	{ "payout approve", "DEPOSIT_ID", 1, 1, 0, ctl_payout_approve,
	  "Let the payout of this deposit pass every cap (sky_exchanger.cap_payout, cap_hour,\n"
	  "cap_day).  It still counts in their windows." },
	{ "tx list", "[--json] [STATE]", 0, 1, CTL_JSON, ctl_tx_list,
	  "List payout transactions: all that are still looked after, or those of one STATE\n"
	  "(saved, sent, confirmed, dead), or held (nodes refuse them), or all." },
	{ "tx show", "[--json] TXID", 1, 1, CTL_JSON, ctl_tx_show,
	  "Show one: its state and age, why it is held, inputs, outputs, the deposits it pays, its\n"
	  "history and its bytes." },
	{ "tx release", "[--yes-i-know] [--why WHY] TXID", 1, 1, CTL_WHY | CTL_SURE, ctl_tx_release,
	  "Give a held transaction up, so that another one pays its payouts.  Explains the risk and\n"
	  "asks twice; scripts say --yes-i-know and --why instead." },
	{ "admin token", "NAME ROLE[,ROLE...]", 2, 2, 0, ctl_admin_token,
	  "Make a token for the admin API and print it: it is shown once.  ROLE: read (deposits,\n"
	  "accounts, daemons), backup (the whole database), metrics (/metrics).  Its SHA-256 is\n"
	  "added to admin_panel.tokens_file, which is made, mode 0600, when it is not there." },
	{ "admin tokens", "", 0, 0, 0, ctl_admin_tokens, "List the names and roles of all tokens." },
	{ "admin revoke", "NAME", 1, 1, 0, ctl_admin_revoke,
	  "Take a token back.  apid must be told: SIGHUP, or a restart." },
	{ "rescan status", "[--json]", 0, 0, CTL_JSON, ctl_rescan_status,
	  "How far the rescans are that run, and how the last one of each coin ended: percent,\n"
	  "blocks a second, what was found.  From the database, also while scannerd is down." },
	{ "rescan list", "[--json]", 0, 0, CTL_JSON, ctl_rescan_list,
	  "The same of all that were ever asked for." },
	{ "rescan cancel", "COIN", 1, 1, 0, ctl_rescan_cancel,
	  "End the rescan of COIN where it is.  What it found stays." },
	{ "rescan", "COIN FROM [TO]", 2, 3, 0, ctl_rescan,
	  "Have scannerd scan the blocks FROM to TO of COIN (BTC, ETH, SKY) once more, beside its\n"
	  "normal work and over restarts; without TO up to where it is.  Deposits that were missed\n"
	  "are recorded and paid as usual, those that are known change nothing." },
	{ "scan accept", "COIN FROM WHY...", 3, CTL_ARGS_ANY, 0, ctl_scan_accept,
	  "When a scan has halted, because the node's chain is another one than what was scanned for\n"
	  "longer than is kept, and the node is right: take all back from block FROM on, and scan it\n"
	  "anew.  Deposits that the node's chain has come back; the others are void or flagged." },
	{ "trace status", "[--json]", 0, 0, CTL_JSON, ctl_trace_status,
	  "The blocks that were scanned but wait to be traced (eth_rpc.trace): how many, since when,\n"
	  "and each with what the node said.  From the database, also while scannerd is down." },
	{ "trace drop", "COIN FROM TO WHY...", 4, CTL_ARGS_ANY, 0, ctl_trace_drop,
	  "Give the blocks FROM to TO of COIN up: they are not traced any more.  What contracts paid\n"
	  "in them shows as unassigned then, where eth_scanner.balance_check is on." },
	{ "config check", "", 0, 0, 0, ctl_config_check,
	  "Check the configuration for all daemons.  Exit status 2: it has mistakes." },
	{ "config show", "", 0, 0, 0, ctl_config_show,
	  "Print the values in force, secrets as <redacted>." },
	{ "config example", "", 0, 0, 0, ctl_config_example,
	  "Print a configuration file with every key, its default and what it means." },
	{ "doc config", "", 0, 0, 0, ctl_doc_config, "Print doc/CONFIG.md." },
	{ "doc protocol", "", 0, 0, 0, ctl_doc_protocol, "Print doc/PROTOCOL.md." },
	{ "help", "", 0, 0, 0, ctl_help, "Print this." },
	{ NULL, NULL, 0, 0, 0, NULL, NULL },
};
// clang-format on

/* Words of `name` that argv begins with; 0 when it does not begin with the whole name. */
static int match_name(const char *name, int argc, char **argv)
{
	const char *space = strchr(name, ' ');
	size_t first = space != NULL ? (size_t)(space - name) : strlen(name);

	if (argc < 1 || strlen(argv[0]) != first || strncmp(argv[0], name, first) != 0)
		return 0;
	if (space == NULL)
		return 1;
	return argc >= 2 && strcmp(argv[1], space + 1) == 0 ? 2 : 0;
}

const struct ctl_command *ctl_find(int argc, char **argv, int *ret_words, struct err *err)
{
	for (const struct ctl_command *c = ctl_commands; c->name != NULL; c++) {
		int words = match_name(c->name, argc, argv);

		if (words > 0) {
			*ret_words = words;
			return c;
		}
	}
	if (argc < 1)
		(void)err_set(err, ERR_INVALID, "no command given; try 'tellerctl help'");
	else
		(void)err_set(err, ERR_INVALID,
			      "no such command: '%.60s%s%.60s'; try 'tellerctl help'", argv[0],
			      argc > 1 ? " " : "", argc > 1 ? argv[1] : "");
	return NULL;
}

static int check_options(const struct ctl *ctl, const struct ctl_command *c, struct err *err)
{
	if (ctl->json && !(c->options & CTL_JSON))
		return err_set(err, ERR_INVALID, "'%s' has no option --json", c->name);
	if (ctl->file != NULL && !(c->options & CTL_FILE))
		return err_set(err, ERR_INVALID, "'%s' has no option --file", c->name);
	if (ctl->why != NULL && !(c->options & CTL_WHY))
		return err_set(err, ERR_INVALID, "'%s' has no option --why", c->name);
	if (ctl->sure && !(c->options & CTL_SURE))
		return err_set(err, ERR_INVALID, "'%s' has no option --yes-i-know", c->name);
	return 0;
}

int ctl_run(struct ctl *ctl, int argc, char **argv, struct err *err)
{
	int words = 0, rc;
	const struct ctl_command *c = ctl_find(argc, argv, &words, err);

	if (c == NULL)
		return ERR_INVALID;
	if ((rc = check_options(ctl, c, err)) < 0)
		return rc;
	argc -= words;
	argv += words;
	if (argc < c->min_args || argc > c->max_args)
		return err_set(err, ERR_INVALID, "usage: tellerctl %s %s", c->name, c->args);
	return c->fn(ctl, argc, argv, err);
}

static void print_indented(struct buf *out, const char *text)
{
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");

		(void)buf_printf(out, "      %.*s\n", (int)n, text);
		text += n + (text[n] == '\n');
	}
}

void ctl_print_help(struct buf *out)
{
	(void)buf_puts(out,
		       "usage: tellerctl [-c CONFIG] [-d DIR] COMMAND [ARGUMENT...]\n"
		       "       tellerctl --version\n\n"
		       "  -c, --config CONFIG  configuration file, as for the daemons\n"
		       "  -d, --dir DIR        data directory (default $HOME/.teller-skycoin)\n\n"
		       "commands:\n");
	for (const struct ctl_command *c = ctl_commands; c->name != NULL; c++) {
		(void)buf_printf(out, "\n  %s%s%s\n", c->name, *c->args != '\0' ? " " : "",
				 c->args);
		print_indented(out, c->help);
	}
}

int ctl_load_conf(struct ctl *ctl, enum conf_reader reader, struct conf **ret, struct err *err)
{
	return conf_load(ctl->config, ctl->dir, reader, ret, &ctl->notes, err);
}

int ctl_open_store(struct ctl *ctl, struct store **ret, struct err *err)
{
	struct conf *conf = NULL;
	int rc = ctl_load_conf(ctl, CONF_FOR_SCANNERD, &conf, err);

	if (rc == 0)
		rc = store_open(conf->dbfile, STORE_READER, ret, err);
	conf_free(conf);
	return rc;
}

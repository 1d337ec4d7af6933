/* What every command is given and gives back.  A command writes into buffers and never prints or
 * exits itself, so that tests can run it; main() writes the buffers out. */
#ifndef TELLER_TELLERCTL_COMMAND_H
#define TELLER_TELLERCTL_COMMAND_H

#include <stdbool.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/conf/conf.h"
#include "common/store/store.h"

#define CTL_OUT_MAX (128U << 20)

struct ctl {
	const char *config; /* -c, or NULL */
	const char *dir;    /* -d, or NULL */
	bool json;	    /* --json */
	const char *file;   /* --file, or NULL */
	const char *why;    /* --why, or NULL */
	bool sure;	    /* --yes-i-know */
	/* Puts a question to the person at the terminal; NULL: there is none.  Writes the answer
	 * without its line end. */
	int (*ask)(const char *question, char *ret, size_t size, struct err *err);
	struct buf out;	  /* for standard output */
	struct buf notes; /* for standard error: what is said beside the result */
	int status; /* exit status when the command itself did not fail: 0, or 1 for bad news */
};

/* Options that a command takes beside -c and -d. */
enum ctl_option { CTL_JSON = 1, CTL_FILE = 2, CTL_WHY = 4, CTL_SURE = 8 };

/* `argv` is what stands behind the command's name.  ERR_INVALID ends with status 2, other errors
 * with 1; the error's text is printed. */
typedef int (*ctl_fn)(struct ctl *ctl, int argc, char **argv, struct err *err);

struct ctl_command {
	const char *name; /* one or two words */
	const char *args; /* for the usage line */
	int min_args, max_args;
	unsigned options; /* bits of ctl_option */
	ctl_fn fn;
	const char *help; /* lines of at most 90 characters */
};

#define CTL_ARGS_ANY 1000000

/* THE table; ends with a NULL name. */
extern const struct ctl_command ctl_commands[];

/* The command that argv begins with, and how many words its name has.  NULL: there is none, *err
 * says so (ERR_INVALID). */
const struct ctl_command *ctl_find(int argc, char **argv, int *ret_words, struct err *err);
/* Find, check arguments and options, run. */
int ctl_run(struct ctl *ctl, int argc, char **argv, struct err *err);
void ctl_print_help(struct buf *out);

/* Load the configuration for reading paths; messages go to `notes`. */
int ctl_load_conf(struct ctl *ctl, enum conf_reader reader, struct conf **ret, struct err *err);

/* The database, for reading: works while all daemons are down.  *ret is the caller's to
 * store_close(). */
int ctl_open_store(struct ctl *ctl, struct store **ret, struct err *err);

/* cmd_keys.c */
int ctl_newbtcaddress(struct ctl *ctl, int argc, char **argv, struct err *err);
int ctl_newkeys(struct ctl *ctl, int argc, char **argv, struct err *err);
/* cmd_wallet.c */
int ctl_newwallet(struct ctl *ctl, int argc, char **argv, struct err *err);
/* cmd_wallet_check.c */
int ctl_wallet_check(struct ctl *ctl, int argc, char **argv, struct err *err);
/* cmd_pool.c */
int ctl_addbtcaddress(struct ctl *ctl, int argc, char **argv, struct err *err);
int ctl_getbtcaddress(struct ctl *ctl, int argc, char **argv, struct err *err);
/* cmd_admin.c */
int ctl_admin_token(struct ctl *ctl, int argc, char **argv, struct err *err);
int ctl_admin_tokens(struct ctl *ctl, int argc, char **argv, struct err *err);
int ctl_admin_revoke(struct ctl *ctl, int argc, char **argv, struct err *err);
/* cmd_config.c */
int ctl_config_check(struct ctl *ctl, int argc, char **argv, struct err *err);
int ctl_config_show(struct ctl *ctl, int argc, char **argv, struct err *err);
int ctl_config_example(struct ctl *ctl, int argc, char **argv, struct err *err);
int ctl_doc_config(struct ctl *ctl, int argc, char **argv, struct err *err);
int ctl_doc_protocol(struct ctl *ctl, int argc, char **argv, struct err *err);
/* cmd_status.c */
int ctl_status(struct ctl *ctl, int argc, char **argv, struct err *err);
/* cmd_send.c */
int ctl_send_hold(struct ctl *ctl, int argc, char **argv, struct err *err);
int ctl_send_resume(struct ctl *ctl, int argc, char **argv, struct err *err);
/* cmd_payout.c */
int ctl_payout_list(struct ctl *ctl, int argc, char **argv, struct err *err);
int ctl_payout_approve(struct ctl *ctl, int argc, char **argv, struct err *err);
/* cmd_tx.c */
int ctl_tx_list(struct ctl *ctl, int argc, char **argv, struct err *err);
int ctl_tx_show(struct ctl *ctl, int argc, char **argv, struct err *err);
/* cmd_tx_release.c */
int ctl_tx_release(struct ctl *ctl, int argc, char **argv, struct err *err);
/* cmd_scan.c */
int ctl_scan_accept(struct ctl *ctl, int argc, char **argv, struct err *err);
int ctl_trace_status(struct ctl *ctl, int argc, char **argv, struct err *err);
int ctl_trace_drop(struct ctl *ctl, int argc, char **argv, struct err *err);
/* cmd_rescan.c */
int ctl_rescan(struct ctl *ctl, int argc, char **argv, struct err *err);
int ctl_rescan_status(struct ctl *ctl, int argc, char **argv, struct err *err);
int ctl_rescan_list(struct ctl *ctl, int argc, char **argv, struct err *err);
int ctl_rescan_cancel(struct ctl *ctl, int argc, char **argv, struct err *err);

#endif

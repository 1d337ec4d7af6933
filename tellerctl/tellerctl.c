/* tellerctl, the operator's tool: options, the command, its output, its exit status.
 *
 * Exit status: 0 done and well; 1 failed, or (status) something is wrong; 2 the command line or
 * the configuration is wrong. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/version.h"
#include "common/daemon/daemon.h"
#include "common/keys/secret.h"
#include "tellerctl/command.h"
#include "tellerctl/terminal.h"

enum { OPT_JSON = 256, OPT_FILE, OPT_WHY, OPT_SURE, OPT_VERSION };

static const struct option options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "dir", required_argument, NULL, 'd' },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "file", required_argument, NULL, OPT_FILE },
	{ "why", required_argument, NULL, OPT_WHY },
	{ "yes-i-know", no_argument, NULL, OPT_SURE },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ NULL, 0, NULL, 0 },
};

/* What the options ask for instead of a command. */
enum instead { RUN_COMMAND, SHOW_HELP, SHOW_VERSION, SHOW_NOTHING };

static enum instead read_options(struct ctl *ctl, int argc, char **argv)
{
	enum instead instead = RUN_COMMAND;
	int c;

	while ((c = getopt_long(argc, argv, "c:d:h", options, NULL)) != -1) {
		switch (c) {
		case 'c': ctl->config = optarg; break;
		case 'd': ctl->dir = optarg; break;
		case 'h': instead = SHOW_HELP; break;
		case OPT_JSON: ctl->json = true; break;
		case OPT_FILE: ctl->file = optarg; break;
		case OPT_WHY: ctl->why = optarg; break;
		case OPT_SURE: ctl->sure = true; break;
		case OPT_VERSION: instead = SHOW_VERSION; break;
		default: return SHOW_NOTHING; /* getopt_long has said why */
		}
	}
	return instead;
}

/* The rooms' log lines are a daemon's; what this tool has to say is in its output. */
static int silence_log(struct err *err)
{
	return log_open("/dev/null", "tellerctl", false, err);
}

static int run(struct ctl *ctl, int argc, char **argv)
{
	struct err err;
	int rc = silence_log(&err);

	if (rc == 0)
		rc = ctl_run(ctl, argc, argv, &err);
	log_close();
	if (rc == 0 && (ctl->out.failed || ctl->notes.failed))
		rc = err_set(&err, ERR_IO, "out of memory");
	if (rc == 0)
		return ctl->status;
	(void)buf_printf(&ctl->notes, "tellerctl: %s\n", err.text);
	return rc == ERR_INVALID ? 2 : 1;
}

/* An answer that did not reach its reader is no answer. */
static int write_out(const struct ctl *ctl, int status)
{
	(void)fwrite(buf_text(&ctl->notes), 1, ctl->notes.len, stderr);
	if (fwrite(buf_text(&ctl->out), 1, ctl->out.len, stdout) == ctl->out.len &&
	    fflush(stdout) == 0)
		return status;
	perror("tellerctl: cannot write to standard output");
	return 1;
}

int main(int argc, char **argv)
{
	struct ctl ctl = { .ask = terminal_ask,
			   .out = BUF_INIT(CTL_OUT_MAX),
			   .notes = BUF_INIT(CTL_OUT_MAX) };
	int status = 0;

	if (secret_init() < 0) {
		(void)fputs("tellerctl: cannot protect memory for secrets\n", stderr);
		return 1;
	}
	setvbuf(stdout, NULL, _IONBF, 0); /* no copy of secrets in a buffer of its own */
	switch (read_options(&ctl, argc, argv)) {
	case RUN_COMMAND: status = run(&ctl, argc - optind, argv + optind); break;
	case SHOW_HELP: ctl_print_help(&ctl.out); break;
	case SHOW_VERSION: (void)buf_printf(&ctl.out, "%s\n", teller_version()); break;
	case SHOW_NOTHING: status = 2; break;
	}
	status = write_out(&ctl, status);
	buf_release(&ctl.out);
	buf_release(&ctl.notes);
	return status;
}

#include "common/daemon/daemon_args.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/version.h"

static const char help_text[] =
	"Usage: %s [OPTION]...\n"
	"%s.\n"
	"\n"
	"  -c, --config=FILE   configuration: a path, or a name in the data directory\n"
	"                      (default: teller.ini, then config.toml)\n"
	"  -d, --dir=DIR       data directory (default: $HOME/.teller-skycoin)\n"
	"      --check-config  load the configuration, say what is wrong with it, and end\n"
	"      --version       source revision\n"
	"  -h, --help          this text\n"
	"\n"
	"Signals: SIGTERM and SIGINT stop in good order, a second one at once; SIGHUP opens the\n"
	"log file again.  Exit status: 0 stopped; 1 could not run; 2 a person must mend something\n"
	"first (the configuration, or a database that is not Teller's).\n"
	"\n"
	"Keys of the configuration:\n"
	"\n";

static void print_help(const struct daemon_def *def)
{
	struct buf keys = BUF_INIT((size_t)1 << 20);

	conf_print_help(&keys);
	(void)printf(help_text, def->name, def->summary);
	(void)fputs(buf_text(&keys), stdout);
	buf_release(&keys);
}

static void print_version(const struct daemon_def *def)
{
	const char *version = teller_version();

	(void)printf("%s %s\n", def->name, version[0] != '\0' ? version : "unknown");
}

enum { OPT_CHECK = 256, OPT_VERSION };

static const struct option options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "dir", required_argument, NULL, 'd' },
	{ "check-config", no_argument, NULL, OPT_CHECK },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* True: go on with the next option. */
static bool take_option(int option, const struct daemon_def *def, struct daemon_args *args,
			int *ret_status)
{
	switch (option) {
	case 'c': args->config = optarg; return true;
	case 'd': args->dir = optarg; return true;
	case OPT_CHECK: args->check_config = true; return true;
	case OPT_VERSION: print_version(def); break;
	case 'h': print_help(def); break;
	default: /* getopt has said what is wrong */
		(void)fprintf(stderr, "Try '%s --help'.\n", def->name);
		*ret_status = EXIT_CONFIG;
		return false;
	}
	*ret_status = EXIT_SUCCESS;
	return false;
}

bool daemon_args_parse(int argc, char **argv, const struct daemon_def *def, struct daemon_args *ret,
		       int *ret_status)
{
	int option;

	*ret = (struct daemon_args){ .config = NULL };
	optind = 0; /* tests come here more than once in a process */
	while ((option = getopt_long(argc, argv, "c:d:h", options, NULL)) != -1)
		if (!take_option(option, def, ret, ret_status))
			return false;
	if (optind == argc)
		return true;
	(void)fprintf(stderr, "%s: unexpected argument '%s'\nTry '%s --help'.\n", def->name,
		      argv[optind], def->name);
	*ret_status = EXIT_CONFIG;
	return false;
}

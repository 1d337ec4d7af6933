/* What came with Teller is found from where the program is: PREFIX/sbin/apid has PREFIX/share
 * beside it, and build/apid, build/fault/apid the tree.  So a folder that is moved as a whole still
 * works. */
#include "apid/pages.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/log.h"

#define DEFAULT_DIR "/web/build" /* behind the data directory */

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool find_shipped(const char *name, char ret[CONF_PATH_MAX])
{
	static const char *const places[] = { "../share/teller/web", "../web", "../../web" };
	char program[CONF_PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);
	char *slash;

	if (len < 0)
		return false;
	program[len] = '\0';
	slash = strrchr(program, '/');
	if (slash == NULL)
		return false;
	*slash = '\0';
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (snprintf(ret, CONF_PATH_MAX, "%s/%s/%s", program, places[i], name) <
			    CONF_PATH_MAX &&
		    is_folder(ret))
			return true;
	return false;
}

static struct static_files *open_pages(const char *folder, const char *whose)
{
	struct static_files *s = NULL;
	struct err err;

	if (static_files_open(folder, &s, &err) < 0)
		log_warn("no_pages", "for=%s error=\"%s\"", whose, err.text);
	else
		log_info("pages", "for=%s folder=\"%s\"", whose, folder);
	return s;
}

static bool is_default(const struct conf *conf)
{
	size_t len = strlen(conf->dir);

	return conf->static_dir[0] == '\0' || (strncmp(conf->static_dir, conf->dir, len) == 0 &&
					       strcmp(conf->static_dir + len, DEFAULT_DIR) == 0);
}

struct static_files *pages_of_customers(const struct daemon *d)
{
	const struct conf *conf = d->conf;
	char shipped[CONF_PATH_MAX];
	struct static_files *s;
	bool usual = is_default(conf);

	if (usual && !is_folder(conf->static_dir) && find_shipped("customer", shipped))
		return open_pages(shipped, "customers");
	s = open_pages(conf->static_dir, "customers");
	if (s == NULL && !usual)
		health_raise(
			d->health, "pages",
			"the folder '%s' of web.static_dir cannot be opened: customers find no "
			"page, the API works; mend it and restart apid",
			conf->static_dir);
	return s;
}

/* What both pages use is there once, with the customers': that page is one folder, so that it can
 * be served from anywhere. */
static const char *const borrowed[] = { "js/dom.js", "icon.svg", NULL };

struct static_files *pages_of_operators(void)
{
	char shipped[CONF_PATH_MAX], lender[CONF_PATH_MAX];
	struct static_files *s;
	struct err err;

	if (!find_shipped("operator", shipped) || !find_shipped("customer", lender))
		return NULL;
	s = open_pages(shipped, "operators");
	if (s != NULL && static_files_borrow(s, lender, borrowed, &err) < 0)
		log_warn("no_pages", "for=operators error=\"%s\"", err.text);
	return s;
}

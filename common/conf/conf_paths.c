/* Paths of the configuration become absolute, so that no daemon depends on where it was started.
 *
 *   logfile, dbfile                   in the data directory
 *   address, wallet, password, TLS    in the data directory if they are there, else in the working
 *                                     directory if they are there, else in the data directory
 *   web.static_dir                    the same, for directories
 *
 * pidfile stays as configured: see conf_pidfile(). */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/conf/conf_loading.h"

static bool is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static void too_long(struct conf_loading *l, const char *key)
{
	conf_mistake(l->report, conf_line_of(l, key), "%s: the absolute path is too long", key);
}

static void resolve_in_dir(struct conf_loading *l, const char *key, char path[CONF_PATH_MAX])
{
	if (path[0] != '\0' && !conf_join(l->conf->dir, path, path))
		too_long(l, key);
}

static void resolve_existing(struct conf_loading *l, const char *key, char path[CONF_PATH_MAX],
			     bool (*exists)(const char *))
{
	char in_dir[CONF_PATH_MAX], in_cwd[CONF_PATH_MAX];
	bool ok;

	if (path[0] == '\0')
		return;
	ok = conf_join(l->conf->dir, path, in_dir) && conf_join(l->cwd, path, in_cwd);
	if (!ok)
		too_long(l, key);
	else
		memcpy(path, !exists(in_dir) && exists(in_cwd) ? in_cwd : in_dir, sizeof(in_dir));
}

/* A name inside the data directory, or that directory's path with a name behind it. */
static void resolve_dbfile(struct conf_loading *l)
{
	char *path = l->conf->dbfile;
	size_t dir_len = strlen(l->conf->dir);
	const char *name = path;

	if (strncmp(path, l->conf->dir, dir_len) == 0 && path[dir_len] == '/')
		name = path + dir_len + 1;
	if (*name == '\0' || strchr(name, '/') != NULL || strcmp(name, ".") == 0 ||
	    strcmp(name, "..") == 0)
		conf_mistake(
			l->report, conf_line_of(l, "dbfile"),
			"dbfile: expected a file name inside the data directory, got \"%.64s\"",
			path);
	else
		resolve_in_dir(l, "dbfile", path);
}

static void resolve_pools(struct conf_loading *l)
{
	char key[32];

	for (size_t i = 0; i < COIN_COUNT; i++) {
		(void)snprintf(key, sizeof(key), "%s_addresses", coin_info((enum coin)i)->key);
		resolve_existing(l, key, l->conf->coin[i].addresses, conf_is_file);
	}
}

void conf_resolve_paths(struct conf_loading *l)
{
	struct conf *c = l->conf;

	resolve_in_dir(l, "logfile", c->logfile);
	resolve_dbfile(l);
	resolve_pools(l);
	resolve_existing(l, "sky_exchanger.wallet", c->wallet, conf_is_file);
	resolve_existing(l, "sky_exchanger.wallet_password_file", c->wallet_password_file,
			 conf_is_file);
	resolve_existing(l, "sky_rpc.cert", c->sky_rpc_cert, conf_is_file);
	resolve_existing(l, "btc_rpc.cookie_file", c->btc_rpc_cookie_file, conf_is_file);
	resolve_existing(l, "btc_rpc.cert", c->btc_rpc_cert, conf_is_file);
	resolve_existing(l, "eth_rpc.cert", c->eth_rpc_cert, conf_is_file);
	resolve_existing(l, "web.tls_cert", c->tls_cert, conf_is_file);
	resolve_existing(l, "web.tls_key", c->tls_key, conf_is_file);
	resolve_existing(l, "admin_panel.tokens_file", c->admin_tokens_file, conf_is_file);
	resolve_existing(l, "admin_panel.tls_cert", c->admin_tls_cert, conf_is_file);
	resolve_existing(l, "admin_panel.tls_key", c->admin_tls_key, conf_is_file);
	resolve_existing(l, "web.static_dir", c->static_dir, is_dir);
}

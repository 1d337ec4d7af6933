/* Loading a configuration: find the file, read it, check it, and say everything that is wrong with
 * it at once.  A configuration with a mistake is never handed out. */
#include "common/conf/conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/conf/conf_loading.h"

void conf_free(struct conf *c)
{
	if (c == NULL)
		return;
	explicit_bzero(c, sizeof(*c));
	free(c);
}

static int load_steps(struct conf_loading *l, const char *text, size_t len, struct err *err)
{
	int rc;

	if (getcwd(l->cwd, sizeof(l->cwd)) == NULL)
		return err_set_errno(err, "cannot find the working directory");
	conf_set_defaults(l->conf);
	rc = conf_read(l, text, len, err);
	if (rc < 0)
		return rc;
	conf_resolve_paths(l);
	conf_check_rules(l);
	return 0;
}

/* The report is shown whether it is good or bad; only mistakes are an error. */
static int finish(struct conf_report *r, const char *label, struct buf *messages, struct err *err)
{
	conf_report_print(r, label, messages);
	if (r->mistakes == 0)
		return 0;
	return err_set(err, ERR_INVALID, "%s: %u mistake%s", label, r->mistakes,
		       r->mistakes > 1 ? "s" : "");
}

int conf_load_text(const char *label, const char *text, size_t len, const char *dir,
		   enum conf_reader reader, struct conf **ret, struct buf *messages,
		   struct err *err)
{
	struct conf_loading l = { .reader = reader };
	int rc = ERR_BUSY;

	l.conf = calloc(1, sizeof(*l.conf));
	l.report = calloc(1, sizeof(*l.report));
	if (l.conf == NULL || l.report == NULL) {
		(void)err_set(err, ERR_BUSY, "out of memory");
		goto out;
	}
	(void)snprintf(l.conf->dir, sizeof(l.conf->dir), "%s", dir);
	rc = load_steps(&l, text, len, err);
	if (rc == 0)
		rc = finish(l.report, label, messages, err);
	if (rc == 0) {
		*ret = l.conf;
		l.conf = NULL;
	}
out:
	free(l.report);
	conf_free(l.conf);
	return rc;
}

int conf_load(const char *file, const char *dir, enum conf_reader reader, struct conf **ret,
	      struct buf *messages, struct err *err)
{
	struct buf text = BUF_INIT(CONF_FILE_MAX);
	char data_dir[CONF_PATH_MAX], path[CONF_PATH_MAX], label[CONF_PATH_MAX + 32];
	int rc;

	text.secret = true;
	rc = conf_find_dir(dir, data_dir, err);
	if (rc == 0)
		rc = conf_find_file(file, data_dir, path, err);
	if (rc == 0 && path[0] != '\0')
		rc = buf_read_file(&text, path, err);
	if (rc == 0) {
		(void)snprintf(label, sizeof(label), "%s%s",
			       path[0] != '\0' ? "" : "no configuration file in ",
			       path[0] != '\0' ? path : data_dir);
		rc = conf_load_text(label, buf_text(&text), text.len, data_dir, reader, ret,
				    messages, err);
	}
	if (rc == 0)
		memcpy((*ret)->file, path, sizeof(path));
	buf_release(&text);
	return rc;
}

int conf_pidfile(const struct conf *c, const char *daemon, char *ret, size_t size, struct err *err)
{
	char path[CONF_PATH_MAX];
	const char *name, *dot;
	int n;

	if (c->pidfile[0] == '\0') {
		ret[0] = '\0';
		return 0;
	}
	if (!conf_join(c->dir, c->pidfile, path))
		return err_set(err, ERR_INVALID, "the pid file's path is too long");
	name = strrchr(path, '/') + 1;
	dot = strrchr(name, '.');
	if (dot == NULL || dot == name)
		dot = name + strlen(name);
	n = snprintf(ret, size, "%.*s.%s%s", (int)(dot - path), path, daemon, dot);
	if (n < 0 || (size_t)n >= size)
		return err_set(err, ERR_INVALID, "the pid file's path is too long");
	return 0;
}

#include "apid/admin_tls.h"

#include <stdlib.h>
#include <string.h>

#include "apid/tls_identity.h"
#include "apid/tls_reload.h"
#include "common/base/log.h"

struct admin_tls {
	struct daemon *d;
	struct tls_identity *identity;
	struct tls_reload *reload;
};

static bool is_on(const struct conf *conf)
{
	return conf->admin_host[0] != '\0' && conf->admin_tls_cert[0] != '\0';
}

void admin_tls_reads(const struct conf *conf, struct confine_files *ret)
{
	if (!is_on(conf))
		return;
	memcpy(ret->path[ret->count++], conf->admin_tls_cert, sizeof(conf->admin_tls_cert));
	memcpy(ret->path[ret->count++], conf->admin_tls_key, sizeof(conf->admin_tls_key));
}

static int open_file(void *arg, const char *path, int *ret_fd, struct err *err)
{
	struct admin_tls *t = arg;

	return confine_open(t->d->confine, path, ret_fd, err);
}

static int start(struct admin_tls *t, struct err *err)
{
	const struct conf *conf = t->d->conf;
	struct tls_reload_conf reload = { .files = { .cert = conf->admin_tls_cert,
						     .key = conf->admin_tls_key,
						     .open = open_file,
						     .arg = t },
					  .host = "",
					  .health = t->d->health,
					  .problem = "admin_certificate" };

	t->identity = tls_identity_new(t->d->loop, TLS_ADMIN);
	if (t->identity == NULL)
		return err_set(err, ERR_BUSY, "out of memory");
	reload.identity = t->identity;
	return tls_reload_new(t->d->loop, &reload, &t->reload, err);
}

/* The configuration says so too; who reads the log later sees it here. */
static void warn_of_plain(const struct conf *conf)
{
	if (conf->admin_host[0] != '\0' && !conf_is_loopback(conf->admin_host))
		log_warn("admin_without_tls",
			 "address=%s means=\"tokens and lists can be read on their way, unless "
			 "a proxy or a tunnel protects them\"",
			 conf->admin_host);
}

int admin_tls_new(struct daemon *d, struct admin_tls **ret, struct err *err)
{
	struct admin_tls *t;
	int rc;

	*ret = NULL;
	if (!is_on(d->conf)) {
		warn_of_plain(d->conf);
		return 0;
	}
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return err_set(err, ERR_BUSY, "out of memory");
	t->d = d;
	rc = start(t, err);
	if (rc < 0) {
		admin_tls_free(t);
		return err_wrap(err, "admin_panel.tls_cert");
	}
	*ret = t;
	return 0;
}

void admin_tls_free(struct admin_tls *t)
{
	if (t == NULL)
		return;
	tls_reload_free(t->reload);
	tls_identity_free(t->identity);
	free(t);
}

void admin_tls_now(struct admin_tls *t)
{
	if (t != NULL)
		tls_reload_now(t->reload);
}

struct tls_identity *admin_tls_identity(const struct admin_tls *t)
{
	return t != NULL ? t->identity : NULL;
}

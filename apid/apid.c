/* apid is all that strangers see: it speaks HTTP, checks what it is given, asks the other daemons
 * and reads the database, which it cannot write. */
#include "apid/apid.h"

#include <stdlib.h>
#include <string.h>

#include "apid/acme_hook.h"
#include "apid/admin_guard.h"
#include "apid/admin_tls.h"
#include "apid/answer_cache.h"
#include "apid/api.h"
#include "apid/fd_limit.h"
#include "apid/needs.h"
#include "apid/pages.h"
#include "apid/request_figures.h"
#include "apid/route.h"
#include "apid/static_files.h"
#include "apid/totals.h"
#include "apid/turns.h"
#include "common/base/log.h"

#define PUBLIC_CONNECTIONS_MAX	12000
#define USUAL_PER_IP		128  /* public connections of one client */
#define PLAIN_SHARE		4    /* a quarter of them may be plain HTTP beside HTTPS */
#define PRIVATE_CONNECTIONS_MAX 256  /* admin and dummy, each */
#define OTHER_DESCRIPTORS	1024 /* those, database, sockets, files of answers */
#define HEALTH_MAX		(256U * 1024)
#define DRAIN_MS		3000 /* requests under way may take so long at the stop */

/* As many as descriptors allow, less what else needs one. */
static unsigned public_connections(void)
{
	unsigned have = fd_limit_raise(PUBLIC_CONNECTIONS_MAX + OTHER_DESCRIPTORS);

	if (have == PUBLIC_CONNECTIONS_MAX + OTHER_DESCRIPTORS)
		return PUBLIC_CONNECTIONS_MAX;
	log_warn("few_descriptors", "have=%u wanted=%d", have,
		 PUBLIC_CONNECTIONS_MAX + OTHER_DESCRIPTORS);
	return have > 2 * OTHER_DESCRIPTORS ? have - OTHER_DESCRIPTORS : have / 2;
}

/* Beside HTTPS plain HTTP sends people there and nothing else. */
static unsigned share_of(const struct conf *conf, bool tls, unsigned all)
{
	if (conf->https_addr[0] == '\0' || conf->http_addr[0] == '\0')
		return all;
	return tls ? all - all / PLAIN_SHARE : all / PLAIN_SHARE;
}

/* A backup may take its time, a customer's answer may not. */
static void set_public_limits(const struct conf *conf, struct http_server_conf *ret)
{
	bool is_auto = conf->connections_per_ip == CONF_AUTO;

	ret->connections_max = share_of(conf, ret->tls != NULL, public_connections());
	ret->connections_per_ip = (unsigned)conf->connections_per_ip;
	if (is_auto)
		ret->connections_per_ip = conf->behind_proxy ? 0 : USUAL_PER_IP;
	ret->spare_loopback = is_auto;
	ret->gzip = true;
	ret->answer_ms = conf->write_ms;
}

static int start_listener(struct apid *a, enum listener_kind kind, const char *name,
			  const char *address, struct err *err)
{
	struct listener *l = &a->listener[kind];
	struct http_server_conf conf = { .name = name,
					 .address = address,
					 .connections_max = PRIVATE_CONNECTIONS_MAX,
					 .read_ms = a->d->conf->read_ms,
					 .idle_ms = a->d->conf->idle_ms,
					 .fn = route_request,
					 .arg = l };

	if (address[0] == '\0')
		return 0;
	l->apid = a;
	l->kind = kind == LISTENER_PUBLIC_TLS ? LISTENER_PUBLIC : kind;
	if (kind == LISTENER_PUBLIC_TLS)
		conf.tls = https_identity(a->https);
	if (l->kind == LISTENER_ADMIN)
		conf.tls = admin_tls_identity(a->admin_tls);
	if (l->kind == LISTENER_PUBLIC)
		set_public_limits(a->d->conf, &conf);
	return http_server_new(a->d->loop, &conf, &l->server, err);
}

static int start_listeners(struct apid *a, struct err *err)
{
	const struct conf *conf = a->d->conf;
	int rc = start_listener(a, LISTENER_PUBLIC, "public", conf->http_addr, err);

	if (rc == 0)
		rc = start_listener(a, LISTENER_PUBLIC_TLS, "https", conf->https_addr, err);
	if (rc == 0)
		rc = start_listener(a, LISTENER_ADMIN, "admin", conf->admin_host, err);
	if (rc == 0 && (conf->dummy_scanner || conf->dummy_sender))
		rc = start_listener(a, LISTENER_DUMMY, "dummy", conf->dummy_http_addr, err);
	return rc;
}

static int start_rooms(struct apid *a, struct err *err)
{
	const struct conf *conf = a->d->conf;
	int rc = admin_guard_new(conf, &a->guard, err);

	if (rc < 0)
		return rc;

	a->cors = (struct cors){ .allowed = &conf->cors_allowed };
	a->config_text = (struct buf)BUF_INIT(16384);
	api_config_print(conf, &a->config_text);
	a->health_text = (struct buf)BUF_INIT(HEALTH_MAX);
	a->statuses = answer_cache_new(a->d->loop);
	if (a->statuses == NULL)
		return err_set(err, ERR_BUSY, "out of memory");
	if (conf->throttle_max > 0 && conf->throttle_duration_ms > 0) {
		a->throttle =
			throttle_new((uint64_t)conf->throttle_max, conf->throttle_duration_ms);
		if (a->throttle == NULL)
			return err_set(err, ERR_BUSY, "out of memory");
	}
	a->listener[LISTENER_PUBLIC].pages = pages_of_customers(a->d);
	if (conf->https_addr[0] != '\0')
		a->listener[LISTENER_PUBLIC_TLS].pages = pages_of_customers(a->d);
	a->listener[LISTENER_ADMIN].pages = pages_of_operators();
	a->turns = turns_new(a->d->loop);
	if (a->turns == NULL)
		return err_set(err, ERR_BUSY, "out of memory");
	a->totals = totals_new(a->d, a->turns);
	a->figures = request_figures_new();
	if (a->totals == NULL || a->figures == NULL)
		return err_set(err, ERR_BUSY, "out of memory");
	rc = https_new(a->d, &a->https, err);
	if (rc == 0)
		rc = admin_tls_new(a->d, &a->admin_tls, err);
	return rc < 0 ? rc : relay_new(a->d, &a->relay, err);
}

static int start(struct daemon *d, struct err *err)
{
	struct apid *a = calloc(1, sizeof(*a));
	int rc;

	if (a == NULL)
		return err_set(err, ERR_BUSY, "out of memory");
	a->d = d;
	d->state = a;
	rc = api_backup_prepare(d->conf->dbfile, err);
	if (rc == 0)
		rc = start_rooms(a, err);
	return rc < 0 ? rc : start_listeners(a, err);
}

/* --- the stop -------------------------------------------------------------------------------- */

static void stop_waiting(void *arg)
{
	struct apid *a = arg;

	if (a->draining)
		loop_stop(a->d->loop);
}

static void on_listener_idle(void *arg)
{
	struct apid *a = arg;

	for (int i = 0; i < LISTENER_COUNT; i++)
		if (a->listener[i].server != NULL && !http_server_is_idle(a->listener[i].server))
			return;
	stop_waiting(a);
}

/* Nothing new is taken; what waits for another daemon gets its answer, unless that takes long. */
static void drain(struct apid *a)
{
	struct loop_timer *limit = loop_timer_new(a->d->loop, stop_waiting, a);
	bool idle = true;

	api_backup_cancel(a);
	for (int i = 0; i < LISTENER_COUNT; i++)
		if (a->listener[i].server != NULL &&
		    !http_server_drain(a->listener[i].server, on_listener_idle, a))
			idle = false;
	loop_timer_start(limit, DRAIN_MS);
	a->draining = true;
	if (!idle)
		loop_run(a->d->loop);
	a->draining = false; /* what is answered later on stops nothing */
	loop_timer_free(limit);
}

/* The relay and the turns go before the listeners: they answer whoever still waits. */
static void stop(struct daemon *d)
{
	struct apid *a = d->state;

	if (a == NULL)
		return;
	drain(a);
	api_backup_forget(a);
	relay_free(a->relay);
	totals_free(a->totals);
	if (a->turns != NULL)
		turns_stop(a->turns);
	for (int i = 0; i < LISTENER_COUNT; i++) {
		http_server_free(a->listener[i].server);
		static_files_free(a->listener[i].pages);
	}
	turns_free(a->turns);
	admin_tls_free(a->admin_tls);
	https_free(a->https);
	throttle_free(a->throttle);
	admin_guard_free(a->guard);
	request_figures_free(a->figures);
	buf_release(&a->config_text);
	buf_release(&a->health_text);
	answer_cache_free(a->statuses);
	free(a);
	d->state = NULL;
}

static void on_hup(struct daemon *d)
{
	struct apid *a = d->state;

	admin_guard_reload(a->guard, d->confine);
	https_now(a->https);
	admin_tls_now(a->admin_tls);
}

/* What may be another file of its name when it is read again. */
static int reads(const struct conf *conf, struct confine_files *ret, struct err *err)
{
	if (conf->admin_tokens_file[0] != '\0')
		confine_files_add(ret, conf->admin_tokens_file);
	admin_tls_reads(conf, ret);
	return https_reads(conf, ret, err);
}

static const struct daemon_def def = {
	.name = "apid",
	.role = IPC_APID,
	.store_role = STORE_READER,
	.summary = "speaks HTTP: public, admin and dummy API",
	.start = start,
	.confine = apid_needs,
	.stop = stop,
	.reads = reads,
	.on_hup = on_hup,
};

int main(int argc, char **argv)
{
	if (acme_hook_is_asked(argc))
		return acme_hook_main(argv);
	return daemon_main(argc, argv, &def);
}

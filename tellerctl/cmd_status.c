/* Ask every daemon how it is, all at once.  scannerd, exchangerd and senderd answer `health` on
 * their sockets; apid answers nobody's questions there, but GET /api/health over HTTP.
 *
 * A daemon whose socket does not take us within CONNECT_MS is down (a second is enough to outlast
 * a restart).  Whatever happens, the answer is there within PATIENCE_MS. */
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/daemon/daemon.h"
#include "common/ipc/ipc_client.h"
#include "common/loop/loop.h"
#include "common/rpc/http_client.h"
#include "tellerctl/command.h"
#include "tellerctl/status_view.h"

#define CONNECT_MS  1000U
#define PATIENCE_MS 5000U
#define BODY_MAX    65536

struct survey;

/* One daemon being asked. */
struct probe {
	struct survey *survey;
	struct daemon_status *status;
	struct ipc_client *client;
	bool asked, done;
};

enum { PROBE_SCANNERD, PROBE_EXCHANGERD, PROBE_SENDERD, PROBE_APID, PROBE_COUNT };

struct survey {
	struct loop *loop;
	struct loop_timer *connecting, *patience;
	struct http_client *http;
	struct probe probe[PROBE_COUNT];
	struct daemon_status status[PROBE_COUNT];
	unsigned open; /* probes that have no answer yet */
};

static const struct {
	const char *name;
	enum ipc_role role;
} daemons[PROBE_COUNT] = {
	[PROBE_SCANNERD] = { "scannerd", IPC_SCANNERD },
	[PROBE_EXCHANGERD] = { "exchangerd", IPC_EXCHANGERD },
	[PROBE_SENDERD] = { "senderd", IPC_SENDERD },
	[PROBE_APID] = { "apid", IPC_APID },
};

static void probe_finish(struct probe *p)
{
	p->done = true;
	if (--p->survey->open == 0)
		loop_stop(p->survey->loop);
}

static void probe_fail(struct probe *p, const char *why)
{
	if (p->done)
		return;
	status_set_down(p->status, why);
	probe_finish(p);
}

static void on_reply(void *arg, const struct message *m)
{
	struct probe *p = arg;

	if (p->done)
		return;
	if (m->type != MSG_TYPE_health_reply) {
		probe_fail(p, m->type == MSG_TYPE_error ? m->u.error.message : "strange answer");
		return;
	}
	status_set_reply(p->status, &m->u.health_reply);
	probe_finish(p);
}

static void on_state(void *arg, bool connected)
{
	struct message m = { .type = MSG_TYPE_health, .u.health = { .fresh = true } };
	struct probe *p = arg;

	if (!connected) {
		probe_fail(p, "closed the connection");
		return;
	}
	if (p->asked)
		return;
	p->asked = true;
	ipc_ask(p->client, &m, PATIENCE_MS - 1000, on_reply, p);
}

static void on_http(void *arg, int status, struct buf *body, const struct err *err)
{
	struct probe *p = arg;

	if (err != NULL) {
		probe_fail(p, err->text);
		return;
	}
	if (p->done)
		return;
	status_set_http(p->status, status, buf_text(body), body->len);
	probe_finish(p);
}

static void on_not_connected(void *arg)
{
	struct survey *s = arg;

	for (unsigned i = 0; i < PROBE_COUNT; i++)
		if (s->probe[i].client != NULL && !s->probe[i].asked)
			probe_fail(&s->probe[i], ipc_client_error(s->probe[i].client));
}

static void on_patience(void *arg)
{
	struct survey *s = arg;

	for (unsigned i = 0; i < PROBE_COUNT; i++)
		probe_fail(&s->probe[i], "does not answer");
}

/* Where apid listens, as seen from this machine: ":7711" and "0.0.0.0:7711" are every address.  The
 * admin's first: the public one may answer with nothing but where HTTPS is. */
static void apid_url(const struct conf *conf, char *ret, size_t size)
{
	bool admin = conf->admin_host[0] != '\0';
	const char *at = admin ? conf->admin_host : conf->http_addr;
	const char *scheme = admin && conf->admin_tls_cert[0] != '\0' ? "https" : "http";

	if (strncmp(at, "0.0.0.0:", 8) == 0)
		at += 7;
	(void)snprintf(ret, size, "%s://%s%s", scheme, at[0] == ':' ? "127.0.0.1" : "", at);
}

static int ask_apid(struct survey *s, const struct conf *conf, struct err *err)
{
	const struct http_request request = { .method = "GET", .path = "/api/health" };
	char url[CONF_TEXT_MAX + 32];
	const struct http_options options = {
		.url = url,
		.timeout_ms = PATIENCE_MS - 1000,
		.connect_timeout_ms = 2000,
		.max_body = BODY_MAX,
		.max_connections = 1,
		.trusts_any = true,
	};
	int rc;

	apid_url(conf, url, sizeof(url));
	rc = http_client_new(s->loop, &options, &s->http, err);
	if (rc == 0)
		http_send(s->http, &request, on_http, &s->probe[PROBE_APID]);
	return rc;
}

static int ask_daemon(struct survey *s, const struct conf *conf, unsigned i, struct err *err)
{
	char path[CONF_PATH_MAX + 64];
	int rc = daemon_socket_path(conf, daemons[i].name, path, sizeof(path), err);

	if (rc < 0)
		return rc;
	return ipc_client_new(s->loop, path, IPC_TELLERCTL, daemons[i].role, on_state, &s->probe[i],
			      &s->probe[i].client, err);
}

static int survey_start(struct survey *s, const struct conf *conf, struct err *err)
{
	int rc = loop_new(&s->loop, err);

	if (rc < 0)
		return rc;
	s->open = PROBE_COUNT;
	for (unsigned i = 0; i < PROBE_COUNT; i++) {
		s->status[i].name = daemons[i].name;
		s->probe[i].survey = s;
		s->probe[i].status = &s->status[i];
	}
	for (unsigned i = 0; rc == 0 && i < PROBE_COUNT; i++)
		rc = i == PROBE_APID ? ask_apid(s, conf, err) : ask_daemon(s, conf, i, err);
	if (rc < 0)
		return rc;
	s->connecting = loop_timer_new(s->loop, on_not_connected, s);
	loop_timer_start(s->connecting, CONNECT_MS);
	s->patience = loop_timer_new(s->loop, on_patience, s);
	loop_timer_start(s->patience, PATIENCE_MS);
	return 0;
}

static void survey_release(struct survey *s)
{
	for (unsigned i = 0; i < PROBE_COUNT; i++)
		if (s->probe[i].client != NULL)
			ipc_client_free(s->probe[i].client);
	http_client_free(s->http);
	loop_timer_free(s->connecting);
	loop_timer_free(s->patience);
	loop_free(s->loop);
}

int ctl_status(struct ctl *ctl, int argc, char **argv, struct err *err)
{
	struct survey s = { .loop = NULL };
	struct conf *conf = NULL;
	int rc = ctl_load_conf(ctl, CONF_FOR_SCANNERD, &conf, err);

	(void)argc;
	(void)argv;
	if (rc < 0)
		return rc;
	rc = survey_start(&s, conf, err);
	if (rc == 0) {
		loop_run(s.loop);
		if (ctl->json)
			status_print_json(s.status, PROBE_COUNT, &ctl->out);
		else
			status_print_text(s.status, PROBE_COUNT, clock_unix(), &ctl->out);
		ctl->status = status_all_well(s.status, PROBE_COUNT) ? 0 : 1;
	}
	survey_release(&s);
	conf_free(conf);
	return rc;
}

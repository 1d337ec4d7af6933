/* Health is asked of all daemons at once and kept for a moment: however many clients ask, a daemon
 * is asked twice a second at the most, and one that hangs costs a client a second at the most. */
#include "apid/relay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"

#define HEALTH_AGE_MS	  500
#define HEALTH_TIMEOUT_MS 1000

static const struct {
	const char *name;
	enum ipc_role role;
} peers[RELAY_PEERS] = {
	[RELAY_EXCHANGERD] = { "exchangerd", IPC_EXCHANGERD },
	[RELAY_SCANNERD] = { "scannerd", IPC_SCANNERD },
	[RELAY_SENDERD] = { "senderd", IPC_SENDERD },
};

struct waiter {
	struct waiter *next;
	relay_health_fn fn;
	void *arg;
};

struct asked {
	struct relay *relay;
	enum relay_peer peer;
};

struct relay {
	struct ipc_client *client[RELAY_PEERS];
	struct relay_health health[RELAY_PEERS];
	struct asked asked[RELAY_PEERS];
	unsigned outstanding;
	int64_t known_at_ms; /* when the last round ended; -1 before the first */
	struct waiter *waiters, **last;
};

static void release_health(struct relay_health *h)
{
	free(h->m.problems);
	free(h->m.detail);
	h->m.problems = h->m.detail = NULL;
}

static void set_up(struct relay_health *h, bool up)
{
	if (h->since == 0 || h->up != up)
		h->since = clock_unix();
	h->up = up;
}

static void take_health(struct relay_health *h, const struct message *m)
{
	release_health(h);
	if (m->type != MSG_TYPE_health_reply) {
		set_up(h, false);
		(void)snprintf(h->why, sizeof(h->why), "%.250s", m->u.error.message);
		return;
	}
	set_up(h, true);
	h->m = m->u.health_reply;
	h->m.problems = m->u.health_reply.problems ? strdup(m->u.health_reply.problems) : NULL;
	h->m.detail = m->u.health_reply.detail ? strdup(m->u.health_reply.detail) : NULL;
}

static void answer_waiters(struct relay *r)
{
	struct waiter *w = r->waiters, *next;

	r->waiters = NULL;
	r->last = &r->waiters;
	for (; w != NULL; w = next) {
		next = w->next;
		w->fn(w->arg, r->health);
		free(w);
	}
}

static void on_health(void *arg, const struct message *m)
{
	struct asked *a = arg;
	struct relay *r = a->relay;

	take_health(&r->health[a->peer], m);
	if (--r->outstanding > 0)
		return;
	r->known_at_ms = clock_mono_ms();
	answer_waiters(r);
}

static void ask_all(struct relay *r)
{
	struct message m = { .type = MSG_TYPE_health };

	r->outstanding = RELAY_PEERS;
	for (enum relay_peer p = 0; p < RELAY_PEERS; p++)
		ipc_ask(r->client[p], &m, HEALTH_TIMEOUT_MS, on_health, &r->asked[p]);
}

void relay_get_health(struct relay *r, relay_health_fn fn, void *arg)
{
	struct waiter *w;

	if (r->known_at_ms >= 0 && clock_mono_ms() - r->known_at_ms <= HEALTH_AGE_MS) {
		fn(arg, r->health);
		return;
	}
	w = calloc(1, sizeof(*w));
	if (w == NULL) {
		fn(arg, r->health);
		return;
	}
	*w = (struct waiter){ .fn = fn, .arg = arg };
	*r->last = w;
	r->last = &w->next;
	if (r->outstanding == 0)
		ask_all(r);
}

struct ipc_client *relay_client(struct relay *r, enum relay_peer peer)
{
	return r->client[peer];
}

static int connect_peer(struct relay *r, struct daemon *d, enum relay_peer p, struct err *err)
{
	char path[CONF_PATH_MAX];
	int rc = daemon_socket_path(d->conf, peers[p].name, path, sizeof(path), err);

	r->asked[p] = (struct asked){ .relay = r, .peer = p };
	r->health[p].name = peers[p].name;
	if (rc < 0)
		return rc;
	return ipc_client_new(d->loop, path, IPC_APID, peers[p].role, NULL, NULL, &r->client[p],
			      err);
}

int relay_new(struct daemon *d, struct relay **ret, struct err *err)
{
	struct relay *r = calloc(1, sizeof(*r));
	int rc = 0;

	if (r == NULL)
		return err_set(err, ERR_BUSY, "out of memory");
	r->known_at_ms = -1;
	r->last = &r->waiters;
	for (enum relay_peer p = 0; rc == 0 && p < RELAY_PEERS; p++)
		rc = connect_peer(r, d, p, err);
	if (rc < 0) {
		relay_free(r);
		return rc;
	}
	*ret = r;
	return 0;
}

void relay_free(struct relay *r)
{
	if (r == NULL)
		return;
	for (enum relay_peer p = 0; p < RELAY_PEERS; p++)
		if (r->client[p] != NULL)
			ipc_client_free(r->client[p]);
	for (enum relay_peer p = 0; p < RELAY_PEERS; p++)
		release_health(&r->health[p]);
	free(r);
}

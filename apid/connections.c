/* All connections of a phase have the same time, so a list in the order of entering is a list in
 * the order of ending: a look costs the connections that are due, not those that are there.
 *
 * A request that begins on a kept connection is not seen before its first line is whole.  So idle
 * connections are looked at now and then: one that has received something since is no longer idle,
 * it has begun a request, and has the time of one.  One whose client has ended its side is cut: the
 * library does not see an end that came together with the last request.
 *
 * One that is cut stays until its socket is closed: whoever reads it finds it at its end. */
#include "apid/connections.h"

#include <stdlib.h>
#include <string.h>

#include "apid/client_key.h"
#include "common/base/clock.h"

#define CLIENT_LISTS 4096 /* a power of two */
#define LOOKS	     4	  /* in the shortest of the times */
#define IDLE_LOOKS   5	  /* at an idle connection, in the time of a header */
#define LOOK_MIN_MS  20
#define LOOK_MAX_MS  1000
#define SPARE_SHARE  16 /* the last of so many places is kept free by ending idle ones */

struct client {
	struct client_key key;
	unsigned count;
	struct client *next;
};

struct connection {
	struct connections *all;
	int fd;
	struct client *client;
	enum connection_phase phase;
	bool cut, served;
	int64_t entered_ms, looked_ms;
	const void *memory;
	void *request;
	uint64_t received; /* when it was looked at, idle; 0: not yet */
	struct connection *next, *prev;
};

struct phase_list {
	struct connection *first, *last;
};

struct connections {
	struct connections_conf conf;
	struct loop_timer *timer;
	uint64_t look_ms;
	uint64_t seed;
	unsigned count;
	uint64_t cut, refused;
	struct phase_list phase[CONNECTION_PHASES];
	struct client *client[CLIENT_LISTS];
};

/* --- clients --------------------------------------------------------------------------------- */

static struct client **client_place(struct connections *c, const struct client_key *key)
{
	struct client **at = &c->client[client_key_hash(key, c->seed) & (CLIENT_LISTS - 1)];

	while (*at != NULL && !client_key_equal(&(*at)->key, key))
		at = &(*at)->next;
	return at;
}

static struct client *client_hold(struct connections *c, const struct client_key *key)
{
	struct client **at = client_place(c, key);

	if (*at == NULL) {
		*at = calloc(1, sizeof(**at));
		if (*at == NULL)
			return NULL;
		(*at)->key = *key;
	}
	(*at)->count++;
	return *at;
}

static void client_release(struct connections *c, struct client *client)
{
	struct client **at = client_place(c, &client->key);

	if (--client->count > 0)
		return;
	*at = client->next;
	free(client);
}

bool connections_admit(struct connections *c, const struct sockaddr *peer)
{
	struct client_key key = client_key_of_sockaddr(peer);
	const struct client *client = *client_place(c, &key);

	if (c->conf.per_client == 0 || client == NULL || client->count < c->conf.per_client ||
	    (c->conf.spare_loopback && key.loopback))
		return true;
	c->refused++;
	return false;
}

/* --- lists ----------------------------------------------------------------------------------- */

static void list_add(struct connection *n)
{
	struct phase_list *l = &n->all->phase[n->phase];

	n->next = NULL;
	n->prev = l->last;
	if (l->last != NULL)
		l->last->next = n;
	else
		l->first = n;
	l->last = n;
}

static void list_remove(struct connection *n)
{
	struct phase_list *l = &n->all->phase[n->phase];

	if (n->prev != NULL)
		n->prev->next = n->next;
	else
		l->first = n->next;
	if (n->next != NULL)
		n->next->prev = n->prev;
	else
		l->last = n->prev;
}

/* --- time ------------------------------------------------------------------------------------ */

static uint64_t phase_ms(const struct connections *c, enum connection_phase phase)
{
	switch (phase) {
	case CONNECTION_HEADER:
	case CONNECTION_BODY: return c->conf.read_ms;
	case CONNECTION_ANSWER: return c->conf.answer_ms;
	case CONNECTION_IDLE: return c->conf.idle_ms;
	}
	return 0;
}

/* It goes to the end of its list: nothing more is due from it. */
static void connection_cut(struct connection *n)
{
	struct connections *c = n->all;

	list_remove(n);
	n->cut = true;
	n->looked_ms = n->entered_ms = clock_mono_ms();
	list_add(n);
	c->cut++;
	c->conf.cut(n->fd);
}

static bool is_over(const struct connection *n, int64_t now)
{
	return (uint64_t)(now - n->entered_ms) >= phase_ms(n->all, n->phase);
}

static void look_at_phase(struct connections *c, enum connection_phase phase, int64_t now)
{
	struct connection *n = c->phase[phase].first, *next;

	for (; phase_ms(c, phase) > 0 && n != NULL && is_over(n, now); n = next) {
		next = n->next;
		if (!n->cut)
			connection_cut(n);
	}
}

/* Those that are idle are in the order of the last look. */
static void look_at_idle(struct connection *n, int64_t now)
{
	uint64_t received = n->all->conf.received(n->fd);
	bool begun = n->received != 0 && received != n->received;

	if (n->received == 0 && n->memory != NULL && n->all->conf.rest != NULL)
		n->all->conf.rest(n->memory);
	if (received == CONNECTION_LEFT) {
		connection_cut(n);
		return;
	}
	n->received = received;
	n->looked_ms = now;
	if (begun) {
		connection_enter(n, CONNECTION_HEADER);
		return;
	}
	list_remove(n);
	list_add(n);
}

static void look_at_idle_ones(struct connections *c, int64_t now)
{
	struct connection *n = c->phase[CONNECTION_IDLE].first, *next;
	uint64_t interval = c->conf.read_ms / IDLE_LOOKS;

	if (interval > c->conf.idle_ms / LOOKS)
		interval = c->conf.idle_ms / LOOKS;
	for (; n != NULL && (uint64_t)(now - n->looked_ms) >= interval; n = next) {
		next = n->next;
		if (n->cut)
			continue;
		if (is_over(n, now))
			connection_cut(n);
		else
			look_at_idle(n, now);
	}
}

static void on_timer(void *arg)
{
	struct connections *c = arg;
	int64_t now = clock_mono_ms();

	look_at_phase(c, CONNECTION_HEADER, now);
	look_at_phase(c, CONNECTION_BODY, now);
	look_at_phase(c, CONNECTION_ANSWER, now);
	look_at_idle_ones(c, now);
	if (c->count > 0)
		loop_timer_start(c->timer, c->look_ms);
}

static uint64_t look_ms(const struct connections_conf *conf)
{
	uint64_t shortest = conf->read_ms < conf->idle_ms ? conf->read_ms : conf->idle_ms;

	if (conf->answer_ms > 0 && conf->answer_ms < shortest)
		shortest = conf->answer_ms;
	shortest /= LOOKS;
	if (shortest < LOOK_MIN_MS)
		return LOOK_MIN_MS;
	return shortest < LOOK_MAX_MS ? shortest : LOOK_MAX_MS;
}

/* --- a connection's life ---------------------------------------------------------------------- */

static void make_room(struct connections *c)
{
	struct connection *n = c->phase[CONNECTION_IDLE].first;

	if (c->count >= c->conf.max - c->conf.max / SPARE_SHARE && n != NULL && !n->cut)
		connection_cut(n);
}

struct connection *connection_begin(struct connections *c, int fd, const struct sockaddr *peer)
{
	struct client_key key = client_key_of_sockaddr(peer);
	struct connection *n = calloc(1, sizeof(*n));

	make_room(c);
	if (n == NULL)
		return NULL;
	*n = (struct connection){ .all = c, .fd = fd, .client = client_hold(c, &key) };
	if (n->client == NULL) {
		free(n);
		return NULL;
	}
	n->entered_ms = n->looked_ms = clock_mono_ms();
	n->phase = CONNECTION_HEADER;
	list_add(n);
	if (c->count++ == 0)
		loop_timer_start(c->timer, c->look_ms);
	return n;
}

void connection_enter(struct connection *n, enum connection_phase phase)
{
	if (n->cut)
		return;
	list_remove(n);
	n->phase = phase;
	n->served |= phase == CONNECTION_IDLE;
	n->entered_ms = n->looked_ms = clock_mono_ms();
	n->received = 0;
	list_add(n);
}

bool connection_is_new(const struct connection *n)
{
	return !n->served && !n->cut;
}

void connection_set_memory(struct connection *n, const void *memory)
{
	n->memory = memory;
}

void connection_set_request(struct connection *n, void *request)
{
	n->request = request;
}

void *connection_request(const struct connection *n)
{
	return n->request;
}

void connection_end(struct connection *n)
{
	struct connections *c = n->all;

	list_remove(n);
	client_release(c, n->client);
	free(n);
	if (--c->count == 0)
		loop_timer_stop(c->timer);
}

void connections_answered(const struct connections *c, void (*fn)(void *request))
{
	for (const struct connection *n = c->phase[CONNECTION_ANSWER].first; n != NULL; n = n->next)
		fn(n->request);
}

unsigned connections_count(const struct connections *c)
{
	return c->count;
}

uint64_t connections_cut(const struct connections *c)
{
	return c->cut;
}

uint64_t connections_refused(const struct connections *c)
{
	return c->refused;
}

int connections_new(struct loop *l, const struct connections_conf *conf, struct connections **ret,
		    struct err *err)
{
	struct connections *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return err_set(err, ERR_BUSY, "out of memory");
	c->conf = *conf;
	c->look_ms = look_ms(conf);
	c->seed = client_key_seed();
	c->timer = loop_timer_new(l, on_timer, c);
	*ret = c;
	return 0;
}

void connections_free(struct connections *c)
{
	if (c == NULL)
		return;
	loop_timer_free(c->timer);
	free(c);
}

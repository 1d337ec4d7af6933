/* The customer is told an address only after its binding is on disk: an address that was shown is
 * never forgotten and never given to another.  All binds of a turn share one commit. */
#include "exchangerd/bind.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/clock.h"
#include "common/base/fault.h"
#include "common/base/log.h"
#include "common/coin/address_sky.h"
#include "common/store/binding_store.h"
#include "common/store/quota_store.h"

/* One bind between its work and its commit. */
struct bind {
	struct health *health;
	struct ipc_ask *ask;
	struct binding b;
	bool again; /* it was given out before, and nobody has paid to it */
};

static void bind_answer(const struct bind *bind)
{
	struct message reply = { .type = MSG_TYPE_bind_reply };

	(void)snprintf(reply.u.bind_reply.deposit_address,
		       sizeof(reply.u.bind_reply.deposit_address), "%s", bind->b.address);
	(void)snprintf(reply.u.bind_reply.buy_method, sizeof(reply.u.bind_reply.buy_method), "%s",
		       buy_method_name(bind->b.buy_method));
	log_info(bind->again ? "bound_again" : "bound",
		 "binding=%" PRIu64 " coin=%s address=%s sky_address=%s buy_method=%s", bind->b.seq,
		 coin_name(bind->b.coin), bind->b.address, bind->b.sky_address,
		 buy_method_name(bind->b.buy_method));
	ipc_answer(bind->ask, &reply);
}

/* Only a customer's next request can show that it is over. */
static void bind_failed(struct health *h, struct ipc_ask *ask, const struct err *err)
{
	health_raise(h, "bind",
		     "an address could not be bound: %s; customers get an error until one is bound "
		     "again: look at the disk and the database",
		     err->text);
	ipc_refuse(ask, "busy", "binding was not stored: %s", err->text);
}

static void on_committed(void *arg, const struct err *err)
{
	struct bind *bind = arg;

	FAULT("bind.commit.after");
	if (err != NULL) {
		bind_failed(bind->health, bind->ask, err);
	} else {
		health_clear(bind->health, "bind");
		bind_answer(bind);
	}
	free(bind);
}

/* What can be said without the database.  False: refused. */
static bool bind_is_allowed(struct daemon *d, struct ipc_ask *ask, const struct msg_bind *m,
			    char ret_sky[ADDRESS_TEXT_MAX])
{
	struct sky_address sky;
	struct err err;

	if (!d->conf->coin[m->coin].enabled) {
		ipc_refuse(ask, "invalid", "%s not enabled", coin_name(m->coin));
		return false;
	}
	if (sky_address_parse(m->sky_address, &sky, &err) < 0) {
		ipc_refuse(ask, "invalid", "Invalid skycoin address: %s", err.text);
		return false;
	}
	if (sky_address_is_null(&sky)) { /* no node would let us pay it */
		ipc_refuse(ask, "invalid", "Invalid skycoin address: Null address");
		return false;
	}
	if (!d->conf->bind_enabled) {
		ipc_refuse(ask, "disabled", "Address binding is disabled");
		return false;
	}
	sky_address_to_text(&sky, ret_sky);
	return true;
}

/* Why nothing was bound, beside trouble of ours. */
struct bind_over {
	bool late;     /* nobody waits for the answer any more */
	bool bindings; /* of the SKY address */
	bool quota;    /* of the client */
};

static void bind_refuse(struct health *h, struct ipc_ask *ask, int rc, const struct bind_over *over,
			const struct err *err)
{
	if (over->late)
		ipc_refuse(ask, "busy", "nobody waits for the binding any more");
	else if (over->bindings)
		ipc_refuse(ask, "limit", "the SKY address has its maximum of bindings");
	else if (rc == ERR_EXISTS)
		ipc_refuse(ask, "deposit_address", "%s", err->text);
	else if (over->quota)
		ipc_refuse(ask, "quota", "%s", err->text);
	else if (rc == ERR_NOT_FOUND)
		ipc_refuse(ask, "not_found", "the address pool is empty");
	else
		bind_failed(h, ask, err);
}

/* Paid to a deposit address, a payout would be a deposit again, and so on until the wallet is
 * empty. */
static int bind_forbids_loop(struct store *s, const char *sky_address, struct err *err)
{
	bool in_pool = false;
	int rc = store_pool_has(s, COIN_SKY, sky_address, &in_pool, err);

	if (rc == 0 && in_pool)
		rc = err_set(err, ERR_EXISTS, "it is a deposit address of this service");
	return rc;
}

/* The address that the same SKY address was given lately and never used: ERR_NOT_FOUND without one.
 * In the transaction that binds, so that of many who ask at once one binds and all get the same. */
static int bind_again(struct daemon *d, const struct msg_bind *m, const char *sky_address,
		      struct binding *ret, struct err *err)
{
	uint64_t window_s = d->conf->reuse_unbound_after_ms / 1000;

	if (window_s == 0)
		return ERR_NOT_FOUND;
	return store_binding_unpaid(d->store, m->coin, sky_address, d->conf->buy_method,
				    clock_unix() - (int64_t)window_s, ret, err);
}

static int bind_anew(struct daemon *d, const struct msg_bind *m, const char *sky_address,
		     struct binding *ret, struct bind_over *ret_over, struct err *err)
{
	const struct conf *conf = d->conf;
	int rc = store_bind_address(d->store, m->coin, sky_address, conf->buy_method,
				    (unsigned)conf->max_bound_addrs, clock_unix(), ret,
				    &ret_over->bindings, err);

	if (rc < 0 || conf->binds_per_ip_per_day == 0 || m->client[0] == '\0')
		return rc;
	return store_quota_take(d->store, m->client, clock_unix(),
				(uint64_t)conf->binds_per_ip_per_day, &ret_over->quota, err);
}

/* It lay in the socket while we hung, or the database was locked: an address that is bound now is
 * one that nobody is told. */
static bool bind_is_late(const struct msg_bind *m)
{
	return m->until_ms != 0 && clock_mono_ms() >= m->until_ms;
}

/* Pick and bind inside the turn's transaction. */
static int bind_store(struct daemon *d, const struct msg_bind *m, const char *sky_address,
		      struct bind *bind, struct bind_over *ret_over, struct err *err)
{
	int rc = commit_group_join(d->commits, err);

	if (rc < 0)
		return rc;
	ret_over->late = bind_is_late(m);
	if (ret_over->late)
		return ERR_BUSY;
	rc = store_mark(d->store, err);
	if (rc < 0)
		return rc;
	rc = bind_forbids_loop(d->store, sky_address, err);
	if (rc == 0)
		rc = bind_again(d, m, sky_address, &bind->b, err);
	bind->again = rc == 0;
	if (rc == ERR_NOT_FOUND)
		rc = bind_anew(d, m, sky_address, &bind->b, ret_over, err);
	return store_settle(d->store, rc, err);
}

void bind_ask(struct daemon *d, struct ipc_ask *ask, const struct msg_bind *m)
{
	char sky[ADDRESS_TEXT_MAX];
	struct bind *bind;
	struct bind_over over = { .bindings = false };
	struct err err;
	int rc;

	if (!bind_is_allowed(d, ask, m, sky))
		return;
	bind = calloc(1, sizeof(*bind));
	if (bind == NULL) {
		ipc_refuse(ask, "busy", "out of memory");
		return;
	}
	bind->health = d->health;
	bind->ask = ask;
	rc = bind_store(d, m, sky, bind, &over, &err);
	if (rc < 0) {
		free(bind);
		bind_refuse(d->health, ask, rc, &over, &err);
		return;
	}
	FAULT("bind.commit.before");
	commit_group_after(d->commits, on_committed, bind);
}

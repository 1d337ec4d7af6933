/* exchangerd owns the deposit: it binds addresses, turns confirmed sightings into deposits with
 * their rate fixed, hands them to senderd through the deposit feed, and follows them to the end.
 *
 *   scannerd --sightings--> intake --> deposits --deposits feed--> senderd
 *                                         ^                          |
 *                                       settle <----payouts feed-----+ */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/daemon/daemon.h"
#include "common/daemon/disk.h"
#include "common/daemon/feed_reader.h"
#include "common/daemon/feed_source.h"
#include "common/json/json.h"
#include "common/store/binding_store.h"
#include "common/store/deposit_list.h"
#include "common/store/deposit_store.h"
#include "exchangerd/address_pool.h"
#include "exchangerd/bind.h"
#include "exchangerd/deposit_flow.h"
#include "exchangerd/intake.h"
#include "exchangerd/settle.h"

#define POOL_LOW    10		 /* addresses left, below which a person is told */
#define POOL_PART   10		 /* ... and health, when that is less than a tenth of the pool */
#define CHECK_MS    60000	 /* between two looks at pool and disk */
#define DISK_LEAST  (64U << 20)	 /* bytes free, below which it is a problem */
#define WAL_MOST    (256U << 20) /* bytes of the write-ahead log */
#define LEFT_TOLD_S (7 * 86400)
#define DETAIL_MAX  4096

struct exchangerd {
	struct daemon *d;
	struct intake intake;
	struct feed_reader *sightings, *payouts;
	struct feed_source *deposits; /* senderd waits here for news */
	struct loop_timer *check_timer;
	bool pool_is_low[COIN_COUNT]; /* told */
};

static void on_deposits_committed(void *arg)
{
	struct exchangerd *x = arg;

	feed_source_moved(x->deposits);
}

static int on_sightings(void *arg, uint64_t after, unsigned limit, uint64_t *ret_last,
			unsigned *ret_count, struct err *err)
{
	struct exchangerd *x = arg;

	return intake_page(&x->intake, after, limit, ret_last, ret_count, err);
}

static int on_payouts(void *arg, uint64_t after, unsigned limit, uint64_t *ret_last,
		      unsigned *ret_count, struct err *err)
{
	struct exchangerd *x = arg;

	return settle_page(x->d->store, after, limit, ret_last, ret_count, err);
}

/* --- health ------------------------------------------------------------------------------- */

/* Told in the log, once each time that it gets low. */
static void tell_low(struct exchangerd *x, enum coin c, uint64_t left)
{
	bool was_low = x->pool_is_low[c];

	x->pool_is_low[c] = left < POOL_LOW;
	if (x->pool_is_low[c] && !was_low)
		log_watch("pool_low",
			  "coin=%s unused=%" PRIu64 " file=%s todo=\"add addresses to "
			  "the file and send exchangerd SIGHUP\"",
			  coin_name(c), left, x->d->conf->coin[c].addresses);
}

/* A small pool that has just been made is not low. */
static void check_low(struct exchangerd *x, enum coin c, uint64_t left, uint64_t size)
{
	char what[24];

	(void)snprintf(what, sizeof(what), "pool_low_%s", coin_info(c)->key);
	if (left > 0 && left < POOL_LOW && left * POOL_PART < size)
		health_raise(x->d->health, what,
			     "fewer than %d %s deposit addresses are left: add some to %s and send "
			     "exchangerd SIGHUP",
			     POOL_LOW, coin_name(c), x->d->conf->coin[c].addresses);
	else
		health_clear(x->d->health, what);
}

/* Customers get an error. */
static void check_empty(struct exchangerd *x, enum coin c, uint64_t left)
{
	char what[16];

	(void)snprintf(what, sizeof(what), "pool_%s", coin_info(c)->key);
	if (left > 0)
		health_clear(x->d->health, what);
	else
		health_raise(x->d->health, what,
			     "there is no %s deposit address left, customers get an error: add "
			     "some to %s and send exchangerd SIGHUP",
			     coin_name(c), x->d->conf->coin[c].addresses);
}

static void check_pool(struct exchangerd *x, enum coin c, uint64_t *ret_left)
{
	uint64_t size;
	struct err err;

	*ret_left = 0;
	if (store_pool_remaining(x->d->store, c, ret_left, &err) < 0 ||
	    store_pool_size(x->d->store, c, &size, &err) < 0)
		return;
	tell_low(x, c, *ret_left);
	check_low(x, c, *ret_left, size);
	check_empty(x, c, *ret_left);
}

static void check_room(struct exchangerd *x)
{
	const struct conf *conf = x->d->conf;

	disk_check(x->d->health, conf->dir, DISK_LEAST);
	disk_check_wal(x->d->health, conf->dbfile, WAL_MOST);
}

static void on_check_timer(void *arg)
{
	struct exchangerd *x = arg;
	uint64_t left;

	check_room(x);
	for (enum coin c = 0; c < COIN_COUNT; c++)
		if (x->d->conf->coin[c].enabled)
			check_pool(x, c, &left);
	loop_timer_start(x->check_timer, CHECK_MS);
}

static uint64_t count_in(struct exchangerd *x, enum deposit_state state)
{
	struct deposit_counts c;
	uint64_t n = 0;
	struct err err;

	if (store_deposit_counts(x->d->store, &c, &err) < 0)
		return 0;
	for (enum coin coin = 0; coin < COIN_COUNT; coin++)
		n += c.of[coin][state];
	return n;
}

/* Buying is not part of this version: say so while somebody waits for it. */
static const char *check_passthrough(struct exchangerd *x)
{
	uint64_t waiting = count_in(x, DEPOSIT_WAITING_PASSTHROUGH);

	if (waiting == 0)
		health_clear(x->d->health, "passthrough");
	else
		health_raise(x->d->health, "passthrough",
			     "%" PRIu64
			     " deposits wait for SKY to be bought on the exchange, which "
			     "this version cannot do; they are kept and paid by one that can",
			     waiting);
	return health_text(x->d->health, "passthrough");
}

/* They wait in waiting_decide for as long as there is no rate that can be applied. */
static void check_rates(struct exchangerd *x)
{
	uint64_t waiting = count_in(x, DEPOSIT_WAITING_DECIDE);

	if (waiting == 0)
		health_clear(x->d->health, "no_rate");
	else
		health_raise(
			x->d->health, "no_rate",
			"%" PRIu64 " deposits wait for a rate; their error says what is wrong (GET "
			"/api/deposits/errored): correct sky_exchanger.sky_*_exchange_rate and "
			"start exchangerd again",
			waiting);
}

/* Money went out for what nobody has paid any more.  It may come back; for good it is a matter of
 * the accounts, and not of this service's health. */
static void check_left(struct exchangerd *x)
{
	uint64_t n = 0;
	struct err err;

	if (store_deposit_left_count(x->d->store, clock_unix() - LEFT_TOLD_S, &n, &err) < 0)
		return;
	if (n == 0)
		health_clear(x->d->health, "left_chain");
	else
		health_raise(x->d->health, "left_chain",
			     "%" PRIu64 " deposits that are paid, or being paid, have left their "
			     "chain in a reorganisation within the last %d days: GET "
			     "/api/deposits/errored names them; they are not paid again when they "
			     "come back",
			     n, LEFT_TOLD_S / 86400);
}

static void write_room(struct exchangerd *x, struct json_writer *w)
{
	const struct conf *conf = x->d->conf;

	json_put_u64(w, "disk_free_bytes", disk_free(conf->dir));
	json_put_u64(w, "database_bytes", disk_file_size(conf->dbfile));
	json_put_u64(w, "wal_bytes", disk_wal_size(conf->dbfile));
}

static void write_detail(struct exchangerd *x, struct buf *out)
{
	struct json_writer w;
	uint64_t left, unassigned = 0;
	struct err err;

	json_writer_init(&w, out, JSON_COMPACT);
	json_begin_object(&w);
	json_write_key(&w, "pool");
	json_begin_object(&w);
	for (enum coin c = 0; c < COIN_COUNT; c++) {
		if (!x->d->conf->coin[c].enabled)
			continue;
		check_pool(x, c, &left);
		json_put_u64(&w, coin_name(c), left);
	}
	json_end_object(&w);
	if (store_unassigned_count(x->d->store, &unassigned, &err) == 0)
		json_put_u64(&w, "unassigned", unassigned);
	write_room(x, &w);
	json_end_object(&w);
}

static void ask_health(struct exchangerd *x, struct ipc_ask *ask)
{
	struct message reply = { .type = MSG_TYPE_health_reply };
	struct buf detail = BUF_INIT(DETAIL_MAX);

	check_room(x);
	check_rates(x);
	check_left(x);
	write_detail(x, &detail);
	(void)snprintf(reply.u.health_reply.error, sizeof(reply.u.health_reply.error), "%s",
		       check_passthrough(x));
	daemon_health_reply(x->d, "exchangerd", &reply);
	reply.u.health_reply.detail = detail.data; /* the message's from here on */
	ipc_answer(ask, &reply);
	message_release(&reply);
}

static void on_ask(struct daemon *d, struct ipc_ask *ask, const struct message *m)
{
	struct exchangerd *x = d->state;

	switch (m->type) {
	case MSG_TYPE_bind: bind_ask(d, ask, &m->u.bind); break;
	case MSG_TYPE_follow: feed_source_ask(x->deposits, ask, &m->u.follow); break;
	case MSG_TYPE_health: ask_health(x, ask); break;
	default:
		ipc_refuse(ask, "invalid", "exchangerd does not answer '%s'",
			   message_name(m->type));
	}
}

/* --- start and stop ----------------------------------------------------------------------- */

static int resume(struct daemon *d, struct err *err)
{
	int rc = store_begin(d->store, err);

	if (rc < 0)
		return rc;
	rc = deposit_resume(d->store, d->conf, err);
	if (rc == 0)
		rc = store_deposit_count_errors(d->store, err);
	if (rc < 0) {
		store_rollback(d->store);
		return rc;
	}
	return store_commit(d->store, err);
}

static int start_feeds(struct exchangerd *x, struct err *err)
{
	int rc = feed_reader_new(x->d, FEED_SIGHTINGS, IPC_EXCHANGERD, IPC_SCANNERD, on_sightings,
				 on_deposits_committed, x, &x->sightings, err);

	if (rc < 0)
		return rc;
	return feed_reader_new(x->d, FEED_PAYOUTS, IPC_EXCHANGERD, IPC_SENDERD, on_payouts,
			       on_deposits_committed, x, &x->payouts, err);
}

static int start(struct daemon *d, struct err *err)
{
	struct exchangerd *x = calloc(1, sizeof(*x));
	int rc;

	if (x == NULL)
		return err_set(err, ERR_BUSY, "out of memory");
	d->state = x;
	x->d = d;
	x->intake = (struct intake){ .store = d->store, .conf = d->conf };
	x->deposits = feed_source_new(d, FEED_DEPOSITS);
	if (x->deposits == NULL)
		return err_set(err, ERR_BUSY, "out of memory");
	x->check_timer = loop_timer_new(d->loop, on_check_timer, x);
	rc = address_pool_load(d->store, d->conf, err);
	if (rc == 0)
		rc = resume(d, err);
	if (rc == 0)
		rc = start_feeds(x, err);
	if (rc == 0)
		on_check_timer(x);
	return rc;
}

static void stop(struct daemon *d)
{
	struct exchangerd *x = d->state;

	if (x == NULL)
		return;
	feed_reader_free(x->sightings);
	feed_reader_free(x->payouts);
	feed_source_free(x->deposits);
	loop_timer_free(x->check_timer);
	free(x);
	d->state = NULL;
}

/* New addresses in the pool files are taken in without a restart. */
static void on_hup(struct daemon *d)
{
	struct err err;

	commit_group_flush(d->commits);
	if (address_pool_load(d->store, d->conf, &err) < 0)
		log_watch("pool_not_reloaded", "error=\"%s\"", err.text);
}

static const struct daemon_def def = {
	.name = "exchangerd",
	.role = IPC_EXCHANGERD,
	.store_role = STORE_EXCHANGERD,
	.summary = "owns the deposit: binding, rate, state machine",
	.start = start,
	.stop = stop,
	.on_ask = on_ask,
	.on_hup = on_hup,
};

int main(int argc, char **argv)
{
	return daemon_main(argc, argv, &def);
}

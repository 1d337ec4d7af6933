/* senderd owns the hot wallet: it records what is owed, pays it in transactions that are stored
 * before they leave, and follows them until they are confirmed.
 *
 *   exchangerd --deposits feed--> intake --> payouts --> payer <--> Skycoin node
 *                                               |
 *   exchangerd <--payouts feed------------------+ */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/fault.h"
#include "common/base/intruder.h"
#include "common/base/log.h"
#include "common/daemon/daemon.h"
#include "common/daemon/feed_reader.h"
#include "common/daemon/feed_source.h"
#include "common/json/json.h"
#include "common/keys/secret.h"
#include "common/node/sky_node_dummy.h"
#include "common/node/sky_nodes.h"
#include "common/store/binding_store.h"
#include "common/store/payout_tx_store.h"
#include "common/store/payout_store.h"
#include "senderd/controls.h"
#include "senderd/hot_wallet.h"
#include "senderd/intake.h"
#include "senderd/needs.h"
#include "senderd/payer.h"

#define DETAIL_MAX     4096
#define BROADCASTS_MAX 524288 /* half a frame */

struct senderd {
	struct daemon *d;
	const struct wallet *wallet; /* the process's: see hot_wallet.h */
	struct sky_node *node;
	struct payer *payer;
	struct controls controls;
	struct feed_reader *deposits;
	struct feed_source *payouts; /* exchangerd waits here for news */
};

/* --- the feed ------------------------------------------------------------------------------ */
static void on_payouts_moved(void *arg)
{
	struct senderd *s = arg;

	feed_source_moved(s->payouts);
}

static void on_deposits_taken(void *arg)
{
	struct senderd *s = arg;

	FAULT("intake.commit.after");
	payer_wake(s->payer);
}

static int on_deposits(void *arg, uint64_t after, unsigned limit, uint64_t *ret_last,
		       unsigned *ret_count, struct err *err)
{
	struct senderd *s = arg;

	return intake_deposits(s->d->store, after, limit, ret_last, ret_count, err);
}

/* --- health -------------------------------------------------------------------------------- */
/* {"send_enabled", "waiting", "waiting_coins", "capped", "open", "held", "node_version",
 *  "node_height", "wallet_addresses", "sandbox"} */
static void write_detail(const struct senderd *s, const struct payer_figures *f, struct buf *out)
{
	char sky[UNITS_TEXT_MAX];
	struct json_writer w;
	size_t addresses;

	(void)wallet_addresses(s->wallet, &addresses);
	droplets_to_text(f->waiting_sum, sky);
	json_writer_init(&w, out, JSON_COMPACT);
	json_begin_object(&w);
	json_put_bool(&w, "send_enabled", s->d->conf->send_enabled);
	json_put_u64(&w, "waiting", f->waiting);
	json_put_string(&w, "waiting_coins", sky);
	json_put_u64(&w, "capped", f->capped);
	json_put_u64(&w, "open", f->open);
	json_put_u64(&w, "held", f->held);
	json_put_string(&w, "node_version", f->node_version);
	json_put_u64(&w, "node_height", f->head_seq);
	json_put_u64(&w, "wallet_addresses", addresses);
	json_put_string(&w, "sandbox", confine_text(s->d->confine));
	json_end_object(&w);
}

/* Its customer waits until somebody has looked. */
static void check_refused(const struct senderd *s)
{
	uint64_t refused = 0;
	struct err err;

	if (store_payout_refused_count(s->d->store, &refused, &err) < 0)
		return;
	if (refused == 0)
		health_clear(s->d->health, "payout_refused");
	else
		health_raise(
			s->d->health, "payout_refused",
			"%" PRIu64
			" payouts are refused and wait for you: 'tellerctl payout list refused' "
			"says why",
			refused);
}

static void ask_health(struct senderd *s, struct ipc_ask *ask)
{
	struct message reply = { .type = MSG_TYPE_health_reply };
	struct msg_health_reply *r = &reply.u.health_reply;
	struct buf detail = BUF_INIT(DETAIL_MAX);
	struct payer_figures f;

	INTRUDER();
	check_refused(s);
	payer_figures(s->payer, &f);
	write_detail(s, &f, &detail);
	(void)snprintf(r->error, sizeof(r->error), "%s", payer_error(s->payer));
	r->balance = f.balance;
	r->hours = f.hours;
	daemon_health_reply(s->d, "senderd", &reply);
	r->detail = detail.data; /* the message's to free */
	ipc_answer(ask, &reply);
	message_release(&reply);
}

/* --- the dummy node ------------------------------------------------------------------------ */
static bool is_dummy(const struct senderd *s, struct ipc_ask *ask)
{
	if (!s->d->conf->dummy_sender)
		ipc_refuse(ask, "disabled", "dummy.sender is not switched on");
	return s->d->conf->dummy_sender;
}

static void ask_broadcasts(struct senderd *s, struct ipc_ask *ask,
			   const struct msg_dummy_broadcasts *m)
{
	struct message reply = { .type = MSG_TYPE_dummy_broadcasts_reply };
	struct buf out = BUF_INIT(BROADCASTS_MAX + 65536);

	if (!is_dummy(s, ask))
		return;
	sky_node_dummy_print(s->node, m->from, BROADCASTS_MAX, &out,
			     &reply.u.dummy_broadcasts_reply.next);
	reply.u.dummy_broadcasts_reply.transactions = out.data; /* the message's to free */
	ipc_answer(ask, &reply);
	message_release(&reply);
}

static void ask_confirm(struct senderd *s, struct ipc_ask *ask, const struct msg_dummy_confirm *m)
{
	struct err err;

	if (!is_dummy(s, ask))
		return;
	if (sky_node_dummy_confirm(s->node, m->txid, m->seq, &err) < 0) {
		ipc_refuse(ask, "not_found", "%s", err.text);
		return;
	}
	ipc_answer_ok(ask);
	payer_check(s->payer);
}

/* --- operators ------------------------------------------------------------------------------- */
static const char *refusal(int code)
{
	switch ((enum err_code)code) {
	case ERR_NOT_FOUND: return "not_found";
	case ERR_INVALID:
	case ERR_EXISTS: return "invalid";
	case ERR_BUSY: return "busy";
	case ERR_IO:
	case ERR_FATAL: break;
	}
	return "internal";
}

static void ask_control(struct senderd *s, struct ipc_ask *ask, const struct message *m)
{
	struct message reply = { .type = MSG_TYPE_control_reply };
	struct err err;
	int rc = controls_do(&s->controls, m, ipc_ask_uid(ask), &reply.u.control_reply, &err);

	if (rc < 0)
		ipc_refuse(ask, refusal(rc), "%s", err.text);
	else
		ipc_answer(ask, &reply);
}

static void on_ask(struct daemon *d, struct ipc_ask *ask, const struct message *m)
{
	struct senderd *s = d->state;

	switch (m->type) {
	case MSG_TYPE_follow: feed_source_ask(s->payouts, ask, &m->u.follow); break;
	case MSG_TYPE_health: ask_health(s, ask); break;
	case MSG_TYPE_dummy_broadcasts: ask_broadcasts(s, ask, &m->u.dummy_broadcasts); break;
	case MSG_TYPE_dummy_confirm: ask_confirm(s, ask, &m->u.dummy_confirm); break;
	case MSG_TYPE_send_hold:
	case MSG_TYPE_send_resume:
	case MSG_TYPE_payout_approve:
	case MSG_TYPE_tx_release: ask_control(s, ask, m); break;
	default: ipc_refuse(ask, "invalid", "senderd does not answer '%s'", message_name(m->type));
	}
}

/* --- start and stop ------------------------------------------------------------------------ */
static int start_wallet(struct senderd *s, struct err *err)
{
	if (secret_init() < 0)
		return err_set(err, ERR_FATAL, "cannot protect this process's memory");
	return hot_wallet_open(s->d->conf, &s->wallet, err);
}

/* What the wallet gets back as change would be a deposit of whoever bound the address. */
static int check_pool(const struct senderd *s, struct err *err)
{
	char address[ADDRESS_TEXT_MAX];
	const struct sky_address *own;
	bool in_pool = false;
	size_t count;
	int rc = 0;

	own = wallet_addresses(s->wallet, &count);
	for (size_t i = 0; rc == 0 && !in_pool && i < count; i++) {
		sky_address_to_text(&own[i], address);
		rc = store_pool_has(s->d->store, COIN_SKY, address, &in_pool, err);
	}
	if (rc < 0 || !in_pool)
		return rc;
	return err_set(
		err, ERR_INVALID,
		"address %s of the hot wallet is a deposit address for SKY: its change would "
		"be taken for a deposit; use another hot wallet, the address stays watched",
		address);
}

static int restore(void *arg, const struct payout_tx *tx, struct err *err)
{
	struct senderd *s = arg;

	if (tx->state == PAYOUT_TX_DEAD)
		return 0;
	return sky_node_dummy_restore(s->node, tx->raw, tx->raw_len,
				      tx->state == PAYOUT_TX_CONFIRMED, err);
}

static int start_dummy_node(struct senderd *s, struct err *err)
{
	int rc = sky_node_dummy_new(s->d->loop, wallet_change(s->wallet), &s->node, err);

	if (rc == 0)
		rc = store_payout_tx_each(s->d->store, 0, PAYOUT_TX_ALL, restore, s, err);
	return rc < 0 ? err_wrap(err, "dummy node") : 0;
}

static int start_nodes(struct senderd *s, struct err *err)
{
	const struct conf *conf = s->d->conf;
	const struct sky_client_options each = { .api = conf->sky_rpc_api,
						 .user = conf->sky_rpc_user,
						 .pass = conf->sky_rpc_pass,
						 .cert = conf->sky_rpc_cert };
	const char *addresses[CONF_LIST_MAX];

	for (unsigned i = 0; i < conf->sky_rpc_address.count; i++)
		addresses[i] = conf->sky_rpc_address.item[i];
	return sky_nodes_open(s->d->loop, addresses, conf->sky_rpc_address.count, &each, &s->node,
			      err);
}

static int start_node(struct senderd *s, struct err *err)
{
	return s->d->conf->dummy_sender ? start_dummy_node(s, err) : start_nodes(s, err);
}

static struct pay_rules pay_rules_of(const struct conf *conf)
{
	return (struct pay_rules){
		.burn_factor = conf->burn_factor,
		.max_outputs = conf->max_outputs_per_tx,
		.split_outputs = conf->split_outputs,
		.split_min = conf->split_min.coins,
		.sweep_below = conf->sweep_below.coins,
	};
}

static struct caps caps_of(const struct conf *conf)
{
	return (struct caps){ .payout = conf->cap_payout,
			      .hour = conf->cap_hour,
			      .day = conf->cap_day };
}

static int start_payer(struct senderd *s, struct err *err)
{
	const struct payer_setup setup = {
		.loop = s->d->loop,
		.store = s->d->store,
		.commits = s->d->commits,
		.health = s->d->health,
		.node = s->node,
		.wallet = s->wallet,
		.rules = pay_rules_of(s->d->conf),
		.runout_s = s->d->conf->runout_warning_ms / 1000,
		.caps = caps_of(s->d->conf),
		.send_enabled = s->d->conf->send_enabled,
		.dead_depth = s->d->conf->dead_depth,
		.final_depth = s->d->conf->final_depth,
		.check_wait_ms = s->d->conf->tx_confirmation_check_wait_ms,
		.on_feed = on_payouts_moved,
		.arg = s,
	};

	s->payouts = feed_source_new(s->d, FEED_PAYOUTS);
	if (s->payouts == NULL)
		return err_set(err, ERR_FATAL, "out of memory");
	s->payer = payer_new(&setup);
	return s->payer != NULL ? 0 : err_set(err, ERR_FATAL, "out of memory");
}

static int start_controls(struct senderd *s, struct err *err)
{
	s->controls = (struct controls){
		.store = s->d->store,
		.commits = s->d->commits,
		.health = s->d->health,
		.payer = s->payer,
		.send_enabled = s->d->conf->send_enabled,
		.on_feed = on_payouts_moved,
		.arg = s,
	};
	return controls_start(&s->controls, err);
}

static int start(struct daemon *d, struct err *err)
{
	struct senderd *s = calloc(1, sizeof(*s));
	int rc;

	if (s == NULL)
		return err_set(err, ERR_FATAL, "out of memory");
	s->d = d;
	d->state = s; /* on failure stop() frees what there is */
	rc = start_wallet(s, err);
	if (rc == 0)
		rc = check_pool(s, err);
	if (rc == 0)
		rc = start_node(s, err);
	if (rc == 0)
		rc = start_payer(s, err);
	if (rc == 0)
		rc = start_controls(s, err);
	if (rc == 0)
		rc = feed_reader_new(d, FEED_DEPOSITS, IPC_SENDERD, IPC_EXCHANGERD, on_deposits,
				     on_deposits_taken, s, &s->deposits, err);
	return rc;
}

static void stop(struct daemon *d)
{
	struct senderd *s = d->state;

	feed_reader_free(s->deposits);
	if (s->node != NULL)
		s->node->ops->free(s->node); /* first: drops the answer the payer waits for */
	payer_free(s->payer);
	feed_source_free(s->payouts);
	free(s);
	d->state = NULL;
}

static const struct daemon_def def = {
	.name = "senderd",
	.role = IPC_SENDERD,
	.store_role = STORE_SENDERD,
	.summary = "owns the hot wallet: pays what is owed, once",
	.start = start,
	.confine = senderd_needs,
	.stop = stop,
	.on_ask = on_ask,
};

int main(int argc, char **argv)
{
	int status = daemon_main(argc, argv, &def);

	hot_wallet_close();
	return status;
}

/* scannerd: turns blocks into sightings, and tells those who follow its feed that there is news.
 *
 * Handlers first, main last.  It reads the address pool, writes cursors, block hashes and
 * sightings, and speaks to the nodes; what becomes of a sighting is exchangerd's business. */
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/log.h"
#include "common/daemon/daemon.h"
#include "common/daemon/feed_source.h"
#include "common/json/json.h"
#include "common/store/binding_store.h"
#include "scannerd/balance_check.h"
#include "scannerd/chain_dummy.h"
#include "scannerd/chain_eth.h"
#include "scannerd/chain_open.h"
#include "scannerd/chain_pin.h"
#include "scannerd/rescan_door.h"
#include "scannerd/scan_door.h"
#include "scannerd/scan_start.h"
#include "scannerd/scanner.h"
#include "scannerd/trace_door.h"

#define DETAIL_MAX   4096
#define ETH_QUIET_MS 600000   /* a block is made every twelve seconds */
#define BTC_QUIET_MS 10800000 /* every ten minutes: so long without one is once in a lifetime */
#define SETTLED_MIN  12	      /* blocks of Ethereum */
#define SETTLED_MAX  96	      /* nodes keep the state of the last 128 */

struct scannerd {
	struct daemon *daemon;
	struct feed_source *sightings;	      /* exchangerd waits here for news */
	struct chain_dummy *dummy;	      /* or else: */
	struct chain *chains[COIN_COUNT];     /* NULL: not scanned */
	struct scanner *scanners[COIN_COUNT]; /* NULL: not scanned */
	struct chain_pin pins[COIN_COUNT];
	struct chain_opener opener;
	struct balance_check *eth_balances; /* NULL: not compared */
	struct trace_debts *eth_debts;
	struct rescan_door rescans;
	struct health *rescan_health; /* of the rescans' chains: old blocks are another matter */
	struct health *trace_health;  /* of the chain that traces later: the debts tell of it */
};

/* --- the feed ----------------------------------------------------------------------------- */

static void on_news(void *arg)
{
	struct scannerd *s = arg;

	feed_source_moved(s->sightings);
}

/* --- health ------------------------------------------------------------------------------- */

static void print_untraced(const struct trace_debts_sum *sum, struct json_writer *w)
{
	json_write_key(w, "untraced");
	json_begin_object(w);
	json_put_u64(w, "count", sum->count);
	json_put_i64(w, "from", sum->from);
	json_put_i64(w, "to", sum->to);
	json_put_i64(w, "since", sum->since);
	json_end_object(w);
}

static void print_chain(const struct scannerd *s, enum coin coin, struct json_writer *w)
{
	struct scanner_status status = { .height = -1, .node_tip = -1, .state = "dummy" };

	if (s->scanners[coin] != NULL)
		scanner_status(s->scanners[coin], &status);
	json_begin_object(w);
	json_put_string(w, "coin", coin_name(coin));
	json_put_i64(w, "height", status.height);
	json_put_i64(w, "node_tip", status.node_tip);
	json_put_string(w, "state", status.state);
	if (coin == COIN_BTC)
		json_put_string(w, "network", btc_network_name(s->daemon->conf->btc_network));
	if (coin == COIN_ETH)
		json_put_i64(w, "chain_id", s->daemon->conf->eth_chain_id);
	if (coin == COIN_ETH && s->eth_debts != NULL)
		print_untraced(trace_debts_sum(s->eth_debts), w);
	json_end_object(w);
}

/* {"chains": [{"coin", "height", "node_tip", "state", "network" or "chain_id", ETH: "untraced"}]};
 * heights -1: not known; untraced: {"count", "from", "to", "since"} of the blocks that wait. */
static void print_detail(const struct scannerd *s, struct buf *out)
{
	struct json_writer w;

	json_writer_init(&w, out, JSON_COMPACT);
	json_begin_object(&w);
	json_write_key(&w, "chains");
	json_begin_array(&w);
	for (unsigned coin = 0; coin < COIN_COUNT; coin++)
		if (s->dummy != NULL || s->scanners[coin] != NULL)
			print_chain(s, (enum coin)coin, &w);
	json_end_array(&w);
	json_end_object(&w);
}

static void on_health(struct scannerd *s, struct ipc_ask *ask)
{
	struct message reply = { .type = MSG_TYPE_health_reply };
	struct buf detail = BUF_INIT(DETAIL_MAX);

	daemon_health_reply(s->daemon, "scannerd", &reply);
	print_detail(s, &detail);
	reply.u.health_reply.detail = detail.data; /* the message's from here on */
	ipc_answer(ask, &reply);
	message_release(&reply);
}

/* --- questions ---------------------------------------------------------------------------- */

static void on_dummy_deposit(struct scannerd *s, struct ipc_ask *ask,
			     const struct msg_dummy_deposit *m)
{
	if (s->dummy == NULL)
		ipc_refuse(ask, "disabled", "dummy.scanner is off");
	else
		chain_dummy_deposit(s->dummy, ask, m);
}

static void scannerd_ask(struct daemon *d, struct ipc_ask *ask, const struct message *m)
{
	struct scannerd *s = d->state;

	if (m->type == MSG_TYPE_follow)
		feed_source_ask(s->sightings, ask, &m->u.follow);
	else if (m->type == MSG_TYPE_health)
		on_health(s, ask);
	else if (m->type == MSG_TYPE_dummy_deposit)
		on_dummy_deposit(s, ask, &m->u.dummy_deposit);
	else if (m->type == MSG_TYPE_rescan)
		rescan_door_ask(&s->rescans, ask, &m->u.rescan);
	else if (m->type == MSG_TYPE_rescan_cancel)
		rescan_door_cancel(&s->rescans, ask, &m->u.rescan_cancel);
	else if (m->type == MSG_TYPE_trace_drop)
		trace_door_drop(m->u.trace_drop.coin == COIN_ETH ? s->eth_debts : NULL, ask,
				&m->u.trace_drop);
	else if (m->type == MSG_TYPE_scan_accept)
		scan_door_accept(s->scanners[m->u.scan_accept.coin], ask, &m->u.scan_accept);
	else
		ipc_refuse(ask, "invalid", "scannerd does not answer '%s'", message_name(m->type));
}

/* --- start and stop ----------------------------------------------------------------------- */

static int start_dummy(struct scannerd *s, struct err *err)
{
	struct chain_dummy_options o = { .network = s->daemon->conf->btc_network,
					 .store = s->daemon->store,
					 .commits = s->daemon->commits,
					 .on_news = on_news,
					 .arg = s };

	s->dummy = chain_dummy_new(&o);
	return s->dummy != NULL ? 0 : err_set(err, ERR_BUSY, "no memory for the dummy chain");
}

static int64_t confirmations_of(const struct conf_coin *c)
{
	if (c->confirmations_required == CONF_FINALIZED)
		return 0;
	return c->confirmations_required > 1 ? c->confirmations_required : 1;
}

/* A scan frees a block's megabytes only to ask for the next one's: they stay here meanwhile, and
 * the scanner gives them back when it has nothing to do. */
static void keep_freed_memory(void)
{
	(void)mallopt(M_MMAP_THRESHOLD, 32 << 20); /* the most there is: all blocks from the heap */
	(void)mallopt(M_TRIM_THRESHOLD, 256 << 20);
}

static int64_t initial_height(const struct conf_coin *c)
{
	return c->initial_scan_height > 0 ? c->initial_scan_height : 0;
}

/* Test networks have no pace that could be relied on. */
static uint64_t quiet_ms(enum coin coin, const struct conf *conf)
{
	switch (coin) {
	case COIN_BTC: return conf->btc_network == BTC_MAIN ? BTC_QUIET_MS : 0;
	case COIN_ETH: return ETH_QUIET_MS;
	case COIN_SKY: return 0; /* a block when somebody pays */
	}
	return 0;
}

static int start_scanner(struct scannerd *s, enum coin coin, struct err *err)
{
	const struct conf_coin *c = &s->daemon->conf->coin[coin];
	struct scanner_options o = {
		.coin = coin,
		.initial_height = initial_height(c),
		.confirmations = confirmations_of(c),
		.quiet_ms = quiet_ms(coin, s->daemon->conf),
		.period_ms = c->scan_period_ms,
		.chain = s->chains[coin],
		.pin = coin == COIN_SKY ? NULL : &s->pins[coin],
		.loop = s->daemon->loop,
		.store = s->daemon->store,
		.commits = s->daemon->commits,
		.health = s->daemon->health,
		.on_news = on_news,
		.arg = s,
	};

	s->scanners[coin] = scanner_new(&o);
	return s->scanners[coin] != NULL ? 0 : err_set(err, ERR_BUSY, "no memory for a scanner");
}

/* --- blocks that are scanned again ---------------------------------------------------------- */

static int open_rescan_chain(void *arg, enum coin coin, struct chain **ret, struct err *err)
{
	struct scannerd *s = arg;
	const struct chain_use use = { .health = s->rescan_health };

	if (coin == COIN_ETH)
		health_clear(s->rescan_health, ETH_TRACE_PROBLEM); /* of an earlier order */
	return chain_open(&s->opener, coin, &use, ret, err);
}

static int explain_start(struct scannerd *s, enum coin coin, bool aloud, struct err *err)
{
	return scan_start_explain(s->daemon->store, s->daemon->health, coin,
				  initial_height(&s->daemon->conf->coin[coin]), aloud, err);
}

static void on_rescan_done(void *arg, enum coin coin)
{
	struct err err;

	if (explain_start(arg, coin, false, &err) < 0)
		log_warn("start_not_explained", "coin=%s why=\"%s\"", coin_name(coin), err.text);
}

static const char *rescan_remark(void *arg, enum coin coin)
{
	const struct scannerd *s = arg;

	return coin == COIN_ETH ? health_text(s->rescan_health, ETH_TRACE_PROBLEM) : "";
}

static int start_rescans(struct scannerd *s, enum coin coin, struct err *err)
{
	struct rescan_options o = {
		.coin = coin,
		.confirmations = confirmations_of(&s->daemon->conf->coin[coin]),
		.scanner = s->scanners[coin],
		.open_chain = open_rescan_chain,
		.loop = s->daemon->loop,
		.store = s->daemon->store,
		.commits = s->daemon->commits,
		.health = s->daemon->health,
		.on_news = on_news,
		.on_done = on_rescan_done,
		.remark = rescan_remark,
		.arg = s,
	};

	s->rescans.rescans[coin] = rescan_new(&o);
	if (s->rescans.rescans[coin] == NULL)
		return err_set(err, ERR_BUSY, "no memory for a rescan");
	return explain_start(s, coin, true, err);
}

static int start_chain(struct scannerd *s, enum coin coin, struct err *err)
{
	const struct chain_use use = { .health = s->daemon->health, .wants_news = true };
	int rc = chain_pin_init(&s->pins[coin], coin, s->daemon->store, s->daemon->commits, err);

	if (rc == 0)
		rc = chain_open(&s->opener, coin, &use, &s->chains[coin], err);
	if (rc == 0)
		rc = start_scanner(s, coin, err);
	return rc < 0 ? rc : start_rescans(s, coin, err);
}

/* --- the chains ----------------------------------------------------------------------------- */

/* A block whose balances a node still knows, and that no ordinary reorganisation undoes.  None
 * while the scan is behind: what was not scanned would look like a surplus. */
static int64_t eth_settled_height(void *arg)
{
	const struct scannerd *s = arg;
	int64_t required = s->daemon->conf->coin[COIN_ETH].confirmations_required;
	int64_t depth = required == CONF_FINALIZED || required > SETTLED_MAX ? SETTLED_MAX
			: required > SETTLED_MIN			     ? required
									     : SETTLED_MIN;
	struct scanner_status status;

	scanner_status(s->scanners[COIN_ETH], &status);
	if (status.node_tip < status.height || status.node_tip > status.height + depth)
		return -1;
	return status.height >= depth ? status.height - depth : -1;
}

static int start_eth_balances(struct scannerd *s, struct err *err)
{
	struct balance_check_options o = {
		.coin = COIN_ETH,
		.round_ms = s->daemon->conf->eth_balance_check_ms,
		.chain = s->chains[COIN_ETH],
		.loop = s->daemon->loop,
		.store = s->daemon->store,
		.commits = s->daemon->commits,
		.health = s->daemon->health,
		.settled_height = eth_settled_height,
		.on_news = on_news,
		.arg = s,
	};

	if (o.round_ms == 0)
		return 0;
	s->eth_balances = balance_check_new(&o);
	return s->eth_balances != NULL ? 0
				       : err_set(err, ERR_BUSY, "no memory to compare balances");
}

static int open_trace_chain(void *arg, enum coin coin, struct chain **ret, struct err *err)
{
	struct scannerd *s = arg;
	const struct chain_use use = { .health = s->trace_health };

	return chain_open(&s->opener, coin, &use, ret, err);
}

static int start_eth_debts(struct scannerd *s, struct err *err)
{
	struct trace_debts_options o = {
		.coin = COIN_ETH,
		.wanted = s->daemon->conf->eth_trace,
		.confirmations = confirmations_of(&s->daemon->conf->coin[COIN_ETH]),
		.scanner = s->scanners[COIN_ETH],
		.open_chain = open_trace_chain,
		.loop = s->daemon->loop,
		.store = s->daemon->store,
		.commits = s->daemon->commits,
		.health = s->daemon->health,
		.on_news = on_news,
		.arg = s,
	};

	s->trace_health = health_new();
	if (s->trace_health != NULL)
		s->eth_debts = trace_debts_new(&o);
	return s->eth_debts != NULL ? 0 : err_set(err, ERR_BUSY, "no memory to trace blocks later");
}

static int start_eth(struct scannerd *s, struct err *err)
{
	int rc = start_chain(s, COIN_ETH, err);

	if (rc == 0)
		rc = start_eth_debts(s, err);
	return rc < 0 ? rc : start_eth_balances(s, err);
}

/* Addresses that customers were given go on being paid. */
static int start_switched_off(struct scannerd *s, enum coin coin, struct err *err)
{
	uint64_t size, unbound = 0;
	char what[16];
	int rc = store_pool_size(s->daemon->store, coin, &size, err);

	if (rc == 0)
		rc = store_pool_remaining(s->daemon->store, coin, &unbound, err);
	if (rc < 0 || size == unbound)
		return rc;
	(void)snprintf(what, sizeof(what), "%s_off", coin_info(coin)->key);
	health_raise(s->daemon->health, what,
		     "%s is switched off, but %" PRIu64 " of its addresses are bound: what is paid "
		     "to them is not seen until %s_scanner.enabled is true again",
		     coin_name(coin), size - unbound, coin_info(coin)->key);
	log_watch("bound_coin_switched_off", "coin=%s bound=%" PRIu64, coin_name(coin),
		  size - unbound);
	return 0;
}

static int start_coin(struct scannerd *s, enum coin coin, struct err *err)
{
	if (!s->daemon->conf->coin[coin].enabled)
		return start_switched_off(s, coin, err);
	keep_freed_memory();
	switch (coin) {
	case COIN_BTC: return start_chain(s, coin, err);
	case COIN_ETH: return start_eth(s, err);
	case COIN_SKY: return start_chain(s, coin, err);
	}
	return 0;
}

static int start_rooms(struct scannerd *s, struct err *err)
{
	int rc = 0;

	s->sightings = feed_source_new(s->daemon, FEED_SIGHTINGS);
	if (s->sightings == NULL)
		return err_set(err, ERR_BUSY, "no memory for the feed");
	s->opener = (struct chain_opener){ .conf = s->daemon->conf,
					   .loop = s->daemon->loop,
					   .sky_pin = &s->pins[COIN_SKY] };
	s->rescans.commits = s->daemon->commits;
	s->rescans.dummy = s->daemon->conf->dummy_scanner;
	s->rescan_health = health_new();
	if (s->rescan_health == NULL)
		return err_set(err, ERR_BUSY, "no memory for a rescan");
	if (s->daemon->conf->dummy_scanner)
		return start_dummy(s, err);
	for (unsigned coin = 0; rc == 0 && coin < COIN_COUNT; coin++)
		rc = start_coin(s, (enum coin)coin, err);
	return rc;
}

static void scannerd_stop(struct daemon *d)
{
	struct scannerd *s = d->state;

	balance_check_free(s->eth_balances);
	trace_debts_free(s->eth_debts);
	for (unsigned coin = 0; coin < COIN_COUNT; coin++) {
		rescan_free(s->rescans.rescans[coin]);
		scanner_free(s->scanners[coin]);
		if (s->chains[coin] != NULL)
			s->chains[coin]->ops->free(s->chains[coin]);
	}
	for (unsigned coin = 0; coin < COIN_COUNT; coin++)
		chain_pin_release(&s->pins[coin]);
	health_free(s->rescan_health);
	health_free(s->trace_health);
	chain_dummy_free(s->dummy);
	feed_source_free(s->sightings);
	free(s);
	d->state = NULL;
}

static int scannerd_start(struct daemon *d, struct err *err)
{
	struct scannerd *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return err_set(err, ERR_BUSY, "no memory");
	s->daemon = d;
	d->state = s;
	return start_rooms(s, err); /* on failure stop() frees what there is */
}

static const struct daemon_def scannerd_daemon = {
	.name = "scannerd",
	.role = IPC_SCANNERD,
	.store_role = STORE_SCANNERD,
	.summary = "Reads the chains' blocks and records what pays a deposit address",
	.start = scannerd_start,
	.stop = scannerd_stop,
	.on_ask = scannerd_ask,
};

int main(int argc, char **argv)
{
	return daemon_main(argc, argv, &scannerd_daemon);
}

/* A wallet file, looked at as senderd does, and what its addresses hold.
 *
 * Without a password an encrypted wallet is checked as far as that goes.  A node that does not
 * answer costs the balances, not the rest: the addresses are printed in any case, and the exit
 * status says that something is missing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/loop/loop.h"
#include "common/node/sky_nodes.h"
#include "common/store/binding_store.h"
#include "common/wallet/password.h"
#include "common/wallet/prompt.h"
#include "common/wallet/wallet_unlock.h"
#include "tellerctl/command.h"
#include "tellerctl/wallet_report.h"

#define PATIENCE_MS 20000U

/* --- the keys --------------------------------------------------------------------------------- */
/* Empty when nobody has one at hand: that is no mistake here. */
static int find_password(const struct password_ways *ways, struct secret_text *ret, struct err *err)
{
	switch (password_way(ways)) {
	case PASSWORD_FILE:
	case PASSWORD_SYSTEMD: return password_get(ways, ret, err);
	case PASSWORD_TERMINAL:
		return prompt_password(
			"Password of the wallet (none: check without its keys): ", ret, err);
	case PASSWORD_NOWHERE: break;
	}
	return 0;
}

static int unlock(const struct wallet_file *f, const struct secret_text *password,
		  struct wallet_report *r, struct err *err)
{
	struct wallet *w;
	int rc;

	if (f->meta.encrypted && password->len == 0) {
		r->keys_note = "not checked: no password was given";
		return 0;
	}
	rc = wallet_unlock(f, password, &w, err);
	if (rc < 0)
		return err_wrap(err, "wallet '%s'", r->path);
	r->keys_checked = true;
	wallet_free(w);
	return 0;
}

static int check_keys(const struct conf *conf, const struct wallet_file *f, struct wallet_report *r,
		      struct err *err)
{
	const struct password_ways ways = {
		.file = conf != NULL ? conf->wallet_password_file : "",
		.credentials = getenv("CREDENTIALS_DIRECTORY"),
		.wallet = r->path,
	};
	struct secret_text password = { .data = NULL };
	int rc = f->meta.encrypted ? find_password(&ways, &password, err) : 0;

	if (rc == 0)
		rc = unlock(f, &password, r, err);
	secret_text_free(&password);
	return rc;
}

/* --- the balances ----------------------------------------------------------------------------- */
struct asking {
	struct wallet_report *report;
	struct loop *loop;
	struct loop_timer *patience;
	struct sky_node *node;
	struct sky_address *addresses; /* the node keeps no copy */
};

static void no_balances(struct wallet_report *r, const char *why)
{
	(void)snprintf(r->node, sizeof(r->node), "%s", why);
}

static void on_outputs(void *arg, const struct sky_outputs *o, const struct err *err)
{
	struct asking *a = arg;
	bool sound = true;

	if (err == NULL) {
		a->report->incoming = o->incoming;
		for (size_t i = 0; sound && i < o->count; i++)
			sound = wallet_report_add(a->report, &o->spendable[i]);
	}
	if (err != NULL)
		no_balances(a->report, err->text);
	else if (!sound)
		no_balances(a->report, "the Skycoin node's sums are larger than can be");
	loop_stop(a->loop);
}

/* Of several nodes health() has chosen the one that knows best. */
static void on_health(void *arg, const struct sky_health *h, const struct err *err)
{
	struct asking *a = arg;

	(void)h;
	if (err != NULL) {
		no_balances(a->report, err->text);
		loop_stop(a->loop);
		return;
	}
	a->node->ops->outputs(a->node, a->addresses, a->report->count, on_outputs, a);
}

static void on_patience(void *arg)
{
	struct asking *a = arg;

	no_balances(a->report, "the Skycoin node does not answer");
	loop_stop(a->loop);
}

static int open_nodes(struct asking *a, const struct conf *conf, struct err *err)
{
	const struct sky_client_options each = { .api = conf->sky_rpc_api,
						 .user = conf->sky_rpc_user,
						 .pass = conf->sky_rpc_pass,
						 .cert = conf->sky_rpc_cert };
	const char *nodes[CONF_LIST_MAX];

	for (unsigned i = 0; i < conf->sky_rpc_address.count; i++)
		nodes[i] = conf->sky_rpc_address.item[i];
	return sky_nodes_open(a->loop, nodes, conf->sky_rpc_address.count, &each, &a->node, err);
}

static int start_asking(struct asking *a, const struct conf *conf, struct err *err)
{
	int rc = loop_new(&a->loop, err);

	if (rc < 0)
		return rc;
	a->patience = loop_timer_new(a->loop, on_patience, a);
	loop_timer_start(a->patience, PATIENCE_MS);
	a->addresses = calloc(a->report->count, sizeof(*a->addresses));
	if (a->addresses == NULL)
		return err_set(err, ERR_FATAL, "out of memory");
	for (size_t i = 0; i < a->report->count; i++)
		a->addresses[i] = a->report->addresses[i].address;
	return open_nodes(a, conf, err);
}

static void close_node(struct asking *a)
{
	if (a->node != NULL)
		a->node->ops->free(a->node);
	loop_timer_free(a->patience);
	loop_free(a->loop);
	free(a->addresses);
}

static void ask_balances(const struct conf *conf, struct wallet_report *r)
{
	struct asking a = { .report = r };
	struct err err;

	if (conf == NULL)
		return no_balances(r, "the configuration has mistakes");
	if (conf->dummy_sender)
		return no_balances(r, "dummy.sender is on: the node is only pretended");
	if (start_asking(&a, conf, &err) == 0) {
		a.node->ops->health(a.node, on_health, &a);
		loop_run(a.loop);
	} else {
		no_balances(r, err.text);
	}
	close_node(&a);
}

/* --- the deposit addresses ----------------------------------------------------------------------
 */
/* What senderd refuses at its start.  Without a database there is nothing to look at. */
static int check_pool(const struct conf *conf, const struct wallet_report *r, struct err *err)
{
	char address[ADDRESS_TEXT_MAX];
	struct store *s;
	bool in_pool = false;
	int rc = 0;

	if (store_open(conf->dbfile, STORE_READER, &s, NULL) < 0)
		return 0;
	for (size_t i = 0; rc == 0 && !in_pool && i < r->count; i++) {
		sky_address_to_text(&r->addresses[i].address, address);
		rc = store_pool_has(s, COIN_SKY, address, &in_pool, err);
	}
	store_close(s);
	if (rc < 0 || !in_pool)
		return rc;
	return err_set(
		err, ERR_INVALID,
		"wallet '%s': its address %s is a deposit address for SKY; use another wallet",
		r->path, address);
}

/* --- all of it -------------------------------------------------------------------------------- */
static void print(struct ctl *ctl, const struct wallet_report *r)
{
	if (ctl->json)
		wallet_report_print_json(r, &ctl->out);
	else
		wallet_report_print_text(r, &ctl->out);
	ctl->status = wallet_report_is_well(r) ? 0 : 1;
}

static int check(struct ctl *ctl, const struct conf *conf, const char *path,
		 const struct wallet_file *f, struct wallet_report *r, struct err *err)
{
	int rc = wallet_report_init(r, path, f, err);

	if (rc == 0)
		rc = check_keys(conf, f, r, err);
	if (rc == 0 && conf != NULL)
		rc = check_pool(conf, r, err);
	if (rc < 0)
		return rc;
	r->shared_allowed = conf != NULL && conf->wallet_allow_shared;
	ask_balances(conf, r);
	print(ctl, r);
	return 0;
}

int ctl_wallet_check(struct ctl *ctl, int argc, char **argv, struct err *err)
{
	struct wallet_report r = { .keys_note = "" };
	struct wallet_file *f = NULL;
	struct conf *conf = NULL;
	int rc = wallet_file_read(argv[0], SECRET_SHARED, &f, r.shared, err);

	(void)argc;
	if (rc < 0)
		return rc == ERR_NOT_FOUND ? ERR_INVALID : rc;
	(void)ctl_load_conf(ctl, CONF_FOR_SCANNERD, &conf,
			    NULL); /* its mistakes are in the notes */
	rc = check(ctl, conf, argv[0], f, &r, err);
	wallet_report_release(&r);
	wallet_file_free(f);
	conf_free(conf);
	return rc;
}

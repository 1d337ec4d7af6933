/* What operators tell senderd, and caps: under scripted time, with a scripted node and a real
 * database.  A hold stops what is new and nothing else; no clock opens a window; whoever waits for
 * a cap is told once. */
#include <stdlib.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/text.h"
#include "common/coin/address_sky.h"
#include "common/store/control_store.h"
#include "senderd/controls.h"
#include "senderd/intake.h"
#include "senderd/payer.h"
#include "test/support/fake_sky_node.h"
#include "test/support/test_store.h"

#define SKY	1000000ULL
#define WAIT_MS 10000
#define HOUR_MS 3600000
#define DAY_MS	(24ULL * HOUR_MS)
#define UID	1234

struct world {
	struct test_store db;
	struct loop *loop;
	struct health *health;
	struct wallet *wallet;
	struct fake_node node;
	struct payer *payer;
	struct payer_setup setup;
	struct controls controls;
	struct binding binding;
	char log[700];
	unsigned deposits; /* made so far */
	unsigned feed_moved;
};

/* --- the world ----------------------------------------------------------------------------- */
static void on_feed(void *arg)
{
	((struct world *)arg)->feed_moved++;
}

static struct sky_address customer(unsigned n)
{
	struct sha256 h = sha256(&n, sizeof(n));
	struct sky_address a = { .version = 0 };

	memcpy(a.key_hash.b, h.b, sizeof(a.key_hash.b));
	return a;
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct err err;

	assert_non_null(w);
	test_store_open(&w->db);
	(void)snprintf(w->log, sizeof(w->log), "%s/log", w->db.dir);
	MUST(log_open(w->log, "senderd", false, &err));
	w->loop = loop_new_scripted(TEST_STORE_NOW);
	MUST(wallet_new_dummy(&w->wallet, &err));
	w->health = health_new();
	fake_init(&w->node, w->loop);
	w->setup = (struct payer_setup){ .loop = w->loop,
					 .store = w->db.senderd,
					 .health = w->health,
					 .node = &w->node.node,
					 .wallet = w->wallet,
					 .send_enabled = true,
					 .check_wait_ms = WAIT_MS,
					 .on_feed = on_feed,
					 .arg = w };
	test_store_pool(&w->db, COIN_BTC, "pool-address-", 1);
	w->binding = test_store_bind(&w->db, COIN_BTC, "sky-address");
	*state = w;
	return 0;
}

static void stop_senderd(struct world *w)
{
	fake_drop(&w->node);
	payer_free(w->payer);
	w->payer = NULL;
}

static int teardown(void **state)
{
	struct world *w = *state;

	stop_senderd(w);
	fake_release(&w->node);
	wallet_free(w->wallet);
	health_free(w->health);
	loop_free(w->loop);
	log_close();
	test_store_close(&w->db);
	free(w);
	return 0;
}

static void run(struct world *w, uint64_t ms)
{
	loop_scripted_advance(w->loop, ms);
}

static void start_senderd(struct world *w)
{
	struct err err;

	w->payer = payer_new(&w->setup);
	assert_non_null(w->payer);
	w->controls = (struct controls){ .store = w->db.senderd,
					 .health = w->health,
					 .payer = w->payer,
					 .send_enabled = w->setup.send_enabled,
					 .on_feed = on_feed,
					 .arg = w };
	MUST(controls_start(&w->controls, &err));
	run(w, 100);
}

/* As after a crash: nothing but the database is left. */
static void restart_senderd(struct world *w)
{
	stop_senderd(w);
	health_free(w->health);
	w->health = w->setup.health = health_new();
	start_senderd(w);
}

static void fund(struct world *w, unsigned outputs, uint64_t sky)
{
	for (unsigned i = 0; i < outputs; i++)
		fake_fund(&w->node, wallet_change(w->wallet), sky * SKY, 1000);
}

static void take_feed(struct world *w)
{
	uint64_t position, last;
	unsigned count;
	struct err err;

	MUST(store_begin(w->db.senderd, &err));
	MUST(store_feed_position(w->db.senderd, FEED_DEPOSITS, &position, &err));
	MUST(intake_deposits(w->db.senderd, position, 200, &last, &count, &err));
	MUST(store_feed_advance(w->db.senderd, FEED_DEPOSITS, last, &err));
	MUST(store_commit(w->db.senderd, &err));
	if (w->payer != NULL)
		payer_wake(w->payer);
	run(w, 1000);
}

/* A deposit of customer number `n`, recorded by senderd, which has a second to pay it. */
static uint64_t owe(struct world *w, unsigned n, uint64_t sky)
{
	struct sky_address to = customer(n);
	struct deposit d;
	char txid[24];
	struct err err;

	(void)snprintf(txid, sizeof(txid), "deposit-%u", ++w->deposits);
	d = test_deposit(&w->binding, txid, sky * SKY / 5, sky * SKY);
	sky_address_to_text(&to, d.sky_address);
	MUST(store_begin(w->db.exchangerd, &err));
	MUST(store_deposit_add(w->db.exchangerd, &d, &err));
	d.state = DEPOSIT_WAITING_SEND;
	MUST(store_deposit_move(w->db.exchangerd, &d, DEPOSIT_WAITING_DECIDE, "test", &err));
	MUST(store_commit(w->db.exchangerd, &err));
	take_feed(w);
	return d.id;
}

static enum payout_state state_of(struct world *w, uint64_t id)
{
	struct payout p;
	struct err err;

	MUST(store_payout_get(w->db.reader, id, &p, &err));
	return p.state;
}

#define assert_state(w, id, want) assert_int_equal(state_of(w, id), want)

static unsigned lines_with(struct world *w, const char *event)
{
	char *text = test_read_file(w->log, NULL);
	unsigned n = 0;

	for (const char *at = text; (at = strstr(at, event)) != NULL; at += strlen(event))
		n++;
	free(text);
	return n;
}

#define NO_PROBLEM ""

static void assert_problem(struct world *w, const char *what, const char *part)
{
	const char *text = health_text(w->health, what);

	if (part[0] == '\0' ? text[0] != '\0' : strstr(text, part) == NULL)
		fail_msg("%s says \"%s\" instead of \"%s\"", what, text, part);
}

/* --- messages ------------------------------------------------------------------------------ */
static int tell(struct world *w, struct message *m, char ret[512], struct err *err)
{
	struct msg_control_reply reply;
	int rc = controls_do(&w->controls, m, UID, &reply, err);

	(void)snprintf(ret, 512, "%s", rc == 0 ? reply.text : err->text);
	run(w, 100);
	return rc;
}

static int hold(struct world *w, const char *who, const char *why, char ret[512])
{
	struct message m = { .type = MSG_TYPE_send_hold };
	struct err err;

	(void)snprintf(m.u.send_hold.who, sizeof(m.u.send_hold.who), "%s", who);
	(void)snprintf(m.u.send_hold.why, sizeof(m.u.send_hold.why), "%s", why);
	return tell(w, &m, ret, &err);
}

static int resume(struct world *w, const char *who, char ret[512])
{
	struct message m = { .type = MSG_TYPE_send_resume };
	struct err err;

	(void)snprintf(m.u.send_resume.who, sizeof(m.u.send_resume.who), "%s", who);
	return tell(w, &m, ret, &err);
}

static int approve(struct world *w, uint64_t id, char ret[512])
{
	struct message m = { .type = MSG_TYPE_payout_approve, .u.payout_approve.deposit_id = id };
	struct err err;

	(void)snprintf(m.u.payout_approve.who, sizeof(m.u.payout_approve.who), "alice");
	return tell(w, &m, ret, &err);
}

static int count_act(void *arg, const struct stored_act *a, struct err *err)
{
	(void)err;
	assert_int_equal(a->act.uid, UID);
	++*(unsigned *)arg;
	return 0;
}

static unsigned acts(struct world *w)
{
	unsigned n = 0;
	struct err err;

	MUST(store_act_each(w->db.reader, 0, count_act, &n, &err));
	return n;
}

/* --- the hold ------------------------------------------------------------------------------ */
static void test_hold_builds_nothing_and_follows_what_is_open(void **state)
{
	struct world *w = *state;
	uint64_t open, waits;
	char text[512];

	fund(w, 2, 100);
	start_senderd(w);
	open = owe(w, 1, 5);
	assert_state(w, open, PAYOUT_SENT);
	assert_int_equal(hold(w, "alice", "rates look wrong", text), 0);
	assert_string_equal(text, "sending is held by alice since 2017-07-14T02:40:01Z: rates look "
				  "wrong");
	assert_problem(w, "send_held", text);
	waits = owe(w, 2, 5);
	run(w, HOUR_MS);
	assert_state(w, waits, PAYOUT_WAITING);
	assert_int_equal(w->node.tx_count, 1);
	/* the pool was lost: the same bytes go out again, hold or not */
	fake_forget(&w->node);
	run(w, WAIT_MS + 1000);
	assert_int_equal(w->node.injects, 2);
	fake_block(&w->node);
	run(w, WAIT_MS + 1000);
	assert_state(w, open, PAYOUT_CONFIRMED);
	assert_state(w, waits, PAYOUT_WAITING);
	assert_string_equal(payer_error(w->payer), "");
}

static void test_hold_outlives_a_restart_and_resume_pays_at_once(void **state)
{
	struct world *w = *state;
	uint64_t id;
	char text[512];

	fund(w, 1, 100);
	start_senderd(w);
	assert_int_equal(hold(w, "alice", "", text), 0);
	restart_senderd(w);
	assert_problem(w, "send_held", "sending is held by alice since");
	id = owe(w, 1, 5);
	run(w, DAY_MS);
	assert_state(w, id, PAYOUT_WAITING);
	assert_int_equal(resume(w, "bob", text), 0);
	assert_string_equal(text, "sending goes on");
	assert_state(w, id, PAYOUT_SENT);
	assert_problem(w, "send_held", NO_PROBLEM);
	restart_senderd(w);
	assert_problem(w, "send_held", NO_PROBLEM);
	assert_int_equal(acts(w), 2);
}

/* Killed between the saving of a transaction and its sending, held meanwhile by a database that
 * says so: what is saved is sent. */
static void test_what_is_saved_is_sent_under_a_hold(void **state)
{
	struct world *w = *state;
	uint64_t id;
	char text[512];

	fund(w, 1, 100);
	start_senderd(w);
	w->node.hang = true; /* the outputs that would be built from never come */
	id = owe(w, 1, 5);
	assert_int_equal(hold(w, "alice", "", text), 0);
	restart_senderd(w);
	run(w, HOUR_MS);
	assert_state(w, id, PAYOUT_WAITING);
	assert_int_equal(resume(w, "alice", text), 0);
	w->node.lose_inject = true;
	run(w, WAIT_MS);
	stop_senderd(w);
	w->node.lose_inject = false;
	fake_forget(&w->node);
	start_senderd(w);
	assert_int_equal(hold(w, "alice", "", text), 0);
	run(w, HOUR_MS);
	fake_block(&w->node);
	run(w, HOUR_MS);
	assert_state(w, id, PAYOUT_CONFIRMED);
	assert_int_equal(w->node.tx_count, 1);
}

static void test_twice_is_once(void **state)
{
	struct world *w = *state;
	char first[512], again[512];

	start_senderd(w);
	assert_int_equal(resume(w, "bob", first), 0);
	assert_string_equal(first, "sending goes on");
	assert_int_equal(acts(w), 0);
	assert_int_equal(hold(w, "alice", "why", first), 0);
	run(w, HOUR_MS);
	assert_int_equal(hold(w, "alice", "why", again), 0);
	assert_string_equal(again, first);
	assert_int_equal(hold(w, "bob", "another", again), 0);
	assert_string_equal(again, first); /* bob learns who holds it */
	assert_int_equal(acts(w), 1);
	assert_int_equal(lines_with(w, " send_held who=alice uid=1234 why=\"why\""), 1);
}

static void test_names_and_reasons_that_cannot_be_kept(void **state)
{
	struct world *w = *state;
	char text[512], longest[300];

	start_senderd(w);
	memset(longest, 'x', sizeof(longest));
	longest[256] = '\0';
	assert_int_equal(hold(w, "", "why", text), ERR_INVALID);
	assert_int_equal(hold(w, "al\nice", "why", text), ERR_INVALID);
	assert_int_equal(hold(w, "alice", "line\nline", text), ERR_INVALID);
	assert_string_equal(text, "the reason must be one line of text");
	assert_int_equal(hold(w, "alice", longest, text), ERR_INVALID);
	assert_string_equal(text, "the reason is longer than 255 bytes");
	longest[255] = '\0';
	assert_problem(w, "send_held", NO_PROBLEM);
	assert_int_equal(hold(w, "alice", longest, text), 0);
	assert_int_equal(acts(w), 1);
}

static void test_switched_off_is_not_resumed(void **state)
{
	struct world *w = *state;
	uint64_t id;
	char text[512];

	fund(w, 1, 100);
	w->setup.send_enabled = false;
	start_senderd(w);
	id = owe(w, 1, 5);
	assert_int_equal(resume(w, "alice", text), 0);
	assert_non_null(strstr(text, "sky_exchanger.send_enabled"));
	run(w, HOUR_MS);
	assert_state(w, id, PAYOUT_WAITING);
}

/* --- releasing ----------------------------------------------------------------------------- */
static int release(struct world *w, const char *txid, char ret[512])
{
	struct message m = { .type = MSG_TYPE_tx_release };
	struct err err;

	(void)snprintf(m.u.tx_release.who, sizeof(m.u.tx_release.who), "alice");
	(void)snprintf(m.u.tx_release.why, sizeof(m.u.tx_release.why), "seen nowhere");
	(void)snprintf(m.u.tx_release.txid, sizeof(m.u.tx_release.txid), "%s", txid);
	return tell(w, &m, ret, &err);
}

static struct payout payout_of(struct world *w, uint64_t id)
{
	struct payout p;
	struct err err;

	MUST(store_payout_get(w->db.reader, id, &p, &err));
	return p;
}

static void test_only_what_is_held_is_released(void **state)
{
	struct world *w = *state;
	uint64_t id;
	char text[512], unknown[65] = "";

	fund(w, 1, 100);
	start_senderd(w);
	id = owe(w, 1, 5);
	memset(unknown, '0', 64);
	assert_int_equal(release(w, unknown, text), ERR_NOT_FOUND);
	assert_int_equal(release(w, "", text), ERR_NOT_FOUND);
	assert_int_equal(release(w, payout_of(w, id).txid, text), ERR_INVALID);
	fake_block(&w->node);
	run(w, WAIT_MS + 1000);
	assert_state(w, id, PAYOUT_CONFIRMED);
	assert_int_equal(release(w, payout_of(w, id).txid, text), ERR_INVALID);
	assert_int_equal(acts(w), 0);
}

static void test_released_once_however_often_it_is_said(void **state)
{
	struct world *w = *state;
	struct payout before;
	char first[512], again[512];
	unsigned moved;
	uint64_t id;

	fund(w, 2, 100);
	start_senderd(w);
	w->node.refuse = "Transaction violates soft constraint: for a test";
	id = owe(w, 1, 5);
	run(w, WAIT_MS + 1000);
	before = payout_of(w, id);
	assert_int_equal(before.state, PAYOUT_IN_TX);
	assert_int_equal(hold(w, "alice", "", first), 0); /* so that no other is built at once */
	moved = w->feed_moved;
	assert_int_equal(release(w, before.txid, first), 0);
	assert_non_null(strstr(first, " was released by alice and is dead"));
	assert_int_equal(w->feed_moved, moved + 1);
	assert_state(w, id, PAYOUT_WAITING);
	assert_string_equal(payout_of(w, id).replaces, before.txid);
	restart_senderd(w);
	assert_int_equal(release(w, before.txid, again), 0);
	assert_string_equal(again, first);
	assert_int_equal(acts(w), 2);
	assert_int_equal(lines_with(w, " payout_tx_released txid="), 1);
	w->node.refuse = NULL;
	assert_int_equal(resume(w, "alice", again), 0);
	run(w, WAIT_MS);
	assert_state(w, id, PAYOUT_SENT);
	assert_string_not_equal(payout_of(w, id).txid, before.txid);
}

/* --- caps ---------------------------------------------------------------------------------- */
static struct conf_coins cap_of(uint64_t sky)
{
	return (struct conf_coins){ .set = true, .coins = { sky * SKY } };
}

static void test_a_payout_above_its_cap_waits_for_approval(void **state)
{
	struct world *w = *state;
	uint64_t large, small, also;
	char text[512];

	fund(w, 5, 100);
	w->setup.caps.payout = cap_of(10);
	start_senderd(w);
	large = owe(w, 1, 11);
	small = owe(w, 2, 10);
	also = owe(w, 3, 50);
	run(w, DAY_MS);
	assert_state(w, large, PAYOUT_WAITING);
	assert_state(w, also, PAYOUT_WAITING);
	assert_state(w, small, PAYOUT_SENT);
	assert_string_equal(payer_error(w->payer),
			    "payout of deposit 1 exceeds cap of 10.000000 SKY a payout");
	assert_problem(w, "payout_cap", "`tellerctl payout approve 1` (2 wait for a cap)");
	assert_problem(w, "hot_wallet", NO_PROBLEM);
	/* each is told once, over all the rounds of a day */
	assert_int_equal(lines_with(w, " payout_capped deposit_id=1 "), 1);
	assert_int_equal(lines_with(w, " payout_capped "), 2);
	restart_senderd(w);
	run(w, DAY_MS);
	assert_int_equal(lines_with(w, " payout_capped "), 2);
	assert_problem(w, "payout_cap", "payout of deposit 1 exceeds cap");

	assert_int_equal(approve(w, large, text), 0);
	assert_non_null(strstr(text, "payout of deposit 1 (11.000000 SKY to "));
	run(w, 1000);
	assert_state(w, large, PAYOUT_SENT);
	assert_state(w, also, PAYOUT_WAITING);
	assert_problem(w, "payout_cap", "`tellerctl payout approve 3` (1 wait for a cap)");
	assert_int_equal(approve(w, also, text), 0);
	run(w, 1000);
	assert_problem(w, "payout_cap", NO_PROBLEM);
	assert_string_equal(payer_error(w->payer), "");
	assert_int_equal(acts(w), 2);
}

static void test_approvals_that_make_no_sense(void **state)
{
	struct world *w = *state;
	uint64_t large, small;
	char first[512], again[512];

	fund(w, 5, 100);
	w->setup.caps.payout = cap_of(10);
	start_senderd(w);
	large = owe(w, 1, 11);
	small = owe(w, 2, 10);
	assert_int_equal(approve(w, 77, first), ERR_NOT_FOUND);
	assert_string_equal(first, "deposit 77 has no payout");
	assert_int_equal(approve(w, small, first), ERR_INVALID);
	assert_string_equal(first, "the payout of deposit 2 does not wait, it is sent");
	assert_int_equal(acts(w), 0);
	assert_int_equal(approve(w, large, first), 0);
	fake_block(&w->node);
	run(w, WAIT_MS + 1000);
	fake_block(&w->node);
	run(w, WAIT_MS + 1000);
	assert_state(w, large, PAYOUT_CONFIRMED);
	assert_int_equal(approve(w, large, again), 0); /* the message came twice, and late */
	assert_string_equal(again, first);
	assert_int_equal(acts(w), 1);
}

/* Approved, then killed before it was paid. */
static void test_an_approval_outlives_a_restart(void **state)
{
	struct world *w = *state;
	uint64_t id;
	char text[512];

	w->setup.caps.payout = cap_of(10);
	start_senderd(w);
	id = owe(w, 1, 11);
	assert_int_equal(approve(w, id, text), 0);
	assert_state(w, id, PAYOUT_WAITING); /* there are no coins yet */
	fund(w, 1, 100);
	restart_senderd(w);
	assert_state(w, id, PAYOUT_SENT);
}

static void test_no_cap_any_more(void **state)
{
	struct world *w = *state;
	uint64_t id;

	fund(w, 1, 100);
	w->setup.caps.payout = cap_of(10);
	start_senderd(w);
	id = owe(w, 1, 11);
	assert_state(w, id, PAYOUT_WAITING);
	w->setup.caps.payout.set = false;
	restart_senderd(w);
	assert_state(w, id, PAYOUT_SENT);
	assert_problem(w, "payout_cap", NO_PROBLEM);
}

/* What waits for a cap is not what the wallet lacks; what lacks is told before. */
static void test_a_cap_is_no_lack_of_coins(void **state)
{
	struct world *w = *state;

	fund(w, 2, 100);
	w->setup.caps.payout = cap_of(1000);
	start_senderd(w);
	(void)owe(w, 1, 5000);
	assert_string_equal(payer_error(w->payer),
			    "payout of deposit 1 exceeds cap of 1000.000000 SKY a payout");
	assert_problem(w, "hot_wallet", NO_PROBLEM);
	(void)owe(w, 2, 300);
	assert_string_equal(payer_error(w->payer), PAYER_NOT_ENOUGH);
	assert_problem(w, "payout_cap", "deposit 1");
}

static void test_an_hour_has_room_again(void **state)
{
	struct world *w = *state;
	uint64_t first, second, third, small;

	fund(w, 8, 100);
	w->setup.caps.hour = cap_of(10);
	start_senderd(w);
	first = owe(w, 1, 4);
	run(w, HOUR_MS / 2);
	second = owe(w, 2, 4);
	third = owe(w, 3, 4);
	small = owe(w, 4, 2); /* passes the third: fills the hour exactly */
	assert_state(w, first, PAYOUT_SENT);
	assert_state(w, second, PAYOUT_SENT);
	assert_state(w, small, PAYOUT_SENT);
	assert_state(w, third, PAYOUT_WAITING);
	assert_string_equal(payer_error(w->payer),
			    "payout of deposit 3 exceeds cap of 10.000000 SKY an hour");
	assert_problem(w, "payout_cap", "or it waits for room");
	/* the first leaves the window an hour after it was made, not a round sooner */
	run(w, HOUR_MS / 2 - 30000);
	assert_state(w, third, PAYOUT_WAITING);
	run(w, 60000);
	assert_state(w, third, PAYOUT_SENT);
	assert_problem(w, "payout_cap", NO_PROBLEM);
	assert_int_equal(lines_with(w, " payout_capped "), 1);
}

static void test_many_in_one_transaction_count_together(void **state)
{
	struct world *w = *state;
	uint64_t ids[5];

	w->setup.caps.day = cap_of(10);
	for (unsigned i = 0; i < 5; i++)
		ids[i] = owe(w, i, 3);
	fund(w, 1, 100);
	start_senderd(w);
	run(w, 1000);
	assert_int_equal(w->node.tx_count, 1);
	for (unsigned i = 0; i < 5; i++)
		assert_state(w, ids[i], i < 3 ? PAYOUT_SENT : PAYOUT_WAITING);
	fake_block(&w->node);
	run(w, DAY_MS - 60000);
	assert_state(w, ids[3], PAYOUT_WAITING);
	run(w, 120000);
	assert_state(w, ids[3], PAYOUT_SENT);
	assert_state(w, ids[4], PAYOUT_SENT);
}

static void test_what_was_approved_fills_the_window(void **state)
{
	struct world *w = *state;
	uint64_t large, small;
	char text[512];

	fund(w, 4, 100);
	w->setup.caps.hour = cap_of(10);
	start_senderd(w);
	large = owe(w, 1, 30); /* more than an hour ever has */
	assert_state(w, large, PAYOUT_WAITING);
	assert_int_equal(approve(w, large, text), 0);
	run(w, 1000);
	assert_state(w, large, PAYOUT_SENT);
	small = owe(w, 2, 1);
	assert_state(w, small, PAYOUT_WAITING);
	run(w, HOUR_MS);
	assert_state(w, small, PAYOUT_SENT);
}

static void test_a_clock_that_jumps_back_opens_nothing(void **state)
{
	struct world *w = *state;
	uint64_t first, second, third, fourth;

	fund(w, 8, 100);
	w->setup.caps.hour = cap_of(10);
	start_senderd(w);
	first = owe(w, 1, 6);
	assert_state(w, first, PAYOUT_SENT);
	loop_scripted_set_clock(w->loop, -2 * 3600);
	second = owe(w, 2, 6);
	assert_state(w, second, PAYOUT_WAITING);
	third = owe(w, 3, 4); /* paid while the clock is wrong */
	assert_state(w, third, PAYOUT_SENT);
	restart_senderd(w);
	assert_state(w, second, PAYOUT_WAITING);
	/* set right again: the third was not made two hours ago */
	loop_scripted_set_clock(w->loop, 2 * 3600);
	fourth = owe(w, 4, 2);
	run(w, HOUR_MS / 2);
	assert_state(w, second, PAYOUT_WAITING);
	assert_state(w, fourth, PAYOUT_WAITING);
	run(w, HOUR_MS / 2 + 60000);
	assert_state(w, second, PAYOUT_SENT);
	assert_state(w, fourth, PAYOUT_SENT);
}

static void test_held_and_capped(void **state)
{
	struct world *w = *state;
	uint64_t id;
	char text[512];

	fund(w, 1, 100);
	w->setup.caps.payout = cap_of(1);
	start_senderd(w);
	assert_int_equal(hold(w, "alice", "", text), 0);
	id = owe(w, 1, 5);
	assert_int_equal(approve(w, id, text), 0);
	run(w, HOUR_MS);
	assert_state(w, id, PAYOUT_WAITING);
	assert_int_equal(resume(w, "alice", text), 0);
	assert_state(w, id, PAYOUT_SENT);
	assert_int_equal(lines_with(w, " payout_capped "), 0);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_hold_builds_nothing_and_follows_what_is_open),
		T(test_hold_outlives_a_restart_and_resume_pays_at_once),
		T(test_what_is_saved_is_sent_under_a_hold),
		T(test_twice_is_once),
		T(test_names_and_reasons_that_cannot_be_kept),
		T(test_switched_off_is_not_resumed),
		T(test_only_what_is_held_is_released),
		T(test_released_once_however_often_it_is_said),
		T(test_a_payout_above_its_cap_waits_for_approval),
		T(test_approvals_that_make_no_sense),
		T(test_an_approval_outlives_a_restart),
		T(test_no_cap_any_more),
		T(test_a_cap_is_no_lack_of_coins),
		T(test_an_hour_has_room_again),
		T(test_many_in_one_transaction_count_together),
		T(test_what_was_approved_fills_the_window),
		T(test_a_clock_that_jumps_back_opens_nothing),
		T(test_held_and_capped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

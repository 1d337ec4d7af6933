/* Commands over payouts and their transactions, on a database without daemons: what is listed and
 * shown, and how hard it is to release a transaction. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/node/sky_tx.h"
#include "common/store/control_store.h"
#include "common/store/payout_tx_store.h"
#include "tellerctl/command.h"
#include "tellerctl/shown.h"
#include "test/support/test_store.h"

#define OUT_MAX 65536
#define NOW	TEST_STORE_NOW
#define WHY	"the rules\x1b[2J changed"

struct world {
	struct test_store db;
	struct binding binding;
	char txid[65];
};

/* --- the world ----------------------------------------------------------------------------- */
static void write_conf(const char *dir)
{
	char path[700];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/teller.ini", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs("dbfile = teller.db\nbtc_addresses = pool.txt\n"
			  "[btc_rpc]\nuser = u\npass = p\n"
			  "[sky_exchanger]\nsky_btc_exchange_rate = 500\nwallet = hot.wlt\n",
			  f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	test_store_open(&w->db);
	write_conf(w->db.dir);
	test_store_pool(&w->db, COIN_BTC, "btc-address-", 1);
	w->binding = test_store_bind(&w->db, COIN_BTC, "sky-address");
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	test_store_close(&w->db);
	free(w);
	return 0;
}

static uint64_t payout(struct world *w, const char *txid)
{
	struct deposit d = test_store_deposit(&w->db, &w->binding, txid, DEPOSIT_WAITING_SEND);
	struct err err;

	IN_TX(w->db.senderd, 0,
	      store_payout_add(w->db.senderd, d.id, "sky-address", d.to_send, NOW, &err));
	return d.id;
}

/* A transaction of one input and one output, for this payout. */
static void pay(struct world *w, uint64_t id)
{
	const struct sha256 uxid = sha256("input", 5);
	struct buf raw = BUF_INIT(PAYOUT_TX_RAW_MAX);
	struct payout_tx tx = { .created_at = NOW, .updated_at = NOW };
	struct sky_address to = { .version = 0 };
	struct sha256 hash;
	struct sky_tx t;
	struct err err;

	sky_tx_init(&t);
	memset(to.key_hash.b, 7, sizeof(to.key_hash.b));
	assert_true(sky_tx_add_input(&t, &uxid));
	assert_true(sky_tx_add_output(&t, &to, droplets_of(600000), hours_of(3)));
	assert_true(sky_tx_prepare(&t));
	assert_true(sky_tx_encode(&t, &raw));
	hash = sky_tx_id((const uint8_t *)raw.data, raw.len);
	hex_from_bytes(hash.b, sizeof(hash.b), w->txid);
	assert_true(text_copy(tx.txid, sizeof(tx.txid), w->txid));
	tx.raw = (const uint8_t *)raw.data;
	tx.raw_len = raw.len;
	IN_TX(w->db.senderd, 0,
	      store_payout_tx_save(w->db.senderd, &tx, &id, 1, (const uint8_t(*)[32])uxid.b, 1,
				   &err));
	sky_tx_release(&t);
	buf_release(&raw);
}

static void hold(struct world *w)
{
	struct err err;
	bool is_new;

	IN_TX(w->db.senderd, 0,
	      store_payout_tx_hold(w->db.senderd, w->txid, WHY, NOW, &is_new, &err));
}

/* Run one command line with what ctl has of options; ctl_done() is due. */
static int run(struct world *w, struct ctl *ctl, const char *line, struct err *err)
{
	char words[300], *rest = words, *argv[16];
	int argc = 0;

	ctl->dir = w->db.dir;
	ctl->out = (struct buf)BUF_INIT(OUT_MAX);
	ctl->notes = (struct buf)BUF_INIT(OUT_MAX);
	err->text[0] = '\0';
	assert_true(text_copy(words, sizeof(words), line));
	for (char *word; (word = strsep(&rest, " ")) != NULL;)
		argv[argc++] = word;
	return ctl_run(ctl, argc, argv, err);
}

static void ctl_done(struct ctl *ctl)
{
	buf_release(&ctl->out);
	buf_release(&ctl->notes);
}

static void expect(struct world *w, const char *line, bool json, const char *part)
{
	struct ctl ctl = { .json = json };
	struct err err;

	if (run(w, &ctl, line, &err) != 0)
		fail_msg("%s: %s", line, err.text);
	if (strstr(buf_text(&ctl.out), part) == NULL)
		fail_msg("%s: \"%s\" is not in:\n%s", line, part, buf_text(&ctl.out));
	assert_null(strchr(buf_text(&ctl.out), '\x1b'));
	ctl_done(&ctl);
}

static void expect_nothing(struct world *w, const char *line)
{
	struct ctl ctl = { .json = false };
	struct err err;

	assert_int_equal(run(w, &ctl, line, &err), 0);
	assert_int_equal(ctl.out.len, 0);
	ctl_done(&ctl);
}

static void expect_refused(struct world *w, struct ctl *ctl, const char *line, const char *part)
{
	struct err err;
	int rc = run(w, ctl, line, &err);

	if (rc >= 0 || strstr(err.text, part) == NULL)
		fail_msg("%s: \"%s\" instead of \"%s\"", line, rc < 0 ? err.text : "", part);
	assert_int_equal(ctl->out.len, 0);
	ctl_done(ctl);
}

/* --- listing ------------------------------------------------------------------------------- */
static void test_payouts_by_state(void **state)
{
	struct world *w = *state;
	uint64_t first, second;
	struct err err;
	bool is_first;

	expect_nothing(w, "payout list");
	expect(w, "payout list", true, "[]\n");
	first = payout(w, "t1");
	second = payout(w, "t2");
	pay(w, first);
	IN_TX(w->db.senderd, 0,
	      store_payout_cap(w->db.senderd, second, CAP_HOUR, NOW, &is_first, &err));
	expect(w, "payout list", false, "1 in_tx 0.600000 sky-address age=");
	expect(w, "payout list", false, "2 waiting 0.600000 sky-address age=");
	expect(w, "payout list held", false, " held_by=cap_hour\n");
	expect(w, "payout list held", true, "\"held_by\": \"cap_hour\"");
	expect(w, "payout list in_tx", true, w->txid);
	expect_nothing(w, "payout list confirmed");
	IN_TX(w->db.senderd, 0,
	      store_payout_tx_confirmed(w->db.senderd, w->txid, 5, NOW, NULL, &err));
	expect(w, "payout list confirmed", false, "1 confirmed 0.600000");
	expect(w, "payout list all", false, "1 confirmed 0.600000");
	expect_nothing(w, "payout list in_tx");
}

static void test_transactions_by_state(void **state)
{
	struct world *w = *state;

	expect_nothing(w, "tx list");
	pay(w, payout(w, "t1"));
	expect(w, "tx list saved", false, " saved payouts=1 coins=0.600000 age=");
	expect_nothing(w, "tx list held");
	hold(w);
	expect(w, "tx list held", false, " held=\"the rules?[2J changed\"\n");
	expect(w, "tx list held", true, "\"held_why\": \"the rules\\u001b[2J changed\"");
	expect_nothing(w, "tx list dead");
}

static void test_one_transaction(void **state)
{
	struct world *w = *state;
	char line[100], input[65];
	const struct sha256 uxid = sha256("input", 5);

	pay(w, payout(w, "t1"));
	hold(w);
	hex_from_bytes(uxid.b, sizeof(uxid.b), input);
	(void)snprintf(line, sizeof(line), "tx show %s", w->txid);
	expect(w, line, false, "\nstate       saved, held\n");
	expect(w, line, false, "\nthe node    the rules?[2J changed\n");
	expect(w, line, false, input);
	expect(w, line, false, "  0.600000 SKY, 3 hours, to ");
	expect(w, line, false, "  1: 0.600000 SKY to sky-address, in_tx\n");
	expect(w, line, false, "saved, by senderd");
	expect(w, line, true, "\"hours\": 3");
	expect(w, line, true, "\"deposit_id\": 1");
	expect(w, line, true, "\"raw\": \"b7000000");
}

static void test_words_that_mean_nothing(void **state)
{
	struct world *w = *state;
	struct ctl ctl = { .json = false };

	expect_refused(w, &ctl, "payout list lost", "'lost' is no state of a payout");
	expect_refused(w, &ctl, "tx list lost", "'lost' is no state of a transaction");
	expect_refused(w, &ctl, "tx show 12", "'12' is no txid");
	expect_refused(w, &ctl, "payout approve one", "'one' is no deposit's number");
	expect_refused(w, &ctl, "payout approve -1", "'-1' is no deposit's number");
	ctl.why = "because";
	expect_refused(w, &ctl, "tx list", "'tx list' has no option --why");
	ctl = (struct ctl){ .sure = true };
	expect_refused(w, &ctl, "send hold", "'send hold' has no option --yes-i-know");
}

/* --- releasing ----------------------------------------------------------------------------- */
static const char *answers[2];
static unsigned asked;
static char told[9000];

static int answer(const char *question, char *ret, size_t size, struct err *err)
{
	(void)err;
	assert_true(asked < 2);
	if (asked == 0)
		assert_true(text_copy(told, sizeof(told), question));
	assert_true(text_copy(ret, size, answers[asked]));
	asked++;
	return 0;
}

static void expect_release(struct world *w, const char *first, const char *second, unsigned times,
			   const char *error)
{
	struct ctl ctl = { .ask = answer };
	char line[100];

	answers[0] = first;
	answers[1] = second;
	asked = 0;
	(void)snprintf(line, sizeof(line), "tx release %s", w->txid);
	expect_refused(w, &ctl, line, error);
	assert_int_equal(asked, times);
}

static void test_releasing_is_asked_twice(void **state)
{
	struct world *w = *state;
	char digits[9] = "";

	pay(w, payout(w, "t1"));
	expect_release(w, "", "", 0, "is not held, it is saved");
	hold(w);
	memcpy(digits, w->txid, 8);
	expect_release(w, "", "", 1, "that was not 'yes': nothing was done");
	expect_release(w, "y", "", 1, "nothing was done");
	expect_release(w, "yes", "yes", 2, "nothing was done");
	expect_release(w, "yes", w->txid, 2, "nothing was done");
	assert_non_null(strstr(told, "THEN CUSTOMERS MAY BE PAID\nTWICE"));
	assert_non_null(strstr(told, "1 payouts, 0.600000 SKY"));
	assert_non_null(strstr(told, "the rules?[2J changed"));
	/* the right answers lead to senderd, which does not run here */
	expect_release(w, "yes", digits, 2, "senderd does not run");
}

static void test_who_is_not_asked_must_say_why(void **state)
{
	struct world *w = *state;
	struct ctl ctl = { .sure = true };
	char line[100];

	pay(w, payout(w, "t1"));
	hold(w);
	(void)snprintf(line, sizeof(line), "tx release %s", w->txid);
	expect_refused(w, &ctl, line, "--yes-i-know needs --why");
	ctl.why = "";
	expect_refused(w, &ctl, line, "--yes-i-know needs --why");
	ctl = (struct ctl){ .ask = NULL };
	expect_refused(w, &ctl, line, "there is no terminal to ask at");
	memset(w->txid, '0', 64);
	(void)snprintf(line, sizeof(line), "tx release %s", w->txid);
	expect_refused(w, &ctl, line, "was never saved");
}

/* --- text of strangers --------------------------------------------------------------------- */
static const struct {
	const char *why, *text, *shown;
} texts[] = {
	{ "plain", "a b", "a b" },
	{ "line ends", "a\r\nb", "a??b" },
	{ "escape and delete", "\x1b[2J\x7f", "?[2J?" },
	{ "C1 in UTF-8",
	  "\xc2\x9b"
	  "2J",
	  "?2J" },
	{ "other UTF-8 stays", "\xc3\xa4\xc2\xa0", "\xc3\xa4\xc2\xa0" },
	{ "cut UTF-8", "\xc2", "\xc2" },
};

static void test_text_of_strangers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct buf out = BUF_INIT(OUT_MAX);

		put_shown(texts[i].text, &out);
		if (strcmp(buf_text(&out), texts[i].shown) != 0)
			fail_msg("%s: \"%s\"", texts[i].why, buf_text(&out));
		buf_release(&out);
	}
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_payouts_by_state),
		T(test_transactions_by_state),
		T(test_one_transaction),
		T(test_words_that_mean_nothing),
		T(test_releasing_is_asked_twice),
		T(test_who_is_not_asked_must_say_why),
		cmocka_unit_test(test_text_of_strangers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

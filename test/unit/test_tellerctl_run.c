/* Whole commands over a data directory of their own: configuration, pool file, database; and the
 * status of daemons that do not run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/text.h"
#include "common/coin/address_sky.h"
#include "common/store/binding_store.h"
#include "common/wallet/wallet_unlock.h"
#include "tellerctl/command.h"
#include "test/support/test.h"

#define OUT_MAX 65536
#define A	"16Dw3XB1cqcUip5ygg7YU6GJqWwpU4fBgS"
#define B	"1Aenwhgtc1sUJf1gW6UQhVRkLDWXFiXjFx"
#define SKY	"2NHgMoZuozZPwUjpGytPKv8bZfoSbY2DPGe"

static char *dir;

static void write_file(const char *name, const char *text)
{
	char path[600];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static int make_dir(void **state)
{
	(void)state;
	dir = test_make_dir();
	/* port 1: nobody listens there */
	write_file("teller.ini", "btc_addresses = pool.txt\n"
				 "dbfile = teller.db\n"
				 "[btc_rpc]\nuser = u\npass = p\n"
				 "[sky_exchanger]\nsky_btc_exchange_rate = 500\nwallet = hot.wlt\n"
				 "[web]\nhttp_addr = 127.0.0.1:1\n"
				 "[admin_panel]\nhost = 127.0.0.1:1\n");
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	test_remove_dir(dir);
	return 0;
}

/* Run one command line; its output is ctl's, to be released by ctl_done(). */
static int run(struct ctl *ctl, const char *line, struct err *err)
{
	char words[700], *rest = words, *argv[16];
	int argc = 0;

	*ctl = (struct ctl){ .dir = dir,
			     .json = ctl->json,
			     .file = ctl->file,
			     .out = BUF_INIT(OUT_MAX),
			     .notes = BUF_INIT(OUT_MAX) };
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

static void check_pool(const char *want)
{
	char path[600], *text;

	(void)snprintf(path, sizeof(path), "%s/pool.txt", dir);
	text = test_read_file(path, NULL);
	assert_string_equal(text, want);
	free(text);
}

static void test_addbtcaddress(void **state)
{
	struct ctl ctl = { .json = false };
	char list[600];
	struct err err;

	(void)state;
	assert_int_equal(run(&ctl, "addbtcaddress " A, &err), 0);
	check_pool(A "\n");
	assert_non_null(strstr(buf_text(&ctl.out), "1 added"));
	assert_non_null(strstr(buf_text(&ctl.out), "SIGHUP"));
	ctl_done(&ctl);

	assert_int_equal(run(&ctl, "addbtcaddress x0 " B, &err), ERR_INVALID);
	assert_string_equal(buf_text(&ctl.notes), "argument:1: 'x0': Invalid base58 character\n");
	check_pool(A "\n"); /* all or nothing */
	ctl_done(&ctl);

	write_file("new.txt", B " # second\n" A "\n");
	(void)snprintf(list, sizeof(list), "%s/new.txt", dir);
	ctl.file = list;
	assert_int_equal(run(&ctl, "addbtcaddress", &err), 0);
	check_pool(A "\n" B "\n");
	ctl_done(&ctl);
	assert_int_equal(run(&ctl, "addbtcaddress " A, &err), ERR_INVALID); /* both is neither */
	ctl_done(&ctl);
}

/* A database with two addresses, the first of them bound. */
static void fill_database(void)
{
	struct store *store;
	struct binding b;
	char path[600];
	struct err err;
	bool limit;

	(void)snprintf(path, sizeof(path), "%s/teller.db", dir);
	assert_int_equal(store_open(path, STORE_EXCHANGERD, &store, &err), 0);
	assert_int_equal(store_begin(store, &err), 0);
	assert_int_equal(store_pool_add(store, COIN_BTC, A, &err), 0);
	assert_int_equal(store_pool_add(store, COIN_BTC, B, &err), 0);
	assert_int_equal(store_bind_address(store, COIN_BTC, SKY, BUY_DIRECT, 0, 1795402221, &b,
					    &limit, &err),
			 0);
	assert_int_equal(store_commit(store, &err), 0);
	store_close(store);
}

static void test_getbtcaddress(void **state)
{
	struct ctl ctl = { .json = false };
	cJSON *list;
	struct err err;

	(void)state;
	assert_true(run(&ctl, "getbtcaddress", &err) < 0); /* no database yet */
	ctl_done(&ctl);
	fill_database();
	assert_int_equal(run(&ctl, "getbtcaddress", &err), 0);
	assert_string_equal(buf_text(&ctl.out),
			    A " bound " SKY " 2026-11-23T02:50:21Z\n" B " free\n");
	assert_string_equal(buf_text(&ctl.notes), "2 addresses, 1 bound, 1 free\n");
	ctl_done(&ctl);

	ctl.json = true;
	assert_int_equal(run(&ctl, "getbtcaddress", &err), 0);
	list = cJSON_Parse(buf_text(&ctl.out));
	assert_int_equal(cJSON_GetArraySize(list), 2);
	cJSON_Delete(list);
	ctl_done(&ctl);
}

static void test_config_check(void **state)
{
	struct ctl ctl = { .json = false };
	struct err err;

	(void)state;
	assert_int_equal(run(&ctl, "config check", &err), ERR_INVALID);
	assert_non_null(strstr(buf_text(&ctl.notes), "hot.wlt")); /* it is not there yet */
	ctl_done(&ctl);
	assert_int_equal(run(&ctl, "config show", &err), 0);
	assert_non_null(strstr(buf_text(&ctl.out), "<redacted>"));
	ctl_done(&ctl);
}

static void test_documents(void **state)
{
	static const char *const lines[] = { "config example", "doc config", "doc protocol",
					     "help" };

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct ctl ctl = { .json = false };
		struct err err;

		assert_int_equal(run(&ctl, lines[i], &err), 0);
		assert_true(ctl.out.len > 500);
		assert_false(ctl.out.failed);
		ctl_done(&ctl);
	}
}

static void test_status_of_nobody(void **state)
{
	static const char *const daemons[] = { "scannerd", "exchangerd", "senderd", "apid" };
	struct ctl ctl = { .json = false };
	struct err err;

	(void)state;
	assert_int_equal(run(&ctl, "status", &err), 0);
	assert_int_equal(ctl.status, 1);
	for (size_t i = 0; i < 4; i++) {
		char line[64];

		(void)snprintf(line, sizeof(line), "\n%-11s DOWN ", daemons[i]);
		assert_non_null(strstr(buf_text(&ctl.out), line));
	}
	assert_non_null(
		strstr(buf_text(&ctl.out), "\nNOT WELL: 4 of 4 daemons down, 0 problems\n"));
	ctl_done(&ctl);
}

/* What newwallet makes is a wallet that senderd loads, with the addresses that were printed. */
static void test_newwallet(void **state)
{
	struct ctl ctl = { .json = false };
	char line[640], path[600], text[ADDRESS_TEXT_MAX + 1];
	const struct sky_address *addresses;
	struct buf want = BUF_INIT(OUT_MAX);
	struct wallet_file *f = NULL;
	struct wallet *w = NULL;
	struct stat st;
	struct err err;
	size_t count;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/new.wlt", dir);
	(void)snprintf(line, sizeof(line), "newwallet %s 3", path);
	assert_int_equal(run(&ctl, line, &err), 0);
	assert_int_equal(wallet_file_read(path, SECRET_PRIVATE, &f, NULL, &err), 0);
	assert_int_equal(wallet_unlock(f, NULL, &w, &err), 0);
	wallet_file_free(f);
	addresses = wallet_addresses(w, &count);
	assert_int_equal(count, 3);
	for (size_t i = 0; i < count; i++) {
		sky_address_to_text(&addresses[i], text);
		(void)buf_printf(&want, "%s\n", text);
	}
	assert_string_equal(buf_text(&ctl.out), buf_text(&want));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	wallet_free(w);
	ctl_done(&ctl);
	assert_int_equal(run(&ctl, line, &err), ERR_IO); /* never over another */
	assert_non_null(strstr(err.text, "File exists"));
	assert_int_equal(ctl.out.len, 0);
	ctl_done(&ctl);
	buf_release(&want);
}

static void test_newwallet_refused(void **state)
{
	static const char *const counts[] = { "0", "1001", "x", "-1" };
	struct ctl ctl = { .json = false };
	char line[640];
	struct err err;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		(void)snprintf(line, sizeof(line), "newwallet %s/new.wlt %s", dir, counts[i]);
		assert_int_equal(run(&ctl, line, &err), ERR_INVALID);
		ctl_done(&ctl);
	}
}

#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(test_addbtcaddress),	IN_DIR(test_getbtcaddress),
		IN_DIR(test_config_check),	IN_DIR(test_documents),
		IN_DIR(test_status_of_nobody),	IN_DIR(test_newwallet),
		IN_DIR(test_newwallet_refused),
	};

	return cmocka_run_group_tests_name("tellerctl run", tests, NULL, NULL);
}

/* Who passes to the operator's listeners. */
#include "test/support/test.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apid/admin_guard.h"
#include "test/unit/fake_request.h"

static void test_hosts(void **state)
{
	static const struct {
		const char *why, *address, *host;
		bool pass;
	} rows[] = {
		{ "localhost", "127.0.0.1:7711", "localhost", true },
		{ "in capitals, with a port", "127.0.0.1:7711", "LocalHost:7711", true },
		{ "a port of a tunnel", "127.0.0.1:7711", "127.0.0.1:9", true },
		{ "another loopback address", "127.0.0.1:7711", "127.1.2.3", true },
		{ "v6", "[::1]:7711", "[::1]:7711", true },
		{ "configured", "127.0.0.1:7711", "teller.example", true },
		{ "configured, with a port", "127.0.0.1:7711", "Teller.Example:80", true },
		{ "a name below it", "127.0.0.1:7711", "a.teller.example", false },
		{ "a stranger", "127.0.0.1:7711", "evil.example", false },
		{ "begins well", "127.0.0.1:7711", "127.0.0.1.evil.example", false },
		{ "begins well, too", "127.0.0.1:7711", "localhost.evil.example", false },
		{ "a dot at the end", "127.0.0.1:7711", "localhost.", false },
		{ "an address that is not ours", "127.0.0.1:7711", "10.0.0.1", false },
		{ "where it listens", "10.0.0.1:7711", "10.0.0.1:7711", true },
		{ "not where it listens", "10.0.0.1:7711", "10.0.0.2:7711", false },
		{ "everywhere", "0.0.0.0:7711", "10.0.0.2:7711", true },
		{ "everywhere, in short", ":7711", "10.0.0.2", true },
		{ "everywhere, v6", "[::]:7711", "[fe80::1]:7711", true },
		{ "everywhere is no name", "0.0.0.0:7711", "evil.example", false },
		{ "empty", "127.0.0.1:7711", "", false },
		{ "a port only", "127.0.0.1:7711", ":7711", false },
		{ "no port", "127.0.0.1:7711", "localhost:x", false },
		{ "half a v6 address", "127.0.0.1:7711", "[::1", false },
		{ "behind a v6 address", "127.0.0.1:7711", "[::1]evil", false },
		{ "a user in front", "127.0.0.1:7711", "localhost@evil.example", false },
		{ "none", "127.0.0.1:7711", NULL, false },
	};
	static struct conf conf = { .admin_hosts = { .count = 1, .item = { "teller.example" } } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (admin_guard_host(&conf, rows[i].address, rows[i].host) != rows[i].pass)
			fail_msg("%s", rows[i].why);
}

/* --- tokens ---------------------------------------------------------------------------------- */

struct fixture {
	char *dir;
	struct conf conf;
	struct admin_guard *guard;
};

/* Empty text: a file without a token. */
static void write_tokens(struct fixture *f, const char *text, mode_t mode)
{
	FILE *file = fopen(f->conf.admin_tokens_file, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(f->conf.admin_tokens_file, mode), 0);
}

static void put_token(struct buf *text, const char *name, unsigned roles, const char *token)
{
	struct access_token t = { .roles = roles, .digest = access_digest(token) };

	(void)snprintf(t.name, sizeof(t.name), "%s", name);
	access_token_print(&t, text);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct buf text = BUF_INIT(4096);
	struct err err;

	assert_non_null(f);
	f->dir = test_make_dir();
	(void)snprintf(f->conf.admin_host, sizeof(f->conf.admin_host), "127.0.0.1:7711");
	(void)snprintf(f->conf.admin_tokens_file, sizeof(f->conf.admin_tokens_file), "%s/tokens",
		       f->dir);
	put_token(&text, "reader", ACCESS_READ, "r-token");
	put_token(&text, "keeper", ACCESS_BACKUP, "b-token");
	write_tokens(f, buf_text(&text), 0600);
	buf_release(&text);
	assert_int_equal(admin_guard_new(&f->conf, &f->guard, &err), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	admin_guard_free(f->guard);
	test_remove_dir(f->dir);
	free(f);
	return 0;
}

/* The status with which it was refused; 0: passed. */
static int ask(struct admin_guard *g, const char *peer, const char *authorization, unsigned roles)
{
	struct http_request r =
		FAKE_REQUEST("GET", "/api/deposits", authorization != NULL ? "Authorization" : NULL,
			     authorization);
	int status;

	r.peer = peer;
	if (!admin_guard_pass(g, &r, roles))
		assert_true(r.status >= 400);
	if (r.status == 401)
		assert_string_equal(fake_answer_header(&r, "WWW-Authenticate"),
				    "Bearer realm=\"teller\"");
	status = r.status;
	fake_release(&r);
	return status;
}

static void test_tokens(void **state)
{
	static const struct {
		const char *why, *authorization;
		unsigned roles;
		int status;
	} rows[] = {
		{ "right", "Bearer r-token", ACCESS_READ, 0 },
		{ "the scheme in any case, more blanks", "bEaReR   r-token", ACCESS_READ, 0 },
		{ "one of several roles", "Bearer r-token", ACCESS_READ | ACCESS_METRICS, 0 },
		{ "what needs none", NULL, 0, 0 },
		{ "none", NULL, ACCESS_READ, 401 },
		{ "unknown", "Bearer x", ACCESS_READ, 401 },
		{ "empty", "Bearer ", ACCESS_READ, 401 },
		{ "in capitals", "Bearer R-TOKEN", ACCESS_READ, 401 },
		{ "more behind it", "Bearer r-token x", ACCESS_READ, 401 },
		{ "another scheme", "Basic ci10b2tlbg==", ACCESS_READ, 401 },
		{ "another role", "Bearer r-token", ACCESS_BACKUP, 403 },
		{ "backup does not read", "Bearer b-token", ACCESS_READ, 403 },
	};
	struct fixture *f = *state;
	char peer[32];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(peer, sizeof(peer), "10.0.0.%zu", i);
		if (ask(f->guard, peer, rows[i].authorization, rows[i].roles) != rows[i].status)
			fail_msg("%s", rows[i].why);
	}
}

static void test_failures_are_limited_and_tokens_are_not(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 10; i++)
		assert_int_equal(ask(f->guard, "10.0.0.1", "Bearer x", ACCESS_READ), 401);
	for (int i = 0; i < 3; i++)
		assert_int_equal(ask(f->guard, "10.0.0.1", "Bearer x", ACCESS_READ), 429);
	assert_int_equal(ask(f->guard, "10.0.0.1", "Bearer r-token", ACCESS_READ), 0);
	assert_int_equal(ask(f->guard, "10.0.0.1", NULL, ACCESS_READ), 401);
	assert_int_equal(ask(f->guard, "10.0.0.2", "Bearer x", ACCESS_READ), 401);
}

static void test_the_file_is_read_again(void **state)
{
	struct fixture *f = *state;
	struct buf text = BUF_INIT(4096);

	put_token(&text, "other", ACCESS_READ, "new");
	write_tokens(f, buf_text(&text), 0600); /* in its place */
	assert_int_equal(ask(f->guard, "10.0.0.1", "Bearer new", ACCESS_READ), 401);
	admin_guard_reload(f->guard, NULL);
	assert_int_equal(ask(f->guard, "10.0.0.1", "Bearer new", ACCESS_READ), 0);
	assert_int_equal(ask(f->guard, "10.0.0.1", "Bearer r-token", ACCESS_READ), 401);

	assert_int_equal(unlink(f->conf.admin_tokens_file), 0); /* another of its name */
	buf_clear(&text);
	put_token(&text, "third", ACCESS_READ, "newer");
	write_tokens(f, buf_text(&text), 0600);
	admin_guard_reload(f->guard, NULL);
	assert_int_equal(ask(f->guard, "10.0.0.1", "Bearer newer", ACCESS_READ), 0);

	write_tokens(f, "nonsense\n", 0600); /* what was read before stays in force */
	admin_guard_reload(f->guard, NULL);
	assert_int_equal(ask(f->guard, "10.0.0.1", "Bearer newer", ACCESS_READ), 0);
	assert_int_equal(unlink(f->conf.admin_tokens_file), 0);
	admin_guard_reload(f->guard, NULL);
	assert_int_equal(ask(f->guard, "10.0.0.1", "Bearer newer", ACCESS_READ), 0);
	buf_release(&text);
}

/* What must not start: the tokens are nobody else's to read, and none is needed on this machine
 * only. */
static void test_starts(void **state)
{
	static const struct {
		const char *why, *host, *text;
		mode_t mode;
		bool file;
		int rc;
	} rows[] = {
		{ "no file, this machine", "127.0.0.1:1", "", 0600, false, 0 },
		{ "no file, the world", "0.0.0.0:1", "", 0600, false, ERR_INVALID },
		{ "an empty file, this machine", "[::1]:1", "# none\n", 0600, true, 0 },
		{ "an empty file, the world", "0.0.0.0:1", "# none\n", 0600, true, ERR_INVALID },
		{ "a name that looks like this machine", "127.0.0.1.example:1", "", 0600, false,
		  ERR_INVALID },
		{ "open to the group", "127.0.0.1:1", "", 0640, true, ERR_INVALID },
		{ "open to all", "127.0.0.1:1", "", 0604, true, ERR_INVALID },
		{ "nonsense", "127.0.0.1:1", "a b c\n", 0600, true, ERR_INVALID },
	};
	struct fixture *f = *state;
	struct admin_guard *g;
	struct err err;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static struct conf conf;

		conf = f->conf;
		(void)snprintf(conf.admin_host, sizeof(conf.admin_host), "%s", rows[i].host);
		write_tokens(f, rows[i].text, rows[i].mode);
		if (!rows[i].file)
			conf.admin_tokens_file[0] = '\0';
		if (admin_guard_new(&conf, &g, &err) != rows[i].rc)
			fail_msg("%s", rows[i].why);
		if (rows[i].rc == 0)
			admin_guard_free(g);
	}
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hosts),
		T(test_tokens),
		T(test_failures_are_limited_and_tokens_are_not),
		T(test_the_file_is_read_again),
		T(test_starts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

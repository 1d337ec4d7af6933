/* The HTTP client against peers that answer, lie, stall and vanish. */
#include "test/support/test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/rpc/http_client.h"
#include "test/support/http_peer.h"

#define PATIENCE_MS 60000
#define TRIES	    8 /* a peer that was kept from running is not to blame */

/* What came of the calls of a test. */
struct outcome {
	struct loop *loop;
	struct loop_timer *patience;
	unsigned answers, wanted;
	int status;
	char body[8192];
	bool failed;
	struct err err;
};

static void on_patience(void *arg)
{
	struct outcome *o = arg;

	loop_stop(o->loop);
}

static void outcome_init(struct outcome *o)
{
	memset(o, 0, sizeof(*o));
	assert_int_equal(loop_new(&o->loop, NULL), 0);
	o->patience = loop_timer_new(o->loop, on_patience, o);
}

static void outcome_release(struct outcome *o)
{
	loop_timer_free(o->patience);
	loop_free(o->loop);
}

static void on_answer(void *arg, int status, struct buf *body, const struct err *err)
{
	struct outcome *o = arg;

	o->status = status;
	o->failed = err != NULL;
	if (err != NULL)
		o->err = *err;
	(void)snprintf(o->body, sizeof(o->body), "%s", buf_text(body));
	if (++o->answers == o->wanted)
		loop_stop(o->loop);
}

/* Run until `wanted` answers in all have come. */
static void outcome_wait(struct outcome *o, unsigned wanted)
{
	o->wanted = wanted;
	loop_timer_start(o->patience, PATIENCE_MS);
	loop_run(o->loop);
	loop_timer_stop(o->patience);
	assert_int_equal(o->answers, wanted);
}

static struct http_options options(const char *url)
{
	return (struct http_options){ .url = url,
				      .timeout_ms = 30000,
				      .connect_timeout_ms = 20000,
				      .max_body = 4096,
				      .max_connections = 1 };
}

static struct http_client *client(struct outcome *o, const struct http_options *opt)
{
	struct http_client *c = NULL;
	struct err err;

	if (http_client_new(o->loop, opt, &c, &err) < 0)
		fail_msg("%s", err.text);
	return c;
}

static const struct http_request get = { .method = "GET", .path = "/x" };

/* --- answers ---------------------------------------------------------------------------------- */

static void test_get_and_post(void **state)
{
	static const struct peer_exchange list[] = {
		{ .method = "GET",
		  .path = "/a?b=c",
		  .head_lacks = "Authorization",
		  .connection = 1,
		  .status = 200,
		  .body = "one" },
		{ .method = "POST",
		  .path = "/p",
		  .body_has = "{\"a\":1}",
		  .connection = 1,
		  .head_has = "Content-Type: application/json\r\n",
		  .head_lacks = "Expect",
		  .status = 404,
		  .body = "two" },
		{ .method = "POST",
		  .path = "/empty",
		  .head_has = "X-Token: t\r\n",
		  .connection = 1,
		  .status = 500 },
	};
	static const struct http_request requests[] = {
		{ .method = "GET", .path = "/a?b=c" },
		{ .method = "POST",
		  .path = "/p",
		  .content_type = "application/json",
		  .body = "{\"a\":1}",
		  .body_len = 7 },
		{ .method = "POST", .path = "/empty", .header = "X-Token: t" },
	};
	struct peer *p = peer_start(list, 3);
	struct http_options opt = options(peer_url(p));
	struct outcome o;
	struct http_client *c;

	(void)state;
	outcome_init(&o);
	c = client(&o, &opt);
	for (unsigned i = 0; i < 3; i++) {
		http_send(c, &requests[i], on_answer, &o);
		assert_int_equal(o.answers, i); /* never from inside the call */
		outcome_wait(&o, i + 1);
		assert_false(o.failed);
		assert_int_equal(o.status, list[i].status);
		assert_string_equal(o.body, list[i].body != NULL ? list[i].body : "");
	}
	http_client_free(c);
	peer_finish(p);
	outcome_release(&o);
}

static void test_credentials_at_once(void **state)
{
	static const struct peer_exchange list[] = {
		{ .head_has = "Authorization: Basic dXNlcjpzZWNyZXQ=\r\n", .status = 200 },
	};
	struct peer *p = peer_start(list, 1);
	struct http_options opt = options(peer_url(p));
	struct outcome o;
	struct http_client *c;

	(void)state;
	opt.user = "user";
	opt.pass = "secret";
	outcome_init(&o);
	c = client(&o, &opt);
	http_send(c, &get, on_answer, &o);
	outcome_wait(&o, 1);
	assert_int_equal(o.status, 200);
	http_client_free(c);
	peer_finish(p);
	outcome_release(&o);
}

static void test_large_body_in_pieces(void **state)
{
	enum { SIZE = 300000 };
	char *body = malloc(SIZE + 1);
	struct peer_exchange e = { .status = 200, .body = body };
	struct http_request r = { .method = "GET", .path = "/", .large = true };
	struct http_options opt;
	struct outcome o;
	struct http_client *c;
	struct peer *p;

	(void)state;
	assert_non_null(body);
	memset(body, 'x', SIZE);
	body[SIZE] = '\0';
	p = peer_start(&e, 1);
	opt = options(peer_url(p));
	opt.max_body = SIZE;
	outcome_init(&o);
	c = client(&o, &opt);
	http_send(c, &r, on_answer, &o);
	outcome_wait(&o, 1);
	assert_int_equal(o.status, 200);
	assert_int_equal(strlen(o.body), sizeof(o.body) - 1);
	http_client_free(c);
	peer_finish(p);
	outcome_release(&o);
	free(body);
}

/* A kept connection that the peer closes is replaced without the caller noticing. */
static void test_stale_connection(void **state)
{
	static const struct peer_exchange list[] = {
		{ .connection = 1, .status = 200, .then = PEER_STALE },
		{ .connection = 2,
		  .method = "POST",
		  .path = "/x",
		  .body_has = "again",
		  .status = 200,
		  .body = "ok" },
	};
	static const struct http_request post = {
		.method = "POST", .path = "/x", .body = "again", .body_len = 5
	};
	struct peer *p = peer_start(list, 2);
	struct http_options opt = options(peer_url(p));
	struct outcome o;
	struct http_client *c;

	(void)state;
	outcome_init(&o);
	c = client(&o, &opt);
	http_send(c, &get, on_answer, &o);
	outcome_wait(&o, 1);
	http_send(c, &post, on_answer, &o);
	outcome_wait(&o, 2);
	if (o.failed)
		fail_msg("%s", o.err.text);
	assert_string_equal(o.body, "ok");
	http_client_free(c);
	peer_finish(p);
	outcome_release(&o);
}

/* An order takes a connection of its own, and is not repeated when that one breaks. */
static void test_once(void **state)
{
	static const struct peer_exchange list[] = {
		{ .connection = 1, .status = 200 },
		{ .connection = 2, .method = "POST", .path = "/order", .then = PEER_DROP },
	};
	static const struct http_request order = {
		.method = "POST", .path = "/order", .body = "1", .body_len = 1, .once = true
	};
	struct peer *p = peer_start(list, 2);
	struct http_options opt = options(peer_url(p));
	struct outcome o;
	struct http_client *c;

	(void)state;
	outcome_init(&o);
	c = client(&o, &opt);
	http_send(c, &get, on_answer, &o);
	outcome_wait(&o, 1);
	http_send(c, &order, on_answer, &o);
	outcome_wait(&o, 2);
	assert_true(o.failed);
	assert_int_equal(o.err.code, ERR_IO);
	http_client_free(c);
	peer_finish(p);
	outcome_release(&o);
}

static void test_redirect_is_an_answer(void **state)
{
	static const struct peer_exchange list[] = {
		{ .status = 302, .headers = "Location: /elsewhere\r\n", .body = "moved" },
	};
	struct peer *p = peer_start(list, 1);
	struct http_options opt = options(peer_url(p));
	struct outcome o;
	struct http_client *c;

	(void)state;
	outcome_init(&o);
	c = client(&o, &opt);
	http_send(c, &get, on_answer, &o);
	outcome_wait(&o, 1);
	assert_int_equal(o.status, 302);
	assert_string_equal(o.body, "moved");
	http_client_free(c);
	peer_finish(p);
	outcome_release(&o);
}

/* A proxy in the environment is no affair of ours. */
static void test_no_proxy(void **state)
{
	static const struct peer_exchange list[] = {
		{ .path = "/x", .method = "GET", .status = 200 }
	};
	struct peer *p = peer_start(list, 1);
	struct http_options opt = options(peer_url(p));
	struct outcome o;
	struct http_client *c;

	(void)state;
	(void)setenv("http_proxy", "http://127.0.0.1:1", 1);
	(void)setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
	outcome_init(&o);
	c = client(&o, &opt);
	http_send(c, &get, on_answer, &o);
	outcome_wait(&o, 1);
	assert_int_equal(o.status, 200);
	http_client_free(c);
	(void)unsetenv("http_proxy");
	(void)unsetenv("ALL_PROXY");
	peer_finish(p);
	outcome_release(&o);
}

/* --- failures --------------------------------------------------------------------------------- */

static const struct {
	const char *why;
	struct peer_exchange exchange;
	enum err_code code;
	const char *text; /* part of it */
} failures[] = {
	{ "slow: the request may have been acted upon",
	  { .then = PEER_HANG },
	  ERR_IO,
	  "timed out" },
	{ "closed without an answer", { .then = PEER_DROP }, ERR_IO, "Empty reply" },
	{ "half a body",
	  { .raw = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nha", .then = PEER_CLOSE },
	  ERR_IO,
	  "no answer from" },
	{ "half a chunk",
	  { .raw = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nha",
	    .then = PEER_CLOSE },
	  ERR_IO,
	  "no answer from" },
	{ "half the headers",
	  { .raw = "HTTP/1.1 200 OK\r\nContent-Le", .then = PEER_CLOSE },
	  ERR_IO,
	  "no answer from" },
	{ "no HTTP at all",
	  { .raw = "SSH-2.0-OpenSSH_9.2\r\n", .then = PEER_CLOSE },
	  ERR_IO,
	  "no answer from" },
	{ "HTTP/0.9: a body without a head",
	  { .raw = "{\"result\":1}", .then = PEER_CLOSE },
	  ERR_IO,
	  "no answer from" },
	{ "a body above the limit, announced",
	  { .raw = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlong" },
	  ERR_IO,
	  "larger than 3 bytes" },
	{ "a body above the limit, in chunks",
	  { .raw = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		   "2\r\nlo\r\n2\r\nng\r\n0\r\n\r\n" },
	  ERR_IO,
	  "larger than 3 bytes" },
};

static void test_failures(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		struct peer *p = peer_start(&failures[i].exchange, 1);
		struct http_options opt = options(peer_url(p));
		struct outcome o;
		struct http_client *c;

		print_message("%s\n", failures[i].why);
		if (failures[i].exchange.then == PEER_HANG)
			opt.timeout_ms = 300;
		opt.max_body = 3;
		outcome_init(&o);
		c = client(&o, &opt);
		http_send(c, &get, on_answer, &o);
		outcome_wait(&o, 1);
		assert_true(o.failed);
		assert_int_equal(o.err.code, failures[i].code);
		if (strstr(o.err.text, failures[i].text) == NULL)
			fail_msg("'%s' is not in '%s'", failures[i].text, o.err.text);
		http_client_free(c);
		peer_finish(p);
		outcome_release(&o);
	}
}

/* A slow line is no peer that hangs: a big answer is waited for while it comes. */
static void test_a_big_answer_may_take_its_time(void **state)
{
	enum { SIZE = 200000 };
	char *body = calloc(1, SIZE);
	struct peer_exchange slow = {
		.status = 200, .body = body, .body_len = SIZE, .drip_ms = 150
	};

	bool failed[2] = { false, true };

	(void)state;
	assert_non_null(body);
	memset(body, 'x', SIZE);
	for (unsigned tries = 0; tries < TRIES && failed[1]; tries++) {
		unsigned large = tries > 0;
		struct http_request r = get;
		struct peer *p = peer_start(&slow, 1);
		struct http_options opt = options(peer_url(p));
		struct outcome o;
		struct http_client *c;

		opt.timeout_ms = 1000;
		opt.max_body = SIZE;
		r.large = large == 1;
		outcome_init(&o);
		c = client(&o, &opt);
		http_send(c, &r, on_answer, &o);
		outcome_wait(&o, 1);
		failed[large] = o.failed;
		http_client_free(c);
		peer_kill(p);
		outcome_release(&o);
	}
	assert_true(failed[0]);
	assert_false(failed[1]);
	free(body);
}

static void test_headers_without_end(void **state)
{
	enum { SIZE = 200000 };
	char *raw = malloc(SIZE);
	struct peer_exchange e = { .raw = raw };
	size_t n;
	struct http_options opt;
	struct outcome o;
	struct http_client *c;
	struct peer *p;

	(void)state;
	assert_non_null(raw);
	n = (size_t)snprintf(raw, SIZE, "HTTP/1.1 200 OK\r\n");
	while (n + 20 < SIZE)
		n += (size_t)snprintf(raw + n, SIZE - n, "X-Y: zzz\r\n");
	p = peer_start(&e, 1);
	opt = options(peer_url(p));
	outcome_init(&o);
	c = client(&o, &opt);
	http_send(c, &get, on_answer, &o);
	outcome_wait(&o, 1);
	assert_true(o.failed);
	assert_non_null(strstr(o.err.text, "headers of"));
	http_client_free(c);
	peer_kill(p);
	outcome_release(&o);
	free(raw);
}

/* Nothing was sent: the caller may do as if it had not asked. */
static void test_refused(void **state)
{
	struct peer *p = peer_start(NULL, 0);
	struct http_options opt = options(peer_url(p));
	char url[64];
	struct outcome o;
	struct http_client *c;

	(void)state;
	(void)snprintf(url, sizeof(url), "%s", peer_url(p));
	opt.url = url;
	peer_kill(p); /* its port is free now */
	outcome_init(&o);
	c = client(&o, &opt);
	http_send(c, &get, on_answer, &o);
	outcome_wait(&o, 1);
	assert_true(o.failed);
	assert_int_equal(o.err.code, ERR_BUSY);
	assert_non_null(strstr(o.err.text, "cannot reach 'http://127.0.0.1:"));
	http_client_free(c);
	outcome_release(&o);
}

static void test_options_refused(void **state)
{
	static const struct {
		const char *why, *url, *ca;
	} rows[] = {
		{ "no scheme that is spoken", "ftp://127.0.0.1/", NULL },
		{ "a file", "file:///etc/passwd", NULL },
		{ "nothing", "", NULL },
		{ "no host", "http://", NULL },
		{ "a certificate that is not there", "https://127.0.0.1", "/nonexistent.pem" },
	};
	struct outcome o;
	struct err err;

	(void)state;
	outcome_init(&o);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct http_options opt = options(rows[i].url);
		struct http_client *c = NULL;

		print_message("%s\n", rows[i].why);
		opt.ca_file = rows[i].ca;
		assert_true(http_client_new(o.loop, &opt, &c, &err) < 0);
		assert_null(c);
	}
	outcome_release(&o);
}

/* --- dropped calls ---------------------------------------------------------------------------- */

static void test_free_with_calls_under_way(void **state)
{
	static const struct peer_exchange list[] = { { .then = PEER_HANG }, { .then = PEER_HANG } };
	struct peer *p = peer_start(list, 2);
	struct http_options opt = options(peer_url(p));
	struct outcome o, never;
	struct http_client *c;

	(void)state;
	memset(&never, 0, sizeof(never));
	outcome_init(&o);
	opt.max_connections = 1; /* the second call waits for the first */
	c = client(&o, &opt);
	http_send(c, &get, on_answer, &never);
	http_send(c, &get, on_answer, &never);
	loop_timer_start(o.patience, 100);
	loop_run(o.loop);
	http_client_free(c);
	loop_timer_start(o.patience, 20);
	loop_run(o.loop);
	assert_int_equal(never.answers, 0);
	peer_kill(p);
	outcome_release(&o);
}

struct suicide {
	struct outcome *o;
	struct http_client *c;
};

static void on_answer_free(void *arg, int status, struct buf *body, const struct err *err)
{
	struct suicide *s = arg;

	http_client_free(s->c);
	on_answer(s->o, status, body, err);
}

static void test_free_inside_answer(void **state)
{
	static const struct peer_exchange list[] = { { .status = 200, .body = "still here" } };
	struct peer *p = peer_start(list, 1);
	struct http_options opt = options(peer_url(p));
	struct outcome o;
	struct suicide s = { .o = &o };

	(void)state;
	outcome_init(&o);
	s.c = client(&o, &opt);
	http_send(s.c, &get, on_answer_free, &s);
	http_send(s.c, &get, on_answer_free, &s);
	outcome_wait(&o, 1);
	assert_string_equal(o.body, "still here");
	peer_finish(p);
	outcome_release(&o);
}

/* --- TLS -------------------------------------------------------------------------------------- */

struct tls_peer {
	char *dir, cert[600], key[600], url[64];
	pid_t pid;
};

static void run(const char *command)
{
	if (system(command) != 0) /* NOLINT(cert-env33-c): a test, with text of its own */
		fail_msg("failed: %s", command);
}

/* A certificate that is its own CA, as btcd makes them. */
static void make_certificate(struct tls_peer *t, const char *names)
{
	char command[2048];

	t->dir = test_make_dir();
	(void)snprintf(t->cert, sizeof(t->cert), "%s/cert.pem", t->dir);
	(void)snprintf(t->key, sizeof(t->key), "%s/key.pem", t->dir);
	(void)snprintf(command, sizeof(command),
		       "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
		       " -days 2 -subj /O=test -addext subjectAltName=%s -keyout %s -out %s"
		       " 2>/dev/null",
		       names, t->key, t->cert);
	run(command);
}

static void read_port(struct tls_peer *t, int fd)
{
	FILE *f = fdopen(fd, "r");
	char line[256], *colon;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "ACCEPT", 6) == 0 && (colon = strrchr(line, ':')) != NULL) {
			(void)snprintf(t->url, sizeof(t->url), "https://127.0.0.1:%d",
				       atoi(colon + 1));
			(void)fclose(f);
			return;
		}
	fail_msg("openssl s_server does not start");
}

static void tls_start(struct tls_peer *t, const char *names)
{
	int out[2];

	make_certificate(t, names);
	assert_int_equal(pipe(out), 0);
	t->pid = fork();
	if (t->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)dup2(out[1], 1);
		(void)signal(SIGPIPE, SIG_IGN);
		(void)execlp("openssl", "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert",
			     t->cert, "-key", t->key, "-www", NULL);
		_exit(127);
	}
	(void)close(out[1]);
	read_port(t, out[0]);
}

static void tls_stop(struct tls_peer *t)
{
	(void)kill(t->pid, SIGKILL);
	(void)waitpid(t->pid, NULL, 0);
	test_remove_dir(t->dir);
}

static void tls_get(struct tls_peer *t, const char *ca_file, struct outcome *o)
{
	struct http_options opt = options(t->url);
	struct http_client *c;

	opt.ca_file = ca_file;
	opt.max_body = 65536;
	c = client(o, &opt);
	http_send(c, &get, on_answer, o);
	outcome_wait(o, 1);
	http_client_free(c);
}

static void test_tls(void **state)
{
	static const struct {
		const char *why, *names;
		bool own_ca;
		const char *text; /* NULL: an answer comes */
	} rows[] = {
		{ "its own CA, the right address", "IP:127.0.0.1", true, NULL },
		{ "its own CA, another host's name", "DNS:node.example", true,
		  "certificate does not name host '127.0.0.1'" },
		{ "the right address, but nobody vouches for it", "IP:127.0.0.1", false,
		  "certificate" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tls_peer t;
		struct outcome o;

		print_message("%s\n", rows[i].why);
		tls_start(&t, rows[i].names);
		outcome_init(&o);
		tls_get(&t, rows[i].own_ca ? t.cert : NULL, &o);
		if (rows[i].text == NULL) {
			assert_false(o.failed);
			assert_int_equal(o.status, 200);
		} else {
			assert_true(o.failed);
			assert_int_equal(o.err.code, ERR_BUSY);
			if (strstr(o.err.text, rows[i].text) == NULL)
				fail_msg("'%s' is not in '%s'", rows[i].text, o.err.text);
		}
		outcome_release(&o);
		tls_stop(&t);
	}
}

/* --- credentials from a file that the peer writes anew ------------------------------------------
 */

#define FIRST  "Authorization: Basic YTpvbmU=\r\n" /* a:one */
#define SECOND "Authorization: Basic YTp0d28=\r\n" /* a:two */

static void write_cookie(const char *path, const char *text)
{
	char fresh[600];
	FILE *f;

	(void)snprintf(fresh, sizeof(fresh), "%s.new", path);
	f = fopen(fresh, "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(fresh, 0600), 0);
	assert_int_equal(rename(fresh, path), 0); /* as Core does */
}

static void get_one(struct outcome *o, struct http_client *c)
{
	http_send(c, &get, on_answer, o);
	outcome_wait(o, o->answers + 1);
}

static void test_a_cookie_is_read_again_when_it_is_refused(void **state)
{
	static const struct peer_exchange list[] = {
		{ .head_has = FIRST, .status = 200, .body = "in" },
		{ .head_has = FIRST, .status = 401, .body = "who are you" },
		{ .head_has = SECOND, .status = 200, .body = "in again" },
		{ .head_has = SECOND, .status = 401 }, /* there is no other one */
		{ .head_has = SECOND, .status = 401 },
		{ .head_has = FIRST, .status = 401 }, /* once more, not for ever */
	};
	struct peer *p = peer_start(list, 6);
	struct http_options opt = options(peer_url(p));
	char *dir = test_make_dir(), path[560];
	struct outcome o;
	struct http_client *c;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/.cookie", dir);
	opt.cookie_file = path;
	outcome_init(&o);
	c = client(&o, &opt);
	get_one(&o, c); /* the node has not started yet: nothing is sent */
	assert_true(o.failed);
	assert_int_equal(o.err.code, ERR_BUSY);
	assert_non_null(strstr(o.err.text, "cannot read the cookie file"));

	write_cookie(path, "a:one");
	get_one(&o, c);
	assert_string_equal(o.body, "in");
	write_cookie(path, "a:two\n");
	get_one(&o, c);
	assert_int_equal(o.status, 200);
	assert_string_equal(o.body, "in again");
	get_one(&o, c);
	assert_int_equal(o.status, 401);
	write_cookie(path, "a:one");
	get_one(&o, c);
	assert_false(o.failed);
	assert_int_equal(o.status, 401);
	http_client_free(c);
	outcome_release(&o);
	peer_finish(p);
	test_remove_dir(dir);
}

/* All that were under way with the old one are sent again. */
static void test_several_are_refused_for_one_old_cookie(void **state)
{
	static const struct peer_exchange list[] = {
		{ .head_has = FIRST, .status = 200 },  { .head_has = FIRST, .status = 401 },
		{ .head_has = FIRST, .status = 401 },  { .head_has = SECOND, .status = 200 },
		{ .head_has = SECOND, .status = 200 },
	};
	struct peer *p = peer_start(list, 5);
	struct http_options opt = options(peer_url(p));
	char *dir = test_make_dir(), path[560];
	struct outcome o;
	struct http_client *c;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/.cookie", dir);
	write_cookie(path, "a:one");
	opt.cookie_file = path;
	outcome_init(&o);
	c = client(&o, &opt);
	get_one(&o, c);
	http_send(c, &get, on_answer, &o);
	http_send(c, &get, on_answer, &o);
	write_cookie(path, "a:two");
	outcome_wait(&o, 3);
	assert_int_equal(o.status, 200);
	http_client_free(c);
	outcome_release(&o);
	peer_finish(p);
	test_remove_dir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_get_and_post),
		cmocka_unit_test(test_credentials_at_once),
		cmocka_unit_test(test_large_body_in_pieces),
		cmocka_unit_test(test_stale_connection),
		cmocka_unit_test(test_once),
		cmocka_unit_test(test_redirect_is_an_answer),
		cmocka_unit_test(test_no_proxy),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_a_big_answer_may_take_its_time),
		cmocka_unit_test(test_headers_without_end),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_options_refused),
		cmocka_unit_test(test_free_with_calls_under_way),
		cmocka_unit_test(test_free_inside_answer),
		cmocka_unit_test(test_tls),
		cmocka_unit_test(test_a_cookie_is_read_again_when_it_is_refused),
		cmocka_unit_test(test_several_are_refused_for_one_old_cookie),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

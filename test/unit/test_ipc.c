/* The asking end: every question is answered exactly once, whatever the peer does. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/ipc/ipc_client.h"
#include "common/ipc/ipc_server.h"
#include "test/support/jump.h"
#include "test/support/test.h"
#include "test/support/wire.h"

#define SERVER_HELLO                                                                               \
	"{\"re\":0,\"type\":\"hello\",\"protocol\":" WIRE_PROTOCOL                                 \
	",\"daemon\":\"exchangerd\",\"version\":\"x\"}"
#define BACKOFF_MAX 5000

struct fixture {
	char *dir;
	char path[256], log[256];
	struct loop *loop;
	struct ipc_client *client;
	int listener; /* of the raw server; -1 when there is none */
	unsigned ups, downs;
};

/* One question and what came of it. */
struct question {
	unsigned answers;
	enum message_type type;
	char code[48], text[512];
};

static void on_state(void *arg, bool connected)
{
	struct fixture *f = arg;

	if (connected)
		f->ups++;
	else
		f->downs++;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->dir = test_make_dir();
	(void)snprintf(f->path, sizeof(f->path), "%s/exchangerd.sock", f->dir);
	(void)snprintf(f->log, sizeof(f->log), "%s/log", f->dir);
	assert_int_equal(log_open(f->log, "test", true, NULL), 0);
	assert_int_equal(loop_new(&f->loop, NULL), 0);
	f->listener = -1;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	ipc_client_free(f->client);
	loop_free(f->loop);
	if (f->listener >= 0)
		close(f->listener);
	log_close();
	test_remove_dir(f->dir);
	free(f);
	return 0;
}

static void client_start(struct fixture *f)
{
	assert_int_equal(ipc_client_new(f->loop, f->path, IPC_APID, IPC_EXCHANGERD, on_state, f,
					&f->client, NULL),
			 0);
}

static void on_reply(void *arg, const struct message *m)
{
	struct question *q = arg;

	q->answers++;
	q->type = m->type;
	if (m->type != MSG_TYPE_error)
		return;
	(void)snprintf(q->code, sizeof(q->code), "%s", m->u.error.code);
	(void)snprintf(q->text, sizeof(q->text), "%s", m->u.error.message);
}

static void ask(struct fixture *f, struct question *q, uint64_t timeout_ms)
{
	struct message m = { .type = MSG_TYPE_health };

	*q = (struct question){ .answers = 0 };
	ipc_ask(f->client, &m, timeout_ms, on_reply, q);
	assert_int_equal(q->answers, 0); /* never from inside */
}

static bool was_answered(void *arg)
{
	return ((const struct question *)arg)->answers > 0;
}

static void expect_unavailable(struct fixture *f, struct question *q, const char *text)
{
	loop_until(f->loop, was_answered, q, "the answer 'unavailable'");
	loop_settle(f->loop);
	assert_int_equal(q->answers, 1);
	assert_int_equal(q->type, MSG_TYPE_error);
	assert_string_equal(q->code, "unavailable");
	if (strstr(q->text, text) == NULL)
		fail_msg("'%s' instead of '%s'", q->text, text);
}

static bool is_connected(void *arg)
{
	return ipc_client_connected(((struct fixture *)arg)->client);
}

static bool is_lost(void *arg)
{
	return !is_connected(arg);
}

/* The raw server's end of a connection that has said hello. */
static int greet(struct fixture *f)
{
	int fd = wire_accept(f->loop, f->listener);

	wire_expect(f->loop, fd,
		    "{\"id\":0,\"type\":\"hello\",\"protocol\":" WIRE_PROTOCOL
		    ",\"daemon\":\"apid\",\"version\":\"");
	wire_say(fd, SERVER_HELLO);
	loop_until(f->loop, is_connected, f, "hello");
	assert_string_equal(ipc_client_error(f->client), "");
	return fd;
}

static int raw_server(struct fixture *f)
{
	f->listener = wire_listen(f->path);
	client_start(f);
	return greet(f);
}

/* --- without a server ----------------------------------------------------------------------- */

static void test_no_server_is_unavailable_at_once(void **state)
{
	struct fixture *f = *state;
	struct question q;

	client_start(f);
	ask(f, &q, 5000);
	expect_unavailable(f, &q, "not connected");
	assert_non_null(strstr(ipc_client_error(f->client), "exchangerd does not answer at"));
	for (int i = 0; i < 5; i++) {
		jump(BACKOFF_MAX);
		loop_settle(f->loop);
	}
	assert_int_equal(count_lines(f->log, "ipc_unavailable"),
			 1); /* said once, not at each try */
	assert_int_equal(f->ups + f->downs, 0);
}

static void test_path_too_long(void **state)
{
	struct fixture *f = *state;
	char path[200];
	struct err err;

	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(ipc_client_new(f->loop, path, IPC_APID, IPC_EXCHANGERD, NULL, NULL,
					&f->client, &err),
			 ERR_INVALID);
}

static void on_ask_ok(void *arg, struct ipc_ask *asked, const struct message *m)
{
	struct message reply = { .type = MSG_TYPE_health_reply };

	(void)arg;
	assert_int_equal(m->type, MSG_TYPE_health);
	ipc_answer(asked, &reply);
}

static struct ipc_server *real_server(struct fixture *f)
{
	struct ipc_server *s = NULL;

	assert_int_equal(
		ipc_server_new(f->loop, f->path, IPC_EXCHANGERD, NULL, on_ask_ok, f, &s, NULL), 0);
	return s;
}

static void expect_served(struct fixture *f)
{
	struct question q;

	ask(f, &q, 5000);
	loop_until(f->loop, was_answered, &q, "an answer");
	assert_int_equal(q.type, MSG_TYPE_health_reply);
}

static void test_connects_again_after_a_restart(void **state)
{
	struct fixture *f = *state;
	struct ipc_server *s = real_server(f);

	client_start(f);
	loop_until(f->loop, is_connected, f, "the first connection");
	for (unsigned i = 1; i <= 3; i++) {
		expect_served(f);
		assert_int_equal(f->ups, i);
		ipc_server_free(s);
		loop_until(f->loop, is_lost, f, "the loss is noticed");
		assert_int_equal(f->downs, i);
		s = real_server(f);
		jump(BACKOFF_MAX);
		loop_until(f->loop, is_connected, f, "the next connection");
	}
	ipc_server_free(s);
}

/* --- a server that errs --------------------------------------------------------------------- */

static const struct {
	const char *why, *hello, *error;
} greetings[] = {
	{ "a newer protocol",
	  "{\"re\":0,\"type\":\"hello\",\"protocol\":77,\"daemon\":\"exchangerd\",\"version\":"
	  "\"\"}",
	  "exchangerd speaks protocol 77, we speak " WIRE_PROTOCOL },
	{ "another daemon",
	  "{\"re\":0,\"type\":\"hello\",\"protocol\":" WIRE_PROTOCOL
	  ",\"daemon\":\"senderd\",\"version\":\"\"}",
	  "belongs to senderd, not to exchangerd" },
	{ "an error",
	  "{\"re\":0,\"error\":{\"code\":\"busy\",\"message\":\"too many connections\"}}",
	  "refused us: too many connections" },
	{ "no hello", "{\"re\":0,\"type\":\"ok\",\"ok\":true}", "did not begin with hello" },
	{ "nonsense", "nonsense", "malformed message" },
};

static void test_wrong_greetings(void **state)
{
	struct fixture *f = *state;

	f->listener = wire_listen(f->path);
	client_start(f);
	for (size_t i = 0; i < sizeof(greetings) / sizeof(greetings[0]); i++) {
		int fd = wire_accept(f->loop, f->listener);

		wire_expect(f->loop, fd, "hello");
		wire_say(fd, greetings[i].hello);
		wire_expect_closed(f->loop, fd, greetings[i].why);
		close(fd);
		if (strstr(ipc_client_error(f->client), greetings[i].error) == NULL)
			fail_msg("%s: '%s'", greetings[i].why, ipc_client_error(f->client));
		jump(BACKOFF_MAX);
	}
	assert_int_equal(f->ups + f->downs, 0);
	close(greet(f)); /* and a right one in the end */
}

static void test_server_that_does_not_greet(void **state)
{
	struct fixture *f = *state;
	int fd;

	f->listener = wire_listen(f->path);
	client_start(f);
	fd = wire_accept(f->loop, f->listener);
	wire_expect(f->loop, fd, "hello");
	jump(5000);
	wire_expect_closed(f->loop, fd, "silence");
	assert_string_equal(ipc_client_error(f->client), "exchangerd does not say hello");
	close(fd);
}

static const struct {
	const char *why, *said, *error;
} answers[] = {
	{ "an answer to no question", "{\"re\":77,\"type\":\"ok\",\"ok\":true}", "not asked" },
	{ "id 0", "{\"re\":0,\"type\":\"ok\",\"ok\":true}", "not asked" },
	{ "another kind of answer", "{\"re\":4097,\"type\":\"ok\",\"ok\":true}",
	  "answered with 'ok' where 'health_reply' belongs" },
	{ "a question", "{\"id\":4097,\"type\":\"health\",\"fresh\":true}", "not asked" },
	{ "nonsense", "nonsense", "malformed" },
	{ "an error that is none", "{\"re\":4097,\"error\":{}}", "malformed" },
};

static void test_wrong_answers(void **state)
{
	struct fixture *f = *state;

	f->listener = wire_listen(f->path);
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		struct question q;
		int fd;

		client_start(f); /* a fresh one: its first id is 4097 */
		fd = greet(f);
		ask(f, &q, 5000);
		wire_expect(f->loop, fd, "\"id\":4097,\"type\":\"health\"");
		wire_say(fd, answers[i].said);
		wire_expect_closed(f->loop, fd, answers[i].why);
		expect_unavailable(f, &q, answers[i].error);
		close(fd);
		ipc_client_free(f->client);
	}
	f->client = NULL;
}

static void test_impossible_frame_and_sudden_end(void **state)
{
	struct fixture *f = *state;
	int fd = raw_server(f);
	struct question q[2];

	ask(f, &q[0], 5000);
	ask(f, &q[1], 5000);
	wire_expect(f->loop, fd, "health");
	wire_send(fd, "\xff\xff\xff\xff", 4);
	expect_unavailable(f, &q[0], "impossible length");
	expect_unavailable(f, &q[1], "impossible length");
	close(fd);
	jump(BACKOFF_MAX);
	fd = greet(f);
	ask(f, &q[0], 5000);
	close(fd);
	expect_unavailable(f, &q[0], "connection to exchangerd lost");
	assert_int_equal(f->ups, 2);
	assert_int_equal(f->downs, 2);
}

/* --- time ----------------------------------------------------------------------------------- */

static void test_each_question_has_its_own_time(void **state)
{
	struct fixture *f = *state;
	int fd = raw_server(f);
	struct question slow, quick, middle;

	ask(f, &slow, 30000);
	ask(f, &quick, 1000);
	ask(f, &middle, 5000);
	jump(1000);
	expect_unavailable(f, &quick, "no answer in time");
	assert_int_equal(slow.answers + middle.answers, 0);
	jump(4000);
	expect_unavailable(f, &middle, "no answer in time");
	assert_int_equal(slow.answers, 0);
	assert_true(ipc_client_connected(f->client));
	close(fd);
	expect_unavailable(f, &slow, "lost");
	assert_int_equal(quick.answers + middle.answers, 2);
}

/* An answer that comes too late is no invention, and it frees the place of its question. */
static void test_late_answer_is_dropped(void **state)
{
	struct fixture *f = *state;
	int fd = raw_server(f);
	struct question q, next;

	ask(f, &q, 1000);
	jump(1000);
	expect_unavailable(f, &q, "no answer in time");
	wire_expect(f->loop, fd, "\"id\":4097,");
	wire_say(fd, "{\"re\":4097,\"error\":{\"code\":\"busy\",\"message\":\"late\"}}");
	loop_settle(f->loop);
	assert_int_equal(q.answers, 1);
	assert_true(ipc_client_connected(f->client));
	ask(f, &next, 1000);
	wire_expect(f->loop, fd, "\"id\":8193,"); /* the same place, another id */
	wire_say(fd, "{\"re\":8193,\"error\":{\"code\":\"busy\",\"message\":\"now\"}}");
	loop_until(f->loop, was_answered, &next, "an answer in time");
	assert_string_equal(next.text, "now");
	wire_say(fd, "{\"re\":8193,\"error\":{\"code\":\"busy\",\"message\":\"twice\"}}");
	wire_expect_closed(f->loop, fd, "the same answer twice");
	assert_int_equal(next.answers, 1);
	close(fd);
}

static void test_dead_peer_is_left(void **state)
{
	struct fixture *f = *state;
	int fd = raw_server(f);
	static struct question q[IPC_OUTSTANDING_MAX / 2];

	for (int i = 0; i < IPC_OUTSTANDING_MAX / 2; i++)
		ask(f, &q[i], 1000);
	loop_settle(f->loop);
	jump(1000);
	loop_until(f->loop, is_lost, f, "half a table of unanswered questions is enough");
	for (int i = 0; i < IPC_OUTSTANDING_MAX / 2; i++)
		assert_int_equal(q[i].answers, 1);
	close(fd);
	jump(BACKOFF_MAX);
	close(greet(f)); /* with an empty table */
}

/* --- bounds --------------------------------------------------------------------------------- */

static void test_outstanding_questions_are_bounded(void **state)
{
	struct fixture *f = *state;
	int fd = raw_server(f);
	static struct question q[IPC_OUTSTANDING_MAX + 2];

	for (int i = 0; i < IPC_OUTSTANDING_MAX + 2; i++)
		ask(f, &q[i], 60000);
	expect_unavailable(f, &q[IPC_OUTSTANDING_MAX], "too many questions");
	expect_unavailable(f, &q[IPC_OUTSTANDING_MAX + 1], "too many questions");
	for (int i = 0; i < IPC_OUTSTANDING_MAX; i++)
		assert_int_equal(q[i].answers, 0);
	wire_expect(f->loop, fd, "\"id\":4097,");
	wire_say(fd, "{\"re\":4097,\"error\":{\"code\":\"busy\",\"message\":\"\"}}");
	loop_until(f->loop, was_answered, &q[0], "the first answer");
	ask(f, &q[0], 60000); /* there is room again */
	loop_settle(f->loop);
	assert_int_equal(q[0].answers, 0);
	ipc_client_free(f->client);
	f->client = NULL;
	for (int i = 0; i < IPC_OUTSTANDING_MAX + 2; i++)
		assert_int_equal(q[i].answers, 1);
	close(fd);
}

struct asks_again {
	struct fixture *f;
	unsigned answers;
};

static void on_reply_ask_again(void *arg, const struct message *m)
{
	struct asks_again *a = arg;
	struct message again = { .type = MSG_TYPE_health };

	assert_int_equal(m->type, MSG_TYPE_error);
	a->answers++;
	ipc_ask(a->f->client, &again, 1000, on_reply_ask_again, a);
}

static void test_free_ends_who_always_asks_again(void **state)
{
	struct fixture *f = *state;
	struct asks_again a = { f, 0 };
	int fd = raw_server(f);
	struct message m = { .type = MSG_TYPE_health };

	ipc_ask(f->client, &m, 1000, on_reply_ask_again, &a);
	ipc_client_free(f->client);
	f->client = NULL;
	assert_in_range(a.answers, 1, 2);
	close(fd);
}

static void test_scripted_time_has_no_sockets(void **state)
{
	struct loop *l = loop_new_scripted(1500000000);
	struct fixture f = { .loop = l };
	struct question q;

	(void)state;
	assert_int_equal(ipc_client_new(l, "/nowhere/x.sock", IPC_APID, IPC_EXCHANGERD, on_state,
					&f, &f.client, NULL),
			 0);
	ask(&f, &q, 1000);
	loop_scripted_turn(l);
	assert_int_equal(q.answers, 1);
	assert_string_equal(q.code, "unavailable");
	ipc_client_free(f.client);
	loop_free(l);
}

/* --- much at once --------------------------------------------------------------------------- */

struct load {
	struct fixture *f;
	unsigned sent, got, total;
};

static void load_ask(struct load *load);

static void on_load_reply(void *arg, const struct message *m)
{
	struct load *load = arg;

	assert_int_equal(m->type, MSG_TYPE_health_reply);
	load->got++;
	if (load->sent < load->total)
		load_ask(load);
}

static void load_ask(struct load *load)
{
	struct message m = { .type = MSG_TYPE_health };

	load->sent++;
	ipc_ask(load->f->client, &m, 60000, on_load_reply, load);
}

static bool load_is_done(void *arg)
{
	const struct load *load = arg;

	return load->got == load->total;
}

static void test_many_questions_in_flight(void **state)
{
	struct fixture *f = *state;
	struct load load = { .f = f, .total = 20000 };
	struct ipc_server *s = real_server(f);

	client_start(f);
	loop_until(f->loop, is_connected, f, "the connection");
	for (int i = 0; i < 1500; i++) /* more than the server takes at a time */
		load_ask(&load);
	loop_until(f->loop, load_is_done, &load, "all answers");
	assert_int_equal(load.sent, load.total);
	ipc_server_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(test_no_server_is_unavailable_at_once),
		T(test_path_too_long),
		T(test_connects_again_after_a_restart),
		T(test_wrong_greetings),
		T(test_server_that_does_not_greet),
		T(test_wrong_answers),
		T(test_impossible_frame_and_sudden_end),
		T(test_each_question_has_its_own_time),
		T(test_late_answer_is_dropped),
		T(test_dead_peer_is_left),
		T(test_outstanding_questions_are_bounded),
		T(test_free_ends_who_always_asks_again),
		cmocka_unit_test(test_scripted_time_has_no_sockets),
		T(test_many_questions_in_flight),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

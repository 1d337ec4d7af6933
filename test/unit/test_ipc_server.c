/* The listening end against peers that misbehave: the connection suffers, the daemon and its
 * other peers do not.  After each misdeed an honest client asks and is answered. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/ipc/frame.h"
#include "common/ipc/ipc_client.h"
#include "common/ipc/ipc_server.h"
#include "test/support/jump.h"
#include "test/support/test.h"
#include "test/support/wire.h"

#define HELD_MAX   1024
#define HEALTH(id) "{\"id\":" id ",\"type\":\"health\",\"fresh\":false}"
#define BIND(id)                                                                                   \
	"{\"id\":" id ",\"type\":\"bind\",\"coin\":\"BTC\",\"sky_address\":\"x\",\"client\":\"\"," \
	"\"until_ms\":\"0\"}"

/* exchangerd as far as its socket is concerned: health is answered at once, with a detail of
 * `detail_size` bytes; binds are held until the test answers them. */
struct fixture {
	char *dir;
	char path[256], log[256];
	struct loop *loop;
	struct ipc_server *server;
	struct ipc_client *honest;
	struct ipc_ask *held[HELD_MAX];
	unsigned held_count, health_count;
	size_t detail_size;
	bool served;
};

static void answer_health(struct fixture *f, struct ipc_ask *ask)
{
	struct message m = { .type = MSG_TYPE_health_reply };
	char *detail = NULL;

	f->health_count++;
	if (f->detail_size > 0) {
		detail = malloc(f->detail_size + 1);
		assert_non_null(detail);
		memset(detail, 'd', f->detail_size);
		detail[0] = detail[f->detail_size - 1] = '"';
		detail[f->detail_size] = '\0';
	}
	m.u.health_reply.detail = detail;
	ipc_answer(ask, &m);
	message_release(&m);
}

static void on_ask(void *arg, struct ipc_ask *ask, const struct message *m)
{
	struct fixture *f = arg;

	if (m->type == MSG_TYPE_health && ipc_ask_from(ask) == IPC_APID)
		answer_health(f, ask);
	else if (m->type == MSG_TYPE_health)
		ipc_refuse(ask, "busy", "not now");
	else
		f->held[f->held_count++] = ask;
}

static void answer_held(struct fixture *f)
{
	struct message m = { .type = MSG_TYPE_bind_reply };
	unsigned count = f->held_count;

	f->held_count = 0;
	for (unsigned i = 0; i < count; i++)
		ipc_answer(f->held[i], &m);
}

static bool honest_is_connected(void *arg)
{
	return ipc_client_connected(((struct fixture *)arg)->honest);
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
	assert_int_equal(
		ipc_server_new(f->loop, f->path, IPC_EXCHANGERD, NULL, on_ask, f, &f->server, NULL),
		0);
	assert_int_equal(ipc_client_new(f->loop, f->path, IPC_SENDERD, IPC_EXCHANGERD, NULL, f,
					&f->honest, NULL),
			 0);
	loop_until(f->loop, honest_is_connected, f, "the honest client connects");
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	ipc_client_free(f->honest);
	ipc_server_free(f->server);
	answer_held(f);
	loop_free(f->loop);
	log_close();
	test_remove_dir(f->dir);
	free(f);
	return 0;
}

static void on_honest_reply(void *arg, const struct message *m)
{
	struct fixture *f = arg;

	assert_int_equal(m->type, MSG_TYPE_error);
	assert_string_equal(m->u.error.code, "busy"); /* on_ask's answer to senderd */
	f->served = true;
}

static bool honest_was_served(void *arg)
{
	return ((struct fixture *)arg)->served;
}

static void others_are_served(struct fixture *f)
{
	struct message m = { .type = MSG_TYPE_health };

	f->served = false;
	ipc_ask(f->honest, &m, 1000, on_honest_reply, f);
	loop_until(f->loop, honest_was_served, f, "the honest client is served");
}

static int greeted(struct fixture *f, const char *hello)
{
	int fd = wire_connect(f->path);

	wire_say(fd, hello);
	wire_expect(f->loop, fd,
		    "\"type\":\"hello\",\"protocol\":" WIRE_PROTOCOL ",\"daemon\":\"exchangerd\"");
	return fd;
}

/* --- misdeeds ------------------------------------------------------------------------------- */

static const struct misdeed {
	const char *why;
	const char *hello; /* NULL: none first */
	const char *frame; /* said as a frame, or */
	const char *raw;   /* sent as it is */
	size_t raw_len;
	const char *told; /* part of the error frame; NULL: none can be expected */
} misdeeds[] = {
	{ "zero length", HELLO("apid"), NULL, "\0\0\0\0", 4, NULL },
	{ "oversize", HELLO("apid"), NULL, "\0\x10\0\1", 4, NULL },
	{ "another protocol", NULL, NULL, "GET / HTTP/1.1\r\n\r\n", 18, NULL },
	{ "no JSON", HELLO("apid"), "hello", NULL, 0, "malformed" },
	{ "no JSON before hello", NULL, "]", NULL, 0, "malformed" },
	{ "a question before hello", NULL, HEALTH("1"), NULL, 0, "hello must come first" },
	{ "an answer before hello", NULL, "{\"re\":1,\"type\":\"ok\",\"ok\":true}", NULL, 0,
	  "hello must come first" },
	{ "a newer protocol", NULL,
	  "{\"id\":0,\"type\":\"hello\",\"protocol\":77,\"daemon\":\"apid\",\"version\":\"\"}",
	  NULL, 0, "protocol 77 is not spoken here: exchangerd speaks " WIRE_PROTOCOL },
	{ "no such daemon", NULL, HELLO("root"), NULL, 0, "'root' is no daemon" },
	{ "hello twice", HELLO("apid"), HELLO("apid"), NULL, 0, "may not ask 'hello'" },
	{ "unknown message", HELLO("apid"), "{\"id\":1,\"type\":\"pay\"}", NULL, 0,
	  "unknown message type 'pay'" },
	{ "a field is missing", HELLO("apid"), "{\"id\":1,\"type\":\"bind\",\"coin\":\"BTC\"}",
	  NULL, 0, "field 'sky_address' is missing" },
	{ "a forbidden asker", HELLO("scannerd"), BIND("9"), NULL, 0, "\"re\":9,\"error\"" },
	{ "a question for another daemon", HELLO("apid"),
	  "{\"id\":1,\"type\":\"dummy_broadcasts\",\"from\":\"0\"}", NULL, 0, "may not ask" },
	{ "an answer to nothing", HELLO("apid"), "{\"re\":1,\"type\":\"ok\",\"ok\":true}", NULL, 0,
	  "may not answer 'ok'" },
	{ "an answer as a question", HELLO("apid"), "{\"id\":1,\"type\":\"ok\",\"ok\":true}", NULL,
	  0, "may not ask 'ok'" },
	{ "id 0", HELLO("apid"), HEALTH("0"), NULL, 0, "may not ask" },
};

static void commit_misdeed(struct fixture *f, const struct misdeed *d)
{
	unsigned before = count_lines(f->log, " warn ");
	int fd = d->hello != NULL ? greeted(f, d->hello) : wire_connect(f->path);

	if (d->frame != NULL)
		wire_say(fd, d->frame);
	else
		wire_send(fd, d->raw, d->raw_len);
	if (d->told != NULL)
		wire_expect(f->loop, fd, d->told);
	wire_expect_closed(f->loop, fd, d->why);
	close(fd);
	if (count_lines(f->log, " warn ") != before + 1)
		fail_msg("%s: is to be logged once", d->why);
	assert_int_equal(f->held_count, 0);
	others_are_served(f);
}

static void test_misdeeds_cost_one_connection(void **state)
{
	for (size_t i = 0; i < sizeof(misdeeds) / sizeof(misdeeds[0]); i++)
		commit_misdeed(*state, &misdeeds[i]);
}

/* What came before the misdeed in the same read is still answered. */
static void test_good_frames_before_a_bad_one(void **state)
{
	struct fixture *f = *state;
	int fd = greeted(f, HELLO("apid"));

	wire_say(fd, HEALTH("1"));
	wire_say(fd, "nonsense");
	wire_say(fd, HEALTH("2"));
	wire_expect(f->loop, fd, "\"re\":1,\"type\":\"health_reply\"");
	wire_expect(f->loop, fd, "malformed");
	wire_expect_closed(f->loop, fd, "nonsense closes");
	assert_int_equal(f->health_count, 1);
	close(fd);
	others_are_served(f);
}

static void test_frames_in_pieces(void **state)
{
	static const char json[] = HEALTH("1");
	struct fixture *f = *state;
	int fd = greeted(f, HELLO("apid"));
	char frame[4 + sizeof(json) - 1] = { 0, 0, 0, sizeof(json) - 1 };

	memcpy(frame + 4, json, sizeof(json) - 1);
	for (size_t i = 0; i < sizeof(frame); i++) {
		wire_send(fd, frame + i, 1);
		loop_settle(f->loop);
	}
	wire_expect(f->loop, fd, "\"re\":1");
	wire_send(fd, frame, 7); /* and half of one before it leaves */
	close(fd);
	loop_settle(f->loop);
	others_are_served(f);
	assert_int_equal(count_lines(f->log, " warn "), 0); /* leaving is no misdeed */
}

/* --- who is let in -------------------------------------------------------------------------- */

/* In a child: as nobody when we are root, who may be anyone. */
static int stranger(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	static const char json[] = HELLO("apid");
	char frame[4 + sizeof(json) - 1] = { 0, 0, 0, sizeof(json) - 1 };
	char answer[1024] = "";
	int fd;

	if (geteuid() == 0 && setuid(65534) < 0)
		return 2;
	memcpy(frame + 4, json, sizeof(json) - 1);
	memcpy(a.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    write(fd, frame, sizeof(frame)) != sizeof(frame) ||
	    recv(fd, answer, sizeof(answer) - 1, 0) <= 4)
		return 3;
	if (strstr(answer + 4, "may not be apid") == NULL)
		return 4;
	return recv(fd, answer, sizeof(answer), 0) <= 0 ? 0 : 5; /* and closed */
}

struct child {
	pid_t pid;
	int status;
};

static bool has_ended(void *arg)
{
	struct child *c = arg;

	return waitpid(c->pid, &c->status, WNOHANG) == c->pid;
}

static void test_a_strangers_uid_is_refused(void **state)
{
	struct fixture *f = *state;
	uid_t other = geteuid() + 1;
	struct ipc_users users = { other, other, other, other, other };
	struct ipc_server *server = NULL;
	struct child c;
	char path[300];

	(void)snprintf(path, sizeof(path), "%s/guarded.sock", f->dir);
	assert_int_equal(
		ipc_server_new(f->loop, path, IPC_EXCHANGERD, &users, on_ask, f, &server, NULL), 0);
	assert_int_equal(chmod(f->dir, 0711), 0); /* let the stranger as far as the door */
	assert_int_equal(chmod(path, 0666), 0);
	c.pid = fork();
	assert_true(c.pid >= 0);
	if (c.pid == 0)
		_exit(stranger(path));
	loop_until(f->loop, has_ended, &c, "the stranger is turned away");
	assert_true(WIFEXITED(c.status));
	assert_int_equal(WEXITSTATUS(c.status), 0);
	assert_int_equal(count_lines(f->log, "may not be apid"), 1);
	ipc_server_free(server);
	others_are_served(f);
}

static void test_socket_is_for_owner_and_group(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
}

static void test_stale_socket_is_replaced(void **state)
{
	struct fixture *f = *state;
	struct ipc_server *again = NULL;
	char path[300], too_long[200];
	struct err err;
	int stale;

	(void)snprintf(path, sizeof(path), "%s/stale.sock", f->dir);
	stale = wire_listen(path);
	close(stale); /* the file stays, as after kill -9 */
	assert_int_equal(ipc_server_new(f->loop, path, IPC_SENDERD, NULL, on_ask, f, &again, &err),
			 0);
	ipc_server_free(again);
	loop_settle(f->loop);
	assert_int_not_equal(access(path, F_OK), 0); /* removed in order */
	memset(too_long, 'x', sizeof(too_long));
	too_long[sizeof(too_long) - 1] = '\0';
	assert_int_equal(
		ipc_server_new(f->loop, too_long, IPC_SENDERD, NULL, on_ask, f, &again, &err),
		ERR_INVALID);
	assert_int_equal(ipc_server_new(f->loop, "/nonexistent/x.sock", IPC_SENDERD, NULL, on_ask,
					f, &again, &err),
			 ERR_IO);
}

static void test_silent_connection_is_closed(void **state)
{
	struct fixture *f = *state;
	int silent = wire_connect(f->path), half = wire_connect(f->path),
	    polite = greeted(f, HELLO("apid"));

	wire_send(half, "\0\0", 2);
	loop_settle(f->loop);
	jump(5000);
	wire_expect(f->loop, silent, "no hello within");
	wire_expect_closed(f->loop, silent, "silence");
	wire_expect(f->loop, half, "no hello within");
	wire_expect_closed(f->loop, half, "half a frame");
	wire_say(polite, HEALTH("1")); /* may be silent for as long as it likes */
	wire_expect(f->loop, polite, "\"re\":1");
	close(silent);
	close(half);
	close(polite);
}

static void test_connections_are_bounded(void **state)
{
	struct fixture *f = *state;
	int fd[IPC_CONNECTIONS_MAX], extra;

	for (int i = 0; i < IPC_CONNECTIONS_MAX - 1; i++) /* the honest one is there already */
		fd[i] = greeted(f, HELLO("tellerctl"));
	for (int i = 0; i < 3; i++) {
		extra = wire_connect(f->path);
		wire_expect(f->loop, extra, "too many connections");
		wire_expect_closed(f->loop, extra, "one too many");
		close(extra);
	}
	assert_int_equal(count_lines(f->log, "ipc_connections_full"), 1);
	others_are_served(f);
	close(fd[0]);
	loop_settle(f->loop);
	fd[0] = greeted(f, HELLO("tellerctl")); /* a place has become free */
	for (int i = 0; i < IPC_CONNECTIONS_MAX - 1; i++)
		close(fd[i]);
}

/* --- bounds of one connection --------------------------------------------------------------- */

/* Questions 1 to `count` in one write. */
static void say_binds(int fd, unsigned count)
{
	struct buf all = BUF_INIT(1000000);

	for (unsigned id = 1; id <= count; id++) {
		char json[200];
		int n = snprintf(json, sizeof(json), BIND("%u"), id);

		assert_true(frame_put(&all, json, (size_t)n));
	}
	wire_send(fd, all.data, all.len);
	buf_release(&all);
}

struct held_cond {
	struct fixture *f;
	unsigned count;
};

static bool holds(void *arg)
{
	struct held_cond *c = arg;

	return c->f->held_count == c->count;
}

static void test_unanswered_questions_are_bounded(void **state)
{
	struct fixture *f = *state;
	struct held_cond full = { f, IPC_UNANSWERED_MAX }, rest = { f, 88 };
	int fd = greeted(f, HELLO("apid"));

	say_binds(fd, IPC_UNANSWERED_MAX + 88);
	loop_until(f->loop, holds, &full, "as many as are allowed");
	loop_settle(f->loop);
	assert_int_equal(f->held_count, IPC_UNANSWERED_MAX); /* and no more */
	others_are_served(f);
	answer_held(f);
	loop_until(f->loop, holds, &rest, "the others, after the answers");
	answer_held(f);
	for (unsigned id = 1; id <= IPC_UNANSWERED_MAX + 88; id++) {
		char part[32];

		(void)snprintf(part, sizeof(part), "{\"re\":%u,", id);
		wire_expect(f->loop, fd, part);
	}
	close(fd);
}

/* Ask for far more than the queue may hold, and do not read. */
static int glutton(struct fixture *f)
{
	int fd = greeted(f, HELLO("apid"));

	f->detail_size = 400000;
	for (int i = 0; i < 100; i++)
		wire_say(fd, HEALTH("5"));
	loop_settle(f->loop);
	assert_in_range(f->health_count, 10, 14); /* 4 MiB of answers, then it is not read */
	return fd;
}

static void test_peer_that_never_reads_is_closed(void **state)
{
	struct fixture *f = *state;
	int fd = glutton(f);

	others_are_served(f);
	for (int s = 5; s <= 30; s += 5) {
		jump(5000);
		loop_settle(f->loop);
		assert_int_equal(count_lines(f->log, "does not read"), 0);
	}
	jump(10000);
	loop_settle(f->loop);
	jump(5000);
	loop_settle(f->loop);
	assert_int_equal(count_lines(f->log, "does not read"), 1);
	wire_expect_closed(f->loop, fd, "who never reads");
	others_are_served(f);
	close(fd);
}

static void test_peer_that_reads_slowly_is_not_closed(void **state)
{
	struct fixture *f = *state;
	int fd = glutton(f);

	for (int i = 0; i < 100; i++) {
		if (i < 20) /* 100 s */
			jump(5000);
		wire_expect(f->loop, fd, "\"re\":5");
		others_are_served(f);
	}
	assert_int_equal(f->health_count, 100);
	assert_int_equal(count_lines(f->log, " warn "), 0);
	close(fd);
}

static void test_question_outlives_its_connection(void **state)
{
	struct fixture *f = *state;
	struct held_cond three = { f, 3 };
	int fd = greeted(f, HELLO("apid"));

	wire_say(fd, BIND("1"));
	wire_say(fd, BIND("2"));
	wire_say(fd, BIND("3"));
	loop_until(f->loop, holds, &three, "three questions");
	ipc_answer(f->held[1], &(struct message){ .type = MSG_TYPE_bind_reply });
	f->held[1] = f->held[2];
	f->held_count = 2;
	close(fd);
	loop_settle(f->loop);
	others_are_served(f);
	assert_int_equal(ipc_ask_from(f->held[0]), IPC_APID);
	assert_int_equal(ipc_ask_uid(f->held[0]), geteuid());
	answer_held(f); /* into the void; ASan looks for what was freed and what was not */
	ipc_server_free(f->server);
	f->server = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(test_misdeeds_cost_one_connection),
		T(test_good_frames_before_a_bad_one),
		T(test_frames_in_pieces),
		T(test_a_strangers_uid_is_refused),
		T(test_socket_is_for_owner_and_group),
		T(test_stale_socket_is_replaced),
		T(test_silent_connection_is_closed),
		T(test_connections_are_bounded),
		T(test_unanswered_questions_are_bounded),
		T(test_peer_that_never_reads_is_closed),
		T(test_peer_that_reads_slowly_is_not_closed),
		T(test_question_outlives_its_connection),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

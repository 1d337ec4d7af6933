/* A websocket against peers that open it, refuse it, and fall silent.  Those that open it are
 * children of this test with a few lines of server in them. */
#include "test/support/test.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/base64.h"
#include "common/rpc/websocket.h"
#include "common/rpc/ws_handshake.h"
#include "test/support/http_peer.h"

#define PATIENCE_MS 20000
#define OPEN_MS	    20000
#define SILENCE_MS  60	/* for who never answers */
#define PATIENT_MS  700 /* for who does, on a machine with much to do */
#define NO_END	    (-1)
#define TRIES	    8 /* a peer that was kept from running is not to blame */

/* --- the peer -------------------------------------------------------------------------------- */

enum peer_act { ACT_SILENT, ACT_PONG, ACT_CUT, ACT_FLOOD, ACT_HELLO_AT_ONCE };

struct ws_peer {
	pid_t pid;
	char url[64];
};

static void send_all(int fd, const void *data, size_t len)
{
	const char *left = data;

	while (len > 0) {
		ssize_t n = send(fd, left, len, MSG_NOSIGNAL);

		if (n < 0)
			_exit(0);
		left += n;
		len -= (size_t)n;
	}
}

/* The digest that the key demands, in an answer that is in order; `more` comes with it. */
static void answer_handshake(int fd, const void *more, size_t more_len)
{
	static const char name[] = "Sec-WebSocket-Key: ";
	char head[4096] = "", text[512], *key;
	uint8_t nonce[WS_NONCE_BYTES];
	struct ws_key ours;
	size_t len = 0, nonce_len;
	ssize_t n = 1;

	while (strstr(head, "\r\n\r\n") == NULL && n > 0 && len < sizeof(head) - 1) {
		n = recv(fd, head + len, sizeof(head) - 1 - len, 0);
		len += n > 0 ? (size_t)n : 0;
		head[len] = '\0';
	}
	key = strstr(head, name);
	if (key == NULL)
		_exit(1);
	key += sizeof(name) - 1;
	key[WS_KEY_TEXT - 1] = '\0';
	if (!base64_decode(key, nonce, sizeof(nonce), &nonce_len) || nonce_len != sizeof(nonce))
		_exit(1);
	ws_key_make(nonce, &ours);
	len = (size_t)snprintf(text, sizeof(text),
			       "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
			       "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
			       ours.accept);
	memcpy(text + len, more, more_len);
	send_all(fd, text, len + more_len);
}

/* For each frame that comes (pings, all short) a pong. */
static void pong_for_ever(int fd)
{
	char frame[256];

	while (recv(fd, frame, sizeof(frame), 0) > 0)
		send_all(fd, "\x8a\x00", 2);
}

static void flood_for_ever(int fd)
{
	char frame[1002] = "\x81\x7e\x03\xe6";

	memset(frame + 4, 'x', 998);
	for (;;)
		send_all(fd, frame, sizeof(frame));
}

static void act(int fd, enum peer_act what)
{
	char byte;

	answer_handshake(fd, "\x81\x05hello", what == ACT_HELLO_AT_ONCE ? 7 : 0);
	switch (what) {
	case ACT_PONG: pong_for_ever(fd); break;
	case ACT_FLOOD: flood_for_ever(fd); break;
	case ACT_CUT: break;
	case ACT_SILENT:
	case ACT_HELLO_AT_ONCE:
		while (recv(fd, &byte, 1, 0) > 0)
			continue;
	}
}

static void ws_peer_start(struct ws_peer *p, enum peer_act what)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(listener, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&a, &len), 0);
	(void)snprintf(p->url, sizeof(p->url), "http://127.0.0.1:%d/ws", ntohs(a.sin_port));
	p->pid = fork();
	if (p->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		act(accept(listener, NULL, NULL), what);
		_exit(0);
	}
	(void)close(listener);
}

static void ws_peer_stop(struct ws_peer *p)
{
	(void)kill(p->pid, SIGKILL);
	(void)waitpid(p->pid, NULL, 0);
}

/* --- what came of it ------------------------------------------------------------------------- */

struct outcome {
	struct loop *loop;
	struct loop_timer *patience;
	struct websocket *socket;
	uint64_t open_ms;			   /* 0: OPEN_MS */
	unsigned opened, messages, closed, enough; /* messages after which it is over */
	int end;
	char why[256], text[64];
};

static void on_patience(void *arg)
{
	struct outcome *o = arg;

	loop_stop(o->loop);
}

static void on_opened(void *arg)
{
	struct outcome *o = arg;

	assert_int_equal(o->opened++, 0);
}

static void on_message(void *arg, const char *text, size_t len)
{
	struct outcome *o = arg;

	(void)snprintf(o->text, sizeof(o->text), "%.*s", (int)len, text);
	if (++o->messages == o->enough) {
		websocket_free(o->socket);
		o->socket = NULL;
		loop_stop(o->loop);
	}
	assert_true(o->enough == 0 || o->messages <= o->enough);
}

static void on_closed(void *arg, enum websocket_end end, const char *why)
{
	struct outcome *o = arg;

	assert_int_equal(o->closed++, 0);
	o->end = (int)end;
	(void)snprintf(o->why, sizeof(o->why), "%s", why);
	loop_stop(o->loop);
}

static void listen_with(struct outcome *o, const char *url, uint64_t patience_ms,
			uint64_t silence_ms)
{
	static const struct websocket_events events = { on_opened, on_message, on_closed };
	struct websocket_options opt = { .url = url,
					 .user = "u",
					 .pass = "p",
					 .open_ms = o->open_ms > 0 ? o->open_ms : OPEN_MS,
					 .silence_ms = silence_ms,
					 .max_message = 1000 };
	struct err err;

	o->end = NO_END;
	assert_int_equal(loop_new(&o->loop, NULL), 0);
	o->patience = loop_timer_new(o->loop, on_patience, o);
	loop_timer_start(o->patience, patience_ms);
	if (websocket_new(o->loop, &opt, &events, o, &o->socket, &err) < 0)
		fail_msg("%s", err.text);
	loop_run(o->loop);
	websocket_free(o->socket);
	loop_timer_free(o->patience);
	loop_free(o->loop);
}

static void listen_to(struct outcome *o, const char *url)
{
	listen_with(o, url, PATIENCE_MS, SILENCE_MS);
}

/* To a peer of its own, for `ms`. */
static void listen_for_a_while(struct outcome *o, enum peer_act act, uint64_t ms,
			       uint64_t silence_ms)
{
	struct ws_peer p;

	memset(o, 0, sizeof(*o));
	ws_peer_start(&p, act);
	listen_with(o, p.url, ms, silence_ms);
	ws_peer_stop(&p);
}

/* --- tests ----------------------------------------------------------------------------------- */

/* A cut cable: no byte, no answer to the ping. */
static void test_silence(void **state)
{
	struct outcome o = { 0 };
	struct ws_peer p;

	(void)state;
	ws_peer_start(&p, ACT_SILENT);
	listen_to(&o, p.url);
	assert_int_equal(o.opened, 1);
	assert_int_equal(o.end, WEBSOCKET_LOST);
	assert_non_null(strstr(o.why, "answers no ping"));
	ws_peer_stop(&p);
}

/* Who answers pings may be silent for as long as it likes. */
static void test_pongs_keep_it_open(void **state)
{
	struct outcome o;

	(void)state;
	for (int tries = 0; tries < TRIES; tries++) {
		listen_for_a_while(&o, ACT_PONG, 4UL * PATIENT_MS, PATIENT_MS);
		if (o.opened == 1 && o.closed == 0)
			return;
	}
	fail_msg("%s", o.why);
}

static void test_cut(void **state)
{
	struct outcome o = { 0 };
	struct ws_peer p;

	(void)state;
	ws_peer_start(&p, ACT_CUT);
	listen_to(&o, p.url);
	assert_int_equal(o.opened, 1);
	assert_int_equal(o.end, WEBSOCKET_LOST);
	ws_peer_stop(&p);
}

/* Frames in the same packet as the answer; freed by who hears them. */
static void test_message_with_the_answer(void **state)
{
	struct outcome o = { .enough = 1 };
	struct ws_peer p;

	(void)state;
	ws_peer_start(&p, ACT_HELLO_AT_ONCE);
	listen_to(&o, p.url);
	assert_string_equal(o.text, "hello");
	assert_int_equal(o.closed, 0);
	ws_peer_stop(&p);
}

/* Others on the loop (the test's patience) have their turn all the same, and freeing it in the
 * middle of a flood is the end of it. */
static void test_flood(void **state)
{
	struct outcome o = { 0 }, freed = { .enough = 5000 };
	struct ws_peer p;

	(void)state;
	for (int tries = 0; tries < TRIES && o.messages == 0; tries++)
		listen_for_a_while(&o, ACT_FLOOD, PATIENT_MS, PATIENCE_MS);
	if (o.closed != 0)
		fail_msg("%s", o.why);
	assert_true(o.messages > 0);
	ws_peer_start(&p, ACT_FLOOD);
	listen_with(&freed, p.url, PATIENCE_MS, PATIENCE_MS);
	assert_int_equal(freed.messages, 5000);
	ws_peer_stop(&p);
}

static void test_refused(void **state)
{
	static const struct {
		const char *why;
		struct peer_exchange peer;
		enum websocket_end end;
		const char *text;
	} rows[] = {
		{ "btcd: a wrong password",
		  { .head_has = "Authorization: Basic dTpw\r\n",
		    .raw = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n" },
		  WEBSOCKET_UNAUTHORIZED,
		  "status 401" },
		{ "another node: no such page",
		  { .path = "/ws", .raw = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n" },
		  WEBSOCKET_REFUSED,
		  "status 404" },
		{ "not even HTTP", { .raw = "hello\r\n\r\n" }, WEBSOCKET_BROKEN, "no HTTP" },
		{ "an answer to another key",
		  { .raw = "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
			   "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n" },
		  WEBSOCKET_BROKEN,
		  "another key" },
		{ "closed without an answer", { .then = PEER_DROP }, WEBSOCKET_LOST, "" },
		{ "no answer at all", { .then = PEER_HANG }, WEBSOCKET_LOST, "in time" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct peer *p = peer_start(&rows[i].peer, 1);
		struct outcome o = { .open_ms = rows[i].peer.then == PEER_HANG ? 300 : 0 };
		char url[128];

		print_message("%s\n", rows[i].why);
		(void)snprintf(url, sizeof(url), "%s/ws", peer_url(p));
		listen_to(&o, url);
		assert_int_equal(o.opened, 0);
		assert_int_equal(o.end, rows[i].end);
		assert_non_null(strstr(o.why, rows[i].text));
		peer_kill(p);
	}
}

static void test_nobody_there(void **state)
{
	struct outcome o = { 0 };

	(void)state;
	listen_to(&o, "http://127.0.0.1:1/ws");
	assert_int_equal(o.end, WEBSOCKET_LOST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_silence),	     cmocka_unit_test(test_pongs_keep_it_open),
		cmocka_unit_test(test_cut),	     cmocka_unit_test(test_message_with_the_answer),
		cmocka_unit_test(test_flood),	     cmocka_unit_test(test_refused),
		cmocka_unit_test(test_nobody_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

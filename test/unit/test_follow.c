/* Both halves of `follow`: news arrive at once, and where a message could be lost the consumer
 * looks all the same. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/ipc/follow.h"
#include "test/support/jump.h"
#include "test/support/test.h"
#include "test/support/wire.h"

/* A feed without a database: its newest seq, and how far the consumer has read. */
struct fixture {
	char *dir;
	char path[256];
	struct loop *loop;
	struct ipc_server *server;
	struct followed *followed;
	struct follower *follower;
	uint64_t newest, position;
	unsigned page; /* rows that one look reads at most; 0: all */
	unsigned looks, asks;
	bool refuse;
};

static void on_ask(void *arg, struct ipc_ask *ask, const struct message *m)
{
	struct fixture *f = arg;

	assert_int_equal(m->type, MSG_TYPE_follow);
	assert_string_equal(m->u.follow.feed, "deposits");
	f->asks++;
	if (f->refuse)
		ipc_refuse(ask, "busy", "the database is locked");
	else
		followed_ask(f->followed, ask, &m->u.follow, f->newest);
}

static uint64_t on_news(void *arg)
{
	struct fixture *f = arg;
	uint64_t left = f->newest - f->position;

	f->looks++;
	f->position += f->page > 0 && left > f->page ? f->page : left;
	if (f->position < f->newest)
		follower_wake(f->follower);
	return f->position;
}

static void producer_start(struct fixture *f)
{
	f->followed = followed_new();
	assert_int_equal(
		ipc_server_new(f->loop, f->path, IPC_EXCHANGERD, NULL, on_ask, f, &f->server, NULL),
		0);
}

static void producer_stop(struct fixture *f)
{
	followed_free(f->followed);
	ipc_server_free(f->server);
	f->followed = NULL;
	f->server = NULL;
}

static void consumer_start(struct fixture *f)
{
	assert_int_equal(follower_new(f->loop, f->path, IPC_SENDERD, IPC_EXCHANGERD, "deposits",
				      on_news, f, &f->follower, NULL),
			 0);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->dir = test_make_dir();
	(void)snprintf(f->path, sizeof(f->path), "%s/exchangerd.sock", f->dir);
	assert_int_equal(log_open("/dev/null", "test", false, NULL), 0);
	assert_int_equal(loop_new(&f->loop, NULL), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	follower_free(f->follower);
	producer_stop(f);
	loop_free(f->loop);
	log_close();
	test_remove_dir(f->dir);
	free(f);
	return 0;
}

static bool all_is_read(void *arg)
{
	const struct fixture *f = arg;

	return f->position == f->newest;
}

/* Rows were committed. */
static void feed_grows(struct fixture *f, unsigned rows)
{
	f->newest += rows;
	if (f->followed != NULL)
		followed_news(f->followed, f->newest);
}

static bool is_waiting(void *arg)
{
	return ((const struct fixture *)arg)->asks > 0;
}

static void both_start(struct fixture *f)
{
	producer_start(f);
	consumer_start(f);
	loop_until(f->loop, is_waiting, f, "the question");
	loop_settle(f->loop);
}

static void test_news_arrive_at_once(void **state)
{
	struct fixture *f = *state;

	both_start(f);
	for (int i = 0; i < 5; i++) {
		feed_grows(f, 3);
		loop_until(f->loop, all_is_read, f, "the news");
		loop_settle(f->loop);
	}
	assert_int_equal(f->asks, 6);	   /* one waits, five were answered */
	assert_int_equal(f->looks, 2 + 5); /* at start, when connected, and one for each */
}

static void test_news_from_before_the_start(void **state)
{
	struct fixture *f = *state;

	f->newest = 7;
	both_start(f);
	assert_int_equal(f->position, 7);
	assert_int_equal(f->asks, 1);
}

/* News between reading and asking: the question says how far was read, so it is answered now. */
static void test_question_that_is_late(void **state)
{
	struct fixture *f = *state;

	producer_start(f);
	consumer_start(f);
	while (f->asks == 0) {
		f->newest++; /* without followed_news() */
		loop_settle(f->loop);
	}
	f->newest++;
	followed_news(f->followed, f->newest);
	loop_until(f->loop, all_is_read, f, "the news");
}

static void test_much_is_read_in_pages(void **state)
{
	struct fixture *f = *state;

	f->page = 10;
	f->newest = 1000;
	both_start(f);
	assert_int_equal(f->position, 1000);
	assert_in_range(f->looks, 100, 101);
	assert_int_equal(f->asks, 1); /* not after each page */
}

static void test_looks_without_a_producer(void **state)
{
	struct fixture *f = *state;

	consumer_start(f);
	loop_settle(f->loop);
	assert_int_equal(f->looks, 1);
	f->newest = 5; /* in the database, told to nobody */
	jump(29000);
	loop_settle(f->loop);
	assert_int_equal(f->looks, 1);
	jump(1000);
	loop_settle(f->loop);
	assert_int_equal(f->looks, 2);
	assert_int_equal(f->position, 5);
}

static void test_looks_after_each_connection(void **state)
{
	struct fixture *f = *state;
	unsigned looks;

	both_start(f);
	for (int i = 0; i < 3; i++) {
		looks = f->looks;
		producer_stop(f);
		f->asks = 0;
		f->newest++;
		loop_settle(f->loop);
		producer_start(f);
		jump(5000);
		loop_until(f->loop, is_waiting, f, "the next connection");
		loop_until(f->loop, all_is_read, f, "what came meanwhile");
		assert_in_range(f->looks, looks + 1, looks + 2);
	}
}

/* The producer never answers: half a minute later we look, and ask again. */
static void test_looks_when_the_answer_is_lost(void **state)
{
	struct fixture *f = *state;

	both_start(f);
	f->newest = 4;
	for (int i = 0; i < 5; i++) {
		jump(30000);
		loop_settle(f->loop);
		jump(1000);
		loop_settle(f->loop);
	}
	assert_int_equal(f->position, 4);
	assert_in_range(f->asks, 5, 7);
	feed_grows(f, 1); /* and is heard again */
	loop_until(f->loop, all_is_read, f, "the news");
}

static void test_refusal_is_not_asked_again_at_once(void **state)
{
	struct fixture *f = *state;

	f->refuse = true;
	both_start(f);
	assert_int_equal(f->asks, 1);
	jump(1000);
	loop_settle(f->loop);
	assert_int_equal(f->asks, 2);
	f->refuse = false;
	jump(1000);
	loop_settle(f->loop);
	assert_int_equal(f->asks, 3);
	feed_grows(f, 1);
	loop_until(f->loop, all_is_read, f, "the news");
}

#define FOLLOW(id, after)                                                                          \
	"{\"id\":" id ",\"type\":\"follow\",\"feed\":\"deposits\",\"after\":\"" after "\"}"

/* Who asks again has its older question answered, and one question is kept for each role. */
static void test_one_question_waits_for_each_role(void **state)
{
	struct fixture *f = *state;
	int senderd, exchangerd;

	producer_start(f);
	senderd = wire_connect(f->path);
	exchangerd = wire_connect(f->path);
	wire_say(senderd, HELLO("senderd"));
	wire_say(exchangerd, HELLO("exchangerd"));
	wire_expect(f->loop, senderd, "hello");
	wire_expect(f->loop, exchangerd, "hello");
	wire_say(senderd, FOLLOW("1", "0"));
	wire_say(exchangerd, FOLLOW("5", "1"));
	wire_say(senderd, FOLLOW("2", "0"));
	wire_expect(f->loop, senderd, "{\"re\":1,\"type\":\"follow_reply\",\"newest\":\"0\"}");
	feed_grows(f, 1);
	wire_expect(f->loop, senderd, "{\"re\":2,\"type\":\"follow_reply\",\"newest\":\"1\"}");
	feed_grows(f, 1);
	wire_expect(f->loop, exchangerd, "{\"re\":5,\"type\":\"follow_reply\",\"newest\":\"2\"}");
	wire_say(senderd, FOLLOW("3", "1"));
	wire_expect(f->loop, senderd, "{\"re\":3,\"type\":\"follow_reply\",\"newest\":\"2\"}");
	wire_say(senderd, FOLLOW("4", "2")); /* waits while its connection closes */
	loop_settle(f->loop);
	close(senderd);
	close(exchangerd);
	loop_settle(f->loop);
	feed_grows(f, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(test_news_arrive_at_once),
		T(test_news_from_before_the_start),
		T(test_question_that_is_late),
		T(test_much_is_read_in_pages),
		T(test_looks_without_a_producer),
		T(test_looks_after_each_connection),
		T(test_looks_when_the_answer_is_lost),
		T(test_refusal_is_not_asked_again_at_once),
		T(test_one_question_waits_for_each_role),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

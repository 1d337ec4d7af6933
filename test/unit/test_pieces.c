/* Long answers are made in turns of the loop: how much in one of them, who is next, and what
 * becomes of an answer when something fails, its client goes away or the daemon stops.  Loop and
 * clock are scripted: nothing here depends on how fast a machine is. */
#include "test/support/test.h"

#include "apid/pieces.h"
#include "common/base/clock.h"
#include "test/unit/fake_request.h"

#define A_TURN 1 /* ms of the loop */

static struct loop *l;
static struct turns *t;
static int64_t now_ms; /* the clock goes on only while a piece is made */
static char made[128]; /* a letter for each piece: whose it is */

/* Its script has a letter for each piece: "." is nothing, "!" an error, "$" the end, "k" is long;
 * any other is what the piece holds. */
struct source {
	const char *script;
	char name;
	int64_t piece_ms; /* that a piece takes */
	unsigned done;
};

static int64_t unix_now(void)
{
	return 0;
}

static int64_t mono_now(void)
{
	return now_ms;
}

static void note(char what)
{
	size_t len = strlen(made);

	assert_true(len + 1 < sizeof(made));
	made[len] = what;
	made[len + 1] = '\0';
}

static int put(char c, struct buf *out, struct err *err)
{
	switch (c) {
	case '!': return err_set(err, ERR_IO, "the disk is on fire");
	case '$': return PIECE_LAST;
	case '.': return PIECE_MORE;
	case 'k':
		for (int i = 0; i < 20000; i++)
			(void)buf_putc(out, 'k');
		return PIECE_MORE;
	default: (void)buf_putc(out, (uint8_t)c); return PIECE_MORE;
	}
}

static int next(void *arg, struct buf *out, struct err *err)
{
	struct source *s = arg;

	note(s->name);
	now_ms += s->piece_ms;
	return put(*s->script++, out, err);
}

static void done(void *arg)
{
	((struct source *)arg)->done++;
}

static const struct pieces pieces = { next, done };

static void ask(struct http_request *r, struct source *s)
{
	answer_pieces(t, r, "text/plain", &pieces, s);
}

static int begin(void **state)
{
	(void)state;
	l = loop_new_scripted(0);
	clock_install(unix_now, mono_now);
	t = turns_new(l);
	made[0] = '\0';
	return t == NULL;
}

static int end(void **state)
{
	(void)state;
	turns_free(t);
	loop_free(l);
	return 0;
}

static void test_what_becomes_of_an_answer(void **state)
{
	static const struct {
		const char *why, *script;
		int status;
		const char *answer;
		ssize_t said; /* the stream's last word; 0: there was none */
	} rows[] = {
		{ "one piece", "a$", 200, "a", HTTP_STREAM_END },
		{ "several", "abc$", 200, "abc", HTTP_STREAM_END },
		{ "nothing at all", "$", 200, "", HTTP_STREAM_END },
		{ "nothing for a while", "...a....b...$", 200, "ab", HTTP_STREAM_END },
		{ "it fails at once", "!", 500, "Internal Server Error\n", 0 },
		{ "it fails before there was any", "..!", 500, "Internal Server Error\n", 0 },
		{ "it fails later: the client is cut", "a..!", 200, "a", HTTP_STREAM_BROKEN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct http_request r = FAKE_REQUEST("GET", "/x", NULL);
		struct source s = { .script = rows[i].script, .name = 'x', .piece_ms = 5 };

		made[0] = '\0';
		ask(&r, &s);
		assert_int_equal(r.status, 0); /* nothing is made in the turn that asks */
		assert_string_equal(made, "");
		loop_scripted_advance(l, 100);
		if (r.status != rows[i].status || r.stream_said != rows[i].said || s.done != 1 ||
		    strcmp(buf_text(&r.answer), rows[i].answer) != 0)
			fail_msg("%s: %d '%s', %zd", rows[i].why, r.status, buf_text(&r.answer),
				 r.stream_said);
		fake_release(&r);
	}
}

static void test_a_turn_ends_when_its_time_is_over(void **state)
{
	static const struct {
		const char *why, *script;
		int64_t piece_ms;
		const char *made; /* in one turn */
	} rows[] = {
		{ "pieces that take no time", "........$", 0, "xxxxxxxxx" },
		{ "two of a millisecond", "........$", 1, "xx" },
		{ "one of two", "........$", 2, "x" },
		{ "one that takes too long", "........$", 500, "x" },
		{ "one that has something", "aaaaaaaa$", 2, "x" },
		{ "enough to send", "kkkk$", 0, "xx" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct http_request r = FAKE_REQUEST("GET", "/x", NULL);
		struct source s = { .script = rows[i].script,
				    .name = 'x',
				    .piece_ms = rows[i].piece_ms };

		made[0] = '\0';
		ask(&r, &s);
		loop_scripted_advance(l, A_TURN);
		if (strcmp(made, rows[i].made) != 0)
			fail_msg("%s: %s", rows[i].why, made);
		loop_scripted_advance(l, 100);
		assert_int_equal(s.done, 1);
		fake_release(&r);
	}
}

/* However many ask, a turn is one's; and they take turns. */
static void test_a_turn_is_one_answers(void **state)
{
	struct http_request r[3] = { FAKE_REQUEST("GET", "/a", NULL),
				     FAKE_REQUEST("GET", "/b", NULL),
				     FAKE_REQUEST("GET", "/c", NULL) };
	struct source s[3] = { { "...a$", 'a', 2, 0 },
			       { ".b$", 'b', 2, 0 },
			       { "....c$", 'c', 2, 0 } };
	static const char order[] = "abcabcabcacacc";

	(void)state;
	for (int i = 0; i < 3; i++)
		ask(&r[i], &s[i]);
	for (size_t turn = 1; turn < sizeof(order); turn++) {
		loop_scripted_advance(l, A_TURN);
		assert_int_equal(strlen(made), turn);
	}
	assert_string_equal(made, order);
	loop_scripted_advance(l, 100);
	assert_string_equal(made, order);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(s[i].done, 1);
		fake_release(&r[i]);
	}
}

static void test_nothing_is_made_for_a_client_that_has_gone(void **state)
{
	struct http_request r[2] = { FAKE_REQUEST("GET", "/a", NULL),
				     FAKE_REQUEST("GET", "/b", NULL) };
	struct source s[2] = { { "a...$", 'a', 2, 0 }, { "b...$", 'b', 2, 0 } };

	(void)state;
	for (int i = 0; i < 2; i++)
		ask(&r[i], &s[i]);
	loop_scripted_advance(l, 2 * A_TURN);
	assert_string_equal(made, "ab");
	assert_int_equal(r[1].stream_said, HTTP_STREAM_LATER);
	r[1].stream.done(r[1].stream_arg); /* the last in the queue */
	assert_int_equal(s[1].done, 1);
	loop_scripted_advance(l, A_TURN);
	r[0].stream.done(r[0].stream_arg);
	loop_scripted_advance(l, 100);
	assert_string_equal(made, "aba");
	assert_int_equal(s[0].done, 1);
	for (int i = 0; i < 2; i++)
		fake_release(&r[i]);
}

/* Who has nothing yet is told, who has something is cut; who asks now is told at once. */
static void test_the_stop_leaves_nobody_waiting(void **state)
{
	struct http_request r[3] = { FAKE_REQUEST("GET", "/a", NULL),
				     FAKE_REQUEST("GET", "/b", NULL),
				     FAKE_REQUEST("GET", "/c", NULL) };
	struct source s[3] = { { "a...$", 'a', 2, 0 },
			       { "....$", 'b', 2, 0 },
			       { "c$", 'c', 2, 0 } };

	(void)state;
	ask(&r[0], &s[0]);
	ask(&r[1], &s[1]);
	loop_scripted_advance(l, 2 * A_TURN);
	turns_stop(t);
	ask(&r[2], &s[2]);
	loop_scripted_advance(l, 100);
	assert_string_equal(made, "ab");
	assert_int_equal(r[0].status, 200);
	assert_int_equal(r[0].stream_said, HTTP_STREAM_BROKEN);
	assert_int_equal(r[1].status, 503);
	assert_int_equal(r[2].status, 503);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(s[i].done, 1);
		fake_release(&r[i]);
	}
}

#define T(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_what_becomes_of_an_answer),
		T(test_a_turn_ends_when_its_time_is_over),
		T(test_a_turn_is_one_answers),
		T(test_nothing_is_made_for_a_client_that_has_gone),
		T(test_the_stop_leaves_nobody_waiting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

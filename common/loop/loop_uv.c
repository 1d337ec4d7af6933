/* The loop of the daemons: libuv's.
 *
 * libuv runs timers, then `prepare`, then polls the sockets, then `check`.  Turn-end work is run
 * from both hooks: at `prepare` for what timers asked, at `check` for what sockets asked, so that
 * the poll never waits over work that is due.  An idle handle keeps the poll from waiting when
 * some of it was left for the next round. */
#include "common/loop/loop_uv.h"

#include <signal.h>
#include <stdlib.h>

#include "common/loop/loop_ops.h"

struct loop_on_uv {
	struct loop base;
	uv_loop_t uv;
	uv_prepare_t prepare;
	uv_check_t check;
	uv_idle_t dont_wait;
};

struct timer_on_uv {
	struct loop_timer base;
	uv_timer_t uv;
};

static void on_idle(uv_idle_t *idle)
{
	(void)idle; /* its being active is what counts */
}

static void turn_end(struct loop_on_uv *l)
{
	if (loop_run_turn_end(&l->base))
		(void)uv_idle_start(&l->dont_wait, on_idle);
	else
		(void)uv_idle_stop(&l->dont_wait);
}

static void on_prepare(uv_prepare_t *prepare)
{
	turn_end(prepare->data);
}

static void on_check(uv_check_t *check)
{
	turn_end(check->data);
}

static void uv_backed_run(struct loop *base)
{
	struct loop_on_uv *l = (struct loop_on_uv *)base;

	(void)uv_run(&l->uv, UV_RUN_DEFAULT);
}

static void uv_backed_stop(struct loop *base)
{
	struct loop_on_uv *l = (struct loop_on_uv *)base;

	uv_stop(&l->uv);
}

static void on_timer_closed(uv_handle_t *h)
{
	free(h->data);
}

/* Our own timers are freed; the handles of other rooms are theirs to free, and these rooms are
 * gone by now unless there is a mistake. */
static void close_handle(uv_handle_t *h, void *arg)
{
	(void)arg;
	if (!uv_is_closing(h))
		uv_close(h, h->type == UV_TIMER ? on_timer_closed : NULL);
}

/* Closing handles keep uv_run() going until their callbacks have run, except when a uv_stop() is
 * pending: that ends one uv_run() before it does anything, and is forgotten by it. */
static void run_close_callbacks(uv_loop_t *uv)
{
	while (uv_run(uv, UV_RUN_DEFAULT) != 0)
		;
}

static void uv_backed_free(struct loop *base)
{
	struct loop_on_uv *l = (struct loop_on_uv *)base;

	uv_walk(&l->uv, close_handle, NULL);
	run_close_callbacks(&l->uv);
	if (uv_loop_close(&l->uv) != 0)
		abort(); /* a handle is still open: freeing it would be worse */
	loop_release_turns(base);
	free(l);
}

static void on_timer(uv_timer_t *uv)
{
	loop_timer_fire(uv->data);
}

static struct loop_timer *uv_backed_timer_new(struct loop *base)
{
	struct loop_on_uv *l = (struct loop_on_uv *)base;
	struct timer_on_uv *t = loop_alloc(sizeof(*t));

	(void)uv_timer_init(&l->uv, &t->uv);
	t->uv.data = t;
	return &t->base;
}

/* libuv counts from the start of the turn; a long commit since then would shorten the delay. */
static void uv_backed_timer_start(struct loop_timer *base, uint64_t delay_ms)
{
	struct timer_on_uv *t = (struct timer_on_uv *)base;

	uv_update_time(t->uv.loop);
	(void)uv_timer_start(&t->uv, on_timer, delay_ms, 0);
}

static void uv_backed_timer_stop(struct loop_timer *base)
{
	(void)uv_timer_stop(&((struct timer_on_uv *)base)->uv);
}

static void uv_backed_timer_free(struct loop_timer *base)
{
	uv_close((uv_handle_t *)&((struct timer_on_uv *)base)->uv, on_timer_closed);
}

/* --- beside the loop ------------------------------------------------------------------------- */

struct beside_on_uv {
	uv_work_t uv;
	loop_fn work, done;
	void *arg;
};

static void on_beside(uv_work_t *uv)
{
	struct beside_on_uv *b = uv->data;

	b->work(b->arg);
}

static void on_beside_done(uv_work_t *uv, int status)
{
	struct beside_on_uv *b = uv->data, was = *b;

	(void)status; /* nothing is cancelled */
	free(b);
	was.done(was.arg);
}

static void uv_backed_beside(struct loop *base, loop_fn work, loop_fn done, void *arg)
{
	struct beside_on_uv *b = loop_alloc(sizeof(*b));

	b->uv.data = b;
	b->work = work;
	b->done = done;
	b->arg = arg;
	(void)uv_queue_work(loop_uv(base), &b->uv, on_beside, on_beside_done);
}

static const struct loop_ops ops_uv = {
	.run = uv_backed_run,
	.stop = uv_backed_stop,
	.free = uv_backed_free,
	.timer_new = uv_backed_timer_new,
	.timer_start = uv_backed_timer_start,
	.timer_stop = uv_backed_timer_stop,
	.timer_free = uv_backed_timer_free,
	.beside = uv_backed_beside,
};

int loop_new(struct loop **ret, struct err *err)
{
	struct loop_on_uv *l = loop_alloc(sizeof(*l));
	int rc = uv_loop_init(&l->uv);

	if (rc < 0) {
		free(l);
		return err_set(err, ERR_IO, "cannot make an event loop: %s", uv_strerror(rc));
	}
	/* A peer that has gone is an error of write(), not a death. */
	(void)signal(SIGPIPE, SIG_IGN);
	l->base.ops = &ops_uv;
	(void)uv_prepare_init(&l->uv, &l->prepare);
	(void)uv_check_init(&l->uv, &l->check);
	(void)uv_idle_init(&l->uv, &l->dont_wait);
	l->prepare.data = l->check.data = l->dont_wait.data = l;
	(void)uv_prepare_start(&l->prepare, on_prepare);
	(void)uv_check_start(&l->check, on_check);
	*ret = &l->base;
	return 0;
}

uv_loop_t *loop_uv(struct loop *l)
{
	return l->ops == &ops_uv ? &((struct loop_on_uv *)l)->uv : NULL;
}

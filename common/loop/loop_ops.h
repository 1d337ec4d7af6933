/* Inside the loop room: what the two kinds of loop have in common, and how they differ. */
#ifndef TELLER_COMMON_LOOP_LOOP_OPS_H
#define TELLER_COMMON_LOOP_LOOP_OPS_H

#include <stddef.h>

#include "common/loop/loop.h"

struct turn_work {
	loop_fn fn; /* NULL: cancelled */
	void *arg;
};

/* Work in the order of asking; grows, never shrinks. */
struct turn_queue {
	struct turn_work *item;
	size_t count, room;
};

struct loop_ops {
	void (*run)(struct loop *l);
	void (*stop)(struct loop *l);
	void (*free)(struct loop *l);
	struct loop_timer *(*timer_new)(struct loop *l);
	void (*timer_start)(struct loop_timer *t, uint64_t delay_ms);
	void (*timer_stop)(struct loop_timer *t);
	void (*timer_free)(struct loop_timer *t);
	void (*beside)(struct loop *l, loop_fn work, loop_fn done, void *arg);
};

struct loop {
	const struct loop_ops *ops;
	struct turn_queue asked, running;
};

struct loop_timer {
	struct loop *loop;
	loop_fn fn;
	void *arg;
	bool active;
};

/* Run what was asked for, and what that work asked for in its turn; true when some is left all
 * the same: then the loop must not wait. */
bool loop_run_turn_end(struct loop *l);
void loop_release_turns(struct loop *l);
/* The timer is due: mark it as not running, then call its function. */
void loop_timer_fire(struct loop_timer *t);
/* calloc() that dies rather than return NULL: without a loop there is no daemon. */
void *loop_alloc(size_t size);

#endif

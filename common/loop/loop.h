/* The event loop as the daemons' logic sees it: timers, work at the end of a turn or beside it, no
 * uv.h. Tests run the same logic on a loop of their own time (loop_new_scripted). */
#ifndef TELLER_COMMON_LOOP_LOOP_H
#define TELLER_COMMON_LOOP_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"

struct loop;
struct loop_timer;

typedef void (*loop_fn)(void *arg);

/* Also makes the process ignore SIGPIPE. */
int loop_new(struct loop **ret, struct err *err);
/* Closes what is left, runs the close callbacks, frees; NULL is fine. */
void loop_free(struct loop *l);
/* Until loop_stop(). */
void loop_run(struct loop *l);
void loop_stop(struct loop *l);

/* A timer that calls fn(arg) once, `delay_ms` after each start.  Starting a running one moves it.
 * loop_timer_free() may be called at any time, also from its own fn; NULL is fine. */
struct loop_timer *loop_timer_new(struct loop *l, loop_fn fn, void *arg);
void loop_timer_start(struct loop_timer *t, uint64_t delay_ms);
void loop_timer_stop(struct loop_timer *t);
bool loop_timer_active(const struct loop_timer *t);
void loop_timer_free(struct loop_timer *t);

/* Call fn(arg) once, when this turn's events have all been handled and before the loop waits:
 * where a group of requests is committed (daemon/commit_group.h).  In the order of asking. */
void loop_at_turn_end(struct loop *l, loop_fn fn, void *arg);
/* Forget all turn-end work that was asked for with `arg`, because it is about to be freed. */
void loop_cancel_turn_end(struct loop *l, const void *arg);

/* Call work(arg) on another thread, then done(arg) in a later turn of the loop, where everything
 * else runs.  Between the call and done() all that work() reads or writes is its own: nobody else
 * looks at it.  done() is called in any case, at the latest within loop_free().  For what takes
 * milliseconds of reckoning; where work() waits for something, others wait for it. */
void loop_beside(struct loop *l, loop_fn work, loop_fn done, void *arg);

/* --- scripted time, for tests ------------------------------------------------------------- */
/* A loop without file descriptors whose clock stands still until it is told; while it exists,
 * clock_unix() and clock_mono_ms() answer its time. */
struct loop *loop_new_scripted(int64_t unix_seconds);
/* Advance the clock, firing timers in order and turn-end work after each. */
void loop_scripted_advance(struct loop *l, uint64_t ms);
/* Set the clock of the day forward, or back; intervals do not notice. */
void loop_scripted_set_clock(struct loop *l, int64_t seconds);
/* Run turn-end work only. */
void loop_scripted_turn(struct loop *l);

#endif

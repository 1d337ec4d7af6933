/* Long work in short steps: one step in each turn of the loop, whoever it is for.  However many
 * lists are asked for at once, a customer waits for one step. */
#ifndef TELLER_APID_TURNS_H
#define TELLER_APID_TURNS_H

#include "common/loop/loop.h"

#define TURN_WORK_MS 2 /* after which a step leaves the rest for its next one */

struct turns;

/* Who waits for a step; the caller's, who sets `step` and `arg`. */
struct turn {
	loop_fn step;
	void *arg;
	struct turn *next;
	bool waits;
};

struct turns *turns_new(struct loop *l); /* NULL: out of memory */
void turns_free(struct turns *t);	 /* NULL is fine */

/* step(arg) is called once, in a later turn, after those that wait already. */
void turns_ask(struct turns *t, struct turn *one);
/* It is not called any more. */
void turns_forget(struct turns *t, struct turn *one);

/* The daemon stops: all that wait are called now and must end what they do; from then on nobody is
 * called, and turns_are_over(). */
void turns_stop(struct turns *t);
bool turns_are_over(const struct turns *t);

#endif

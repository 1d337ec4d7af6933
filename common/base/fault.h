/* Named crash points, in test builds only (-DTELLER_FAULT).
 *
 * FAULT("payer.save.before") kills the process on the spot, as kill -9 would, when the environment
 * variable TELLER_FAULT names that point: TELLER_FAULT=payer.save.before dies at its first
 * passing, TELLER_FAULT=payer.save.before:3 at its third.  In a release build it is nothing.
 * Names are `room.step.before|after`.
 * With TELLER_FAULT_LOG=FILE every point passed for the first time is appended to FILE, a line
 * each: that is how the crash tests know that they missed none.
 *
 * FAULT_HOLD("room.step") waits, when TELLER_FAULT_HOLD=room.step:FIFO, for a byte in that FIFO:
 * what is long on a large database only is as long as a test wants it. */
#ifndef TELLER_COMMON_BASE_FAULT_H
#define TELLER_COMMON_BASE_FAULT_H

#ifdef TELLER_FAULT
void fault_pass(const char *name);
void fault_hold(const char *name);
#define FAULT(name)	 fault_pass(name)
#define FAULT_HOLD(name) fault_hold(name)
#else
#define FAULT(name)	 ((void)0)
#define FAULT_HOLD(name) ((void)0)
#endif

#endif

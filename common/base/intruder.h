/* Somebody else's code in the middle of a daemon; in test builds only (-DTELLER_FAULT).
 *
 * With TELLER_INTRUDER="read:/etc/passwd connect:80 exec:/bin/true" the first passing of INTRUDER()
 * tries these, in that order.  Each is a line on standard error, "intruder read:/etc/passwd
 * EACCES", or "ok" at its end.  So a test sees from within what a sandbox lets through; a release
 * build has none of this. */
#ifndef TELLER_COMMON_BASE_INTRUDER_H
#define TELLER_COMMON_BASE_INTRUDER_H

#ifdef TELLER_FAULT
void intruder_pass(void);
#define INTRUDER() intruder_pass()
#else
#define INTRUDER() ((void)0)
#endif

#endif

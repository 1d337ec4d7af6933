/* What is wrong right now, as told by a daemon's rooms; answered to `health`.
 * A problem has a fixed name, is raised again and again while it lasts, and is cleared when over;
 * raising logs once when it begins or its text changes, clearing logs once. */
#ifndef TELLER_COMMON_DAEMON_HEALTH_H
#define TELLER_COMMON_DAEMON_HEALTH_H

#include "common/base/buf.h"

#define HEALTH_PROBLEMS_MAX 24

struct health;

struct health *health_new(void);
void health_free(struct health *h);
/* `what`: a fixed word such as "btc_node"; `text`: what it means and what to do. */
void health_raise(struct health *h, const char *what, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void health_clear(struct health *h, const char *what);
/* Text of a raised problem, or "". */
const char *health_text(const struct health *h, const char *what);
/* JSON array of {"what", "text", "since"}, oldest first. */
void health_print(const struct health *h, struct buf *out);

#endif

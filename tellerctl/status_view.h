/* What `status` knows of a daemon, and how it is shown. */
#ifndef TELLER_TELLERCTL_STATUS_VIEW_H
#define TELLER_TELLERCTL_STATUS_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/daemon/health.h"
#include "common/ipc/message.h"

enum daemon_state {
	DAEMON_OK,	/* answers, and has nothing to complain of */
	DAEMON_PROBLEM, /* answers, with problems */
	DAEMON_DOWN,	/* does not answer; its one problem says why */
};
const char *daemon_state_name(enum daemon_state s); /* "ok", "problem", "down" */

struct status_problem {
	char what[48];
	char text[ERR_TEXT_MAX];
	int64_t since; /* Unix seconds; 0 unknown */
};

struct daemon_status {
	const char *name;
	enum daemon_state state;
	char uptime[32]; /* as shown; empty: unknown */
	char version[48];
	char sandbox[ERR_TEXT_MAX]; /* "full", "off" or what is lacking; empty: it has none */
	unsigned problem_count;
	struct status_problem problem[HEALTH_PROBLEMS_MAX + 2];
};

void status_set_down(struct daemon_status *s, const char *why);
/* From a daemon's answer to `health`. */
void status_set_reply(struct daemon_status *s, const struct msg_health_reply *r);
/* From apid's answer to GET /api/health. */
void status_set_http(struct daemon_status *s, int http_status, const char *body, size_t len);

bool status_all_well(const struct daemon_status *s, unsigned count);
/* `now` in Unix seconds. */
void status_print_text(const struct daemon_status *s, unsigned count, int64_t now, struct buf *out);
void status_print_json(const struct daemon_status *s, unsigned count, struct buf *out);
/* The two largest units: "3d 4h", "12m 5s", "7s". */
void status_print_duration(uint64_t seconds, char *ret, size_t size);

#endif

/* What holds a rescan up, and what people are told of it: it goes on by itself as soon as it can.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/base/log.h"
#include "scannerd/rescan_parts.h"

#define PASSING_FAILURES 5 /* what a reorganisation explains is worth a word after so many */

/* For `tellerctl rescan status`; when that cannot be written, health says it all the same. */
static void note_error(struct rescan *r, const char *text)
{
	struct err err;

	if (strcmp(r->order.error, text) == 0)
		return;
	(void)snprintf(r->order.error, sizeof(r->order.error), "%s", text);
	if (rescan_put(r, &err) < 0)
		log_warn("rescan_not_noted", "why=\"%s\"", err.text);
}

void rescan_trouble(struct rescan *r, bool passing, const char *fmt, ...)
{
	char text[RESCAN_ERROR_MAX];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (passing && r->backoff.failures < PASSING_FAILURES) {
		log_info("rescan_again", "coin=%s why=\"%s\"", coin_name(r->o.coin), text);
	} else {
		health_raise(r->o.health, r->problem,
			     "%s; blocks %" PRId64 " to %" PRId64 " of %s are not scanned again "
			     "until that is mended, or until `tellerctl rescan cancel %s`",
			     text, r->order.from, r->order.next, coin_name(r->o.coin),
			     coin_name(r->o.coin));
		note_error(r, text);
	}
	r->begun_at = 0;
	rescan_drop(r);
	rescan_look_in(r, backoff_next(&r->backoff));
}

void rescan_trouble_of_store(struct rescan *r, const struct err *err)
{
	rescan_trouble(r, false, "%s", err->text);
}

void rescan_trouble_of_node(struct rescan *r, const struct chain_error *e)
{
	rescan_trouble(r, e->trouble == CHAIN_NOT_YET || e->trouble == CHAIN_STALE, "%s", e->text);
}

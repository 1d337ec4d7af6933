/* The cursor decides where a scan goes on.  A lowered start leaves blocks that nobody has looked
 * at; a raised one changes nothing.  Whoever changes it means something by it, and must hear that.
 */
#include "scannerd/scan_start.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/base/log.h"
#include "common/store/rescan_store.h"
#include "common/store/scan_store.h"

static void tell_raised(enum coin coin, const struct scan_cursor *c, int64_t configured)
{
	log_watch("initial_height_raised",
		  "coin=%s configured=%" PRId64 " stored=%" PRId64
		  " why=\"%s_scanner.initial_scan_height is %" PRId64 ", but %s is scanned from "
		  "block %" PRId64 " on and goes on at %" PRId64 ": the new value has no effect; "
		  "set it back to %" PRId64 "\"",
		  coin_name(coin), configured, c->initial_height, coin_info(coin)->key, configured,
		  coin_name(coin), c->initial_height, c->height + 1, c->initial_height);
}

static void tell_lowered(struct health *h, enum coin coin, const char *what,
			 const struct scan_cursor *c, int64_t configured, bool aloud)
{
	char text[400];

	(void)snprintf(text, sizeof(text),
		       "%s_scanner.initial_scan_height is %" PRId64 ", but %s is scanned from "
		       "block %" PRId64 " on: deposits in the blocks between are not seen until "
		       "`tellerctl rescan %s %" PRId64 " %" PRId64 "`, or set it back to %" PRId64,
		       coin_info(coin)->key, configured, coin_name(coin), c->initial_height,
		       coin_name(coin), configured, c->initial_height - 1, c->initial_height);
	health_raise(h, what, "%s", text);
	if (aloud)
		log_watch("initial_height_lowered",
			  "coin=%s configured=%" PRId64 " stored=%" PRId64 " why=\"%s\"",
			  coin_name(coin), configured, c->initial_height, text);
}

int scan_start_explain(struct store *s, struct health *h, enum coin coin, int64_t configured,
		       bool aloud, struct err *err)
{
	struct scan_cursor c;
	bool covered = true;
	char what[16];
	int rc = store_cursor_get(s, coin, &c, err);

	if (rc == ERR_NOT_FOUND)
		return 0; /* the very first start */
	if (rc == 0 && configured < c.initial_height)
		rc = store_rescan_covered(s, coin, configured, c.initial_height - 1, &covered, err);
	if (rc < 0)
		return rc;
	(void)snprintf(what, sizeof(what), "%s_start", coin_info(coin)->key);
	if (covered)
		health_clear(h, what);
	else
		tell_lowered(h, coin, what, &c, configured, aloud);
	if (configured > c.initial_height && aloud)
		tell_raised(coin, &c, configured);
	return 0;
}

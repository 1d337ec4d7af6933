/* What operators and caps keep from being built. */
#include <inttypes.h>

#include "common/store/control_store.h"
#include "senderd/payer_inside.h"

/* What a cap makes wait is told as long as it does, also over restarts. */
int payer_look_at_caps(struct payer *p, struct err *err)
{
	struct capped *c = &p->capped;
	int rc = store_payout_capped(p->is.store, c, err);

	if (rc < 0)
		return rc;
	caps_text(&p->is.caps, c->deposit_id, c->cap, p->cap_error, sizeof(p->cap_error));
	if (c->count == 0)
		health_clear(p->is.health, "payout_cap");
	else
		health_raise(p->is.health, "payout_cap",
			     "%s: `tellerctl payout approve %" PRIu64 "`%s (%" PRIu64
			     " wait for a cap)",
			     p->cap_error, c->deposit_id,
			     c->cap == CAP_PAYOUT ? "" : ", or it waits for room", c->count);
	return 0;
}

/* A resume counts when it is on disk, so the turn's group is written first. */
int payer_look_at_hold(struct payer *p, bool *ret, struct err *err)
{
	struct act by;

	if (p->is.commits != NULL)
		commit_group_flush(p->is.commits);
	return store_send_held(p->is.store, ret, &by, err);
}

/* It is written before a block of that chain is asked for, so no sighting is ever recorded of a
 * chain that is not held.  A mistake of an operator (a test network's node, and nothing was seen)
 * is mended by the next start with the right one. */
#include "scannerd/chain_pin.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/base/fault.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "common/store/scan_store.h"

static int drop_unseen(struct chain_pin *p, struct err *err)
{
	bool dropped = false;
	int rc = store_begin(p->store, err);

	if (rc < 0)
		return rc;
	rc = store_chain_pin_drop_unseen(p->store, p->coin, &dropped, err);
	if (rc < 0)
		store_rollback(p->store);
	else
		rc = store_commit(p->store, err);
	if (rc == 0 && dropped)
		log_info("chain_not_held", "coin=%s why=\"nothing was seen on it\"",
			 coin_name(p->coin));
	return rc;
}

int chain_pin_init(struct chain_pin *p, enum coin coin, struct store *s, struct commit_group *g,
		   struct err *err)
{
	int rc;

	*p = (struct chain_pin){ .coin = coin, .store = s, .commits = g };
	rc = drop_unseen(p, err);
	if (rc == 0)
		rc = store_chain_pin_get(s, coin, p->genesis, err);
	return rc == ERR_NOT_FOUND ? 0 : rc;
}

static void on_commit(void *arg, const struct err *err)
{
	struct chain_pin *p = arg;

	if (err != NULL) {
		p->asked[0] = '\0'; /* the scan tells that the database cannot be written */
		return;
	}
	FAULT("chain_pin.set.after");
	memcpy(p->genesis, p->asked, sizeof(p->genesis));
	p->asked[0] = '\0';
	log_info("chain_held", "coin=%s genesis=%s", coin_name(p->coin), p->genesis);
}

void chain_pin_set(struct chain_pin *p, const char *genesis)
{
	struct err err;
	int rc;

	if (p->asked[0] != '\0' || !text_copy(p->asked, sizeof(p->asked), genesis))
		return;
	rc = commit_group_join(p->commits, &err);
	FAULT("chain_pin.set.before");
	if (rc == 0)
		rc = store_chain_pin_put(p->store, p->coin, p->asked, clock_unix(), &err);
	if (rc == 0)
		commit_group_after(p->commits, on_commit, p);
	else
		p->asked[0] = '\0';
}

void chain_pin_release(struct chain_pin *p)
{
	if (p->asked[0] != '\0')
		commit_group_flush(p->commits);
}

/* A puppet for tests and for trying the service out: no blocks, no cursor, no depth.  From the
 * sighting on everything is the real thing, so a deposit of the dummy chain goes the way of any
 * other, and the same txid:n is never a second deposit. */
#include "scannerd/chain_dummy.h"

#include <inttypes.h>
#include <stdlib.h>

#include "common/base/clock.h"
#include "common/base/fault.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "common/store/scan_store.h"

struct chain_dummy {
	struct chain_dummy_options o;
	bool commit_pending, news;
};

struct chain_dummy *chain_dummy_new(const struct chain_dummy_options *o)
{
	struct chain_dummy *d = calloc(1, sizeof(*d));

	if (d != NULL)
		d->o = *o;
	return d;
}

void chain_dummy_free(struct chain_dummy *d)
{
	if (d == NULL)
		return;
	if (d->commit_pending)
		commit_group_flush(d->o.commits);
	free(d);
}

/* Once for a group, before its questions are answered. */
static void on_group_commit(void *arg, const struct err *err)
{
	struct chain_dummy *d = arg;
	bool news = d->news;

	d->commit_pending = d->news = false;
	if (err != NULL)
		return;
	FAULT("dummy.commit.after");
	if (news)
		d->o.on_news(d->o.arg);
}

static void refuse(struct ipc_ask *ask, const struct err *err)
{
	const char *code = err->code == ERR_INVALID ? "invalid"
			   : err->code == ERR_BUSY  ? "busy"
						    : "internal";

	ipc_refuse(ask, code, "%s", err->text);
}

static void on_deposit_commit(void *arg, const struct err *err)
{
	if (err != NULL)
		refuse(arg, err);
	else
		ipc_answer_ok(arg);
}

static int sighting_from(const struct chain_dummy *d, const struct msg_dummy_deposit *m,
			 struct sighting *ret, struct err *err)
{
	struct address address;
	int rc = address_parse(m->coin, d->o.network, m->address, &address, err);

	if (rc < 0)
		return err_wrap(err, "address");
	if (m->height < 0)
		return err_set(err, ERR_INVALID, "height is negative");
	if (m->txid[0] == '\0')
		return err_set(err, ERR_INVALID, "txid is empty");
	*ret = (struct sighting){ .coin = m->coin,
				  .n = m->n,
				  .value = m->value,
				  .height = m->height,
				  .state = SIGHTING_CONFIRMED,
				  .seen_at = clock_unix() };
	(void)text_copy(ret->txid, sizeof(ret->txid), m->txid);
	(void)text_copy(ret->address, sizeof(ret->address), address.text);
	return 0;
}

static int record(struct chain_dummy *d, const struct msg_dummy_deposit *m, struct err *err)
{
	struct sighting g = { .coin = m->coin };
	int rc = sighting_from(d, m, &g, err);

	if (rc == 0)
		rc = commit_group_join(d->o.commits, err);
	if (rc == 0)
		rc = store_sighting_add(d->o.store, &g, err);
	if (rc == ERR_EXISTS)
		return 0;
	if (rc == 0) {
		log_info("dummy_sighting", "coin=%s txid=%s n=%u address=%s height=%" PRId64,
			 coin_name(g.coin), g.txid, g.n, g.address, g.height);
		d->news = true;
	}
	return rc;
}

void chain_dummy_deposit(struct chain_dummy *d, struct ipc_ask *ask,
			 const struct msg_dummy_deposit *m)
{
	struct err err;

	if (record(d, m, &err) < 0) {
		refuse(ask, &err);
		return;
	}
	FAULT("dummy.commit.before");
	if (!d->commit_pending) {
		d->commit_pending = true;
		commit_group_after(d->o.commits, on_group_commit, d);
	}
	/* Also when it was known: the first of its kind may be in this very group. */
	commit_group_after(d->o.commits, on_deposit_commit, ask);
}

/* Who asks: the kernel says the uid, and the list of messages that only tellerctl may ask; the name
 * is what the operator's tool was told. */
#include "scannerd/rescan_door.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/log.h"
#include "common/base/text.h"

/* An answer that waits for its commit. */
struct pending {
	struct ipc_ask *ask;
	struct message reply;
};

static void on_commit(void *arg, const struct err *err)
{
	struct pending *p = arg;

	if (err != NULL)
		ipc_refuse(p->ask, "busy", "%s", err->text);
	else
		ipc_answer(p->ask, &p->reply);
	free(p);
}

/* After the turn's commit, also when nothing was changed: what is said is on disk then. */
static __attribute__((format(printf, 3, 4))) void answer(const struct rescan_door *d,
							 struct ipc_ask *ask, const char *fmt, ...)
{
	struct pending *p = calloc(1, sizeof(*p));
	va_list args;

	if (p == NULL) {
		ipc_refuse(ask, "busy", "no memory for an answer: ask again");
		return;
	}
	p->ask = ask;
	p->reply.type = MSG_TYPE_control_reply;
	va_start(args, fmt);
	(void)vsnprintf(p->reply.u.control_reply.text, sizeof(p->reply.u.control_reply.text), fmt,
			args);
	va_end(args);
	commit_group_after(d->commits, on_commit, p);
}

static void refuse(struct ipc_ask *ask, const struct err *err)
{
	ipc_refuse(ask, err->code == ERR_BUSY || err->code == ERR_IO ? "busy" : "invalid", "%s",
		   err->text);
}

/* NULL: refused. */
static struct rescan *find(const struct rescan_door *d, struct ipc_ask *ask, enum coin coin,
			   const char *who)
{
	if (who[0] == '\0' || !text_is_plain(who))
		ipc_refuse(ask, "invalid", "no name that can be written down was given");
	else if (d->dummy)
		ipc_refuse(ask, "disabled",
			   "dummy.scanner is on: there is no chain that could be scanned again");
	else if (d->rescans[coin] == NULL)
		ipc_refuse(ask, "disabled", "%s is switched off (%s_scanner.enabled)",
			   coin_name(coin), coin_info(coin)->key);
	else
		return d->rescans[coin];
	return NULL;
}

/* Why it is not exactly what was asked for. */
static const char *range_note(const struct msg_rescan *m, const struct rescan_order *o)
{
	if (m->to < 0 || m->to == o->to)
		return "";
	return m->to > o->to ? "; what is above was not scanned yet, the scan itself comes by"
			     : "; they join the last ones, whose hashes are kept";
}

static void answer_order(const struct rescan_door *d, struct ipc_ask *ask,
			 const struct msg_rescan *m, const struct rescan_order *o)
{
	answer(d, ask,
	       "%s blocks %" PRId64 " to %" PRId64 " are being scanned again, from the last down; "
	       "%" PRId64 " are to come%s",
	       coin_name(o->coin), o->from, o->to, o->next - o->from + 1, range_note(m, o));
}

void rescan_door_ask(const struct rescan_door *d, struct ipc_ask *ask, const struct msg_rescan *m)
{
	struct rescan *r = find(d, ask, m->coin, m->who);
	struct rescan_order o;
	struct err err;

	if (r == NULL)
		return;
	if (rescan_begin(r, m->from, m->to, m->who, ipc_ask_uid(ask), &o, &err) < 0) {
		refuse(ask, &err);
		return;
	}
	log_info("rescan",
		 "coin=%s from=%" PRId64 " to=%" PRId64 " next=%" PRId64 " who=%s uid=%" PRIu32,
		 coin_name(o.coin), o.from, o.to, o.next, m->who, ipc_ask_uid(ask));
	answer_order(d, ask, m, &o);
}

void rescan_door_cancel(const struct rescan_door *d, struct ipc_ask *ask,
			const struct msg_rescan_cancel *m)
{
	struct rescan *r = find(d, ask, m->coin, m->who);
	struct rescan_order o;
	struct err err;
	int rc;

	if (r == NULL)
		return;
	rc = rescan_cancel(r, &o, &err);
	if (rc == ERR_NOT_FOUND) {
		answer(d, ask, "no %s blocks are being scanned again", coin_name(m->coin));
		return;
	}
	if (rc < 0) {
		refuse(ask, &err);
		return;
	}
	log_info("rescan_cancelled", "coin=%s who=%s uid=%" PRIu32, coin_name(o.coin), m->who,
		 ipc_ask_uid(ask));
	answer(d, ask,
	       "%s blocks %" PRId64 " to %" PRId64 " are not scanned again; what was found above "
	       "stays",
	       coin_name(o.coin), o.from, o.next);
}

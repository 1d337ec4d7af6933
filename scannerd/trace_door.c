/* Who asks: as in rescan_door.c.  What was given up stays in the log. */
#include "scannerd/trace_door.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/base/log.h"
#include "common/base/text.h"

/* NULL: it may be done. */
static const char *refusal(const struct trace_debts *t, const struct msg_trace_drop *m)
{
	if (m->who[0] == '\0' || !text_is_plain(m->who) || m->why[0] == '\0' ||
	    !text_is_plain(m->why))
		return "a name and a reason that can be written down are needed";
	if (m->from < 0 || m->to < m->from)
		return "there are no such blocks";
	return t == NULL ? "blocks of that coin are not traced" : NULL;
}

static void answer(struct ipc_ask *ask, const struct msg_trace_drop *m, uint64_t count)
{
	struct message reply = { .type = MSG_TYPE_control_reply };

	(void)snprintf(reply.u.control_reply.text, sizeof(reply.u.control_reply.text),
		       "%" PRIu64 " blocks of %s are not traced any more; what contracts paid in "
		       "them shows as unassigned where balances are compared "
		       "(eth_scanner.balance_check), else nowhere",
		       count, coin_name(m->coin));
	ipc_answer(ask, &reply);
}

void trace_door_drop(struct trace_debts *t, struct ipc_ask *ask, const struct msg_trace_drop *m)
{
	const char *no = refusal(t, m);
	uint64_t count = 0;
	struct err err;

	if (no != NULL) {
		ipc_refuse(ask, "invalid", "%s", no);
	} else if (trace_debts_drop(t, m->from, m->to, &count, &err) < 0) {
		ipc_refuse(ask, "busy", "%s", err.text);
	} else {
		log_warn("trace_dropped",
			 "coin=%s from=%" PRId64 " to=%" PRId64 " count=%" PRIu64
			 " who=%s uid=%" PRIu32 " why=\"%s\"",
			 coin_name(m->coin), m->from, m->to, count, m->who, ipc_ask_uid(ask),
			 m->why);
		answer(ask, m, count);
	}
}

/* Who asks: the kernel says the uid, and the list of messages that only tellerctl may ask; the name
 * is what the operator's tool was told. */
#include "scannerd/scan_door.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/base/log.h"
#include "common/base/text.h"

static void answer_accepted(struct ipc_ask *ask, const struct msg_scan_accept *m, uint64_t orphaned)
{
	struct message reply = { .type = MSG_TYPE_control_reply };

	(void)snprintf(reply.u.control_reply.text, sizeof(reply.u.control_reply.text),
		       "%s is scanned anew from block %" PRId64 "; %" PRIu64 " deposits that were "
		       "confirmed are withdrawn until they are found again",
		       coin_name(m->coin), m->from, orphaned);
	ipc_answer(ask, &reply);
}

void scan_door_accept(struct scanner *s, struct ipc_ask *ask, const struct msg_scan_accept *m)
{
	uint64_t orphaned = 0;
	struct err err;
	int rc;

	if (m->who[0] == '\0' || !text_is_plain(m->who) || m->why[0] == '\0' ||
	    !text_is_plain(m->why)) {
		ipc_refuse(ask, "invalid",
			   "a name and a reason that can be written down are needed");
		return;
	}
	if (s == NULL) {
		ipc_refuse(ask, "disabled", "%s is not scanned", coin_name(m->coin));
		return;
	}
	rc = scanner_accept(s, m->from, &orphaned, &err);
	if (rc < 0) {
		ipc_refuse(ask, rc == ERR_INVALID ? "invalid" : "busy", "%s", err.text);
		return;
	}
	log_warn("scan_accepted",
		 "coin=%s from=%" PRId64 " undone=%" PRIu64 " who=%s uid=%" PRIu32 " why=\"%s\"",
		 coin_name(m->coin), m->from, orphaned, m->who, ipc_ask_uid(ask), m->why);
	answer_accepted(ask, m, orphaned);
}

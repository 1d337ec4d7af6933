/* Messages to JSON and back, made from the list in messages.h.
 *
 *   ask:    {"type": "bind", "id": 7, "coin": "BTC", ...}
 *   answer: {"re": 7, "type": "bind_reply", ...}   or   {"re": 7, "error": {"code", "message"}}
 *
 * Decoders check type and range of every field; a missing field, a wrong type or a text that is
 * too long refuses the message.  Unknown fields are ignored. */
#ifndef TELLER_COMMON_IPC_MESSAGE_H
#define TELLER_COMMON_IPC_MESSAGE_H

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/ipc/messages.h"

/* What a message needs around it. */
struct envelope {
	uint32_t id;   /* of the question; 0 for hello */
	bool is_reply; /* "re" instead of "id" */
};

const char *message_name(enum message_type type);
/* Who may ask it (bits of ipc_role), who answers, and with what. */
unsigned message_askers(enum message_type type);
unsigned message_answerers(enum message_type type);
enum message_type message_reply(enum message_type type);

void message_encode(const struct message *m, const struct envelope *env, struct buf *out);
/* ERR_INVALID with the reason.  On success message_release(m) when done. */
int message_decode(const char *data, size_t len, struct message *m, struct envelope *env,
		   struct err *err);
void message_release(struct message *m);

/* "scannerd" ... to its bit and back; 0 / NULL when unknown. */
unsigned ipc_role_parse(const char *name);
const char *ipc_role_name(unsigned role);

/* For doc/PROTOCOL.md and the test that guards IPC_PROTOCOL. */
void message_list_print(struct buf *out);
uint32_t message_list_digest(void);

#endif

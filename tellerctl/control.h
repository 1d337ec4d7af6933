/* What commands that tell a daemon something have in common. */
#ifndef TELLER_TELLERCTL_CONTROL_H
#define TELLER_TELLERCTL_CONTROL_H

#include "common/ipc/message.h"
#include "tellerctl/command.h"

/* The words of a reason, with a space between them.  ERR_INVALID: too long for the message. */
int control_reason(int count, char **words, char *ret, size_t size, struct err *err);
/* A coin's name, a block's height.  ERR_INVALID. */
int ctl_read_coin(const char *word, enum coin *ret, struct err *err);
int ctl_read_height(const char *word, int64_t *ret, struct err *err);
/* Tell senderd, and print what it says. */
int control_tell(struct ctl *ctl, const struct message *m, struct err *err);
/* The same with another daemon that answers control_reply. */
int control_tell_to(struct ctl *ctl, const char *daemon, const struct message *m, struct err *err);

#endif

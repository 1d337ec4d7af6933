/* One question to a daemon, and its answer. */
#ifndef TELLER_TELLERCTL_ASK_DAEMON_H
#define TELLER_TELLERCTL_ASK_DAEMON_H

#include "common/conf/conf.h"
#include "common/ipc/message.h"

/* Ask `daemon` ("senderd").  On success *ret is the answer, for message_release().
 * ERR_IO: it does not run or does not answer; then it may have done what was asked all the same.
 * ERR_INVALID: it refuses, with its words. */
int ask_daemon(const struct conf *conf, const char *daemon, const struct message *question,
	       struct message *ret, struct err *err);

#endif

/* Tell the service manager how we are (the datagram protocol of systemd's Type=notify). */
#ifndef TELLER_COMMON_DAEMON_READY_H
#define TELLER_COMMON_DAEMON_READY_H

/* Connect to it, so that it can be told later from within a sandbox. */
void ready_connect(void);
/* `state`: "READY=1", "STOPPING=1".  Nothing happens unless NOTIFY_SOCKET is set. */
void ready_notify(const char *state);

#endif

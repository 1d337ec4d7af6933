/* `send hold`, `send resume`: whether senderd builds new payments. */
#include "tellerctl/control.h"
#include "tellerctl/operator.h"

int ctl_send_hold(struct ctl *ctl, int argc, char **argv, struct err *err)
{
	struct message m = { .type = MSG_TYPE_send_hold };
	struct msg_send_hold *h = &m.u.send_hold;
	int rc = control_reason(argc, argv, h->why, sizeof(h->why), err);

	operator_name(h->who, sizeof(h->who));
	return rc < 0 ? rc : control_tell(ctl, &m, err);
}

int ctl_send_resume(struct ctl *ctl, int argc, char **argv, struct err *err)
{
	struct message m = { .type = MSG_TYPE_send_resume };
	struct msg_send_resume *r = &m.u.send_resume;
	int rc = control_reason(argc, argv, r->why, sizeof(r->why), err);

	operator_name(r->who, sizeof(r->who));
	return rc < 0 ? rc : control_tell(ctl, &m, err);
}

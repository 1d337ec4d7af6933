/* `scan accept`: a scan that has halted goes on with the node's chain. */
#include "tellerctl/control.h"
#include "tellerctl/operator.h"

int ctl_scan_accept(struct ctl *ctl, int argc, char **argv, struct err *err)
{
	struct message m = { .type = MSG_TYPE_scan_accept };
	struct msg_scan_accept *a = &m.u.scan_accept;
	int rc = ctl_read_coin(argv[0], &a->coin, err);

	if (rc == 0)
		rc = ctl_read_height(argv[1], &a->from, err);
	if (rc == 0)
		rc = control_reason(argc - 2, argv + 2, a->why, sizeof(a->why), err);
	operator_name(a->who, sizeof(a->who));
	return rc < 0 ? rc : control_tell_to(ctl, "scannerd", &m, err);
}

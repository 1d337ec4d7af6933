#include "common/daemon/daemon.h"

#ifndef TELLER_VERSION
#define TELLER_VERSION ""
#endif

const char *daemon_version(void)
{
	return TELLER_VERSION;
}

#include "common/base/version.h"

#ifndef TELLER_VERSION
#define TELLER_VERSION ""
#endif

const char *teller_version(void)
{
	return TELLER_VERSION;
}

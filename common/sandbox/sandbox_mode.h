/* What the key `sandbox` can say. */
#ifndef TELLER_COMMON_SANDBOX_SANDBOX_MODE_H
#define TELLER_COMMON_SANDBOX_SANDBOX_MODE_H

#include <stdbool.h>

enum sandbox_mode {
	SANDBOX_AUTO,	  /* as much as the kernel has */
	SANDBOX_REQUIRED, /* or the daemon does not start */
	SANDBOX_OFF,
};

bool sandbox_mode_parse(const char *text, enum sandbox_mode *ret);
const char *sandbox_mode_name(enum sandbox_mode mode);

#endif

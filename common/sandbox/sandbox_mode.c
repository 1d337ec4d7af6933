#include "common/sandbox/sandbox_mode.h"

#include <stddef.h>
#include <string.h>

static const char *const names[] = {
	[SANDBOX_AUTO] = "auto",
	[SANDBOX_REQUIRED] = "required",
	[SANDBOX_OFF] = "off",
};

bool sandbox_mode_parse(const char *text, enum sandbox_mode *ret)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(text, names[i]) == 0) {
			*ret = (enum sandbox_mode)i;
			return true;
		}
	return false;
}

const char *sandbox_mode_name(enum sandbox_mode mode)
{
	return names[mode];
}

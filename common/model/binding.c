#include "common/model/binding.h"

#include "common/model/names.h"

static const char *const names[] = {
	[BUY_DIRECT] = "direct",
	[BUY_PASSTHROUGH] = "passthrough",
};

const char *buy_method_name(enum buy_method m)
{
	return names[m];
}

bool buy_method_parse(const char *name, enum buy_method *ret)
{
	size_t i;

	if (!names_find(names, sizeof(names) / sizeof(names[0]), name, &i))
		return false;
	*ret = (enum buy_method)i;
	return true;
}

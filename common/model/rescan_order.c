#include "common/model/rescan_order.h"

#include "common/model/names.h"

static const char *const names[] = {
	[RESCAN_RUNNING] = "running",
	[RESCAN_DONE] = "done",
	[RESCAN_CANCELLED] = "cancelled",
	[RESCAN_FAILED] = "failed",
};

const char *rescan_state_name(enum rescan_state s)
{
	return names[s];
}

bool rescan_state_parse(const char *name, enum rescan_state *ret)
{
	size_t i;

	if (!names_find(names, sizeof(names) / sizeof(names[0]), name, &i))
		return false;
	*ret = (enum rescan_state)i;
	return true;
}

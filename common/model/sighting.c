#include "common/model/sighting.h"

#include "common/model/names.h"

static const char *const names[] = {
	[SIGHTING_SEEN] = "seen",
	[SIGHTING_CONFIRMED] = "confirmed",
	[SIGHTING_ORPHANED] = "orphaned",
};

const char *sighting_state_name(enum sighting_state s)
{
	return names[s];
}

bool sighting_state_parse(const char *name, enum sighting_state *ret)
{
	size_t i;

	if (!names_find(names, sizeof(names) / sizeof(names[0]), name, &i))
		return false;
	*ret = (enum sighting_state)i;
	return true;
}

#include "common/model/deposit.h"

#include "common/model/names.h"

static const char *const names[] = {
#define DEPOSIT_STATE_NAME(name, text) [DEPOSIT_##name] = (text),
	DEPOSIT_STATES(DEPOSIT_STATE_NAME)
#undef DEPOSIT_STATE_NAME
};
_Static_assert(sizeof(names) / sizeof(names[0]) == DEPOSIT_STATE_COUNT,
	       "DEPOSIT_STATE_COUNT must agree with DEPOSIT_STATES");

const char *deposit_state_name(enum deposit_state s)
{
	return names[s];
}

bool deposit_state_parse(const char *name, enum deposit_state *ret)
{
	size_t i;

	if (!names_find(names, DEPOSIT_STATE_COUNT, name, &i))
		return false;
	*ret = (enum deposit_state)i;
	return true;
}

const char *deposit_state_public_name(enum deposit_state s)
{
	return s == DEPOSIT_VOID ? "waiting_deposit" : names[s];
}

#include "common/model/control.h"

#include "common/model/names.h"

static const char *const act_names[] = {
	[ACT_SEND_HOLD] = "send_hold",
	[ACT_SEND_RESUME] = "send_resume",
	[ACT_PAYOUT_APPROVE] = "payout_approve",
	[ACT_TX_RELEASE] = "tx_release",
};

static const char *const cap_names[] = {
	[CAP_NONE] = "",
	[CAP_PAYOUT] = "cap_payout",
	[CAP_HOUR] = "cap_hour",
	[CAP_DAY] = "cap_day",
};

const char *act_kind_name(enum act_kind k)
{
	return act_names[k];
}

bool act_kind_parse(const char *name, enum act_kind *ret)
{
	size_t i;

	if (!names_find(act_names, sizeof(act_names) / sizeof(act_names[0]), name, &i))
		return false;
	*ret = (enum act_kind)i;
	return true;
}

const char *cap_name(enum cap c)
{
	return cap_names[c];
}

bool cap_parse(const char *name, enum cap *ret)
{
	size_t i;

	if (!names_find(cap_names, sizeof(cap_names) / sizeof(cap_names[0]), name, &i))
		return false;
	*ret = (enum cap)i;
	return true;
}

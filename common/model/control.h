/* What an operator did: who, when, why.  Each act that changed something is kept for ever. */
#ifndef TELLER_COMMON_MODEL_CONTROL_H
#define TELLER_COMMON_MODEL_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#define ACT_WHO_MAX 48
#define ACT_WHY_MAX 256

/* Stored names are never renamed. */
enum act_kind { ACT_SEND_HOLD, ACT_SEND_RESUME, ACT_PAYOUT_APPROVE, ACT_TX_RELEASE };
const char *act_kind_name(enum act_kind k);
bool act_kind_parse(const char *name, enum act_kind *ret);

struct act {
	char who[ACT_WHO_MAX]; /* as they named themselves */
	uint32_t uid;	       /* as the kernel named them */
	int64_t at;
	char why[ACT_WHY_MAX]; /* may be empty */
};

/* What may wait for an operator's word though it could be paid. */
enum cap { CAP_NONE, CAP_PAYOUT, CAP_HOUR, CAP_DAY };
/* The key that sets it ("cap_payout"); "" for none. */
const char *cap_name(enum cap c);
bool cap_parse(const char *name, enum cap *ret);

#endif

/* A deposit: a confirmed sighting on a bound address, on its way to a payout.
 *
 *   waiting_decide -> waiting_send -> waiting_confirm -> done
 *         |                ^
 *         +-> waiting_passthrough -> waiting_passthrough_order_complete
 *
 * `void` is the state of a deposit that left the chain before it was paid; the API shows it as
 * waiting_deposit.  The machine itself is exchangerd/deposit_rules. */
#ifndef TELLER_COMMON_MODEL_DEPOSIT_H
#define TELLER_COMMON_MODEL_DEPOSIT_H

#include <stdint.h>

#include "common/coin/rate.h"
#include "common/model/binding.h"
#include "common/model/sighting.h"

/* D(ENUM, stored name): stored names are never renamed. */
#define DEPOSIT_STATES(D)                                                                          \
	D(WAITING_DECIDE, "waiting_decide")                                                        \
	D(WAITING_PASSTHROUGH, "waiting_passthrough")                                              \
	D(WAITING_PASSTHROUGH_ORDER_COMPLETE, "waiting_passthrough_order_complete")                \
	D(WAITING_SEND, "waiting_send")                                                            \
	D(WAITING_CONFIRM, "waiting_confirm")                                                      \
	D(DONE, "done")                                                                            \
	D(VOID, "void")

enum deposit_state {
#define DEPOSIT_STATE_ENUM(name, text) DEPOSIT_##name,
	DEPOSIT_STATES(DEPOSIT_STATE_ENUM)
#undef DEPOSIT_STATE_ENUM
};
#define DEPOSIT_STATE_COUNT 7

const char *deposit_state_name(enum deposit_state s);
bool deposit_state_parse(const char *name, enum deposit_state *ret);
/* What customers are shown: the stored name, but waiting_deposit for void. */
const char *deposit_state_public_name(enum deposit_state s);

#define DEPOSIT_ERROR_MAX 256

struct deposit {
	uint64_t id;	   /* from 1, in the order of recording: `seq` of the API */
	uint64_t feed_seq; /* place in the deposit feed, 0 before it became payable */
	enum coin coin;
	char txid[TXID_TEXT_MAX];
	uint32_t n;
	char address[ADDRESS_TEXT_MAX];
	char sky_address[ADDRESS_TEXT_MAX];
	uint64_t binding_seq;
	enum buy_method buy_method;
	struct units value;
	int64_t height;
	struct rate rate;	 /* frozen when the deposit was recorded */
	struct droplets to_send; /* what is owed, fixed with the rate; 0 for dust */
	enum deposit_state state;
	char payout_txid[TXID_TEXT_MAX]; /* empty before it was sent */
	struct droplets sent;		 /* 0 before it was sent */
	char error[DEPOSIT_ERROR_MAX];	 /* empty when all is well */
	bool left_chain;		 /* its block was reorganised away after it was recorded */
	int64_t created_at, updated_at;	 /* Unix seconds */
};

#endif

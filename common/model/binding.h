/* A binding: this deposit address pays this Skycoin address, for ever. */
#ifndef TELLER_COMMON_MODEL_BINDING_H
#define TELLER_COMMON_MODEL_BINDING_H

#include <stdint.h>

#include "common/coin/address.h"

/* How SKY for a deposit is had.  Frozen into the binding. */
enum buy_method { BUY_DIRECT, BUY_PASSTHROUGH };
const char *buy_method_name(enum buy_method m); /* "direct", "passthrough" */
bool buy_method_parse(const char *name, enum buy_method *ret);

struct binding {
	uint64_t seq; /* from 1, in the order of binding */
	enum coin coin;
	char address[ADDRESS_TEXT_MAX];	    /* where the customer pays */
	char sky_address[ADDRESS_TEXT_MAX]; /* where the SKY goes */
	enum buy_method buy_method;
	int64_t created_at; /* Unix seconds */
};

#endif

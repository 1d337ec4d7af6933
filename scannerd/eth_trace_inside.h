/* What both forms of a trace share: eth_trace*.c include this, nobody else. */
#ifndef TELLER_SCANNERD_ETH_TRACE_INSIDE_H
#define TELLER_SCANNERD_ETH_TRACE_INSIDE_H

#include "scannerd/eth_trace.h"

#define ETH_LEVELS_MAX 1024 /* Ethereum's own limit for calls within calls */

/* Is there room for one more move?  Makes it; false: no memory. */
bool eth_moves_room(struct eth_moves *m);
bool eth_trace_slice_is(const struct json_slice *s, const char *text);
/* The value of "error": whatever it says, but for null and "". */
bool eth_trace_failed(struct json_pull *p, bool *ret);
/* The whole text, an array; ERR_NOT_FOUND: null. */
int eth_trace_array(const char *json, size_t len, json_pull_item_fn fn, void *arg, struct err *err);

#endif

/* The libuv loop inside, for the rooms that own sockets (ipc, rpc, daemon, apid's server). */
#ifndef TELLER_COMMON_LOOP_LOOP_UV_H
#define TELLER_COMMON_LOOP_LOOP_UV_H

#include <uv.h>

#include "common/loop/loop.h"

/* NULL for a scripted loop. */
uv_loop_t *loop_uv(struct loop *l);

#endif

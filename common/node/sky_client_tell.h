/* How the answer to a question is told to whoever asked. */
#ifndef TELLER_COMMON_NODE_SKY_CLIENT_TELL_H
#define TELLER_COMMON_NODE_SKY_CLIENT_TELL_H

#include "common/node/sky_api.h"

struct sky_told {
	void *arg;
	union {
		sky_outputs_fn outputs;
		sky_inject_fn inject;
		sky_status_fn status;
		sky_spent_fn spent;
		sky_blocks_fn blocks;
		sky_health_fn health;
	} fn;
};

/* `err` NULL: the work is done. */
void sky_tell(enum sky_question question, struct sky_work *w, const struct sky_told *to,
	      const struct err *err);

#endif

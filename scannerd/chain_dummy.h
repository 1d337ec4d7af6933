/* The dummy chain of all coins: deposits come by message and count at once. */
#ifndef TELLER_SCANNERD_CHAIN_DUMMY_H
#define TELLER_SCANNERD_CHAIN_DUMMY_H

#include "common/daemon/commit_group.h"
#include "common/ipc/ipc_server.h"
#include "common/store/store.h"

struct chain_dummy;

struct chain_dummy_options {
	enum btc_network network;
	struct store *store;
	struct commit_group *commits;
	void (*on_news)(void *arg); /* the feed has grown, and that is committed */
	void *arg;
};

/* NULL when memory is short. */
struct chain_dummy *chain_dummy_new(const struct chain_dummy_options *o);
void chain_dummy_free(struct chain_dummy *d); /* commits what is recorded; NULL is fine */

/* Record the deposit as a confirmed sighting and answer after the commit.  One that is known
 * already is answered like the first and changes nothing. */
void chain_dummy_deposit(struct chain_dummy *d, struct ipc_ask *ask,
			 const struct msg_dummy_deposit *m);

#endif

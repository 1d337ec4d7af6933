/* The world of the payer's replay tests: a real database, a scripted node, scripted time. */
#ifndef TELLER_TEST_SUPPORT_PAYER_WORLD_H
#define TELLER_TEST_SUPPORT_PAYER_WORLD_H

#include "common/model/deposit.h"
#include "common/store/payout_tx_store.h"
#include "common/store/sky_chain_store.h"
#include "senderd/payer.h"
#include "test/support/fake_sky_node.h"

#define SKY	1000000ULL
#define WAIT_MS 10000
#define START	1700000000

struct world {
	char *dir;
	struct loop *loop;
	struct store *x, *s; /* exchangerd's and senderd's */
	struct health *health;
	struct wallet *wallet;
	struct fake_node node;
	struct payer *payer;
	struct payer_setup setup;
	uint64_t binding_seq;
	unsigned deposits; /* made so far */
	unsigned feed_moved;
};

int world_setup(void **state);
int world_teardown(void **state);

void start_payer(struct world *w);
void stop_payer(struct world *w);
void run(struct world *w, uint64_t ms);
/* An output of the wallet's. */
void fund(struct world *w, uint64_t sky, uint64_t hours);

/* The address of customer number `n`. */
struct sky_address customer(unsigned n);
void deposit_fill(struct world *w, struct deposit *d, const struct sky_address *to,
		  uint64_t droplets);
/* Inside a transaction of exchangerd's store. */
uint64_t add_deposit(struct world *w, const struct sky_address *to, uint64_t droplets);
/* What senderd's feed reader does with a page. */
void take_feed(struct world *w);
/* A deposit for customer number `n`, recorded by senderd. */
uint64_t owe(struct world *w, unsigned n, uint64_t droplets);
void void_deposit(struct world *w, uint64_t id);
/* exchangerd reads the feed of payouts, and senderd what it made of it. */
void take_payouts(struct world *w);
struct deposit deposit_of(struct world *w, uint64_t id);
/* The wallet's output that the `n`th transaction of the node spends first. */
struct sha256 input_of(struct world *w, unsigned n, size_t input);
/* Does transaction `n` spend an input of transaction `m`? */
bool conflicts(struct world *w, unsigned n, unsigned m);
/* What the database has of transaction `n`; raw is NULL. */
struct payout_tx tx_of(struct world *w, unsigned n);
/* An operator releases transaction `n`, which is held. */
void release_tx(struct world *w, unsigned n);
/* Empty blocks. */
void grow(struct world *w, unsigned blocks);
struct payout payout_of(struct world *w, uint64_t id);
uint64_t received(struct world *w, unsigned n);

#define assert_state(w, id, want)   assert_int_equal(payout_of(w, id).state, want)
#define assert_received(w, n, want) assert_int_equal(received(w, n), want)

#endif

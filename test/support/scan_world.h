/* The rooms round a scanner: a real database, a loop of scripted time, a scripted chain. */
#ifndef TELLER_TEST_SUPPORT_SCAN_WORLD_H
#define TELLER_TEST_SUPPORT_SCAN_WORLD_H

#include "common/daemon/commit_group.h"
#include "common/store/binding_store.h"
#include "common/store/scan_store.h"
#include "scannerd/scanner.h"
#include "test/support/scripted_chain.h"

#define SCAN_PERIOD_MS 1000
#define SCAN_TIP_FIRST 100 /* the chain's height at first */

/* One coin's. */
struct scan_side {
	struct scripted_chain *chain;
	struct scanner *scanner;
	struct scanner_options o;
	unsigned news;
};

struct scan_world {
	char *dir;
	struct loop *loop;
	struct store *store, *exchangerd;
	struct commit_group *commits;
	struct health *health;
	/* Bitcoin: from block 91, three confirmations; "ours" is watched. */
	struct scripted_chain *chain; /* btc.chain */
	struct scan_side btc;
};

/* For cmocka_unit_test_setup_teardown(): *state is a struct scan_world. */
int scan_world_setup(void **state);
int scan_world_teardown(void **state);
/* The same in `dir`, which stays the caller's. */
struct scan_world *scan_world_new(char *dir);
void scan_world_free(struct scan_world *w);

/* Another coin beside it; scan_side_close() before the world goes. */
void scan_side_open(struct scan_world *w, enum coin coin, struct scan_side *ret);
void scan_side_close(struct scan_side *side);
void scan_side_start(struct scan_side *side);

void scan_start(struct scan_world *w);
void scan_stop(struct scan_world *w);
/* Long enough for a poll and what follows from it. */
void scan_run(struct scan_world *w);
/* A look at the node may be under way (back-off is random): let it end. */
void scan_settle(struct scan_world *w);
/* Put an address into the pool, as exchangerd does; fine when it is there. */
void scan_watch(struct scan_world *w, enum coin coin, const char *address);
int64_t scan_cursor_height(struct scan_world *w, enum coin coin); /* -1: none */

void expect_at_tip(struct scan_world *w);
void expect_side_at_tip(struct scan_world *w, const struct scan_side *side);
/* The sightings of "ours", or of `address`, in words: "txid:n@height state, ...". */
void expect_sightings(struct scan_world *w, const char *want);
void expect_sightings_of(struct scan_world *w, const char *address, const char *want);
void expect_feed_after(struct scan_world *w, uint64_t after, const char *want);
uint64_t feed_newest(struct scan_world *w);
void expect_problem(struct scan_world *w, const char *name, const char *part);
void expect_no_problem(struct scan_world *w, const char *name);

#endif

/* The warning that the wallet will be empty: from the database's last 24 hours, so that a restart
 * does not forget them; once; and over when it is over. */
#include "test/support/test.h"

#include <string.h>

#include "test/support/payer_world.h"

#define HOUR_MS 3600000

static bool warned(struct world *w)
{
	return health_text(w->health, "wallet_run_out")[0] != '\0';
}

/* As apid does: asking for the balance makes the payer look again. */
static void look(struct world *w)
{
	struct payer_figures f;

	run(w, 120000);
	payer_figures(w->payer, &f);
	run(w, 1000);
}

/* Pay `count` times `droplets`, each in a block of its own. */
static void pay(struct world *w, unsigned count, uint64_t droplets)
{
	for (unsigned i = 0; i < count; i++) {
		(void)owe(w, w->deposits + 1, droplets);
		run(w, 100);
		fake_block(&w->node);
		payer_check(w->payer);
		look(w);
	}
}

static void test_coins_run_out(void **state)
{
	struct world *w = *state;

	w->setup.runout_s = 86400;
	fund(w, 100, 100000);
	start_payer(w);
	pay(w, 4, 10 * SKY);
	assert_false(warned(w)); /* 60 left, 30 a day */
	pay(w, 2, 10 * SKY);
	assert_true(warned(w)); /* 40 left, 50 a day */
	assert_non_null(strstr(health_text(w->health, "wallet_run_out"), "coins will be gone"));

	/* At the edge it stays, well above it is over. */
	fund(w, 15, 0);
	look(w);
	assert_true(warned(w)); /* 55 left: a day and a tenth */
	fund(w, 10, 0);
	look(w);
	assert_false(warned(w)); /* 65 left */
}

static void test_a_large_one_is_no_rate(void **state)
{
	struct world *w = *state;

	w->setup.runout_s = 86400;
	fund(w, 100, 100000);
	start_payer(w);
	pay(w, 1, 90 * SKY);
	run(w, HOUR_MS);
	look(w);
	assert_false(warned(w));
	pay(w, 3, 1 * SKY);
	assert_false(warned(w)); /* 7 left, 3 a day */
}

static void test_restart_and_a_quiet_day(void **state)
{
	struct world *w = *state;

	w->setup.runout_s = 86400;
	fund(w, 100, 100000);
	start_payer(w);
	pay(w, 6, 10 * SKY);
	assert_true(warned(w));
	stop_payer(w);
	health_free(w->health);
	w->setup.health = w->health = health_new();
	start_payer(w);
	run(w, 1000);
	assert_true(warned(w));
	run(w, 25 * HOUR_MS);
	look(w);
	assert_false(warned(w)); /* nothing was paid in the last day */
}

/* Half a SKY earns some fourteen hours a day, and there were more payments than that. */
static void test_hours_run_out(void **state)
{
	struct world *w = *state;

	w->setup.runout_s = 86400;
	w->node.policy.burn_factor = 2;
	fake_fund(&w->node, wallet_change(w->wallet), 600000, 1000000000);
	start_payer(w);
	pay(w, 14, 1000);
	assert_false(warned(w));
	pay(w, 2, 1000);
	assert_true(warned(w));
	assert_non_null(strstr(health_text(w->health, "wallet_run_out"), "wallet's coin hours"));
}

static void test_switched_off(void **state)
{
	struct world *w = *state;

	fund(w, 100, 100000);
	start_payer(w);
	pay(w, 9, 10 * SKY);
	look(w);
	assert_false(warned(w));
}

/* Unknown is not empty: while the node is away nothing is foretold. */
static void test_node_away(void **state)
{
	struct world *w = *state;

	w->setup.runout_s = 86400;
	fund(w, 100, 100000);
	start_payer(w);
	pay(w, 4, 10 * SKY);
	w->node.down = true;
	run(w, HOUR_MS);
	look(w);
	assert_false(warned(w));
}

int main(void)
{
#define RUNOUT_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
		RUNOUT_TEST(test_coins_run_out),
		RUNOUT_TEST(test_a_large_one_is_no_rate),
		RUNOUT_TEST(test_restart_and_a_quiet_day),
		RUNOUT_TEST(test_hours_run_out),
		RUNOUT_TEST(test_switched_off),
		RUNOUT_TEST(test_node_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

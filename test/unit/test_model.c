/* Stored names are never renamed: databases in the field hold them. */
#include <string.h>

#include "common/coin/coin.h"
#include "common/model/binding.h"
#include "common/model/control.h"
#include "common/model/deposit.h"
#include "common/model/payout.h"
#include "common/model/sighting.h"
#include "test/support/test.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Each name and its value, both ways; and that other texts are refused. */
#define CHECK_NAMES(type, name_of, parse, names)                                                   \
	do {                                                                                       \
		type value_;                                                                       \
                                                                                                   \
		for (size_t i_ = 0; i_ < COUNT(names); i_++) {                                     \
			assert_string_equal(name_of((type)i_), (names)[i_]);                       \
			assert_true(parse((names)[i_], &value_));                                  \
			assert_int_equal(value_, i_);                                              \
		}                                                                                  \
		assert_false(parse("", &value_));                                                  \
		assert_false(parse("nonsense", &value_));                                          \
	} while (0)

static void test_names(void **state)
{
	static const char *const methods[] = { "direct", "passthrough" };
	static const char *const sightings[] = { "seen", "confirmed", "orphaned" };
	static const char *const deposits[DEPOSIT_STATE_COUNT] = {
		"waiting_decide", "waiting_passthrough", "waiting_passthrough_order_complete",
		"waiting_send",	  "waiting_confirm",	 "done",
		"void",
	};
	static const char *const payouts[] = { "waiting", "in_tx", "sent", "confirmed", "refused" };
	static const char *const txs[] = { "saved", "sent", "confirmed", "dead" };
	static const char *const acts[] = { "send_hold", "send_resume", "payout_approve",
					    "tx_release" };
	static const char *const coins[COIN_COUNT] = { "BTC", "ETH", "SKY" };
	static const char *const networks[] = { "main", "test", "signet", "regtest" };

	(void)state;
	CHECK_NAMES(enum buy_method, buy_method_name, buy_method_parse, methods);
	CHECK_NAMES(enum sighting_state, sighting_state_name, sighting_state_parse, sightings);
	CHECK_NAMES(enum deposit_state, deposit_state_name, deposit_state_parse, deposits);
	CHECK_NAMES(enum payout_state, payout_state_name, payout_state_parse, payouts);
	CHECK_NAMES(enum payout_tx_state, payout_tx_state_name, payout_tx_state_parse, txs);
	CHECK_NAMES(enum act_kind, act_kind_name, act_kind_parse, acts);
	CHECK_NAMES(enum coin, coin_name, coin_parse, coins);
	CHECK_NAMES(enum btc_network, btc_network_name, btc_network_parse, networks);
}

static void test_public_names(void **state)
{
	(void)state;
	assert_string_equal(deposit_state_public_name(DEPOSIT_VOID), "waiting_deposit");
	assert_string_equal(deposit_state_public_name(DEPOSIT_DONE), "done");
	assert_string_equal(deposit_state_public_name(DEPOSIT_WAITING_SEND), "waiting_send");
}

static void test_coins(void **state)
{
	(void)state;
	assert_int_equal(coin_info(COIN_BTC)->decimals, 8);
	assert_int_equal(coin_info(COIN_ETH)->decimals, 18);
	assert_int_equal(coin_info(COIN_SKY)->decimals, 6);
	assert_string_equal(coin_info(COIN_ETH)->base_unit, "wei");
	assert_string_equal(coin_info(COIN_SKY)->key, "sky");
	assert_null(btc_network_genesis(BTC_TEST)); /* several chains */
	assert_int_equal(strlen(btc_network_genesis(BTC_MAIN)), 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_public_names),
		cmocka_unit_test(test_coins),
	};

	return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}

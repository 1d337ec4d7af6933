/* Which outputs are spent and how hours are divided, against what the official client did. */
#include "test/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "senderd/choose.h"
#include "senderd/hours.h"

static const cJSON *member(const cJSON *j, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(j, key);
}

static const char *text_of(const cJSON *j, const char *key)
{
	const char *s = cJSON_GetStringValue(member(j, key));

	if (s == NULL)
		fail_msg("vector without '%s'", key);
	return s;
}

static uint64_t number_of(const cJSON *j, const char *key)
{
	uint64_t n = 0;

	if (cJSON_IsNumber(member(j, key)))
		return (uint64_t)cJSON_GetNumberValue(member(j, key));
	assert_true(text_to_u64(text_of(j, key), UINT64_MAX, &n));
	return n;
}

static void read_uxout(const cJSON *j, struct uxout *ret)
{
	struct err err;

	assert_true(hex_to_bytes(text_of(j, "uxid"), ret->id.b, sizeof(ret->id.b)));
	assert_int_equal(sky_address_parse(text_of(j, "address"), &ret->owner, &err), 0);
	ret->coins = droplets_of(number_of(j, "coins"));
	ret->hours = hours_of(number_of(j, "hours_now"));
	ret->block_seq = number_of(j, "block_seq");
}

static void read_set(const cJSON *list, struct uxout_set *set)
{
	const cJSON *j;

	uxout_set_init(set);
	cJSON_ArrayForEach(j, list)
	{
		struct uxout u = { .block_seq = 0 };

		read_uxout(j, &u);
		assert_true(uxout_set_add(set, &u));
	}
}

static struct droplets sum_of(const cJSON *list)
{
	struct droplets sum = droplets_of(0);
	const cJSON *j;

	cJSON_ArrayForEach(j, list)
	{
		assert_true(droplets_add(sum, droplets_of(number_of(j, "coins")), &sum));
	}
	return sum;
}

static int pick(const struct uxout_set *set, struct choice *c, struct droplets want,
		unsigned burn_factor, const struct uxout *const **ret, size_t *ret_count,
		struct err *err)
{
	int rc = choice_init(c, set, NULL, burn_factor, err);

	if (rc < 0)
		return rc;
	rc = choose(c, want, 336, ret, ret_count, err);
	if (rc < 0)
		choice_release(c);
	return rc;
}

static void check_inputs(const cJSON *j, const struct uxout *const *spent, size_t count)
{
	char hex[65];

	assert_int_equal(cJSON_GetArraySize(member(j, "inputs")), count);
	for (size_t i = 0; i < count; i++) {
		hex_from_bytes(spent[i]->id.b, 32, hex);
		assert_string_equal(
			hex, cJSON_GetStringValue(cJSON_GetArrayItem(member(j, "inputs"), (int)i)));
	}
}

/* Destinations in their order, and change last when there is some. */
static size_t outputs_of(const cJSON *j, struct droplets change, struct sky_tx_output *outputs)
{
	struct err err;
	const cJSON *to;
	size_t n = 0;

	cJSON_ArrayForEach(to, member(j, "send"))
	{
		assert_int_equal(sky_address_parse(text_of(to, "address"), &outputs[n].to, &err),
				 0);
		outputs[n++].coins = droplets_of(number_of(to, "coins"));
	}
	if (droplets_is_zero(change))
		return n;
	assert_int_equal(sky_address_parse(text_of(j, "change_address"), &outputs[n].to, &err), 0);
	outputs[n++].coins = change;
	return n;
}

static void check_outputs(const cJSON *j, const struct sky_tx_output *outputs, size_t count)
{
	char address[ADDRESS_TEXT_MAX];

	assert_int_equal(cJSON_GetArraySize(member(j, "outputs")), count);
	for (size_t i = 0; i < count; i++) {
		const cJSON *want = cJSON_GetArrayItem(member(j, "outputs"), (int)i);

		sky_address_to_text(&outputs[i].to, address);
		assert_string_equal(address, text_of(want, "address"));
		assert_int_equal(outputs[i].coins.n, number_of(want, "coins"));
		assert_int_equal(outputs[i].hours.n, number_of(want, "hours"));
	}
}

static void check_payment(const cJSON *j, const struct uxout *const *spent, size_t count,
			  struct droplets want, unsigned burn_factor)
{
	struct sky_tx_output outputs[16];
	struct droplets coins = droplets_of(0), change;
	struct hours hours = hours_of(0);
	size_t n;

	for (size_t i = 0; i < count; i++) {
		assert_true(droplets_add(coins, spent[i]->coins, &coins));
		assert_true(hours_add(hours, spent[i]->hours, &hours));
	}
	assert_true(droplets_sub(coins, want, &change));
	n = outputs_of(j, change, outputs);
	hours_assign(hours, burn_factor, !droplets_is_zero(change), outputs, n);
	check_inputs(j, spent, count);
	check_outputs(j, outputs, n);
}

static void check_case(const cJSON *j)
{
	struct droplets want = sum_of(member(j, "send"));
	unsigned burn_factor = (unsigned)number_of(j, "burn_factor");
	const struct uxout *const *spent = NULL;
	struct err err = { .text = "" };
	struct uxout_set set;
	struct choice c;
	size_t count = 0;
	int rc;

	read_set(member(j, "unspents"), &set);
	rc = pick(&set, &c, want, burn_factor, &spent, &count, &err);
	if (cJSON_IsString(member(j, "error"))) {
		assert_true(rc < 0);
		assert_string_equal(err.text, text_of(j, "error"));
	} else {
		assert_int_equal(rc, 0);
		check_payment(j, spent, count, want, burn_factor);
		choice_release(&c);
	}
	uxout_set_release(&set);
}

static void test_cases(void **state)
{
	cJSON *root = test_read_json(VECTORS "skycoin/spend.json"), *j;
	int count = 0;

	(void)state;
	cJSON_ArrayForEach(j, member(root, "cases"))
	{
		check_case(j);
		count++;
	}
	assert_int_equal(count, 60);
	cJSON_Delete(root);
}

static void check_shares(const cJSON *j)
{
	size_t n = (size_t)number_of(j, "destinations"), i = 0;
	bool have_change = cJSON_IsTrue(member(j, "have_change"));
	struct sky_tx_output *outputs = calloc(n + 1, sizeof(*outputs));
	const cJSON *want;

	assert_non_null(outputs);
	hours_share(hours_of(number_of(j, "input_hours")), (unsigned)number_of(j, "burn_factor"),
		    have_change, outputs, have_change ? n + 1 : n);
	cJSON_ArrayForEach(want, member(j, "destination_hours"))
	{
		uint64_t hours;

		assert_true(text_to_u64(cJSON_GetStringValue(want), UINT64_MAX, &hours));
		assert_int_equal(outputs[i++].hours.n, hours);
	}
	assert_int_equal(i, n);
	assert_int_equal(have_change ? outputs[n].hours.n : 0, number_of(j, "change_hours"));
	free(outputs);
}

static void test_shares(void **state)
{
	cJSON *root = test_read_json(VECTORS "skycoin/spend.json"), *j;
	int count = 0;

	(void)state;
	cJSON_ArrayForEach(j, member(root, "distribute_hours"))
	{
		check_shares(j);
		count++;
	}
	assert_int_equal(count, 22);
	cJSON_Delete(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_shares),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Our verifier against the answers of both the user, hard and soft checks of the reference. */
#include "test/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "senderd/sky_sign.h"
#include "senderd/verify.h"

#define INPUTS_MAX 337

struct fixture {
	struct sky_tx tx;
	uint8_t *raw;
	size_t raw_len;
	struct uxout outputs[INPUTS_MAX];
	const struct uxout *spent[INPUTS_MAX];
	size_t count;
	char hours_error[ERR_TEXT_MAX]; /* why an input's hours cannot be computed, or "" */
};

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

static void read_spent(const cJSON *spends, uint64_t head_time, struct uxout *ret,
		       struct fixture *f)
{
	struct hours recorded = hours_of(number_of(spends, "hours"));
	struct err err;

	assert_true(hex_to_bytes(text_of(spends, "uxid"), ret->id.b, sizeof(ret->id.b)));
	assert_int_equal(sky_address_parse(text_of(spends, "address"), &ret->owner, &err), 0);
	ret->coins = droplets_of(number_of(spends, "coins"));
	ret->block_seq = number_of(spends, "block_seq");
	if (sky_hours_at(recorded, ret->coins, number_of(spends, "time"), head_time, &ret->hours,
			 &err) < 0) {
		ret->hours = recorded;
		assert_true(text_copy(f->hours_error, sizeof(f->hours_error), err.text));
	}
}

static void fixture_read(const cJSON *j, struct fixture *f)
{
	const cJSON *input;
	struct err err;

	*f = (struct fixture){ .raw = NULL };
	f->raw_len = strlen(text_of(j, "raw")) / 2;
	f->raw = malloc(f->raw_len);
	assert_non_null(f->raw);
	assert_true(hex_decode(text_of(j, "raw"), 2 * f->raw_len, f->raw));
	assert_int_equal(sky_tx_decode(f->raw, f->raw_len, &f->tx, &err), 0);
	cJSON_ArrayForEach(input, member(j, "inputs"))
	{
		assert_true(f->count < INPUTS_MAX);
		read_spent(member(input, "spends"), number_of(j, "head_time"),
			   &f->outputs[f->count], f);
		f->spent[f->count] = &f->outputs[f->count];
		f->count++;
	}
}

/* The rows about size leave out their many inputs (one coin, ten hours, two hours old each): make
 * such ones and sign them. */
static void fixture_make(const cJSON *j, struct fixture *f)
{
	const cJSON *output = cJSON_GetArrayItem(member(j, "outputs"), 0);
	struct buf raw = BUF_INIT(PAYOUT_TX_RAW_MAX + 1000);
	struct wallet *w = NULL;
	struct sky_tx t;
	struct sky_address to;
	struct err err;

	*f = (struct fixture){ .raw = NULL };
	sky_tx_init(&t);
	assert_int_equal(wallet_new_dummy(&w, &err), 0);
	for (f->count = 0; f->count < number_of(j, "inputs_count"); f->count++) {
		f->outputs[f->count] = (struct uxout){ .id = sha256(&f->count, sizeof(f->count)),
						       .owner = *wallet_change(w),
						       .coins = droplets_of(1000000),
						       .hours = hours_of(12) };
		f->spent[f->count] = &f->outputs[f->count];
		assert_true(sky_tx_add_input(&t, &f->outputs[f->count].id));
	}
	assert_int_equal(sky_address_parse(text_of(output, "address"), &to, &err), 0);
	assert_true(sky_tx_add_output(&t, &to, droplets_of(number_of(output, "coins")),
				      hours_of(number_of(output, "hours"))));
	assert_int_equal(sky_sign(&t, f->spent, w, &err), 0);
	assert_true(sky_tx_encode(&t, &raw));
	assert_int_equal(raw.len, number_of(j, "length"));
	assert_int_equal(sky_tx_decode((const uint8_t *)raw.data, raw.len, &f->tx, &err), 0);
	sky_tx_release(&t);
	buf_release(&raw);
	wallet_free(w);
}

static void fixture_release(struct fixture *f)
{
	sky_tx_release(&f->tx);
	free(f->raw);
}

static void assert_answer(const char *name, const char *class, const cJSON *want, int rc,
			  const struct err *err, const char *prefix)
{
	const char *text = cJSON_GetStringValue(want);

	if (text != NULL && strncmp(text, prefix, strlen(prefix)) == 0)
		text += strlen(prefix);
	if (text == NULL ? rc != 0 : rc != ERR_INVALID || strcmp(err->text, text) != 0)
		fail_msg("%s, %s: got '%s', want '%s'", name, class, rc == 0 ? "ok" : err->text,
			 text == NULL ? "ok" : text);
}

/* The verifier does not know the locked addresses (senderd/verify.h); the row's hard error stands
 * all the same, since nobody can sign for them. */
static bool soft_rule_is_unknown(const char *name)
{
	return strcmp(name, "locked_address") == 0;
}

static void check_soft(const cJSON *j, const struct verify_case *c, unsigned burn_factor,
		       const char *key, const struct fixture *f)
{
	const struct sky_policy policy = { .burn_factor = burn_factor,
					   .max_tx_size = 32768,
					   .max_decimals = 3 };
	const char *name = text_of(j, "name");
	struct err err = { .text = "" };
	int rc = verify_soft(c, &policy, &err);

	if (f->hours_error[0] != '\0')
		rc = err_set(&err, ERR_INVALID, "%s", f->hours_error);
	assert_answer(name, key, soft_rule_is_unknown(name) ? NULL : member(j, key), rc, &err,
		      "Transaction violates soft constraint: ");
}

static void check_case(const cJSON *j)
{
	const char *name = text_of(j, "name");
	struct err err = { .text = "" };
	struct verify_case c;
	struct fixture f;
	int rc;

	if (member(j, "inputs_count") != NULL)
		fixture_make(j, &f);
	else
		fixture_read(j, &f);
	c = (struct verify_case){ .tx = &f.tx, .spent = f.spent, .spent_count = f.count };
	assert_answer(name, "user", member(j, "user_error"), verify_user(&c, &err), &err,
		      "Transaction violates user constraint: ");
	rc = verify_hard(&c, &err);
	/* Hours of inputs are computed before the rules of this file are asked. */
	if (f.hours_error[0] != '\0')
		rc = err_set(&err, ERR_INVALID, "%s", f.hours_error);
	assert_answer(name, "hard", member(j, "hard_error"), rc, &err,
		      "Transaction violates hard constraint: ");
	check_soft(j, &c, 10, "soft_error_burn_10", &f);
	check_soft(j, &c, 2, "soft_error_burn_2", &f);
	fixture_release(&f);
}

static void test_cases(void **state)
{
	cJSON *root = test_read_json(VECTORS "skycoin/verify.json"), *j;
	int count = 0;

	(void)state;
	cJSON_ArrayForEach(j, member(root, "cases"))
	{
		check_case(j);
		count++;
	}
	assert_int_equal(count, 34);
	cJSON_Delete(root);
}

static const cJSON *case_of(const cJSON *root, const char *name)
{
	const cJSON *j;

	cJSON_ArrayForEach(j, member(root, "cases"))
	{
		if (strcmp(text_of(j, "name"), name) == 0)
			return j;
	}
	fail_msg("no case '%s'", name);
	return NULL;
}

static void test_raw(void **state)
{
	struct sky_policy policy = { .burn_factor = 2, .max_tx_size = 32768, .max_decimals = 3 };
	cJSON *root = test_read_json(VECTORS "skycoin/verify.json");
	struct fixture f;
	struct err err;

	(void)state;
	fixture_read(case_of(root, "ok"), &f);
	assert_int_equal(verify_raw(f.raw, f.raw_len, f.spent, f.count, &policy, &err), 0);
	assert_int_equal(verify_raw(f.raw, f.raw_len - 1, f.spent, f.count, &policy, &err),
			 ERR_INVALID);
	assert_int_equal(verify_raw(f.raw, f.raw_len, f.spent, 0, &policy, &err), ERR_INVALID);
	assert_non_null(strstr(err.text, "does not exist"));
	policy.max_tx_size = 219;
	assert_int_equal(verify_raw(f.raw, f.raw_len, f.spent, f.count, &policy, &err),
			 ERR_INVALID);
	assert_string_equal(err.text, "Transaction size bigger than max block size");
	policy.max_tx_size = 220;
	policy.max_decimals = 0;
	f.outputs[0].hours = hours_of(119); /* an hour less than was: the fee is one short */
	assert_int_equal(verify_raw(f.raw, f.raw_len, f.spent, f.count, &policy, &err),
			 ERR_INVALID);
	assert_string_equal(err.text, "Transaction coinhour fee minimum not met");
	policy.burn_factor = 0;
	assert_int_equal(verify_raw(f.raw, f.raw_len, f.spent, f.count, &policy, &err), 0);
	fixture_release(&f);
	cJSON_Delete(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_raw),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

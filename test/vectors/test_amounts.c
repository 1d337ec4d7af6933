/* Amounts as text, against vectors recorded from the reference program.
 *
 * The reference parser forgives forms that no node prints (1e3, .5, 5., +5, -0, zeros after the
 * sixth place); ours takes digits[.digits{1,6}] only.  Rows of such forms are checked to be
 * refused; every other row must give the reference's number or the reference's error text. */
#include <string.h>

#include "common/base/text.h"
#include "common/coin/amount.h"
#include "test/support/test.h"

static const char *text_of(const cJSON *row, const char *key)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, key));
}

static const cJSON *rows_of(const cJSON *file, const char *key)
{
	const cJSON *rows = cJSON_GetObjectItemCaseSensitive(file, key);

	assert_true(cJSON_GetArraySize(rows) > 0);
	return rows;
}

static bool form_is_lenient(const char *input)
{
	static const char *const lenient[] = { "1.0000000", "-0",  "+5", "1e3", "1e-6",
					       "1e-7",	    "1E2", ".5", "5." };

	for (size_t i = 0; i < sizeof(lenient) / sizeof(lenient[0]); i++)
		if (strcmp(lenient[i], input) == 0)
			return true;
	return false;
}

static void check_strict(const char *input, const char *droplets, const char *error)
{
	struct droplets got;
	struct err err;
	uint64_t want;
	int rc = droplets_from_text(input, &got, &err);

	if (droplets != NULL) {
		if (rc < 0)
			fail_msg("'%s' is refused: %s", input, err.text);
		assert_true(text_to_u64(droplets, UINT64_MAX, &want));
		assert_int_equal(got.n, want);
		return;
	}
	if (rc != ERR_INVALID)
		fail_msg("'%s' passes", input);
	assert_string_equal(err.text, error);
}

static void test_parse(void **state)
{
	cJSON *file = test_read_json(VECTORS "skycoin/amounts.json");
	const cJSON *row;
	unsigned lenient = 0;

	(void)state;
	cJSON_ArrayForEach(row, rows_of(file, "parse"))
	{
		const char *input = text_of(row, "input");
		struct droplets got;
		struct err err;

		if (!form_is_lenient(input)) {
			check_strict(input, text_of(row, "droplets"), text_of(row, "error_legacy"));
			continue;
		}
		lenient++;
		if (droplets_from_text(input, &got, &err) != ERR_INVALID)
			fail_msg("the lenient form '%s' passes", input);
	}
	assert_int_equal(lenient, 9);
	cJSON_Delete(file);
}

/* What has no text form is printed for the log all the same, and cannot be read back. */
static void check_too_large(const char *text, const char *error)
{
	struct droplets again;
	struct err err;

	assert_int_equal(droplets_from_text(text, &again, &err), ERR_INVALID);
	assert_string_equal(err.text, error);
}

static void test_format(void **state)
{
	cJSON *file = test_read_json(VECTORS "skycoin/amounts.json");
	const cJSON *row;

	(void)state;
	cJSON_ArrayForEach(row, rows_of(file, "format"))
	{
		char text[UNITS_TEXT_MAX];
		struct droplets amount;

		assert_true(text_to_u64(text_of(row, "droplets"), UINT64_MAX, &amount.n));
		droplets_to_text(amount, text);
		if (text_of(row, "error") != NULL)
			check_too_large(text, text_of(row, "error"));
		else
			assert_string_equal(text, text_of(row, "string"));
	}
	cJSON_Delete(file);
}

/* An amount has at most P places exactly when cutting to P places does not change it. */
static void test_precision(void **state)
{
	cJSON *file = test_read_json(VECTORS "skycoin/amounts.json");
	const cJSON *row;

	(void)state;
	cJSON_ArrayForEach(row, rows_of(file, "precision"))
	{
		unsigned places = (unsigned)cJSON_GetNumberValue(
			cJSON_GetObjectItemCaseSensitive(row, "max_decimals"));
		struct droplets amount, cut;

		assert_true(text_to_u64(text_of(row, "droplets"), UINT64_MAX, &amount.n));
		cut = droplets_truncate(amount, places);
		assert_true(droplets_compare(cut, amount) <= 0);
		assert_int_equal(droplets_compare(cut, amount) == 0, text_of(row, "error") == NULL);
	}
	cJSON_Delete(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_precision),
	};

	return cmocka_run_group_tests_name("amounts", tests, NULL, NULL);
}

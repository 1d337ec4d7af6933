/* Transactions of the reference node, byte for byte, and its hour and fee arithmetic. */
#include "test/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/node/sky_tx.h"

#define TRANSACTIONS VECTORS "skycoin/transactions.json"
#define AMOUNTS	     VECTORS "skycoin/amounts.json"

static const char *str(const cJSON *j, const char *key)
{
	const char *s = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(j, key));

	if (s == NULL)
		fail_msg("vector without '%s'", key);
	return s;
}

static uint64_t num(const cJSON *j, const char *key)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(j, key);
	uint64_t n;

	if (cJSON_IsNumber(v))
		return (uint64_t)v->valuedouble;
	assert_true(text_to_u64(str(j, key), UINT64_MAX, &n));
	return n;
}

static uint8_t *bytes(const char *hex, size_t *ret_len)
{
	uint8_t *b = malloc(strlen(hex) / 2 + 1);

	assert_non_null(b);
	*ret_len = strlen(hex) / 2;
	assert_true(hex_to_bytes(hex, b, *ret_len));
	return b;
}

static struct sha256 hash(const char *hex)
{
	struct sha256 h = { .b = { 0 } };

	assert_true(hex_to_bytes(hex, h.b, sizeof(h.b)));
	return h;
}

static void assert_hash(struct sha256 is, const char *hex)
{
	char text[65];

	hex_from_bytes(is.b, sizeof(is.b), text);
	assert_string_equal(text, hex);
}

static struct sky_tx_output output_of(const cJSON *j)
{
	struct sky_tx_output o = { .coins = droplets_of(num(j, "coins")),
				   .hours = hours_of(num(j, "hours")) };

	assert_int_equal(sky_address_parse(str(j, "address"), &o.to, NULL), 0);
	return o;
}

/* --- decoding what the node wrote ------------------------------------------------------------ */

static void check_output(const struct sky_tx_output *o, const cJSON *want)
{
	struct sky_tx_output w = output_of(want);

	assert_true(sky_address_equal(&o->to, &w.to));
	assert_int_equal(o->coins.n, w.coins.n);
	assert_int_equal(o->hours.n, w.hours.n);
}

static void check_outputs(const struct sky_tx *t, const cJSON *tx, const struct sha256 *source)
{
	const cJSON *list = cJSON_GetObjectItem(tx, "outputs"), *want;
	size_t i = 0;

	assert_int_equal(t->output_count, cJSON_GetArraySize(list));
	cJSON_ArrayForEach(want, list)
	{
		check_output(&t->outputs[i], want);
		assert_hash(sky_tx_uxid(source, &t->outputs[i]), str(want, "uxid"));
		i++;
	}
}

/* What is spent has an id of its own, made of the transaction that it came from. */
static void check_spent(const cJSON *spends)
{
	struct sky_tx_output o = output_of(spends);
	struct sha256 source = hash(str(spends, "src_tx"));

	assert_hash(sky_tx_uxid(&source, &o), str(spends, "uxid"));
}

static void check_inputs(const struct sky_tx *t, const cJSON *tx)
{
	const cJSON *list = cJSON_GetObjectItem(tx, "inputs"), *want;
	char sig[131];
	size_t i = 0;

	assert_int_equal(t->input_count, cJSON_GetArraySize(list));
	assert_int_equal(t->sig_count, t->input_count);
	cJSON_ArrayForEach(want, list)
	{
		assert_hash(t->inputs[i], str(want, "uxid"));
		assert_hash(sky_tx_digest(t, i), str(want, "digest"));
		hex_from_bytes(t->sigs[i].b, sizeof(t->sigs[i].b), sig);
		assert_string_equal(sig, str(want, "signature"));
		check_spent(cJSON_GetObjectItem(want, "spends"));
		i++;
	}
}

static void check_encode(const struct sky_tx *t, const uint8_t *raw, size_t len)
{
	struct buf out = BUF_INIT(1 << 20);

	assert_true(sky_tx_encode(t, &out));
	assert_int_equal(out.len, len);
	assert_memory_equal(out.data, raw, len);
	buf_release(&out);
}

static void test_well_formed(void **state)
{
	cJSON *root = test_read_json(TRANSACTIONS), *tx;
	struct sky_tx t;
	size_t len;

	(void)state;
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(root, "well_formed")), 7);
	cJSON_ArrayForEach(tx, cJSON_GetObjectItem(root, "well_formed"))
	{
		uint8_t *raw = bytes(str(tx, "raw"), &len);
		struct sha256 txid = sky_tx_id(raw, len);

		print_message("%s\n", str(tx, "note"));
		assert_int_equal(sky_tx_decode(raw, len, &t, NULL), 0);
		assert_int_equal(t.length, num(tx, "length"));
		assert_int_equal(t.type, num(tx, "type"));
		assert_int_equal(sky_tx_size(t.input_count, t.output_count), len);
		assert_hash(t.inner_hash, str(tx, "inner_hash"));
		assert_hash(sky_tx_inner_hash(&t), str(tx, "inner_hash"));
		assert_hash(txid, str(tx, "txid"));
		check_inputs(&t, tx);
		check_outputs(&t, tx, &txid);
		check_encode(&t, raw, len);
		sky_tx_release(&t);
		free(raw);
	}
	cJSON_Delete(root);
}

/* --- building the same transactions from their parts ------------------------------------------ */

static void build(const cJSON *tx, struct sky_tx *t)
{
	const cJSON *part;
	struct sha256 uxid;
	struct sky_tx_output o;

	sky_tx_init(t);
	cJSON_ArrayForEach(part, cJSON_GetObjectItem(tx, "inputs"))
	{
		uxid = hash(str(part, "uxid"));
		assert_true(sky_tx_add_input(t, &uxid));
	}
	cJSON_ArrayForEach(part, cJSON_GetObjectItem(tx, "outputs"))
	{
		o = output_of(part);
		assert_true(sky_tx_add_output(t, &o.to, o.coins, o.hours));
	}
	assert_true(sky_tx_prepare(t));
}

static void sign_as_recorded(const cJSON *tx, struct sky_tx *t)
{
	const cJSON *part;
	size_t i = 0;

	cJSON_ArrayForEach(part, cJSON_GetObjectItem(tx, "inputs"))
	{
		assert_true(hex_to_bytes(str(part, "signature"), t->sigs[i].b, 65));
		i++;
	}
}

static void test_build(void **state)
{
	cJSON *root = test_read_json(TRANSACTIONS), *tx;
	struct sky_tx t;
	size_t len;

	(void)state;
	cJSON_ArrayForEach(tx, cJSON_GetObjectItem(root, "well_formed"))
	{
		uint8_t *raw = bytes(str(tx, "raw"), &len);

		build(tx, &t);
		sign_as_recorded(tx, &t);
		assert_int_equal(t.length, len);
		check_encode(&t, raw, len);
		sky_tx_release(&t);
		free(raw);
	}
	cJSON_Delete(root);
}

static void test_prepare_clears_signatures(void **state)
{
	static const struct sky_signature unsigned_input;
	struct sha256 uxid = { .b = { 1 } };
	struct sky_tx t;

	(void)state;
	sky_tx_init(&t);
	assert_true(sky_tx_add_input(&t, &uxid));
	assert_true(sky_tx_prepare(&t));
	memset(t.sigs[0].b, 0xff, sizeof(t.sigs[0].b));
	assert_true(sky_tx_add_input(&t, &uxid));
	assert_true(sky_tx_prepare(&t));
	assert_int_equal(t.sig_count, 2);
	assert_memory_equal(&t.sigs[0], &unsigned_input, sizeof(unsigned_input));
	assert_memory_equal(&t.sigs[1], &unsigned_input, sizeof(unsigned_input));
	sky_tx_release(&t);
}

static void test_count_limit(void **state)
{
	struct sky_address to = { 0 };
	struct sha256 uxid = { .b = { 1 } };
	struct sky_tx t;

	(void)state;
	sky_tx_init(&t);
	for (size_t i = 0; i < SKY_TX_COUNT_MAX; i++) {
		assert_true(sky_tx_add_input(&t, &uxid));
		assert_true(sky_tx_add_output(&t, &to, droplets_of(1000), hours_of(0)));
	}
	assert_false(sky_tx_add_input(&t, &uxid));
	assert_false(sky_tx_add_output(&t, &to, droplets_of(1000), hours_of(0)));
	assert_int_equal(t.input_count, SKY_TX_COUNT_MAX);
	sky_tx_release(&t);
}

/* What was decoded may be added to like anything else. */
static void test_add_to_decoded(void **state)
{
	cJSON *root = test_read_json(TRANSACTIONS), *tx;
	struct sha256 uxid = { .b = { 1 } };
	struct sky_address to = { 0 };
	struct sky_tx t;
	size_t len;

	(void)state;
	cJSON_ArrayForEach(tx, cJSON_GetObjectItem(root, "well_formed"))
	{
		uint8_t *raw = bytes(str(tx, "raw"), &len);

		assert_int_equal(sky_tx_decode(raw, len, &t, NULL), 0);
		assert_true(sky_tx_add_input(&t, &uxid));
		assert_true(sky_tx_add_output(&t, &to, droplets_of(1000), hours_of(0)));
		assert_true(sky_tx_prepare(&t));
		assert_int_equal(t.length, len + 97 + 37);
		sky_tx_release(&t);
		free(raw);
	}
	cJSON_Delete(root);
}

static void test_genesis(void **state)
{
	static const struct sha256 no_source;
	cJSON *root = test_read_json(TRANSACTIONS);
	const cJSON *tx = cJSON_GetObjectItem(cJSON_GetObjectItem(root, "genesis"), "transaction");
	struct sky_tx t;
	size_t len;
	uint8_t *raw = bytes(str(tx, "raw"), &len);

	(void)state;
	assert_int_equal(sky_tx_decode(raw, len, &t, NULL), 0);
	assert_int_equal(t.length, 0);
	assert_int_equal(t.input_count, 0);
	assert_int_equal(t.sig_count, 0);
	assert_hash(t.inner_hash, str(tx, "inner_hash"));
	assert_hash(sky_tx_id(raw, len), str(tx, "txid"));
	check_outputs(&t, tx, &no_source);
	sky_tx_release(&t);
	free(raw);
	cJSON_Delete(root);
}

/* --- refusals -------------------------------------------------------------------------------- */

static void check_not_decodable(const char *why, const uint8_t *raw, size_t len, const char *text)
{
	struct sky_tx t;
	struct err err;

	print_message("%s\n", why);
	assert_int_equal(sky_tx_decode(raw, len, &t, &err), ERR_INVALID);
	assert_string_equal(err.text, text);
	assert_null(t.sigs);
	assert_null(t.inputs);
	assert_null(t.outputs);
}

static void test_not_decodable(void **state)
{
	static const char prefix[] = "Invalid transaction: ";
	cJSON *root = test_read_json(TRANSACTIONS), *row;
	size_t len;

	(void)state;
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(root, "not_decodable")), 11);
	cJSON_ArrayForEach(row, cJSON_GetObjectItem(root, "not_decodable"))
	{
		uint8_t *raw = bytes(str(row, "raw"), &len);
		const char *text = str(row, "error_modern");

		assert_memory_equal(text, prefix, strlen(prefix));
		check_not_decodable(str(row, "why"), raw, len, text + strlen(prefix));
		free(raw);
	}
	cJSON_Delete(root);
}

/* The recorded cases hold no list above the limit with enough bytes behind its count. */
static void test_count_above_limit(void **state)
{
	size_t len = 37 + 4 + 65536;
	uint8_t *raw = calloc(len, 1);

	(void)state;
	assert_non_null(raw);
	raw[39] = 1; /* 65536 */
	check_not_decodable("65536 signatures and as many bytes", raw, len,
			    "Maximum length exceeded for variable length field");
	check_not_decodable("one byte less", raw, len - 1, "Not enough buffer data to deserialize");
	raw[39] = 0;
	raw[37] = raw[38] = 0xff; /* 65535 */
	check_not_decodable("65535 signatures, too few bytes for them", raw, len,
			    "Not enough buffer data to deserialize");
	free(raw);
}

/* --- hours and fee --------------------------------------------------------------------------- */

static void test_hours(void **state)
{
	cJSON *root = test_read_json(AMOUNTS), *row;
	struct hours h;
	struct err err;
	int rc;

	(void)state;
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(root, "coin_hours")), 43);
	cJSON_ArrayForEach(row, cJSON_GetObjectItem(root, "coin_hours"))
	{
		rc = sky_hours_at(hours_of(num(row, "hours")), droplets_of(num(row, "coins")),
				  num(row, "created"), num(row, "head_time"), &h, &err);
		if (cJSON_GetObjectItem(row, "error") != NULL) {
			assert_int_equal(rc, ERR_INVALID);
			assert_string_equal(err.text, str(row, "error"));
			continue;
		}
		assert_int_equal(rc, 0);
		assert_int_equal(h.n, num(row, "result"));
	}
	cJSON_Delete(root);
}

static void test_required_fee(void **state)
{
	cJSON *root = test_read_json(AMOUNTS), *row;
	struct hours in, fee;

	(void)state;
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(root, "required_fee")), 72);
	cJSON_ArrayForEach(row, cJSON_GetObjectItem(root, "required_fee"))
	{
		in = hours_of(num(row, "hours"));
		fee = sky_required_fee(in, (unsigned)num(row, "burn_factor"));
		assert_int_equal(fee.n, num(row, "required_fee"));
		assert_int_equal(in.n - fee.n, num(row, "remaining"));
	}
	assert_int_equal(sky_required_fee(hours_of(100), 0).n, 0);
	cJSON_Delete(root);
}

static void test_fee_check(void **state)
{
	cJSON *root = test_read_json(AMOUNTS), *row;
	struct err err;
	int rc;

	(void)state;
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(root, "fee_check")), 42);
	cJSON_ArrayForEach(row, cJSON_GetObjectItem(root, "fee_check"))
	{
		rc = sky_check_fee(hours_of(num(row, "output_hours")), hours_of(num(row, "fee")),
				   (unsigned)num(row, "burn_factor"), &err);
		if (cJSON_IsNull(cJSON_GetObjectItem(row, "error"))) {
			assert_int_equal(rc, 0);
			continue;
		}
		assert_int_equal(rc, ERR_INVALID);
		assert_string_equal(err.text, str(row, "error"));
	}
	assert_int_equal(sky_check_fee(hours_of(5), hours_of(0), 0, NULL), 0);
	cJSON_Delete(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_well_formed),
		cmocka_unit_test(test_build),
		cmocka_unit_test(test_prepare_clears_signatures),
		cmocka_unit_test(test_count_limit),
		cmocka_unit_test(test_add_to_decoded),
		cmocka_unit_test(test_genesis),
		cmocka_unit_test(test_not_decodable),
		cmocka_unit_test(test_count_above_limit),
		cmocka_unit_test(test_hours),
		cmocka_unit_test(test_required_fee),
		cmocka_unit_test(test_fee_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Reading JSON.
 *
 * A document passes json_scan() first, which holds it to the grammar and to its limits; cJSON then
 * builds the tree.  A `struct json` is a cJSON node under another name, so that no other room can
 * reach into it.  cJSON keeps numbers as doubles: integers are handed out only where a double is
 * exact (below 2^53); larger ones travel as strings of digits. */
#include "common/json/json.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "common/base/text.h"
#include "common/json/json_place.h"
#include "common/json/json_scan.h"

/* 2^53 itself is refused: 2^53 + 1 would be read as the same double. */
#define EXACT_INTEGER_MAX ((INT64_C(1) << 53) - 1)

static const cJSON *node(const struct json *j)
{
	return (const cJSON *)(const void *)j;
}

static const struct json *from_node(const cJSON *n)
{
	return (const struct json *)(const void *)n;
}

/* --- refusing keys that occur twice -------------------------------------------------------- */
static int compare_keys(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted, not compared pair by pair: an object of 100,000 keys must not cost 10^10 steps. */
static int check_keys_differ(const cJSON *object, struct err *err)
{
	size_t count = (size_t)cJSON_GetArraySize(object), i = 0;
	const char **keys;
	int rc = 0;

	if (count < 2)
		return 0;
	keys = malloc(count * sizeof(*keys));
	if (keys == NULL)
		return err_set(err, ERR_BUSY, "out of memory");
	for (const cJSON *m = object->child; m != NULL && i < count; m = m->next)
		keys[i++] = m->string;
	qsort(keys, count, sizeof(*keys), compare_keys);
	for (i = 1; rc == 0 && i < count; i++)
		if (strcmp(keys[i - 1], keys[i]) == 0)
			rc = err_set(err, ERR_INVALID, "key '%.64s' occurs twice", keys[i]);
	free(keys);
	return rc;
}

/* Recursion is bounded: the scanner has refused deeper documents. */
static int check_duplicates(const cJSON *n, struct err *err)
{
	int rc = cJSON_IsObject(n) ? check_keys_differ(n, err) : 0;

	for (const cJSON *child = n->child; rc == 0 && child != NULL; child = child->next)
		rc = check_duplicates(child, err);
	return rc;
}

/* --- parsing ------------------------------------------------------------------------------- */
static bool only_space(const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (data[i] == '\0' || strchr(" \t\r\n", data[i]) == NULL)
			return false;
	return true;
}

static int build(const char *value, size_t len, bool duplicates_ok, struct json **ret,
		 struct err *err)
{
	cJSON *root = cJSON_ParseWithLength(value, len);
	int rc;

	if (root == NULL)
		return err_set(err, ERR_BUSY, "out of memory");
	rc = duplicates_ok ? 0 : check_duplicates(root, err);
	if (rc < 0) {
		cJSON_Delete(root);
		return rc;
	}
	*ret = (struct json *)(void *)root;
	return 0;
}

/* At most one value more than there are brackets and commas, those within texts included. */
static size_t count_values(const char *data, size_t len)
{
	size_t n = 1;

	for (size_t i = 0; i < len; i++)
		n += data[i] == ',' || data[i] == '{' || data[i] == '[';
	return n;
}

/* The value alone, without what surrounds it. */
static int scan(const char **data, size_t *len, const struct json_limits *limits, struct err *err)
{
	size_t start = 0, end = 0;
	int rc;

	if (*len > limits->max_bytes)
		return err_set(err, ERR_INVALID, "larger than %zu bytes", limits->max_bytes);
	if (limits->max_values > 0 && count_values(*data, *len) > limits->max_values)
		return err_set(err, ERR_INVALID, "more than %zu values", limits->max_values);
	rc = json_scan(*data, *len, limits->max_depth, &start, &end, err);
	if (rc < 0)
		return rc;
	if (!limits->trailing_ok && !only_space(*data + end, *len - end))
		return err_set(err, ERR_INVALID, "something follows the value at byte %zu", end);
	*data += start;
	*len = end - start;
	return 0;
}

int json_parse(const char *data, size_t len, const struct json_limits *limits, struct json **ret,
	       struct err *err)
{
	int rc = scan(&data, &len, limits, err);

	return rc < 0 ? rc : build(data, len, limits->duplicates_ok, ret, err);
}

size_t json_room(const char *data, size_t len)
{
	return json_place_room(data, len);
}

int json_parse_in(const char *data, size_t len, const struct json_limits *limits, void *memory,
		  size_t size, const struct json **ret, struct err *err)
{
	struct json *root = NULL;
	int rc = scan(&data, &len, limits, err);

	if (rc < 0)
		return rc;
	json_place_begin(memory, size);
	rc = build(data, len, limits->duplicates_ok, &root, err);
	json_place_end();
	if (rc == 0)
		*ret = root;
	return rc;
}

void json_free(struct json *j)
{
	cJSON_Delete((cJSON *)(void *)j);
}

/* --- looking ------------------------------------------------------------------------------- */
enum json_type json_type(const struct json *j)
{
	const cJSON *n = node(j);

	if (cJSON_IsBool(n))
		return JSON_BOOL;
	if (cJSON_IsNumber(n))
		return JSON_NUMBER;
	if (cJSON_IsString(n))
		return JSON_STRING;
	if (cJSON_IsArray(n))
		return JSON_ARRAY;
	if (cJSON_IsObject(n))
		return JSON_OBJECT;
	assert(cJSON_IsNull(n));
	return JSON_NULL;
}

/* The last match: with duplicates allowed the later value wins, as in most parsers. */
const struct json *json_get(const struct json *j, const char *key)
{
	const cJSON *found = NULL;

	if (j == NULL || !cJSON_IsObject(node(j)))
		return NULL;
	for (const cJSON *m = node(j)->child; m != NULL; m = m->next)
		if (strcmp(m->string, key) == 0)
			found = m;
	return from_node(found);
}

size_t json_size(const struct json *j)
{
	return (size_t)cJSON_GetArraySize(node(j));
}

const struct json *json_first(const struct json *j)
{
	return from_node(node(j)->child);
}

const struct json *json_next(const struct json *j)
{
	return from_node(node(j)->next);
}

const char *json_key(const struct json *j)
{
	return node(j)->string;
}

const char *json_string(const struct json *j)
{
	return cJSON_IsString(node(j)) ? node(j)->valuestring : NULL;
}

bool json_is_true(const struct json *j)
{
	return cJSON_IsTrue(node(j)) != 0;
}

/* A number that is an integer which a double holds exactly. */
static bool exact_integer(const struct json *j, int64_t *ret)
{
	double d;

	if (!cJSON_IsNumber(node(j)))
		return false;
	d = node(j)->valuedouble;
	if (!(d >= -(double)EXACT_INTEGER_MAX && d <= (double)EXACT_INTEGER_MAX))
		return false;
	if ((double)(int64_t)d != d)
		return false;
	*ret = (int64_t)d;
	return true;
}

bool json_value_u64(const struct json *j, uint64_t *ret)
{
	int64_t n;

	if (j == NULL)
		return false;
	if (cJSON_IsString(node(j)))
		return text_to_u64(node(j)->valuestring, UINT64_MAX, ret);
	if (!exact_integer(j, &n) || n < 0)
		return false;
	*ret = (uint64_t)n;
	return true;
}

/* --- typed members ------------------------------------------------------------------------- */
static const char *type_phrase(enum json_type type)
{
	switch (type) {
	case JSON_NULL: return "null";
	case JSON_BOOL: return "bool";
	case JSON_NUMBER: return "number";
	case JSON_STRING: return "string";
	case JSON_ARRAY: return "array";
	case JSON_OBJECT: return "object";
	}
	return "value";
}

/* NULL when it is missing: then ERR_INVALID is set, as for every mistake here. */
static const struct json *get_member(const struct json *j, const char *key, struct err *err)
{
	const struct json *member = json_get(j, key);

	if (member == NULL)
		(void)err_set(err, ERR_INVALID, "field '%s' is missing", key);
	return member;
}

static const struct json *get_typed(const struct json *j, const char *key, enum json_type type,
				    struct err *err)
{
	const struct json *member = get_member(j, key, err);

	if (member == NULL || json_type(member) == type)
		return member;
	(void)err_set(err, ERR_INVALID, "field '%s' is no %s", key, type_phrase(type));
	return NULL;
}

int json_get_string(const struct json *j, const char *key, const char **ret, struct err *err)
{
	const struct json *member = get_typed(j, key, JSON_STRING, err);

	if (member == NULL)
		return ERR_INVALID;
	*ret = json_string(member);
	return 0;
}

int json_get_bool(const struct json *j, const char *key, bool *ret, struct err *err)
{
	const struct json *member = get_typed(j, key, JSON_BOOL, err);

	if (member == NULL)
		return ERR_INVALID;
	*ret = json_is_true(member);
	return 0;
}

int json_get_array(const struct json *j, const char *key, const struct json **ret, struct err *err)
{
	const struct json *member = get_typed(j, key, JSON_ARRAY, err);

	if (member == NULL)
		return ERR_INVALID;
	*ret = member;
	return 0;
}

int json_get_object(const struct json *j, const char *key, const struct json **ret, struct err *err)
{
	const struct json *member = get_typed(j, key, JSON_OBJECT, err);

	if (member == NULL)
		return ERR_INVALID;
	*ret = member;
	return 0;
}

int json_get_u64(const struct json *j, const char *key, uint64_t max, uint64_t *ret,
		 struct err *err)
{
	const struct json *member = get_member(j, key, err);
	uint64_t value;

	if (member == NULL)
		return ERR_INVALID;
	if (!json_value_u64(member, &value) || value > max)
		return err_set(err, ERR_INVALID, "field '%s' is no integer from 0 to %" PRIu64, key,
			       max);
	*ret = value;
	return 0;
}

int json_get_i64(const struct json *j, const char *key, int64_t *ret, struct err *err)
{
	const struct json *member = get_member(j, key, err);
	int64_t value;
	bool ok;

	if (member == NULL)
		return ERR_INVALID;
	if (json_string(member) != NULL)
		ok = text_to_i64(json_string(member), -INT64_MAX, INT64_MAX, &value);
	else
		ok = exact_integer(member, &value);
	if (!ok)
		return err_set(err, ERR_INVALID, "field '%s' is no integer", key);
	*ret = value;
	return 0;
}

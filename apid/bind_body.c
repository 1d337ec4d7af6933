#include "apid/bind_body.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/json/json.h"

#define DEPTH_MAX 32

/* Texts and trimming of one field. */
struct field {
	const char *name;
	const char *blanks; /* trimmed at both ends */
	char **value;
};

static int field_set(const struct field *f, const struct json *j, struct err *err)
{
	const char *text = json_string(j);
	size_t len;
	char *copy;

	if (json_type(j) == JSON_NULL)
		return 0;
	if (text == NULL)
		return err_set(err, ERR_INVALID, "field '%s' must be a string", f->name);
	text = text_trim(text, f->blanks, &len);
	copy = strndup(text, len);
	if (copy == NULL)
		return err_set(err, ERR_BUSY, "out of memory");
	free(*f->value);
	*f->value = copy;
	return 0;
}

static int read_members(const struct json *body, struct bind_body *b, struct err *err)
{
	const struct field fields[] = { { "skyaddr", BLANKS, &b->sky_address },
					{ "coin_type", "", &b->coin } };
	int rc = 0;

	for (const struct json *m = json_first(body); rc == 0 && m != NULL; m = json_next(m))
		for (size_t i = 0; rc == 0 && i < sizeof(fields) / sizeof(fields[0]); i++)
			if (text_equal_nocase(json_key(m), fields[i].name))
				rc = field_set(&fields[i], m, err);
	return rc;
}

int bind_body_parse(const char *data, size_t len, struct bind_body *ret, struct err *err)
{
	struct json_limits limits = { .max_bytes = BIND_BODY_MAX,
				      .max_depth = DEPTH_MAX,
				      .trailing_ok = true,
				      .duplicates_ok = true };
	struct bind_body b = { .sky_address = calloc(1, 1), .coin = calloc(1, 1) };
	struct json *j = NULL;
	int rc;

	if (b.sky_address == NULL || b.coin == NULL)
		rc = err_set(err, ERR_BUSY, "out of memory");
	else
		rc = json_parse(data, len, &limits, &j, err);
	if (rc == 0 && json_type(j) != JSON_OBJECT)
		rc = err_set(err, ERR_INVALID, "expected an object with skyaddr and coin_type");
	if (rc == 0)
		rc = read_members(j, &b, err);
	json_free(j);
	if (rc == 0)
		*ret = b;
	else
		bind_body_release(&b);
	return rc;
}

void bind_body_release(struct bind_body *b)
{
	free(b->sky_address);
	free(b->coin);
	b->sky_address = b->coin = NULL;
}

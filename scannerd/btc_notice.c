/* Which block it was does not matter: a notification is a hint to look, and the look asks for
 * everything again.  So nothing of its parameters is read, however long they are, and a lie in them
 * does no harm. */
#include "scannerd/btc_notice.h"

#include <stdio.h>
#include <string.h>

#include "common/base/text.h"
#include "common/json/json_pull.h"

#define DEPTH_MAX 64
#define ERROR_MAX 4096 /* a longer one is not looked into */

struct parts {
	struct json_slice method, id, error;
};

static bool read_method(void *arg, struct json_pull *p)
{
	return json_pull_value(p, &((struct parts *)arg)->method);
}

static bool read_id(void *arg, struct json_pull *p)
{
	return json_pull_value(p, &((struct parts *)arg)->id);
}

static bool read_error(void *arg, struct json_pull *p)
{
	return json_pull_value(p, &((struct parts *)arg)->error);
}

static bool slice_is(const struct json_slice *s, const char *text)
{
	return s->len == strlen(text) && memcmp(s->text, text, s->len) == 0;
}

static bool tells_of_a_block(const struct json_slice *method)
{
	static const char *const names[] = {
		"\"blockconnected\"",
		"\"blockdisconnected\"",
		"\"filteredblockconnected\"",
		"\"filteredblockdisconnected\"",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_is(method, names[i]))
			return true;
	return false;
}

static bool read_number(const struct json_slice *s, uint64_t *ret)
{
	char text[24];

	if (s->len == 0 || s->len >= sizeof(text))
		return false;
	memcpy(text, s->text, s->len);
	text[s->len] = '\0';
	return text_to_u64(text, UINT64_MAX, ret);
}

static void read_no(const struct json_slice *error, struct btc_notice *ret)
{
	struct json_limits limits = JSON_LIMITS_DEFAULT;
	struct json *root = NULL;
	const char *message = NULL;

	if (error->len <= ERROR_MAX &&
	    json_parse(error->text, error->len, &limits, &root, NULL) == 0)
		message = json_string(json_get(root, "message"));
	(void)snprintf(ret->text, sizeof(ret->text), "%s",
		       message != NULL ? message : "error without a message");
	json_free(root);
	ret->kind = BTC_NOTICE_NO;
}

static void judge(const struct parts *parts, struct btc_notice *ret)
{
	if (parts->method.len > 0)
		ret->kind = tells_of_a_block(&parts->method) ? BTC_NOTICE_BLOCK : BTC_NOTICE_OTHER;
	else if (!read_number(&parts->id, &ret->id))
		ret->kind = BTC_NOTICE_OTHER;
	else if (parts->error.len == 0 || slice_is(&parts->error, "null"))
		ret->kind = BTC_NOTICE_DONE;
	else
		read_no(&parts->error, ret);
}

void btc_notice_read(const char *text, size_t len, struct btc_notice *ret)
{
	static const struct json_pull_field fields[] = {
		{ "method", read_method },
		{ "id", read_id },
		{ "error", read_error },
	};
	struct parts parts = { .method = { NULL, 0 } };
	struct json_pull p;
	unsigned seen;

	*ret = (struct btc_notice){ .kind = BTC_NOTICE_BROKEN };
	json_pull_init(&p, text, len, DEPTH_MAX, NULL);
	if (json_pull_fields(&p, fields, 3, &parts, &seen) && json_pull_end(&p))
		judge(&parts, ret);
}

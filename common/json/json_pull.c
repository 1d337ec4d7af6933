/* Built on the scanner: every byte is held to JSON's grammar once, on the way.  Nothing here
 * allocates; a slice lives as long as the text. */
#include "common/json/json_pull.h"

#include <string.h>

void json_pull_init(struct json_pull *p, const char *data, size_t len, unsigned max_depth,
		    struct err *err)
{
	json_scanner_init(&p->s, data, len, max_depth, err);
}

void json_pull_pass(struct json_pull *p)
{
	p->s.passes = true;
}

bool json_pull_end(struct json_pull *p)
{
	json_scanner_skip_space(&p->s);
	return p->s.at == p->s.end || json_scanner_fail(&p->s, "something follows the value");
}

enum json_type json_pull_next(struct json_pull *p)
{
	json_scanner_skip_space(&p->s);
	if (p->s.at == p->s.end)
		return JSON_NULL;
	switch (*p->s.at) {
	case '{': return JSON_OBJECT;
	case '[': return JSON_ARRAY;
	case '"': return JSON_STRING;
	case 't':
	case 'f': return JSON_BOOL;
	case 'n': return JSON_NULL;
	default: return JSON_NUMBER;
	}
}

bool json_pull_skip(struct json_pull *p)
{
	return json_scanner_value(&p->s);
}

bool json_pull_value(struct json_pull *p, struct json_slice *ret)
{
	json_scanner_skip_space(&p->s);
	ret->text = (const char *)p->s.at;
	if (!json_scanner_value(&p->s))
		return false;
	ret->len = (size_t)((const char *)p->s.at - ret->text);
	return true;
}

bool json_pull_text(struct json_pull *p, struct json_slice *ret)
{
	json_scanner_skip_space(&p->s);
	ret->text = (const char *)p->s.at + 1;
	if (!json_scanner_string(&p->s))
		return false;
	ret->len = (size_t)((const char *)p->s.at - ret->text) - 1;
	return memchr(ret->text, '\\', ret->len) == NULL ||
	       json_scanner_fail(&p->s, "string without escapes expected");
}

struct object_walk {
	struct json_pull *pull;
	json_pull_member_fn fn;
	void *arg;
};

static bool on_member(struct json_scanner *s, void *arg)
{
	struct object_walk *w = arg;
	struct json_slice key;
	const char *end;

	if (!json_scanner_key(s, &key.text, &end))
		return false;
	key.len = (size_t)(end - key.text);
	return w->fn(w->arg, w->pull, &key);
}

bool json_pull_object(struct json_pull *p, json_pull_member_fn fn, void *arg)
{
	struct object_walk w = { .pull = p, .fn = fn, .arg = arg };

	json_scanner_skip_space(&p->s);
	if (!json_scanner_take(&p->s, '{'))
		return json_scanner_fail(&p->s, "object expected");
	return json_scanner_items(&p->s, '}', on_member, &w);
}

struct array_walk {
	struct json_pull *pull;
	json_pull_item_fn fn;
	void *arg;
};

static bool on_item(struct json_scanner *s, void *arg)
{
	struct array_walk *w = arg;

	(void)s;
	return w->fn(w->arg, w->pull);
}

bool json_pull_array(struct json_pull *p, json_pull_item_fn fn, void *arg)
{
	struct array_walk w = { .pull = p, .fn = fn, .arg = arg };

	json_scanner_skip_space(&p->s);
	if (!json_scanner_take(&p->s, '['))
		return json_scanner_fail(&p->s, "array expected");
	return json_scanner_items(&p->s, ']', on_item, &w);
}

struct fields_walk {
	const struct json_pull_field *fields;
	size_t count;
	void *arg;
	unsigned seen;
};

static bool key_is(const struct json_slice *key, const char *name)
{
	return key->len > 0 && *name == *key->text && /* most differ there */
	       strncmp(name, key->text, key->len) == 0 && name[key->len] == '\0';
}

static bool on_field(void *arg, struct json_pull *p, const struct json_slice *key)
{
	struct fields_walk *w = arg;

	for (size_t i = 0; i < w->count; i++) {
		if (!key_is(key, w->fields[i].key))
			continue;
		if ((w->seen >> i & 1) != 0)
			return json_scanner_fail(&p->s, "key occurs twice");
		w->seen |= 1U << i;
		return w->fields[i].read(w->arg, p);
	}
	return json_pull_skip(p);
}

bool json_pull_fields(struct json_pull *p, const struct json_pull_field *fields, size_t count,
		      void *arg, unsigned *ret_seen)
{
	struct fields_walk w = { .fields = fields, .count = count, .arg = arg };

	if (!json_pull_object(p, on_field, &w))
		return false;
	*ret_seen = w.seen;
	return true;
}

bool json_pull_fail(struct json_pull *p, const char *what)
{
	return json_scanner_fail(&p->s, what);
}

/* JSON of strangers: what parses is laid out again, parses again, and then looks the same. */
#include <stdlib.h>
#include <string.h>

#include "common/json/json.h"

#define OUT_MAX (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void lay_out(const char *text, size_t len, enum json_layout layout, struct buf *out)
{
	struct json_writer w;

	json_writer_init(&w, out, layout);
	if (!json_write_json(&w, text, len))
		abort(); /* it has parsed, so it must be writable */
}

static void must_parse(const struct buf *b, const struct json_limits *limits)
{
	struct json *j = NULL;

	if (json_parse(b->data, b->len, limits, &j, NULL) < 0)
		abort();
	json_free(j);
}

static void round_trip(const char *text, size_t len, const struct json_limits *limits)
{
	struct buf indented = BUF_INIT(OUT_MAX), compact = BUF_INIT(OUT_MAX);
	struct buf again = BUF_INIT(OUT_MAX);

	lay_out(text, len, JSON_INDENTED, &indented);
	must_parse(&indented, limits);
	lay_out(indented.data, indented.len, JSON_COMPACT, &compact);
	must_parse(&compact, limits);
	lay_out(compact.data, compact.len, JSON_INDENTED, &again);
	if (again.len != indented.len || memcmp(again.data, indented.data, again.len) != 0)
		abort();
	buf_release(&indented);
	buf_release(&compact);
	buf_release(&again);
}

/* What parses in the heap parses in a place of its own, which is never too small. */
static void must_parse_in(const char *text, size_t len, const struct json_limits *limits)
{
	size_t room = json_room(text, len);
	const struct json *j = NULL;
	void *place = malloc(room);

	if (place == NULL || json_parse_in(text, len, limits, place, room, &j, NULL) < 0)
		abort();
	free(place);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_limits limits = { .max_bytes = OUT_MAX, .max_depth = JSON_WRITER_DEPTH_MAX };
	struct json *j = NULL;

	if (size > 4096 || json_parse((const char *)data, size, &limits, &j, NULL) < 0)
		return 0;
	json_free(j);
	must_parse_in((const char *)data, size, &limits);
	round_trip((const char *)data, size, &limits);
	return 0;
}

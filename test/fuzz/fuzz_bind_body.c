/* The body of POST /api/bind: what is read, written as a body again, is read the same. */
#include <stdlib.h>
#include <string.h>

#include "apid/bind_body.h"
#include "common/json/json.h"

#define OUT_MAX (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_body(const struct bind_body *b, struct buf *out)
{
	struct json_writer w;

	json_writer_init(&w, out, JSON_COMPACT);
	json_begin_object(&w);
	json_put_string(&w, "skyaddr", b->sky_address);
	json_put_string(&w, "coin_type", b->coin);
	json_end_object(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf out = BUF_INIT(OUT_MAX);
	struct bind_body once, twice;
	struct err err;

	if (bind_body_parse((const char *)data, size, &once, &err) < 0)
		return 0;
	write_body(&once, &out);
	if (out.len <= BIND_BODY_MAX) { /* escapes are longer than what they stand for */
		if (bind_body_parse(buf_text(&out), out.len, &twice, &err) < 0 ||
		    strcmp(once.sky_address, twice.sky_address) != 0 ||
		    strcmp(once.coin, twice.coin) != 0)
			abort();
		bind_body_release(&twice);
	}
	bind_body_release(&once);
	buf_release(&out);
	return 0;
}

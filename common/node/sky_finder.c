/* Each place is asked for each API in turn, by a question that changes nothing.
 *
 * A place where nothing listens is followed by the next one: the webrpc port of a node is closed
 * once that node is a modern one.  A place that answers something else, or asks for a password, is
 * not: then a person must look.  When nothing listens anywhere, the configured place is named. */
#include "common/node/sky_finder.h"

static void try_one(struct sky_finder *f);

static void finish(struct sky_finder *f, const struct sky_api *api, const struct err *err)
{
	f->running = false;
	f->fn(f->arg, f->place, api, err);
}

static void next_place(struct sky_finder *f, const struct err *err)
{
	if (f->place == 0)
		f->first = *err;
	if (err->code != ERR_BUSY || f->place + 1 == f->count) {
		finish(f, NULL, err->code == ERR_BUSY ? &f->first : err);
		return;
	}
	f->place++;
	f->api = 0;
	try_one(f);
}

static void next_api(struct sky_finder *f)
{
	struct err err;

	if (++f->api < SKY_APIS) {
		try_one(f);
		return;
	}
	(void)err_set(&err, ERR_IO, "no API of a Skycoin node is served at '%s'",
		      http_client_name(f->http[f->place]));
	next_place(f, &err);
}

static void on_answer(void *arg, int status, struct buf *body, const struct err *err)
{
	struct sky_finder *f = arg;
	struct sky_reply a = { .status = status, .body = buf_text(body), .len = body->len };
	struct err mine;

	if (err != NULL) {
		next_place(f, err);
		return;
	}
	switch (sky_apis[f->api]->judge_probe(&a, &mine)) {
	case SKY_SPEAKS: finish(f, sky_apis[f->api], NULL); break;
	case SKY_SPEAKS_NOT: next_api(f); break;
	case SKY_SPEAKS_TROUBLE: next_place(f, &mine); break;
	}
}

static void try_one(struct sky_finder *f)
{
	struct http_request h = { .method = "GET" };
	struct sky_request r;

	sky_request_init(&r);
	sky_apis[f->api]->probe(sky_apis[f->api], &r);
	if (r.post)
		h.method = "POST";
	h.path = buf_text(&r.path);
	h.content_type = r.content_type;
	h.body = buf_text(&r.body);
	h.body_len = r.body.len;
	http_send(f->http[f->place], &h, on_answer, f);
	sky_request_release(&r);
}

void sky_finder_start(struct sky_finder *f, sky_found_fn fn, void *arg)
{
	f->running = true;
	f->fn = fn;
	f->arg = arg;
	f->place = f->api = 0;
	try_one(f);
}

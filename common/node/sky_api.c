#include "common/node/sky_api.h"

#include <stdlib.h>
#include <string.h>

#define REQUEST_MAX (4U << 20)

const struct sky_api *const sky_apis[SKY_APIS] = { &sky_api_rest, &sky_api_legacy_rest,
						   &sky_api_webrpc };

const struct sky_api *sky_api_named(const char *name)
{
	for (size_t i = 0; i < SKY_APIS; i++)
		if (strcmp(sky_apis[i]->name, name) == 0)
			return sky_apis[i];
	return NULL;
}

void sky_request_init(struct sky_request *r)
{
	*r = (struct sky_request){ .path = BUF_INIT(REQUEST_MAX), .body = BUF_INIT(REQUEST_MAX) };
}

void sky_request_release(struct sky_request *r)
{
	buf_release(&r->path);
	buf_release(&r->body);
}

void sky_append_addresses(struct buf *out, const struct sky_work *w)
{
	char text[ADDRESS_TEXT_MAX];

	for (size_t i = 0; i < w->asked_count; i++) {
		sky_address_to_text(&w->asked[i], text);
		(void)buf_printf(out, "%s%s", i > 0 ? "," : "", text);
	}
}

int sky_reply_refused(const struct sky_reply *a, const char *what, struct err *err)
{
	char text[SKY_ANSWER_TEXT_MAX];

	sky_rest_message(a->body, text);
	if (text[0] != '\0')
		return err_set(err, ERR_IO, "%s: the node answers '%s'", what, text);
	return err_set(err, ERR_IO, "%s: the node answers with status %d", what, a->status);
}

#include "apid/http_form.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"

#define PARSER_MEMORY 1024

/* The field that a piece of data belongs to; NULL: one too many. */
static struct http_form_field *field_for(struct http_form *form, const char *name, uint64_t offset)
{
	struct http_form_field *f;

	if (offset > 0 && form->count > 0)
		return &form->field[form->count - 1]; /* goes on */
	if (form->count == HTTP_FORM_FIELDS_MAX)
		return NULL;
	f = &form->field[form->count++];
	if (name == NULL || !text_copy(f->name, sizeof(f->name), name))
		f->name[0] = '\0';
	return f;
}

static void field_add(struct http_form_field *f, const char *data, size_t size)
{
	if (size == 0)
		return;
	if (size >= sizeof(f->value) - f->len || memchr(data, '\0', size) != NULL) {
		f->bad = true;
		return;
	}
	memcpy(f->value + f->len, data, size);
	f->len += size;
}

static enum MHD_Result on_data(void *arg, enum MHD_ValueKind kind, const char *key,
			       const char *filename, const char *type, const char *encoding,
			       const char *data, uint64_t offset, size_t size)
{
	struct http_form_field *f = field_for(arg, key, offset);

	(void)kind;
	(void)filename;
	(void)type;
	(void)encoding;
	if (f == NULL)
		return MHD_NO;
	field_add(f, data, size);
	return MHD_YES;
}

struct http_form *http_form_read(struct MHD_Connection *c, const struct buf *body)
{
	struct http_form *form = calloc(1, sizeof(*form));
	struct MHD_PostProcessor *p =
		form == NULL ? NULL : MHD_create_post_processor(c, PARSER_MEMORY, on_data, form);

	if (p == NULL) {
		free(form);
		return NULL;
	}
	(void)MHD_post_process(p, buf_text(body), body->len);
	(void)MHD_destroy_post_processor(p);
	return form;
}

const char *http_form_get(const struct http_form *f, const char *name)
{
	for (unsigned i = 0; f != NULL && i < f->count; i++)
		if (strcmp(f->field[i].name, name) == 0)
			return f->field[i].bad ? "" : f->field[i].value;
	return NULL;
}

/* The list of what is wrong.  Rooms raise and clear as often as they like; the log hears only of
 * changes, so that a node that is down for a day is two lines and not 86,400. */
#include "common/daemon/health.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/json/json.h"

struct problem {
	char what[48];
	char text[ERR_TEXT_MAX];
	int64_t since; /* Unix seconds */
};

struct health {
	struct problem problem[HEALTH_PROBLEMS_MAX]; /* oldest first */
	unsigned count;
};

struct health *health_new(void)
{
	struct health *h = calloc(1, sizeof(*h));

	if (h == NULL)
		abort();
	return h;
}

void health_free(struct health *h)
{
	free(h);
}

static struct problem *health_find(const struct health *h, const char *what)
{
	for (unsigned i = 0; i < h->count; i++)
		if (strcmp(h->problem[i].what, what) == 0)
			return (struct problem *)&h->problem[i];
	return NULL;
}

/* The words are fixed in the sources: more of them than places is a mistake there, which costs a
 * line in the list and not the daemon. */
static struct problem *health_add(struct health *h, const char *what)
{
	struct problem *p;

	if (h->count == HEALTH_PROBLEMS_MAX)
		return NULL;
	p = &h->problem[h->count++];
	(void)snprintf(p->what, sizeof(p->what), "%s", what);
	p->text[0] = '\0';
	p->since = clock_unix();
	return p;
}

void health_raise(struct health *h, const char *what, const char *fmt, ...)
{
	struct problem *p = health_find(h, what);
	char text[sizeof(p->text)];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (p == NULL)
		p = health_add(h, what);
	if (p != NULL && strcmp(p->text, text) == 0)
		return;
	if (p != NULL)
		memcpy(p->text, text, sizeof(text));
	log_warn("problem", "what=%s text=\"%s\"", what, text);
}

void health_clear(struct health *h, const char *what)
{
	struct problem *p = health_find(h, what);

	if (p == NULL)
		return;
	log_info("problem_over", "what=%s lasted_s=%" PRId64, what, clock_unix() - p->since);
	h->count--;
	memmove(p, p + 1, (size_t)(&h->problem[h->count] - p) * sizeof(*p));
}

const char *health_text(const struct health *h, const char *what)
{
	const struct problem *p = health_find(h, what);

	return p != NULL ? p->text : "";
}

void health_print(const struct health *h, struct buf *out)
{
	struct json_writer w;

	json_writer_init(&w, out, JSON_COMPACT);
	json_begin_array(&w);
	for (unsigned i = 0; i < h->count; i++) {
		json_begin_object(&w);
		json_put_string(&w, "what", h->problem[i].what);
		json_put_string(&w, "text", h->problem[i].text);
		json_put_i64(&w, "since", h->problem[i].since);
		json_end_object(&w);
	}
	json_end_array(&w);
}

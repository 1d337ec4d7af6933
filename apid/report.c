#include "apid/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apid/problem_row.h"

static struct json *parse(const char *text)
{
	const struct json_limits limits = JSON_LIMITS_DEFAULT;
	struct json *root = NULL;
	struct err err;

	if (text == NULL || json_parse(text, strlen(text), &limits, &root, &err) < 0)
		return NULL;
	return root;
}

void report_each_problem(const struct relay_health *h, report_problem_fn fn, void *arg)
{
	const char *what, *text;
	struct json *list;
	struct err err;
	int64_t since;

	if (!h->up)
		return fn(arg, h->name, "down", h->why, h->since);
	list = parse(h->m.problems);
	if (list == NULL)
		return;
	for (const struct json *p = json_first(list); p != NULL; p = json_next(p))
		if (json_get_string(p, "what", &what, &err) == 0 &&
		    json_get_string(p, "text", &text, &err) == 0 &&
		    json_get_i64(p, "since", &since, &err) == 0)
			fn(arg, h->name, what, text, since);
	json_free(list);
}

bool report_has_problems(const struct relay_health *h)
{
	return !h->up || (h->m.problems != NULL && strcmp(h->m.problems, "[]") != 0);
}

void report_own(struct apid *a, struct relay_health *ret)
{
	struct message m = { .type = MSG_TYPE_health_reply };

	daemon_health_reply(a->d, "apid", &m);
	*ret = (struct relay_health){ .name = "apid", .up = true, .m = m.u.health_reply };
}

void report_release(struct relay_health *own)
{
	free(own->m.problems);
	free(own->m.detail);
}

struct json *report_detail(const struct relay_health *h)
{
	return h->up ? parse(h->m.detail) : NULL;
}

/* --- for strangers -----------------------------------------------------------------------------
 */

struct search {
	const char *error;
	char *ret;
};

/* The error is the beginning of what a problem says: then it is told in the table's words. */
static void replace_words(void *arg, const char *daemon, const char *what, const char *text,
			  int64_t since)
{
	struct problem_shown shown;
	struct search *s = arg;

	(void)since;
	if (strncmp(text, s->error, strlen(s->error)) != 0)
		return;
	problem_show(daemon, what, &shown);
	if (!shown.told)
		(void)snprintf(s->ret, REPORT_ERROR_MAX, "%s", shown.text);
}

void report_public_error(const struct relay_health *h, char ret[REPORT_ERROR_MAX])
{
	struct search s = { .error = h->m.error, .ret = ret };

	if (!h->up) {
		(void)snprintf(ret, REPORT_ERROR_MAX, "%s does not answer", h->name);
		return;
	}
	(void)snprintf(ret, REPORT_ERROR_MAX, "%s", h->m.error);
	if (ret[0] != '\0')
		report_each_problem(h, replace_words, &s);
}

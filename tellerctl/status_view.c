/* A table of the daemons, then every problem on lines of its own, then one line that sums up: who
 * reads it was woken by a telephone. */
#include "tellerctl/status_view.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/json/json.h"

const char *daemon_state_name(enum daemon_state s)
{
	static const char *const names[] = { "ok", "problem", "down" };

	return names[s];
}

static void add_problem(struct daemon_status *s, const char *what, const char *text, int64_t since)
{
	struct status_problem *p = &s->problem[s->problem_count];

	if (s->problem_count == sizeof(s->problem) / sizeof(s->problem[0]))
		return;
	(void)snprintf(p->what, sizeof(p->what), "%s", what);
	(void)snprintf(p->text, sizeof(p->text), "%s", text);
	p->since = since;
	s->problem_count++;
	if (s->state == DAEMON_OK)
		s->state = DAEMON_PROBLEM;
}

void status_set_down(struct daemon_status *s, const char *why)
{
	s->state = DAEMON_DOWN;
	s->problem_count = 0;
	add_problem(s, "down", why[0] != '\0' ? why : "no answer", 0);
}

/* The last error of sending or buying, unless a problem tells it already. */
static void add_error(struct daemon_status *s, const char *text)
{
	if (text[0] == '\0')
		return;
	for (unsigned i = 0; i < s->problem_count; i++)
		if (strstr(s->problem[i].text, text) != NULL)
			return;
	add_problem(s, "error", text, 0);
}

static void add_problem_json(struct daemon_status *s, const struct json *row)
{
	const char *what = json_string(json_get(row, "what"));
	const char *text = json_string(json_get(row, "text"));
	uint64_t since;

	if (json_get_u64(row, "since", INT64_MAX, &since, NULL) < 0)
		since = 0;
	add_problem(s, what != NULL ? what : "unknown", text != NULL ? text : "", (int64_t)since);
}

static void add_problems(struct daemon_status *s, const char *text)
{
	const struct json_limits limits = JSON_LIMITS_DEFAULT;
	struct json *root;
	struct err err;

	if (text == NULL)
		return;
	if (json_parse(text, strlen(text), &limits, &root, &err) < 0) {
		add_problem(s, "health", err.text, 0);
		return;
	}
	for (const struct json *row = json_first(root); row != NULL; row = json_next(row))
		add_problem_json(s, row);
	json_free(root);
}

static void set_sandbox(struct daemon_status *s, const char *detail)
{
	const struct json_limits limits = JSON_LIMITS_DEFAULT;
	const char *text = NULL;
	struct json *root = NULL;

	s->sandbox[0] = '\0';
	if (detail == NULL || json_parse(detail, strlen(detail), &limits, &root, NULL) < 0)
		return;
	if (json_get_string(root, "sandbox", &text, NULL) == 0)
		(void)snprintf(s->sandbox, sizeof(s->sandbox), "%s", text);
	json_free(root);
}

void status_set_reply(struct daemon_status *s, const struct msg_health_reply *r)
{
	s->state = DAEMON_OK;
	s->problem_count = 0;
	status_print_duration(r->uptime_ms / 1000, s->uptime, sizeof(s->uptime));
	(void)snprintf(s->version, sizeof(s->version), "%s", r->version);
	set_sandbox(s, r->detail);
	add_problems(s, r->problems);
	add_error(s, r->error);
}

/* Those of one daemon in the answer of /api/health, in the words that customers read. */
static void add_public_problems(struct daemon_status *s, const struct json *list)
{
	const struct json *p = list != NULL ? json_first(list) : NULL;

	for (; p != NULL; p = json_next(p)) {
		const char *daemon = json_string(json_get(p, "daemon"));
		const char *component = json_string(json_get(p, "component"));
		const char *text = json_string(json_get(p, "text"));
		uint64_t since;

		if (daemon == NULL || strcmp(daemon, s->name) != 0)
			continue;
		if (json_get_u64(p, "since", INT64_MAX, &since, NULL) < 0)
			since = 0;
		add_problem(s, component != NULL ? component : "unknown", text != NULL ? text : "",
			    (int64_t)since);
	}
}

void status_set_http(struct daemon_status *s, int http_status, const char *body, size_t len)
{
	const struct json_limits limits = JSON_LIMITS_DEFAULT;
	struct json *root = NULL;
	const char *uptime, *version;
	char text[64];

	s->state = DAEMON_OK;
	s->problem_count = 0;
	if (http_status != 200) {
		(void)snprintf(text, sizeof(text), "GET /api/health answers %d", http_status);
		add_problem(s, "http", text, 0);
		return;
	}
	if (json_parse(body, len, &limits, &root, NULL) < 0) {
		add_problem(s, "http", "GET /api/health answers no JSON", 0);
		return;
	}
	uptime = json_string(json_get(root, "uptime"));
	version = json_string(json_get(root, "version"));
	(void)snprintf(s->uptime, sizeof(s->uptime), "%s", uptime != NULL ? uptime : "");
	(void)snprintf(s->version, sizeof(s->version), "%s", version != NULL ? version : "");
	add_public_problems(s, json_get(root, "problems"));
	json_free(root);
}

bool status_all_well(const struct daemon_status *s, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (s[i].state != DAEMON_OK)
			return false;
	return true;
}

void status_print_duration(uint64_t seconds, char *ret, size_t size)
{
	uint64_t m = seconds / 60, h = m / 60, d = h / 24;

	if (d > 0)
		(void)snprintf(ret, size, "%" PRIu64 "d %" PRIu64 "h", d, h % 24);
	else if (h > 0)
		(void)snprintf(ret, size, "%" PRIu64 "h %" PRIu64 "m", h, m % 60);
	else if (m > 0)
		(void)snprintf(ret, size, "%" PRIu64 "m %" PRIu64 "s", m, seconds % 60);
	else
		(void)snprintf(ret, size, "%" PRIu64 "s", seconds);
}

static void print_since(int64_t since, int64_t now, struct buf *out)
{
	char when[32], age[32];
	time_t t = (time_t)since;
	struct tm tm;

	if (since == 0 || gmtime_r(&t, &tm) == NULL)
		return;
	(void)strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
	status_print_duration(now > since ? (uint64_t)(now - since) : 0, age, sizeof(age));
	(void)buf_printf(out, " (since %s UTC, for %s)", when, age);
}

static void print_problems(const struct daemon_status *s, int64_t now, struct buf *out)
{
	for (unsigned i = 0; i < s->problem_count; i++) {
		const struct status_problem *p = &s->problem[i];

		(void)buf_printf(out, "\n%s: %s", s->name, p->what);
		print_since(p->since, now, out);
		(void)buf_printf(out, "\n    %s\n", p->text);
	}
}

/* No problem: the kernel is as it is. */
static void print_sandbox(const struct daemon_status *s, struct buf *out)
{
	if (s->sandbox[0] != '\0' && strcmp(s->sandbox, "full") != 0)
		(void)buf_printf(out, "\n%s: sandbox\n    %s\n", s->name, s->sandbox);
}

static void print_sum(const struct daemon_status *s, unsigned count, struct buf *out)
{
	unsigned down = 0, problems = 0;

	for (unsigned i = 0; i < count; i++) {
		down += s[i].state == DAEMON_DOWN;
		problems += s[i].state == DAEMON_PROBLEM ? s[i].problem_count : 0;
	}
	if (down == 0 && problems == 0)
		(void)buf_puts(out, "\nall well\n");
	else
		(void)buf_printf(out, "\nNOT WELL: %u of %u daemons down, %u problem%s\n", down,
				 count, problems, problems == 1 ? "" : "s");
}

void status_print_text(const struct daemon_status *s, unsigned count, int64_t now, struct buf *out)
{
	static const char *const shown[] = { "ok", "PROBLEM", "DOWN" };

	(void)buf_printf(out, "%-11s %-8s %-12s %s\n", "daemon", "state", "up", "version");
	for (unsigned i = 0; i < count; i++)
		(void)buf_printf(out, "%-11s %-8s %-12s %.12s\n", s[i].name, shown[s[i].state],
				 s[i].uptime[0] != '\0' ? s[i].uptime : "-",
				 s[i].version[0] != '\0' ? s[i].version : "-");
	for (unsigned i = 0; i < count; i++) {
		print_problems(&s[i], now, out);
		print_sandbox(&s[i], out);
	}
	print_sum(s, count, out);
}

static void print_daemon_json(struct json_writer *w, const struct daemon_status *s)
{
	json_begin_object(w);
	json_put_string(w, "daemon", s->name);
	json_put_string(w, "state", daemon_state_name(s->state));
	json_put_string(w, "uptime", s->uptime);
	json_put_string(w, "version", s->version);
	if (s->sandbox[0] != '\0')
		json_put_string(w, "sandbox", s->sandbox);
	json_write_key(w, "problems");
	json_begin_array(w);
	for (unsigned i = 0; i < s->problem_count; i++) {
		json_begin_object(w);
		json_put_string(w, "what", s->problem[i].what);
		json_put_string(w, "text", s->problem[i].text);
		json_put_i64(w, "since", s->problem[i].since);
		json_end_object(w);
	}
	json_end_array(w);
	json_end_object(w);
}

void status_print_json(const struct daemon_status *s, unsigned count, struct buf *out)
{
	struct json_writer w;

	json_writer_init(&w, out, JSON_INDENTED);
	json_begin_object(&w);
	json_put_bool(&w, "well", status_all_well(s, count));
	json_write_key(&w, "daemons");
	json_begin_array(&w);
	for (unsigned i = 0; i < count; i++)
		print_daemon_json(&w, &s[i]);
	json_end_array(&w);
	json_end_object(&w);
	(void)buf_putc(out, '\n');
}

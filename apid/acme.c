/* WAITING -- time is up, or SIGHUP --> RUNNING -- issued, or still good --> WAITING (half a day)
 *                                         \------ failed -----------------> WAITING (back-off)
 *
 * Whether a certificate is due is uacme's to decide, so asking twice a day costs nothing.  After a
 * failure the first wait is long enough for the limits of Let's Encrypt: five failed validations of
 * a name in an hour, and nothing is answered any more. */
#include "apid/acme.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/loop/backoff.h"

#define FIRST_MS   1000 /* the listeners answer by then */
#define CHECK_MS   (12U * 3600 * 1000)
#define RETRY_MS   (15U * 60 * 1000)
#define REASON_MAX 300

static const char problem[] = "acme";

struct acme {
	struct acme_conf conf;
	struct loop_timer *timer;
	struct backoff check, retry;
	bool running, again, failing;
	char said[REASON_MAX];	 /* the last words of the program itself */
	char detail[REASON_MAX]; /* what the authority answered it */
};

static void run(struct acme *a)
{
	loop_timer_stop(a->timer);
	a->running = a->conf.run(a->conf.arg);
	a->again = false;
	a->said[0] = a->detail[0] = '\0';
	if (!a->running)
		acme_on_gone(a);
}

static void on_timer(void *arg)
{
	run(arg);
}

void acme_now(struct acme *a)
{
	if (a->running)
		a->again = true;
	else
		run(a);
}

/* --- what it says ------------------------------------------------------------------------------
 */

/* uacme's own words begin with its name; the authority's answer is JSON, a member a line. */
void acme_on_line(struct acme *a, const char *text)
{
	static const char own[] = "uacme: ", detail[] = "\"detail\": ";
	const char *answer = strstr(text, detail);

	log_info("acme_says", "text=\"%s\"", text);
	if (answer != NULL)
		(void)snprintf(a->detail, sizeof(a->detail), "%s", answer + sizeof(detail) - 1);
	else if (text[0] != '{' && text[0] != '}' && text[0] != ' ')
		(void)snprintf(a->said, sizeof(a->said), "%s",
			       strncmp(text, own, sizeof(own) - 1) == 0 ? text + sizeof(own) - 1
									: text);
}

static void explain(const struct acme *a, enum acme_result result, char *ret, size_t size)
{
	switch (result) {
	case ACME_ISSUED: ret[0] = '\0'; return;
	case ACME_MISSING:
		(void)snprintf(ret, size,
			       "'%s' cannot be started (%s): install the package uacme, or set "
			       "web.acme_program",
			       a->conf.program, a->said);
		return;
	case ACME_TOO_LONG:
		(void)snprintf(ret, size, "it took too long and was ended; its last words: %s",
			       a->said);
		return;
	case ACME_CURRENT: /* and there is none */
	case ACME_FAILED:
		(void)snprintf(ret, size, "%s%s%s", a->said[0] != '\0' ? a->said : "it failed",
			       a->detail[0] != '\0' ? "; the authority says: " : "", a->detail);
		return;
	}
}

/* For customers, that is. */
static void what_it_means(const struct acme *a, char *ret, size_t size)
{
	const struct tls_certificate *c = tls_identity_shown(a->conf.identity);
	char until[CLOCK_TEXT_MAX];

	if (c == NULL) {
		(void)snprintf(ret, size, "there is none yet, so customers cannot use the service");
		return;
	}
	clock_text(c->until, until);
	(void)snprintf(ret, size, "the one that is there lasts until %s", until);
}

static void tell(struct acme *a, const char *why)
{
	char meaning[100];

	what_it_means(a, meaning, sizeof(meaning));
	if (!a->failing)
		log_watch("certificate_not_issued", "host=%s authority=%s reason=\"%s\"",
			  a->conf.host, a->conf.url, why);
	a->failing = true;
	health_raise(a->conf.health, problem,
		     "no new certificate for '%s': %s; %s; it is tried again, at once after "
		     "kill -HUP",
		     a->conf.host, why, meaning);
}

/* --- the ends of a run ---------------------------------------------------------------------------
 */

static void on_success(struct acme *a, enum acme_result result)
{
	a->failing = false;
	backoff_reset(&a->retry);
	backoff_reset(&a->check);
	health_clear(a->conf.health, problem);
	if (result == ACME_ISSUED) {
		log_info("certificate_issued", "host=%s authority=%s", a->conf.host, a->conf.url);
		a->conf.on_issued(a->conf.arg);
	}
	loop_timer_start(a->timer, backoff_next(&a->check));
}

static void on_failure(struct acme *a, enum acme_result result)
{
	uint64_t wait_ms = backoff_next(&a->retry);
	char why[2 * REASON_MAX + 100];

	explain(a, result, why, sizeof(why));
	why[REASON_MAX] = '\0';
	log_warn("acme_failed", "again_in_s=%llu reason=\"%s\"",
		 (unsigned long long)(wait_ms / 1000), why);
	tell(a, why);
	loop_timer_start(a->timer, wait_ms);
}

/* "Not due" is also what a program between apid and uacme says when it could not start it. */
static bool is_success(const struct acme *a, enum acme_result result)
{
	return result == ACME_ISSUED ||
	       (result == ACME_CURRENT && tls_identity_shown(a->conf.identity) != NULL);
}

void acme_on_end(struct acme *a, enum acme_result result)
{
	a->running = false;
	if (is_success(a, result))
		on_success(a, result);
	else
		on_failure(a, result);
	if (a->again)
		run(a);
}

void acme_on_gone(struct acme *a)
{
	loop_timer_stop(a->timer);
	a->running = a->again = false;
	tell(a, "the process that runs uacme has ended: restart apid");
}

/* --- its life
 * -------------------------------------------------------------------------------------- */

struct acme *acme_new(struct loop *l, const struct acme_conf *conf)
{
	struct acme *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->conf = *conf;
	a->timer = loop_timer_new(l, on_timer, a);
	backoff_init(&a->check, CHECK_MS, CHECK_MS);
	backoff_init(&a->retry, RETRY_MS, CHECK_MS);
	loop_timer_start(a->timer, FIRST_MS);
	return a;
}

void acme_free(struct acme *a)
{
	if (a == NULL)
		return;
	loop_timer_free(a->timer);
	free(a);
}

/* Every few seconds the files are looked at (not read), which finds whatever way they are replaced
 * in: written over, renamed over, a link turned to another folder.
 *
 *   unchanged since the last try  -> nothing
 *   changed -> read, prove -> good: shown to the next handshake
 *                          -> not in force, as the one before is: that one stays, and it is
 *                             tried again with time
 *                          -> bad:  the one before stays.  Certificate and key are two files, so
 *                                   for some seconds that is usual; then it is told.
 *
 * What is tried is remembered from before the reading: a change during it is a change.  A file that
 * is bad is not read again until it changes; SIGHUP reads in any case. */
#include "apid/tls_reload.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"

#define LOOK_MS	      2000
#define PATIENCE_MS   15000
#define DAY_S	      INT64_C(86400)
#define WARN_S	      (14 * DAY_S)
#define WARN_FRACTION 4 /* of a short life */

struct tls_reload {
	struct tls_reload_conf conf;
	struct loop_timer *timer;
	struct tls_mark tried;
	bool bad, told;
	int64_t bad_since_ms;
	char why[ERR_TEXT_MAX];
};

/* --- what is told ---------------------------------------------------------------------------- */

/* "" when all is well; else what is wrong with the one that is shown. */
static void judge_shown(const struct tls_reload *r, char *ret, size_t size)
{
	const struct tls_certificate *c = tls_identity_shown(r->conf.identity);
	int64_t now = clock_unix(), life, warn;
	char date[CLOCK_TEXT_MAX];

	ret[0] = '\0';
	if (c == NULL)
		return;
	life = c->until - c->from;
	warn = life / WARN_FRACTION < WARN_S ? life / WARN_FRACTION : WARN_S;
	clock_text(now < c->from ? c->from : c->until, date);
	if (now < c->from)
		(void)snprintf(ret, size,
			       "the certificate is not valid before %s: browsers refuse the "
			       "service; is the clock right?",
			       date);
	else if (now >= c->until)
		(void)snprintf(ret, size,
			       "the certificate ended at %s: browsers refuse the service", date);
	else if (c->until - now < warn)
		(void)snprintf(ret, size, "the certificate ends at %s: renew it before", date);
	else if (r->conf.host[0] != '\0' && !tls_certificate_is_for(c, r->conf.host))
		(void)snprintf(ret, size,
			       "the certificate is not for '%s': browsers refuse the service",
			       r->conf.host);
}

static const char *what_stays(const struct tls_reload *r)
{
	return tls_identity_shown(r->conf.identity) != NULL
		       ? "the certificate that was loaded before goes on being used"
		       : "there is no other: the service cannot be reached over HTTPS";
}

static void tell_bad(struct tls_reload *r, const char *shown)
{
	if (!r->told)
		log_watch("certificate_not_loaded", "reason=\"%s\"", r->why);
	r->told = true;
	health_raise(r->conf.health, r->conf.problem,
		     "%s; %s%s%s; mend the files, they are looked at again", r->why, what_stays(r),
		     shown[0] != '\0' ? "; " : "", shown);
}

static void tell(struct tls_reload *r)
{
	char shown[160];

	judge_shown(r, shown, sizeof(shown));
	if (r->bad && clock_mono_ms() - r->bad_since_ms >= PATIENCE_MS)
		tell_bad(r, shown);
	else if (shown[0] != '\0')
		health_raise(r->conf.health, r->conf.problem, "%s", shown);
	else if (!r->bad)
		health_clear(r->conf.health, r->conf.problem);
}

/* --- trying ---------------------------------------------------------------------------------- */

static void log_shown(const struct tls_certificate *c)
{
	char from[CLOCK_TEXT_MAX], until[CLOCK_TEXT_MAX];

	clock_text(c->from, from);
	clock_text(c->until, until);
	log_info("certificate_loaded", "from=%s until=%s chain=%u", from, until, c->count);
}

static void show(struct tls_reload *r, struct tls_certificate *c)
{
	const struct tls_certificate *old = tls_identity_shown(r->conf.identity);

	r->bad = r->told = false;
	if (old != NULL && memcmp(old->id, c->id, sizeof(c->id)) == 0) {
		tls_certificate_free(c);
		return;
	}
	log_shown(c);
	tls_identity_show(r->conf.identity, c);
	if (r->conf.on_shown != NULL)
		r->conf.on_shown(r->conf.arg);
}

static void keep_old(struct tls_reload *r, const struct err *err)
{
	if (!r->bad)
		r->bad_since_ms = clock_mono_ms();
	r->bad = true;
	if (strcmp(r->why, err->text) != 0)
		r->told = false;
	memcpy(r->why, err->text, sizeof(r->why));
}

static bool is_in_force(const struct tls_certificate *c, int64_t now)
{
	return c->from <= now && now < c->until;
}

/* One that browsers refuse does not take the place of one that they take: not now. */
static int judge_new(const struct tls_reload *r, const struct tls_certificate *c, struct err *err)
{
	const struct tls_certificate *old = tls_identity_shown(r->conf.identity);
	int64_t now = clock_unix();
	char date[CLOCK_TEXT_MAX];

	if (old == NULL || !is_in_force(old, now) || is_in_force(c, now))
		return 0;
	clock_text(now < c->from ? c->from : c->until, date);
	return err_set(err, ERR_BUSY, "the new certificate %s %s",
		       now < c->from ? "is not valid before" : "ended at", date);
}

static bool is_missing(const struct tls_reload *r)
{
	return !r->tried.cert.there || !r->tried.key.there;
}

static int try_files(struct tls_reload *r, struct err *err)
{
	struct tls_certificate *c = NULL;
	int rc;

	tls_files_look(&r->conf.files, &r->tried);
	if (r->conf.awaited && is_missing(r) && tls_identity_shown(r->conf.identity) == NULL)
		return 0;
	rc = tls_files_read(&r->conf.files, &c, err);
	if (rc == 0)
		rc = judge_new(r, c, err);
	if (rc == 0) {
		show(r, c);
	} else {
		tls_certificate_free(c);
		keep_old(r, err);
	}
	if (rc == ERR_IO || rc == ERR_BUSY) /* our trouble, or time's: not the files' */
		r->tried = (struct tls_mark){ .cert = { .there = false } };
	return rc;
}

static void on_timer(void *arg)
{
	struct tls_reload *r = arg;
	struct tls_mark now;
	struct err err;

	tls_files_look(&r->conf.files, &now);
	if (!tls_mark_same(&now, &r->tried))
		(void)try_files(r, &err);
	tell(r);
	loop_timer_start(r->timer, LOOK_MS);
}

void tls_reload_now(struct tls_reload *r)
{
	struct err err;

	if (try_files(r, &err) < 0)
		r->bad_since_ms = clock_mono_ms() - PATIENCE_MS;
	tell(r);
}

/* --- its life -------------------------------------------------------------------------------- */

int tls_reload_new(struct loop *l, const struct tls_reload_conf *conf, struct tls_reload **ret,
		   struct err *err)
{
	struct tls_reload *r = calloc(1, sizeof(*r));
	int rc;

	if (r == NULL)
		return err_set(err, ERR_BUSY, "out of memory");
	r->conf = *conf;
	rc = try_files(r, err);
	if (rc < 0 && !conf->awaited) {
		free(r);
		return rc;
	}
	r->timer = loop_timer_new(l, on_timer, r);
	tell(r);
	loop_timer_start(r->timer, LOOK_MS);
	*ret = r;
	return 0;
}

void tls_reload_free(struct tls_reload *r)
{
	if (r == NULL)
		return;
	loop_timer_free(r->timer);
	free(r);
}

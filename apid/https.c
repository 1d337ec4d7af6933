/* With web.https_addr plain HTTP serves nobody any more: a customer who is told over plain HTTP
 * where to pay to may be told so by anybody.  It answers the certificate authority, sends everybody
 * else to HTTPS, and says "later" as long as there is no certificate to go there with. */
#include "apid/https.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apid/acme.h"
#include "apid/acme_challenge.h"
#include "apid/acme_paths.h"
#include "apid/acme_runner.h"
#include "apid/answer.h"
#include "apid/host_header.h"
#include "apid/http_request.h"
#include "apid/redirect.h"
#include "apid/tls_reload.h"

#define LOCATION_MAX  65536
#define HEADS_MAX     15360 /* of a request and its answer: the library has 16 KiB for both */
#define DAY_MS	      (24U * 3600 * 1000)
#define ACME_LIMIT_MS (10U * 60 * 1000) /* for one talk with the authority */

struct https {
	struct daemon *d;
	struct redirect_conf redirect;
	struct acme_paths paths;
	struct tls_identity *identity;
	struct tls_reload *reload;
	struct acme *acme; /* NULL: the certificate comes from files */
	struct acme_runner *runner;
	int challenges; /* the folder; -1: not open */
};

/* --- what the sandbox leaves ----------------------------------------------------------------- */

static bool is_on(const struct conf *conf)
{
	return conf->https_addr[0] != '\0';
}

static const char *cert_path(const struct conf *conf, const struct acme_paths *p)
{
	return conf->auto_tls_host[0] != '\0' ? p->cert : conf->tls_cert;
}

static const char *key_path(const struct conf *conf, const struct acme_paths *p)
{
	return conf->auto_tls_host[0] != '\0' ? p->key : conf->tls_key;
}

int https_reads(const struct conf *conf, struct confine_files *ret, struct err *err)
{
	struct acme_paths paths;
	int rc;

	if (!is_on(conf))
		return 0;
	rc = acme_paths_of(conf, &paths, err);
	if (rc == 0)
		rc = acme_paths_make(conf, &paths, err);
	if (rc < 0)
		return rc;
	confine_files_add(ret, cert_path(conf, &paths));
	confine_files_add(ret, key_path(conf, &paths));
	return 0;
}

void https_needs(const struct conf *conf, struct sandbox_plan *p)
{
	struct acme_paths paths;
	struct err err;

	if (is_on(conf) && acme_paths_of(conf, &paths, &err) == 0)
		sandbox_allow(p, SANDBOX_READ, paths.challenges);
}

/* --- its life -------------------------------------------------------------------------------- */

static int open_file(void *arg, const char *path, int *ret_fd, struct err *err)
{
	struct https *h = arg;

	return confine_open(h->d->confine, path, ret_fd, err);
}

static int start_reload(struct https *h, struct err *err)
{
	const struct conf *conf = h->d->conf;
	const struct tls_reload_conf reload = {
		.files = { .cert = cert_path(conf, &h->paths),
			   .key = key_path(conf, &h->paths),
			   .open = open_file,
			   .arg = h },
		.host = conf->auto_tls_host,
		.awaited = conf->auto_tls_host[0] != '\0',
		.identity = h->identity,
		.health = h->d->health,
		.problem = "tls_certificate",
	};

	return tls_reload_new(h->d->loop, &reload, &h->reload, err);
}

/* --- automatic certificates ------------------------------------------------------------------- */

static bool on_run(void *arg)
{
	const struct https *h = arg;

	return acme_runner_run(h->runner);
}

static void on_issued(void *arg)
{
	const struct https *h = arg;

	tls_reload_now(h->reload);
}

static void on_line(void *arg, const char *text)
{
	const struct https *h = arg;

	acme_on_line(h->acme, text);
}

static void on_end(void *arg, enum acme_result result)
{
	const struct https *h = arg;

	acme_on_end(h->acme, result);
}

static void on_gone(void *arg)
{
	const struct https *h = arg;

	acme_on_gone(h->acme);
}

static int start_runner(struct https *h, struct err *err)
{
	const struct conf *conf = h->d->conf;
	const struct acme_order order = { .paths = h->paths,
					  .program = conf->acme_program,
					  .url = conf->acme_url,
					  .email = conf->acme_email,
					  .host = conf->auto_tls_host,
					  .days = (unsigned)(conf->acme_renew_before_ms / DAY_MS),
					  .limit_ms = ACME_LIMIT_MS };
	const struct acme_runner_events events = {
		.on_line = on_line, .on_end = on_end, .on_gone = on_gone, .arg = h
	};

	return acme_runner_new(h->d->loop, &order, &events, &h->runner, err);
}

static int start_acme(struct https *h, struct err *err)
{
	const struct conf *conf = h->d->conf;
	const struct acme_conf acme = { .host = conf->auto_tls_host,
					.url = conf->acme_url,
					.program = conf->acme_program,
					.identity = h->identity,
					.health = h->d->health,
					.run = on_run,
					.on_issued = on_issued,
					.arg = h };
	int rc;

	if (conf->auto_tls_host[0] == '\0')
		return 0;
	rc = start_runner(h, err); /* before there is a key in memory */
	if (rc < 0)
		return rc;
	h->acme = acme_new(h->d->loop, &acme);
	return h->acme != NULL ? 0 : err_set(err, ERR_BUSY, "out of memory");
}

/* -----------------------------------------------------------------------------------------------
 */

static int start(struct https *h, struct err *err)
{
	int rc = acme_paths_of(h->d->conf, &h->paths, err);

	if (rc < 0)
		return rc;
	h->challenges = open(h->paths.challenges, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (h->challenges < 0)
		return err_set_path_errno(err, "cannot open '%s'", h->paths.challenges);
	h->identity = tls_identity_new(h->d->loop, TLS_PUBLIC);
	if (h->identity == NULL)
		return err_set(err, ERR_BUSY, "out of memory");
	rc = start_acme(h, err);
	return rc < 0 ? rc : start_reload(h, err);
}

int https_new(struct daemon *d, struct https **ret, struct err *err)
{
	struct https *h;
	int rc;

	*ret = NULL;
	if (!is_on(d->conf))
		return 0;
	h = calloc(1, sizeof(*h));
	if (h == NULL)
		return err_set(err, ERR_BUSY, "out of memory");
	h->d = d;
	h->challenges = -1;
	h->redirect = (struct redirect_conf){ .https_addr = d->conf->https_addr,
					      .auto_tls_host = d->conf->auto_tls_host };
	rc = start(h, err);
	if (rc < 0) {
		https_free(h);
		return err_wrap(err, "web.https_addr");
	}
	*ret = h;
	return 0;
}

void https_free(struct https *h)
{
	if (h == NULL)
		return;
	acme_runner_free(h->runner);
	acme_free(h->acme);
	tls_reload_free(h->reload);
	tls_identity_free(h->identity);
	if (h->challenges >= 0)
		(void)close(h->challenges);
	free(h);
}

void https_now(struct https *h)
{
	if (h == NULL)
		return;
	tls_reload_now(h->reload);
	if (h->acme != NULL)
		acme_now(h->acme);
}

struct tls_identity *https_identity(const struct https *h)
{
	return h->identity;
}

/* --- requests -------------------------------------------------------------------------------- */

static void answer_redirect(struct http_request *r, const char *location)
{
	struct buf body = BUF_INIT(8 * LOCATION_MAX);
	int status = redirect_status(http_method(r));

	http_add_header(r, "Location", location);
	if (status == 301)
		redirect_html(location, &body);
	http_reply(r, status, status == 301 ? "text/html; charset=utf-8" : NULL, buf_text(&body),
		   body.len);
	buf_release(&body);
}

static void redirect(const struct https *h, struct http_request *r)
{
	struct buf location = BUF_INIT(LOCATION_MAX);

	if (!redirect_location(&h->redirect, http_header(r, "Host"), http_uri(r), &location))
		answer_error(r, 400, "Missing or malformed Host header");
	else if (http_request_head_size(r) + location.len > HEADS_MAX)
		answer_error(r, 414, "URI too long");
	else
		answer_redirect(r, buf_text(&location));
	buf_release(&location);
}

static void take_plain(const struct https *h, struct http_request *r)
{
	if (acme_challenge_is_asked(r)) {
		acme_challenge_answer(h->challenges, r);
	} else if (tls_identity_shown(h->identity) == NULL) {
		http_add_header(r, "Retry-After", "60");
		answer_error(r, 503, "This service has no certificate yet. Try again in a minute.");
	} else {
		redirect(h, r);
	}
}

bool https_takes(const struct https *h, struct http_request *r)
{
	if (h == NULL || http_is_tls(r))
		return false;
	take_plain(h, r);
	return true;
}

bool https_is_misdirected(const struct https *h, const struct http_request *r)
{
	const char *name = h != NULL ? h->d->conf->auto_tls_host : "";

	return name[0] != '\0' && !host_header_is(http_header(r, "Host"), name);
}

/* What comes before a handler, in the order of the contract: security headers, preflight, rate
 * limit, method, type and size of the body; on the operator's listeners the Host and the token.
 * Paths are exact. */
#include "apid/route.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "apid/admin_guard.h"
#include "apid/answer.h"
#include "apid/client_ip.h"
#include "apid/request_figures.h"
#include "apid/route_table.h"
#include "apid/static_files.h"

// clang-format off
static const struct { const char *name, *value; } security_headers[] = {
	{ "X-Frame-Options", "DENY" },
	{ "X-XSS-Protection", "1; mode=block" },
	{ "Referrer-Policy", "no-referrer" },
	{ "Content-Security-Policy", "default-src 'self'; base-uri 'none'; form-action 'self'; "
				     "frame-ancestors 'none'; object-src 'none'" },
};
// clang-format on

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Strict-Transport-Security is for a host and all of its ports: by the operator's listener it would
 * send customers of a plain one to a port that nobody listens on. */
static void add_security_headers(const struct listener *l, struct http_request *r)
{
	for (size_t i = 0; i < COUNT(security_headers); i++)
		http_add_header(r, security_headers[i].name, security_headers[i].value);
	if (l->kind == LISTENER_PUBLIC && http_is_tls(r))
		http_add_header(r, "Strict-Transport-Security", "max-age=31536000");
}

/* --- the rate limit -------------------------------------------------------------------------- */

/* False: answered 429. */
static bool pass_throttle(struct apid *a, struct http_request *r)
{
	static const char text[] = "You have reached maximum request limit.";
	const struct conf *conf = a->d->conf;
	char number[32], ip[CLIENT_IP_MAX];
	uint64_t retry_s;

	(void)snprintf(number, sizeof(number), "%" PRId64, conf->throttle_max);
	http_add_header(r, "X-Rate-Limit-Limit", number);
	duration_text(conf->throttle_duration_ms, number, sizeof(number));
	http_add_header(r, "X-Rate-Limit-Duration", number);
	client_ip(r, conf->behind_proxy, ip);
	if (throttle_allow(a->throttle, ip, http_path(r), &retry_s))
		return true;
	(void)snprintf(number, sizeof(number), "%" PRIu64, retry_s);
	http_add_header(r, "Retry-After", number);
	http_add_header(r, "X-Content-Type-Options", "nosniff");
	http_reply(r, 429, "text/plain; charset=utf-8", text, sizeof(text) - 1);
	return false;
}

/* --- dispatch -------------------------------------------------------------------------------- */

static void answer_wrong_method(const struct listener *l, const struct route *route,
				struct http_request *r)
{
	if (l->kind != LISTENER_DUMMY)
		http_add_header(r, "Allow", route->method);
	answer_error(r, 405,
		     l->kind == LISTENER_PUBLIC ? "Invalid request method" : "Method Not Allowed");
}

/* Parameters of the type, and its case, do not matter. */
static bool has_body_type(const struct http_request *r, const char *wanted)
{
	const char *given = http_header(r, "Content-Type");
	size_t len = given == NULL ? 0 : strcspn(given, "; \t");

	return given != NULL && len == strlen(wanted) && strncasecmp(given, wanted, len) == 0;
}

static void call_handler(struct listener *l, const struct route *route, struct http_request *r)
{
	if (route->throttled && l->apid->throttle != NULL && !pass_throttle(l->apid, r))
		return;
	if (route->says_accept)
		http_add_header(r, "Accept", "application/json");
	if (route->method != NULL && strcmp(http_method(r), route->method) != 0)
		answer_wrong_method(l, route, r);
	else if (route->body_type != NULL && !has_body_type(r, route->body_type))
		answer_error(r, 415, "Invalid content type");
	else if (http_body_is_too_large(r))
		answer_error(r, 413, "Request body too large");
	else
		route->handler(l->apid, r);
}

/* Headers that every answer of the public listener carries; false: answered (preflight). */
static bool public_preamble(struct listener *l, const struct route *route, struct http_request *r)
{
	const char *origin;

	add_security_headers(l, r);
	if (https_is_misdirected(l->apid->https, r)) {
		answer_error(r, 421, "Misdirected Request");
		return false;
	}
	http_add_header(r, "Vary", "Accept-Encoding");
	if (route == NULL)
		return true;
	if (cors_is_preflight(r)) {
		http_add_header(r, "X-Content-Type-Options", "nosniff");
		cors_answer_preflight(&l->apid->cors, r);
		return false;
	}
	if (strcmp(http_method(r), "OPTIONS") == 0)
		return true;
	http_add_header(r, "Vary", "Origin");
	origin = cors_allow(&l->apid->cors, http_header(r, "Origin"));
	if (origin != NULL)
		http_add_header(r, "Access-Control-Allow-Origin", origin);
	return true;
}

/* The same of the operator's listeners.  Their answers are nobody's to frame or to keep. */
static bool private_preamble(struct listener *l, const struct route *route, struct http_request *r)
{
	const struct conf *conf = l->apid->d->conf;
	const char *address = l->kind == LISTENER_ADMIN ? conf->admin_host : conf->dummy_http_addr;
	const char *host = http_header(r, "Host");

	if (!admin_guard_host(conf, address, host)) {
		http_add_header(r, "X-Frame-Options", "DENY");
		answer_error(r, 421, "Misdirected Request");
		return false;
	}
	if (route == NULL)
		return true;
	http_add_header(r, "X-Frame-Options", "DENY");
	http_add_header(r, "Cache-Control", "no-store");
	return admin_guard_pass(l->apid->guard, r, route->roles);
}

static bool is_api(const char *path)
{
	return strcmp(path, "/api") == 0 || strncmp(path, "/api/", 5) == 0;
}

/* The operator's listener had nothing at "/", and programs may rely on that: its page is for who
 * asks for a page. */
static bool is_for_programs(const struct listener *l, const struct http_request *r)
{
	const char *accept = http_header(r, "Accept");

	return l->kind == LISTENER_ADMIN && strcmp(http_path(r), "/") == 0 &&
	       (accept == NULL || strstr(accept, "text/html") == NULL);
}

static void answer_page(const struct listener *l, struct http_request *r)
{
	bool none = is_api(http_path(r)) || is_for_programs(l, r);

	if (l->kind == LISTENER_ADMIN && !none) {
		add_security_headers(l, r);
		http_add_header(r, "Vary", "Accept");
	} else if (l->kind != LISTENER_PUBLIC) {
		http_add_header(r, "X-Frame-Options", "DENY");
	}
	static_files_answer(none ? NULL : l->pages, r);
}

/* No route is looked for: what it says of itself cannot be trusted. */
static void answer_refused(const struct listener *l, struct http_request *r, int status,
			   const char *text)
{
	if (l->kind == LISTENER_PUBLIC)
		add_security_headers(l, r);
	answer_error(r, status, "%s", text);
}

void route_request(void *listener, struct http_request *r)
{
	struct listener *l = listener;
	const struct route *route = route_find(l->kind, http_path(r), l->apid->d->conf);
	const char *text;
	int status;
	bool pass;

	request_figures_watch(l->apid->figures, l->kind, route, r);
	if (http_is_refused(r, &status, &text)) {
		answer_refused(l, r, status, text);
		return;
	}
	if (l->kind == LISTENER_PUBLIC && https_takes(l->apid->https, r))
		return;
	pass = l->kind == LISTENER_PUBLIC ? public_preamble(l, route, r)
					  : private_preamble(l, route, r);
	if (!pass)
		return;
	if (route != NULL)
		call_handler(l, route, r);
	else
		answer_page(l, r);
}

/* A token is 256 random bits: it cannot be guessed, so the limit on failures keeps the log and the
 * processor free, and a token that is right passes whoever failed before from the same address. */
#include "apid/admin_guard.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "apid/admin_tokens.h"
#include "apid/answer.h"
#include "common/base/log.h"
#include "common/base/text.h"

#define FAILURES_MAX 10 /* of one client in FAILURES_MS, after which it is answered 429 */
#define FAILURES_MS  60000
#define HOST_MAX     256

struct admin_guard {
	struct admin_tokens *tokens; /* NULL: all is allowed */
	struct throttle *failures;
};

/* --- its life -------------------------------------------------------------------------------- */

/* The file may be there and empty. */
static int check_needed(const struct conf *conf, const struct admin_tokens *t, struct err *err)
{
	if (admin_tokens_count(t) > 0)
		return 0;
	if (conf->admin_host[0] != '\0' && !conf_is_loopback(conf->admin_host))
		return err_set(err, ERR_INVALID,
			       "admin_panel.host: %s is no loopback address, and there is no "
			       "token in admin_panel.tokens_file: 'tellerctl admin token NAME "
			       "ROLE' makes one",
			       conf->admin_host);
	if (t != NULL)
		log_warn("admin_tokens_none", "file=\"%s\" means=\"the admin API refuses all\"",
			 conf->admin_tokens_file);
	return 0;
}

int admin_guard_new(const struct conf *conf, struct admin_guard **ret, struct err *err)
{
	struct admin_guard *g = calloc(1, sizeof(*g));
	int rc;

	if (g == NULL)
		return err_set(err, ERR_BUSY, "out of memory");
	g->failures = throttle_new(FAILURES_MAX, FAILURES_MS);
	rc = g->failures == NULL ? err_set(err, ERR_BUSY, "out of memory")
				 : admin_tokens_open(conf->admin_tokens_file, &g->tokens, err);
	if (rc == 0)
		rc = check_needed(conf, g->tokens, err);
	if (rc < 0)
		admin_guard_free(g);
	else
		*ret = g;
	return rc;
}

void admin_guard_free(struct admin_guard *g)
{
	if (g == NULL)
		return;
	admin_tokens_free(g->tokens);
	throttle_free(g->failures);
	free(g);
}

void admin_guard_reload(struct admin_guard *g, struct confine *c)
{
	struct err err;

	if (g == NULL || g->tokens == NULL)
		return;
	if (admin_tokens_reload(g->tokens, c, &err) < 0)
		log_watch("admin_tokens_not_reloaded",
			  "error=\"%s\" todo=\"mend the file, or start apid again\"", err.text);
	else
		log_info("admin_tokens_reloaded", "count=%u", admin_tokens_count(g->tokens));
}

/* --- Host ------------------------------------------------------------------------------------ */

/* The name in "name", "name:port", "[v6]" or "[v6]:port", in `ret`; a v6 address without brackets
 * around it.  False: no such thing. */
static bool host_name(const char *host, char ret[HOST_MAX])
{
	bool v6 = host[0] == '[';
	size_t len = strcspn(host, v6 ? "]" : ":");
	const char *rest = host + len + (v6 && host[len] == ']');

	host += v6;
	len -= v6;
	if (len == 0 || len >= HOST_MAX || (v6 && host[len] != ']') ||
	    (*rest != '\0' && (*rest != ':' || strspn(rest + 1, "0123456789") != strlen(rest + 1))))
		return false;
	memcpy(ret, host, len);
	ret[len] = '\0';
	return true;
}

static bool is_configured(const struct conf *conf, const char *name)
{
	for (unsigned i = 0; i < conf->admin_hosts.count; i++)
		if (strcasecmp(conf->admin_hosts.item[i], name) == 0)
			return true;
	return false;
}

/* An address is no name that somebody else's DNS could point here. */
static bool is_address(const char *name)
{
	uint8_t bytes[16];

	return inet_pton(AF_INET, name, bytes) == 1 || inet_pton(AF_INET6, name, bytes) == 1;
}

static bool is_own_address(const char *address, const char *name)
{
	char listens[HOST_MAX], probe[HOST_MAX + 4];

	(void)snprintf(probe, sizeof(probe), strchr(name, ':') != NULL ? "[%s]:1" : "%s:1", name);
	if (conf_is_loopback(probe))
		return true;
	if (!is_address(name) || conf_is_loopback(address))
		return false;
	/* one that listens everywhere has addresses that are written nowhere */
	return !host_name(address, listens) || strcmp(listens, "0.0.0.0") == 0 ||
	       strcmp(listens, "::") == 0 || strcasecmp(listens, name) == 0;
}

bool admin_guard_host(const struct conf *conf, const char *address, const char *host)
{
	char name[HOST_MAX];

	if (host == NULL || !host_name(host, name))
		return false;
	return strcasecmp(name, "localhost") == 0 || is_own_address(address, name) ||
	       is_configured(conf, name);
}

/* --- tokens ---------------------------------------------------------------------------------- */

/* What stands behind "Bearer"; NULL: the request shows none. */
static const char *shown_token(const struct http_request *r)
{
	static const char scheme[] = "Bearer ";
	const char *header = http_header(r, "Authorization");

	if (header == NULL)
		return NULL;
	if (strncasecmp(header, scheme, sizeof(scheme) - 1) != 0)
		return "";
	return header + sizeof(scheme) - 1 + strspn(header + sizeof(scheme) - 1, " ");
}

static void answer_unauthorized(struct http_request *r)
{
	http_add_header(r, "WWW-Authenticate", "Bearer realm=\"teller\"");
	answer_error(r, 401, "Unauthorized");
}

/* Told to a person, as often as the limit allows. */
static void refuse(struct admin_guard *g, struct http_request *r, const char *name, const char *why,
		   int status)
{
	char peer[64], text[24];
	uint64_t retry_s;

	http_peer(r, peer, sizeof(peer));
	if (!throttle_allow(g->failures, peer, "admin", &retry_s)) {
		(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)retry_s);
		http_add_header(r, "Retry-After", text);
		return answer_error(r, 429, "Too many failed attempts");
	}
	log_watch("admin_access_refused", "client=%s path=\"%s\" token=\"%s\" why=\"%s\"", peer,
		  http_path(r), name, why);
	if (status == 401)
		answer_unauthorized(r);
	else
		answer_error(r, status, "Forbidden");
}

bool admin_guard_pass(struct admin_guard *g, struct http_request *r, unsigned roles)
{
	const struct access_token *t;
	const char *shown;

	if (g == NULL || g->tokens == NULL || roles == 0)
		return true;
	shown = shown_token(r);
	if (shown == NULL) { /* a person's first look, no attempt */
		answer_unauthorized(r);
		return false;
	}
	t = admin_tokens_find(g->tokens, shown);
	if (t == NULL) {
		refuse(g, r, "", "unknown token", 401);
		return false;
	}
	if ((t->roles & roles) == 0) {
		refuse(g, r, t->name, "its role does not allow this", 403);
		return false;
	}
	if ((roles & ACCESS_BACKUP) != 0) /* all that is known leaves the house */
		log_info("admin_backup", "token=\"%s\"", t->name);
	return true;
}

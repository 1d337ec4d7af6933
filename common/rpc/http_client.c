/* One peer, reached over HTTP.
 *
 * Decides nothing about an answer: any status with a whole body is one.  What it must get right is
 * the other case, because money may hang on it: "nothing was sent" (ERR_BUSY) is said only when
 * curl has not put a single byte of the request on the wire; whenever a byte went out, the peer
 * may have acted on it (ERR_IO).
 *
 * An easy handle lives as long as its call, so that an idle client holds connections and no
 * buffers. */
#include "common/rpc/http_client.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "common/rpc/credentials.h"
#include "common/rpc/curl_loop.h"

#define HEADERS_MAX    65536 /* bytes of all answer headers together */
#define LARGE_PATIENCE 4     /* times the time-out */
#define LOW_SPEED      4096L /* bytes a second; slower is hanging */
#define BIG_PIECES     (512L * 1024)
#define KEEPALIVE_S    60L

struct http_client {
	struct loop *loop;
	struct curl_loop *curl;
	char *url, *ca_file;
	struct credentials credentials;
	char *name; /* "https://host:port", without what else the URL may hold: for texts */
	char *host;
	uint64_t timeout_ms, connect_timeout_ms;
	size_t max_body;
	bool trusts_any;
	bool untrusted; /* the call that is answered failed for the peer's certificate */
	LIST_HEAD(http_call_list, http_call) calls;
};

struct http_call {
	struct http_client *client;
	LIST_ENTRY(http_call) entry;
	http_done_fn fn;
	void *arg;
	CURL *easy; /* NULL: could not be started */
	struct curl_slist *headers;
	unsigned edition; /* of the credentials that it was sent with */
	bool again;	  /* it was sent with others before */
	struct buf body;
	size_t header_bytes;
	bool headers_ended; /* by an empty line: curl takes a connection's end for that too */
	char reason[CURL_ERROR_SIZE];
};

static void on_finished(void *arg, CURL *easy, CURLcode result);
static void call_drop(struct http_call *call);

/* --- the client ------------------------------------------------------------------------------ */

/* A copy; NULL for NULL and "". */
static char *copy_option(const char *text)
{
	return text != NULL && *text != '\0' ? strdup(text) : NULL;
}

static bool read_url(struct http_client *c, CURLU *u)
{
	char *scheme = NULL, *port = NULL, *host = NULL;
	bool ok = curl_url_set(u, CURLUPART_URL, c->url, 0) == CURLUE_OK &&
		  curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
		  curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
		  curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
		  (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);

	if (ok)
		ok = asprintf(&c->name, "%s://%s:%s", scheme, host, port) > 0 &&
		     (c->host = strdup(host)) != NULL;
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	return ok;
}

static int client_check_url(struct http_client *c, struct err *err)
{
	CURLU *u = curl_url();
	bool ok = u != NULL && read_url(c, u);

	curl_url_cleanup(u);
	return ok ? 0 : err_set(err, ERR_INVALID, "the URL is no http or https one");
}

static int client_check_ca(const struct http_client *c, struct err *err)
{
	if (c->ca_file == NULL || access(c->ca_file, R_OK) == 0)
		return 0;
	(void)err_set_errno(err, "cannot read the certificate '%s'", c->ca_file);
	return ERR_IO;
}

int http_client_new(struct loop *l, const struct http_options *o, struct http_client **ret,
		    struct err *err)
{
	struct http_client *c = calloc(1, sizeof(*c));
	int rc;

	if (c == NULL || (c->url = strdup(o->url)) == NULL) {
		free(c);
		return err_set(err, ERR_BUSY, "out of memory");
	}
	c->loop = l;
	credentials_init(&c->credentials, o->user, o->pass, o->cookie_file);
	c->ca_file = copy_option(o->ca_file);
	c->trusts_any = o->trusts_any;
	c->timeout_ms = o->timeout_ms;
	c->connect_timeout_ms = o->connect_timeout_ms;
	c->max_body = o->max_body;
	rc = client_check_url(c, err);
	if (rc == 0)
		rc = client_check_ca(c, err);
	if (rc == 0)
		rc = curl_loop_new(l, o->max_connections, on_finished, c, &c->curl, err);
	if (rc < 0)
		http_client_free(c);
	else
		*ret = c;
	return rc;
}

void http_client_free(struct http_client *c)
{
	struct http_call *call, *next;

	if (c == NULL)
		return;
	for (call = LIST_FIRST(&c->calls); call != NULL; call = next) {
		next = LIST_NEXT(call, entry);
		call_drop(call);
	}
	if (c->curl != NULL)
		curl_loop_free(c->curl);
	credentials_release(&c->credentials);
	free(c->url);
	free(c->ca_file);
	free(c->name);
	free(c->host);
	free(c);
}

const char *http_client_name(const struct http_client *c)
{
	return c->name;
}

bool http_client_untrusted(const struct http_client *c)
{
	return c->untrusted;
}

/* --- a call's life --------------------------------------------------------------------------- */

static struct http_call *call_new(struct http_client *c, http_done_fn fn, void *arg)
{
	struct http_call *call = calloc(1, sizeof(*call));

	if (call == NULL)
		abort(); /* as the loop does: without memory for this there is no daemon */
	call->client = c;
	call->fn = fn;
	call->arg = arg;
	call->body = (struct buf)BUF_INIT(c->max_body);
	LIST_INSERT_HEAD(&c->calls, call, entry);
	return call;
}

/* Its transfer is out of the multi handle by now. */
static void call_free(struct http_call *call)
{
	curl_easy_cleanup(call->easy);
	curl_slist_free_all(call->headers);
	buf_release(&call->body);
	free(call);
}

static void call_drop(struct http_call *call)
{
	if (call->easy != NULL)
		curl_loop_remove(call->client->curl, call->easy);
	loop_cancel_turn_end(call->client->loop, call);
	call_free(call);
}

/* The one place where an answer is given.  The client may be gone when fn returns. */
static void call_answer(struct http_call *call, int status, const struct err *err)
{
	LIST_REMOVE(call, entry);
	call->fn(call->arg, status, &call->body, err);
	call_free(call);
}

/* --- what came of it ------------------------------------------------------------------------- */

/* Did a byte of the request leave? */
static bool call_was_sent(const struct http_call *call)
{
	long bytes = 0;

	(void)curl_easy_getinfo(call->easy, CURLINFO_REQUEST_SIZE, &bytes);
	return bytes > 0;
}

static const char *call_reason(const struct http_call *call, CURLcode result)
{
	return call->reason[0] != '\0' ? call->reason : curl_easy_strerror(result);
}

static void explain(const struct http_call *call, CURLcode result, struct err *err)
{
	const struct http_client *c = call->client;
	enum err_code code = call_was_sent(call) ? ERR_IO : ERR_BUSY;
	const char *reason = call_reason(call, result);

	if (call->body.failed)
		(void)err_set(err, code, "answer of '%s' is larger than %zu bytes", c->name,
			      c->max_body);
	else if (call->header_bytes > HEADERS_MAX)
		(void)err_set(err, code, "headers of '%s' are larger than %d bytes", c->name,
			      HEADERS_MAX);
	else if (result == CURLE_OK)
		(void)err_set(err, code, "no answer from '%s': it ends within its headers",
			      c->name);
	else if (result == CURLE_PEER_FAILED_VERIFICATION && strstr(reason, "does not match"))
		(void)err_set(err, code, "certificate does not name host '%s': %s", c->host,
			      reason);
	else if (code == ERR_BUSY)
		(void)err_set(err, code, "cannot reach '%s': %s", c->name, reason);
	else
		(void)err_set(err, code, "no answer from '%s': %s", c->name, reason);
}

static bool set_credentials(struct http_call *call);

/* A node that was started again takes another cookie, and may have written it by now.  It has done
 * nothing with a request that it refused. */
static bool sent_again(struct http_call *call)
{
	struct http_client *c = call->client;

	if (call->again || !credentials_renewed(&c->credentials, call->edition))
		return false;
	call->again = true;
	call->header_bytes = 0;
	call->headers_ended = false;
	buf_release(&call->body);
	call->body = (struct buf)BUF_INIT(c->max_body);
	return set_credentials(call) && curl_loop_add(c->curl, call->easy) == CURLM_OK;
}

static void on_finished(void *arg, CURL *easy, CURLcode result)
{
	struct http_call *call = NULL;
	long status = 0;
	struct err err;

	(void)arg;
	(void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&call);
	(void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	if (result == CURLE_OK && call->headers_ended && status == 401 && sent_again(call))
		return;
	if (result == CURLE_OK && call->headers_ended) {
		call_answer(call, (int)status, NULL);
		return;
	}
	call->client->untrusted = result == CURLE_PEER_FAILED_VERIFICATION;
	explain(call, result, &err);
	call_answer(call, 0, &err);
}

/* There are no credentials yet, or curl had no memory for the transfer. */
static void on_not_started(void *arg)
{
	struct http_call *call = arg;
	struct err err;

	call->client->untrusted = false;
	(void)err_set(&err, ERR_BUSY, "cannot reach '%s': %s", call->client->name,
		      call->reason[0] != '\0' ? call->reason : "out of memory");
	call_answer(call, 0, &err);
}

/* --- the transfer ---------------------------------------------------------------------------- */

/* What the peer says of the length is a hint: memory is only touched where bytes are written. */
static void expect_body(struct http_call *call)
{
	curl_off_t len = -1;

	if (curl_easy_getinfo(call->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &len) == CURLE_OK &&
	    len > 0)
		buf_expect(&call->body, (size_t)len);
}

static size_t on_body(char *data, size_t size, size_t count, void *arg)
{
	struct http_call *call = arg;

	if (call->body.len == 0)
		expect_body(call);
	return buf_append(&call->body, data, size * count) ? size * count : 0;
}

static size_t on_header(char *data, size_t size, size_t count, void *arg)
{
	struct http_call *call = arg;

	call->header_bytes += size * count;
	call->headers_ended = data[0] == '\r' || data[0] == '\n';
	return call->header_bytes <= HEADERS_MAX ? size * count : 0;
}

static bool add_header(struct http_call *call, const char *header)
{
	struct curl_slist *longer = curl_slist_append(call->headers, header);

	if (longer != NULL)
		call->headers = longer;
	return longer != NULL;
}

/* "Expect:" keeps curl from asking leave before a large body: some peers never give it. */
static bool set_headers(struct http_call *call, const struct http_request *r)
{
	char type[128];
	bool ok = add_header(call, "Expect:");

	if (ok && r->content_type != NULL) {
		(void)snprintf(type, sizeof(type), "Content-Type: %s", r->content_type);
		ok = add_header(call, type);
	}
	if (ok && r->header != NULL)
		ok = add_header(call, r->header);
	return ok && curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, call->headers) == CURLE_OK;
}

static bool set_url(struct http_call *call, const char *path)
{
	struct buf url = BUF_INIT(1 << 20);
	bool ok = buf_puts(&url, call->client->url) && buf_puts(&url, path) &&
		  curl_easy_setopt(call->easy, CURLOPT_URL, url.data) == CURLE_OK;

	buf_release(&url);
	return ok;
}

static bool set_method(struct http_call *call, const struct http_request *r)
{
	CURL *e = call->easy;

	if (strcmp(r->method, "GET") == 0)
		return curl_easy_setopt(e, CURLOPT_HTTPGET, 1L) == CURLE_OK;
	(void)curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body_len);
	if (curl_easy_setopt(e, CURLOPT_COPYPOSTFIELDS, r->body_len > 0 ? r->body : "") != CURLE_OK)
		return false;
	return strcmp(r->method, "POST") == 0 ||
	       curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, r->method) == CURLE_OK;
}

/* A big answer may take longer than others while it keeps coming: how long it takes says how fast
 * the line is, not that the peer hangs.  One that stops coming is given up when others are. */
static void set_patience(struct http_call *call, const struct http_request *r)
{
	const struct http_client *c = call->client;
	CURL *e = call->easy;

	(void)curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)c->connect_timeout_ms);
	(void)curl_easy_setopt(e, CURLOPT_TIMEOUT_MS,
			       (long)(r->large ? LARGE_PATIENCE * c->timeout_ms : c->timeout_ms));
	if (!r->large)
		return;
	(void)curl_easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, LOW_SPEED);
	(void)curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME, (long)((c->timeout_ms + 999) / 1000));
}

/* Only http and https, no redirects, no proxy whatever the environment says, no signals. */
static bool set_manners(struct http_call *call)
{
	CURL *e = call->easy;

	(void)curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	(void)curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	(void)curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
	(void)curl_easy_setopt(e, CURLOPT_TCP_KEEPIDLE, KEEPALIVE_S);
	return curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_PROXY, "") == CURLE_OK;
}

static bool set_credentials(struct http_call *call)
{
	const struct credentials *c = &call->client->credentials;
	CURL *e = call->easy;

	call->edition = c->edition;
	if (c->user == NULL && c->pass == NULL)
		return true;
	return curl_easy_setopt(e, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC) == CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_USERNAME, c->user != NULL ? c->user : "") == CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_PASSWORD, c->pass != NULL ? c->pass : "") == CURLE_OK;
}

/* A certificate file of one's own replaces the system's, both its bundle and its directory. */
static bool set_trust(struct http_call *call)
{
	const struct http_client *c = call->client;
	CURL *e = call->easy;

	if (curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, c->trusts_any ? 0L : 1L) != CURLE_OK ||
	    curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, c->trusts_any ? 0L : 2L) != CURLE_OK)
		return false;
	return c->ca_file == NULL || (curl_easy_setopt(e, CURLOPT_CAINFO, c->ca_file) == CURLE_OK &&
				      curl_easy_setopt(e, CURLOPT_CAPATH, NULL) == CURLE_OK);
}

static bool set_answer(struct http_call *call, const struct http_request *r)
{
	CURL *e = call->easy;

	if (r->large)
		(void)curl_easy_setopt(e, CURLOPT_BUFFERSIZE, BIG_PIECES);
	if (r->once)
		(void)curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
	(void)curl_easy_setopt(e, CURLOPT_ERRORBUFFER, call->reason);
	(void)curl_easy_setopt(e, CURLOPT_PRIVATE, call);
	(void)curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	(void)curl_easy_setopt(e, CURLOPT_WRITEDATA, call);
	(void)curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
	return curl_easy_setopt(e, CURLOPT_HEADERDATA, call) == CURLE_OK;
}

static bool has_credentials(struct http_call *call)
{
	struct err err;

	if (credentials_get(&call->client->credentials, &err) == 0)
		return true;
	(void)snprintf(call->reason, sizeof(call->reason), "%.*s", CURL_ERROR_SIZE - 1, err.text);
	return false;
}

static bool call_start(struct http_call *call, const struct http_request *r)
{
	if (!has_credentials(call))
		return false;
	call->easy = curl_easy_init();
	if (call->easy != NULL)
		set_patience(call, r);
	return call->easy != NULL && set_url(call, r->path) && set_method(call, r) &&
	       set_headers(call, r) && set_manners(call) && set_credentials(call) &&
	       set_trust(call) && set_answer(call, r) &&
	       curl_loop_add(call->client->curl, call->easy) == CURLM_OK;
}

void http_send(struct http_client *c, const struct http_request *r, http_done_fn fn, void *arg)
{
	struct http_call *call = call_new(c, fn, arg);

	if (!call_start(call, r))
		loop_at_turn_end(c->loop, on_not_started, call);
}

/* What a handler can ask of a request.  The texts are libmicrohttpd's and live as long as the
 * request does; a name that comes twice has a first value and a last one, and each caller says
 * which of them it believes. */
#include "apid/http_request.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "apid/http_form.h"
#include "apid/http_guard.h"
#include "apid/response_cache.h"
#include "common/base/text.h"

#define SPARE_MAX 4096 /* of each of its texts */

/* Memory of a request that was, or new one. */
static struct http_request *take_spare(struct http_server *s)
{
	struct http_request **spare = http_server_spare(s), *r = *spare;

	if (r == NULL)
		return calloc(1, sizeof(*r));
	*spare = r->next;
	return r;
}

static struct buf emptied(struct buf b, size_t max)
{
	buf_clear(&b);
	b.max = max;
	return b;
}

struct http_request *http_request_new(struct http_server *s, struct MHD_Connection *c,
				      const char *uri)
{
	struct http_request *r = take_spare(s);

	if (r == NULL)
		return NULL;
	*r = (struct http_request){ .server = s,
				    .connection = c,
				    .uri_place = uri,
				    .uri = emptied(r->uri, HTTP_HEAD_MAX),
				    .path = emptied(r->path, HTTP_HEAD_MAX),
				    .head = emptied(r->head, HTTP_HEAD_MAX),
				    .body = emptied(r->body, HTTP_BODY_MAX) };
	if (buf_puts(&r->uri, uri))
		return r;
	http_request_free(r);
	return NULL;
}

static enum MHD_Result on_guarded(void *arg, enum MHD_ValueKind kind, const char *name,
				  const char *value)
{
	(void)kind;
	http_guard_header(arg, name, value != NULL ? value : "");
	return MHD_YES;
}

size_t http_request_head_size(const struct http_request *r)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

	return info != NULL ? info->header_size : 0;
}

/* Where one chunk ends the library has a view of its own: what follows is not taken for a
 * request. */
static const char *guard(struct http_request *r, const char *path, const char *method,
			 const char *version)
{
	struct http_guard g;
	bool other_host;

	http_guard_begin(&g, method, buf_text(&r->uri), r->uri_place, version);
	(void)MHD_get_connection_values(r->connection, MHD_HEADER_KIND, on_guarded, &g);
	r->refusal = http_guard_end(&g, method + http_request_head_size(r));
	path = http_guard_path(path, g.host, &other_host);
	if (r->refusal == NULL && other_host)
		r->refusal = &http_guard_other_host;
	r->close = r->refusal != NULL || g.chunked;
	return path;
}

bool http_request_begin(struct http_request *r, const char *path, const char *method,
			const char *version)
{
	r->method = method; /* lives as long as the connection's request */
	r->begun = true;
	return buf_puts(&r->path, guard(r, path, method, version));
}

bool http_is_refused(const struct http_request *r, int *ret_status, const char **ret_text)
{
	if (r->refusal == NULL)
		return false;
	*ret_status = r->refusal->status;
	*ret_text = r->refusal->text;
	return true;
}

/* The memory of small requests is used again. */
static void give_back(struct http_request *r)
{
	struct http_request **spare = http_server_spare(r->server);
	struct buf *const texts[] = { &r->uri, &r->path, &r->head, &r->body };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i]->cap > SPARE_MAX)
			buf_release(texts[i]);
	r->next = *spare;
	*spare = r;
}

void http_request_free(struct http_request *r)
{
	if (r == NULL)
		return;
	if (r->kept != NULL)
		response_cache_release(r->kept);
	else if (r->response != NULL)
		MHD_destroy_response(r->response);
	free(r->form);
	give_back(r);
}

void http_requests_release(struct http_request *spare)
{
	struct http_request *next;

	for (; spare != NULL; spare = next) {
		next = spare->next;
		buf_release(&spare->uri);
		buf_release(&spare->path);
		buf_release(&spare->head);
		buf_release(&spare->body);
		free(spare);
	}
}

const char *http_method(const struct http_request *r)
{
	return r->method;
}

const char *http_path(const struct http_request *r)
{
	return buf_text(&r->path);
}

const char *http_uri(const struct http_request *r)
{
	return buf_text(&r->uri);
}

const char *http_header(const struct http_request *r, const char *name)
{
	return MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
}

/* A search among headers, or among query values, whose names are exact. */
struct search {
	const char *name;
	bool last; /* else the first */
	const char *value;
};

/* "name" without "=" has no value there: an empty one for us. */
static enum MHD_Result on_value(void *arg, enum MHD_ValueKind kind, const char *name,
				const char *value)
{
	struct search *s = arg;
	bool same = kind == MHD_HEADER_KIND ? text_equal_nocase(name, s->name)
					    : strcmp(name, s->name) == 0;

	if (same)
		s->value = value != NULL ? value : "";
	return same && !s->last ? MHD_NO : MHD_YES;
}

const char *http_last_header(const struct http_request *r, const char *name)
{
	struct search s = { .name = name, .last = true };

	(void)MHD_get_connection_values(r->connection, MHD_HEADER_KIND, on_value, &s);
	return s.value;
}

const char *http_query(const struct http_request *r, const char *name)
{
	struct search s = { .name = name };

	(void)MHD_get_connection_values(r->connection, MHD_GET_ARGUMENT_KIND, on_value, &s);
	return s.value;
}

const char *http_param(struct http_request *r, const char *name)
{
	const char *value = http_query(r, name);

	if (value != NULL)
		return value;
	if (r->form == NULL && r->body.len > 0)
		r->form = http_form_read(r->connection, &r->body);
	return http_form_get(r->form, name);
}

const struct buf *http_body(const struct http_request *r)
{
	return &r->body;
}

bool http_body_is_too_large(const struct http_request *r)
{
	return r->too_large;
}

void http_set_context(struct http_request *r, void *context)
{
	r->context = context;
}

void *http_context(const struct http_request *r)
{
	return r->context;
}

void http_peer(const struct http_request *r, char *ret, size_t size)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *a = info != NULL ? info->client_addr : NULL;

	(void)snprintf(ret, size, "unknown");
	if (a != NULL && a->sa_family == AF_INET)
		(void)inet_ntop(AF_INET, &((const struct sockaddr_in *)a)->sin_addr, ret,
				(socklen_t)size);
	else if (a != NULL && a->sa_family == AF_INET6)
		(void)inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)a)->sin6_addr, ret,
				(socklen_t)size);
}

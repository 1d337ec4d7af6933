/* The kernel holds the border: every name is opened relative to the folder's descriptor, "beneath"
 * it, so that no "..", no absolute link and no link that leads out gets further than ENOENT does.
 * What was opened is then asked what it is: only plain files and folders are served.
 *
 * Pages are revalidated each time (no-cache) and have a tag, so an upgrade never mixes old scripts
 * with new pages, and a page that has not changed costs a 304. */
#include "apid/static_files.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "apid/accept_encoding.h"
#include "apid/answer.h"
#include "apid/content_type.h"
#include "apid/gzip.h"
#include "apid/gzip_cache.h"
#include "apid/gzip_stream.h"
#include "apid/http_conditional.h"
#include "apid/http_date.h"
#include "apid/http_range.h"
#include "apid/static_path.h"

#define INDEX	    "index.html"
#define NAME_SIZE   1024 /* of an escaped name in a redirect */
#define ETAG_SIZE   64
#define CACHED_SIZE (256U * 1024) /* what is larger is compressed anew for each client */

/* A folder that is held open. */
struct held {
	int fd;
	char *path;
};

struct static_files {
	struct held own, lender;
	const char *const *borrowed; /* NULL: nothing is */
	struct gzip_cache *compressed;
};

/* A file on its way to a client. */
struct served {
	struct http_request *request;
	const char *path;
	int fd;
	struct stat st;
	const struct content_type *type;
	bool gzip;
	char etag[ETAG_SIZE];
};

static int hold(struct held *h, const char *folder, struct err *err)
{
	h->path = strdup(folder);
	h->fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (h->fd >= 0 && h->path != NULL)
		return 0;
	(void)err_set_errno(err, "cannot open the folder '%s'", folder);
	return ERR_IO;
}

static void let_go(struct held *h)
{
	if (h->fd >= 0)
		(void)close(h->fd);
	free(h->path);
	*h = (struct held){ .fd = -1 };
}

int static_files_open(const char *folder, struct static_files **ret, struct err *err)
{
	struct static_files *s = calloc(1, sizeof(*s));
	int rc;

	if (s == NULL)
		return err_set(err, ERR_BUSY, "out of memory");
	s->lender.fd = -1;
	s->compressed = gzip_cache_new();
	rc = hold(&s->own, folder, err);
	if (rc == 0 && s->compressed == NULL)
		rc = err_set(err, ERR_BUSY, "out of memory");
	if (rc == 0)
		*ret = s;
	else
		static_files_free(s);
	return rc;
}

int static_files_borrow(struct static_files *s, const char *folder, const char *const *names,
			struct err *err)
{
	int rc;

	let_go(&s->lender);
	rc = hold(&s->lender, folder, err);
	if (rc == 0)
		s->borrowed = names;
	else
		let_go(&s->lender);
	return rc;
}

void static_files_free(struct static_files *s)
{
	if (s == NULL)
		return;
	let_go(&s->own);
	let_go(&s->lender);
	gzip_cache_free(s->compressed);
	free(s);
}

const char *static_files_folder(const struct static_files *s)
{
	return s->own.path;
}

const char *static_files_lender(const struct static_files *s)
{
	return s->lender.path;
}

/* --- finding --------------------------------------------------------------------------------- */

/* Not blocking: a named pipe shall be refused, not waited for. */
static int open_beneath(int folder, const char *name)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };

	return (int)syscall(SYS_openat2, folder, name, &how, sizeof(how));
}

/* That we have no descriptor left says nothing of the file; a 404 would be remembered. */
static int status_of(int error)
{
	switch (error) {
	case EACCES: return 403;
	case EMFILE:
	case ENFILE:
	case ENOMEM: return 503;
	default: return 404;
	}
}

/* The folder that has the name. */
static int folder_of(const struct static_files *s, const char *name)
{
	for (const char *const *b = s->borrowed; b != NULL && *b != NULL; b++)
		if (strcmp(*b, name) == 0)
			return s->lender.fd;
	return s->own.fd;
}

/* 0 with f->fd, or the status of the refusal. */
static int open_name(const struct static_files *s, struct served *f, const char *name)
{
	f->fd = open_beneath(folder_of(s, name), name);
	if (f->fd < 0)
		return status_of(errno);
	return fstat(f->fd, &f->st) == 0 ? 0 : 404;
}

static int open_index(const struct static_files *s, struct served *f)
{
	char name[PATH_MAX];

	(void)close(f->fd);
	f->fd = -1;
	if ((size_t)snprintf(name, sizeof(name), "%s" INDEX, f->path + 1) >= sizeof(name))
		return 404;
	return open_name(s, f, name);
}

static int open_path(const struct static_files *s, struct served *f)
{
	int status = open_name(s, f, f->path[1] == '\0' ? "." : f->path + 1);

	/* A name that is no folder's, with a slash: the file is one step up. */
	if (status != 0 || !S_ISDIR(f->st.st_mode) || !static_path_is_folder(f->path))
		return status;
	return open_index(s, f);
}

/* --- redirects and refusals ------------------------------------------------------------------- */

static void answer_not_found(struct http_request *r)
{
	answer_error(r, 404, "404 page not found");
}

static void redirect(struct http_request *r, const char *to)
{
	http_add_header(r, "Location", to);
	http_add_header(r, "X-Content-Type-Options", "nosniff");
	http_reply(r, 301, NULL, "", 0);
}

/* A folder is asked for with a slash: pages in it name their neighbours relative to that. */
static void redirect_into(struct http_request *r, const char *path)
{
	char name[NAME_SIZE], to[NAME_SIZE + 1];

	if (!static_path_last(path, name, sizeof(name)))
		return answer_not_found(r);
	(void)snprintf(to, sizeof(to), "%s/", name);
	redirect(r, to);
}

static bool ends_with_index(const char *path)
{
	static const char end[] = "/" INDEX;
	size_t len = strlen(path);

	return len >= sizeof(end) - 1 && strcmp(path + len - (sizeof(end) - 1), end) == 0;
}

/* --- sending ---------------------------------------------------------------------------------- */

static int64_t modified(const struct served *f)
{
	return f->st.st_mtim.tv_sec;
}

static void make_etag(struct served *f)
{
	(void)snprintf(f->etag, sizeof(f->etag), "\"%" PRIx64 ".%lx-%" PRIx64 "%s\"",
		       (uint64_t)f->st.st_mtim.tv_sec, f->st.st_mtim.tv_nsec,
		       (uint64_t)f->st.st_size, f->gzip ? "-gz" : "");
}

/* HEAD of what is compressed anew each time would have to do the work to know the size. */
static bool is_cheap(const struct served *f)
{
	return f->st.st_size <= CACHED_SIZE || strcmp(http_method(f->request), "HEAD") != 0;
}

static bool wants_gzip(const struct served *f)
{
	return f->type->shrinks && f->st.st_size >= GZIP_WORTH && is_cheap(f) &&
	       http_takes_gzip(f->request) && http_header(f->request, "Range") == NULL;
}

static void add_file_headers(const struct served *f)
{
	char date[HTTP_DATE_MAX];

	http_date_text(modified(f), date);
	http_add_header(f->request, "Last-Modified", date);
	http_add_header(f->request, "ETag", f->etag);
	http_add_header(f->request, "Cache-Control", "no-cache");
	http_add_header(f->request, "Accept-Ranges", "bytes");
	http_add_header(f->request, "X-Content-Type-Options", "nosniff");
}

/* The descriptor is the answer's from here on. */
static void send_part(struct served *f, int status, uint64_t from, uint64_t len)
{
	http_reply_fd_part(f->request, status, f->type->name, f->fd, from, len);
	f->fd = -1;
}

static void send_range(struct served *f)
{
	const char *if_range = http_header(f->request, "If-Range");
	uint64_t size = (uint64_t)f->st.st_size, from = 0, len = size;
	enum http_range_kind kind = HTTP_RANGE_WHOLE;
	char text[80];

	if (http_if_range_holds(if_range, f->etag, modified(f)))
		kind = http_range_parse(http_header(f->request, "Range"), size, &from, &len);
	switch (kind) {
	case HTTP_RANGE_WHOLE: send_part(f, 200, 0, size); return;
	case HTTP_RANGE_PART:
		(void)snprintf(text, sizeof(text), "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, from,
			       from + len - 1, size);
		http_add_header(f->request, "Content-Range", text);
		send_part(f, 206, from, len);
		return;
	case HTTP_RANGE_NOWHERE:
		(void)snprintf(text, sizeof(text), "bytes */%" PRIu64, size);
		http_add_header(f->request, "Content-Range", text);
		answer_error(f->request, 416, "Requested Range Not Satisfiable");
		return;
	}
}

/* False: it cannot be had compressed. */
static bool send_cached(struct static_files *s, struct served *f)
{
	const struct buf *text = gzip_cache_get(s->compressed, f->fd, &f->st);

	if (text == NULL)
		return false;
	add_file_headers(f);
	http_add_header(f->request, "Content-Encoding", "gzip");
	http_reply(f->request, 200, f->type->name, buf_text(text), text->len);
	return true;
}

static bool send_streamed(struct served *f)
{
	struct gzip_stream *stream = gzip_stream_new(f->fd);

	if (stream == NULL)
		return false;
	f->fd = -1;
	add_file_headers(f);
	http_add_header(f->request, "Content-Encoding", "gzip");
	http_reply_stream(f->request, 200, f->type->name, &gzip_stream_ops, stream);
	return true;
}

static bool send_compressed(struct static_files *s, struct served *f)
{
	return f->st.st_size <= CACHED_SIZE ? send_cached(s, f) : send_streamed(f);
}

static void send_body(struct static_files *s, struct served *f)
{
	if (f->gzip && send_compressed(s, f))
		return;
	f->gzip = false;
	make_etag(f);
	add_file_headers(f);
	send_range(f);
}

/* A length in it must be that of the 200 it stands for: a cache may take it for that of what it
 * has. (Of what is compressed anew for each client nobody knows it; without a length the library
 * would send the end of a body that is not there.) */
static void send_not_modified(struct static_files *s, struct served *f)
{
	const struct buf *text = NULL;

	if (f->gzip && f->st.st_size <= CACHED_SIZE)
		text = gzip_cache_get(s->compressed, f->fd, &f->st);
	add_file_headers(f);
	if (text != NULL) {
		http_reply(f->request, 304, NULL, buf_text(text), text->len);
		return;
	}
	http_reply_fd(f->request, 304, NULL, f->fd, (uint64_t)f->st.st_size);
	f->fd = -1;
}

static void send_file(struct static_files *s, struct served *f)
{
	struct http_request *r = f->request;
	struct http_conditions c = { .if_match = http_header(r, "If-Match"),
				     .if_none_match = http_header(r, "If-None-Match"),
				     .if_modified_since = http_header(r, "If-Modified-Since"),
				     .if_unmodified_since = http_header(r, "If-Unmodified-Since") };

	f->type = content_type_of(static_path_is_folder(f->path) ? INDEX : f->path);
	f->gzip = wants_gzip(f);
	make_etag(f);
	switch (http_conditional(&c, f->etag, modified(f))) {
	case HTTP_SEND: send_body(s, f); return;
	case HTTP_NOT_MODIFIED: send_not_modified(s, f); return;
	case HTTP_PRECONDITION_FAILED: answer_error(r, 412, "Precondition Failed"); return;
	}
}

/* --- what is asked for -------------------------------------------------------------------------
 */

static bool reads_only(const struct http_request *r)
{
	return strcmp(http_method(r), "GET") == 0 || strcmp(http_method(r), "HEAD") == 0;
}

static void answer_opened(struct static_files *s, struct served *f)
{
	if (!S_ISREG(f->st.st_mode) && !S_ISDIR(f->st.st_mode)) {
		answer_not_found(f->request);
	} else if (!reads_only(f->request)) {
		http_add_header(f->request, "Allow", "GET, HEAD");
		answer_error(f->request, 405, "Invalid request method");
	} else if (S_ISDIR(f->st.st_mode)) {
		redirect_into(f->request, f->path);
	} else if (ends_with_index(f->path)) {
		redirect(f->request, "./");
	} else {
		send_file(s, f);
	}
}

void static_files_answer(struct static_files *s, struct http_request *r)
{
	struct served f = { .request = r, .path = http_path(r), .fd = -1 };
	int status = 404;

	if (s != NULL && static_path_is_plain(f.path))
		status = open_path(s, &f);
	if (status == 403)
		answer_error(r, 403, "403 Forbidden");
	else if (status == 503)
		answer_error(r, 503, "Service Unavailable");
	else if (status != 0)
		answer_not_found(r);
	else
		answer_opened(s, &f);
	if (f.fd >= 0)
		(void)close(f.fd);
}

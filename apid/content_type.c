#include "apid/content_type.h"

#include <stddef.h>
#include <string.h>

#include "common/base/text.h"

// clang-format off
static const struct content_type types[] = {
	{ "html", "text/html; charset=utf-8", true },
	{ "htm", "text/html; charset=utf-8", true },
	{ "css", "text/css; charset=utf-8", true },
	{ "js", "text/javascript; charset=utf-8", true },
	{ "mjs", "text/javascript; charset=utf-8", true },
	{ "json", "application/json", true },
	{ "map", "application/json", true },
	{ "webmanifest", "application/manifest+json", true },
	{ "txt", "text/plain; charset=utf-8", true },
	{ "md", "text/markdown; charset=utf-8", true },
	{ "csv", "text/csv; charset=utf-8", true },
	{ "xml", "text/xml; charset=utf-8", true },
	{ "svg", "image/svg+xml", true },
	{ "ico", "image/x-icon", true },
	{ "wasm", "application/wasm", true },
	{ "ttf", "font/ttf", true },
	{ "otf", "font/otf", true },
	{ "png", "image/png", false },
	{ "jpg", "image/jpeg", false },
	{ "jpeg", "image/jpeg", false },
	{ "gif", "image/gif", false },
	{ "webp", "image/webp", false },
	{ "avif", "image/avif", false },
	{ "woff", "font/woff", false },
	{ "woff2", "font/woff2", false },
	{ "mp4", "video/mp4", false },
	{ "webm", "video/webm", false },
	{ "pdf", "application/pdf", false },
	{ "zip", "application/zip", false },
	{ "gz", "application/gzip", false },
};
// clang-format on

static const struct content_type unknown = { "", "application/octet-stream", false };

const struct content_type *content_type_of(const char *path)
{
	const char *dot = strrchr(path, '.');

	if (dot == NULL || strchr(dot, '/') != NULL)
		return &unknown;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (text_equal_nocase(dot + 1, types[i].extension))
			return &types[i];
	return &unknown;
}

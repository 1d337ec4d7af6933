/* Headers and paths as strangers write them, each by its parser. */
#include <stdlib.h>
#include <string.h>

#include "apid/accept_encoding.h"
#include "apid/client_key.h"
#include "apid/content_type.h"
#include "apid/http_conditional.h"
#include "apid/http_date.h"
#include "apid/http_guard.h"
#include "apid/http_range.h"
#include "apid/static_path.h"

#define CHECK(what)                                                                                \
	do {                                                                                       \
		if (!(what))                                                                       \
			abort();                                                                   \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ETAG "\"5f3.0-2af8\""

static void fuzz_range(const char *text)
{
	static const uint64_t sizes[] = { 0, 1, 100, UINT64_MAX };
	uint64_t from, len;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		if (http_range_parse(text, sizes[i], &from, &len) == HTTP_RANGE_PART)
			CHECK(len > 0 && len <= sizes[i] && from <= sizes[i] - len);
}

static void fuzz_date(const char *text)
{
	char printed[HTTP_DATE_MAX];
	int64_t t, again;

	if (!http_date_parse(text, &t))
		return;
	http_date_text(t, printed);
	CHECK(http_date_parse(printed, &again) && again == t);
}

static void fuzz_conditions(const char *text)
{
	const struct http_conditions c[] = { { .if_match = text },
					     { .if_none_match = text },
					     { .if_modified_since = text },
					     { .if_unmodified_since = text } };

	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++)
		(void)http_conditional(&c[i], ETAG, 1600000000);
	(void)http_if_range_holds(text, ETAG, 1600000000);
	CHECK(!http_etag_listed(text, ETAG, false) || http_etag_listed(text, ETAG, true));
}

/* What is made of a path for a redirect is a name, and of plain characters. */
static void fuzz_path(const char *text)
{
	char name[256];

	if (static_path_is_plain(text))
		CHECK(text[0] == '/' && strstr(text, "/.") == NULL && strstr(text, "//") == NULL);
	if (static_path_last(text, name, sizeof(name)))
		CHECK(strpbrk(name, "/\\\r\n\"<>: ") == NULL);
	CHECK(content_type_of(text)->name[0] != '\0');
}

static void fuzz_target(const char *text)
{
	bool other;
	const char *path = http_guard_path(text, "x", &other);

	CHECK(path != NULL);
	(void)http_guard_has_many_values(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	fuzz_range(text);
	fuzz_date(text);
	fuzz_conditions(text);
	fuzz_path(text);
	fuzz_target(text);
	(void)accept_encoding_has_gzip(text);
	(void)client_key_of_text(text);
	free(text);
	return 0;
}

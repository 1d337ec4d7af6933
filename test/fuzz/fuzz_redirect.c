/* Host and target of a plain request, each a line of the input: where it is sent must be a URL of
 * HTTPS that ends neither the header nor the attribute it is put in. */
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "apid/host_header.h"
#include "apid/redirect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_url(const char *url)
{
	assert(strncmp(url, "https://", 8) == 0);
	for (; *url != '\0'; url++)
		assert(*url > ' ' && *url < 0x7f && strchr("\"#<>\\^`{|}", *url) == NULL);
}

/* One pair of markup for the link, one for its end. */
static void check_html(const char *html)
{
	unsigned open = 0, close = 0, quotes = 0;

	for (; *html != '\0'; html++) {
		open += *html == '<';
		close += *html == '>';
		quotes += *html == '"';
	}
	assert(open == 2 && close == 2 && quotes == 2);
}

static void check(const struct redirect_conf *c, const char *host, const char *target)
{
	struct buf location = BUF_INIT(1U << 20), html = BUF_INIT(1U << 22);

	if (redirect_location(c, host, target, &location)) {
		check_url(buf_text(&location));
		redirect_html(buf_text(&location), &html);
		check_html(buf_text(&html));
	}
	buf_release(&location);
	buf_release(&html);
}

static void check_host(const char *host)
{
	char once[HOST_MAX], twice[HOST_MAX];

	if (!host_header_read(host, once)) {
		assert(once[0] == '\0');
		return;
	}
	assert(host_header_read(once, twice) && strcmp(once, twice) == 0);
	assert(host_header_is(host, once) || once[strlen(once) - 1] == '.');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct redirect_conf all = { ":443", "" }, own = { "127.0.0.1:7072", "" };
	static const struct redirect_conf named = { ":443", "shop.example" };
	char *text = malloc(size + 1), *line;

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	line = strchr(text, '\n');
	if (line != NULL)
		*line++ = '\0';
	check_host(text);
	check(&all, text, line != NULL ? line : "/");
	check(&own, text, line != NULL ? line : "/");
	check(&named, text, line != NULL ? line : "/");
	free(text);
	return 0;
}

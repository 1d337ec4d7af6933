/* What the operator's listeners read of strangers' bytes, in turn: the Host header (a name that is
 * let in is a name of ours), days, and files of tokens (what is read, printed and read again is the
 * same). */
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "apid/admin_guard.h"
#include "apid/csv.h"
#include "apid/query.h"
#include "common/base/clock.h"
#include "common/model/access_token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NAME "teller.example"

/* Nothing that resolves by somebody else's DNS. */
static void check_host(const char *text)
{
	static const struct conf conf = { .admin_hosts = { .count = 1, .item = { NAME } } };
	char lower[64] = "";

	if (!admin_guard_host(&conf, "127.0.0.1:7711", text))
		return;
	for (size_t i = 0; i < sizeof(lower) - 1 && text[i] != '\0'; i++)
		lower[i] = (char)tolower((unsigned char)text[i]);
	if (strncmp(lower, "localhost", 9) != 0 && strncmp(lower, NAME, strlen(NAME)) != 0 &&
	    strncmp(lower, "127.", 4) != 0 && lower[0] != '[')
		abort();
}

static void check_day(const char *text)
{
	char again[CLOCK_TEXT_MAX];
	int64_t at;

	if (!day_from_text(text, &at))
		return;
	clock_text(at, again);
	if (strncmp(again, text, 10) != 0 || strcmp(again + 10, "T00:00:00Z") != 0)
		abort();
}

static void check_tokens(const char *text)
{
	static struct access_list list, again;
	struct buf printed = BUF_INIT(65536);
	struct err err;

	if (access_list_parse(text, &list, &err) < 0)
		return;
	for (unsigned i = 0; i < list.count; i++)
		access_token_print(&list.token[i], &printed);
	if (access_list_parse(buf_text(&printed), &again, &err) < 0 || again.count != list.count)
		abort();
	for (unsigned i = 0; i < list.count; i++)
		if (strcmp(list.token[i].name, again.token[i].name) != 0 ||
		    list.token[i].roles != again.token[i].roles ||
		    !sha256_is_equal(&list.token[i].digest, &again.token[i].digest))
			abort();
	buf_release(&printed);
}

/* A field begins with no sign that makes a formula of it. */
static void check_csv(const char *text)
{
	struct buf out = BUF_INIT(1U << 20);
	struct csv c;

	csv_init(&c, &out);
	csv_text(&c, text);
	if (strchr("=+-@", buf_text(&out)[0]) != NULL && buf_text(&out)[0] != '\0')
		abort();
	if (out.len > 2 * strlen(text) + 3)
		abort();
	buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const checks[])(const char *text) = { check_host, check_day, check_tokens,
							    check_csv };
	char *text = strndup((const char *)data, size);

	if (text == NULL)
		abort();
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		checks[i](text);
	free(text);
	return 0;
}

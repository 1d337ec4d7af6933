/* Pool files: what parses, written one address a line, parses to the same.  The first byte picks
 * the form. */
#include <stdlib.h>
#include <string.h>

#include "common/pool/pool_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int parse(const char *text, size_t len, bool json, struct pool_file *ret)
{
	struct buf mistakes = BUF_INIT(1U << 20);
	struct err err;
	int rc = pool_file_parse(COIN_BTC, BTC_MAIN, "fuzz", text, len, json, ret, &mistakes, &err);

	buf_release(&mistakes);
	return rc;
}

static void check_again(const struct pool_file *once)
{
	struct buf text = BUF_INIT(1U << 24);
	struct pool_file twice;

	for (size_t i = 0; i < once->count; i++)
		(void)buf_printf(&text, "%s\n", once->address[i]);
	if (parse(buf_text(&text), text.len, false, &twice) < 0 || twice.count != once->count)
		abort();
	for (size_t i = 0; i < once->count; i++)
		if (strcmp(once->address[i], twice.address[i]) != 0)
			abort();
	pool_file_release(&twice);
	buf_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool_file file;
	char *text;

	if (size == 0)
		return 0;
	text = strndup((const char *)data + 1, size - 1); /* JSON wants a NUL behind it */
	if (text == NULL)
		abort();
	if (parse(text, strlen(text), data[0] % 2 == 1, &file) == 0)
		check_again(&file);
	pool_file_release(&file);
	free(text);
	return 0;
}

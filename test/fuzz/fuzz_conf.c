/* The whole loader, from memory.  What loads is printed and loaded again, and prints the same. */
#include <stdlib.h>
#include <string.h>

#include "common/conf/conf_loading.h"

#define OUT_MAX (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct conf *load(const char *text, size_t len)
{
	struct buf messages = BUF_INIT(OUT_MAX);
	struct conf *c = NULL;

	(void)conf_load_text("f", text, len, "/nowhere", CONF_FOR_SCANNERD, &c, &messages, NULL);
	buf_release(&messages);
	return c;
}

static void check_again(const struct conf *c)
{
	struct buf once = BUF_INIT(OUT_MAX), again = BUF_INIT(OUT_MAX);
	struct conf *copy;

	conf_print_values(c, &once);
	copy = load(once.data, once.len);
	if (copy == NULL)
		abort();
	conf_print_values(copy, &again);
	if (strcmp(buf_text(&once), buf_text(&again)) != 0)
		abort();
	conf_free(copy);
	buf_release(&once);
	buf_release(&again);
}

/* A prefix that is enough alone, so that few files fail for what they leave out. */
static const char enough[] = "btc_scanner.enabled = false\ndummy.sender = true\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf text = BUF_INIT(OUT_MAX);
	struct conf *c;

	buf_puts(&text, enough);
	buf_append(&text, data, size);
	c = load(text.data, text.len);
	if (c != NULL)
		check_again(c);
	conf_free(c);
	buf_release(&text);
	return 0;
}

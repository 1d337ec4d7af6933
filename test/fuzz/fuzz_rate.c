/* A rate that parses can be applied to any value, gives the same as its own text read again, and
 * is never more with fewer places.  The first 16 bytes are the value. */
#include <stdlib.h>
#include <string.h>

#include "common/coin/rate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *text, struct units value)
{
	struct droplets all, cut;
	struct rate rate, again;
	struct err err;

	if (rate_parse(text, &rate, &err) < 0)
		return;
	if (strcmp(rate.text, text) != 0 || rate_parse(rate.text, &again, &err) < 0)
		abort();
	for (int c = 0; c < COIN_COUNT; c++) {
		if (rate_apply(&rate, (enum coin)c, value, 6, &all, &err) < 0)
			continue;
		if (rate_apply(&again, (enum coin)c, value, 3, &cut, &err) < 0 ||
		    droplets_compare(cut, droplets_truncate(all, 3)) != 0)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct units value;
	char *text;

	if (size < sizeof(value.n))
		return 0;
	memcpy(&value.n, data, sizeof(value.n));
	text = strndup((const char *)data + sizeof(value.n), size - sizeof(value.n));
	if (text == NULL)
		abort();
	check(text, value);
	free(text);
	return 0;
}

/* Amounts: what parses is printed and parses to the same. */
#include <stdlib.h>
#include <string.h>

#include "common/coin/amount.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_droplets(const char *text)
{
	struct droplets once, twice;
	char again[UNITS_TEXT_MAX];
	struct err err;

	if (droplets_from_text(text, &once, &err) < 0)
		return;
	droplets_to_text(once, again);
	if (droplets_from_text(again, &twice, &err) < 0 || droplets_compare(once, twice) != 0)
		abort();
}

static void check_units(const char *text)
{
	struct units once, twice;
	char again[UNITS_TEXT_MAX];

	if (!units_from_text(text, &once))
		return;
	units_to_text(once, again);
	if (!units_from_text(again, &twice) || units_compare(once, twice) != 0)
		abort();
	for (unsigned decimals = 0; decimals < 40; decimals++)
		units_to_coins(once, decimals, again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);

	if (text == NULL)
		abort();
	check_droplets(text);
	check_units(text);
	free(text);
	return 0;
}

/* Coins and address alone decide: hours, which could make two outputs differ, come later. */
#include "senderd/out_list.h"

#include <string.h>

size_t out_list_find(const struct sky_tx_output *outputs, size_t count,
		     const struct sky_address *to, struct droplets coins)
{
	size_t i = 0;

	while (i < count && !(droplets_compare(outputs[i].coins, coins) == 0 &&
			      sky_address_equal(&outputs[i].to, to)))
		i++;
	return i;
}

void out_list_add(struct sky_tx_output *outputs, size_t *count, const struct sky_address *to,
		  struct droplets coins)
{
	for (;;) {
		size_t i = out_list_find(outputs, *count, to, coins);

		if (i == *count || !droplets_add(coins, outputs[i].coins, &coins))
			break;
		memmove(&outputs[i], &outputs[i + 1], (*count - i - 1) * sizeof(*outputs));
		(*count)--;
	}
	outputs[(*count)++] = (struct sky_tx_output){ .to = *to, .coins = coins };
}

bool out_list_pays(const struct sky_tx_output *outputs, size_t count, const struct sky_address *to)
{
	for (size_t i = 0; i < count; i++)
		if (sky_address_equal(&outputs[i].to, to))
			return true;
	return false;
}

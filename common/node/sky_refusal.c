/* The words by which a node says that a transaction cannot be: a rule is named, or the bytes are no
 * transaction.  Everything else (no peers, a lost database, a request that did not arrive whole)
 * leaves open what becomes of it: an old node keeps what it answers such an error to. */
#include "common/node/sky_refusal.h"

#include <stddef.h>
#include <string.h>

bool sky_is_refusal(const char *text)
{
	static const char *const beginnings[] = {
		"Transaction violates hard constraint: ",
		"Transaction violates soft constraint: ",
		"Transaction violates user constraint: ",
		"Invalid transaction: ",
	};

	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
		if (strncmp(text, beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	return false;
}

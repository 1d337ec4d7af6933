/* Any bytes as a wallet file: refused, or a wallet whose every key signs for its address. */
#include <stdlib.h>

#include "common/wallet/wallet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sky_address *addresses;
	struct wallet *w = NULL;
	struct sha256 digest = { { 1 } };
	struct signature sig;
	struct err err;
	size_t count;

	if (wallet_parse((const char *)data, size, &w, &err) < 0)
		return 0;
	addresses = wallet_addresses(w, &count);
	for (size_t i = 0; i < count; i++)
		if (!wallet_sign(w, &addresses[i], &digest, &sig) ||
		    ec_verify_address(&addresses[i], &digest, &sig, &err) < 0)
			abort();
	wallet_free(w);
	return 0;
}

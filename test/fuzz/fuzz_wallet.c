/* Any bytes as a wallet file: refused, or a wallet whose every key signs for its address.  An
 * encrypted one is only read; its container has a target of its own. */
#include <stdlib.h>

#include "common/wallet/wallet_unlock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_keys(const struct wallet *w)
{
	const struct sky_address *addresses;
	struct sha256 digest = { { 1 } };
	struct signature sig;
	struct err err;
	size_t count;

	addresses = wallet_addresses(w, &count);
	for (size_t i = 0; i < count; i++)
		if (!wallet_sign(w, &addresses[i], &digest, &sig) ||
		    ec_verify_address(&addresses[i], &digest, &sig, &err) < 0)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wallet_file *f = NULL;
	struct wallet *w = NULL;
	struct err err;

	if (wallet_file_parse((const char *)data, size, &f, &err) < 0)
		return 0;
	if (f->count == 0)
		abort();
	if (!f->meta.encrypted && wallet_unlock(f, NULL, &w, &err) == 0)
		check_keys(w);
	wallet_free(w);
	wallet_file_free(f);
	return 0;
}

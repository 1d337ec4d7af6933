/* Bytes that decode as a transaction encode to the same, but for a wrong length field. */
#include <stdlib.h>
#include <string.h>

#include "common/node/sky_tx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf out = BUF_INIT(16 << 20);
	struct sky_tx t, again;

	if (sky_tx_decode(data, size, &t, NULL) < 0)
		return 0;
	if (!sky_tx_encode(&t, &out) || out.len != size ||
	    memcmp(out.data + 4, data + 4, size - 4) != 0)
		abort();
	if (sky_tx_decode((const uint8_t *)out.data, out.len, &again, NULL) < 0 ||
	    again.length != size)
		abort();
	sky_tx_release(&again);
	sky_tx_release(&t);
	buf_release(&out);
	return 0;
}

/* Traces of a block of two transactions, in both forms.  What parses names a transaction of the
 * block and has a value; the order of the transactions is kept. */
#include <stdlib.h>
#include <string.h>

#include "scannerd/eth_trace.h"

static void check(const struct eth_block *b, struct eth_moves *m)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->list[i].tx >= b->tx_count || units_is_zero(m->list[i].value) ||
		    (i > 0 && m->list[i].tx < m->list[i - 1].tx))
			abort();
	eth_moves_release(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct eth_tx txs[2];
	struct eth_block b = { .txs = txs, .tx_count = 2 };
	struct eth_moves m;

	memset(txs, 0, sizeof(txs));
	memset(txs[0].hash.b, 0x11, sizeof(txs[0].hash.b));
	memset(txs[1].hash.b, 0x22, sizeof(txs[1].hash.b));
	if (eth_trace_calls((const char *)data, size, &b, &m, NULL) == 0)
		check(&b, &m);
	if (eth_trace_flat((const char *)data, size, &b, &m, NULL) == 0)
		check(&b, &m);
	return 0;
}

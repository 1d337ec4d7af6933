/* A block and, behind a NUL, its receipts.  What parses is walked: amounts and outcomes are what
 * the types say, and receipts tell of all transactions or of none. */
#include <stdlib.h>
#include <string.h>

#include "scannerd/eth_block.h"

static size_t count_told(const struct eth_block *b)
{
	size_t told = 0;

	for (size_t i = 0; i < b->tx_count; i++)
		told += b->txs[i].outcome != ETH_NOT_TOLD;
	return told;
}

static void fuzz_receipts(struct eth_block *b, const char *json, size_t len)
{
	int rc = eth_receipts_parse(json, len, b, NULL);

	if (count_told(b) != (rc == 0 ? b->tx_count : 0))
		abort();
	if (b->tx_count > 0 && rc < 0 && eth_receipt_parse(json, len, b, 0, NULL) == 0 &&
	    count_told(b) != 1)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = size > 0 ? memchr(data, '\0', size) : NULL;
	size_t len = nul != NULL ? (size_t)(nul - data) : size;
	struct eth_block b;
	struct eth_head h;

	if (eth_block_parse((const char *)data, len, &b, NULL) < 0) {
		(void)eth_head_parse((const char *)data, len, &h, NULL);
		return 0;
	}
	if (eth_head_parse((const char *)data, len, &h, NULL) < 0 || h.number != b.head.number ||
	    h.number < 0 || b.tx_count > ETH_TXS_MAX || count_told(&b) != 0)
		abort();
	if (nul != NULL)
		fuzz_receipts(&b, (const char *)nul + 1, size - len - 1);
	eth_block_release(&b);
	return 0;
}

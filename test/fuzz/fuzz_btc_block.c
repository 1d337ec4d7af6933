/* A raw block from a node.  What parses is walked: every output must lie inside the block, in
 * order, and the outputs of the block must hash into the same block again when copied. */
#include <stdlib.h>
#include <string.h>

#include "scannerd/btc_block.h"

struct walk {
	const struct btc_block *block;
	const uint8_t *last;
	uint64_t outputs;
};

static void walk_output(void *arg, const struct btc_output *o)
{
	struct walk *w = arg;
	const uint8_t *end = w->block->data + w->block->len;

	if (o->script <= w->last || o->script > end || o->script_len > (size_t)(end - o->script) ||
	    o->tx >= w->block->tx_count || o->value > BTC_VALUE_MAX)
		abort();
	w->last = o->script;
	w->outputs++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct btc_block b, again;
	struct walk w = { .block = &b, .last = data };
	uint8_t *copy;

	if (btc_block_parse(data, size, &b, NULL) < 0)
		return 0;
	btc_block_each_output(&b, walk_output, &w);
	copy = malloc(size);
	if (w.outputs < b.tx_count || copy == NULL)
		abort();
	memcpy(copy, data, size);
	if (btc_block_parse(copy, size, &again, NULL) < 0 || again.tx_count != b.tx_count ||
	    memcmp(again.txids, b.txids, b.tx_count * sizeof(*b.txids)) != 0)
		abort();
	btc_block_release(&again);
	btc_block_release(&b);
	free(copy);
	return 0;
}

/* One answer of webrpc, told to every question. */
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/text.h"
#include "common/node/sky_webrpc_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TXID  "b658c37f65c74881042d6124161bfa192041eadfc97a62c64d82712b3f577e4e"
#define OWNER "wVVBVgx3yHE7FrGjLrLoZLTJGitJwj6Jgb"

static void read_result(const struct json *result)
{
	struct sky_spent spent = { .head_seq = 3 };
	struct sky_tx_place tx;
	struct sky_unspents o;
	struct sky_address owner;
	struct sha256 uxid;
	char genesis[65];
	uint64_t head;

	if (sky_address_parse(OWNER, &owner, NULL) < 0 ||
	    !hex_to_bytes(TXID, uxid.b, sizeof(uxid.b)))
		abort();
	(void)sky_webrpc_read_head(result, &head, NULL);
	if (sky_webrpc_read_genesis(result, genesis, NULL) == 0 && strlen(genesis) != 64)
		abort();
	if (sky_webrpc_read_spent(result, &uxid, &owner, &spent, NULL) == 0 &&
	    (spent.spent != (spent.spent_seq > 0) || spent.spent_seq > spent.head_seq))
		abort();
	if (sky_json_transaction(json_get(result, "transaction"), TXID, &tx, NULL) == 0 &&
	    (tx.status == SKY_TX_CONFIRMED) != (tx.height > 0))
		abort();
	if (sky_json_outputs(json_get(result, "outputs"), &owner, 1, &o, NULL) < 0)
		return;
	for (size_t i = 0; i < o.count; i++)
		if (!sky_address_equal(&o.spendable[i].owner, &owner))
			abort();
	sky_unspents_release(&o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf body = BUF_INIT(1 << 24); /* NUL-ended, as the transport's is */
	char text[SKY_ANSWER_TEXT_MAX];
	struct sky_webrpc a;

	if (!buf_append(&body, data, size))
		return 0;
	if (sky_webrpc_read(buf_text(&body), body.len, "1", &a, NULL) == 0) {
		if (!sky_webrpc_speaks(buf_text(&body), body.len))
			abort();
		if (a.result == NULL && sky_webrpc_judge_inject(&a, TXID, text) == SKY_INJECT_OK)
			abort();
		if (a.result != NULL)
			read_result(a.result);
		sky_webrpc_release(&a);
	}
	buf_release(&body);
	return 0;
}

/* First byte: the status and which reader; the rest: the body.  Where the long string is
 * hex, the two readers must agree; what is not, is refused when it is decoded. */
#include <stdlib.h>
#include <string.h>

#include "common/rpc/jsonrpc_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_hex(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] == '\0' || strchr("0123456789abcdefABCDEF", text[i]) == NULL)
			return false;
	return true;
}

static void check_agreement(const struct jsonrpc_reply *tree, const struct jsonrpc_reply *hex)
{
	const char *text = json_string(tree->result);

	if (hex->kind != JSONRPC_RESULT || !is_hex(hex->hex, hex->hex_len))
		return;
	if (tree->kind != JSONRPC_RESULT || text == NULL || hex->result != NULL ||
	    strlen(text) != hex->hex_len || memcmp(text, hex->hex, hex->hex_len) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int statuses[] = { 200, 401, 403, 404, 500, 503 };
	struct jsonrpc_answer tree, hex;
	const char *body;
	int status;

	if (size == 0)
		return 0;
	status = statuses[data[0] % (sizeof(statuses) / sizeof(statuses[0]))];
	body = (const char *)data + 1;
	jsonrpc_answer_read(&tree, status, body, size - 1, 1);
	jsonrpc_answer_read_hex(&hex, status, body, size - 1, 1);
	check_agreement(&tree.reply, &hex.reply);
	jsonrpc_answer_release(&tree);
	jsonrpc_answer_release(&hex);
	return 0;
}

/* First byte: the status and which reader; the rest: the body.  Where the long string is
 * hex, the two readers must agree; what is not, is refused when it is decoded. */
#include <stdlib.h>
#include <string.h>

#include "common/json/json_scan.h"
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

/* What is cut out is JSON, and of this body. */
static void check_raw(const struct jsonrpc_reply *r, const char *body, size_t len)
{
	size_t start, end;

	if (r->kind != JSONRPC_RESULT)
		return;
	if (r->raw < body || r->raw_len == 0 || r->raw_len > len - (size_t)(r->raw - body) ||
	    r->result != NULL)
		abort();
	if (json_scan(r->raw, r->raw_len, JSON_SCAN_DEPTH_MAX, &start, &end, NULL) == 0 &&
	    (start != 0 || end != r->raw_len))
		abort();
}

static void check_batch(int status, const char *body, size_t len)
{
	struct jsonrpc_reply replies[3];
	struct jsonrpc_answer a;

	jsonrpc_answer_read_batch(&a, status, body, len, 1, 3, replies);
	for (unsigned i = 0; i < 3; i++)
		if ((replies[i].kind == JSONRPC_RESULT) != (replies[i].result != NULL))
			abort();
	jsonrpc_answer_release(&a);
}

/* Pieces lie in the body, and each is what the tree says of the answer with that id. */
static void check_cut(int status, const char *body, size_t len)
{
	struct json_slice pieces[3];
	struct jsonrpc_answer a;

	if (!jsonrpc_answer_cut(body, len, 1, 3, pieces))
		return;
	for (unsigned i = 0; i < 3; i++) {
		if (pieces[i].len == 0)
			continue;
		if (pieces[i].text < body ||
		    pieces[i].len > len - (size_t)(pieces[i].text - body) ||
		    pieces[i].text[0] != '{' || pieces[i].text[pieces[i].len - 1] != '}')
			abort();
		jsonrpc_answer_read_hex(&a, status, pieces[i].text, pieces[i].len, i + 1);
		if (a.reply.kind == JSONRPC_RESULT && a.reply.hex == NULL)
			abort();
		jsonrpc_answer_release(&a);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int statuses[] = { 200, 401, 403, 404, 500, 503 };
	struct jsonrpc_answer tree, hex, raw;
	const char *body;
	int status;

	if (size == 0)
		return 0;
	status = statuses[data[0] % (sizeof(statuses) / sizeof(statuses[0]))];
	body = (const char *)data + 1;
	jsonrpc_answer_read(&tree, status, body, size - 1, 1);
	jsonrpc_answer_read_hex(&hex, status, body, size - 1, 1);
	jsonrpc_answer_read_raw(&raw, status, body, size - 1, 1);
	check_agreement(&tree.reply, &hex.reply);
	check_raw(&raw.reply, body, size - 1);
	check_batch(status, body, size - 1);
	check_cut(status, body, size - 1);
	jsonrpc_answer_release(&raw);
	jsonrpc_answer_release(&tree);
	jsonrpc_answer_release(&hex);
	return 0;
}

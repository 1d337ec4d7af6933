/* A websocket's bytes from a stranger: first byte says what.  Frames that are in order: the
 * same messages whether they come all at once or in pieces; the answer to the handshake: decided by
 * its head alone; a message of btcd's. */
#include <stdlib.h>
#include <string.h>

#include "common/crypto/hash.h"
#include "common/rpc/ws_frames.h"
#include "common/rpc/ws_handshake.h"
#include "scannerd/btc_notice.h"

#define MAX_MESSAGE 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct heard {
	struct sha256_stream hash;
	unsigned count;
};

static void on_text(void *arg, const char *text, size_t len)
{
	struct heard *h = arg;
	struct btc_notice n;

	if (len > MAX_MESSAGE)
		abort();
	sha256_add(&h->hash, &len, sizeof(len));
	sha256_add(&h->hash, text, len);
	h->count++;
	btc_notice_read(text, len, &n);
}

/* Digest of the messages. */
static struct sha256 hear(const uint8_t *data, size_t size, size_t piece, bool *ret_ended)
{
	struct heard h = { .count = 0 };
	struct ws_frames *f;
	size_t at;

	sha256_start(&h.hash);
	f = ws_frames_new(MAX_MESSAGE, on_text, &h);
	if (f == NULL)
		abort();
	for (at = 0; at < size; at += piece)
		if (!ws_frames_take(f, data + at, size - at < piece ? size - at : piece))
			break;
	if (at < size && ws_frames_end(f) == NULL)
		abort();
	*ret_ended = ws_frames_end(f) != NULL;
	ws_frames_free(f);
	return sha256_end(&h.hash);
}

static void fuzz_frames(const uint8_t *data, size_t size)
{
	bool whole_ended, pieces_ended;
	struct sha256 whole = hear(data, size, SIZE_MAX / 2, &whole_ended);
	struct sha256 pieces = hear(data, size, 3, &pieces_ended);

	/* What is broken may be found sooner or later in it, and what stands behind it in the same
	 * piece may still be heard. */
	if (!whole_ended && !pieces_ended && memcmp(&whole, &pieces, sizeof(whole)) != 0)
		abort();
}

static void fuzz_answer(const uint8_t *data, size_t size)
{
	struct ws_key key;
	size_t used = 0, again = 0;
	int status = 0;
	const char *why = NULL;
	enum ws_answer a;

	ws_key_make((const uint8_t *)"the sample nonce", &key);
	a = ws_answer_read((const char *)data, size, &key, &used, &status, &why);
	if (a == WS_ANSWER_PART)
		return;
	if (a == WS_ANSWER_OPEN && (used > size || status != 101))
		abort();
	if (a == WS_ANSWER_OPEN &&
	    ws_answer_read((const char *)data, used, &key, &again, &status, &why) != a)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct btc_notice n;

	if (size == 0)
		return 0;
	if (data[0] == 'a')
		fuzz_answer(data + 1, size - 1);
	else if (data[0] == 'm')
		btc_notice_read((const char *)data + 1, size - 1, &n);
	else
		fuzz_frames(data + 1, size - 1);
	return 0;
}

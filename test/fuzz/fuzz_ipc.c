/* What a peer may send: frames, and the messages in them.  A message that is decoded is encoded,
 * and what comes of that is decoded and encoded to the same text. */
#include <stdlib.h>
#include <string.h>

#include "common/ipc/frame.h"
#include "common/ipc/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_again(const struct message *m, const struct envelope *env)
{
	struct buf once = BUF_INIT(FRAME_MAX), twice = BUF_INIT(FRAME_MAX);
	struct envelope env_back;
	struct message back;
	struct err err;

	message_encode(m, env, &once);
	if (!once.failed) { /* escapes may make it longer than a frame */
		if (message_decode(buf_text(&once), once.len, &back, &env_back, &err) < 0)
			abort();
		message_encode(&back, &env_back, &twice);
		if (strcmp(buf_text(&once), buf_text(&twice)) != 0)
			abort();
		message_release(&back);
	}
	buf_release(&once);
	buf_release(&twice);
}

static void check_message(const char *json, size_t len)
{
	struct envelope env;
	struct message m;
	struct err err;

	if (message_decode(json, len, &m, &env, &err) < 0)
		return;
	check_again(&m, &env);
	message_release(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data, *json;
	size_t len, used;

	check_message(at, size); /* without a frame too, so that mutations reach the codec */
	while (frame_get(at, size, &json, &len, &used) == 1) {
		check_message(json, len);
		at += used;
		size -= used;
	}
	return 0;
}

/* First byte: which answer it is; the rest: the body. */
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/node/sky_rest_answer.h"
#include "common/node/sky_tx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TXID "6bf959576c922d9102c81e60a41a5dbb1d9605e81d95c9ffc9b9cae4fe21af56"

/* What is believed must be ours, and in the order of ids without a repetition. */
static void read_outputs(const char *body, size_t len)
{
	struct sky_address owner;
	struct sky_rest_outputs o;

	if (sky_address_parse("257w45E1MUkZ5YYhTtFex8LCqFkFLTjwBZW", &owner, NULL) < 0)
		abort();
	if (sky_rest_read_outputs(body, len, &owner, 1, &o, NULL) < 0)
		return;
	for (size_t i = 0; i < o.count; i++)
		if (!sky_address_equal(&o.spendable[i].owner, &owner) ||
		    (i > 0 && memcmp(&o.spendable[i - 1].id, &o.spendable[i].id,
				     sizeof(struct sha256)) >= 0))
			abort();
	sky_rest_outputs_release(&o);
}

static void read_health(const char *body, size_t len)
{
	struct sky_health h;
	struct sky_policy p;

	(void)sky_rest_read_health(body, len, &h, NULL);
	sky_rest_read_policy(body, len, &p);
	if (p.burn_factor == 0 || p.max_tx_size == 0 || p.max_decimals > DROPLETS_DECIMALS)
		abort();
}

static void read_transaction(const char *body, size_t len)
{
	enum sky_tx_status status;
	uint64_t height;

	(void)sky_rest_read_transaction(body, len, TXID, &status, &height, NULL);
}

static void read_post(const char *body, size_t len)
{
	char token[SKY_CSRF_MAX], text[SKY_ANSWER_TEXT_MAX];

	if (sky_rest_read_csrf(body, len, token, NULL) == 0 && strpbrk(token, "\r\n") != NULL)
		abort();
	(void)sky_rest_wants_csrf(403, body);
	(void)sky_rest_judge_inject(200, body, len, TXID, text);
	if (sky_rest_judge_inject(400, body, len, TXID, text) == SKY_INJECT_OK)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const readers[])(const char *, size_t) = { read_outputs, read_health,
								 read_transaction, read_post };
	struct buf body = BUF_INIT(1 << 24); /* NUL-ended, as the transport's is */

	if (size == 0 || !buf_append(&body, data + 1, size - 1))
		return 0;
	readers[data[0] % 4](body.data, body.len);
	buf_release(&body);
	return 0;
}

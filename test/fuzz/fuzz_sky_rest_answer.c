/* First byte: which answer it is, from a digit 0; the rest: the body. */
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/text.h"
#include "common/node/sky_rest_answer.h"
#include "common/node/sky_tx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TXID "6bf959576c922d9102c81e60a41a5dbb1d9605e81d95c9ffc9b9cae4fe21af56"

/* What is believed must be ours, and in the order of ids without a repetition. */
static void read_outputs(const char *body, size_t len)
{
	struct sky_address owner;
	struct sky_unspents o;

	if (sky_address_parse("257w45E1MUkZ5YYhTtFex8LCqFkFLTjwBZW", &owner, NULL) < 0)
		abort();
	if (sky_rest_read_outputs(body, len, &owner, 1, &o, NULL) < 0)
		return;
	for (size_t i = 0; i < o.count; i++)
		if (!sky_address_equal(&o.spendable[i].owner, &owner) ||
		    (i > 0 && memcmp(&o.spendable[i - 1].id, &o.spendable[i].id,
				     sizeof(struct sha256)) >= 0))
			abort();
	sky_unspents_release(&o);
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
	struct sky_tx_place tx;

	if (sky_rest_read_transaction(body, len, TXID, &tx, NULL) == 0 &&
	    (tx.status == SKY_TX_CONFIRMED) != (tx.height > 0))
		abort();
}

/* Nobody spends below block 1, and nobody above the head. */
static void read_chain(const char *body, size_t len)
{
	struct sky_spent s = { .head_seq = 3 };
	struct sky_address owner;
	struct sha256 uxid;
	int64_t connections;
	uint64_t seq;
	char hash[65], version[48];

	if (sky_address_parse("257w45E1MUkZ5YYhTtFex8LCqFkFLTjwBZW", &owner, NULL) < 0 ||
	    !hex_to_bytes(TXID, uxid.b, sizeof(uxid.b)))
		abort();
	if (sky_rest_read_spent(body, len, &uxid, &owner, &s, NULL) == 0 &&
	    (s.spent != (s.spent_seq > 0) || s.spent_seq > s.head_seq))
		abort();
	if (sky_rest_read_genesis(body, len, hash, NULL) == 0 && strlen(hash) != 64)
		abort();
	if (sky_rest_read_version(body, len, version, NULL) == 0 && strlen(version) >= 48)
		abort();
	if (sky_rest_read_connections(body, len, &connections, NULL) == 0 && connections < 0)
		abort();
	(void)sky_rest_read_progress(body, len, &seq, NULL);
	(void)sky_rest_read_head(body, len, &seq, NULL);
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
								 read_transaction, read_post,
								 read_chain };
	struct buf body = BUF_INIT(1 << 24); /* NUL-ended, as the transport's is */

	if (size == 0 || !buf_append(&body, data + 1, size - 1))
		return 0;
	readers[(uint8_t)(data[0] - '0') % 5](body.data, body.len);
	buf_release(&body);
	return 0;
}

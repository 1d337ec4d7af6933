/* Messages cut out of the input, the first byte of each says how long its pieces are: two at a time
 * must give what one by one gives. */
#include <stdlib.h>
#include <string.h>

#include "common/crypto/sha256_many.h"

#define MESSAGES_MAX 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sha256_piece cut(const uint8_t **data, size_t *size, size_t wanted)
{
	size_t len = wanted < *size ? wanted : *size;
	struct sha256_piece p = { *data, len };

	*data += len;
	*size -= len;
	return p;
}

static struct sha256_message cut_message(const uint8_t **data, size_t *size)
{
	const size_t lens[SHA256_PIECES] = { **data & 7U, 2U * **data, **data & 3U };
	struct sha256_message m;

	for (unsigned i = 0; i < SHA256_PIECES; i++)
		m.piece[i] = cut(data, size, lens[i]);
	(void)cut(data, size, 1);
	return m;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sha256_message m[MESSAGES_MAX];
	struct sha256 two[MESSAGES_MAX], plain[MESSAGES_MAX];
	size_t count = 0;

	for (; count < MESSAGES_MAX && size > 0; count++)
		m[count] = cut_message(&data, &size);
	sha256d_many(m, count, two);
	sha256d_many_plain(m, count, plain);
	if (memcmp(two, plain, count * sizeof(*two)) != 0)
		abort();
	sha256d_pairs(two, count / 2, two);
	sha256d_pairs_plain(plain, count / 2, plain);
	if (memcmp(two, plain, count / 2 * sizeof(*two)) != 0)
		abort();
	return 0;
}

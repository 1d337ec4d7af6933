/* Open addressing over fingerprints: 128-bit SipHash-2-4 under a key drawn when the process starts.
 *
 * Why a fingerprint is enough: the key is secret and lives for one process, so nobody can look for
 * two scripts that share one; by chance it happens once in 2^128 pairs, and a million addresses
 * held against every output that Bitcoin ever made are less than 2^53 pairs.  And nothing is lost
 * if it did: the address that is recorded is read from the output's own script, so such an output
 * would be an unassigned deposit to a stranger's address, not money to a customer.
 *
 * Why it is no slower with a million than with ten: a line of 64 bytes, what the processor fetches
 * at once, holds four fingerprints; the table is at most 5/8 full, so that a look costs one
 * line and seldom two, and outputs whose script has a length that no watched one has cost none.
 * The fetch of one look overlaps with the hash of the next, which does not depend on it. */
#include "scannerd/watchlist.h"

#include <sodium/crypto_shorthash.h>
#include <sodium/crypto_shorthash_siphash24.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define LINE_SLOTS  4
#define LINES_FIRST 16

struct fingerprint {
	uint64_t a, b; /* both 0: an empty slot */
};

struct line {
	struct fingerprint slot[LINE_SLOTS];
} __attribute__((aligned(64)));

struct watchlist {
	struct line *lines;
	size_t line_count; /* a power of two */
	size_t count;
	uint64_t lengths; /* bit n: there is a key of n bytes */
	uint8_t key[crypto_shorthash_siphashx24_KEYBYTES];
};

_Static_assert(sizeof(struct fingerprint) == crypto_shorthash_siphashx24_BYTES, "128 bits");

static struct fingerprint fingerprint_of(const struct watchlist *w, const uint8_t *key, size_t len)
{
	struct fingerprint f;

	(void)crypto_shorthash_siphashx24((unsigned char *)&f, key, len, w->key);
	if (f.a == 0 && f.b == 0)
		f.a = 1; /* as good as any other: 0 means empty */
	return f;
}

static struct line *lines_new(size_t count)
{
	struct line *lines = aligned_alloc(sizeof(*lines), count * sizeof(*lines));

	if (lines != NULL)
		memset(lines, 0, count * sizeof(*lines));
	return lines;
}

/* The slot that holds `f`, or the empty one where it belongs. */
static struct fingerprint *slot_find(struct line *lines, size_t line_count, struct fingerprint f)
{
	for (size_t i = f.a & (line_count - 1);; i = (i + 1) & (line_count - 1)) {
		for (unsigned k = 0; k < LINE_SLOTS; k++) {
			struct fingerprint *s = &lines[i].slot[k];

			if ((s->a == f.a && s->b == f.b) || (s->a == 0 && s->b == 0))
				return s;
		}
	}
}

static bool slot_is_empty(const struct fingerprint *s)
{
	return s->a == 0 && s->b == 0;
}

static void lines_move(const struct watchlist *w, struct line *to, size_t to_count)
{
	for (size_t i = 0; i < w->line_count; i++) {
		for (unsigned k = 0; k < LINE_SLOTS; k++) {
			struct fingerprint f = w->lines[i].slot[k];

			if (!slot_is_empty(&f))
				*slot_find(to, to_count, f) = f;
		}
	}
}

/* Room for one more at a load of at most 5/8. */
static bool watchlist_reserve(struct watchlist *w)
{
	struct line *lines;

	if ((w->count + 1) * 8 <= w->line_count * LINE_SLOTS * 5)
		return true;
	lines = lines_new(2 * w->line_count);
	if (lines == NULL)
		return false;
	lines_move(w, lines, 2 * w->line_count);
	free(w->lines);
	w->lines = lines;
	w->line_count *= 2;
	return true;
}

struct watchlist *watchlist_new(void)
{
	struct watchlist *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->line_count = LINES_FIRST;
	w->lines = lines_new(LINES_FIRST);
	/* 16 bytes are never cut short, and only a kernel without getrandom would refuse. */
	if (w->lines == NULL || getrandom(w->key, sizeof(w->key), 0) != (ssize_t)sizeof(w->key)) {
		watchlist_free(w);
		return NULL;
	}
	return w;
}

void watchlist_free(struct watchlist *w)
{
	if (w == NULL)
		return;
	free(w->lines);
	free(w);
}

int watchlist_add(struct watchlist *w, const uint8_t *key, size_t len, struct err *err)
{
	struct fingerprint f, *slot;

	if (len == 0 || len > WATCHLIST_KEY_MAX)
		return err_set(err, ERR_INVALID, "a key of %zu bytes cannot be watched", len);
	if (!watchlist_reserve(w))
		return err_set(err, ERR_BUSY, "no memory to watch %zu addresses", w->count + 1);
	f = fingerprint_of(w, key, len);
	slot = slot_find(w->lines, w->line_count, f);
	if (slot_is_empty(slot))
		w->count++;
	*slot = f;
	w->lengths |= UINT64_C(1) << len;
	return 0;
}

bool watchlist_has(const struct watchlist *w, const uint8_t *key, size_t len)
{
	if (len > WATCHLIST_KEY_MAX || (w->lengths >> len & 1) == 0)
		return false;
	return !slot_is_empty(slot_find(w->lines, w->line_count, fingerprint_of(w, key, len)));
}

size_t watchlist_count(const struct watchlist *w)
{
	return w->count;
}

size_t watchlist_bytes(const struct watchlist *w)
{
	return w->line_count * sizeof(*w->lines);
}

/* Each round of SHA-256 waits for the one before it, so the SHA unit of a processor is idle for
 * more than half of the time when it works at one message: two that have nothing to do with each
 * other go through it in little more time than one.  doc/ARCHITECTURE.md has the figures, and why
 * this is not left to a library.
 *
 * The instructions want the eight words of the state as (a, b, e, f) and (c, d, g, h), the first
 * of each in the highest place; here they stay so from the first block to the last. */
#include "common/crypto/sha256_two.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#include <string.h>

#define WITH_SHA __attribute__((target("sha,sse4.1")))

static const struct sha256_state first = { { 0x9b05688c, 0x510e527f, 0xbb67ae85, 0x6a09e667,
					     0x5be0cd19, 0x1f83d9ab, 0xa54ff53a, 0x3c6ef372 } };

static const uint32_t constants[64] __attribute__((aligned(16))) = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2,
};

static bool works;

/* Once: under a hypervisor the question alone takes longer than many blocks. */
__attribute__((constructor)) static void ask_processor(void)
{
	unsigned a, b, c, d;

	works = __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_SSE4_1) != 0 &&
		__get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_SHA) != 0;
}

bool sha256_two_works(void)
{
	return works;
}

/* One of the two: its state, and the sixteen words of its schedule that count just now. */
struct half {
	__m128i abef, cdgh;
	__m128i w0, w1, w2, w3;
};

WITH_SHA static inline __m128i load_words(const uint8_t *at)
{
	const __m128i big_endian =
		_mm_set_epi64x(0x0c0d0e0f08090a0b, (long long)0x0405060700010203);

	return _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)at), big_endian);
}

WITH_SHA static inline struct half half_begin(const struct sha256_state *s, const uint8_t *block)
{
	const __m128i *words = (const __m128i *)(const void *)s->w;

	return (struct half){ .abef = _mm_load_si128(words),
			      .cdgh = _mm_load_si128(words + 1),
			      .w0 = load_words(block),
			      .w1 = load_words(block + 16),
			      .w2 = load_words(block + 32),
			      .w3 = load_words(block + 48) };
}

WITH_SHA static inline void half_end(const struct half *h, struct sha256_state *s)
{
	__m128i *words = (__m128i *)(void *)s->w;

	_mm_store_si128(words, _mm_add_epi32(_mm_load_si128(words), h->abef));
	_mm_store_si128(words + 1, _mm_add_epi32(_mm_load_si128(words + 1), h->cdgh));
}

/* Four rounds. */
WITH_SHA static inline void rounds(struct half *h, __m128i w, __m128i k)
{
	__m128i wk = _mm_add_epi32(w, k);

	h->cdgh = _mm_sha256rnds2_epu32(h->cdgh, h->abef, wk);
	h->abef = _mm_sha256rnds2_epu32(h->abef, h->cdgh, _mm_shuffle_epi32(wk, 0x0e));
}

/* The four words that follow the sixteen, whose first four they replace. */
WITH_SHA static inline __m128i next_words(__m128i w0, __m128i w1, __m128i w2, __m128i w3)
{
	__m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8(w3, w2, 4));

	return _mm_sha256msg2_epu32(sum, w3);
}

WITH_SHA static inline void schedule(struct half *h)
{
	h->w0 = next_words(h->w0, h->w1, h->w2, h->w3);
	h->w1 = next_words(h->w1, h->w2, h->w3, h->w0);
	h->w2 = next_words(h->w2, h->w3, h->w0, h->w1);
	h->w3 = next_words(h->w3, h->w0, h->w1, h->w2);
}

WITH_SHA static inline void sixteen_rounds(struct half *a, struct half *b, const __m128i *k)
{
	rounds(a, a->w0, k[0]);
	rounds(b, b->w0, k[0]);
	rounds(a, a->w1, k[1]);
	rounds(b, b->w1, k[1]);
	rounds(a, a->w2, k[2]);
	rounds(b, b->w2, k[2]);
	rounds(a, a->w3, k[3]);
	rounds(b, b->w3, k[3]);
}

WITH_SHA void sha256_two_add(struct sha256_state *a, const uint8_t block_a[SHA256_BLOCK],
			     struct sha256_state *b, const uint8_t block_b[SHA256_BLOCK])
{
	const __m128i *k = (const __m128i *)(const void *)constants;
	struct half one = half_begin(a, block_a), other = half_begin(b, block_b);

	sixteen_rounds(&one, &other, k);
	for (unsigned i = 4; i < 16; i += 4) {
		schedule(&one);
		schedule(&other);
		sixteen_rounds(&one, &other, k + i);
	}
	half_end(&one, a);
	half_end(&other, b);
}

void sha256_two_start(struct sha256_state *s)
{
	*s = first;
}

/* (d, c, b, a) and (h, g, f, e) from the lowest place on, turned round byte by byte. */
WITH_SHA struct sha256 sha256_two_end(const struct sha256_state *s)
{
	const __m128i *words = (const __m128i *)(const void *)s->w;
	const __m128i round = _mm_set_epi64x(0x0001020304050607, 0x08090a0b0c0d0e0f);
	__m128i abef = _mm_load_si128(words), cdgh = _mm_load_si128(words + 1);
	__m128i h[2] = { _mm_shuffle_epi8(_mm_unpackhi_epi64(cdgh, abef), round),
			 _mm_shuffle_epi8(_mm_unpacklo_epi64(cdgh, abef), round) };
	struct sha256 ret;

	memcpy(ret.b, h, sizeof(ret.b));
	return ret;
}

#else
#include <stdlib.h>

bool sha256_two_works(void)
{
	return false;
}

void sha256_two_start(struct sha256_state *s)
{
	(void)s;
	abort();
}

void sha256_two_add(struct sha256_state *a, const uint8_t block_a[SHA256_BLOCK],
		    struct sha256_state *b, const uint8_t block_b[SHA256_BLOCK])
{
	(void)a, (void)block_a, (void)b, (void)block_b;
	abort();
}

struct sha256 sha256_two_end(const struct sha256_state *s)
{
	(void)s;
	abort();
}
#endif

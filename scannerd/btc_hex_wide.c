/* The same as btc_hex.c with the instructions of AVX2, three times as fast: a pair of digits
 * becomes its byte by one multiplication.  May never happen: a byte of the text read beyond its
 * end. */
#include "scannerd/btc_hex.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define WITH_AVX2 __attribute__((target("avx2")))
#define LANES	  32
#define IN_ORDER  0xd8 /* packing works within halves */

bool btc_hex_wide_works(void)
{
	return __builtin_cpu_supports("avx2") != 0;
}

WITH_AVX2 static inline __m256i at_most(__m256i v, char limit)
{
	return _mm256_cmpeq_epi8(_mm256_min_epu8(v, _mm256_set1_epi8(limit)), v);
}

/* The values of 32 digits, joined two by two; lanes of *bad that are no digit are set. */
WITH_AVX2 static inline __m256i digits_join(const char *at, __m256i *bad)
{
	__m256i c = _mm256_loadu_si256((const __m256i *)(const void *)at);
	__m256i digit = _mm256_sub_epi8(c, _mm256_set1_epi8('0'));
	__m256i letter =
		_mm256_sub_epi8(_mm256_or_si256(c, _mm256_set1_epi8(0x20)), _mm256_set1_epi8('a'));
	__m256i is_digit = at_most(digit, 9), is_letter = at_most(letter, 5);
	__m256i value =
		_mm256_blendv_epi8(_mm256_add_epi8(letter, _mm256_set1_epi8(10)), digit, is_digit);

	*bad = _mm256_or_si256(*bad, _mm256_andnot_si256(_mm256_or_si256(is_digit, is_letter),
							 _mm256_set1_epi8(-1)));
	return _mm256_maddubs_epi16(value, _mm256_set1_epi16(0x0110));
}

WITH_AVX2 bool btc_hex_wide(const char *hex, size_t hex_len, uint8_t *ret)
{
	__m256i bad = _mm256_setzero_si256();

	for (size_t i = 0; i < hex_len; i += 2 * LANES, ret += LANES) {
		__m256i first = digits_join(hex + i, &bad);
		__m256i second = digits_join(hex + i + LANES, &bad);
		__m256i bytes = _mm256_packus_epi16(first, second);

		_mm256_storeu_si256((__m256i *)(void *)ret,
				    _mm256_permute4x64_epi64(bytes, IN_ORDER));
	}
	return _mm256_testz_si256(bad, bad) != 0;
}

#else
bool btc_hex_wide_works(void)
{
	return false;
}

bool btc_hex_wide(const char *hex, size_t hex_len, uint8_t *ret)
{
	(void)hex, (void)hex_len, (void)ret;
	return false;
}
#endif

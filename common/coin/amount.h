/* Amounts: a struct for each unit, so that two units cannot be mixed, and checked arithmetic.
 * `.n` is touched in common/coin only (and where a wire format is read or written). */
#ifndef TELLER_COMMON_COIN_AMOUNT_H
#define TELLER_COMMON_COIN_AMOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

/* Base units of a deposit's coin (satoshi, wei, droplet); which coin stands beside it.  128 bits,
 * because wei do not fit 64 above 18.4 ETH. */
struct units {
	unsigned __int128 n;
};
/* Millionths of a SKY. */
struct droplets {
	uint64_t n;
};
/* Whole coin hours. */
struct hours {
	uint64_t n;
};

#define UNITS_TEXT_MAX	  44 /* 39 digits, a point, NUL */
#define DROPLETS_PER_SKY  1000000U
#define DROPLETS_DECIMALS 6

static inline struct units units_of(uint64_t n)
{
	return (struct units){ .n = n };
}
static inline struct droplets droplets_of(uint64_t n)
{
	return (struct droplets){ .n = n };
}
/* As a deposit of SKY. */
static inline struct units units_of_droplets(struct droplets a)
{
	return (struct units){ .n = a.n };
}
static inline struct hours hours_of(uint64_t n)
{
	return (struct hours){ .n = n };
}

/* False on overflow or underflow; then *ret is untouched. */
bool units_add(struct units a, struct units b, struct units *ret)
	__attribute__((warn_unused_result));
bool units_sub(struct units a, struct units b, struct units *ret)
	__attribute__((warn_unused_result));
bool droplets_add(struct droplets a, struct droplets b, struct droplets *ret)
	__attribute__((warn_unused_result));
bool droplets_sub(struct droplets a, struct droplets b, struct droplets *ret)
	__attribute__((warn_unused_result));
bool hours_add(struct hours a, struct hours b, struct hours *ret)
	__attribute__((warn_unused_result));
bool hours_sub(struct hours a, struct hours b, struct hours *ret)
	__attribute__((warn_unused_result));

/* False on overflow; then *ret is untouched. */
bool droplets_times(struct droplets a, uint64_t n, struct droplets *ret)
	__attribute__((warn_unused_result));
/* How many of b are in a; b above zero. */
uint64_t droplets_over(struct droplets a, struct droplets b);
/* floor(n * a / b), UINT64_MAX when it is larger; b above zero. */
uint64_t droplets_share(uint64_t n, struct droplets a, struct droplets b);

static inline bool units_is_zero(struct units a)
{
	return a.n == 0;
}
static inline bool droplets_is_zero(struct droplets a)
{
	return a.n == 0;
}
/* <0, 0, >0 */
int units_compare(struct units a, struct units b);
int droplets_compare(struct droplets a, struct droplets b);

/* Base units as digits ("120000"), and back: digits only, below 2^128. */
void units_to_text(struct units a, char ret[UNITS_TEXT_MAX]);
bool units_from_text(const char *text, struct units *ret);
/* `len` hex digits of either case, leading zeros allowed; false: none, no hex, or 2^128 and more.
 */
bool units_from_hex(const char *digits, size_t len, struct units *ret);
/* As whole coins with exactly `decimals` places ("0.00120000"). */
void units_to_coins(struct units a, unsigned decimals, char ret[UNITS_TEXT_MAX]);

/* SKY with exactly six places, as nodes and the API write it ("12.500000"). */
void droplets_to_text(struct droplets a, char ret[UNITS_TEXT_MAX]);
/* digits[.digits{1,6}], at most 2^63-1 droplets.  ERR_INVALID with the texts of Skycoin's
 * own parser. */
int droplets_from_text(const char *text, struct droplets *ret, struct err *err);
/* Cut towards zero to `max_decimals` (0 to 6) places. */
struct droplets droplets_truncate(struct droplets a, unsigned max_decimals);

#endif

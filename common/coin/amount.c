/* Amounts are exact or refused: every sum is checked, every text is digits, nothing is rounded
 * except by droplets_truncate(), whose caller asked for it. */
#include "common/coin/amount.h"

#include <stdio.h>
#include <string.h>

#define DROPLETS_MAX ((uint64_t)INT64_MAX)

bool units_add(struct units a, struct units b, struct units *ret)
{
	unsigned __int128 n;

	if (__builtin_add_overflow(a.n, b.n, &n))
		return false;
	ret->n = n;
	return true;
}

bool units_sub(struct units a, struct units b, struct units *ret)
{
	if (a.n < b.n)
		return false;
	ret->n = a.n - b.n;
	return true;
}

bool droplets_add(struct droplets a, struct droplets b, struct droplets *ret)
{
	uint64_t n;

	if (__builtin_add_overflow(a.n, b.n, &n))
		return false;
	ret->n = n;
	return true;
}

bool droplets_sub(struct droplets a, struct droplets b, struct droplets *ret)
{
	if (a.n < b.n)
		return false;
	ret->n = a.n - b.n;
	return true;
}

bool droplets_times(struct droplets a, uint64_t n, struct droplets *ret)
{
	uint64_t product;

	if (__builtin_mul_overflow(a.n, n, &product))
		return false;
	ret->n = product;
	return true;
}

uint64_t droplets_over(struct droplets a, struct droplets b)
{
	return a.n / b.n;
}

uint64_t droplets_share(uint64_t n, struct droplets a, struct droplets b)
{
	unsigned __int128 share = (unsigned __int128)n * a.n / b.n;

	return share > UINT64_MAX ? UINT64_MAX : (uint64_t)share;
}

bool hours_add(struct hours a, struct hours b, struct hours *ret)
{
	uint64_t n;

	if (__builtin_add_overflow(a.n, b.n, &n))
		return false;
	ret->n = n;
	return true;
}

bool hours_sub(struct hours a, struct hours b, struct hours *ret)
{
	if (a.n < b.n)
		return false;
	ret->n = a.n - b.n;
	return true;
}

int units_compare(struct units a, struct units b)
{
	return (a.n > b.n) - (a.n < b.n);
}

int droplets_compare(struct droplets a, struct droplets b)
{
	return (a.n > b.n) - (a.n < b.n);
}

/* The digits of `n` with leading zeros up to `min_digits`; a point in front of the last
 * `decimals` of them, when there are any. */
static void print_fixed(unsigned __int128 n, unsigned decimals, char ret[UNITS_TEXT_MAX])
{
	char reversed[UNITS_TEXT_MAX];
	unsigned len = 0;

	for (unsigned digits = 0; n > 0 || digits <= decimals; digits++) {
		if (digits == decimals && decimals > 0)
			reversed[len++] = '.';
		reversed[len++] = (char)('0' + (int)(n % 10));
		n /= 10;
	}
	for (unsigned i = 0; i < len; i++)
		ret[i] = reversed[len - 1 - i];
	ret[len] = '\0';
}

void units_to_text(struct units a, char ret[UNITS_TEXT_MAX])
{
	print_fixed(a.n, 0, ret);
}

bool units_from_text(const char *text, struct units *ret)
{
	unsigned __int128 n = 0;

	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return false;
		if (__builtin_mul_overflow(n, 10U, &n) ||
		    __builtin_add_overflow(n, (unsigned)(*text - '0'), &n))
			return false;
	}
	ret->n = n;
	return true;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool units_from_hex(const char *digits, size_t len, struct units *ret)
{
	unsigned __int128 n = 0;

	if (len == 0)
		return false;
	for (size_t i = 0; i < len; i++) {
		int digit = hex_value(digits[i]);

		if (digit < 0 || n >> 124 != 0)
			return false;
		n = n << 4 | (unsigned)digit;
	}
	ret->n = n;
	return true;
}

void units_to_coins(struct units a, unsigned decimals, char ret[UNITS_TEXT_MAX])
{
	print_fixed(a.n, decimals, ret);
}

void droplets_to_text(struct droplets a, char ret[UNITS_TEXT_MAX])
{
	print_fixed(a.n, DROPLETS_DECIMALS, ret);
}

/* Is it digits[.digits], and how many digits stand after the point? */
static int check_decimal(const char *text, size_t *ret_decimals, struct err *err)
{
	static const char digits[] = "0123456789";
	size_t whole = strspn(text, digits);
	const char *rest = text + whole;
	size_t decimals = *rest == '.' ? strspn(rest + 1, digits) : 0;
	size_t len = *rest == '.' ? whole + 1 + decimals : whole;

	if (*rest == '.' && strchr(rest + 1, '.') != NULL)
		return err_set(err, ERR_INVALID, "can't convert %.100s to decimal: too many .s",
			       text);
	if (whole == 0 || text[len] != '\0' || (*rest == '.' && decimals == 0))
		return err_set(err, ERR_INVALID, "can't convert %.100s to decimal", text);
	*ret_decimals = decimals;
	return 0;
}

/* `text` was checked: digits and at most one point. */
static bool read_droplets(const char *text, size_t decimals, uint64_t *ret)
{
	uint64_t n = 0;

	for (; *text != '\0'; text++) {
		if (*text == '.')
			continue;
		if (__builtin_mul_overflow(n, 10U, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(*text - '0'), &n))
			return false;
	}
	for (; decimals < DROPLETS_DECIMALS; decimals++)
		if (__builtin_mul_overflow(n, 10U, &n))
			return false;
	*ret = n;
	return n <= DROPLETS_MAX;
}

int droplets_from_text(const char *text, struct droplets *ret, struct err *err)
{
	static const char failed[] = "Droplet string conversion failed";
	bool negative = text[0] == '-';
	size_t decimals = 0;
	uint64_t n;
	int rc = check_decimal(negative ? text + 1 : text, &decimals, err);

	if (rc < 0)
		return rc;
	if (negative)
		return err_set(err, ERR_INVALID, "%s: Negative balance", failed);
	if (decimals > DROPLETS_DECIMALS)
		return err_set(err, ERR_INVALID, "%s: Too many decimal places", failed);
	if (!read_droplets(text, decimals, &n))
		return err_set(err, ERR_INVALID, "%s: Value is too large", failed);
	ret->n = n;
	return 0;
}

struct droplets droplets_truncate(struct droplets a, unsigned max_decimals)
{
	uint64_t step = 1;

	for (unsigned i = max_decimals; i < DROPLETS_DECIMALS; i++)
		step *= 10;
	return droplets_of(a.n - a.n % step);
}

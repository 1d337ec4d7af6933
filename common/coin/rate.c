/* A rate is a fraction of two whole numbers and stays one: a deposit's worth is one
 * multiplication and one division of big numbers, rounded down once, at the end.
 *
 * The text is kept and read again for each use, so that what is stored with a deposit, shown and
 * applied can never be three different numbers. */
#include "common/coin/rate.h"

#include <string.h>

#include <gmp.h>

#include "common/base/text.h"

#define RATE_DIGITS_MAX 28 /* on each side of the slash */

static const char digits[] = "0123456789";

/* numerator / denominator, both whole and positive once parsed */
struct fraction {
	mpz_t num, den;
};

static void fraction_init(struct fraction *f)
{
	mpz_init(f->num);
	mpz_init(f->den);
}

static void fraction_release(struct fraction *f)
{
	mpz_clear(f->num);
	mpz_clear(f->den);
}

/* Digits of text[0..len), of which a point at `point` (len: none) is left out. */
static bool read_digits(mpz_t ret, const char *text, size_t len, size_t point)
{
	char plain[RATE_DIGITS_MAX + 1];
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (i == point)
			continue;
		if (n == RATE_DIGITS_MAX)
			return false;
		plain[n++] = text[i];
	}
	plain[n] = '\0';
	return n > 0 && mpz_set_str(ret, plain, 10) == 0;
}

/* digits/digits */
static bool read_fraction(struct fraction *f, const char *text, size_t slash)
{
	const char *den = text + slash + 1;
	size_t len = strspn(den, digits);

	return den[len] == '\0' && read_digits(f->num, text, slash, slash) &&
	       read_digits(f->den, den, len, len) && mpz_sgn(f->den) != 0;
}

/* digits or digits.digits */
static bool read_decimal(struct fraction *f, const char *text, size_t whole)
{
	size_t decimals = text[whole] == '.' ? strspn(text + whole + 1, digits) : 0;
	size_t len = text[whole] == '.' ? whole + 1 + decimals : whole;

	if (whole == 0 || text[len] != '\0' || (text[whole] == '.' && decimals == 0))
		return false;
	mpz_ui_pow_ui(f->den, 10, decimals);
	return read_digits(f->num, text, len, whole);
}

static bool fraction_parse(struct fraction *f, const char *text)
{
	size_t whole = strspn(text, digits);

	return text[whole] == '/' ? read_fraction(f, text, whole) : read_decimal(f, text, whole);
}

static int check_fraction(const char *text, struct fraction *f, struct err *err)
{
	bool negative = text[0] == '-';

	if (!fraction_parse(f, negative ? text + 1 : text))
		return err_set(err, ERR_INVALID, "can't convert %.100s to decimal", text);
	if (negative || mpz_sgn(f->num) == 0)
		return err_set(err, ERR_INVALID, "rate must be greater than zero");
	return 0;
}

int rate_parse(const char *text, struct rate *ret, struct err *err)
{
	struct fraction f;
	int rc;

	fraction_init(&f);
	rc = check_fraction(text, &f, err);
	fraction_release(&f);
	if (rc == 0 && !text_copy(ret->text, sizeof(ret->text), text))
		rc = err_set(err, ERR_INVALID, "rate has more than %d digits", RATE_DIGITS_MAX);
	return rc;
}

static void mpz_set_units(mpz_t ret, struct units value)
{
	mpz_import(ret, 1, -1, sizeof(value.n), 0, 0, &value.n);
}

/* floor(value * rate * droplets of a SKY / base units of a coin) */
static void multiply(mpz_t ret, const struct fraction *rate, enum coin coin, struct units value)
{
	mpz_t divisor;

	mpz_set_units(ret, value);
	mpz_mul(ret, ret, rate->num);
	mpz_mul_ui(ret, ret, DROPLETS_PER_SKY);
	mpz_init(divisor);
	mpz_ui_pow_ui(divisor, 10, coin_info(coin)->decimals);
	mpz_mul(divisor, divisor, rate->den);
	mpz_tdiv_q(ret, ret, divisor);
	mpz_clear(divisor);
}

int rate_apply(const struct rate *rate, enum coin coin, struct units value, unsigned max_decimals,
	       struct droplets *ret, struct err *err)
{
	struct fraction f;
	mpz_t worth;
	int rc;

	fraction_init(&f);
	mpz_init(worth);
	rc = check_fraction(rate->text, &f, err);
	if (rc < 0)
		goto out;
	multiply(worth, &f, coin, value);
	if (mpz_sizeinbase(worth, 2) > 63) {
		rc = err_set(err, ERR_INVALID,
			     "value at rate %s is more droplets than there can be", rate->text);
		goto out;
	}
	*ret = droplets_truncate(droplets_of(mpz_get_ui(worth)), max_decimals);
out:
	mpz_clear(worth);
	fraction_release(&f);
	return rc;
}

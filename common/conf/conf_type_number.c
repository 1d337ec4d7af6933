/* Numbers and durations. */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "common/base/text.h"
#include "common/conf/conf.h"
#include "common/conf/conf_type_set.h"

static bool in_range(int64_t n, const struct conf_range *range, const char **ret_complaint)
{
	if (range == NULL || (n >= range->min && n <= range->max))
		return true;
	*ret_complaint = n < range->min ? range->low : range->high;
	return false;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* TOML allows a plus and underscores between digits: 492_478. */
static bool parse_integer(const char *text, int64_t *ret)
{
	char plain[32];
	size_t n = 0;

	text += *text == '+' && text[1] != '-';
	for (const char *at = text; *at != '\0'; at++) {
		if (*at == '_' && at > text && is_digit(at[-1]) && is_digit(at[1]))
			continue;
		if (n + 1 == sizeof(plain))
			return false;
		plain[n++] = *at;
	}
	plain[n] = '\0';
	return text_to_i64(plain, INT64_MIN, INT64_MAX, ret);
}

SETTER(set_int)
{
	int64_t n;

	if (!conf_is_scalar(v) || !parse_integer(v->text, &n) || !in_range(n, range, ret_complaint))
		return false;
	*(int64_t *)place = n;
	return true;
}

static void print_int(const void *place, struct buf *out)
{
	buf_printf(out, "%" PRId64, *(const int64_t *)place);
}

SETTER(set_confirmations)
{
	if (!conf_is_scalar(v) || strcmp(v->text, "finalized") != 0)
		return set_int(place, size, v, range, ret_complaint);
	*(int64_t *)place = CONF_FINALIZED;
	return true;
}

static void print_confirmations(const void *place, struct buf *out)
{
	if (*(const int64_t *)place == CONF_FINALIZED)
		buf_puts(out, "\"finalized\"");
	else
		print_int(place, out);
}

SETTER(set_int_or_auto)
{
	if (!conf_is_scalar(v) || strcmp(v->text, "auto") != 0)
		return set_int(place, size, v, range, ret_complaint);
	*(int64_t *)place = CONF_AUTO;
	return true;
}

static void print_int_or_auto(const void *place, struct buf *out)
{
	if (*(const int64_t *)place == CONF_AUTO)
		buf_puts(out, "\"auto\"");
	else
		print_int(place, out);
}

SETTER(set_unsigned)
{
	static const struct conf_range all = { 0, UINT32_MAX, "can't be negative", "is too large" };
	int64_t n;

	if (!set_int(&n, sizeof(n), v, range != NULL ? range : &all, ret_complaint))
		return false;
	*(unsigned *)place = (unsigned)n;
	return true;
}

static void print_unsigned(const void *place, struct buf *out)
{
	buf_printf(out, "%u", *(const unsigned *)place);
}

/* --- durations ----------------------------------------------------------------------------- */
static const struct duration_unit {
	const char *name;
	int64_t ns;
} units[] = {
	{ "ns", 1 },	   { "us", 1000 },	{ "\xc2\xb5s", 1000 }, { "\xce\xbcs", 1000 },
	{ "ms", 1000000 }, { "s", 1000000000 }, { "m", 60000000000 },  { "h", 3600000000000 },
};

static const struct duration_unit *find_unit(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strlen(units[i].name) == len && memcmp(units[i].name, name, len) == 0)
			return &units[i];
	return NULL;
}

/* Digits at *at, times `scale`, added to *sum; false when there are none or it overflows. */
static bool add_whole(const char **at, int64_t scale, int64_t *sum)
{
	int64_t n = 0;

	for (; is_digit(**at); (*at)++)
		if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, **at - '0', &n))
			return false;
	return !__builtin_mul_overflow(n, scale, &n) && !__builtin_add_overflow(*sum, n, sum);
}

/* The digits behind a point; what is below a nanosecond is dropped. */
static bool add_fraction(const char **at, int64_t scale, int64_t *sum)
{
	for (; is_digit(**at); (*at)++) {
		int64_t digit = **at - '0';

		/* exact: all units but ns are multiples of ten until they run out of digits */
		if (__builtin_add_overflow(*sum, digit * (scale / 10), sum))
			return false;
		scale /= 10;
	}
	return true;
}

/* One number with its unit, such as 1.5h; *at is moved behind it. */
static bool add_part(const char **at, int64_t *sum)
{
	static const char digits[] = "0123456789";
	size_t whole = strspn(*at, digits);
	bool point = (*at)[whole] == '.';
	size_t fraction = point ? strspn(*at + whole + 1, digits) : 0;
	const char *name = *at + whole + point + fraction;
	size_t name_len = strcspn(name, ".0123456789");
	const struct duration_unit *unit = find_unit(name, name_len);
	const char *behind_point = *at + whole + 1;

	if (unit == NULL || whole + fraction == 0 || !add_whole(at, unit->ns, sum))
		return false;
	if (point && !add_fraction(&behind_point, unit->ns, sum))
		return false;
	*at = name + name_len;
	return true;
}

bool conf_duration_parse(const char *text, uint64_t *ret_ms)
{
	int64_t ns = 0;

	text += *text == '+';
	if (*text == '\0')
		return false;
	if (strcmp(text, "0") != 0)
		while (*text != '\0')
			if (!add_part(&text, &ns))
				return false;
	*ret_ms = ns > 0 && ns < 1000000 ? 1 : (uint64_t)(ns / 1000000);
	return true;
}

SETTER(set_duration)
{
	uint64_t ms;

	if (!conf_is_scalar(v) || !conf_duration_parse(v->text, &ms) ||
	    !in_range((int64_t)ms, range, ret_complaint))
		return false;
	*(uint64_t *)place = ms;
	return true;
}

SETTER(set_duration_or_seconds)
{
	int64_t seconds, ms;

	if (!conf_is_scalar(v) || !parse_integer(v->text, &seconds))
		return set_duration(place, size, v, range, ret_complaint);
	if (seconds < 0 || __builtin_mul_overflow(seconds, 1000, &ms) ||
	    !in_range(ms, range, ret_complaint))
		return false;
	*(uint64_t *)place = (uint64_t)ms;
	return true;
}

static void print_duration(const void *place, struct buf *out)
{
	static const struct {
		uint64_t ms;
		const char *name;
	} parts[] = { { 3600000, "h" }, { 60000, "m" }, { 1000, "s" }, { 1, "ms" } };
	uint64_t left = *(const uint64_t *)place;

	buf_putc(out, '"');
	if (left == 0)
		buf_puts(out, "0s");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (left >= parts[i].ms)
			buf_printf(out, "%" PRIu64 "%s", left / parts[i].ms, parts[i].name);
		left %= parts[i].ms;
	}
	buf_putc(out, '"');
}

// clang-format off
const struct conf_type
conf_int = { "int", "a whole number", false, set_int, print_int },
conf_confirmations = { "int or finalized", "a whole number, or finalized", false,
		       set_confirmations, print_confirmations },
conf_int_or_auto = { "int or auto", "a whole number, or auto", false, set_int_or_auto,
		     print_int_or_auto },
conf_unsigned = { "int", "a whole number", false, set_unsigned, print_unsigned },
conf_duration = { "duration", "a duration such as 20s or 1m30s", true,
		  set_duration, print_duration },
conf_duration_or_seconds = { "duration", "a duration such as 20s or 1m30s, or whole seconds", true,
			     set_duration_or_seconds, print_duration };

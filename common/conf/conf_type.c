#include "common/conf/conf_type.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "common/base/text.h"
#include "common/conf/conf.h"
#include "common/conf/conf_node.h"
#include "common/sandbox/sandbox_mode.h"

#define MAYBE_UNUSED __attribute__((unused))

/* Every setter has the same shape; most look neither at the range nor complain. */
#define SETTER(name)                                                                               \
	static bool name(void *place, MAYBE_UNUSED size_t size, const struct conf_value *v,        \
			 MAYBE_UNUSED const struct conf_range *range,                              \
			 MAYBE_UNUSED const char **ret_complaint)

static bool is_scalar(const struct conf_value *v)
{
	return v->kind != CONF_VALUE_LIST;
}

/* --- bool ---------------------------------------------------------------------------------- */
SETTER(set_bool)
{
	bool is_true = strcmp(v->text, "true") == 0;

	if (!is_scalar(v) || (!is_true && strcmp(v->text, "false") != 0))
		return false;
	*(bool *)place = is_true;
	return true;
}

static void print_bool(const void *place, struct buf *out)
{
	buf_puts(out, *(const bool *)place ? "true" : "false");
}

/* --- numbers ------------------------------------------------------------------------------- */
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

	if (!is_scalar(v) || !parse_integer(v->text, &n) || !in_range(n, range, ret_complaint))
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
	if (!is_scalar(v) || strcmp(v->text, "finalized") != 0)
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
	if (!is_scalar(v) || strcmp(v->text, "auto") != 0)
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

	if (!is_scalar(v) || !conf_duration_parse(v->text, &ms) ||
	    !in_range((int64_t)ms, range, ret_complaint))
		return false;
	*(uint64_t *)place = ms;
	return true;
}

SETTER(set_duration_or_seconds)
{
	int64_t seconds, ms;

	if (!is_scalar(v) || !parse_integer(v->text, &seconds))
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

/* --- text ---------------------------------------------------------------------------------- */
static bool has_control(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	return false;
}

static bool copy_text(void *place, size_t size, const char *text, const char **ret_complaint)
{
	if (text_copy(place, size, text))
		return true;
	*ret_complaint = "is too long";
	return false;
}

SETTER(set_text)
{
	return is_scalar(v) && copy_text(place, size, v->text, ret_complaint);
}

SETTER(set_path)
{
	return is_scalar(v) && !has_control(v->text) &&
	       copy_text(place, size, v->text, ret_complaint);
}

static void print_text(const void *place, struct buf *out)
{
	conf_value_quote(out, place);
}

SETTER(set_decimal)
{
	static const char digits[] = "0123456789";
	size_t whole = strspn(v->text, digits), len = whole;
	char *text = place;

	if (v->text[whole] == '.')
		len = whole + 1 + strspn(v->text + whole + 1, digits);
	if (!is_scalar(v) || whole == 0 || len == whole + 1 || v->text[len] != '\0' || len >= size)
		return false;
	memcpy(text, v->text, len + 1);
	if (len > whole) {
		while (text[len - 1] == '0')
			len--;
		len -= text[len - 1] == '.';
		text[len] = '\0';
	}
	return true;
}

SETTER(set_coins)
{
	struct conf_coins c = { .set = v->text[0] != '\0' };

	if (!is_scalar(v) || (c.set && droplets_from_text(v->text, &c.coins, NULL) < 0))
		return false;
	*(struct conf_coins *)place = c;
	return true;
}

static void print_coins(const void *place, struct buf *out)
{
	const struct conf_coins *c = place;
	char sky[UNITS_TEXT_MAX] = "";

	if (c->set)
		droplets_to_text(c->coins, sky);
	conf_value_quote(out, sky);
}

/* --- addresses ----------------------------------------------------------------------------- */
static bool is_port(const char *text, uint64_t min)
{
	uint64_t port;

	return strlen(text) <= 5 && text_to_u64(text, 65535, &port) && port >= min;
}

/* A name, an IPv4 address, or an IPv6 address in brackets. */
static bool is_host(const char *text, size_t len)
{
	static const char name[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
	static const char inside[] = "0123456789abcdefABCDEF:.%";

	if (len > 2 && text[0] == '[' && text[len - 1] == ']')
		return strspn(text + 1, inside) == len - 2;
	return strspn(text, name) == len;
}

static bool is_host_port(const char *text, size_t host_min, uint64_t port_min)
{
	const char *colon = strrchr(text, ':');
	size_t len = colon != NULL ? (size_t)(colon - text) : 0;

	return colon != NULL && len >= host_min && is_host(text, len) &&
	       is_port(colon + 1, port_min);
}

static bool is_url(const char *text)
{
	size_t scheme = strncasecmp(text, "http://", 7) == 0	? 7
			: strncasecmp(text, "https://", 8) == 0 ? 8
								: 0;

	return scheme > 0 && text[scheme] != '\0' && text[scheme] != '/' && text_is_plain(text) &&
	       strchr(text, ' ') == NULL;
}

/* An address may be empty where that means "off" or is found missing later. */
static bool set_address(void *place, size_t size, const struct conf_value *v,
			const char **ret_complaint, bool good)
{
	if (!is_scalar(v) || (!good && v->text[0] != '\0'))
		return false;
	return copy_text(place, size, v->text, ret_complaint);
}

/* Port 0 lets the system choose one: tests do. */
SETTER(set_listen)
{
	return set_address(place, size, v, ret_complaint, is_host_port(v->text, 0, 0));
}

SETTER(set_server)
{
	return set_address(place, size, v, ret_complaint,
			   is_host_port(v->text, 1, 1) || is_url(v->text));
}

SETTER(set_host)
{
	return set_address(place, size, v, ret_complaint,
			   is_host(v->text, strlen(v->text)) || is_url(v->text));
}

/* host[:port][/path] or a URL. */
SETTER(set_node)
{
	size_t host = strcspn(v->text, "/");
	char authority[256];
	bool good = is_url(v->text);

	if (!good && host < sizeof(authority) && text_is_plain(v->text) &&
	    strchr(v->text, ' ') == NULL) {
		memcpy(authority, v->text, host);
		authority[host] = '\0';
		good = host > 0 && (is_host(authority, host) || is_host_port(authority, 1, 1));
	}
	return set_address(place, size, v, ret_complaint, good);
}

static void print_node(const void *place, struct buf *out)
{
	char shown[512];

	conf_node_shown(place, shown, sizeof(shown));
	conf_value_quote(out, shown);
}

SETTER(set_port)
{
	return set_address(place, size, v, ret_complaint, is_port(v->text, 1));
}

SETTER(set_url)
{
	return set_address(place, size, v, ret_complaint, is_url(v->text));
}

/* --- lists --------------------------------------------------------------------------------- */
static bool list_add(struct conf_list *list, const char *text, size_t len,
		     const char **ret_complaint)
{
	if (list->count == CONF_LIST_MAX || len >= sizeof(list->item[0])) {
		*ret_complaint = "has too many items, or too long ones";
		return false;
	}
	memcpy(list->item[list->count], text, len);
	list->item[list->count++][len] = '\0';
	return true;
}

/* a, b: the form of an ini file */
static bool split_bare(struct conf_list *list, const char *text, const char **ret_complaint)
{
	static const char between[] = ", \t";

	for (text += strspn(text, between); *text != '\0'; text += strspn(text, between)) {
		size_t len = strcspn(text, between);

		if (!list_add(list, text, len, ret_complaint))
			return false;
		text += len;
	}
	return true;
}

static bool to_list(const struct conf_value *v, struct conf_list *ret, const char **ret_complaint)
{
	switch (v->kind) {
	case CONF_VALUE_LIST: *ret = v->list; return true;
	case CONF_VALUE_BARE: return split_bare(ret, v->text, ret_complaint);
	case CONF_VALUE_QUOTED:
		return v->text[0] == '\0' || list_add(ret, v->text, strlen(v->text), ret_complaint);
	}
	return false;
}

SETTER(set_strings)
{
	struct conf_list list = { 0 };

	if (!to_list(v, &list, ret_complaint))
		return false;
	for (unsigned i = 0; i < list.count; i++)
		if (has_control(list.item[i]))
			return false;
	*(struct conf_list *)place = list;
	return true;
}

static void print_strings(const void *place, struct buf *out)
{
	const struct conf_list *list = place;

	buf_putc(out, '[');
	for (unsigned i = 0; i < list->count; i++) {
		if (i > 0)
			buf_puts(out, ", ");
		conf_value_quote(out, list->item[i]);
	}
	buf_putc(out, ']');
}

/* A user in an URL would be shown with it: it has keys of its own. */
static bool is_plain_server(const char *text)
{
	return strchr(text, '@') == NULL && (is_host_port(text, 1, 1) || is_url(text));
}

/* Commas stand between servers in quotes, too: a scalar is what this key took at first.  None at
 * all is found missing later. */
SETTER(set_servers)
{
	struct conf_list list = { 0 };

	if (v->kind == CONF_VALUE_LIST ? !to_list(v, &list, ret_complaint)
				       : !split_bare(&list, v->text, ret_complaint))
		return false;
	for (unsigned i = 0; i < list.count; i++)
		if (!is_plain_server(list.item[i]))
			return false;
	*(struct conf_list *)place = list;
	return true;
}

/* One as a text, as it always was. */
static void print_servers(const void *place, struct buf *out)
{
	const struct conf_list *list = place;

	if (list->count == 1)
		conf_value_quote(out, list->item[0]);
	else
		print_strings(place, out);
}

/* --- choices ------------------------------------------------------------------------------- */
SETTER(set_network)
{
	return is_scalar(v) && btc_network_parse(v->text, place);
}

static void print_network(const void *place, struct buf *out)
{
	conf_value_quote(out, btc_network_name(*(const enum btc_network *)place));
}

SETTER(set_auto)
{
	bool is_auto = strcmp(v->text, "auto") == 0;

	if (!is_scalar(v) || (!is_auto && strcmp(v->text, "off") != 0))
		return false;
	*(bool *)place = is_auto;
	return true;
}

static void print_auto(const void *place, struct buf *out)
{
	conf_value_quote(out, *(const bool *)place ? "auto" : "off");
}

SETTER(set_sky_api)
{
	static const char *const names[] = { "auto", "rest", "legacy-rest", "webrpc" };

	for (size_t i = 0; is_scalar(v) && i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(v->text, names[i]) == 0)
			return copy_text(place, size, v->text, ret_complaint);
	return false;
}

SETTER(set_buy_method)
{
	if (is_scalar(v) && buy_method_parse(v->text, place))
		return true;
	*ret_complaint = "must be \"direct\" or \"passthrough\"";
	return false;
}

static void print_buy_method(const void *place, struct buf *out)
{
	conf_value_quote(out, buy_method_name(*(const enum buy_method *)place));
}

SETTER(set_sandbox)
{
	return is_scalar(v) && sandbox_mode_parse(v->text, place);
}

static void print_sandbox(const void *place, struct buf *out)
{
	conf_value_quote(out, sandbox_mode_name(*(const enum sandbox_mode *)place));
}

static bool set_ignored(void *place MAYBE_UNUSED, size_t size MAYBE_UNUSED,
			const struct conf_value *v MAYBE_UNUSED,
			const struct conf_range *range MAYBE_UNUSED,
			const char **ret_complaint MAYBE_UNUSED)
{
	return true;
}

static void print_ignored(const void *place MAYBE_UNUSED, struct buf *out MAYBE_UNUSED)
{
}

// clang-format off
const struct conf_type
conf_bool = { "bool", "true or false", false, set_bool, print_bool },
conf_auto = { "auto or off", "auto or off", true, set_auto, print_auto },
conf_int = { "int", "a whole number", false, set_int, print_int },
conf_confirmations = { "int or finalized", "a whole number, or finalized", false,
		       set_confirmations, print_confirmations },
conf_int_or_auto = { "int or auto", "a whole number, or auto", false, set_int_or_auto,
		     print_int_or_auto },
conf_unsigned = { "int", "a whole number", false, set_unsigned, print_unsigned },
conf_duration = { "duration", "a duration such as 20s or 1m30s", true,
		  set_duration, print_duration },
conf_duration_or_seconds = { "duration", "a duration such as 20s or 1m30s, or whole seconds", true,
			     set_duration_or_seconds, print_duration },
conf_text = { "text", "a text", true, set_text, print_text },
conf_path = { "path", "a path", true, set_path, print_text },
conf_decimal = { "decimal", "a decimal number such as 0.005", true, set_decimal, print_text },
conf_coins = { "SKY", "an amount of SKY such as 1500 or 0.5", true, set_coins, print_coins },
conf_rate = { "rate", "a rate such as 500, 0.5 or 1/3", true, set_text, print_text },
conf_listen = { "host:port", "host:port such as 127.0.0.1:7071", true, set_listen, print_text },
conf_server = { "host:port or URL", "host:port or a URL such as http://127.0.0.1:8334", true,
		set_server, print_text },
conf_host = { "host or URL", "a host name, an IP address or a URL", true, set_host, print_text },
conf_node = { "host, host:port or URL", "a host, host:port or a URL such as https://node.example/v1", true,
	      set_node, print_node },
conf_port = { "port", "a port from 1 to 65535", true, set_port, print_text },
conf_url = { "URL", "a URL such as https://example.com/v1/", true, set_url, print_text },
conf_strings = { "list of texts", "a list such as [\"a\", \"b\"]", false,
		 set_strings, print_strings },
conf_servers = { "host:port or URL, or a list", "host:port, a URL, or a list of them such as "
		 "[\"127.0.0.1:6420\"]; no user in them", true, set_servers, print_servers },
conf_sky_api = { "auto, rest, legacy-rest or webrpc", "auto, rest, legacy-rest or webrpc", true,
		 set_sky_api, print_text },
conf_network = { "main, test, signet or regtest", "main, test, signet or regtest", true,
		 set_network, print_network },
conf_buy_method = { "direct or passthrough", "direct or passthrough", true,
		    set_buy_method, print_buy_method },
conf_sandbox = { "auto, required or off", "auto, required or off", true,
		 set_sandbox, print_sandbox },
conf_ignored = { "ignored", "anything", true, set_ignored, print_ignored };
// clang-format on

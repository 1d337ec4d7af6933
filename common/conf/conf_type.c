/* Texts and words to choose from; numbers and addresses have files of their own. */
#include "common/conf/conf_type.h"

#include <string.h>

#include "common/base/text.h"
#include "common/conf/conf.h"
#include "common/conf/conf_type_set.h"
#include "common/sandbox/sandbox_mode.h"

bool conf_is_scalar(const struct conf_value *v)
{
	return v->kind != CONF_VALUE_LIST;
}

bool conf_has_control(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	return false;
}

bool conf_copy_text(void *place, size_t size, const char *text, const char **ret_complaint)
{
	if (text_copy(place, size, text))
		return true;
	*ret_complaint = "is too long";
	return false;
}

void conf_print_text(const void *place, struct buf *out)
{
	conf_value_quote(out, place);
}

/* --- text ---------------------------------------------------------------------------------- */
SETTER(set_text)
{
	return conf_is_scalar(v) && conf_copy_text(place, size, v->text, ret_complaint);
}

SETTER(set_path)
{
	return conf_is_scalar(v) && !conf_has_control(v->text) &&
	       conf_copy_text(place, size, v->text, ret_complaint);
}

SETTER(set_decimal)
{
	static const char digits[] = "0123456789";
	size_t whole = strspn(v->text, digits), len = whole;
	char *text = place;

	if (v->text[whole] == '.')
		len = whole + 1 + strspn(v->text + whole + 1, digits);
	if (!conf_is_scalar(v) || whole == 0 || len == whole + 1 || v->text[len] != '\0' ||
	    len >= size)
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

	if (!conf_is_scalar(v) || (c.set && droplets_from_text(v->text, &c.coins, NULL) < 0))
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

/* --- choices ------------------------------------------------------------------------------- */
SETTER(set_bool)
{
	bool is_true = strcmp(v->text, "true") == 0;

	if (!conf_is_scalar(v) || (!is_true && strcmp(v->text, "false") != 0))
		return false;
	*(bool *)place = is_true;
	return true;
}

static void print_bool(const void *place, struct buf *out)
{
	buf_puts(out, *(const bool *)place ? "true" : "false");
}

SETTER(set_network)
{
	return conf_is_scalar(v) && btc_network_parse(v->text, place);
}

static void print_network(const void *place, struct buf *out)
{
	conf_value_quote(out, btc_network_name(*(const enum btc_network *)place));
}

SETTER(set_auto)
{
	bool is_auto = strcmp(v->text, "auto") == 0;

	if (!conf_is_scalar(v) || (!is_auto && strcmp(v->text, "off") != 0))
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

	for (size_t i = 0; conf_is_scalar(v) && i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(v->text, names[i]) == 0)
			return conf_copy_text(place, size, v->text, ret_complaint);
	return false;
}

SETTER(set_buy_method)
{
	if (conf_is_scalar(v) && buy_method_parse(v->text, place))
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
	return conf_is_scalar(v) && sandbox_mode_parse(v->text, place);
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
conf_text = { "text", "a text", true, set_text, conf_print_text },
conf_path = { "path", "a path", true, set_path, conf_print_text },
conf_decimal = { "decimal", "a decimal number such as 0.005", true, set_decimal, conf_print_text },
conf_coins = { "SKY", "an amount of SKY such as 1500 or 0.5", true, set_coins, print_coins },
conf_rate = { "rate", "a rate such as 500, 0.5 or 1/3", true, set_text, conf_print_text },
conf_bool = { "bool", "true or false", false, set_bool, print_bool },
conf_auto = { "auto or off", "auto or off", true, set_auto, print_auto },
conf_sky_api = { "auto, rest, legacy-rest or webrpc", "auto, rest, legacy-rest or webrpc", true,
		 set_sky_api, conf_print_text },
conf_network = { "main, test, signet or regtest", "main, test, signet or regtest", true,
		 set_network, print_network },
conf_buy_method = { "direct or passthrough", "direct or passthrough", true,
		    set_buy_method, print_buy_method },
conf_sandbox = { "auto, required or off", "auto, required or off", true,
		 set_sandbox, print_sandbox },
conf_ignored = { "ignored", "anything", true, set_ignored, print_ignored };

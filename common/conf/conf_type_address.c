/* Addresses of servers, and lists. */
#include <string.h>

#include "common/base/text.h"
#include "common/conf/conf.h"
#include "common/conf/conf_node.h"
#include "common/conf/conf_type_set.h"

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
	if (!conf_is_scalar(v) || (!good && v->text[0] != '\0'))
		return false;
	return conf_copy_text(place, size, v->text, ret_complaint);
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
		if (conf_has_control(list.item[i]))
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

// clang-format off
const struct conf_type
conf_listen = { "host:port", "host:port such as 127.0.0.1:7071", true, set_listen, conf_print_text },
conf_server = { "host:port or URL", "host:port or a URL such as http://127.0.0.1:8334", true,
		set_server, conf_print_text },
conf_host = { "host or URL", "a host name, an IP address or a URL", true, set_host, conf_print_text },
conf_node = { "host, host:port or URL", "a host, host:port or a URL such as https://node.example/v1", true,
	      set_node, print_node },
conf_port = { "port", "a port from 1 to 65535", true, set_port, conf_print_text },
conf_url = { "URL", "a URL such as https://example.com/v1/", true, set_url, conf_print_text },
conf_strings = { "list of texts", "a list such as [\"a\", \"b\"]", false,
		 set_strings, print_strings },
conf_servers = { "host:port or URL, or a list", "host:port, a URL, or a list of them such as "
		 "[\"127.0.0.1:6420\"]; no user in them", true, set_servers, print_servers };

/* Three cases, in this order:
 *
 *   web.auto_tls_host is set        -> that name, without a port
 *   https_addr is a wildcard or     -> the host that the client asked for (it is the one name of
 *   of this machine only               ours that it knows), with the port of https_addr
 *   else                            -> https_addr as it is written
 *
 * The path goes along as it came, not decoded and encoded anew; what cannot stand in a header or
 * would end the path early is escaped. */
#include "apid/redirect.h"

#include <stdio.h>
#include <string.h>

#include "apid/host_header.h"

#define HTTPS_PORT ":443"

int redirect_status(const char *method)
{
	return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 ? 301 : 308;
}

/* --- the host -------------------------------------------------------------------------------- */

static bool starts_with(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static bool is_wildcard(const char *addr)
{
	return addr[0] == ':' || starts_with(addr, "0.0.0.0:") || starts_with(addr, "[::]:");
}

static bool is_loopback(const char *addr)
{
	return starts_with(addr, "127.") || starts_with(addr, "localhost:") ||
	       starts_with(addr, "[::1]:");
}

static const char *port_of(const char *addr)
{
	const char *port = strrchr(addr, ':');

	return port == NULL || strcmp(port, HTTPS_PORT) == 0 ? "" : port;
}

static bool put_host(const struct redirect_conf *c, const char *header, struct buf *out)
{
	char host[HOST_MAX];

	if (c->auto_tls_host[0] != '\0')
		return buf_puts(out, c->auto_tls_host);
	if (!is_wildcard(c->https_addr) && !is_loopback(c->https_addr))
		return buf_puts(out, c->https_addr);
	if (host_header_read(header, host))
		return buf_printf(out, "%s%s", host, port_of(c->https_addr));
	return is_loopback(c->https_addr) && buf_puts(out, c->https_addr);
}

/* --- the path -------------------------------------------------------------------------------- */

/* A proxy's form names scheme and host as well. */
static const char *path_of(const char *target)
{
	const char *authority = strstr(target, "://");

	if (target[0] == '/' || target[0] == '?')
		return target;
	return authority != NULL ? authority + 3 + strcspn(authority + 3, "/?") : "";
}

static bool passes(unsigned char c)
{
	return c > ' ' && c < 0x7f && strchr("\"#<>\\^`{|}", c) == NULL;
}

static void put_path(const char *path, struct buf *out)
{
	if (path[0] != '/')
		(void)buf_putc(out, '/');
	for (; *path != '\0'; path++) {
		if (passes((unsigned char)*path))
			(void)buf_putc(out, *path);
		else
			(void)buf_printf(out, "%%%02X", (unsigned char)*path);
	}
}

bool redirect_location(const struct redirect_conf *c, const char *host, const char *target,
		       struct buf *out)
{
	(void)buf_puts(out, "https://");
	if (!put_host(c, host, out))
		return false;
	put_path(path_of(target), out);
	return !out->failed;
}

/* --- the body -------------------------------------------------------------------------------- */

static void put_escaped(const char *text, struct buf *out)
{
	for (; *text != '\0'; text++) {
		switch (*text) {
		case '&': (void)buf_puts(out, "&amp;"); break;
		case '<': (void)buf_puts(out, "&lt;"); break;
		case '>': (void)buf_puts(out, "&gt;"); break;
		case '"': (void)buf_puts(out, "&#34;"); break;
		case '\'': (void)buf_puts(out, "&#39;"); break;
		default: (void)buf_putc(out, *text);
		}
	}
}

void redirect_html(const char *location, struct buf *out)
{
	(void)buf_puts(out, "<a href=\"");
	put_escaped(location, out);
	(void)buf_puts(out, "\">Moved Permanently</a>.\n\n");
}

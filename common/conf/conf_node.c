/* The parts are found once, here; what is in them was checked when the value was read. */
#include "common/conf/conf_node.h"

#include <stdio.h>
#include <string.h>

struct parts {
	const char *scheme; /* with "://"; empty: none is named */
	int scheme_len;
	const char *user; /* with '@'; empty: none */
	int user_len;
	const char *host; /* with its port */
	int host_len;
	const char *path; /* from its slash on */
};

static void split(const char *server, struct parts *p)
{
	const char *scheme_end = strstr(server, "://"), *at;

	p->scheme = server;
	p->scheme_len = scheme_end != NULL ? (int)(scheme_end + 3 - server) : 0;
	p->user = server + p->scheme_len;
	p->path = p->user + strcspn(p->user, "/?#");
	at = memrchr(p->user, '@', (size_t)(p->path - p->user));
	p->host = at != NULL ? at + 1 : p->user;
	p->user_len = (int)(p->host - p->user);
	p->host_len = (int)(p->path - p->host);
}

bool conf_node_has_port(const char *server)
{
	const char *bracket;
	struct parts p;

	split(server, &p);
	bracket = memrchr(p.host, ']', (size_t)p.host_len); /* an IPv6 address has colons */
	if (bracket != NULL)
		return bracket + 1 < p.path && bracket[1] == ':';
	return memchr(p.host, ':', (size_t)p.host_len) != NULL;
}

bool conf_node_is_whole(const char *server)
{
	return strstr(server, "://") != NULL || conf_node_has_port(server);
}

void conf_node_url(const char *server, const char *port, bool tls, char *ret, size_t size)
{
	bool add = port[0] != '\0' && !conf_node_has_port(server);
	const char *scheme = tls ? "https://" : "http://";
	struct parts p;

	split(server, &p);
	(void)snprintf(ret, size, "%.*s%s%.*s%.*s%s%s%s", p.scheme_len, p.scheme,
		       p.scheme_len > 0 ? "" : scheme, p.user_len, p.user, p.host_len, p.host,
		       add ? ":" : "", add ? port : "", p.path);
}

void conf_node_shown(const char *server, char *ret, size_t size)
{
	struct parts p;

	split(server, &p);
	(void)snprintf(ret, size, "%.*s%s%.*s%s", p.scheme_len, p.scheme,
		       p.user_len > 0 ? "<redacted>@" : "", p.host_len, p.host,
		       p.path[0] != '\0' && strcmp(p.path, "/") != 0 ? "/<redacted>" : "");
}

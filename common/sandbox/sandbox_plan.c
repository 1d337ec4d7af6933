/* What a daemon may still do, as rows.  The lists here are what the system's own libraries open
 * when a host name is looked up or a certificate is checked (glibc and GnuTLS of Debian 12). */
#include <stdlib.h>
#include <string.h>

#include "common/sandbox/sandbox.h"

#define DNS_PORT 53

static const struct {
	const char *path;
	unsigned rights;
} names_need[] = {
	{ "/etc/resolv.conf", SANDBOX_READ },
	{ "/etc/hosts", SANDBOX_READ },
	{ "/etc/nsswitch.conf", SANDBOX_READ },
	{ "/etc/host.conf", SANDBOX_READ },
	{ "/etc/gai.conf", SANDBOX_READ },
	{ "/etc/services", SANDBOX_READ },
	/* where the files behind /etc/resolv.conf are replaced again and again */
	{ "/run/systemd/resolve", SANDBOX_READ },
	{ "/run/NetworkManager", SANDBOX_READ },
	{ "/run/resolvconf", SANDBOX_READ },
	/* modules that nsswitch.conf names are loaded at the first look-up */
	{ "/etc/ld.so.cache", SANDBOX_READ },
	{ "/usr/lib", SANDBOX_READ },
	{ "/usr/lib64", SANDBOX_READ },
	{ "/lib", SANDBOX_READ },
	{ "/lib64", SANDBOX_READ },
};

static const char *const trust_needs[] = {
	"/etc/ssl/certs",
	"/usr/share/ca-certificates",
	"/usr/local/share/ca-certificates",
};

static struct sandbox_path *find_path(struct sandbox_plan *p, const char *path)
{
	for (unsigned i = 0; i < p->path_count; i++)
		if (strcmp(p->path[i].path, path) == 0)
			return &p->path[i];
	return NULL;
}

void sandbox_allow(struct sandbox_plan *p, unsigned rights, const char *path)
{
	struct sandbox_path *known = find_path(p, path);
	char *copy;

	if (known != NULL) {
		known->rights |= rights;
		return;
	}
	copy = p->path_count < SANDBOX_PATHS_MAX ? strdup(path) : NULL;
	if (copy == NULL)
		p->overflow = true;
	else
		p->path[p->path_count++] = (struct sandbox_path){ .path = copy, .rights = rights };
}

void sandbox_allow_tcp(struct sandbox_plan *p, uint16_t port)
{
	p->internet = true;
	for (unsigned i = 0; i < p->tcp_count; i++)
		if (p->tcp[i] == port)
			return;
	if (p->tcp_count == SANDBOX_PORTS_MAX)
		p->overflow = true;
	else
		p->tcp[p->tcp_count++] = port;
}

void sandbox_allow_names(struct sandbox_plan *p)
{
	if (p->names)
		return;
	p->names = true;
	for (size_t i = 0; i < sizeof(names_need) / sizeof(names_need[0]); i++)
		sandbox_allow(p, names_need[i].rights, names_need[i].path);
	sandbox_allow_tcp(p, DNS_PORT); /* answers that do not fit a datagram */
}

void sandbox_allow_trust(struct sandbox_plan *p, const char *ca_file)
{
	if (ca_file != NULL && *ca_file != '\0') {
		sandbox_allow(p, SANDBOX_READ, ca_file);
		return;
	}
	for (size_t i = 0; i < sizeof(trust_needs) / sizeof(trust_needs[0]); i++)
		sandbox_allow(p, SANDBOX_READ | SANDBOX_LIST, trust_needs[i]);
}

void sandbox_plan_release(struct sandbox_plan *p)
{
	for (unsigned i = 0; i < p->path_count; i++)
		free(p->path[i].path);
	*p = (struct sandbox_plan){ .path_count = 0 };
}

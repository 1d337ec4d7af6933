/* A node's address as an operator writes it: host[:port][/path], or a URL; its port may stand in
 * a key of its own. */
#ifndef TELLER_COMMON_CONF_CONF_NODE_H
#define TELLER_COMMON_CONF_CONF_NODE_H

#include <stdbool.h>
#include <stddef.h>

bool conf_node_has_port(const char *server);
/* Nothing is missing: it names a port, or a scheme that implies one. */
bool conf_node_is_whole(const char *server);
/* The URL; where no scheme is named http, or https when `tls`.  `port` is put in where the server
 * names none; empty: none. */
void conf_node_url(const char *server, const char *port, bool tls, char *ret, size_t size);
/* Without what may be a secret: user, password and path. */
void conf_node_shown(const char *server, char *ret, size_t size);

#endif

/* libcurl's multi interface driven by our loop: the plumbing below http_client.
 *
 * curl says which sockets it watches and when it wants to be called; here that becomes one
 * uv_poll a socket and one timer. */
#ifndef TELLER_COMMON_RPC_CURL_LOOP_H
#define TELLER_COMMON_RPC_CURL_LOOP_H

#include <curl/curl.h>

#include "common/base/err.h"
#include "common/loop/loop.h"

struct curl_loop;

/* A transfer has ended.  It is out of the multi handle already; the callee owns `easy`. */
typedef void (*curl_loop_done_fn)(void *arg, CURL *easy, CURLcode result);

int curl_loop_new(struct loop *l, unsigned max_connections, curl_loop_done_fn done, void *arg,
		  struct curl_loop **ret, struct err *err);
/* Every transfer must have been removed.  May be called from inside `done`. */
void curl_loop_free(struct curl_loop *cl);

/* Connections made with CURLOPT_CONNECT_ONLY live as long as their transfer is in the multi handle:
 * those that succeeded stay in it when they are handed out. */
void curl_loop_keep_connected(struct curl_loop *cl);

/* The transfer starts in a later turn. */
CURLMcode curl_loop_add(struct curl_loop *cl, CURL *easy);
void curl_loop_remove(struct curl_loop *cl, CURL *easy);

#endif

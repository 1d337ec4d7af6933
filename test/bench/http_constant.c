/* libmicrohttpd answering a constant, and nothing else: what apid's speed is held against.
 *
 *   http_constant PORT BYTES     the answer's body is BYTES long; prints READY */
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/text.h"

static enum MHD_Result on_request(void *response, struct MHD_Connection *c, const char *url,
				  const char *method, const char *version, const char *data,
				  size_t *size, void **state)
{
	static int begun;

	(void)url;
	(void)method;
	(void)version;
	(void)data;
	(void)size;
	if (*state == NULL) {
		*state = &begun;
		return MHD_YES;
	}
	return MHD_queue_response(c, 200, response);
}

int main(int argc, char **argv)
{
	uint64_t port = 0, bytes = 0;
	struct MHD_Response *response;
	char *body;

	if (argc != 3 || !text_to_u64(argv[1], 65535, &port) ||
	    !text_to_u64(argv[2], 1 << 20, &bytes))
		return EXIT_FAILURE;
	body = malloc(bytes + 1);
	if (body == NULL)
		return EXIT_FAILURE;
	memset(body, 'x', bytes);
	response = MHD_create_response_from_buffer(bytes, body, MHD_RESPMEM_MUST_FREE);
	(void)MHD_add_response_header(response, "Content-Type", "application/json");
	if (MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, (uint16_t)port, NULL, NULL, on_request,
			     response, MHD_OPTION_CONNECTION_LIMIT, 1024U, MHD_OPTION_END) == NULL)
		return EXIT_FAILURE;
	(void)puts("READY");
	(void)fflush(stdout);
	(void)pause();
	return EXIT_SUCCESS;
}

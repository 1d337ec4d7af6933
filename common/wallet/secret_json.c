#include "common/wallet/secret_json.h"

#include "common/keys/secret.h"

#define DEPTH_MAX 8
/* A wallet's tree is about three times its text; what needs far more is made to need it. */
#define ROOM_TIMES 16

static int no_json(struct err *err)
{
	return err_set(err, ERR_INVALID, "damaged, cut short or no JSON");
}

int secret_json_parse(const char *data, size_t len, size_t max_bytes, struct secret_json *ret,
		      struct err *err)
{
	const struct json_limits limits = { .max_bytes = max_bytes, .max_depth = DEPTH_MAX };
	size_t room = json_room(data, len);
	struct secret_json j;

	if (len > max_bytes || room > ROOM_TIMES * max_bytes)
		return no_json(err);
	j.memory = secret_alloc(room);
	if (j.memory == NULL)
		return err_set(err, ERR_FATAL,
			       "cannot lock %zu bytes of memory (raise the limit: ulimit -l)",
			       room);
	/* The parser's own text is dropped: it may quote what it could not read. */
	if (json_parse_in(data, len, &limits, j.memory, room, &j.root, NULL) < 0) {
		secret_free(j.memory);
		return no_json(err);
	}
	*ret = j;
	return 0;
}

void secret_json_free(struct secret_json *j)
{
	secret_free(j->memory);
	*j = (struct secret_json){ .root = NULL };
}

/* What both forms of a trace need: a list of moves, and a text that is an array, or null. */
#include <stdlib.h>
#include <string.h>

#include "scannerd/eth_trace_inside.h"

#define DEPTH_MAX (2 * ETH_LEVELS_MAX + 16)

bool eth_moves_room(struct eth_moves *m)
{
	size_t room = m->room > 0 ? 2 * m->room : 64;
	struct eth_move *list;

	if (m->count < m->room)
		return true;
	list = reallocarray(m->list, room, sizeof(*list));
	if (list == NULL)
		return false;
	m->list = list;
	m->room = room;
	return true;
}

void eth_moves_release(struct eth_moves *m)
{
	free(m->list);
	m->list = NULL;
	m->count = m->room = 0;
}

bool eth_trace_slice_is(const struct json_slice *s, const char *text)
{
	return strlen(text) == s->len && memcmp(text, s->text, s->len) == 0;
}

bool eth_trace_failed(struct json_pull *p, bool *ret)
{
	struct json_slice s;

	if (!json_pull_value(p, &s))
		return false;
	*ret = !eth_trace_slice_is(&s, "null") && !eth_trace_slice_is(&s, "\"\"");
	return true;
}

static int check_null(const char *json, size_t len, struct err *err)
{
	struct json_pull p;

	json_pull_init(&p, json, len, DEPTH_MAX, err);
	if (json_pull_next(&p) == JSON_NULL && json_pull_skip(&p) && json_pull_end(&p))
		return err_set(err, ERR_NOT_FOUND, "no such block");
	return 0;
}

int eth_trace_array(const char *json, size_t len, json_pull_item_fn fn, void *arg, struct err *err)
{
	struct json_pull p;
	int rc = check_null(json, len, err);

	if (rc < 0)
		return rc;
	json_pull_init(&p, json, len, DEPTH_MAX, err);
	return json_pull_array(&p, fn, arg) && json_pull_end(&p) ? 0 : ERR_INVALID;
}

/* cJSON has hooks for its allocations, the same for all documents and without an argument: so the
 * place is a static one, for as long as one document is parsed.  That is enough, for a tree is
 * never changed after it was parsed, and this program has one thread that reads JSON. */
#include "common/json/json_place.h"

#include <stdint.h>

#include <cjson/cJSON.h>

#define ALIGNMENT 16

static struct {
	unsigned char *at;
	size_t left;
} place;

static void *place_alloc(size_t size)
{
	unsigned char *p = place.at;

	if (size > SIZE_MAX - ALIGNMENT)
		return NULL;
	size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (size > place.left)
		return NULL;
	place.at += size;
	place.left -= size;
	return p;
}

/* Wiped and freed with all the rest, by whose memory it is. */
static void place_free(void *p)
{
	(void)p;
}

void json_place_begin(void *memory, size_t size)
{
	cJSON_Hooks hooks = { .malloc_fn = place_alloc, .free_fn = place_free };

	place.at = memory;
	place.left = size;
	cJSON_InitHooks(&hooks);
}

void json_place_end(void)
{
	cJSON_InitHooks(NULL);
	place.at = NULL;
	place.left = 0;
}

/* A node for every value, and at most one value more than there are brackets and commas; a copy of
 * every text, which lies between two quotes, and of every number.  What is inside a text only adds
 * to it. */
size_t json_place_room(const char *data, size_t len)
{
	const size_t node = (sizeof(cJSON) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	size_t values = 1, quotes = 0;

	for (size_t i = 0; i < len; i++) {
		values += data[i] == ',' || data[i] == '{' || data[i] == '[';
		quotes += data[i] == '"';
	}
	return values * (node + ALIGNMENT) + quotes / 2 * ALIGNMENT + len + ALIGNMENT;
}

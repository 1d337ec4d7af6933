/* A place for each of so many keys by their hash; who comes later takes the place.  A change of the
 * database makes all of them old at once. */
#include "apid/answer_cache.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/store/changes.h"

#define PLACES	 1024 /* a power of two */
#define KEY_SIZE 64
#define TEXT_MAX 4096

struct kept {
	uint64_t round; /* 0: nothing was ever kept here */
	char key[KEY_SIZE];
	struct buf text;
};

struct answer_cache {
	struct loop *loop;
	uint64_t round; /* what is of another one is old */
	uint64_t version;
	bool looked; /* in this turn */
	struct kept kept[PLACES];
};

struct answer_cache *answer_cache_new(struct loop *l)
{
	struct answer_cache *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->loop = l;
	c->round = 1;
	for (size_t i = 0; i < PLACES; i++)
		c->kept[i].text = (struct buf)BUF_INIT(TEXT_MAX);
	return c;
}

void answer_cache_free(struct answer_cache *c)
{
	if (c == NULL)
		return;
	loop_cancel_turn_end(c->loop, c);
	for (size_t i = 0; i < PLACES; i++)
		buf_release(&c->kept[i].text);
	free(c);
}

static void on_turn_end(void *arg)
{
	struct answer_cache *c = arg;

	c->looked = false;
}

/* A database that cannot be asked may have changed. */
static void look(struct answer_cache *c, struct store *s)
{
	uint64_t version = 0;
	struct err err;

	if (c->looked)
		return;
	c->looked = true;
	loop_at_turn_end(c->loop, on_turn_end, c);
	if (store_changes(s, &version, &err) < 0 || version != c->version)
		c->round++;
	c->version = version;
}

static struct kept *place_of(struct answer_cache *c, const char *key)
{
	uint64_t h = 14695981039346656037U;

	for (; *key != '\0'; key++)
		h = (h ^ (uint8_t)*key) * 1099511628211U;
	return &c->kept[(h ^ (h >> 32)) & (PLACES - 1)];
}

const struct buf *answer_cache_get(struct answer_cache *c, struct store *s, const char *key)
{
	const struct kept *k = place_of(c, key);

	look(c, s);
	return k->round == c->round && strcmp(k->key, key) == 0 ? &k->text : NULL;
}

void answer_cache_put(struct answer_cache *c, const char *key, const struct buf *text)
{
	struct kept *k = place_of(c, key);
	size_t len = strlen(key);

	if (len >= KEY_SIZE || text->failed || text->len > TEXT_MAX)
		return;
	k->round = 0;
	buf_clear(&k->text);
	if (!buf_append(&k->text, text->data, text->len))
		return;
	memcpy(k->key, key, len + 1);
	k->round = c->round;
}

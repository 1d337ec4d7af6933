/* "did you mean": the known name with the fewest letters inserted, left out or changed. */
#include <string.h>

#include "common/conf/conf_keys.h"

#define NAME_MAX_LEN 64 /* longer ones are near to nothing that we know */
#define FAR	     1000U

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Edit distance, row by row of the usual table. */
static unsigned distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned row[NAME_MAX_LEN + 1];

	if (a_len > NAME_MAX_LEN || b_len > NAME_MAX_LEN)
		return FAR;
	for (unsigned j = 0; j <= b_len; j++)
		row[j] = j;
	for (unsigned i = 1; i <= a_len; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= b_len; j++) {
			unsigned above = row[j];

			row[j] =
				least(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[b_len];
}

static const char *bare(const char *name)
{
	size_t section = conf_section_len(name);

	return section > 0 ? name + section + 1 : name;
}

/* The whole name, or the right name in the wrong section, which costs two. */
static unsigned key_distance(const char *name, const char *known)
{
	unsigned whole = distance(name, strlen(name), known, strlen(known));
	unsigned moved = strcmp(bare(name), bare(known)) == 0 ? 2 : FAR;

	return whole < moved ? whole : moved;
}

/* A third of the letters may be wrong. */
static unsigned tolerance(const char *name)
{
	return 1 + (unsigned)(strnlen(name, NAME_MAX_LEN) / 3);
}

const char *conf_nearest_key(const char *name)
{
	unsigned best = tolerance(name) + 1;
	const char *nearest = NULL;

	for (unsigned i = 0; i < conf_key_count; i++) {
		unsigned d = key_distance(name, conf_keys[i].name);

		if (d < best) {
			best = d;
			nearest = conf_keys[i].name;
		}
	}
	return nearest;
}

size_t conf_nearest_section(const char *section, const char **ret)
{
	unsigned best = tolerance(section) + 1;
	size_t nearest_len = 0;

	for (unsigned i = 0; i < conf_key_count; i++) {
		size_t len = conf_section_len(conf_keys[i].name);
		unsigned d = distance(section, strlen(section), conf_keys[i].name, len);

		if (len > 0 && d < best) {
			best = d;
			*ret = conf_keys[i].name;
			nearest_len = len;
		}
	}
	return nearest_len;
}

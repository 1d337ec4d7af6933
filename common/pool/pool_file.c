/* A pool file is right as a whole or not at all: an operator who mistyped one address shall know
 * before a customer is given the next one. */
#include "common/pool/pool_file.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/json/json.h"

#define MISTAKES_MAX   100
#define POOL_COUNT_MAX 4000000

struct parse {
	enum coin coin;
	enum btc_network network;
	const char *name;
	struct pool_file *file;
	struct buf *mistakes;
	unsigned mistake_count;
	uint32_t *line_of; /* by position in the file, to name both lines of a duplicate */
	uint32_t *slot;	   /* hash table of positions + 1 */
	size_t slot_mask;
};

static void mistake(struct parse *p, uint32_t line, const char *address, const char *why)
{
	if (p->mistake_count++ < MISTAKES_MAX)
		(void)buf_printf(p->mistakes, "%s:%" PRIu32 ": '%.96s': %s\n", p->name, line,
				 address, why);
}

static uint64_t hash_text(const char *text)
{
	uint64_t h = 14695981039346656037U; /* FNV-1a; the operator's own file is no attacker */

	for (; *text != '\0'; text++)
		h = (h ^ (uint8_t)*text) * 1099511628211U;
	return h;
}

/* Position + 1 of the same address, or 0; *ret_slot is where it belongs. */
static uint32_t find_address(const struct parse *p, const char *address, size_t *ret_slot)
{
	size_t i = hash_text(address) & p->slot_mask;

	while (p->slot[i] != 0 && strcmp(p->file->address[p->slot[i] - 1], address) != 0)
		i = (i + 1) & p->slot_mask;
	*ret_slot = i;
	return p->slot[i];
}

static bool grow_slots(struct parse *p)
{
	size_t slots = p->slot_mask == 0 ? 1024 : 2 * (p->slot_mask + 1);
	size_t at;

	free(p->slot);
	p->slot = calloc(slots, sizeof(*p->slot));
	if (p->slot == NULL)
		return false;
	p->slot_mask = slots - 1;
	for (size_t i = 0; i < p->file->count; i++) {
		(void)find_address(p, p->file->address[i], &at);
		p->slot[at] = (uint32_t)i + 1;
	}
	return true;
}

static bool grow_file(struct parse *p)
{
	size_t room = p->file->room == 0 ? 512 : 2 * p->file->room;
	void *address = reallocarray(p->file->address, room, sizeof(*p->file->address));
	void *line_of;

	if (address == NULL)
		return false;
	p->file->address = address;
	line_of = reallocarray(p->line_of, room, sizeof(*p->line_of));
	if (line_of == NULL)
		return false;
	p->line_of = line_of;
	p->file->room = room;
	return grow_slots(p);
}

static int add_address(struct parse *p, uint32_t line, const char *text, struct err *err)
{
	struct address a;
	struct err why;
	char twice[64];
	size_t at;
	uint32_t first;

	if (address_parse(p->coin, p->network, text, &a, &why) < 0) {
		mistake(p, line, text, why.text);
		return 0;
	}
	if (p->file->count == POOL_COUNT_MAX)
		return err_set(err, ERR_INVALID, "'%s' has more than %d addresses", p->name,
			       POOL_COUNT_MAX);
	if (p->file->count == p->file->room && !grow_file(p))
		return err_set(err, ERR_BUSY, "out of memory");
	assert(p->slot != NULL && p->line_of != NULL); /* grow_file() made them */
	first = find_address(p, a.text, &at);
	if (first != 0) {
		(void)snprintf(twice, sizeof(twice), "is there twice, first in line %" PRIu32,
			       p->line_of[first - 1]);
		mistake(p, line, text, twice);
		return 0;
	}
	memcpy(p->file->address[p->file->count], a.text, sizeof(a.text));
	p->line_of[p->file->count++] = line;
	p->slot[at] = (uint32_t)p->file->count;
	return 0;
}

/* One line of a .txt file, without its end. */
static int add_line(struct parse *p, uint32_t line, const char *start, size_t len, struct err *err)
{
	char word[ADDRESS_TEXT_MAX + 8];
	const char *comment = memchr(start, '#', len);
	const char *kept;
	char whole[512];

	if (comment != NULL)
		len = (size_t)(comment - start);
	if (len >= sizeof(whole) || memchr(start, '\0', len) != NULL) {
		mistake(p, line, "...", "is no address: the line is too long or binary");
		return 0;
	}
	memcpy(whole, start, len);
	whole[len] = '\0';
	kept = text_trim(whole, " \t\r", &len);
	if (len == 0)
		return 0;
	if (len >= sizeof(word)) {
		mistake(p, line, kept, "is too long for an address");
		return 0;
	}
	memcpy(word, kept, len);
	word[len] = '\0';
	return add_address(p, line, word, err);
}

static int parse_txt(struct parse *p, const char *text, size_t len, struct err *err)
{
	const char *end = text + len;
	uint32_t line = 1;
	int rc = 0;

	for (; rc == 0 && text < end; line++) {
		const char *eol = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((eol != NULL ? eol : end) - text);

		rc = add_line(p, line, text, n, err);
		text += n + 1;
	}
	return rc;
}

static const struct json *json_list(const struct parse *p, const struct json *root)
{
	char key[32];

	if (json_type(root) == JSON_ARRAY)
		return root;
	(void)snprintf(key, sizeof(key), "%s_addresses", coin_info(p->coin)->key);
	return json_get(root, key);
}

static int parse_json(struct parse *p, const char *text, size_t len, struct err *err)
{
	struct json_limits limits = { .max_bytes = POOL_FILE_MAX, .max_depth = 3 };
	const struct json *list, *item;
	struct json *root = NULL;
	uint32_t place = 1; /* JSON has no lines worth naming: the place in the list is told */
	int rc = json_parse(text, len, &limits, &root, err);

	if (rc < 0)
		return err_wrap(err, "'%s'", p->name);
	list = json_list(p, root);
	if (list == NULL || json_type(list) != JSON_ARRAY)
		rc = err_set(err, ERR_INVALID,
			     "'%s' has no list \"%s_addresses\" of deposit addresses", p->name,
			     coin_info(p->coin)->key);
	for (item = rc == 0 ? json_first(list) : NULL; rc == 0 && item != NULL;
	     item = json_next(item), place++) {
		if (json_string(item) == NULL)
			mistake(p, place, "...", "is no text");
		else
			rc = add_address(p, place, json_string(item), err);
	}
	json_free(root);
	return rc;
}

int pool_file_parse(enum coin coin, enum btc_network network, const char *name, const char *text,
		    size_t len, bool json, struct pool_file *ret, struct buf *mistakes,
		    struct err *err)
{
	struct parse p = {
		.coin = coin, .network = network, .name = name, .file = ret, .mistakes = mistakes
	};
	int rc;

	*ret = (struct pool_file){ .address = NULL };
	rc = json ? parse_json(&p, text, len, err) : parse_txt(&p, text, len, err);
	free(p.line_of);
	free(p.slot);
	if (rc == 0 && p.mistake_count > 0)
		rc = err_set(err, ERR_INVALID, "'%s' has %u mistake%s, the first: %.*s", name,
			     p.mistake_count, p.mistake_count == 1 ? "" : "s",
			     (int)strcspn(buf_text(mistakes), "\n"), buf_text(mistakes));
	return rc;
}

void pool_file_release(struct pool_file *f)
{
	free(f->address);
	*f = (struct pool_file){ .address = NULL };
}

bool pool_file_is_json(const char *path)
{
	size_t n = strlen(path);

	return n > 5 && text_equal_nocase(path + n - 5, ".json");
}

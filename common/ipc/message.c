/* The codec.  The list in messages.h becomes a table of fields here, and one encoder and one
 * decoder walk that table: adding a message adds no code, adding a kind of field adds a case.
 *
 * The decoder reads what another process sent.  It relies on common/json for well-formedness and
 * depth, checks presence, type and range of each field, and copies into fixed arrays.  It may
 * never leave a half-filled message behind that its caller would have to release. */
#include "common/ipc/message.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/text.h"
#include "common/ipc/frame.h"
#include "common/json/json.h"
#include "common/json/utf8.h"

#define TEXT_FIELD_MAX 512 /* of the longest kind */

enum field_kind {
	KIND_U64,
	KIND_I64,
	KIND_U32,
	KIND_BOOL,
	KIND_COIN,
	KIND_UNITS,
	KIND_DROPLETS,
	KIND_HOURS,
	KIND_ADDRESS,
	KIND_TXID,
	KIND_NAME,
	KIND_TEXT,
	KIND_JSON,
};

static const char *const kind_names[] = {
	[KIND_U64] = "U64",	      [KIND_I64] = "I64",     [KIND_U32] = "U32",
	[KIND_BOOL] = "BOOL",	      [KIND_COIN] = "COIN",   [KIND_UNITS] = "UNITS",
	[KIND_DROPLETS] = "DROPLETS", [KIND_HOURS] = "HOURS", [KIND_ADDRESS] = "ADDRESS",
	[KIND_TXID] = "TXID",	      [KIND_NAME] = "NAME",   [KIND_TEXT] = "TEXT",
	[KIND_JSON] = "JSON",
};

struct field {
	const char *name;
	enum field_kind kind;
	size_t offset; /* in the message's struct */
	size_t size;
	const char *meaning;
};

struct row {
	const char *name;
	const struct field *fields;
	size_t field_count;
	unsigned askers, answerers;
	enum message_type reply;
};

#define FIELD_ROW(S, K, f, m)                                                                      \
	{ .name = #f,                                                                              \
	  .kind = KIND_##K,                                                                        \
	  .offset = offsetof(struct msg_##S, f),                                                   \
	  .size = sizeof(((struct msg_##S *)0)->f),                                                \
	  .meaning = (m) },
#define FIELD_TABLE(name, FIELDS, askers, answerers, reply)                                        \
	static const struct field fields_##name[] = { FIELDS(FIELD_ROW, name) };
MESSAGES(FIELD_TABLE)

#define MESSAGE_ROW(n, FIELDS, who_asks, who_answers, answer)                                      \
	[MSG_TYPE_##n] = { .name = #n,                                                             \
			   .fields = fields_##n,                                                   \
			   .field_count = sizeof(fields_##n) / sizeof(fields_##n[0]),              \
			   .askers = (who_asks),                                                   \
			   .answerers = (who_answers),                                             \
			   .reply = MSG_TYPE_##answer },
static const struct row rows[MSG_TYPE_COUNT] = { [MSG_TYPE_none] = { .name = "none" },
						 MESSAGES(MESSAGE_ROW) };

/* --- the list, asked ------------------------------------------------------------------------ */

const char *message_name(enum message_type type)
{
	return rows[type].name;
}

unsigned message_askers(enum message_type type)
{
	return rows[type].askers;
}

unsigned message_answerers(enum message_type type)
{
	return rows[type].answerers;
}

enum message_type message_reply(enum message_type type)
{
	return rows[type].reply;
}

/* "error" has a form of its own on the wire and is no type there. */
static enum message_type message_type_parse(const char *name)
{
	for (int t = MSG_TYPE_none + 1; t < MSG_TYPE_COUNT; t++)
		if (t != MSG_TYPE_error && strcmp(rows[t].name, name) == 0)
			return (enum message_type)t;
	return MSG_TYPE_none;
}

static const struct {
	enum ipc_role role;
	const char *name;
} roles[] = {
	{ IPC_SCANNERD, "scannerd" }, { IPC_EXCHANGERD, "exchangerd" }, { IPC_SENDERD, "senderd" },
	{ IPC_APID, "apid" },	      { IPC_TELLERCTL, "tellerctl" },
};
#define ROLE_COUNT (sizeof(roles) / sizeof(roles[0]))

unsigned ipc_role_parse(const char *name)
{
	for (size_t i = 0; i < ROLE_COUNT; i++)
		if (strcmp(roles[i].name, name) == 0)
			return roles[i].role;
	return 0;
}

const char *ipc_role_name(unsigned role)
{
	for (size_t i = 0; i < ROLE_COUNT; i++)
		if (roles[i].role == role)
			return roles[i].name;
	return NULL;
}

/* --- encoding ------------------------------------------------------------------------------- */

static void put_u64_text(struct json_writer *w, uint64_t n)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRIu64, n);
	json_write_string(w, text);
}

static void put_i64_text(struct json_writer *w, int64_t n)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRId64, n);
	json_write_string(w, text);
}

static void put_units(struct json_writer *w, const struct units *units)
{
	char text[UNITS_TEXT_MAX];

	units_to_text(*units, text);
	json_write_string(w, text);
}

/* Bytes that are no UTF-8 (a text that was cut inside a character) become '?': U+FFFD, which the
 * writer would put there, is longer, and the peer refuses what has outgrown its field. */
static void put_text(struct json_writer *w, const struct field *f, const char *text)
{
	char clean[TEXT_FIELD_MAX];
	size_t len = strnlen(text, f->size - 1);

	memcpy(clean, text, len);
	clean[len] = '\0';
	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_char_len((const unsigned char *)clean + i, len - i);
		if (n == 0) {
			clean[i] = '?';
			n = 1;
		}
	}
	json_write_string(w, clean);
}

/* What does not parse was made by this process, perhaps cut at some limit of its own: the peer
 * gets null, and the log says whose mistake it is. */
static void put_json(struct json_writer *w, const struct field *f, const char *text)
{
	if (text != NULL && text[0] != '\0') {
		if (json_write_json(w, text, strlen(text)))
			return;
		log_warn("ipc_bad_json", "field=%s bytes=%zu", f->name, strlen(text));
	}
	json_write_null(w);
}

static void put_field(struct json_writer *w, const struct field *f, const void *at)
{
	json_write_key(w, f->name);
	switch (f->kind) {
	case KIND_U64: put_u64_text(w, *(const uint64_t *)at); break;
	case KIND_I64: put_i64_text(w, *(const int64_t *)at); break;
	case KIND_U32: json_write_u64(w, *(const uint32_t *)at); break;
	case KIND_BOOL: json_write_bool(w, *(const bool *)at); break;
	case KIND_COIN: json_write_string(w, coin_name(*(const enum coin *)at)); break;
	case KIND_UNITS: put_units(w, at); break;
	case KIND_DROPLETS: put_u64_text(w, ((const struct droplets *)at)->n); break;
	case KIND_HOURS: put_u64_text(w, ((const struct hours *)at)->n); break;
	case KIND_ADDRESS:
	case KIND_TXID:
	case KIND_NAME:
	case KIND_TEXT: put_text(w, f, at); break;
	case KIND_JSON: put_json(w, f, *(char *const *)at); break;
	}
}

static void put_fields(struct json_writer *w, const struct message *m)
{
	const struct row *row = &rows[m->type];

	for (size_t i = 0; i < row->field_count; i++)
		put_field(w, &row->fields[i], (const char *)&m->u + row->fields[i].offset);
}

void message_encode(const struct message *m, const struct envelope *env, struct buf *out)
{
	struct json_writer w;

	json_writer_init(&w, out, JSON_COMPACT);
	json_begin_object(&w);
	json_put_u64(&w, env->is_reply ? "re" : "id", env->id);
	if (m->type == MSG_TYPE_error) {
		json_write_key(&w, "error");
		json_begin_object(&w);
		put_fields(&w, m);
		json_end_object(&w);
	} else {
		json_put_string(&w, "type", message_name(m->type));
		put_fields(&w, m);
	}
	json_end_object(&w);
}

/* --- decoding ------------------------------------------------------------------------------- */

static int bad_field(const struct field *f, const char *wanted, struct err *err)
{
	return err_set(err, ERR_INVALID, "field '%s' is no %s", f->name, wanted);
}

static int get_u64_text(const char *text, const struct field *f, uint64_t *to, struct err *err)
{
	return text_to_u64(text, UINT64_MAX, to) ? 0 : bad_field(f, "64-bit integer", err);
}

static int get_i64_text(const char *text, const struct field *f, int64_t *to, struct err *err)
{
	return text_to_i64(text, -INT64_MAX, INT64_MAX, to) ? 0
							    : bad_field(f, "64-bit integer", err);
}

static int get_text(const char *text, const struct field *f, char *to, struct err *err)
{
	if (!text_copy(to, f->size, text))
		return err_set(err, ERR_INVALID, "field '%s' is longer than %zu bytes", f->name,
			       f->size - 1);
	return 0;
}

static int get_u32(const struct json *j, const struct field *f, uint32_t *to, struct err *err)
{
	uint64_t n;

	if (json_type(j) != JSON_NUMBER || !json_value_u64(j, &n) || n > UINT32_MAX)
		return bad_field(f, "integer from 0 to 4294967295", err);
	*to = (uint32_t)n;
	return 0;
}

static int get_bool(const struct json *j, const struct field *f, bool *to, struct err *err)
{
	if (json_type(j) != JSON_BOOL)
		return bad_field(f, "bool", err);
	*to = json_is_true(j);
	return 0;
}

static int get_json(const struct json *j, const struct field *f, char **to, struct err *err)
{
	struct buf text = BUF_INIT(FRAME_MAX);

	if (json_type(j) == JSON_NULL)
		return 0; /* NULL already */
	json_print(j, &text);
	if (text.failed) {
		buf_release(&text);
		return err_set(err, ERR_INVALID, "field '%s' is too large", f->name);
	}
	*to = text.data;
	return 0;
}

/* The kinds that travel as strings. */
static int get_string(const char *text, const struct field *f, void *at, struct err *err)
{
	switch (f->kind) {
	case KIND_U64: return get_u64_text(text, f, at, err);
	case KIND_DROPLETS: return get_u64_text(text, f, &((struct droplets *)at)->n, err);
	case KIND_HOURS: return get_u64_text(text, f, &((struct hours *)at)->n, err);
	case KIND_I64: return get_i64_text(text, f, at, err);
	case KIND_COIN: return coin_parse(text, at) ? 0 : bad_field(f, "coin", err);
	case KIND_UNITS: return units_from_text(text, at) ? 0 : bad_field(f, "amount", err);
	case KIND_ADDRESS:
	case KIND_TXID:
	case KIND_NAME:
	case KIND_TEXT: return get_text(text, f, at, err);
	case KIND_U32:
	case KIND_BOOL:
	case KIND_JSON: break;
	}
	return bad_field(f, kind_names[f->kind], err);
}

static int get_field(const struct json *j, const struct field *f, void *at, struct err *err)
{
	const char *text;

	if (f->kind == KIND_U32)
		return get_u32(j, f, at, err);
	if (f->kind == KIND_BOOL)
		return get_bool(j, f, at, err);
	if (f->kind == KIND_JSON)
		return get_json(j, f, at, err);
	text = json_string(j);
	return text != NULL ? get_string(text, f, at, err) : bad_field(f, "string", err);
}

static int get_fields(const struct json *object, struct message *m, struct err *err)
{
	const struct row *row = &rows[m->type];

	for (size_t i = 0; i < row->field_count; i++) {
		const struct field *f = &row->fields[i];
		const struct json *j = json_get(object, f->name);
		int rc = j != NULL ? get_field(j, f, (char *)&m->u + f->offset, err)
				   : err_set(err, ERR_INVALID, "field '%s' is missing", f->name);

		if (rc < 0)
			return err_wrap(err, "%s", row->name);
	}
	return 0;
}

/* "id" or "re", not both. */
static int get_envelope(const struct json *root, struct envelope *env, struct err *err)
{
	static const struct field id = { .name = "id" }, re = { .name = "re" };
	const struct json *ask = json_get(root, "id"), *reply = json_get(root, "re");

	if ((ask == NULL) == (reply == NULL))
		return err_set(err, ERR_INVALID, "one of 'id' and 're' is needed");
	env->is_reply = reply != NULL;
	return ask != NULL ? get_u32(ask, &id, &env->id, err) : get_u32(reply, &re, &env->id, err);
}

static int get_error(const struct json *root, const struct envelope *env, struct message *m,
		     struct err *err)
{
	const struct json *error;
	int rc = json_get_object(root, "error", &error, err);

	if (rc < 0)
		return err_set(err, ERR_INVALID, "neither 'type' nor 'error'");
	if (!env->is_reply)
		return err_set(err, ERR_INVALID, "an error must be an answer");
	m->type = MSG_TYPE_error;
	return get_fields(error, m, err);
}

static int get_message(const struct json *root, struct message *m, struct envelope *env,
		       struct err *err)
{
	const char *type;
	int rc = get_envelope(root, env, err);

	if (rc < 0)
		return rc;
	if (json_get(root, "type") == NULL)
		return get_error(root, env, m, err);
	rc = json_get_string(root, "type", &type, err);
	if (rc < 0)
		return rc;
	m->type = message_type_parse(type);
	if (m->type == MSG_TYPE_none)
		return err_set(err, ERR_INVALID, "unknown message type '%.32s'", type);
	return get_fields(root, m, err);
}

int message_decode(const char *data, size_t len, struct message *m, struct envelope *env,
		   struct err *err)
{
	static const struct json_limits limits = { .max_bytes = FRAME_MAX,
						   .max_depth = JSON_WRITER_DEPTH_MAX };
	struct json *root;
	int rc = json_parse(data, len, &limits, &root, err);

	if (rc < 0)
		return rc;
	memset(m, 0, sizeof(*m));
	memset(env, 0, sizeof(*env));
	if (json_type(root) != JSON_OBJECT)
		rc = err_set(err, ERR_INVALID, "a message must be an object");
	else
		rc = get_message(root, m, env, err);
	if (rc < 0)
		message_release(m);
	json_free(root);
	return rc;
}

void message_release(struct message *m)
{
	const struct row *row = &rows[m->type];

	for (size_t i = 0; i < row->field_count; i++) {
		char **text = (char **)((char *)&m->u + row->fields[i].offset);

		if (row->fields[i].kind != KIND_JSON)
			continue;
		free(*text);
		*text = NULL;
	}
}

/* --- the list, printed ---------------------------------------------------------------------- */

static void print_roles(struct buf *out, unsigned bits)
{
	const char *separator = "";

	for (size_t i = 0; i < ROLE_COUNT; i++) {
		if ((bits & roles[i].role) == 0)
			continue;
		(void)buf_printf(out, "%s%s", separator, roles[i].name);
		separator = ", ";
	}
}

static void print_who(struct buf *out, const struct row *row)
{
	if (row->askers == 0) {
		(void)buf_puts(out, "An answer, never asked.");
		return;
	}
	(void)buf_puts(out, "Asked by: ");
	print_roles(out, row->askers);
	(void)buf_puts(out, ". Answered by: ");
	print_roles(out, row->answerers);
	(void)buf_printf(out, "; with `%s`.", rows[row->reply].name);
}

static void print_row(struct buf *out, const struct row *row)
{
	(void)buf_printf(out, "\n## %s\n\n", row->name);
	print_who(out, row);
	(void)buf_puts(out, "\n\n| field | kind | meaning |\n| --- | --- | --- |\n");
	for (size_t i = 0; i < row->field_count; i++)
		(void)buf_printf(out, "| `%s` | %s | %s |\n", row->fields[i].name,
				 kind_names[row->fields[i].kind], row->fields[i].meaning);
}

static const char protocol_head[] =
	"# The protocol between the daemons\n"
	"\n"
	"Printed from the list in common/ipc/messages.h; do not edit.  Protocol number: %u.\n"
	"\n"
	"A daemon listens on a Unix socket in the run directory.  A frame is a 4-byte big-endian\n"
	"length and a JSON object of at most %u bytes.  The asker's first frame is `hello`, and "
	"the\n"
	"answer to it is the other side's `hello`.\n"
	"\n"
	"    ask:    {\"id\": 7, \"type\": \"bind\", ...}\n"
	"    answer: {\"re\": 7, \"type\": \"bind_reply\", ...}\n"
	"        or: {\"re\": 7, \"error\": {\"code\": \"limit\", \"message\": \"...\"}}\n"
	"\n"
	"Every field must be there; unknown ones are ignored.  `id` is 0 for `hello` only.  What "
	"is\n"
	"malformed, too large, of an unknown type or forbidden to its asker closes the "
	"connection.\n"
	"\n"
	"| kind | in JSON |\n"
	"| --- | --- |\n"
	"| U64, DROPLETS, HOURS | string of decimal digits, below 2^64 |\n"
	"| I64 | string of decimal digits, `-` allowed, magnitude below 2^63 |\n"
	"| UNITS | string of decimal digits, below 2^128 |\n"
	"| U32 | number, below 2^32 |\n"
	"| BOOL | `true`, `false` |\n"
	"| COIN | `\"BTC\"`, `\"ETH\"`, `\"SKY\"` |\n"
	"| ADDRESS, TXID, NAME, TEXT | string of at most 95, 128, 47, 511 bytes |\n"
	"| JSON | any value |\n";

void message_list_print(struct buf *out)
{
	(void)buf_printf(out, protocol_head, IPC_PROTOCOL, FRAME_MAX);
	for (int t = MSG_TYPE_none + 1; t < MSG_TYPE_COUNT; t++)
		print_row(out, &rows[t]);
}

/* FNV-1a: enough to notice a change. */
static uint32_t digest_text(uint32_t h, const char *text)
{
	for (;; text++) {
		h = (h ^ (uint8_t)*text) * 16777619U;
		if (*text == '\0')
			return h;
	}
}

/* Everything that the other side must agree to; meanings may be reworded. */
uint32_t message_list_digest(void)
{
	uint32_t h = 2166136261U;

	for (int t = MSG_TYPE_none + 1; t < MSG_TYPE_COUNT; t++) {
		const struct row *row = &rows[t];
		char who[32];

		(void)snprintf(who, sizeof(who), "%u %u", row->askers, row->answerers);
		h = digest_text(h, row->name);
		h = digest_text(h, who);
		h = digest_text(h, rows[row->reply].name);
		for (size_t i = 0; i < row->field_count; i++) {
			h = digest_text(h, row->fields[i].name);
			h = digest_text(h, kind_names[row->fields[i].kind]);
		}
	}
	return h;
}

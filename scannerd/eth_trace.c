/* May never happen: value counted that did not move.  A call that fails undoes all that happened
 * within it, also calls that themselves succeeded; so in callTracer's tree what was found below a
 * failed call is thrown away, and in the flat list what lies below a failed path is passed over,
 * which is why that list must be in order: a parent first, then its children.
 *
 * Which kinds of call move value: CALL, CREATE, CREATE2, SELFDESTRUCT.  DELEGATECALL and CALLCODE
 * show a value that stays where it is. */
#include "scannerd/eth_trace.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LEVELS_MAX 1024 /* Ethereum's own limit for calls within calls */
#define DEPTH_MAX  (2 * LEVELS_MAX + 16)
#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))

/* --- moves --------------------------------------------------------------------------------- */

static bool room_for_move(struct eth_moves *m)
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

static bool slice_is(const struct json_slice *s, const char *text)
{
	return strlen(text) == s->len && memcmp(text, s->text, s->len) == 0;
}

/* --- callTracer: a tree for each transaction ------------------------------------------------ */

struct calls_reading {
	const struct eth_block *block;
	struct eth_moves moves;
	uint32_t tx;
	unsigned level;
};

/* One call of the tree. */
struct call {
	struct calls_reading *r;
	struct json_slice type;
	uint8_t to[20];
	bool has_to, failed;
	struct units value;
};

static bool call_type(void *arg, struct json_pull *p)
{
	return json_pull_text(p, &((struct call *)arg)->type);
}

static bool call_to(void *arg, struct json_pull *p)
{
	struct call *c = arg;
	struct json_slice s;

	if (json_pull_next(p) == JSON_NULL)
		return json_pull_skip(p);
	c->has_to = true;
	return json_pull_text(p, &s) &&
	       (eth_data(&s, c->to, sizeof(c->to)) || json_pull_fail(p, "to is no address"));
}

static bool call_value(void *arg, struct json_pull *p)
{
	struct call *c = arg;
	struct json_slice s;

	if (json_pull_next(p) == JSON_NULL)
		return json_pull_skip(p);
	return json_pull_text(p, &s) &&
	       (eth_units(&s, &c->value) ||
		json_pull_fail(p, "value is no number of wei that can be"));
}

/* Whatever it says, but for null and "". */
static bool read_failed(struct json_pull *p, bool *ret)
{
	struct json_slice s;

	if (!json_pull_value(p, &s))
		return false;
	*ret = !slice_is(&s, "null") && !slice_is(&s, "\"\"");
	return true;
}

static bool call_error(void *arg, struct json_pull *p)
{
	return read_failed(p, &((struct call *)arg)->failed);
}

static bool read_call(void *arg, struct json_pull *p);

static bool call_calls(void *arg, struct json_pull *p)
{
	struct call *c = arg;

	if (json_pull_next(p) == JSON_NULL)
		return json_pull_skip(p);
	return json_pull_array(p, read_call, c->r);
}

static const struct json_pull_field call_fields[] = {
	{ "type", call_type },	 { "to", call_to },	  { "value", call_value },
	{ "error", call_error }, { "calls", call_calls },
};

static bool call_moves_value(const struct call *c)
{
	return c->has_to && !units_is_zero(c->value) &&
	       (slice_is(&c->type, "CALL") || slice_is(&c->type, "CREATE") ||
		slice_is(&c->type, "CREATE2") || slice_is(&c->type, "SELFDESTRUCT"));
}

/* A place is kept before its children are read, so that the order is that of execution; it stays
 * without value where there is none. */
static bool read_call(void *arg, struct json_pull *p)
{
	struct calls_reading *r = arg;
	struct call c = { .r = r, .type = { "", 0 } };
	size_t at = r->moves.count;
	unsigned seen = 0;

	if (r->level++ > LEVELS_MAX || !room_for_move(&r->moves))
		return json_pull_fail(p, "more calls than fit");
	r->moves.list[r->moves.count++] = (struct eth_move){ .tx = r->tx };
	if (!json_pull_fields(p, call_fields, COUNT(call_fields), &c, &seen))
		return false;
	if ((seen & 1U) == 0)
		return json_pull_fail(p, "call lacks its type");
	r->level--;
	if (c.failed) {
		r->moves.count = at;
	} else if (r->level > 0 && call_moves_value(&c)) { /* the first is the transaction itself */
		memcpy(r->moves.list[at].to, c.to, sizeof(c.to));
		r->moves.list[at].value = c.value;
	}
	return true;
}

static bool traced_result(void *arg, struct json_pull *p)
{
	return read_call(arg, p);
}

static bool traced_hash(void *arg, struct json_pull *p)
{
	const struct calls_reading *r = arg;
	struct eth_hash hash;
	struct json_slice s;

	if (!json_pull_text(p, &s))
		return false;
	return (eth_data(&s, hash.b, sizeof(hash.b)) &&
		eth_hash_equal(&hash, &r->block->txs[r->tx].hash)) ||
	       json_pull_fail(p, "trace is of another transaction");
}

/* Old versions of geth leave the hash out: the place says it as well. */
static bool read_traced(void *arg, struct json_pull *p)
{
	static const struct json_pull_field fields[] = {
		{ "result", traced_result },
		{ "txHash", traced_hash },
	};
	struct calls_reading *r = arg;
	unsigned seen = 0;

	if (r->tx >= r->block->tx_count)
		return json_pull_fail(p, "more traces than transactions");
	if (!json_pull_fields(p, fields, COUNT(fields), r, &seen))
		return false;
	if ((seen & 1U) == 0)
		return json_pull_fail(p, "transaction was not traced");
	r->tx++;
	return true;
}

static void drop_places_without_value(struct eth_moves *m)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->count; i++)
		if (!units_is_zero(m->list[i].value))
			m->list[kept++] = m->list[i];
	m->count = kept;
}

static int check_null(const char *json, size_t len, struct err *err)
{
	struct json_pull p;

	json_pull_init(&p, json, len, DEPTH_MAX, err);
	if (json_pull_next(&p) == JSON_NULL && json_pull_skip(&p) && json_pull_end(&p))
		return err_set(err, ERR_NOT_FOUND, "no such block");
	return 0;
}

static int read_array(const char *json, size_t len, json_pull_item_fn fn, void *arg,
		      struct err *err)
{
	struct json_pull p;
	int rc = check_null(json, len, err);

	if (rc < 0)
		return rc;
	json_pull_init(&p, json, len, DEPTH_MAX, err);
	return json_pull_array(&p, fn, arg) && json_pull_end(&p) ? 0 : ERR_INVALID;
}

int eth_trace_calls(const char *json, size_t len, const struct eth_block *b, struct eth_moves *ret,
		    struct err *err)
{
	struct calls_reading r = { .block = b };
	int rc = read_array(json, len, read_traced, &r, err);

	if (rc == 0 && r.tx != b->tx_count)
		rc = err_set(err, ERR_INVALID, "%u traces for %zu transactions", r.tx, b->tx_count);
	if (rc < 0) {
		eth_moves_release(&r.moves);
		return rc;
	}
	drop_places_without_value(&r.moves);
	*ret = r.moves;
	return 0;
}

/* --- trace_block: one list -------------------------------------------------------------------- */

struct path {
	unsigned len;
	uint32_t step[LEVELS_MAX];
};

struct flat_reading {
	const struct eth_block *block;
	struct eth_moves moves;
	struct path path;   /* of the entry that is being read */
	uint64_t txs;	    /* transactions that were begun; of the last one: */
	struct path last;   /* the entry before */
	bool has_failed;    /* one did, at */
	struct path failed; /* this path */
};

/* One entry. */
struct entry {
	struct json_slice type, call_type;
	struct json_slice to, refund; /* addresses; empty: not told */
	struct json_slice created;
	struct json_slice value, balance;
	struct eth_hash block, tx_hash;
	uint64_t position;
	bool has_position, failed;
	struct path *path;
};

static bool text_or_null(struct json_pull *p, struct json_slice *ret)
{
	if (json_pull_next(p) == JSON_NULL)
		return json_pull_skip(p);
	return json_pull_text(p, ret);
}

#define TEXT_READER(name, member)                                                                  \
	static bool name(void *arg, struct json_pull *p)                                           \
	{                                                                                          \
		return text_or_null(p, &((struct entry *)arg)->member);                            \
	}
TEXT_READER(action_call_type, call_type)
TEXT_READER(action_to, to)
TEXT_READER(action_value, value)
TEXT_READER(action_refund, refund)
TEXT_READER(action_balance, balance)
TEXT_READER(result_address, created)
TEXT_READER(entry_type, type)

static bool entry_action(void *arg, struct json_pull *p)
{
	static const struct json_pull_field fields[] = {
		{ "callType", action_call_type }, { "to", action_to },
		{ "value", action_value },	  { "refundAddress", action_refund },
		{ "balance", action_balance },
	};
	unsigned seen = 0;

	return json_pull_fields(p, fields, COUNT(fields), arg, &seen);
}

static bool entry_result(void *arg, struct json_pull *p)
{
	static const struct json_pull_field fields[] = { { "address", result_address } };
	unsigned seen = 0;

	if (json_pull_next(p) == JSON_NULL)
		return json_pull_skip(p);
	return json_pull_fields(p, fields, COUNT(fields), arg, &seen);
}

static bool entry_error(void *arg, struct json_pull *p)
{
	return read_failed(p, &((struct entry *)arg)->failed);
}

static bool entry_block(void *arg, struct json_pull *p)
{
	struct entry *e = arg;
	struct json_slice s;

	return json_pull_text(p, &s) && (eth_data(&s, e->block.b, sizeof(e->block.b)) ||
					 json_pull_fail(p, "blockHash is no hash"));
}

static bool entry_tx_hash(void *arg, struct json_pull *p)
{
	struct entry *e = arg;
	struct json_slice s;

	if (json_pull_next(p) == JSON_NULL)
		return json_pull_skip(p);
	return json_pull_text(p, &s) && (eth_data(&s, e->tx_hash.b, sizeof(e->tx_hash.b)) ||
					 json_pull_fail(p, "transactionHash is no hash"));
}

/* A number in JSON's own way, here alone. */
static bool read_index(struct json_pull *p, uint64_t max, uint64_t *ret)
{
	struct json_slice s;
	uint64_t n = 0;

	if (!json_pull_value(p, &s))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.text[i] < '0' || s.text[i] > '9' || n > max)
			return json_pull_fail(p, "index expected");
		n = 10 * n + (uint64_t)(s.text[i] - '0');
	}
	if (n > max)
		return json_pull_fail(p, "index expected");
	*ret = n;
	return true;
}

static bool entry_position(void *arg, struct json_pull *p)
{
	struct entry *e = arg;

	if (json_pull_next(p) == JSON_NULL)
		return json_pull_skip(p);
	e->has_position = true;
	return read_index(p, ETH_TXS_MAX - 1, &e->position);
}

static bool read_step(void *arg, struct json_pull *p)
{
	struct path *path = arg;
	uint64_t step = 0;

	if (!read_index(p, UINT32_MAX, &step))
		return false;
	if (path->len == LEVELS_MAX)
		return json_pull_fail(p, "more calls than fit");
	path->step[path->len++] = (uint32_t)step;
	return true;
}

static bool entry_path(void *arg, struct json_pull *p)
{
	return json_pull_array(p, read_step, ((struct entry *)arg)->path);
}

static const struct json_pull_field entry_fields[] = {
	{ "action", entry_action },
	{ "blockHash", entry_block },
	{ "traceAddress", entry_path },
	{ "type", entry_type },
	{ "transactionPosition", entry_position },
	{ "transactionHash", entry_tx_hash },
	{ "error", entry_error },
	{ "result", entry_result },
};
#define ENTRY_WANTED 15U /* the first four */

/* Does `path` begin with all of `start`? */
static bool path_is_below(const struct path *path, const struct path *start)
{
	return path->len >= start->len &&
	       memcmp(path->step, start->step, start->len * sizeof(start->step[0])) == 0;
}

/* A parent before its children, and these in their order. */
static bool path_follows(const struct path *path, const struct path *last)
{
	for (unsigned i = 0; i < path->len && i < last->len; i++)
		if (path->step[i] != last->step[i])
			return path->step[i] > last->step[i];
	return path->len > last->len;
}

static void path_copy(struct path *to, const struct path *from)
{
	to->len = from->len;
	memcpy(to->step, from->step, from->len * sizeof(from->step[0]));
}

/* What moved by the entry: false when nothing did.  *ret_bad when it is told in no sense. */
static bool entry_move(const struct entry *e, struct eth_move *ret, bool *ret_bad)
{
	const struct json_slice *to = NULL, *value = &e->value;

	if (slice_is(&e->type, "call") && slice_is(&e->call_type, "call"))
		to = &e->to;
	else if (slice_is(&e->type, "create"))
		to = &e->created;
	else if (slice_is(&e->type, "suicide") || slice_is(&e->type, "selfdestruct"))
		to = &e->refund, value = &e->balance;
	if (to == NULL)
		return false;
	*ret_bad = !eth_units(value, &ret->value) ||
		   (!units_is_zero(ret->value) && !eth_data(to, ret->to, sizeof(ret->to)));
	return !*ret_bad && !units_is_zero(ret->value);
}

static bool check_entry(struct flat_reading *r, const struct entry *e, struct json_pull *p)
{
	if (!eth_hash_equal(&e->block, &r->block->head.hash))
		return json_pull_fail(p, "trace is of another block");
	if (e->position >= r->block->tx_count ||
	    !eth_hash_equal(&e->tx_hash, &r->block->txs[e->position].hash))
		return json_pull_fail(p, "trace is of another transaction");
	if (e->position == r->txs)
		return e->path->len == 0 ||
		       json_pull_fail(p, "trace of a transaction does not begin with it");
	return (e->position + 1 == r->txs && path_follows(e->path, &r->last)) ||
	       json_pull_fail(p, "traces are out of order");
}

/* Remember the entry; true: it lies in a failed call, or is one. */
static bool entry_is_void(struct flat_reading *r, const struct entry *e)
{
	if (e->position == r->txs)
		r->has_failed = false;
	r->txs = e->position + 1;
	path_copy(&r->last, e->path);
	if (r->has_failed && path_is_below(e->path, &r->failed))
		return true;
	r->has_failed = e->failed;
	if (e->failed)
		path_copy(&r->failed, e->path);
	return e->failed;
}

static bool take_entry(struct flat_reading *r, const struct entry *e, struct json_pull *p)
{
	struct eth_move move = { .tx = (uint32_t)e->position };
	bool bad = false;

	if (!check_entry(r, e, p))
		return false;
	if (entry_is_void(r, e) || e->path->len == 0) /* the first is the transaction itself */
		return true;
	if (!entry_move(e, &move, &bad))
		return !bad || json_pull_fail(p, "trace without sense");
	if (!room_for_move(&r->moves))
		return json_pull_fail(p, "more calls than fit");
	r->moves.list[r->moves.count++] = move;
	return true;
}

static bool read_entry(void *arg, struct json_pull *p)
{
	struct flat_reading *r = arg;
	struct entry e = { .path = &r->path };
	unsigned seen = 0;

	r->path.len = 0;
	if (!json_pull_fields(p, entry_fields, COUNT(entry_fields), &e, &seen))
		return false;
	if ((seen & ENTRY_WANTED) != ENTRY_WANTED)
		return json_pull_fail(p, "trace lacks a member");
	/* The reward of a block belongs to no transaction. */
	return !e.has_position || take_entry(r, &e, p);
}

int eth_trace_flat(const char *json, size_t len, const struct eth_block *b, struct eth_moves *ret,
		   struct err *err)
{
	struct flat_reading r = { .block = b };
	int rc = read_array(json, len, read_entry, &r, err);

	if (rc == 0 && r.txs != b->tx_count)
		rc = err_set(err, ERR_INVALID, "traces of %" PRIu64 " transactions for %zu", r.txs,
			     b->tx_count);
	if (rc < 0)
		eth_moves_release(&r.moves);
	else
		*ret = r.moves;
	return rc;
}

/* trace_block: one list of all that happened in a block.
 *
 * May never happen: value counted that did not move.  A call that fails undoes all that happened
 * within it, also calls that themselves succeeded: what lies below a failed path is passed over,
 * which is why the list must be in order, a parent first, then its children. */
#include <inttypes.h>
#include <string.h>

#include "scannerd/eth_trace_inside.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct path {
	unsigned len;
	uint32_t step[ETH_LEVELS_MAX];
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
	return eth_trace_failed(p, &((struct entry *)arg)->failed);
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
	if (path->len == ETH_LEVELS_MAX)
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

	if (eth_trace_slice_is(&e->type, "call") && eth_trace_slice_is(&e->call_type, "call"))
		to = &e->to;
	else if (eth_trace_slice_is(&e->type, "create"))
		to = &e->created;
	else if (eth_trace_slice_is(&e->type, "suicide") ||
		 eth_trace_slice_is(&e->type, "selfdestruct"))
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
	if (!eth_moves_room(&r->moves))
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
	int rc = eth_trace_array(json, len, read_entry, &r, err);

	if (rc == 0 && r.txs != b->tx_count)
		rc = err_set(err, ERR_INVALID, "traces of %" PRIu64 " transactions for %zu", r.txs,
			     b->tx_count);
	if (rc < 0)
		eth_moves_release(&r.moves);
	else
		*ret = r.moves;
	return rc;
}

/* debug_traceBlockByHash with callTracer: a tree of calls for each transaction.
 *
 * May never happen: value counted that did not move.  A call that fails undoes all that happened
 * within it, also calls that themselves succeeded: what was found below a failed call is thrown
 * away.
 *
 * Which kinds of call move value: CALL, CREATE, CREATE2, SELFDESTRUCT.  DELEGATECALL and CALLCODE
 * show a value that stays where it is. */
#include <string.h>

#include "scannerd/eth_trace_inside.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

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
	bool odd; /* the value is no number of wei that can be */
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

/* A contract may try to send what nobody has, up to 2^256: then the call fails, which is told
 * elsewhere. */
static bool call_value(void *arg, struct json_pull *p)
{
	struct call *c = arg;
	struct json_slice s;

	if (json_pull_next(p) == JSON_NULL)
		return json_pull_skip(p);
	if (!json_pull_text(p, &s))
		return false;
	c->odd = !eth_units(&s, &c->value);
	return true;
}

static bool call_error(void *arg, struct json_pull *p)
{
	return eth_trace_failed(p, &((struct call *)arg)->failed);
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
	       (eth_trace_slice_is(&c->type, "CALL") || eth_trace_slice_is(&c->type, "CREATE") ||
		eth_trace_slice_is(&c->type, "CREATE2") ||
		eth_trace_slice_is(&c->type, "SELFDESTRUCT"));
}

/* A place is kept before its children are read, so that the order is that of execution; it stays
 * without value where there is none. */
static bool read_call(void *arg, struct json_pull *p)
{
	struct calls_reading *r = arg;
	struct call c = { .r = r, .type = { "", 0 } };
	size_t at = r->moves.count;
	unsigned seen = 0;

	if (r->level++ > ETH_LEVELS_MAX || !eth_moves_room(&r->moves))
		return json_pull_fail(p, "more calls than fit");
	r->moves.list[r->moves.count++] = (struct eth_move){ .tx = r->tx };
	if (!json_pull_fields(p, call_fields, COUNT(call_fields), &c, &seen))
		return false;
	if ((seen & 1U) == 0)
		return json_pull_fail(p, "call lacks its type");
	r->level--;
	if (c.odd && !c.failed)
		return json_pull_fail(p, "value is no number of wei that can be");
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

int eth_trace_calls(const char *json, size_t len, const struct eth_block *b, struct eth_moves *ret,
		    struct err *err)
{
	struct calls_reading r = { .block = b };
	int rc = eth_trace_array(json, len, read_traced, &r, err);

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

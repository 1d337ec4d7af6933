/* Address pools and bindings.  An address is given out once: it is marked as bound in the same
 * transaction that records its binding, the pool holds each (coin, address) once, and a binding
 * takes a place in the pool that no other has. */
#include "common/store/binding_store.h"

#include <assert.h>

#include "common/store/stmt.h"

enum {
	POOL_ADD,
	POOL_SIZE,
	POOL_HAS,
	POOL_FIRST_FREE,
	POOL_EACH,
	POOL_BOUND,
	POOL_MARK,
	BINDING_COUNT,
	BINDING_ADD,
	BINDING_AT,
	BINDING_GET,
	BINDING_EACH_OF,
	BINDING_UNPAID,
};

#define BINDING_COLUMNS "seq, coin, address, sky_address, buy_method, created_at"

// clang-format off
static const char *const sql[] = {
	[POOL_ADD] = "INSERT INTO address_pool (coin, address, seq, bound) VALUES (?1, ?2,"
		     " (SELECT COALESCE(MAX(seq), 0) + 1 FROM address_pool WHERE coin = ?1), 0)"
		     " ON CONFLICT (coin, address) DO NOTHING",
	[POOL_SIZE] = "SELECT MAX(seq) FROM address_pool WHERE coin = ?1",
	[POOL_HAS] = "SELECT 1 FROM address_pool WHERE coin = ?1 AND address = ?2",
	[POOL_FIRST_FREE] = "SELECT MIN(seq) FROM address_pool WHERE coin = ?1 AND bound = 0",
	[POOL_EACH] = "SELECT seq, address FROM address_pool WHERE coin = ?1 AND seq > ?2"
		      " ORDER BY seq LIMIT ?3",
	[POOL_BOUND] = "SELECT seq, address FROM address_pool"
		       " WHERE coin = ?1 AND bound = 1 AND seq > ?2 ORDER BY seq LIMIT ?3",
	[POOL_MARK] = "UPDATE address_pool SET bound = 1 WHERE coin = ?1 AND seq = ?2",
	[BINDING_COUNT] = "SELECT COUNT(*) FROM binding WHERE sky_address = ?1",
	/* no INSERT ... SELECT: for that, SQLite looks through all of `deposit` for references */
	[BINDING_ADD] = "INSERT INTO binding"
			" (seq, coin, pool_seq, address, sky_address, buy_method, created_at)"
			" VALUES ((SELECT COALESCE(MAX(seq), 0) + 1 FROM binding), ?1, ?2,"
			" (SELECT address FROM address_pool WHERE coin = ?1 AND seq = ?2),"
			" ?3, ?4, ?5)",
	[BINDING_AT] = "SELECT " BINDING_COLUMNS " FROM binding"
		       " WHERE coin = ?1 AND pool_seq = ?2",
	[BINDING_GET] = "SELECT " BINDING_COLUMNS " FROM binding"
			" WHERE coin = ?1 AND pool_seq ="
			" (SELECT seq FROM address_pool WHERE coin = ?1 AND address = ?2)",
	[BINDING_EACH_OF] = "SELECT " BINDING_COLUMNS " FROM binding WHERE sky_address = ?1"
			    " ORDER BY seq",
	[BINDING_UNPAID] = "SELECT " BINDING_COLUMNS " FROM binding b WHERE b.sky_address = ?1"
			   " AND b.coin = ?2 AND b.buy_method = ?3 AND b.created_at >= ?4"
			   " AND NOT EXISTS (SELECT 1 FROM sighting s"
			   " WHERE s.coin = b.coin AND s.address = b.address)"
			   " ORDER BY b.seq DESC LIMIT 1",
};
// clang-format on
const struct stmt_table stmt_binding = { STMT_BINDING, sizeof(sql) / sizeof(sql[0]), sql };

/* --- the pool ----------------------------------------------------------------------------- */

int store_pool_add(struct store *s, enum coin coin, const char *address, struct err *err)
{
	struct stmt q;
	int added, rc;

	stmt_use(s, &stmt_binding, POOL_ADD, &q);
	stmt_bind_coin(&q, 1, coin);
	stmt_bind_text(&q, 2, address);
	rc = stmt_run(&q, &added, err);
	if (rc < 0 || added == 1)
		return rc;
	return err_set(err, ERR_EXISTS, "address '%s' is in the %s pool already", address,
		       coin_name(coin));
}

static int pool_number(struct store *s, enum coin coin, size_t which, uint64_t *ret,
		       struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_binding, which, &q);
	stmt_bind_coin(&q, 1, coin);
	return stmt_read_u64(&q, ret, err);
}

int store_pool_size(struct store *s, enum coin coin, uint64_t *ret, struct err *err)
{
	return pool_number(s, coin, POOL_SIZE, ret, err);
}

/* All from the first free one on are free: see the table in migrations.c. */
int store_pool_remaining(struct store *s, enum coin coin, uint64_t *ret, struct err *err)
{
	uint64_t first_free = 0, size = 0;
	int rc = pool_number(s, coin, POOL_FIRST_FREE, &first_free, err);

	if (rc == 0)
		rc = pool_number(s, coin, POOL_SIZE, &size, err);
	if (rc < 0)
		return rc;
	*ret = first_free == 0 ? 0 : size - first_free + 1;
	return 0;
}

int store_pool_has(struct store *s, enum coin coin, const char *address, bool *ret, struct err *err)
{
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_binding, POOL_HAS, &q);
	stmt_bind_coin(&q, 1, coin);
	stmt_bind_text(&q, 2, address);
	rc = stmt_step(&q, err);
	stmt_done(&q);
	if (rc < 0)
		return rc;
	*ret = rc == 1;
	return 0;
}

static int walk_pool(struct store *s, size_t which, enum coin coin, uint64_t after, unsigned limit,
		     store_pool_fn fn, void *arg, uint64_t *ret_last, struct err *err)
{
	char address[ADDRESS_TEXT_MAX];
	uint64_t last = after;
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_binding, which, &q);
	stmt_bind_coin(&q, 1, coin);
	stmt_bind_u64(&q, 2, after);
	stmt_bind_u64(&q, 3, limit);
	while ((rc = stmt_step(&q, err)) == 1) {
		last = stmt_u64(&q, 0);
		stmt_text(&q, 1, address, sizeof(address));
		rc = stmt_row_check(&q, err);
		if (rc < 0)
			break;
		fn(arg, last, address);
	}
	stmt_done(&q);
	if (rc == 0)
		*ret_last = last;
	return rc;
}

int store_pool_each(struct store *s, enum coin coin, uint64_t after, unsigned limit,
		    store_pool_fn fn, void *arg, uint64_t *ret_last, struct err *err)
{
	return walk_pool(s, POOL_EACH, coin, after, limit, fn, arg, ret_last, err);
}

int store_pool_bound(struct store *s, enum coin coin, uint64_t after, unsigned limit,
		     store_pool_fn fn, void *arg, uint64_t *ret_last, struct err *err)
{
	return walk_pool(s, POOL_BOUND, coin, after, limit, fn, arg, ret_last, err);
}

/* --- bindings ----------------------------------------------------------------------------- */

static int read_binding(struct stmt *q, struct binding *b, struct err *err)
{
	char method[16];

	*b = (struct binding){ .seq = stmt_u64(q, 0), .coin = stmt_coin(q, 1) };
	stmt_text(q, 2, b->address, sizeof(b->address));
	stmt_text(q, 3, b->sky_address, sizeof(b->sky_address));
	stmt_text(q, 4, method, sizeof(method));
	if (!buy_method_parse(method, &b->buy_method))
		stmt_damaged(q, 4);
	b->created_at = stmt_i64(q, 5);
	return stmt_row_check(q, err);
}

/* May this SKY address have one more? */
static int check_limit(struct store *s, const char *sky_address, unsigned max_bound,
		       bool *ret_limit_reached, struct err *err)
{
	uint64_t count;
	struct stmt q;
	int rc;

	*ret_limit_reached = false;
	if (max_bound == 0)
		return 0;
	stmt_use(s, &stmt_binding, BINDING_COUNT, &q);
	stmt_bind_text(&q, 1, sky_address);
	rc = stmt_read_u64(&q, &count, err);
	if (rc < 0 || count < max_bound)
		return rc;
	*ret_limit_reached = true;
	return err_set(err, ERR_BUSY, "'%s' has its maximum of %u bindings", sky_address,
		       max_bound);
}

/* Place in the pool of the address that is next. */
static int first_free(struct store *s, enum coin coin, uint64_t *ret_seq, struct err *err)
{
	int rc = pool_number(s, coin, POOL_FIRST_FREE, ret_seq, err);

	if (rc < 0 || *ret_seq != 0)
		return rc;
	return err_set(err, ERR_NOT_FOUND, "the %s address pool is empty", coin_name(coin));
}

static int mark_bound(struct store *s, enum coin coin, uint64_t pool_seq, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_binding, POOL_MARK, &q);
	stmt_bind_coin(&q, 1, coin);
	stmt_bind_u64(&q, 2, pool_seq);
	return stmt_run(&q, NULL, err);
}

static int add_binding(struct store *s, enum coin coin, uint64_t pool_seq, const char *sky_address,
		       enum buy_method method, int64_t now, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_binding, BINDING_ADD, &q);
	stmt_bind_coin(&q, 1, coin);
	stmt_bind_u64(&q, 2, pool_seq);
	stmt_bind_text(&q, 3, sky_address);
	stmt_bind_text(&q, 4, buy_method_name(method));
	stmt_bind_i64(&q, 5, now);
	return stmt_run(&q, NULL, err);
}

/* The one row of a prepared query; ERR_NOT_FOUND without a text when there is none. */
static int read_one(struct stmt *q, struct binding *ret, struct err *err)
{
	struct binding b;
	int rc = stmt_step(q, err);

	if (rc == 1) {
		rc = read_binding(q, &b, err);
		if (rc == 0)
			*ret = b;
	} else if (rc == 0) {
		rc = ERR_NOT_FOUND;
	}
	stmt_done(q);
	return rc;
}

static int binding_at(struct store *s, enum coin coin, uint64_t pool_seq, struct binding *ret,
		      struct err *err)
{
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_binding, BINDING_AT, &q);
	stmt_bind_coin(&q, 1, coin);
	stmt_bind_u64(&q, 2, pool_seq);
	rc = read_one(&q, ret, err);
	assert(rc != ERR_NOT_FOUND && "just added");
	return rc;
}

int store_bind_address(struct store *s, enum coin coin, const char *sky_address,
		       enum buy_method method, unsigned max_bound, int64_t now, struct binding *ret,
		       bool *ret_limit_reached, struct err *err)
{
	uint64_t pool_seq = 0;
	int rc = check_limit(s, sky_address, max_bound, ret_limit_reached, err);

	if (rc == 0)
		rc = first_free(s, coin, &pool_seq, err);
	if (rc == 0)
		rc = mark_bound(s, coin, pool_seq, err);
	if (rc == 0)
		rc = add_binding(s, coin, pool_seq, sky_address, method, now, err);
	return rc < 0 ? rc : binding_at(s, coin, pool_seq, ret, err);
}

int store_binding_get(struct store *s, enum coin coin, const char *address, struct binding *ret,
		      struct err *err)
{
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_binding, BINDING_GET, &q);
	stmt_bind_coin(&q, 1, coin);
	stmt_bind_text(&q, 2, address);
	rc = read_one(&q, ret, err);
	if (rc == ERR_NOT_FOUND)
		rc = err_set(err, ERR_NOT_FOUND, "nobody bound %s address '%s'", coin_name(coin),
			     address);
	return rc;
}

static int walk_bindings(struct stmt *q, store_binding_fn fn, void *arg, struct err *err)
{
	struct binding b;
	int rc;

	while ((rc = stmt_step(q, err)) == 1) {
		rc = read_binding(q, &b, err);
		if (rc < 0)
			break;
		fn(arg, &b);
	}
	stmt_done(q);
	return rc;
}

int store_binding_each_of(struct store *s, const char *sky_address, store_binding_fn fn, void *arg,
			  struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_binding, BINDING_EACH_OF, &q);
	stmt_bind_text(&q, 1, sky_address);
	return walk_bindings(&q, fn, arg, err);
}

int store_binding_unpaid(struct store *s, enum coin coin, const char *sky_address,
			 enum buy_method method, int64_t since, struct binding *ret,
			 struct err *err)
{
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_binding, BINDING_UNPAID, &q);
	stmt_bind_text(&q, 1, sky_address);
	stmt_bind_coin(&q, 2, coin);
	stmt_bind_text(&q, 3, buy_method_name(method));
	stmt_bind_i64(&q, 4, since);
	rc = read_one(&q, ret, err);
	if (rc == ERR_NOT_FOUND)
		rc = err_set(err, ERR_NOT_FOUND, "'%s' has no unpaid binding", sky_address);
	return rc;
}

/* Feeds: one row per feed says which table it is and who has read how far. */
#include "common/store/store.h"

#include "common/store/stmt.h"

static const char *const names[STORE_FEED_COUNT] = {
	[FEED_SIGHTINGS] = "sightings",
	[FEED_DEPOSITS] = "deposits",
	[FEED_PAYOUTS] = "payouts",
};

enum { NEWEST, POSITION, ADVANCE, PER_FEED };
#define AT(feed, what) ((feed)*PER_FEED + (what))

#define SQL_NEWEST(table)    "SELECT MAX(feed_seq) FROM " table " WHERE feed_seq IS NOT NULL"
#define SQL_POSITION(reader) "SELECT position FROM " reader "_position WHERE feed = ?1"
#define SQL_ADVANCE(reader)                                                                        \
	"INSERT INTO " reader "_position (feed, position) VALUES (?1, ?2)"                         \
	" ON CONFLICT (feed) DO UPDATE SET position = excluded.position"

#define FEED(feed, table, reader)                                                                  \
	[AT(feed, NEWEST)] = SQL_NEWEST(table), [AT(feed, POSITION)] = SQL_POSITION(reader),       \
		  [AT(feed, ADVANCE)] = SQL_ADVANCE(reader)

static const char *const sql[] = {
	FEED(FEED_SIGHTINGS, "sighting", "exchangerd"),
	FEED(FEED_DEPOSITS, "deposit", "senderd"),
	FEED(FEED_PAYOUTS, "payout", "exchangerd"),
};
const struct stmt_table stmt_feed = { STMT_FEED, sizeof(sql) / sizeof(sql[0]), sql };

const char *store_feed_name(enum store_feed f)
{
	return names[f];
}

int store_feed_newest(struct store *s, enum store_feed f, uint64_t *ret, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_feed, AT(f, NEWEST), &q);
	return stmt_read_u64(&q, ret, err);
}

int store_feed_position(struct store *s, enum store_feed f, uint64_t *ret, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_feed, AT(f, POSITION), &q);
	stmt_bind_text(&q, 1, names[f]);
	return stmt_read_u64(&q, ret, err);
}

int store_feed_advance(struct store *s, enum store_feed f, uint64_t seq, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_feed, AT(f, ADVANCE), &q);
	stmt_bind_text(&q, 1, names[f]);
	stmt_bind_u64(&q, 2, seq);
	return stmt_run(&q, NULL, err);
}

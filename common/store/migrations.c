/* The schema: an append-only list.  A row that was released is never edited; what must change is
 * changed by a new row at the end.  Databases of old versions are kept in test/data and must open.
 *
 * Words of SQL that PostgreSQL knows too: explicit types, no implicit rowid, no triggers.  Times
 * are Unix seconds; names of coins and states are those of common/coin and common/model; an amount
 * of a coin has up to 128 bits and is stored as decimal digits. */
#include "common/store/migrations.h"

#include <inttypes.h>

#include "common/base/clock.h"

/* clang-format would fold the columns together. */
// clang-format off
static const char *const migrations[] = {
/* 1: all there is at the first release */
"CREATE TABLE schema ("
"  version    INTEGER NOT NULL PRIMARY KEY,"
"  applied_at INTEGER NOT NULL"
") STRICT;"

/* exchangerd.  seq counts from 1 without gaps for each coin, addresses are bound in its order
 * and none is taken out again: how many are left can be told without counting. */
"CREATE TABLE address_pool ("
"  coin    TEXT    NOT NULL,"
"  address TEXT    NOT NULL,"
"  seq     INTEGER NOT NULL CHECK (seq > 0),"
"  bound   INTEGER NOT NULL DEFAULT 0 CHECK (bound IN (0, 1)),"
"  PRIMARY KEY (coin, address),"
"  UNIQUE (coin, seq)"
") STRICT;"
"CREATE INDEX address_pool_bound ON address_pool (coin, bound, seq);"

/* address is a copy of the pool's.  The key is the place in the pool: it grows with every binding,
 * where addresses are in no order and each would be written to a page of its own. */
"CREATE TABLE binding ("
"  seq         INTEGER NOT NULL PRIMARY KEY CHECK (seq > 0),"
"  coin        TEXT    NOT NULL,"
"  pool_seq    INTEGER NOT NULL,"
"  address     TEXT    NOT NULL,"
"  sky_address TEXT    NOT NULL CHECK (sky_address <> ''),"
"  buy_method  TEXT    NOT NULL,"
"  created_at  INTEGER NOT NULL,"
"  UNIQUE (coin, pool_seq),"
"  FOREIGN KEY (coin, pool_seq) REFERENCES address_pool (coin, seq)"
") STRICT;"
"CREATE INDEX binding_sky_address ON binding (sky_address, seq);"

/* feed_seq: place in the feed to senderd, set on entering waiting_send. */
"CREATE TABLE deposit ("
"  id          INTEGER NOT NULL PRIMARY KEY CHECK (id > 0),"
"  feed_seq    INTEGER CHECK (feed_seq > 0),"
"  coin        TEXT    NOT NULL,"
"  txid        TEXT    NOT NULL CHECK (txid <> ''),"
"  n           INTEGER NOT NULL CHECK (n >= 0),"
"  address     TEXT    NOT NULL,"
"  sky_address TEXT    NOT NULL CHECK (sky_address <> ''),"
"  binding_seq INTEGER NOT NULL REFERENCES binding (seq),"
"  buy_method  TEXT    NOT NULL,"
"  value       TEXT    NOT NULL CHECK (value <> ''),"
"  height      INTEGER NOT NULL,"
"  rate        TEXT    NOT NULL DEFAULT '',"
"  to_send     INTEGER NOT NULL CHECK (to_send >= 0),"
"  state       TEXT    NOT NULL,"
"  payout_txid TEXT    NOT NULL DEFAULT '',"
"  sent        INTEGER NOT NULL CHECK (sent >= 0),"
"  error       TEXT    NOT NULL DEFAULT '',"
"  left_chain  INTEGER NOT NULL DEFAULT 0 CHECK (left_chain IN (0, 1)),"
"  created_at  INTEGER NOT NULL,"
"  updated_at  INTEGER NOT NULL,"
"  UNIQUE (coin, txid, n)"
") STRICT;"
"CREATE UNIQUE INDEX deposit_feed ON deposit (feed_seq) WHERE feed_seq IS NOT NULL;"
"CREATE INDEX deposit_state ON deposit (state, id);"
"CREATE INDEX deposit_address ON deposit (address, id);"
"CREATE INDEX deposit_sky_address ON deposit (sky_address, id);"
"CREATE INDEX deposit_errored ON deposit (id) WHERE error <> '';"

/* The audit trail: every change of a deposit's state, step 1 is its recording. */
"CREATE TABLE deposit_history ("
"  deposit_id INTEGER NOT NULL REFERENCES deposit (id),"
"  step       INTEGER NOT NULL CHECK (step > 0),"
"  from_state TEXT    NOT NULL,"
"  to_state   TEXT    NOT NULL,"
"  why        TEXT    NOT NULL,"
"  at         INTEGER NOT NULL,"
"  PRIMARY KEY (deposit_id, step)"
") STRICT;"

/* Outputs on addresses that nobody had bound: kept for a person, never paid. */
"CREATE TABLE unassigned ("
"  coin        TEXT    NOT NULL,"
"  txid        TEXT    NOT NULL CHECK (txid <> ''),"
"  n           INTEGER NOT NULL CHECK (n >= 0),"
"  address     TEXT    NOT NULL,"
"  value       TEXT    NOT NULL CHECK (value <> ''),"
"  height      INTEGER NOT NULL,"
"  block_hash  TEXT    NOT NULL,"
"  recorded_at INTEGER NOT NULL,"
"  UNIQUE (coin, txid, n)"
") STRICT;"

"CREATE TABLE exchangerd_position ("
"  feed     TEXT    NOT NULL PRIMARY KEY,"
"  position INTEGER NOT NULL CHECK (position >= 0)"
") STRICT;"

/* scannerd */
"CREATE TABLE cursor ("
"  coin           TEXT    NOT NULL PRIMARY KEY,"
"  height         INTEGER NOT NULL,"
"  hash           TEXT    NOT NULL,"
"  initial_height INTEGER NOT NULL"
") STRICT;"

"CREATE TABLE block ("
"  coin   TEXT    NOT NULL,"
"  height INTEGER NOT NULL,"
"  hash   TEXT    NOT NULL,"
"  PRIMARY KEY (coin, height)"
") STRICT;"

/* state is what the chain says; told is what the feed says, at place feed_seq: confirmed,
 * orphaned after that, NULL when exchangerd was never told.  They differ while an output that was
 * orphaned is seen again: the orphaning must still be told. */
"CREATE TABLE sighting ("
"  seq        INTEGER NOT NULL PRIMARY KEY CHECK (seq > 0),"
"  feed_seq   INTEGER CHECK (feed_seq > 0),"
"  told       TEXT,"
"  coin       TEXT    NOT NULL,"
"  txid       TEXT    NOT NULL CHECK (txid <> ''),"
"  n          INTEGER NOT NULL CHECK (n >= 0),"
"  address    TEXT    NOT NULL,"
"  value      TEXT    NOT NULL CHECK (value <> ''),"
"  height     INTEGER NOT NULL,"
"  block_hash TEXT    NOT NULL,"
"  coinbase   INTEGER NOT NULL CHECK (coinbase IN (0, 1)),"
"  state      TEXT    NOT NULL,"
"  seen_at    INTEGER NOT NULL,"
"  UNIQUE (coin, txid, n),"
"  CHECK ((feed_seq IS NULL) = (told IS NULL))"
") STRICT;"
"CREATE UNIQUE INDEX sighting_feed ON sighting (feed_seq) WHERE feed_seq IS NOT NULL;"
"CREATE INDEX sighting_address ON sighting (coin, address, seq);"
"CREATE INDEX sighting_seen ON sighting (coin, coinbase, height, seq) WHERE state = 'seen';"
"CREATE INDEX sighting_confirmed ON sighting (coin, height, seq) WHERE state = 'confirmed';"

/* senderd */
"CREATE TABLE payout_tx ("
"  txid       TEXT    NOT NULL PRIMARY KEY CHECK (txid <> ''),"
"  seq        INTEGER NOT NULL UNIQUE CHECK (seq > 0),"
"  raw        BLOB    NOT NULL,"
"  state      TEXT    NOT NULL,"
"  created_at INTEGER NOT NULL,"
"  updated_at INTEGER NOT NULL"
") STRICT;"
"CREATE INDEX payout_tx_open ON payout_tx (seq) WHERE state IN ('saved', 'sent');"

"CREATE TABLE payout ("
"  deposit_id  INTEGER NOT NULL PRIMARY KEY REFERENCES deposit (id),"
"  feed_seq    INTEGER CHECK (feed_seq > 0),"
"  sky_address TEXT    NOT NULL CHECK (sky_address <> ''),"
"  amount      INTEGER NOT NULL CHECK (amount >= 0),"
"  state       TEXT    NOT NULL,"
"  txid        TEXT    REFERENCES payout_tx (txid),"
"  error       TEXT    NOT NULL DEFAULT '',"
"  created_at  INTEGER NOT NULL,"
"  updated_at  INTEGER NOT NULL,"
"  CHECK ((txid IS NULL) = (state IN ('waiting', 'refused')))"
") STRICT;"
"CREATE UNIQUE INDEX payout_feed ON payout (feed_seq) WHERE feed_seq IS NOT NULL;"
"CREATE INDEX payout_waiting ON payout (deposit_id) WHERE state = 'waiting';"
"CREATE INDEX payout_txid ON payout (txid, state, deposit_id);"

/* Inputs of our transactions that are not confirmed yet: no other may spend them. */
"CREATE TABLE uxout_reserved ("
"  uxid TEXT NOT NULL PRIMARY KEY CHECK (length(uxid) = 64),"
"  txid TEXT NOT NULL REFERENCES payout_tx (txid)"
") STRICT;"
"CREATE INDEX uxout_reserved_txid ON uxout_reserved (txid);"

"CREATE TABLE senderd_position ("
"  feed     TEXT    NOT NULL PRIMARY KEY,"
"  position INTEGER NOT NULL CHECK (position >= 0)"
") STRICT;",

/* 2: what operators tell senderd; windows of the caps.  operator_act is only ever added to; the
 * other rows point to the act that made them. */
"CREATE TABLE operator_act ("
"  seq     INTEGER NOT NULL PRIMARY KEY CHECK (seq > 0),"
"  kind    TEXT    NOT NULL,"
"  subject TEXT    NOT NULL,"
"  who     TEXT    NOT NULL CHECK (who <> ''),"
"  uid     INTEGER NOT NULL CHECK (uid >= 0),"
"  at      INTEGER NOT NULL,"
"  why     TEXT    NOT NULL"
") STRICT;"

/* hold_act: while nothing new may be built; NULL: sending goes on. */
"CREATE TABLE sender_control ("
"  one      INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),"
"  hold_act INTEGER REFERENCES operator_act (seq)"
") STRICT;"

"CREATE TABLE payout_approval ("
"  deposit_id INTEGER NOT NULL PRIMARY KEY REFERENCES deposit (id),"
"  act        INTEGER NOT NULL REFERENCES operator_act (seq)"
") STRICT;"

/* Payouts that a cap made wait once; cap: empty when none does any more. */
"CREATE TABLE payout_cap ("
"  deposit_id INTEGER NOT NULL PRIMARY KEY REFERENCES deposit (id),"
"  cap        TEXT    NOT NULL,"
"  at         INTEGER NOT NULL"
") STRICT;"
"CREATE INDEX payout_cap_waits ON payout_cap (deposit_id) WHERE cap <> '';"
"CREATE INDEX payout_tx_created ON payout_tx (created_at);",

/* 3: transactions that die, disappear and come back.  What was confirmed until now was final by the
 * rules of its time: its inputs are not reserved any more. */
"ALTER TABLE payout_tx ADD COLUMN block_seq INTEGER NOT NULL DEFAULT 0 CHECK (block_seq >= 0);"
"ALTER TABLE payout_tx ADD COLUMN final INTEGER NOT NULL DEFAULT 0 CHECK (final IN (0, 1));"
"ALTER TABLE payout_tx ADD COLUMN proven INTEGER NOT NULL DEFAULT 0 CHECK (proven IN (0, 1));"
"ALTER TABLE payout_tx ADD COLUMN held_at INTEGER NOT NULL DEFAULT 0 CHECK (held_at >= 0);"
"ALTER TABLE payout_tx ADD COLUMN held_why TEXT NOT NULL DEFAULT '';"
"ALTER TABLE payout_tx ADD COLUMN released_by TEXT NOT NULL DEFAULT '';"
"UPDATE payout_tx SET final = 1 WHERE state = 'confirmed';"
"CREATE INDEX payout_tx_held ON payout_tx (seq) WHERE held_at > 0;"
"CREATE INDEX payout_tx_followed ON payout_tx (seq)"
" WHERE final = 0 AND state IN ('confirmed', 'dead');"
"CREATE INDEX payout_tx_dead ON payout_tx (seq) WHERE state = 'dead';"
"ALTER TABLE payout ADD COLUMN replaces TEXT REFERENCES payout_tx (txid);"

/* Who was ever in which transaction: a payout that waits again can still be paid by an old one. */
"CREATE TABLE payout_tx_member ("
"  txid       TEXT    NOT NULL REFERENCES payout_tx (txid),"
"  deposit_id INTEGER NOT NULL REFERENCES payout (deposit_id),"
"  PRIMARY KEY (txid, deposit_id)"
") STRICT;"
"CREATE INDEX payout_tx_member_deposit ON payout_tx_member (deposit_id, txid);"
"INSERT INTO payout_tx_member (txid, deposit_id)"
" SELECT txid, deposit_id FROM payout WHERE txid IS NOT NULL;"

/* The audit trail of transactions, step 1 is the saving. */
"CREATE TABLE payout_tx_history ("
"  txid       TEXT    NOT NULL REFERENCES payout_tx (txid),"
"  step       INTEGER NOT NULL CHECK (step > 0),"
"  from_state TEXT    NOT NULL,"
"  to_state   TEXT    NOT NULL,"
"  why        TEXT    NOT NULL,"
"  who        TEXT    NOT NULL CHECK (who <> ''),"
"  at         INTEGER NOT NULL,"
"  PRIMARY KEY (txid, step)"
") STRICT;"
"INSERT INTO payout_tx_history (txid, step, from_state, to_state, why, who, at)"
" SELECT txid, 1, '', state, 'before there was a history', 'senderd', updated_at FROM payout_tx;"

/* The Skycoin chain that this database pays on: block 0 tells it from others. */
"CREATE TABLE sky_chain ("
"  id        INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),"
"  genesis   TEXT    NOT NULL CHECK (length(genesis) = 64),"
"  pinned_at INTEGER NOT NULL"
") STRICT;",

/* 4: money that arrived in no transaction to an address.  A sighting that is a surplus is of a
 * balance and never paid by itself. */
"ALTER TABLE sighting ADD COLUMN surplus INTEGER NOT NULL DEFAULT 0 CHECK (surplus IN (0, 1));"

/* scannerd: what an address held when it was last looked at, and the sum of its sightings then;
 * surpluses counts those that were told.  No row: nothing, and nothing. */
"CREATE TABLE balance ("
"  coin      TEXT    NOT NULL,"
"  address   TEXT    NOT NULL,"
"  balance   TEXT    NOT NULL CHECK (balance <> ''),"
"  seen      TEXT    NOT NULL CHECK (seen <> ''),"
"  height    INTEGER NOT NULL,"
"  surpluses INTEGER NOT NULL CHECK (surpluses >= 0),"
"  PRIMARY KEY (coin, address)"
") STRICT;"

/* The round of looks: the last place in the pool that was looked at, 0 between two rounds. */
"CREATE TABLE balance_round ("
"  coin       TEXT    NOT NULL PRIMARY KEY,"
"  pool_seq   INTEGER NOT NULL CHECK (pool_seq >= 0),"
"  started_at INTEGER NOT NULL"
") STRICT;",

/* 5: what an operator asks for by figures and by time.  deposit_count is kept by whoever writes
 * deposits, in the same transaction: figures are read every few seconds, for years. */
"CREATE TABLE deposit_count ("
"  coin  TEXT    NOT NULL,"
"  state TEXT    NOT NULL,"
"  count INTEGER NOT NULL CHECK (count >= 0),"
"  PRIMARY KEY (coin, state)"
") STRICT;"
"INSERT INTO deposit_count (coin, state, count)"
" SELECT coin, state, COUNT(*) FROM deposit GROUP BY coin, state;"
"CREATE INDEX deposit_created ON deposit (created_at, id);"
"CREATE INDEX deposit_payout_txid ON deposit (payout_txid) WHERE payout_txid <> '';"
"CREATE INDEX payout_refused ON payout (deposit_id) WHERE state = 'refused';",

/* 6: scannerd: the chain that is scanned, where the hash of block 0 is what tells it from others. */
"CREATE TABLE chain_pin ("
"  coin      TEXT    NOT NULL PRIMARY KEY,"
"  genesis   TEXT    NOT NULL CHECK (length(genesis) = 64),"
"  pinned_at INTEGER NOT NULL"
") STRICT;",

/* 7: scannerd: blocks that operators asked to be scanned again, downwards; all above next_height
 * is done. */
"CREATE TABLE rescan ("
"  seq         INTEGER NOT NULL PRIMARY KEY CHECK (seq > 0),"
"  coin        TEXT    NOT NULL,"
"  from_height INTEGER NOT NULL CHECK (from_height >= 0),"
"  to_height   INTEGER NOT NULL CHECK (to_height >= from_height),"
"  next_height INTEGER NOT NULL CHECK (next_height >= from_height - 1),"
"  next_hash   TEXT    NOT NULL,"
"  state       TEXT    NOT NULL,"
"  found       INTEGER NOT NULL CHECK (found >= 0),"
"  known       INTEGER NOT NULL CHECK (known >= 0),"
"  busy_ms     INTEGER NOT NULL CHECK (busy_ms >= 0),"
"  error       TEXT    NOT NULL,"
"  who         TEXT    NOT NULL CHECK (who <> ''),"
"  uid         INTEGER NOT NULL CHECK (uid >= 0),"
"  started_at  INTEGER NOT NULL,"
"  updated_at  INTEGER NOT NULL"
") STRICT;"
"CREATE UNIQUE INDEX rescan_running ON rescan (coin) WHERE state = 'running';"
"CREATE INDEX rescan_coin ON rescan (coin, state, from_height);",

/* 8: how many deposit addresses a client was given on the day of its last one; `day` counts from
 * 1970.  Rows of past days are of no use and are removed. */
"CREATE TABLE bind_quota ("
"  client TEXT    NOT NULL PRIMARY KEY CHECK (client <> ''),"
"  day    INTEGER NOT NULL,"
"  count  INTEGER NOT NULL CHECK (count > 0)"
") STRICT;"
"CREATE INDEX bind_quota_day ON bind_quota (day);",

/* 9: of the deposits of deposit_count those that have an error; those that left their chain are
 * found without reading all of these. */
"ALTER TABLE deposit_count ADD COLUMN errored INTEGER NOT NULL DEFAULT 0 CHECK (errored >= 0);"
"INSERT INTO deposit_count (coin, state, count, errored)"
" SELECT coin, state, 0, COUNT(*) FROM deposit WHERE error <> '' GROUP BY coin, state"
" ON CONFLICT (coin, state) DO UPDATE SET errored = excluded.errored;"
"CREATE INDEX deposit_left ON deposit (updated_at) WHERE left_chain = 1;",

/* 10: scannerd: blocks that were scanned without looking for what contracts pay, to be traced later. */
"CREATE TABLE trace_debt ("
"  coin   TEXT    NOT NULL,"
"  height INTEGER NOT NULL CHECK (height >= 0),"
"  hash   TEXT    NOT NULL CHECK (hash <> ''),"
"  since  INTEGER NOT NULL,"
"  tries  INTEGER NOT NULL CHECK (tries >= 0),"
"  why    TEXT    NOT NULL,"
"  PRIMARY KEY (coin, height)"
") STRICT;"
"CREATE INDEX trace_debt_next ON trace_debt (coin, tries, height DESC);",
};
// clang-format on

#define VERSION ((int)(sizeof(migrations) / sizeof(migrations[0])))

int store_schema_version(void)
{
	return VERSION;
}

static int read_number(struct store *s, const char *sql, int64_t *ret, struct err *err)
{
	struct stmt q;
	int rc;

	stmt_use_text(s, sql, &q);
	rc = stmt_step(&q, err);
	if (rc == 1)
		*ret = stmt_i64(&q, 0);
	stmt_done(&q);
	return rc < 0 ? rc : 0;
}

/* Nobody's file, without a single table: ours to fill. */
static int check_foreign(const struct store *s, int64_t tables, int64_t application_id,
			 struct err *err)
{
	if (application_id == STORE_APPLICATION_ID || (application_id == 0 && tables == 0))
		return 0;
	return err_set(err, ERR_FATAL,
		       "database '%s' belongs to another program (application id %" PRId64
		       ", not Teller's %d): check the path",
		       s->path, application_id, STORE_APPLICATION_ID);
}

/* Another daemon may be making the tables while we look.  Tables and id are committed together, so
 * the tables are counted first: whoever saw them then sees the id too. */
int migrations_version(struct store *s, int *ret, struct err *err)
{
	int64_t tables = 0, application_id = 0, version = 0;
	int rc = read_number(s, "SELECT COUNT(*) FROM sqlite_schema", &tables, err);

	if (rc == 0)
		rc = read_number(s, "PRAGMA application_id", &application_id, err);
	if (rc == 0)
		rc = check_foreign(s, tables, application_id, err);
	if (rc == 0 && application_id == STORE_APPLICATION_ID)
		rc = read_number(s, "SELECT MAX(version) FROM schema", &version, err);
	if (rc < 0)
		return rc;
	if (version > VERSION)
		return err_set(err, ERR_FATAL,
			       "database '%s' has schema version %" PRId64
			       ", this program knows version %d: run the newer program",
			       s->path, version, VERSION);
	*ret = (int)version;
	return 0;
}

/* Apply migration number `version`. */
static int apply(struct store *s, int version, struct err *err)
{
	struct stmt q;
	int rc = sqlite3_exec(s->db, migrations[version - 1], NULL, NULL, NULL);

	if (rc != SQLITE_OK) {
		(void)store_error(s, rc, "changing the schema", err);
		return err_wrap(err, "migration %d", version);
	}
	stmt_use_text(s, "INSERT INTO schema (version, applied_at) VALUES (?1, ?2)", &q);
	stmt_bind_i64(&q, 1, version);
	stmt_bind_i64(&q, 2, clock_unix());
	return stmt_run(&q, NULL, err);
}

static int apply_missing(struct store *s, struct err *err)
{
	char sql[64];
	int version = 0;
	int rc = migrations_version(s, &version, err);

	if (rc == 0 && version == 0) {
		(void)sqlite3_snprintf(sizeof(sql), sql, "PRAGMA application_id = %d",
				       STORE_APPLICATION_ID);
		rc = store_exec(s, sql, err);
	}
	for (; rc == 0 && version < VERSION; version++)
		rc = apply(s, version + 1, err);
	return rc;
}

int migrations_run(struct store *s, struct err *err)
{
	int rc = store_exec(s, "BEGIN EXCLUSIVE", err);

	if (rc < 0)
		return rc;
	s->begun = true;
	rc = apply_missing(s, err);
	if (rc < 0) {
		store_rollback(s);
		return rc;
	}
	return store_commit(s, err);
}

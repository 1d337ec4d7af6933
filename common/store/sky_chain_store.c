#include "common/store/sky_chain_store.h"

#include "common/store/stmt.h"

enum {
	GENESIS_GET,
	GENESIS_PIN,
	GENESIS_UNPIN,
};

// clang-format off
static const char *const sql[] = {
	[GENESIS_GET] = "SELECT genesis FROM sky_chain WHERE id = 1",
	[GENESIS_PIN] = "INSERT INTO sky_chain (id, genesis, pinned_at) VALUES (1, ?1, ?2)"
			" ON CONFLICT (id) DO NOTHING",
	[GENESIS_UNPIN] = "DELETE FROM sky_chain WHERE id = 1"
			  " AND (SELECT MAX(seq) FROM payout_tx) IS NULL",
};
// clang-format on
const struct stmt_table stmt_sky_chain = { STMT_SKY_CHAIN, sizeof(sql) / sizeof(sql[0]), sql };

int store_sky_genesis(struct store *s, char ret[65], struct err *err)
{
	struct stmt q;
	bool found;
	int rc;

	stmt_use(s, &stmt_sky_chain, GENESIS_GET, &q);
	rc = stmt_read_text(&q, ret, 65, &found, err);
	if (rc == 0 && !found)
		rc = err_set(err, ERR_NOT_FOUND, "no Skycoin chain is pinned yet");
	return rc;
}

int store_sky_genesis_pin(struct store *s, const char *genesis, int64_t now, struct err *err)
{
	struct stmt q;
	int added, rc;

	stmt_use(s, &stmt_sky_chain, GENESIS_PIN, &q);
	stmt_bind_text(&q, 1, genesis);
	stmt_bind_i64(&q, 2, now);
	rc = stmt_run(&q, &added, err);
	if (rc < 0 || added == 1)
		return rc;
	return err_set(err, ERR_EXISTS, "a Skycoin chain is pinned already");
}

int store_sky_genesis_unpin(struct store *s, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_sky_chain, GENESIS_UNPIN, &q);
	return stmt_run(&q, NULL, err);
}

/* The one place where sightings and cursor are written, so that neither is ever without the other.
 * Depth is counted from the block that is being recorded, never from what a node says of its tip:
 * a deposit is confirmed by blocks that were scanned and that follow each other. */
#include "scannerd/block_record.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "common/store/trace_store.h"

#define CONFIRM_PAGE 1000

void scanned_block_head(struct scanned_block *to, const struct chain_block *b)
{
	to->time = b->time;
	to->traced = b->traced;
	memcpy(to->hash, b->hash, sizeof(to->hash));
	memcpy(to->prev_hash, b->prev_hash, sizeof(to->prev_hash));
	(void)text_copy(to->owed, sizeof(to->owed), b->owed != NULL ? b->owed : "");
}

void scanned_block_add(struct scanned_block *b, const struct chain_output *o)
{
	if (units_is_zero(o->value))
		return;
	if (b->output_count == b->output_room) {
		b->output_room = b->output_room > 0 ? 2 * b->output_room : 4;
		b->outputs = reallocarray(b->outputs, b->output_room, sizeof(*b->outputs));
		if (b->outputs == NULL)
			abort(); /* better to start again than to skip a deposit */
	}
	b->outputs[b->output_count++] = *o;
}

void scanned_block_release(struct scanned_block *b)
{
	free(b->outputs);
	b->outputs = NULL;
	b->output_count = b->output_room = 0;
}

static void log_sighting(const struct sighting *g)
{
	char value[UNITS_TEXT_MAX];

	units_to_text(g->value, value);
	log_info("sighting", "coin=%s txid=%s n=%u address=%s %s=%s height=%" PRId64,
		 coin_name(g->coin), g->txid, g->n, g->address, coin_info(g->coin)->base_unit,
		 value, g->height);
}

static struct sighting sighting_of(const struct scanned_block *b, const struct chain_output *o)
{
	struct sighting g = { .coin = b->coin,
			      .n = o->n,
			      .value = o->value,
			      .height = b->height,
			      .coinbase = o->coinbase,
			      .state = SIGHTING_SEEN,
			      .seen_at = clock_unix() };

	(void)text_copy(g.txid, sizeof(g.txid), o->txid);
	(void)text_copy(g.address, sizeof(g.address), o->address);
	(void)text_copy(g.block_hash, sizeof(g.block_hash), b->hash);
	return g;
}

/* ERR_EXISTS: it is on the chain already. */
static int add_sighting(struct store *s, struct sighting *g, bool n_moves, struct err *err)
{
	int rc = 0;

	if (n_moves) /* seen before, at another place: it keeps the name it was given then */
		rc = store_sighting_first_n(s, g->coin, g->txid, &g->n, err);
	if (rc == 0 || rc == ERR_NOT_FOUND)
		rc = store_sighting_add(s, g, err);
	if (rc == 0)
		log_sighting(g);
	return rc;
}

static void watch_twice(const struct sighting *g)
{
	log_watch("sighting_twice", "coin=%s txid=%s n=%u height=%" PRId64, coin_name(g->coin),
		  g->txid, g->n, g->height);
}

/* One that is on the chain already cannot be in a second block of it: somebody must look. */
static int record_output(struct store *s, const struct scanned_block *b,
			 const struct chain_output *o, struct err *err)
{
	struct sighting g = sighting_of(b, o);
	int rc = add_sighting(s, &g, o->n_moves, err);

	if (rc != ERR_EXISTS)
		return rc;
	watch_twice(&g);
	return 0;
}

static int confirm_up_to(struct store *s, enum coin coin, int64_t height, int64_t mature_height,
			 bool *ret_news, struct err *err)
{
	unsigned count = CONFIRM_PAGE;
	int rc = 0;

	while (rc == 0 && count == CONFIRM_PAGE) {
		count = 0;
		rc = store_sighting_confirm(s, coin, height, mature_height, CONFIRM_PAGE, &count,
					    err);
		*ret_news |= count > 0;
	}
	return rc;
}

static int64_t mature_after(int64_t confirmations)
{
	return confirmations > COINBASE_MATURITY ? confirmations : COINBASE_MATURITY;
}

static int record_confirmations(struct store *s, const struct scanned_block *b,
				int64_t confirmations, bool *ret_news, struct err *err)
{
	if (confirmations == 0)
		return 0;
	return confirm_up_to(s, b->coin, b->height - confirmations + 1,
			     b->height - mature_after(confirmations) + 1, ret_news, err);
}

/* With the block, so that it is never there without what is owed for it. */
static int record_owed(struct store *s, const struct scanned_block *b, struct err *err)
{
	struct trace_debt d = { .coin = b->coin, .height = b->height, .since = clock_unix() };

	if (b->owed[0] == '\0')
		return 0;
	memcpy(d.hash, b->hash, sizeof(d.hash));
	memcpy(d.why, b->owed, sizeof(d.why));
	return store_trace_owe(s, &d, err);
}

static int record_parts(struct store *s, const struct scanned_block *b, int64_t initial_height,
			int64_t confirmations, bool *ret_news, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < b->output_count; i++)
		rc = record_output(s, b, &b->outputs[i], err);
	if (rc == 0)
		rc = store_cursor_advance(s, b->coin, b->height, b->hash, initial_height,
					  BLOCK_HASHES_KEPT, err);
	if (rc == 0)
		rc = record_owed(s, b, err);
	if (rc == 0)
		rc = record_confirmations(s, b, confirmations, ret_news, err);
	return rc;
}

int block_record(struct store *s, const struct scanned_block *b, int64_t initial_height,
		 int64_t confirmations, bool *ret_news, struct err *err)
{
	int rc = store_mark(s, err);

	if (rc < 0)
		return rc;
	rc = record_parts(s, b, initial_height, confirmations, ret_news, err);
	rc = store_settle(s, rc, err);
	return rc < 0 ? err_wrap(err, "block %" PRId64, b->height) : 0;
}

static int confirm_page(struct store *s, enum coin coin, int64_t height, int64_t mature_height,
			bool *ret_news, bool *ret_more, struct err *err)
{
	unsigned count = 0;
	int rc = store_mark(s, err);

	if (rc < 0)
		return rc;
	rc = store_sighting_confirm(s, coin, height, mature_height, CONFIRM_PAGE, &count, err);
	rc = store_settle(s, rc, err);
	if (rc < 0)
		return err_wrap(err, "confirm up to block %" PRId64, height);
	*ret_news |= count > 0;
	*ret_more = count == CONFIRM_PAGE;
	return 0;
}

int block_record_final(struct store *s, enum coin coin, int64_t height, bool *ret_news,
		       bool *ret_more, struct err *err)
{
	return confirm_page(s, coin, height, height, ret_news, ret_more, err);
}

int block_record_depth(struct store *s, enum coin coin, int64_t scanned, int64_t confirmations,
		       bool *ret_news, bool *ret_more, struct err *err)
{
	return confirm_page(s, coin, scanned - confirmations + 1,
			    scanned - mature_after(confirmations) + 1, ret_news, ret_more, err);
}

/* --- a block that was scanned before ------------------------------------------------------- */

/* When it would have been seen had it not been missed; a miner's clock may be ahead. */
static int64_t time_of(const struct scanned_block *b)
{
	int64_t now = clock_unix();

	return b->time > 0 && b->time < now ? b->time : now;
}

static int note_known(struct store *s, const struct sighting *g, struct err *err)
{
	struct sighting known;
	int rc = store_sighting_get(s, g->coin, g->txid, g->n, &known, err);

	if (rc == 0 && strcmp(known.block_hash, g->block_hash) != 0)
		watch_twice(g);
	return rc;
}

static int record_missing(struct store *s, const struct scanned_block *b,
			  const struct chain_output *o, struct block_again *sum, struct err *err)
{
	struct sighting g = sighting_of(b, o);
	int rc;

	g.seen_at = time_of(b);
	rc = add_sighting(s, &g, o->n_moves, err);
	if (rc == ERR_EXISTS) {
		sum->known++;
		return note_known(s, &g, err);
	}
	sum->found += rc == 0 ? 1 : 0;
	return rc;
}

static int record_again(struct store *s, const struct scanned_block *b, int64_t scanned,
			int64_t confirmations, struct block_again *sum, bool *ret_news,
			struct err *err)
{
	const struct scanned_block tip = { .coin = b->coin, .height = scanned };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < b->output_count; i++)
		rc = record_missing(s, b, &b->outputs[i], sum, err);
	if (rc == 0 && b->traced)
		rc = store_trace_settle(s, b->coin, b->height, err);
	return rc < 0 ? rc : record_confirmations(s, &tip, confirmations, ret_news, err);
}

int block_record_again(struct store *s, const struct scanned_block *b, int64_t scanned,
		       int64_t confirmations, struct block_again *sum, bool *ret_news,
		       struct err *err)
{
	struct block_again more = { .found = 0 };
	bool nothing = b->output_count == 0 && !b->traced;
	int rc = nothing ? 0 : store_mark(s, err);

	if (rc < 0 || nothing)
		return rc;
	rc = record_again(s, b, scanned, confirmations, &more, ret_news, err);
	rc = store_settle(s, rc, err);
	if (rc < 0)
		return err_wrap(err, "block %" PRId64, b->height);
	sum->found += more.found;
	sum->known += more.known;
	return 0;
}

/* A scanned block, and how it gets into the database: sightings, cursor and confirmations. */
#ifndef TELLER_SCANNERD_BLOCK_RECORD_H
#define TELLER_SCANNERD_BLOCK_RECORD_H

#include "common/model/trace_debt.h"
#include "common/store/scan_store.h"
#include "scannerd/chain.h"

/* Hashes of this many blocks are kept: a reorganisation deeper than that stops the scan. */
#define BLOCK_HASHES_KEPT 1100
/* A coinbase output can be spent, and counts, from this many confirmations. */
#define COINBASE_MATURITY 100

struct scanned_block {
	enum coin coin;
	int64_t height;
	char hash[BLOCK_HASH_TEXT_MAX], prev_hash[BLOCK_HASH_TEXT_MAX];
	int64_t time;		      /* as in chain_block; for block_record_again() only */
	bool traced;		      /* as in chain_block */
	char owed[TRACE_WHY_MAX];     /* the same; "": nothing */
	struct chain_output *outputs; /* those that pay a watched address */
	size_t output_count, output_room;
};

/* What the block says of itself, but for its outputs. */
void scanned_block_head(struct scanned_block *to, const struct chain_block *b);
/* Copies `o`; one of no value is no deposit and is left out. */
void scanned_block_add(struct scanned_block *b, const struct chain_output *o);
/* Forget the outputs. */
void scanned_block_release(struct scanned_block *b);

/* Inside a transaction: add the block's sightings and what is owed for it, move the cursor onto it,
 * confirm what is deep enough by it (`confirmations` blocks from its own to the cursor; 0: depth
 * confirms nothing).  All or nothing; sets *ret_news when the feed grew, else leaves it. */
int block_record(struct store *s, const struct scanned_block *b, int64_t initial_height,
		 int64_t confirmations, bool *ret_news, struct err *err);
/* The same for what the network calls final: confirm what is in block `height` or below, a page of
 * it, all or nothing; *ret_more: there may be others. */
int block_record_final(struct store *s, enum coin coin, int64_t height, bool *ret_news,
		       bool *ret_more, struct err *err);

/* A page, in the same way, of what is deep enough below the last scanned block already: the number
 * of confirmations may have been another one when it was scanned. */
int block_record_depth(struct store *s, enum coin coin, int64_t scanned, int64_t confirmations,
		       bool *ret_news, bool *ret_more, struct err *err);

/* What is in a block that was scanned before. */
struct block_again {
	uint64_t found, known; /* outputs: recorded now; recorded before */
};
/* Inside a transaction: add what is missing of a block at or below the cursor, which stays where it
 * is at `scanned`; when it was traced, nothing is owed for it any more; confirm what is deep enough
 * below it.  All or nothing; adds to *sum, sets *ret_news when the feed grew. */
int block_record_again(struct store *s, const struct scanned_block *b, int64_t scanned,
		       int64_t confirmations, struct block_again *sum, bool *ret_news,
		       struct err *err);

#endif

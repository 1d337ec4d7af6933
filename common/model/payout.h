/* A payout: what senderd owes for one deposit; and the transaction that pays it. */
#ifndef TELLER_COMMON_MODEL_PAYOUT_H
#define TELLER_COMMON_MODEL_PAYOUT_H

#include <stdint.h>

#include "common/coin/address.h"
#include "common/coin/amount.h"
#include "common/crypto/hash.h"
#include "common/model/sighting.h"

/* WAITING -> IN_TX (in a saved transaction) -> SENT (a node took it) -> CONFIRMED.
 * Back to WAITING when its transaction is dead, back to SENT when its block disappeared.
 * WAITING -> REFUSED: it does not agree with its deposit, see its error; back to WAITING when the
 * deposit enters the feed again. */
enum payout_state {
	PAYOUT_WAITING,
	PAYOUT_IN_TX,
	PAYOUT_SENT,
	PAYOUT_CONFIRMED,
	PAYOUT_REFUSED,
};
const char *payout_state_name(enum payout_state s);
bool payout_state_parse(const char *name, enum payout_state *ret);

struct payout {
	uint64_t deposit_id; /* the idempotency key */
	uint64_t feed_seq;   /* place in the payout feed; 0 until something is to be told */
	char sky_address[ADDRESS_TEXT_MAX];
	struct droplets amount;
	enum payout_state state;
	char txid[TXID_TEXT_MAX];     /* empty while waiting */
	char replaces[TXID_TEXT_MAX]; /* the dead transaction it was in last, or empty */
	char error[256];
	int64_t created_at, updated_at;
};

/* SAVED (signed and stored, perhaps broadcast) -> SENT (a node has it) -> CONFIRMED (in a block);
 * DEAD: another transaction spent an input, or an operator released its payouts.  Which event leads
 * where: common/model/payout_rules. */
enum payout_tx_state { PAYOUT_TX_SAVED, PAYOUT_TX_SENT, PAYOUT_TX_CONFIRMED, PAYOUT_TX_DEAD };
#define PAYOUT_TX_STATE_COUNT 4
const char *payout_tx_state_name(enum payout_tx_state s);
bool payout_tx_state_parse(const char *name, enum payout_tx_state *ret);

#define PAYOUT_TX_RAW_MAX 32768 /* the node's limit for one transaction */
#define PAYOUT_WHY_MAX	  256
#define PAYOUT_WHO_MAX	  64

struct payout_tx {
	uint64_t seq; /* from 1, in the order of saving */
	char txid[TXID_TEXT_MAX];
	const uint8_t *raw; /* the signed bytes; who owns them says the function */
	size_t raw_len;
	enum payout_tx_state state;
	uint64_t block_seq; /* CONFIRMED: its block; 0 when that is not known */
	bool final;	    /* deep enough: it is not looked after any more */
	bool proven;	    /* DEAD: an input is seen to be spent by another, confirmed one */
	int64_t held_at;    /* since when nodes refuse it; 0: not held */
	char held_why[PAYOUT_WHY_MAX];
	char released_by[PAYOUT_WHO_MAX]; /* the operator who released its payouts, or empty */
	int64_t created_at, updated_at;
};

/* A line of the audit trail of a transaction. */
struct payout_tx_history {
	char txid[TXID_TEXT_MAX];
	unsigned step;	       /* from 1 */
	char from[16], to[16]; /* states; `from` is empty in the first */
	char why[PAYOUT_WHY_MAX];
	char who[PAYOUT_WHO_MAX]; /* "senderd", or an operator */
	int64_t at;
};

#endif

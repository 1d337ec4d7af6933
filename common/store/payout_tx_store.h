/* Transactions that pay payouts, who is in them, their audit trail, and the outputs that they
 * reserve.  Writer: senderd.
 *
 * What an event does to a transaction and to its payouts is common/model/payout_rules.  Each
 * function that writes does all of it inside the caller's transaction: the row, the reservations,
 * the payouts with their places in the feed, the line of the audit trail.  Told again, or late, it
 * changes nothing.  ERR_NOT_FOUND: no such transaction was ever saved; ERR_INVALID: the event
 * cannot be in its state. */
#ifndef TELLER_COMMON_STORE_PAYOUT_TX_STORE_H
#define TELLER_COMMON_STORE_PAYOUT_TX_STORE_H

#include "common/store/payout_store.h"

/* Save a signed transaction: call inside a transaction.  The payouts must be WAITING and become
 * IN_TX with its txid, and its members for ever; the inputs (32-byte uxids) are reserved.
 * ERR_EXISTS when an input is reserved or the transaction saved already, ERR_INVALID when a payout,
 * or its deposit, does not wait any more; after an error nothing of it is stored. */
int store_payout_tx_save(struct store *s, const struct payout_tx *tx, const uint64_t *deposit_ids,
			 size_t deposits, const uint8_t (*uxids)[32], size_t inputs,
			 struct err *err);
/* A node has it: SAVED -> SENT; held no more. */
int store_payout_tx_sent(struct store *s, const char *txid, int64_t now, struct err *err);
/* Nodes refuse it, because of `why`.  *ret_new: it was not held before. */
int store_payout_tx_hold(struct store *s, const char *txid, const char *why, int64_t now,
			 bool *ret_new, struct err *err);
/* In block `block_seq` (0: not known).  Also after it was dead: members that wait are confirmed
 * with it, those in another open transaction stay there.  *ret_twice (may be NULL): how many of its
 * members another confirmed transaction pays too. */
int store_payout_tx_confirmed(struct store *s, const char *txid, uint64_t block_seq, int64_t now,
			      unsigned *ret_twice, struct err *err);
/* Its block disappeared: CONFIRMED -> SENT, its payouts with it.  ERR_INVALID when it is final. */
int store_payout_tx_gone(struct store *s, const char *txid, const char *why, int64_t now,
			 struct err *err);
/* Another transaction spent an input, deep enough; `why` names the evidence.  From SAVED or SENT:
 * its payouts wait again (or are confirmed with another confirmed transaction that they are members
 * of), its inputs are free.  From DEAD by release: proven too. */
int store_payout_tx_dead(struct store *s, const char *txid, const char *why, int64_t now,
			 struct err *err);
/* An operator lets the payouts of a held one go.  ERR_INVALID when it is not held. */
int store_payout_tx_release(struct store *s, const char *txid, const char *who, const char *why,
			    int64_t now, struct err *err);
/* CONFIRMED, or DEAD and proven, deep enough to be left alone: its reservations end. */
int store_payout_tx_final(struct store *s, const char *txid, int64_t now, struct err *err);

enum payout_tx_which {
	PAYOUT_TX_ALL,
	PAYOUT_TX_OPEN,	    /* SAVED or SENT */
	PAYOUT_TX_HELD,	    /* of these, those that nodes refuse */
	PAYOUT_TX_FOLLOWED, /* CONFIRMED or DEAD, and not final */
	PAYOUT_TX_REPLACED, /* DEAD, with a member that waits */
	PAYOUT_TX_LOST,	    /* DEAD, proven and final: what it would have made will never be */
};
typedef int (*store_payout_tx_fn)(void *arg, const struct payout_tx *tx, struct err *err);
/* Transactions with seq > after, by seq.  tx->raw lives during the call of `fn` only. */
int store_payout_tx_each(struct store *s, uint64_t after, enum payout_tx_which which,
			 store_payout_tx_fn fn, void *arg, struct err *err);
/* One of them; tx->raw lives during the call of `fn` only. */
int store_payout_tx_get(struct store *s, const char *txid, store_payout_tx_fn fn, void *arg,
			struct err *err);
/* All transactions that the payout is or was a member of, in no order. */
int store_payout_tx_each_of(struct store *s, uint64_t deposit_id, store_payout_tx_fn fn, void *arg,
			    struct err *err);
/* Id of the confirmed transaction that was saved last; ERR_NOT_FOUND while there is none. */
int store_payout_tx_last_confirmed(struct store *s, char ret[TXID_TEXT_MAX], struct err *err);

/* How many were made after `since` and are not dead. */
int store_payout_tx_count(struct store *s, int64_t since, uint64_t *ret, struct err *err);

/* The payouts that are or were in it, as they are now, by deposit_id. */
int store_payout_tx_members(struct store *s, const char *txid, store_payout_fn fn, void *arg,
			    struct err *err);
typedef int (*store_payout_tx_history_fn)(void *arg, const struct payout_tx_history *h,
					  struct err *err);
int store_payout_tx_history(struct store *s, const char *txid, store_payout_tx_history_fn fn,
			    void *arg, struct err *err);

/* Is the output an input of a transaction of ours that is open, or confirmed and not final? */
int store_uxout_reserved(struct store *s, const uint8_t uxid[32], bool *ret, struct err *err);
/* Reserve the inputs of a confirmed transaction, whoever has them: another one that spends them
 * cannot be confirmed beside it, and when it dies they must stay. */
int store_uxout_reserve(struct store *s, const char *txid, const uint8_t (*uxids)[32],
			size_t inputs, struct err *err);

#endif

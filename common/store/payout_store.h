/* Payouts, the transactions that pay them, reserved outputs.  Writer: senderd. */
#ifndef TELLER_COMMON_STORE_PAYOUT_STORE_H
#define TELLER_COMMON_STORE_PAYOUT_STORE_H

#include "common/model/payout.h"
#include "common/store/store.h"

/* Record what is owed for a deposit, state WAITING.  ERR_EXISTS when it is recorded: nothing
 * changes. */
int store_payout_add(struct store *s, uint64_t deposit_id, const char *sky_address,
		     struct droplets amount, int64_t now, struct err *err);
int store_payout_get(struct store *s, uint64_t deposit_id, struct payout *ret, struct err *err);

typedef int (*store_payout_fn)(void *arg, const struct payout *p, struct err *err);
/* WAITING payouts whose deposit is in waiting_send, in the order of deposit_id > after, at most
 * `limit`: what may be paid now. */
int store_payout_waiting(struct store *s, uint64_t after, unsigned limit, store_payout_fn fn,
			 void *arg, struct err *err);
int store_payout_feed(struct store *s, uint64_t after, unsigned limit, store_payout_fn fn,
		      void *arg, struct err *err);
/* WAITING -> REFUSED, with the reason; enters the feed. */
int store_payout_refuse(struct store *s, uint64_t deposit_id, const char *why, int64_t now,
			struct err *err);
/* REFUSED -> WAITING, to be judged again; any other, or none: no change. */
int store_payout_renew(struct store *s, uint64_t deposit_id, int64_t now, struct err *err);
/* Count and sum of what may be paid now; a sum beyond 2^64-1 is given as that. */
int store_payout_waiting_sum(struct store *s, uint64_t *ret_count, struct droplets *ret_sum,
			     struct err *err);

/* Save a signed transaction: call inside a transaction.  The payouts must be WAITING and become
 * IN_TX with its txid; the inputs (32-byte uxids) are reserved.  ERR_EXISTS when an input is
 * reserved or the transaction saved already, ERR_INVALID when a payout, or its deposit, does not
 * wait any more; after an error nothing of it is stored. */
int store_payout_tx_save(struct store *s, const struct payout_tx *tx, const uint64_t *deposit_ids,
			 size_t deposits, const uint8_t (*uxids)[32], size_t inputs,
			 struct err *err);
/* SAVED -> SENT: its payouts become SENT and enter the feed.  Again: no change. */
int store_payout_tx_sent(struct store *s, const char *txid, int64_t now, struct err *err);
/* SAVED or SENT -> CONFIRMED: its payouts become CONFIRMED and enter the feed, its inputs are
 * released (they are spent).  Again: no change. */
int store_payout_tx_confirmed(struct store *s, const char *txid, int64_t now, struct err *err);

typedef int (*store_payout_tx_fn)(void *arg, const struct payout_tx *tx, struct err *err);
/* Transactions with seq > after that are SAVED or SENT (`open_only`), or all, by seq.  tx->raw
 * lives during the call of `fn` only. */
int store_payout_tx_each(struct store *s, uint64_t after, bool open_only, store_payout_tx_fn fn,
			 void *arg, struct err *err);
/* Id of the confirmed transaction that was saved last; ERR_NOT_FOUND while there is none. */
int store_payout_tx_last_confirmed(struct store *s, char ret[TXID_TEXT_MAX], struct err *err);
/* Is the output an input of an open transaction of ours? */
int store_uxout_reserved(struct store *s, const uint8_t uxid[32], bool *ret, struct err *err);

#endif

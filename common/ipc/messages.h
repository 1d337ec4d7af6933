/* THE list of messages between the daemons: fields, meaning, who may ask whom, what is answered.
 * The structs, the JSON codec (message.c), the permission check and doc/PROTOCOL.md come from it.
 *
 * Money does not travel in messages.  Deposits and payouts pass from daemon to daemon through the
 * database's feeds, in the transaction that records them; a message only says that there is news
 * (follow), asks for something that a client waits for (bind), asks how things stand (health), or
 * is the operator's: holds payouts back or lets them go, has blocks scanned again.
 * So a message may come twice, late or never without harm to anybody's money.
 *
 * Kinds of fields:      C type                  JSON
 *   U64                 uint64_t                string of decimal digits
 *   I64                 int64_t                 string of decimal digits, '-' allowed
 *   U32                 uint32_t                number
 *   BOOL                bool                    true, false
 *   COIN                enum coin               "BTC", "ETH", "SKY"
 *   UNITS               struct units            string of decimal digits
 *   DROPLETS            struct droplets         string of decimal digits
 *   HOURS               struct hours            string of decimal digits
 *   ADDRESS             char[96]                string
 *   TXID                char[129]               string
 *   NAME                char[48]                string
 *   TEXT                char[512]               string
 *   JSON                char * (heap, or NULL)  any JSON value; freed by message_release()
 *
 * A new message is a field list and a row here.  Changing the list changes its digest; a test
 * then asks for IPC_PROTOCOL to be raised. */
#ifndef TELLER_COMMON_IPC_MESSAGES_H
#define TELLER_COMMON_IPC_MESSAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "common/coin/address.h"
#include "common/coin/amount.h"
#include "common/model/sighting.h"

#define IPC_PROTOCOL 7

/* Who can be at the end of a connection; bits, so that a row can name several askers. */
enum ipc_role {
	IPC_SCANNERD = 1,
	IPC_EXCHANGERD = 2,
	IPC_SENDERD = 4,
	IPC_APID = 8,
	IPC_TELLERCTL = 16,
};
#define IPC_ANYONE     31
#define IPC_ANY_DAEMON 15

/* F(S, KIND, field, meaning) */
#define MSG_HELLO(F, S)                                                                            \
	F(S, U32, protocol, "IPC_PROTOCOL of the speaker")                                         \
	F(S, NAME, daemon, "scannerd, exchangerd, senderd, apid or tellerctl")                     \
	F(S, NAME, version, "source revision, may be empty")

#define MSG_ERROR(F, S)                                                                            \
	F(S, NAME, code,                                                                           \
	  "busy, invalid, not_found, limit, quota, disabled, unavailable or internal")             \
	F(S, TEXT, message, "for the operator's log; clients are told by code")

#define MSG_FOLLOW(F, S)                                                                           \
	F(S, NAME, feed, "sightings, deposits or payouts")                                         \
	F(S, U64, after, "the answer waits until the feed has a newer feed_seq than this")
#define MSG_FOLLOW_REPLY(F, S) F(S, U64, newest, "newest feed_seq of the feed")

#define MSG_HEALTH(F, S) F(S, BOOL, fresh, "false: an answer up to a second old will do")
#define MSG_HEALTH_REPLY(F, S)                                                                     \
	F(S, NAME, daemon, "who answers")                                                          \
	F(S, NAME, version, "source revision, may be empty")                                       \
	F(S, U64, uptime_ms, "since start")                                                        \
	F(S, TEXT, error, "senderd: sender_error; exchangerd: processor_error; else empty")        \
	F(S, DROPLETS, balance, "senderd: spendable coins of the hot wallet")                      \
	F(S, HOURS, hours, "senderd: spendable hours of the hot wallet")                           \
	F(S, JSON, problems, "array of {what, text, since}: what a person should know, or empty")  \
	F(S, JSON, detail, "object: figures of this daemon (heights, queues), for status pages")

#define MSG_BIND(F, S)                                                                             \
	F(S, COIN, coin, "what the customer will pay with")                                        \
	F(S, ADDRESS, sky_address, "where the SKY shall go; checked again by exchangerd")          \
	F(S, NAME, client, "who asks: an IPv4 address or an IPv6 /64, or empty: not counted")      \
	F(S, I64, until_ms,                                                                        \
	  "of CLOCK_MONOTONIC: later nobody hears the answer, so nothing is bound; 0: whenever")
#define MSG_BIND_REPLY(F, S)                                                                       \
	F(S, ADDRESS, deposit_address, "where to pay")                                             \
	F(S, NAME, buy_method, "direct or passthrough")

#define MSG_DUMMY_DEPOSIT(F, S)                                                                    \
	F(S, COIN, coin, "chain to pretend")                                                       \
	F(S, ADDRESS, address, "deposit address")                                                  \
	F(S, UNITS, value, "base units")                                                           \
	F(S, I64, height, "block height to pretend")                                               \
	F(S, TXID, txid, "any text")                                                               \
	F(S, U32, n, "output index")

#define MSG_DUMMY_BROADCASTS(F, S) F(S, U64, from, "first transaction wanted, from 0")
#define MSG_DUMMY_BROADCASTS_REPLY(F, S)                                                           \
	F(S, JSON, transactions, "array of {txid, outputs: [{address, coins}], confirmed}")        \
	F(S, U64, next, "where to go on; 0 when that was all")

#define MSG_DUMMY_CONFIRM(F, S)                                                                    \
	F(S, TXID, txid, "transaction to confirm, or empty")                                       \
	F(S, U64, seq, "when txid is empty: its place in the order of broadcast, from 0")

/* What an operator may tell senderd.  Twice is once; answered when it is on disk. */
#define MSG_SEND_HOLD(F, S)                                                                        \
	F(S, NAME, who, "the operator, by their own word; senderd adds the uid")                   \
	F(S, TEXT, why, "for others, or empty")
#define MSG_SEND_RESUME(F, S)                                                                      \
	F(S, NAME, who, "as above")                                                                \
	F(S, TEXT, why, "as above")
#define MSG_PAYOUT_APPROVE(F, S)                                                                   \
	F(S, U64, deposit_id, "whose payout passes every cap from now on")                         \
	F(S, NAME, who, "as above")
#define MSG_TX_RELEASE(F, S)                                                                       \
	F(S, TXID, txid, "a transaction that is held: its payouts may be paid by another")         \
	F(S, NAME, who, "as above")                                                                \
	F(S, TEXT, why, "as above")

/* The same, to scannerd. */
#define MSG_RESCAN(F, S)                                                                           \
	F(S, COIN, coin, "whose blocks shall be scanned once more")                                \
	F(S, I64, from, "height of the first")                                                     \
	F(S, I64, to, "height of the last, or -1: up to where the scan is")                        \
	F(S, NAME, who, "as above; scannerd adds the uid")
#define MSG_RESCAN_CANCEL(F, S)                                                                    \
	F(S, COIN, coin, "no more of this coin's blocks; what was found stays")                    \
	F(S, NAME, who, "as above")
#define MSG_SCAN_ACCEPT(F, S)                                                                      \
	F(S, COIN, coin, "whose scan has halted: the chain that the node shows is right")          \
	F(S, I64, from, "height of the first block that is taken back, and scanned anew")          \
	F(S, NAME, who, "as above")                                                                \
	F(S, TEXT, why, "for others")

#define MSG_TRACE_DROP(F, S)                                                                       \
	F(S, COIN, coin, "whose blocks are not to be traced later any more")                       \
	F(S, I64, from, "height of the first")                                                     \
	F(S, I64, to, "height of the last")                                                        \
	F(S, NAME, who, "as above")                                                                \
	F(S, TEXT, why, "for others")

#define MSG_CONTROL_REPLY(F, S) F(S, TEXT, text, "how it is now, for the operator")

#define MSG_OK(F, S) F(S, BOOL, ok, "true")

/* M(message, FIELDS, who may ask, who answers, reply) */
#define MESSAGES(M)                                                                                \
	M(hello, MSG_HELLO, IPC_ANYONE, IPC_ANY_DAEMON, hello)                                     \
	M(error, MSG_ERROR, 0, 0, none)                                                            \
	M(ok, MSG_OK, 0, 0, none)                                                                  \
	M(follow, MSG_FOLLOW, IPC_EXCHANGERD | IPC_SENDERD, IPC_ANY_DAEMON, follow_reply)          \
	M(follow_reply, MSG_FOLLOW_REPLY, 0, 0, none)                                              \
	M(health, MSG_HEALTH, IPC_ANYONE, IPC_ANY_DAEMON, health_reply)                            \
	M(health_reply, MSG_HEALTH_REPLY, 0, 0, none)                                              \
	M(bind, MSG_BIND, IPC_APID, IPC_EXCHANGERD, bind_reply)                                    \
	M(bind_reply, MSG_BIND_REPLY, 0, 0, none)                                                  \
	M(dummy_deposit, MSG_DUMMY_DEPOSIT, IPC_APID, IPC_SCANNERD, ok)                            \
	M(dummy_broadcasts, MSG_DUMMY_BROADCASTS, IPC_APID, IPC_SENDERD, dummy_broadcasts_reply)   \
	M(dummy_broadcasts_reply, MSG_DUMMY_BROADCASTS_REPLY, 0, 0, none)                          \
	M(dummy_confirm, MSG_DUMMY_CONFIRM, IPC_APID, IPC_SENDERD, ok)                             \
	M(send_hold, MSG_SEND_HOLD, IPC_TELLERCTL, IPC_SENDERD, control_reply)                     \
	M(send_resume, MSG_SEND_RESUME, IPC_TELLERCTL, IPC_SENDERD, control_reply)                 \
	M(payout_approve, MSG_PAYOUT_APPROVE, IPC_TELLERCTL, IPC_SENDERD, control_reply)           \
	M(tx_release, MSG_TX_RELEASE, IPC_TELLERCTL, IPC_SENDERD, control_reply)                   \
	M(rescan, MSG_RESCAN, IPC_TELLERCTL, IPC_SCANNERD, control_reply)                          \
	M(rescan_cancel, MSG_RESCAN_CANCEL, IPC_TELLERCTL, IPC_SCANNERD, control_reply)            \
	M(scan_accept, MSG_SCAN_ACCEPT, IPC_TELLERCTL, IPC_SCANNERD, control_reply)                \
	M(trace_drop, MSG_TRACE_DROP, IPC_TELLERCTL, IPC_SCANNERD, control_reply)                  \
	M(control_reply, MSG_CONTROL_REPLY, 0, 0, none)

/* --- types made from the list -------------------------------------------------------------- */
#define IPC_TYPE_U64(f)	     uint64_t f;
#define IPC_TYPE_I64(f)	     int64_t f;
#define IPC_TYPE_U32(f)	     uint32_t f;
#define IPC_TYPE_BOOL(f)     bool f;
#define IPC_TYPE_COIN(f)     enum coin f;
#define IPC_TYPE_UNITS(f)    struct units f;
#define IPC_TYPE_DROPLETS(f) struct droplets f;
#define IPC_TYPE_HOURS(f)    struct hours f;
#define IPC_TYPE_ADDRESS(f)  char f[ADDRESS_TEXT_MAX];
#define IPC_TYPE_TXID(f)     char f[TXID_TEXT_MAX];
#define IPC_TYPE_NAME(f)     char f[48];
#define IPC_TYPE_TEXT(f)     char f[512];
#define IPC_TYPE_JSON(f)     char *f;

#define IPC_FIELD_MEMBER(S, KIND, field, meaning) IPC_TYPE_##KIND(field)
#define IPC_STRUCT(name, FIELDS, askers, answerer, reply)                                          \
	struct msg_##name {                                                                        \
		FIELDS(IPC_FIELD_MEMBER, name)                                                     \
	};
MESSAGES(IPC_STRUCT)

enum message_type {
	MSG_TYPE_none,
#define IPC_ENUM(name, FIELDS, askers, answerer, reply) MSG_TYPE_##name,
	MESSAGES(IPC_ENUM)
#undef IPC_ENUM
		MSG_TYPE_COUNT
};

/* One decoded message: the type and its struct. */
struct message {
	enum message_type type;
	union {
#define IPC_UNION(name, FIELDS, askers, answerer, reply) struct msg_##name name;
		MESSAGES(IPC_UNION)
#undef IPC_UNION
	} u;
};

#endif

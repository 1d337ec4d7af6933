/* What btcd says over its websocket: a message as bytes becomes its meaning.  No I/O. */
#ifndef TELLER_SCANNERD_BTC_NOTICE_H
#define TELLER_SCANNERD_BTC_NOTICE_H

#include <stddef.h>
#include <stdint.h>

enum btc_notice_kind {
	BTC_NOTICE_BLOCK,  /* a block came or went */
	BTC_NOTICE_DONE,   /* our request `id` was carried out */
	BTC_NOTICE_NO,	   /* it was not: `text` */
	BTC_NOTICE_OTHER,  /* JSON-RPC that is of no concern here */
	BTC_NOTICE_BROKEN, /* no JSON-RPC */
};

struct btc_notice {
	enum btc_notice_kind kind;
	uint64_t id;
	char text[160];
};

void btc_notice_read(const char *text, size_t len, struct btc_notice *ret);

#endif

/* What a value can be: bool, duration, address and so on, each with its reader and printer. */
#ifndef TELLER_COMMON_CONF_CONF_TYPE_H
#define TELLER_COMMON_CONF_CONF_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/conf/conf_value.h"

/* Limits of a number (a duration's in milliseconds), and what to say of one outside. */
struct conf_range {
	int64_t min, max;
	const char *low, *high; /* "must be >= 0" */
};

struct conf_type {
	const char *name;     /* for the documentation: "duration" */
	const char *expected; /* "a duration such as 20s or 1m30s" */
	bool quoted;	      /* is written with quotes */
	/* Put the value at `place`, `size` bytes of struct conf.  False when it is no such value;
	 * *ret_complaint then says why, if there is more to say than `expected`. */
	bool (*set)(void *place, size_t size, const struct conf_value *v,
		    const struct conf_range *range, const char **ret_complaint);
	/* Append the value as it would stand in the file. */
	void (*print)(const void *place, struct buf *out);
};

extern const struct conf_type conf_bool;	  /* bool */
extern const struct conf_type conf_auto;	  /* bool: auto or off */
extern const struct conf_type conf_int;		  /* int64_t */
extern const struct conf_type conf_confirmations; /* int64_t, or CONF_FINALIZED */
extern const struct conf_type conf_unsigned;	  /* unsigned */
extern const struct conf_type conf_int_or_auto;	  /* int64_t, or CONF_AUTO */
extern const struct conf_type conf_duration;	  /* uint64_t, milliseconds */
extern const struct conf_type conf_duration_or_seconds;
extern const struct conf_type conf_text;    /* char[] */
extern const struct conf_type conf_path;    /* char[]: relative or absolute */
extern const struct conf_type conf_decimal; /* char[]: digits, perhaps a point; no trailing zeros */
extern const struct conf_type conf_coins;   /* struct conf_coins: SKY, or empty */
extern const struct conf_type conf_rate;    /* char[]: checked later, by rate_parse() */
extern const struct conf_type conf_listen;  /* char[]: host:port, or empty */
extern const struct conf_type conf_server;  /* char[]: host:port or URL */
extern const struct conf_type conf_host;    /* char[]: host or URL */
extern const struct conf_type conf_node;    /* char[]: see conf_node_url() */
extern const struct conf_type conf_port;    /* char[]: 1 to 65535 */
extern const struct conf_type conf_url;	    /* char[]: http:// or https:// */
extern const struct conf_type conf_strings; /* struct conf_list */
extern const struct conf_type conf_servers; /* struct conf_list: each as conf_server, no password */
extern const struct conf_type conf_sky_api; /* char[] */
extern const struct conf_type conf_network; /* enum btc_network */
extern const struct conf_type conf_buy_method;
extern const struct conf_type conf_sandbox; /* enum sandbox_mode */
extern const struct conf_type conf_ignored; /* nothing is kept */

/* Durations as Go writes them: 300ms, 1m30s, 1.5h, 0.  Milliseconds; a positive one below a
 * millisecond becomes one. */
bool conf_duration_parse(const char *text, uint64_t *ret_ms);

#endif

/* The parts of the key commands that tests look at. */
#ifndef TELLER_TELLERCTL_CMD_KEYS_H
#define TELLER_TELLERCTL_CMD_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

#define KEYS_COUNT_MAX 200000 /* of one call: some minutes, and a pool for years */

/* The first `count` P2PKH addresses of a seed, one a line, or {"btc_addresses": [...]}.
 * ERR_INVALID: "Seed input is empty", or longer than 4096 bytes. */
int keys_print_btc_addresses(const uint8_t *seed, size_t len, uint64_t count, bool json,
			     struct buf *out, struct err *err);
/* Length of a seed as typed, without one line end (LF or CR LF). */
size_t keys_trim_line_end(const uint8_t *seed, size_t len);

#endif

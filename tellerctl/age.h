/* How operators are told a time. */
#ifndef TELLER_TELLERCTL_AGE_H
#define TELLER_TELLERCTL_AGE_H

#include <stdint.h>

#define AGE_TEXT_MAX 80

/* "2026-11-23T02:50:21Z, 3d 4h ago"; a time that is still to come has no age. */
void age_text(int64_t at, int64_t now, char ret[AGE_TEXT_MAX]);
/* "3d 4h" alone; "" for a time that is still to come. */
void age_short(int64_t at, int64_t now, char ret[AGE_TEXT_MAX]);

#endif

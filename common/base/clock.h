/* Time.  Logic asks here and nowhere else, so that tests can own it. */
#ifndef TELLER_COMMON_BASE_CLOCK_H
#define TELLER_COMMON_BASE_CLOCK_H

#include <stdint.h>

/* Seconds since 1970, for what is stored and shown. */
int64_t clock_unix(void);

/* Milliseconds that never go back, for intervals. */
int64_t clock_mono_ms(void);
/* The same in microseconds. */
int64_t clock_mono_us(void);

#define CLOCK_TEXT_MAX 32
/* "2026-11-23T02:50:21Z" */
void clock_text(int64_t unix_seconds, char ret[CLOCK_TEXT_MAX]);
/* Tests: replace both; NULL restores the system's. */
void clock_install(int64_t (*unix_seconds)(void), int64_t (*mono_ms)(void));

#endif

#include "common/base/clock.h"

#include <stddef.h>
#include <time.h>

static int64_t (*installed_unix)(void);
static int64_t (*installed_mono)(void);

int64_t clock_unix(void)
{
	struct timespec ts;

	if (installed_unix != NULL)
		return installed_unix();
	(void)clock_gettime(CLOCK_REALTIME, &ts); /* cannot fail for this clock */
	return ts.tv_sec;
}

int64_t clock_mono_ms(void)
{
	struct timespec ts;

	if (installed_mono != NULL)
		return installed_mono();
	(void)clock_gettime(CLOCK_MONOTONIC, &ts); /* cannot fail for this clock */
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t clock_mono_us(void)
{
	struct timespec ts;

	if (installed_mono != NULL)
		return installed_mono() * 1000;
	(void)clock_gettime(CLOCK_MONOTONIC, &ts); /* cannot fail for this clock */
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

void clock_text(int64_t unix_seconds, char ret[CLOCK_TEXT_MAX])
{
	time_t t = (time_t)unix_seconds;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(ret, CLOCK_TEXT_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		ret[0] = '\0'; /* a year of more than ten digits */
}

void clock_install(int64_t (*unix_seconds)(void), int64_t (*mono_ms)(void))
{
	installed_unix = unix_seconds;
	installed_mono = mono_ms;
}

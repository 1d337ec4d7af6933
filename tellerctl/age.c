#include "tellerctl/age.h"

#include <stdio.h>

#include "common/base/clock.h"
#include "tellerctl/status_view.h"

void age_short(int64_t at, int64_t now, char ret[AGE_TEXT_MAX])
{
	ret[0] = '\0';
	if (at <= now)
		status_print_duration((uint64_t)(now - at), ret, AGE_TEXT_MAX);
}

void age_text(int64_t at, int64_t now, char ret[AGE_TEXT_MAX])
{
	char when[CLOCK_TEXT_MAX], age[AGE_TEXT_MAX];

	clock_text(at, when);
	age_short(at, now, age);
	(void)snprintf(ret, AGE_TEXT_MAX, "%.30s%s%.30s%s", when, age[0] != '\0' ? ", " : "", age,
		       age[0] != '\0' ? " ago" : "");
}

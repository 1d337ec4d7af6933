#include "apid/query.h"

#include <string.h>
#include <time.h>

#include "common/base/text.h"

#define DAY_S	    86400
#define YEAR_9999_S INT64_C(253402300799)

const char *query_text(const struct http_request *r, const char *name)
{
	const char *value = http_query(r, name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

static int invalid(const char *name, struct err *err)
{
	return err_set(err, ERR_INVALID, "Invalid %s", name);
}

int query_u64(const struct http_request *r, const char *name, uint64_t min, uint64_t max,
	      uint64_t *ret, struct err *err)
{
	const char *value = query_text(r, name);
	uint64_t n;

	if (value == NULL)
		return 0;
	if (!text_to_u64(value, max, &n) || n < min)
		return invalid(name, err);
	*ret = n;
	return 0;
}

static bool digits(const char *text, size_t len, int max, int *ret)
{
	char part[8] = "";
	uint64_t n;

	memcpy(part, text, len);
	if (!text_to_u64(part, (uint64_t)max, &n))
		return false;
	*ret = (int)n;
	return true;
}

/* timegm() would take the 31st of February for the 3rd of March. */
bool day_from_text(const char *text, int64_t *ret)
{
	struct tm tm = { .tm_mday = 0 }, again;
	time_t t;

	if (strlen(text) != 10 || text[4] != '-' || text[7] != '-' ||
	    !digits(text, 4, 9999, &tm.tm_year) || !digits(text + 5, 2, 12, &tm.tm_mon) ||
	    !digits(text + 8, 2, 31, &tm.tm_mday) || tm.tm_year < 1970)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	again = tm;
	t = timegm(&again);
	if (again.tm_mday != tm.tm_mday || again.tm_mon != tm.tm_mon)
		return false;
	*ret = t;
	return true;
}

int query_time(const struct http_request *r, const char *name, enum day_end end, int64_t *ret,
	       struct err *err)
{
	const char *value = query_text(r, name);
	uint64_t seconds;
	int64_t day;

	if (value == NULL)
		return 0;
	if (text_to_u64(value, YEAR_9999_S, &seconds))
		*ret = (int64_t)seconds;
	else if (day_from_text(value, &day))
		*ret = end == DAY_END ? day + DAY_S - 1 : day;
	else
		return invalid(name, err);
	return 0;
}

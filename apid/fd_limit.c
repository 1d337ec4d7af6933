#include "apid/fd_limit.h"

#include <sys/resource.h>

#define USUAL_LIMIT 1024

unsigned fd_limit_raise(unsigned wanted)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return USUAL_LIMIT;
	if (limit.rlim_cur < wanted) {
		struct rlimit more = limit;

		more.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &more) == 0)
			limit = more;
	}
	return limit.rlim_cur < wanted ? (unsigned)limit.rlim_cur : wanted;
}

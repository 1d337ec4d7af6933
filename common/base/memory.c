#include "common/base/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PATH_BYTES 1024

uint64_t memory_available(const char *meminfo)
{
	FILE *f = fopen(meminfo != NULL ? meminfo : "/proc/meminfo", "re");
	uint64_t kib = UINT64_MAX, found;
	char line[128];

	if (f == NULL)
		return UINT64_MAX;
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "MemAvailable: %" SCNu64, &found) == 1)
			kib = found;
	(void)fclose(f);
	return kib <= UINT64_MAX / 1024 ? kib * 1024 : UINT64_MAX;
}

/* "/system.slice/teller.service"; "" when this process is in none. */
static void control_group(const char *cgroup, char ret[PATH_BYTES])
{
	FILE *f = fopen(cgroup, "re");
	char line[PATH_BYTES];

	ret[0] = '\0';
	if (f == NULL)
		return;
	while (fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "0::/", 4) == 0) {
			line[strcspn(line, "\n")] = '\0';
			memmove(ret, line + 3, strlen(line + 3) + 1);
		}
	(void)fclose(f);
}

static uint64_t limit_of(const char *root, const char *group)
{
	char path[2 * PATH_BYTES];
	uint64_t limit = UINT64_MAX;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s%s/memory.max", root, group);
	f = fopen(path, "re");
	if (f == NULL)
		return UINT64_MAX;
	if (fscanf(f, "%" SCNu64, &limit) != 1)
		limit = UINT64_MAX; /* "max" */
	(void)fclose(f);
	return limit;
}

uint64_t memory_allowed(const char *cgroup, const char *root)
{
	char group[PATH_BYTES], *slash = group;
	uint64_t least = UINT64_MAX;

	control_group(cgroup != NULL ? cgroup : "/proc/self/cgroup", group);
	while (slash != NULL) {
		uint64_t limit = limit_of(root != NULL ? root : "/sys/fs/cgroup", group);

		least = limit < least ? limit : least;
		slash = strrchr(group, '/');
		if (slash != NULL)
			*slash = '\0';
	}
	return least;
}

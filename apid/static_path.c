/* Whoever puts pages into a folder may have a ".git" or an editor's ".page.swp" beside them: names
 * with a dot are not served, wherever in the path.  ("." and ".." are such.) */
#include "apid/static_path.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

bool static_path_is_plain(const char *path)
{
	if (*path != '/')
		return false;
	while (*path == '/') {
		path++;
		if (*path == '.' || *path == '/')
			return false;
		path += strcspn(path, "/");
	}
	return true;
}

bool static_path_is_folder(const char *path)
{
	size_t len = strlen(path);

	return len > 0 && path[len - 1] == '/';
}

static bool is_unreserved(char c)
{
	return isalnum((unsigned char)c) || strchr("-._~", c) != NULL;
}

bool static_path_last(const char *path, char *ret, size_t size)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t end = strlen(path), start, used = 0;

	while (end > 0 && path[end - 1] == '/')
		end--;
	for (start = end; start > 0 && path[start - 1] != '/';)
		start--;
	for (; start < end; start++) {
		uint8_t c = (uint8_t)path[start];

		if (used + 4 > size)
			return false;
		if (is_unreserved((char)c)) {
			ret[used++] = (char)c;
			continue;
		}
		ret[used++] = '%';
		ret[used++] = digits[c >> 4];
		ret[used++] = digits[c & 15];
	}
	ret[used] = '\0';
	return used > 0;
}

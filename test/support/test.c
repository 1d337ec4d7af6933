#include "test/support/test.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *test_read_file(const char *path, size_t *ret_len)
{
	FILE *f = fopen(path, "rb");
	char *data;
	long len;

	if (f == NULL)
		fail_msg("cannot open '%s' (tests run from the root of the repository)", path);
	(void)fseek(f, 0, SEEK_END);
	len = ftell(f);
	(void)fseek(f, 0, SEEK_SET);
	data = malloc((size_t)len + 1);
	assert_non_null(data);
	assert_int_equal(fread(data, 1, (size_t)len, f), len);
	(void)fclose(f);
	data[len] = '\0';
	if (ret_len != NULL)
		*ret_len = (size_t)len;
	return data;
}

cJSON *test_read_json(const char *path)
{
	char *text = test_read_file(path, NULL);
	cJSON *j = cJSON_Parse(text);

	free(text);
	if (j == NULL)
		fail_msg("'%s' is no JSON", path);
	return j;
}

char *test_make_dir(void)
{
	const char *tmp = getenv("TMPDIR");
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/teller-test-XXXXXX", tmp != NULL ? tmp : "/tmp");
	assert_non_null(mkdtemp(path));
	return strdup(path);
}

static int remove_entry(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

void test_remove_dir(char *path)
{
	(void)nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	free(path);
}

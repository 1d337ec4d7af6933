/* What every unit test includes: cmocka, and the folder of the vectors. */
#ifndef TELLER_TEST_SUPPORT_TEST_H
#define TELLER_TEST_SUPPORT_TEST_H

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

#include <cjson/cJSON.h>

/* Tests run from the root of the repository. */
#define VECTORS "test/vectors/data/"

/* Read and parse a JSON file or fail the test; cJSON_Delete() it. */
cJSON *test_read_json(const char *path);
/* Read a file into fresh memory (free()) or fail the test; NUL-ended, *ret_len may be NULL. */
char *test_read_file(const char *path, size_t *ret_len);
/* A fresh empty directory below $TMPDIR; removed with its content by test_remove_dir(). */
char *test_make_dir(void);
void test_remove_dir(char *path);

#endif

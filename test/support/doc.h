/* Documents that are printed from tables. */
#ifndef TELLER_TEST_SUPPORT_DOC_H
#define TELLER_TEST_SUPPORT_DOC_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "test/support/test.h"

/* The file is what the table prints; TELLER_WRITE_DOCS=1 writes it (make docs). */
static inline void test_document(const char *path, const struct buf *printed)
{
	char *text;

	assert_false(printed->failed);
	if (getenv("TELLER_WRITE_DOCS") != NULL) {
		FILE *f = fopen(path, "w");

		assert_non_null(f);
		(void)fputs(buf_text(printed), f);
		(void)fclose(f);
	}
	text = test_read_file(path, NULL);
	if (strcmp(text, buf_text(printed)) != 0)
		fail_msg("%s is not what the table prints: make docs", path);
	free(text);
}

#endif

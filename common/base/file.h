/* What a file needs to be on disk for good. */
#ifndef TELLER_COMMON_BASE_FILE_H
#define TELLER_COMMON_BASE_FILE_H

#include "common/base/err.h"

/* Sync the folder that holds `path`: without it a new or renamed file may be gone after a power
 * cut, however well its content was synced. */
int file_sync_folder(const char *path, struct err *err);

#endif

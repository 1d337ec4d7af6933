/* The disk under the data directory. */
#ifndef TELLER_COMMON_DAEMON_DISK_H
#define TELLER_COMMON_DAEMON_DISK_H

#include <stdint.h>

#include "common/daemon/health.h"

/* Raise or clear the problem "disk": fewer than `least` bytes are free where `dir` is. */
void disk_check(struct health *h, const char *dir, uint64_t least);

/* Raise or clear the problem "wal": the database's write-ahead log is larger than `most` bytes. */
void disk_check_wal(struct health *h, const char *dbfile, uint64_t most);

/* Bytes; 0 when it cannot be told. */
uint64_t disk_free(const char *dir);
uint64_t disk_file_size(const char *path);
uint64_t disk_wal_size(const char *dbfile);

#endif

/* Names of enum values: a table of strings, indexed by the value. */
#ifndef TELLER_COMMON_MODEL_NAMES_H
#define TELLER_COMMON_MODEL_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* Index of exactly this name; false when it is none of them. */
bool names_find(const char *const *names, size_t count, const char *name, size_t *ret);

#endif

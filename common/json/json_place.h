/* A place where cJSON puts a document that must not be in the heap. */
#ifndef TELLER_COMMON_JSON_JSON_PLACE_H
#define TELLER_COMMON_JSON_JSON_PLACE_H

#include <stddef.h>

/* From json_place_begin() to json_place_end() cJSON allocates in `memory`, never twice the same
 * bytes, and what it frees stays where it is.  No two at a time; no other JSON meanwhile. */
void json_place_begin(void *memory, size_t size);
void json_place_end(void);
/* Bytes that any document of this text needs. */
size_t json_place_room(const char *data, size_t len);

#endif

/* What this was built from. */
#ifndef TELLER_COMMON_BASE_VERSION_H
#define TELLER_COMMON_BASE_VERSION_H

/* The source revision; "" when unknown. */
const char *teller_version(void);

#endif

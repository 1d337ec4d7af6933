/* Inside common/conf only: what the readers of the kinds of values share. */
#ifndef TELLER_COMMON_CONF_CONF_TYPE_SET_H
#define TELLER_COMMON_CONF_CONF_TYPE_SET_H

#include "common/conf/conf_type.h"

#define MAYBE_UNUSED __attribute__((unused))

/* Every setter has the same shape; most look neither at the range nor complain. */
#define SETTER(name)                                                                               \
	static bool name(void *place, MAYBE_UNUSED size_t size, const struct conf_value *v,        \
			 MAYBE_UNUSED const struct conf_range *range,                              \
			 MAYBE_UNUSED const char **ret_complaint)

bool conf_is_scalar(const struct conf_value *v);
bool conf_has_control(const char *text);
/* False, with a complaint: too long. */
bool conf_copy_text(void *place, size_t size, const char *text, const char **ret_complaint);
void conf_print_text(const void *place, struct buf *out);

#endif

#include "common/base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void err_fill(struct err *e, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL)
		return;
	e->code = code;
	va_start(ap, fmt);
	(void)vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
}

void err_fill_errno(struct err *e, const char *fmt, ...)
{
	int saved = errno;
	char what[ERR_TEXT_MAX / 2];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	err_fill(e, ERR_IO, "%s: %s", what, strerror(saved));
	errno = saved;
}

int err_path_code(struct err *e)
{
	static const int mistakes[] = { ENOENT, ENOTDIR, EISDIR,       EACCES,
					EPERM,	ELOOP,	 ENAMETOOLONG, EROFS };
	int code = ERR_IO;

	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++)
		if (errno == mistakes[i])
			code = ERR_INVALID;
	if (e != NULL)
		e->code = (enum err_code)code;
	return code;
}

int err_wrap(struct err *e, const char *fmt, ...)
{
	char subject[ERR_TEXT_MAX], whole[2 * ERR_TEXT_MAX + 2];
	va_list ap;

	if (e == NULL)
		return ERR_IO;
	va_start(ap, fmt);
	(void)vsnprintf(subject, sizeof(subject), fmt, ap);
	va_end(ap);
	(void)snprintf(whole, sizeof(whole), "%s: %s", subject, e->text);
	memcpy(e->text, whole, sizeof(e->text) - 1); /* a longer text is cut at the end */
	e->text[sizeof(e->text) - 1] = '\0';
	return e->code;
}

/* /dev/tty and not standard input: what is asked here is asked of a person, and `yes |` is none. */
#include "tellerctl/terminal.h"

#include <stdio.h>
#include <string.h>

static int converse(FILE *tty, const char *question, char *ret, size_t size, struct err *err)
{
	if (fputs(question, tty) < 0 || fflush(tty) != 0)
		return err_set_errno(err, "cannot write to the terminal");
	if (fgets(ret, (int)size, tty) == NULL)
		return err_set(err, ERR_INVALID, "no answer");
	ret[strcspn(ret, "\r\n")] = '\0';
	return 0;
}

int terminal_ask(const char *question, char *ret, size_t size, struct err *err)
{
	FILE *tty = fopen("/dev/tty", "r+e");
	int rc;

	if (tty == NULL)
		return err_set(err, ERR_INVALID, "there is no terminal to ask at");
	rc = converse(tty, question, ret, size, err);
	(void)fclose(tty);
	return rc;
}

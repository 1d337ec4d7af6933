/* A name for the record, told beside the uid that the kernel vouches for: who may act is never
 * decided by it. */
#include "tellerctl/operator.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/base/text.h"

static bool use(const char *name, char *ret, size_t size)
{
	return name != NULL && name[0] != '\0' && text_is_plain(name) && text_copy(ret, size, name);
}

void operator_name(char *ret, size_t size)
{
	char login[64];
	const struct passwd *user;

	if (use(getenv("SUDO_USER"), ret, size))
		return;
	if (getlogin_r(login, sizeof(login)) == 0 && use(login, ret, size))
		return;
	user = getpwuid(getuid());
	if (user == NULL || !use(user->pw_name, ret, size))
		(void)snprintf(ret, size, "uid-%u", (unsigned)getuid());
}

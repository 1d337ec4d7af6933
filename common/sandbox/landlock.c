/* All that this kernel's Landlock can restrict is restricted, then the plan's rows are allowed
 * again.  The kernel headers of Debian 12 stop at version 2, so what came later is written down
 * here; a kernel that does not know a right would refuse the whole rule set, hence the table.
 *
 * May never happen: a right that the kernel could hold back and that is not asked for. */
#include "common/sandbox/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BIT(n) (UINT64_C(1) << (n))

/* include/uapi/linux/landlock.h of Linux 6.2, 6.10, 6.7 and 6.12 */
#define FS_TRUNCATE	    BIT(14)
#define FS_IOCTL_DEV	    BIT(15)
#define NET_BIND_TCP	    BIT(0)
#define NET_CONNECT_TCP	    BIT(1)
#define SCOPE_ABSTRACT_UNIX BIT(0)
#define SCOPE_SIGNAL	    BIT(1)
#define RULE_NET_PORT	    2

struct ruleset_attr {
	uint64_t fs, net, scoped;
};

struct net_port_attr {
	uint64_t allowed, port;
};

/* Which version brought what. */
static const struct {
	int abi;
	struct ruleset_attr adds;
} versions[] = {
	{ 1, { .fs = BIT(13) - 1 } },  { 2, { .fs = LANDLOCK_ACCESS_FS_REFER } },
	{ 3, { .fs = FS_TRUNCATE } },  { 4, { .net = NET_BIND_TCP | NET_CONNECT_TCP } },
	{ 5, { .fs = FS_IOCTL_DEV } }, { 6, { .scoped = SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL } },
};

static const struct {
	enum sandbox_right right;
	uint64_t file, folder; /* for a rule of one file, and of a folder and all below */
} rights[] = {
	{ SANDBOX_READ, LANDLOCK_ACCESS_FS_READ_FILE, LANDLOCK_ACCESS_FS_READ_FILE },
	{ SANDBOX_WRITE, LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE,
	  LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE },
	{ SANDBOX_MAKE, 0, LANDLOCK_ACCESS_FS_MAKE_REG },
	{ SANDBOX_REMOVE, 0, LANDLOCK_ACCESS_FS_REMOVE_FILE },
	{ SANDBOX_LIST, 0, LANDLOCK_ACCESS_FS_READ_DIR },
};

static struct ruleset_attr all_of(int abi)
{
	struct ruleset_attr all = { 0 };

	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
		if (abi >= versions[i].abi) {
			all.fs |= versions[i].adds.fs;
			all.net |= versions[i].adds.net;
			all.scoped |= versions[i].adds.scoped;
		}
	return all;
}

int landlock_abi(int *ret, struct err *err)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	if (abi < 0 && errno != ENOSYS && errno != EOPNOTSUPP) {
		(void)err_set_errno(err, "cannot ask the kernel for its Landlock");
		return err != NULL ? err->code = ERR_FATAL : ERR_FATAL;
	}
	*ret = abi < 0 ? 0 : (int)abi;
	return 0;
}

static int failed(struct err *err, const char *what, const char *path)
{
	(void)err_set_errno(err, "%s '%s'", what, path);
	if (err != NULL)
		err->code = ERR_FATAL;
	return ERR_FATAL;
}

static uint64_t rights_of(unsigned wanted, bool folder)
{
	uint64_t access = 0;

	for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++)
		if (wanted & rights[i].right)
			access |= folder ? rights[i].folder : rights[i].file;
	return access;
}

static int add_path_fd(int ruleset, uint64_t handled, const struct sandbox_path *path, int fd,
		       struct err *err)
{
	struct landlock_path_beneath_attr rule = { .parent_fd = fd };
	struct stat st;

	if (fstat(fd, &st) < 0)
		return failed(err, "cannot look at", path->path);
	rule.allowed_access = rights_of(path->rights, S_ISDIR(st.st_mode)) & handled;
	if (rule.allowed_access != 0 &&
	    syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
		return failed(err, "cannot make a rule for", path->path);
	return 0;
}

/* What is not there, or out of this user's reach, needs no rule. */
static int add_path(int ruleset, uint64_t handled, const struct sandbox_path *path, struct err *err)
{
	int fd = open(path->path, O_PATH | O_CLOEXEC), rc;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == EACCES))
		return 0;
	if (fd < 0)
		return failed(err, "cannot reach", path->path);
	rc = add_path_fd(ruleset, handled, path, fd, err);
	(void)close(fd);
	return rc;
}

static int add_port(int ruleset, uint16_t port, struct err *err)
{
	const struct net_port_attr rule = { .allowed = NET_CONNECT_TCP, .port = port };

	if (syscall(SYS_landlock_add_rule, ruleset, RULE_NET_PORT, &rule, 0) < 0)
		return failed(err, "cannot make a rule for", "TCP");
	return 0;
}

static int add_rules(int ruleset, const struct sandbox_plan *p, const struct ruleset_attr *handled,
		     struct err *err)
{
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < p->path_count; i++)
		rc = add_path(ruleset, handled->fs, &p->path[i], err);
	for (unsigned i = 0; rc == 0 && handled->net != 0 && i < p->tcp_count; i++)
		rc = add_port(ruleset, p->tcp[i], err);
	return rc;
}

int landlock_enter(const struct sandbox_plan *p, int abi, struct err *err)
{
	const struct ruleset_attr handled = all_of(abi);
	/* A kernel that has never heard of the later members wants them to be zero: they are. */
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof(handled), 0);
	int rc;

	if (ruleset < 0)
		return failed(err, "cannot make a Landlock rule set for", "this process");
	rc = add_rules(ruleset, p, &handled, err);
	if (rc == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		rc = failed(err, "cannot enter the Landlock rule set of", "this process");
	(void)close(ruleset);
	return rc;
}

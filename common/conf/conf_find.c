/* Where the data directory and the configuration file are. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/conf/conf_loading.h"

bool conf_join(const char *dir, const char *path, char ret[CONF_PATH_MAX])
{
	char joined[CONF_PATH_MAX];
	int n;

	while (path[0] == '.' && path[1] == '/')
		path += 2 + strspn(path + 2, "/");
	if (path[0] == '/')
		n = snprintf(joined, sizeof(joined), "%s", path);
	else if (path[0] == '\0' || strcmp(path, ".") == 0)
		n = snprintf(joined, sizeof(joined), "%s", dir);
	else
		n = snprintf(joined, sizeof(joined), "%s/%s", strcmp(dir, "/") == 0 ? "" : dir,
			     path);
	if (n < 0 || (size_t)n >= sizeof(joined))
		return false;
	memcpy(ret, joined, (size_t)n + 1);
	return true;
}

bool conf_is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* --- the data directory -------------------------------------------------------------------- */
static int default_dir(char ret[CONF_PATH_MAX], struct err *err)
{
	const char *home = getenv("HOME");

	if (home == NULL || home[0] != '/')
		return err_set(err, ERR_INVALID,
			       "no data directory: HOME is not set, give one with --dir");
	if (!conf_join(home, ".teller-skycoin", ret))
		return err_set(err, ERR_INVALID, "the data directory's path is too long");
	return 0;
}

static int absolute_dir(const char *dir, char ret[CONF_PATH_MAX], struct err *err)
{
	char cwd[CONF_PATH_MAX];
	size_t len;

	if (getcwd(cwd, sizeof(cwd)) == NULL)
		return err_set_errno(err, "cannot find the working directory");
	if (!conf_join(cwd, dir, ret))
		return err_set(err, ERR_INVALID, "the data directory's path is too long");
	for (len = strlen(ret); len > 1 && ret[len - 1] == '/'; len--)
		ret[len - 1] = '\0';
	return 0;
}

static int make_one_dir(const char *path, struct err *err)
{
	struct stat st;

	if (mkdir(path, 0700) == 0)
		return 0;
	if (errno != EEXIST)
		return err_set_errno(err, "cannot make directory '%s'", path);
	if (stat(path, &st) < 0)
		return err_set_errno(err, "cannot look at '%s'", path);
	if (!S_ISDIR(st.st_mode))
		return err_set(err, ERR_INVALID, "'%s' is no directory", path);
	return 0;
}

/* The directory and those above it that are missing. */
static int make_dirs(const char *path, struct err *err)
{
	char part[CONF_PATH_MAX];
	struct stat st;

	for (const char *at = path + 1; (at = strchr(at, '/')) != NULL; at++) {
		(void)snprintf(part, sizeof(part), "%.*s", (int)(at - path), path);
		if (stat(part, &st) < 0) {
			int rc = make_one_dir(part, err);

			if (rc < 0)
				return rc;
		}
	}
	return make_one_dir(path, err);
}

int conf_find_dir(const char *dir, char ret[CONF_PATH_MAX], struct err *err)
{
	char found[CONF_PATH_MAX];
	int rc;

	if (dir == NULL || *dir == '\0')
		rc = default_dir(found, err);
	else
		rc = absolute_dir(dir, found, err);
	if (rc == 0)
		rc = make_dirs(found, err);
	if (rc == 0)
		memcpy(ret, found, sizeof(found));
	return rc;
}

/* --- the file ------------------------------------------------------------------------------ */
static bool is_there(const char *dir, const char *name)
{
	char path[CONF_PATH_MAX];
	struct stat st;

	return conf_join(dir, name, path) && (stat(path, &st) == 0 || errno != ENOENT);
}

/* `name` in `dir`, as it is or with one of the two extensions. */
static bool find_in(const char *dir, const char *name, char ret[CONF_PATH_MAX])
{
	static const char *const extensions[] = { "", ".ini", ".toml" };
	char path[CONF_PATH_MAX], with[CONF_PATH_MAX];

	if (!conf_join(dir, name, path))
		return false;
	for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++) {
		int n = snprintf(with, sizeof(with), "%s%s", path, extensions[i]);

		if (n < (int)sizeof(with) && conf_is_file(with)) {
			memcpy(ret, with, sizeof(with));
			return true;
		}
	}
	return false;
}

static bool find_named(const char *file, const char *dir, const char *cwd, char ret[CONF_PATH_MAX])
{
	if (strchr(file, '/') == NULL && find_in(dir, file, ret))
		return true;
	return find_in(cwd, file, ret);
}

/* None at all is fine; one that cannot be read must not pass for none. */
static int find_usual(const char *dir, char ret[CONF_PATH_MAX], struct err *err)
{
	static const char *const names[] = { "teller.ini", "config.toml" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (find_in(dir, names[i], ret))
			return 0;
		if (is_there(dir, names[i]))
			return err_set(err, ERR_INVALID,
				       "configuration '%s/%s' is no file or may not be looked at",
				       dir, names[i]);
	}
	return 0;
}

int conf_find_file(const char *file, const char *dir, char ret[CONF_PATH_MAX], struct err *err)
{
	char cwd[CONF_PATH_MAX];

	ret[0] = '\0';
	if (file == NULL || *file == '\0')
		return find_usual(dir, ret, err);
	if (getcwd(cwd, sizeof(cwd)) == NULL)
		return err_set_errno(err, "cannot find the working directory");
	if (find_named(file, dir, cwd, ret))
		return 0;
	return err_set(err, ERR_NOT_FOUND, "there is no configuration file '%s'%s%s", file,
		       strchr(file, '/') == NULL ? ", neither in the working directory nor in "
						 : "",
		       strchr(file, '/') == NULL ? dir : "");
}

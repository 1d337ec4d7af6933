/* Tokens of the admin API.  The file is only added to, and revoking makes a comment of a line, one
 * byte in its place: so apid, which holds the file open inside its sandbox, reads it again on
 * SIGHUP, and a kill in between leaves a whole file. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/text.h"
#include "common/json/json.h"
#include "common/model/access_token.h"
#include "tellerctl/command.h"

#define RELOAD "send apid SIGHUP (or start it again) to have it read the file\n"

struct token_file {
	char path[CONF_PATH_MAX];
	int fd;
	struct buf text;
	struct access_list list;
};

/* --- the file -------------------------------------------------------------------------------- */

static int token_path(struct ctl *ctl, struct token_file *f, struct conf **ret_conf,
		      struct err *err)
{
	int rc = ctl_load_conf(ctl, CONF_FOR_SCANNERD, ret_conf, err);

	if (rc < 0)
		return rc;
	if ((*ret_conf)->admin_tokens_file[0] == '\0')
		return err_set(err, ERR_INVALID,
			       "admin_panel.tokens_file is not set: write the name of a file "
			       "there first");
	(void)snprintf(f->path, sizeof(f->path), "%s", (*ret_conf)->admin_tokens_file);
	return 0;
}

/* Root makes it for the user who owns the data directory: apid runs as that one. */
static int give_away(const struct token_file *f, const struct conf *conf, struct err *err)
{
	struct stat dir;

	if (geteuid() != 0 || stat(conf->dir, &dir) < 0)
		return 0;
	if (fchown(f->fd, dir.st_uid, dir.st_gid) < 0)
		return err_set_errno(err, "cannot give '%s' to its owner", f->path);
	return 0;
}

static int open_file(struct token_file *f, const struct conf *conf, bool make, struct err *err)
{
	f->fd = open(f->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (f->fd >= 0)
		return 0;
	if (errno != ENOENT || !make)
		return err_set_path_errno(err, "cannot open '%s'", f->path);
	f->fd = open(f->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (f->fd < 0)
		return err_set_path_errno(err, "cannot make '%s'", f->path);
	return give_away(f, conf, err);
}

static int check_private(const struct token_file *f, struct err *err)
{
	struct stat st;

	if (fstat(f->fd, &st) < 0)
		return err_set_errno(err, "cannot look at '%s'", f->path);
	if (!S_ISREG(st.st_mode) || st.st_size > ACCESS_FILE_MAX)
		return err_set(err, ERR_INVALID, "'%s' is no file of tokens", f->path);
	if ((st.st_mode & 077) != 0)
		return err_set(err, ERR_INVALID,
			       "'%s' is open to other users (mode %04o, must be 0600)", f->path,
			       (unsigned)(st.st_mode & 07777));
	return 0;
}

static int read_file(struct token_file *f, struct err *err)
{
	char piece[4096];
	ssize_t n;

	while ((n = pread(f->fd, piece, sizeof(piece), (off_t)f->text.len)) > 0)
		if (!buf_append(&f->text, piece, (size_t)n))
			return err_set(err, ERR_INVALID, "'%s' is too long", f->path);
	if (n < 0)
		return err_set_errno(err, "cannot read '%s'", f->path);
	if (access_list_parse(buf_text(&f->text), &f->list, err) < 0)
		return err_wrap(err, "'%s'", f->path);
	return 0;
}

static void close_file(struct token_file *f)
{
	if (f->fd >= 0)
		(void)close(f->fd);
	buf_release(&f->text);
}

/* Locked, so that two commands at a time do not lose what the other wrote. */
static int take_file(struct ctl *ctl, bool make, struct token_file *ret, struct err *err)
{
	struct conf *conf = NULL;
	int rc;

	*ret = (struct token_file){ .fd = -1, .text = BUF_INIT(ACCESS_FILE_MAX) };
	rc = token_path(ctl, ret, &conf, err);
	if (rc == 0)
		rc = open_file(ret, conf, make, err);
	if (rc == 0)
		rc = check_private(ret, err);
	if (rc == 0 && flock(ret->fd, LOCK_EX) < 0)
		rc = err_set_errno(err, "cannot lock '%s'", ret->path);
	if (rc == 0)
		rc = read_file(ret, err);
	conf_free(conf);
	if (rc < 0)
		close_file(ret);
	return rc;
}

static int write_at(const struct token_file *f, const char *text, size_t len, size_t at,
		    struct err *err)
{
	if (pwrite(f->fd, text, len, (off_t)at) != (ssize_t)len || fsync(f->fd) < 0)
		return err_set_errno(err, "cannot write '%s'", f->path);
	return 0;
}

/* --- admin token ----------------------------------------------------------------------------- */

static const struct access_token *find_name(const struct access_list *l, const char *name)
{
	for (unsigned i = 0; i < l->count; i++)
		if (strcmp(l->token[i].name, name) == 0)
			return &l->token[i];
	return NULL;
}

static int make_token(char ret[ACCESS_TOKEN_SIZE], struct err *err)
{
	uint8_t random[(ACCESS_TOKEN_SIZE - 1) / 2];

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return err_set_errno(err, "cannot get random bytes");
	hex_from_bytes(random, sizeof(random), ret);
	explicit_bzero(random, sizeof(random));
	return 0;
}

static int add_token(const struct token_file *f, const struct access_token *t, struct err *err)
{
	struct buf line = BUF_INIT(512);
	int rc;

	if (find_name(&f->list, t->name) != NULL)
		return err_set(err, ERR_EXISTS, "there is a token '%s': revoke it first", t->name);
	if (f->list.count == ACCESS_TOKENS_MAX)
		return err_set(err, ERR_INVALID, "there are %d tokens already", ACCESS_TOKENS_MAX);
	if (f->text.len > 0 && f->text.data[f->text.len - 1] != '\n')
		(void)buf_putc(&line, '\n');
	access_token_print(t, &line);
	rc = write_at(f, line.data, line.len, f->text.len, err);
	buf_release(&line);
	return rc;
}

int ctl_admin_token(struct ctl *ctl, int argc, char **argv, struct err *err)
{
	struct access_token t = { .roles = 0 };
	char token[ACCESS_TOKEN_SIZE];
	struct token_file f;
	int rc;

	(void)argc;
	if (!access_name_is_valid(argv[0]))
		return err_set(err, ERR_INVALID,
			       "'%.40s' is no name: up to %d letters, digits, '.', '_', '-'",
			       argv[0], ACCESS_NAME_MAX - 1);
	if (!access_roles_parse(argv[1], &t.roles))
		return err_set(err, ERR_INVALID,
			       "'%.40s' is no role: read, backup, metrics, or several: "
			       "read,backup",
			       argv[1]);
	(void)snprintf(t.name, sizeof(t.name), "%s", argv[0]);
	rc = take_file(ctl, true, &f, err);
	if (rc < 0)
		return rc;
	rc = make_token(token, err);
	t.digest = access_digest(token);
	if (rc == 0)
		rc = add_token(&f, &t, err);
	close_file(&f);
	if (rc == 0) {
		(void)buf_printf(&ctl->out, "%s\n", token);
		(void)buf_puts(&ctl->notes, "this is shown once and kept nowhere; " RELOAD);
	}
	explicit_bzero(token, sizeof(token));
	return rc;
}

/* --- admin tokens ---------------------------------------------------------------------------- */

int ctl_admin_tokens(struct ctl *ctl, int argc, char **argv, struct err *err)
{
	char roles[ACCESS_ROLES_TEXT_MAX];
	struct token_file f;
	int rc = take_file(ctl, false, &f, err);

	(void)argc, (void)argv;
	if (rc < 0)
		return rc;
	for (unsigned i = 0; i < f.list.count; i++) {
		access_roles_text(f.list.token[i].roles, roles);
		(void)buf_printf(&ctl->out, "%s %s\n", f.list.token[i].name, roles);
	}
	close_file(&f);
	return 0;
}

/* --- admin revoke ---------------------------------------------------------------------------- */

/* Where the line of `name` begins. */
static bool find_line(const struct buf *text, const char *name, size_t *ret_at)
{
	const char *start = buf_text(text), *line = start;
	size_t len = strlen(name);

	for (; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *word = line + strspn(line, " \t");

		if (strncmp(word, name, len) == 0 && (word[len] == ' ' || word[len] == '\t')) {
			*ret_at = (size_t)(line - start);
			return true;
		}
	}
	return false;
}

int ctl_admin_revoke(struct ctl *ctl, int argc, char **argv, struct err *err)
{
	struct token_file f;
	size_t at = 0;
	int rc = take_file(ctl, false, &f, err);

	(void)argc;
	if (rc < 0)
		return rc;
	if (find_name(&f.list, argv[0]) == NULL || !find_line(&f.text, argv[0], &at))
		rc = err_set(err, ERR_NOT_FOUND, "there is no token '%.40s'", argv[0]);
	else
		rc = write_at(&f, "#", 1, at, err);
	close_file(&f);
	if (rc == 0)
		(void)buf_puts(&ctl->notes, "revoked; " RELOAD);
	return rc;
}

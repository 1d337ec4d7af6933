/* The terminal shows nothing while a password is typed, so it must be given back as it was on every
 * way out.  Signals that end or stop a program are held back but for the moments in which we wait
 * for a key; what arrives then is only noted.  The terminal is put right first, and the signal is
 * raised again for whoever handled it before.  A stop (Ctrl-Z) asks again when the program goes
 * on.  (Nothing can be done about SIGKILL.) */
#include "common/wallet/prompt.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "common/keys/secret.h"

static const int watched[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
#define WATCHED_COUNT (sizeof(watched) / sizeof(watched[0]))

static volatile sig_atomic_t noted; /* the signal that came; 0: none */

struct terminal {
	struct termios before;
	struct sigaction handlers[WATCHED_COUNT];
	sigset_t mask; /* as it was, and while we wait */
};

bool prompt_is_possible(void)
{
	return isatty(STDIN_FILENO) == 1;
}

static void note_signal(int number)
{
	noted = number;
}

/* --- the terminal, and back ------------------------------------------------------------------ */
static void hold_signals(struct terminal *t)
{
	struct sigaction note = { .sa_handler = note_signal };
	sigset_t set;

	noted = 0;
	(void)sigemptyset(&note.sa_mask);
	(void)sigemptyset(&set);
	for (size_t i = 0; i < WATCHED_COUNT; i++)
		(void)sigaddset(&set, watched[i]);
	(void)sigprocmask(SIG_BLOCK, &set, &t->mask);
	for (size_t i = 0; i < WATCHED_COUNT; i++)
		(void)sigaction(watched[i], &note, &t->handlers[i]);
}

static void release_signals(const struct terminal *t)
{
	for (size_t i = 0; i < WATCHED_COUNT; i++)
		(void)sigaction(watched[i], &t->handlers[i], NULL);
	if (noted != 0)
		(void)raise(noted); /* held back until the mask is as it was */
	(void)sigprocmask(SIG_SETMASK, &t->mask, NULL);
}

static int hide(struct terminal *t, struct err *err)
{
	struct termios hidden;

	if (tcgetattr(STDIN_FILENO, &t->before) < 0)
		return err_set_errno(err, "cannot ask the terminal");
	hidden = t->before;
	hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	hidden.c_lflag |= ICANON | ISIG;
	hold_signals(t);
	if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) == 0)
		return 0;
	(void)err_set_errno(err, "cannot hide what is typed");
	release_signals(t);
	return ERR_IO;
}

static void show(const struct terminal *t)
{
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &t->before);
	(void)!write(STDERR_FILENO, "\n", 1); /* the person's own was not shown */
	release_signals(t);
}

/* --- the line --------------------------------------------------------------------------------- */
/* Only here do signals arrive. */
static int wait_for_line(const struct terminal *t, struct err *err)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };

	while (ppoll(&input, 1, NULL, &t->mask) < 0) {
		if (errno != EINTR)
			return err_set_errno(err, "cannot wait for the password");
		if (noted != 0)
			return err_set(err, ERR_BUSY, "interrupted: %s", strsignal(noted));
	}
	return 0;
}

static int read_line(struct secret_text *line, struct err *err)
{
	ssize_t n = read(STDIN_FILENO, line->data, line->len);

	if (n < 0)
		return err_set_errno(err, "cannot read the password");
	if (n == 0)
		return err_set(err, ERR_INVALID, "no password was given: end of input");
	if (line->data[n - 1] != '\n')
		return err_set(err, ERR_INVALID,
			       "no password was given: no whole line of at most "
			       "4095 characters");
	line->len = (size_t)n - 1;
	line->data[line->len] = '\0';
	return 0;
}

static int ask(const struct terminal *t, const char *question, struct secret_text *line,
	       struct err *err)
{
	int rc;

	(void)!write(STDERR_FILENO, question, strlen(question));
	rc = wait_for_line(t, err);
	return rc < 0 ? rc : read_line(line, err);
}

/* --- asking ----------------------------------------------------------------------------------- */
static int ask_hidden(const char *question, struct secret_text *line, struct err *err)
{
	struct terminal t;
	int rc = hide(&t, err);

	if (rc < 0)
		return rc;
	rc = ask(&t, question, line, err);
	show(&t);
	return rc;
}

int prompt_password(const char *question, struct secret_text *ret, struct err *err)
{
	struct secret_text line;
	int rc = secret_text_new(PROMPT_LINE_MAX, &line, err);

	if (rc < 0)
		return rc;
	do
		rc = ask_hidden(question, &line, err);
	while (rc == ERR_BUSY && noted == SIGTSTP);
	if (rc == 0)
		*ret = line;
	else
		secret_text_free(&line);
	return rc;
}

/* A loop for one question.  A daemon that takes no connection within CONNECT_MS is down (that is
 * enough to outlast a restart); one that has the question gets PATIENCE_MS, since it may have to
 * wait for the disk or for a lock. */
#include "tellerctl/ask_daemon.h"

#include <stdio.h>
#include <string.h>

#include "common/daemon/daemon.h"
#include "common/ipc/ipc_client.h"
#include "common/loop/loop.h"

#define CONNECT_MS  2000U
#define PATIENCE_MS 15000U

struct asking {
	struct loop *loop;
	struct loop_timer *connecting;
	struct ipc_client *client;
	const char *daemon;
	const struct message *question;
	struct message *answer;
	bool asked, done;
	int rc;
	struct err *err;
};

static void finish(struct asking *a, int rc)
{
	if (a->done)
		return;
	a->done = true;
	a->rc = rc;
	loop_stop(a->loop);
}

/* Answers of this kind hold nothing on the heap. */
static int take(struct asking *a, const struct message *m)
{
	if (m->type == message_reply(a->question->type)) {
		*a->answer = *m;
		return 0;
	}
	if (m->type != MSG_TYPE_error)
		return err_set(a->err, ERR_IO, "%s gave a strange answer", a->daemon);
	if (strcmp(m->u.error.code, "unavailable") != 0)
		return err_set(a->err,
			       strcmp(m->u.error.code, "busy") == 0 ? ERR_BUSY : ERR_INVALID, "%s",
			       m->u.error.message);
	return err_set(a->err, ERR_IO,
		       "%s did not answer (%s): it may have done it or not; asking again does no "
		       "harm",
		       a->daemon, m->u.error.message);
}

static void on_answer(void *arg, const struct message *m)
{
	struct asking *a = arg;

	if (!a->done)
		finish(a, take(a, m));
}

static void on_state(void *arg, bool connected)
{
	struct asking *a = arg;

	if (!connected || a->asked)
		return;
	a->asked = true;
	ipc_ask(a->client, a->question, PATIENCE_MS, on_answer, a);
}

static void on_not_connected(void *arg)
{
	struct asking *a = arg;

	if (!a->asked)
		finish(a, err_set(a->err, ERR_IO, "%s does not run: %s", a->daemon,
				  ipc_client_error(a->client)));
}

static int start(struct asking *a, const struct conf *conf, struct err *err)
{
	char path[CONF_PATH_MAX + 64];
	int rc = daemon_socket_path(conf, a->daemon, path, sizeof(path), err);

	if (rc == 0)
		rc = loop_new(&a->loop, err);
	if (rc == 0)
		rc = ipc_client_new(a->loop, path, IPC_TELLERCTL,
				    (enum ipc_role)ipc_role_parse(a->daemon), on_state, a,
				    &a->client, err);
	if (rc < 0)
		return rc;
	a->connecting = loop_timer_new(a->loop, on_not_connected, a);
	loop_timer_start(a->connecting, CONNECT_MS);
	return 0;
}

int ask_daemon(const struct conf *conf, const char *daemon, const struct message *question,
	       struct message *ret, struct err *err)
{
	struct asking a = { .daemon = daemon, .question = question, .answer = ret, .err = err };
	int rc = start(&a, conf, err);

	if (rc == 0) {
		loop_run(a.loop);
		rc = a.rc;
	}
	a.done = true;
	if (a.client != NULL)
		ipc_client_free(a.client);
	loop_timer_free(a.connecting);
	loop_free(a.loop);
	return rc;
}

/* Each question is answered once or dropped, and freed either way. */
#include "scannerd/chain_question.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *chain_question_new(struct chain_questions *all, size_t size, enum chain_asked asked,
			 void *arg)
{
	struct chain_question *q = calloc(1, size);

	if (q == NULL)
		abort(); /* a restart is safe; a question that nobody answers is not */
	q->asked = asked;
	q->arg = arg;
	q->next = all->first;
	q->link = &all->first;
	if (q->next != NULL)
		q->next->link = &q->next;
	all->first = q;
	return q;
}

static void dispose(struct chain_question *q)
{
	if (q->release != NULL)
		q->release(q);
	free(q);
}

void chain_question_free(struct chain_question *q)
{
	*q->link = q->next;
	if (q->next != NULL)
		q->next->link = q->link;
	dispose(q);
}

void chain_question_fail(struct chain_question *q, enum chain_trouble trouble, const char *fmt, ...)
{
	struct chain_error e = { .trouble = trouble };
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(e.text, sizeof(e.text), fmt, ap);
	va_end(ap);
	switch (q->asked) {
	case CHAIN_ASKED_TIP: q->fn.tip(q->arg, &e, -1); break;
	case CHAIN_ASKED_HASH: q->fn.hash(q->arg, &e, NULL); break;
	case CHAIN_ASKED_FINAL: q->fn.final(q->arg, &e, -1, NULL); break;
	case CHAIN_ASKED_BALANCES: q->fn.balances(q->arg, &e, NULL); break;
	case CHAIN_ASKED_BLOCK: q->fn.block(q->arg, &e, NULL); break;
	}
	chain_question_free(q);
}

void chain_questions_drop(struct chain_questions *all)
{
	for (struct chain_question *q = all->first; q != NULL; q = q->next)
		q->dropped = true;
}

void chain_questions_free(struct chain_questions *all)
{
	struct chain_question *next;

	for (struct chain_question *q = all->first; q != NULL; q = next) {
		next = q->next;
		dispose(q);
	}
	all->first = NULL;
}

void chain_server_name(const char *server, char *ret, size_t size)
{
	const char *host = strstr(server, "://"), *at;
	size_t len;

	host = host != NULL ? host + 3 : server;
	len = strcspn(host, "/?#");
	at = memrchr(host, '@', len);
	if (at != NULL) {
		len -= (size_t)(at + 1 - host);
		host = at + 1;
	}
	(void)snprintf(ret, size, "%.*s", (int)len, host);
}

/* `trace status`, from the database; `trace drop`, told to scannerd. */
#include <inttypes.h>

#include "common/base/clock.h"
#include "common/json/json.h"
#include "common/store/trace_store.h"
#include "tellerctl/age.h"
#include "tellerctl/control.h"
#include "tellerctl/operator.h"
#include "tellerctl/shown.h"

int ctl_trace_drop(struct ctl *ctl, int argc, char **argv, struct err *err)
{
	struct message m = { .type = MSG_TYPE_trace_drop };
	struct msg_trace_drop *d = &m.u.trace_drop;
	int rc = ctl_read_coin(argv[0], &d->coin, err);

	if (rc == 0)
		rc = ctl_read_height(argv[1], &d->from, err);
	if (rc == 0)
		rc = ctl_read_height(argv[2], &d->to, err);
	if (rc == 0)
		rc = control_reason(argc - 3, argv + 3, d->why, sizeof(d->why), err);
	operator_name(d->who, sizeof(d->who));
	return rc < 0 ? rc : control_tell_to(ctl, "scannerd", &m, err);
}

/* --- showing ---------------------------------------------------------------------------------- */
struct listing {
	struct buf *out;
	struct json_writer json;
	bool as_json;
	int64_t now;
	uint64_t count;
};

static void print_line(const struct listing *l, const struct trace_debt *d)
{
	char since[AGE_TEXT_MAX];

	age_text(d->since, l->now, since);
	(void)buf_printf(l->out, "%s %" PRId64 " since=\"%s\" tries=%" PRIu32 " why=\"",
			 coin_name(d->coin), d->height, since, d->tries);
	put_shown(d->why, l->out);
	(void)buf_puts(l->out, "\"\n");
}

static void print_object(struct listing *l, const struct trace_debt *d)
{
	json_begin_object(&l->json);
	json_put_string(&l->json, "coin", coin_name(d->coin));
	json_put_i64(&l->json, "height", d->height);
	json_put_string(&l->json, "hash", d->hash);
	json_put_i64(&l->json, "since", d->since);
	json_put_u64(&l->json, "tries", d->tries);
	json_put_string(&l->json, "why", d->why);
	json_end_object(&l->json);
}

static int on_debt(void *arg, const struct trace_debt *d, struct err *err)
{
	struct listing *l = arg;

	(void)err;
	l->count++;
	if (l->as_json)
		print_object(l, d);
	else
		print_line(l, d);
	return 0;
}

static void print_end(struct ctl *ctl, struct listing *l)
{
	if (l->as_json) {
		json_end_array(&l->json);
		(void)buf_putc(&ctl->out, '\n');
	} else if (l->count == 0) {
		(void)buf_puts(&ctl->notes, "no blocks wait to be traced\n");
	} else {
		(void)buf_printf(&ctl->out, "%" PRIu64 " blocks wait to be traced\n", l->count);
	}
}

int ctl_trace_status(struct ctl *ctl, int argc, char **argv, struct err *err)
{
	struct listing l = { .out = &ctl->out, .as_json = ctl->json, .now = clock_unix() };
	struct store *s = NULL;
	int rc = ctl_open_store(ctl, &s, err);

	(void)argc, (void)argv;
	if (rc < 0)
		return rc;
	json_writer_init(&l.json, &ctl->out, JSON_INDENTED);
	if (l.as_json)
		json_begin_array(&l.json);
	rc = store_trace_each(s, on_debt, &l, err);
	print_end(ctl, &l);
	store_close(s);
	return rc;
}

/* `rescan`, told to scannerd; `rescan status` and `rescan list`, from the database. */
#include <inttypes.h>

#include "common/base/clock.h"
#include "common/json/json.h"
#include "common/store/rescan_store.h"
#include "tellerctl/age.h"
#include "tellerctl/control.h"
#include "tellerctl/operator.h"
#include "tellerctl/shown.h"

/* --- asking ----------------------------------------------------------------------------------- */
int ctl_rescan(struct ctl *ctl, int argc, char **argv, struct err *err)
{
	struct message m = { .type = MSG_TYPE_rescan };
	struct msg_rescan *r = &m.u.rescan;
	int rc = ctl_read_coin(argv[0], &r->coin, err);

	r->to = -1;
	if (rc == 0)
		rc = ctl_read_height(argv[1], &r->from, err);
	if (rc == 0 && argc > 2)
		rc = ctl_read_height(argv[2], &r->to, err);
	operator_name(r->who, sizeof(r->who));
	return rc < 0 ? rc : control_tell_to(ctl, "scannerd", &m, err);
}

int ctl_rescan_cancel(struct ctl *ctl, int argc, char **argv, struct err *err)
{
	struct message m = { .type = MSG_TYPE_rescan_cancel };
	struct msg_rescan_cancel *c = &m.u.rescan_cancel;
	int rc = ctl_read_coin(argv[0], &c->coin, err);

	(void)argc;
	operator_name(c->who, sizeof(c->who));
	return rc < 0 ? rc : control_tell_to(ctl, "scannerd", &m, err);
}

/* --- showing ---------------------------------------------------------------------------------- */
struct progress {
	int64_t done, all;
	unsigned percent;
	uint64_t per_second;
	uint64_t left_s; /* when it runs on like that; 0: not known */
};

static struct progress progress_of(const struct rescan_order *o)
{
	struct progress p = { .done = o->to - o->next, .all = o->to - o->from + 1 };

	p.percent = (unsigned)(100 * p.done / p.all);
	if (o->busy_ms > 0)
		p.per_second = (uint64_t)p.done * 1000 / o->busy_ms;
	if (o->state == RESCAN_RUNNING && p.per_second > 0)
		p.left_s = (uint64_t)(p.all - p.done) / p.per_second + 1;
	return p;
}

static void print_line(const struct rescan_order *o, int64_t now, struct buf *out)
{
	struct progress p = progress_of(o);
	char since[AGE_TEXT_MAX];

	age_text(o->started_at, now, since);
	(void)buf_printf(out,
			 "%s %" PRId64 "-%" PRId64 " %s %u%% next=%" PRId64 " blocks_per_s=%" PRIu64
			 " found=%" PRIu64 " known=%" PRIu64 " by=%s started=\"%s\"",
			 coin_name(o->coin), o->from, o->to, rescan_state_name(o->state), p.percent,
			 o->next, p.per_second, o->found, o->known, o->who, since);
	if (p.left_s > 0)
		(void)buf_printf(out, " left_s=%" PRIu64, p.left_s);
	if (o->error[0] != '\0') {
		(void)buf_puts(out, " error=\"");
		put_shown(o->error, out);
		(void)buf_putc(out, '"');
	}
	(void)buf_putc(out, '\n');
}

static void print_object(const struct rescan_order *o, struct json_writer *w)
{
	struct progress p = progress_of(o);

	json_begin_object(w);
	json_put_string(w, "coin", coin_name(o->coin));
	json_put_i64(w, "from", o->from);
	json_put_i64(w, "to", o->to);
	json_put_i64(w, "next", o->next);
	json_put_string(w, "state", rescan_state_name(o->state));
	json_put_u64(w, "percent", p.percent);
	json_put_u64(w, "blocks_per_second", p.per_second);
	json_put_u64(w, "found", o->found);
	json_put_u64(w, "known", o->known);
	json_put_string(w, "error", o->error);
	json_put_string(w, "who", o->who);
	json_put_i64(w, "started_at", o->started_at);
	json_put_i64(w, "updated_at", o->updated_at);
	json_end_object(w);
}

struct listing {
	struct buf *out;
	struct json_writer json;
	bool as_json, all;
	int64_t now;
	uint64_t count;
	struct rescan_order last[COIN_COUNT]; /* seq 0: none */
};

static void print_order(struct listing *l, const struct rescan_order *o)
{
	l->count++;
	if (l->as_json)
		print_object(o, &l->json);
	else
		print_line(o, l->now, l->out);
}

static int on_order(void *arg, const struct rescan_order *o, struct err *err)
{
	struct listing *l = arg;

	(void)err;
	if (l->all)
		print_order(l, o);
	else
		l->last[o->coin] = *o;
	return 0;
}

static int print_all(struct listing *l, struct store *s, struct err *err)
{
	int rc = store_rescan_each(s, on_order, l, err);

	for (unsigned coin = 0; rc == 0 && coin < COIN_COUNT; coin++)
		if (l->last[coin].seq > 0)
			print_order(l, &l->last[coin]);
	return rc;
}

static int list(struct ctl *ctl, bool all, struct err *err)
{
	struct listing l = {
		.out = &ctl->out, .as_json = ctl->json, .all = all, .now = clock_unix()
	};
	struct store *s = NULL;
	int rc = ctl_open_store(ctl, &s, err);

	if (rc < 0)
		return rc;
	json_writer_init(&l.json, &ctl->out, JSON_INDENTED);
	if (l.as_json)
		json_begin_array(&l.json);
	rc = print_all(&l, s, err);
	if (l.as_json) {
		json_end_array(&l.json);
		(void)buf_putc(&ctl->out, '\n');
	} else if (rc == 0 && l.count == 0) {
		(void)buf_puts(&ctl->notes, "no blocks were ever scanned again\n");
	}
	store_close(s);
	return rc;
}

int ctl_rescan_status(struct ctl *ctl, int argc, char **argv, struct err *err)
{
	(void)argc, (void)argv;
	return list(ctl, false, err);
}

int ctl_rescan_list(struct ctl *ctl, int argc, char **argv, struct err *err)
{
	(void)argc, (void)argv;
	return list(ctl, true, err);
}

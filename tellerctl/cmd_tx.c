/* `tx list` and `tx show`, from the database alone: they work while senderd is down. */
#include <inttypes.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/json/json.h"
#include "tellerctl/command.h"
#include "tellerctl/tx_view.h"

/* --- which ------------------------------------------------------------------------------------ */
enum filter { LOOKED_AFTER, ALL, HELD, ONE_STATE };

struct listing {
	struct store *store;
	enum filter filter;
	enum payout_tx_state state;
	bool as_json; /* else text */
	struct json_writer json;
	struct buf *out;
	int64_t now;
	uint64_t count, held, left_out;
};

static int read_filter(struct listing *l, const char *word, struct err *err)
{
	l->filter = LOOKED_AFTER;
	if (word == NULL)
		return 0;
	if (strcmp(word, "all") == 0)
		l->filter = ALL;
	else if (strcmp(word, "held") == 0)
		l->filter = HELD;
	else if (payout_tx_state_parse(word, &l->state))
		l->filter = ONE_STATE;
	else
		return err_set(err, ERR_INVALID,
			       "'%.40s' is no state of a transaction; there are saved, sent, "
			       "confirmed, dead; and held, all",
			       word);
	return 0;
}

static bool is_wanted(const struct listing *l, const struct payout_tx *tx)
{
	switch (l->filter) {
	case LOOKED_AFTER: return !tx->final;
	case ALL: return true;
	case HELD: return tx_is_held(tx);
	case ONE_STATE: return tx->state == l->state;
	}
	return false;
}

static int on_tx(void *arg, const struct payout_tx *tx, struct err *err)
{
	struct listing *l = arg;
	struct tx_view v;
	int rc;

	if (!is_wanted(l, tx)) {
		l->left_out++;
		return 0;
	}
	rc = tx_view_load(&v, l->store, tx, err);
	if (rc < 0)
		return rc;
	l->count++;
	l->held += tx_is_held(tx) ? 1 : 0;
	if (l->as_json)
		tx_view_json_short(&v, &l->json);
	else
		tx_view_line(&v, l->now, l->out);
	tx_view_release(&v);
	return 0;
}

static int print_list(struct ctl *ctl, struct listing *l, struct err *err)
{
	int rc;

	json_writer_init(&l->json, &ctl->out, JSON_INDENTED);
	if (l->as_json)
		json_begin_array(&l->json);
	rc = store_payout_tx_each(l->store, 0, PAYOUT_TX_ALL, on_tx, l, err);
	if (l->as_json) {
		json_end_array(&l->json);
		(void)buf_putc(&ctl->out, '\n');
	}
	if (rc == 0)
		(void)buf_printf(&ctl->notes,
				 "%" PRIu64 " transactions, %" PRIu64 " held; %" PRIu64
				 " not shown\n",
				 l->count, l->held, l->left_out);
	return rc;
}

int ctl_tx_list(struct ctl *ctl, int argc, char **argv, struct err *err)
{
	struct listing l = { .as_json = ctl->json, .out = &ctl->out, .now = clock_unix() };
	int rc = read_filter(&l, argc > 0 ? argv[0] : NULL, err);

	if (rc == 0)
		rc = ctl_open_store(ctl, &l.store, err);
	if (rc == 0)
		rc = print_list(ctl, &l, err);
	store_close(l.store);
	return rc;
}

/* --- one -------------------------------------------------------------------------------------- */
struct showing {
	struct ctl *ctl;
	struct store *store;
};

static int on_shown(void *arg, const struct payout_tx *tx, struct err *err)
{
	struct showing *s = arg;
	struct json_writer w;
	struct tx_view v;
	int rc = tx_view_load(&v, s->store, tx, err);

	if (rc < 0)
		return rc;
	json_writer_init(&w, &s->ctl->out, JSON_INDENTED);
	if (s->ctl->json) {
		tx_view_json(&v, &w);
		(void)buf_putc(&s->ctl->out, '\n');
	} else {
		tx_view_text(&v, clock_unix(), &s->ctl->out);
	}
	tx_view_release(&v);
	return 0;
}

int ctl_tx_show(struct ctl *ctl, int argc, char **argv, struct err *err)
{
	struct showing s = { .ctl = ctl };
	int rc = tx_check_id(argv[0], err);

	(void)argc;
	if (rc == 0)
		rc = ctl_open_store(ctl, &s.store, err);
	if (rc == 0)
		rc = store_payout_tx_get(s.store, argv[0], on_shown, &s, err);
	store_close(s.store);
	return rc;
}

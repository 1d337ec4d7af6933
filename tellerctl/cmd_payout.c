/* `payout list`, from the database; `payout approve`, to senderd. */
#include <inttypes.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/text.h"
#include "common/json/json.h"
#include "common/store/control_store.h"
#include "common/store/payout_store.h"
#include "tellerctl/age.h"
#include "tellerctl/control.h"
#include "tellerctl/operator.h"

#define ROWS_AT_ONCE 1000

/* --- which ------------------------------------------------------------------------------------ */
enum filter { ALL_BUT_CONFIRMED, ALL, HELD, ONE_STATE };

struct wanted {
	enum filter filter;
	enum payout_state state;
};

static int read_wanted(const char *word, struct wanted *ret, struct err *err)
{
	*ret = (struct wanted){ .filter = ALL_BUT_CONFIRMED };
	if (word == NULL)
		return 0;
	if (strcmp(word, "all") == 0)
		ret->filter = ALL;
	else if (strcmp(word, "held") == 0)
		ret->filter = HELD;
	else if (payout_state_parse(word, &ret->state))
		ret->filter = ONE_STATE;
	else
		return err_set(err, ERR_INVALID,
			       "'%.40s' is no state of a payout; there are waiting, in_tx, sent, "
			       "confirmed, refused; and held, all",
			       word);
	return 0;
}

static bool is_wanted(const struct wanted *w, const struct payout *p, enum cap cap)
{
	switch (w->filter) {
	case ALL_BUT_CONFIRMED: return p->state != PAYOUT_CONFIRMED;
	case ALL: return true;
	case HELD: return p->state == PAYOUT_WAITING && cap != CAP_NONE;
	case ONE_STATE: return p->state == w->state;
	}
	return false;
}

/* --- printing --------------------------------------------------------------------------------- */
struct listing {
	struct store *store;
	struct wanted wanted;
	bool as_json; /* else text */
	struct json_writer json;
	struct buf *out;
	int64_t now;
	uint64_t last; /* deposit_id of the row before */
	uint64_t count;
	struct droplets sum;
};

static void print_line(struct listing *l, const struct payout *p, enum cap cap, bool approved)
{
	char sky[UNITS_TEXT_MAX], age[AGE_TEXT_MAX];

	droplets_to_text(p->amount, sky);
	age_short(p->created_at, l->now, age);
	(void)buf_printf(l->out, "%" PRIu64 " %s %s %s", p->deposit_id, payout_state_name(p->state),
			 sky, p->sky_address);
	if (age[0] != '\0')
		(void)buf_printf(l->out, " age=\"%s\"", age);
	if (cap != CAP_NONE)
		(void)buf_printf(l->out, " held_by=%s", cap_name(cap));
	if (approved)
		(void)buf_puts(l->out, " approved");
	if (p->txid[0] != '\0')
		(void)buf_printf(l->out, " txid=%s", p->txid);
	if (p->replaces[0] != '\0')
		(void)buf_printf(l->out, " replaces=%s", p->replaces);
	if (p->error[0] != '\0')
		(void)buf_printf(l->out, " error=\"%s\"", p->error);
	(void)buf_putc(l->out, '\n');
}

static void print_object(struct json_writer *w, const struct payout *p, enum cap cap, bool approved)
{
	char sky[UNITS_TEXT_MAX];

	droplets_to_text(p->amount, sky);
	json_begin_object(w);
	json_put_u64(w, "deposit_id", p->deposit_id);
	json_put_string(w, "state", payout_state_name(p->state));
	json_put_string(w, "coins", sky);
	json_put_string(w, "sky_address", p->sky_address);
	json_put_string(w, "held_by", cap_name(cap));
	json_put_bool(w, "approved", approved);
	json_put_string(w, "txid", p->txid);
	json_put_string(w, "replaces", p->replaces);
	json_put_string(w, "error", p->error);
	json_put_i64(w, "created_at", p->created_at);
	json_put_i64(w, "updated_at", p->updated_at);
	json_end_object(w);
}

/* A cap holds only what waits. */
static int look_up(struct store *s, const struct payout *p, enum cap *ret_cap, bool *ret_approved,
		   struct err *err)
{
	int rc = store_payout_cap_of(s, p->deposit_id, ret_cap, err);

	if (p->state != PAYOUT_WAITING)
		*ret_cap = CAP_NONE;
	return rc < 0 ? rc : store_payout_approved(s, p->deposit_id, ret_approved, err);
}

static int on_payout(void *arg, const struct payout *p, struct err *err)
{
	struct listing *l = arg;
	enum cap cap = CAP_NONE;
	bool approved = false;
	int rc = look_up(l->store, p, &cap, &approved, err);

	l->last = p->deposit_id;
	if (rc < 0 || !is_wanted(&l->wanted, p, cap))
		return rc;
	l->count++;
	if (!droplets_add(l->sum, p->amount, &l->sum))
		l->sum = droplets_of(UINT64_MAX);
	if (l->as_json)
		print_object(&l->json, p, cap, approved);
	else
		print_line(l, p, cap, approved);
	return 0;
}

static int list_all(struct listing *l, struct err *err)
{
	uint64_t after;
	int rc;

	do {
		after = l->last;
		rc = store_payout_each(l->store, after, ROWS_AT_ONCE, on_payout, l, err);
	} while (rc == 0 && l->last > after);
	return rc;
}

static int print_payouts(struct ctl *ctl, struct listing *l, struct err *err)
{
	char sky[UNITS_TEXT_MAX];
	int rc;

	json_writer_init(&l->json, &ctl->out, JSON_INDENTED);
	if (l->as_json)
		json_begin_array(&l->json);
	rc = list_all(l, err);
	if (l->as_json) {
		json_end_array(&l->json);
		(void)buf_putc(&ctl->out, '\n');
	}
	droplets_to_text(l->sum, sky);
	if (rc == 0)
		(void)buf_printf(&ctl->notes, "%" PRIu64 " payouts, %s SKY\n", l->count, sky);
	return rc;
}

int ctl_payout_list(struct ctl *ctl, int argc, char **argv, struct err *err)
{
	struct listing l = { .as_json = ctl->json, .out = &ctl->out, .now = clock_unix() };
	int rc = read_wanted(argc > 0 ? argv[0] : NULL, &l.wanted, err);

	if (rc == 0)
		rc = ctl_open_store(ctl, &l.store, err);
	if (rc == 0)
		rc = print_payouts(ctl, &l, err);
	store_close(l.store);
	return rc;
}

/* --- approving -------------------------------------------------------------------------------- */
int ctl_payout_approve(struct ctl *ctl, int argc, char **argv, struct err *err)
{
	struct message m = { .type = MSG_TYPE_payout_approve };
	struct msg_payout_approve *a = &m.u.payout_approve;

	(void)argc;
	if (!text_to_u64(argv[0], INT64_MAX, &a->deposit_id))
		return err_set(err, ERR_INVALID, "'%.40s' is no deposit's number", argv[0]);
	operator_name(a->who, sizeof(a->who));
	return control_tell(ctl, &m, err);
}

#include "tellerctl/tx_view.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "tellerctl/age.h"
#include "tellerctl/shown.h"

static bool is_open(const struct payout_tx *tx)
{
	return tx->state == PAYOUT_TX_SAVED || tx->state == PAYOUT_TX_SENT;
}

bool tx_is_held(const struct payout_tx *tx)
{
	return tx->held_at != 0 && is_open(tx);
}

/* One that was released, confirmed all the same and lost its block is open again. */
bool tx_is_released(const struct payout_tx *tx)
{
	return tx->released_by[0] != '\0' && !is_open(tx);
}

int tx_check_id(const char *txid, struct err *err)
{
	if (strlen(txid) == 64 && strspn(txid, "0123456789abcdef") == 64)
		return 0;
	return err_set(err, ERR_INVALID, "'%.70s' is no txid: 64 hex digits are", txid);
}

/* --- loading ---------------------------------------------------------------------------------- */
static int on_payout(void *arg, const struct payout *p, struct err *err)
{
	struct tx_view *v = arg;
	struct payout *more = reallocarray(v->payouts, v->payout_count + 1, sizeof(*v->payouts));

	if (more == NULL)
		return err_set(err, ERR_FATAL, "out of memory");
	v->payouts = more;
	v->payouts[v->payout_count++] = *p;
	if (!droplets_add(v->sum, p->amount, &v->sum))
		v->sum = droplets_of(UINT64_MAX);
	return 0;
}

static int on_history(void *arg, const struct payout_tx_history *h, struct err *err)
{
	struct tx_view *v = arg;
	struct payout_tx_history *more =
		reallocarray(v->history, v->history_count + 1, sizeof(*v->history));

	if (more == NULL)
		return err_set(err, ERR_FATAL, "out of memory");
	v->history = more;
	v->history[v->history_count++] = *h;
	return 0;
}

int tx_view_load(struct tx_view *v, struct store *s, const struct payout_tx *tx, struct err *err)
{
	int rc;

	*v = (struct tx_view){ .tx = tx };
	rc = sky_tx_decode(tx->raw, tx->raw_len, &v->decoded, err);
	if (rc < 0)
		return err_wrap(err, "transaction %s in the database", tx->txid);
	rc = store_payout_tx_members(s, tx->txid, on_payout, v, err);
	if (rc == 0)
		rc = store_payout_tx_history(s, tx->txid, on_history, v, err);
	if (rc < 0)
		tx_view_release(v);
	return rc;
}

void tx_view_release(struct tx_view *v)
{
	sky_tx_release(&v->decoded);
	free(v->payouts);
	free(v->history);
	*v = (struct tx_view){ .tx = NULL };
}

/* --- text ------------------------------------------------------------------------------------- */
void tx_view_line(const struct tx_view *v, int64_t now, struct buf *out)
{
	char sky[UNITS_TEXT_MAX], age[AGE_TEXT_MAX];

	droplets_to_text(v->sum, sky);
	age_short(v->tx->created_at, now, age);
	(void)buf_printf(out, "%s %s payouts=%zu coins=%s", v->tx->txid,
			 payout_tx_state_name(v->tx->state), v->payout_count, sky);
	if (age[0] != '\0')
		(void)buf_printf(out, " age=\"%s\"", age);
	if (tx_is_held(v->tx)) {
		(void)buf_puts(out, " held=\"");
		put_shown(v->tx->held_why, out);
		(void)buf_putc(out, '"');
	}
	if (v->tx->released_by[0] != '\0')
		(void)buf_printf(out, " released_by=%s", v->tx->released_by);
	(void)buf_putc(out, '\n');
}

static void text_state(const struct payout_tx *tx, int64_t now, struct buf *out)
{
	char when[AGE_TEXT_MAX];

	age_text(tx->created_at, now, when);
	(void)buf_printf(out, "transaction %s\nstate       %s%s%s\nmade        %s\n", tx->txid,
			 payout_tx_state_name(tx->state), tx_is_held(tx) ? ", held" : "",
			 tx->final ? ", final" : "", when);
	if (tx->block_seq > 0)
		(void)buf_printf(out, "block       %" PRIu64 "\n", tx->block_seq);
	if (tx_is_held(tx)) {
		age_text(tx->held_at, now, when);
		(void)buf_printf(out, "held        %s\nthe node    ", when);
		put_shown(tx->held_why, out);
		(void)buf_putc(out, '\n');
	}
	if (tx->released_by[0] != '\0')
		(void)buf_printf(out, "released by %s\n", tx->released_by);
}

static void text_outputs(const struct sky_tx *t, struct buf *out)
{
	char hex[65], sky[UNITS_TEXT_MAX], address[ADDRESS_TEXT_MAX];

	(void)buf_printf(out, "inputs\n");
	for (size_t i = 0; i < t->input_count; i++) {
		hex_from_bytes(t->inputs[i].b, sizeof(t->inputs[i].b), hex);
		(void)buf_printf(out, "  %s\n", hex);
	}
	(void)buf_printf(out, "outputs\n");
	for (size_t i = 0; i < t->output_count; i++) {
		droplets_to_text(t->outputs[i].coins, sky);
		sky_address_to_text(&t->outputs[i].to, address);
		(void)buf_printf(out, "  %s SKY, %" PRIu64 " hours, to %s\n", sky,
				 t->outputs[i].hours.n, address);
	}
}

/* A payout that has left the transaction says where it is. */
static void text_payouts(const struct tx_view *v, struct buf *out)
{
	char sky[UNITS_TEXT_MAX];

	(void)buf_printf(out, "deposits\n");
	for (size_t i = 0; i < v->payout_count; i++) {
		const struct payout *p = &v->payouts[i];
		bool elsewhere = p->txid[0] != '\0' && strcmp(p->txid, v->tx->txid) != 0;

		droplets_to_text(p->amount, sky);
		(void)buf_printf(out, "  %" PRIu64 ": %s SKY to %s, %s%s%s\n", p->deposit_id, sky,
				 p->sky_address, payout_state_name(p->state),
				 elsewhere ? " in " : "", elsewhere ? p->txid : "");
	}
}

static void text_history(const struct tx_view *v, int64_t now, struct buf *out)
{
	char when[AGE_TEXT_MAX];

	(void)buf_printf(out, "history\n");
	for (size_t i = 0; i < v->history_count; i++) {
		const struct payout_tx_history *h = &v->history[i];
		bool moved = h->from[0] != '\0' && strcmp(h->from, h->to) != 0;

		age_text(h->at, now, when);
		(void)buf_printf(out, "  %s: %s%s%s, by %s%s", when, moved ? h->from : "",
				 moved ? " -> " : "", h->to, h->who, h->why[0] != '\0' ? ": " : "");
		put_shown(h->why, out);
		(void)buf_putc(out, '\n');
	}
}

static void put_raw(const struct payout_tx *tx, struct buf *out)
{
	char hex[3];

	for (size_t i = 0; i < tx->raw_len; i++) {
		hex_from_bytes(&tx->raw[i], 1, hex);
		(void)buf_puts(out, hex);
	}
}

void tx_view_text(const struct tx_view *v, int64_t now, struct buf *out)
{
	text_state(v->tx, now, out);
	text_outputs(&v->decoded, out);
	text_payouts(v, out);
	text_history(v, now, out);
	(void)buf_printf(out, "raw\n  ");
	put_raw(v->tx, out);
	(void)buf_putc(out, '\n');
}

/* --- JSON ------------------------------------------------------------------------------------- */
static void json_state(const struct tx_view *v, struct json_writer *w)
{
	const struct payout_tx *tx = v->tx;
	char sky[UNITS_TEXT_MAX];

	droplets_to_text(v->sum, sky);
	json_put_string(w, "txid", tx->txid);
	json_put_string(w, "state", payout_tx_state_name(tx->state));
	json_put_bool(w, "final", tx->final);
	json_put_bool(w, "held", tx_is_held(tx));
	json_put_i64(w, "held_at", tx_is_held(tx) ? tx->held_at : 0);
	json_put_string(w, "held_why", tx_is_held(tx) ? tx->held_why : "");
	json_put_string(w, "released_by", tx->released_by);
	json_put_u64(w, "block_seq", tx->block_seq);
	json_put_i64(w, "created_at", tx->created_at);
	json_put_i64(w, "updated_at", tx->updated_at);
	json_put_u64(w, "size", tx->raw_len);
	json_put_u64(w, "payouts", v->payout_count);
	json_put_string(w, "coins", sky);
}

void tx_view_json_short(const struct tx_view *v, struct json_writer *w)
{
	json_begin_object(w);
	json_state(v, w);
	json_end_object(w);
}

static void json_inputs(const struct sky_tx *t, struct json_writer *w)
{
	char hex[65];

	json_write_key(w, "inputs");
	json_begin_array(w);
	for (size_t i = 0; i < t->input_count; i++) {
		hex_from_bytes(t->inputs[i].b, sizeof(t->inputs[i].b), hex);
		json_write_string(w, hex);
	}
	json_end_array(w);
}

static void json_outputs(const struct sky_tx *t, struct json_writer *w)
{
	char sky[UNITS_TEXT_MAX], address[ADDRESS_TEXT_MAX];

	json_write_key(w, "outputs");
	json_begin_array(w);
	for (size_t i = 0; i < t->output_count; i++) {
		droplets_to_text(t->outputs[i].coins, sky);
		sky_address_to_text(&t->outputs[i].to, address);
		json_begin_object(w);
		json_put_string(w, "address", address);
		json_put_string(w, "coins", sky);
		json_put_u64(w, "hours", t->outputs[i].hours.n);
		json_end_object(w);
	}
	json_end_array(w);
}

static void json_payouts(const struct tx_view *v, struct json_writer *w)
{
	char sky[UNITS_TEXT_MAX];

	json_write_key(w, "deposits");
	json_begin_array(w);
	for (size_t i = 0; i < v->payout_count; i++) {
		const struct payout *p = &v->payouts[i];

		droplets_to_text(p->amount, sky);
		json_begin_object(w);
		json_put_u64(w, "deposit_id", p->deposit_id);
		json_put_string(w, "coins", sky);
		json_put_string(w, "sky_address", p->sky_address);
		json_put_string(w, "state", payout_state_name(p->state));
		json_put_string(w, "txid", p->txid);
		json_end_object(w);
	}
	json_end_array(w);
}

static void json_history(const struct tx_view *v, struct json_writer *w)
{
	json_write_key(w, "history");
	json_begin_array(w);
	for (size_t i = 0; i < v->history_count; i++) {
		const struct payout_tx_history *h = &v->history[i];

		json_begin_object(w);
		json_put_i64(w, "at", h->at);
		json_put_string(w, "from", h->from);
		json_put_string(w, "to", h->to);
		json_put_string(w, "who", h->who);
		json_put_string(w, "why", h->why);
		json_end_object(w);
	}
	json_end_array(w);
}

static void json_raw(const struct payout_tx *tx, struct json_writer *w)
{
	struct buf hex = BUF_INIT(2 * PAYOUT_TX_RAW_MAX + 1);

	put_raw(tx, &hex);
	json_put_string(w, "raw", buf_text(&hex));
	buf_release(&hex);
}

void tx_view_json(const struct tx_view *v, struct json_writer *w)
{
	json_begin_object(w);
	json_state(v, w);
	json_inputs(&v->decoded, w);
	json_outputs(&v->decoded, w);
	json_payouts(v, w);
	json_history(v, w);
	json_raw(v->tx, w);
	json_end_object(w);
}

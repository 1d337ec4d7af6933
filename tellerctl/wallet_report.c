#include "tellerctl/wallet_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/json/json.h"

#define ALLOWED "sky_exchanger.wallet_allow_shared allows that"
#define REFUSED "senderd refuses it (chmod 600, or sky_exchanger.wallet_allow_shared = true)"

int wallet_report_init(struct wallet_report *r, const char *path, const struct wallet_file *f,
		       struct err *err)
{
	r->path = path;
	r->file = f;
	r->count = f->count;
	r->addresses = calloc(f->count, sizeof(*r->addresses));
	if (r->addresses == NULL)
		return err_set(err, ERR_FATAL, "out of memory");
	for (size_t i = 0; i < f->count; i++)
		r->addresses[i].address = f->entries[i].address;
	return 0;
}

void wallet_report_release(struct wallet_report *r)
{
	free(r->addresses);
	r->addresses = NULL;
}

static bool add(struct address_balance *b, const struct uxout *o)
{
	return droplets_add(b->coins, o->coins, &b->coins) &&
	       hours_add(b->hours, o->hours, &b->hours);
}

bool wallet_report_add(struct wallet_report *r, const struct uxout *o)
{
	for (size_t i = 0; i < r->count; i++)
		if (sky_address_equal(&r->addresses[i].address, &o->owner))
			return add(&r->addresses[i], o) && add(&r->total, o);
	return true; /* nobody asked for it */
}

static bool has_balances(const struct wallet_report *r)
{
	return r->node[0] == '\0';
}

bool wallet_report_is_well(const struct wallet_report *r)
{
	return has_balances(r) && (r->shared[0] == '\0' || r->shared_allowed);
}

/* --- as text ---------------------------------------------------------------------------------- */
static void print_meta(const struct wallet_report *r, struct buf *out)
{
	const struct wallet_meta *m = &r->file->meta;

	(void)buf_printf(out, "type:      %s\n", wallet_type_name(m->type));
	(void)buf_printf(out, "version:   %.32s\n",
			 m->version[0] != '\0' && text_is_plain(m->version) ? m->version
									    : "unknown");
	if (m->encrypted)
		(void)buf_printf(out, "encrypted: yes, %s\n", container_kind_name(m->kind));
	else
		(void)buf_puts(out, "encrypted: no\n");
	(void)buf_printf(out, "entries:   %zu\n", r->count);
	(void)buf_printf(out, "keys:      %s\n",
			 r->keys_checked ? "each makes its address" : r->keys_note);
	if (r->shared[0] != '\0')
		(void)buf_printf(out, "file:      it %s: %s\n", r->shared,
				 r->shared_allowed ? ALLOWED : REFUSED);
}

static void print_balance(const char *name, const struct address_balance *b, bool known,
			  const char *remark, struct buf *out)
{
	char coins[UNITS_TEXT_MAX];

	droplets_to_text(b->coins, coins);
	if (known)
		(void)buf_printf(out, "%-36s %20s %12" PRIu64 "%s\n", name, coins, b->hours.n,
				 remark);
	else
		(void)buf_printf(out, "%s%s\n", name, remark);
}

void wallet_report_print_text(const struct wallet_report *r, struct buf *out)
{
	bool known = has_balances(r);

	print_meta(r, out);
	if (known)
		(void)buf_printf(out, "\n%-36s %20s %12s\n", "address", "coins", "hours");
	else
		(void)buf_printf(out, "balance:   unknown: %s\n\naddresses\n", r->node);
	for (size_t i = 0; i < r->count; i++) {
		char address[ADDRESS_TEXT_MAX];

		sky_address_to_text(&r->addresses[i].address, address);
		print_balance(address, &r->addresses[i], known, i == 0 ? "  change comes here" : "",
			      out);
	}
	if (known)
		print_balance("all, spendable now", &r->total, known,
			      r->incoming ? "  more is on its way" : "", out);
}

/* --- as JSON ---------------------------------------------------------------------------------- */
static void put_balance(struct json_writer *w, const struct address_balance *b)
{
	char coins[UNITS_TEXT_MAX];

	droplets_to_text(b->coins, coins);
	json_put_string(w, "coins", coins);
	json_put_u64(w, "hours", b->hours.n);
}

static void put_addresses(struct json_writer *w, const struct wallet_report *r)
{
	json_write_key(w, "addresses");
	json_begin_array(w);
	for (size_t i = 0; i < r->count; i++) {
		char address[ADDRESS_TEXT_MAX];

		sky_address_to_text(&r->addresses[i].address, address);
		json_begin_object(w);
		json_put_string(w, "address", address);
		if (has_balances(r))
			put_balance(w, &r->addresses[i]);
		json_end_object(w);
	}
	json_end_array(w);
}

void wallet_report_print_json(const struct wallet_report *r, struct buf *out)
{
	const struct wallet_meta *m = &r->file->meta;
	struct json_writer w;

	json_writer_init(&w, out, JSON_INDENTED);
	json_begin_object(&w);
	json_put_string(&w, "file", r->path);
	json_put_string(&w, "type", wallet_type_name(m->type));
	json_put_string(&w, "version", m->version);
	json_put_bool(&w, "encrypted", m->encrypted);
	json_put_string(&w, "crypto_type", m->encrypted ? container_kind_name(m->kind) : "");
	json_put_u64(&w, "entries", r->count);
	json_put_bool(&w, "keys_checked", r->keys_checked);
	json_put_string(&w, "file_problem", r->shared);
	json_put_bool(&w, "file_allowed", r->shared[0] == '\0' || r->shared_allowed);
	json_put_string(&w, "balance_problem", r->node);
	if (has_balances(r)) {
		put_balance(&w, &r->total);
		json_put_bool(&w, "incoming", r->incoming);
	}
	put_addresses(&w, r);
	json_end_object(&w);
	(void)buf_putc(out, '\n');
}

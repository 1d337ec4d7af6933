/* Two orders of the same outputs, each with running sums: choosing for an amount is then a binary
 * search, so that a batch may ask again after each payout it takes. */
#include "senderd/choose.h"

#include <stdlib.h>
#include <string.h>

/* --- the orders ---------------------------------------------------------------------------- */
static int compare_u64(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* Coins descending, hours ascending, block seq ascending, uxid ascending as bytes. */
static int compare_uxouts(const void *a, const void *b)
{
	const struct uxout *x = *(const struct uxout *const *)a;
	const struct uxout *y = *(const struct uxout *const *)b;
	int d = droplets_compare(y->coins, x->coins);

	if (d == 0)
		d = compare_u64(x->hours.n, y->hours.n);
	if (d == 0)
		d = compare_u64(x->block_seq, y->block_seq);
	return d != 0 ? d : memcmp(x->id.b, y->id.b, sizeof(x->id.b));
}

static bool has_hours(const struct uxout *u)
{
	return u->hours.n > 0;
}

static void order_release(struct choice_order *o)
{
	free(o->items);
	free(o->sums);
	*o = (struct choice_order){ .items = NULL };
}

static bool is_listed(const struct uxout *u, const struct choice_first *first)
{
	for (size_t i = 0; i < first->count; i++)
		if (memcmp(u->id.b, first->ids[i].b, sizeof(u->id.b)) == 0)
			return true;
	return false;
}

/* Room for the set, sorted by key. */
static bool order_init(struct choice_order *o, const struct uxout_set *set)
{
	/* An array of pointers: that its elements have a pointer's size is meant. */
	o->items = calloc(set->count, sizeof(*o->items)); // NOLINT(bugprone-sizeof-expression)
	o->sums = calloc(set->count, sizeof(*o->sums));
	o->count = set->count;
	if (o->items == NULL || o->sums == NULL) {
		order_release(o);
		return false;
	}
	for (size_t i = 0; i < set->count; i++)
		o->items[i] = &set->items[i];
	// NOLINTNEXTLINE(bugprone-sizeof-expression)
	qsort(o->items, o->count, sizeof(*o->items), compare_uxouts);
	return true;
}

/* Move item `from` to place `to` before it; those between keep their order. */
static void move_forward(struct choice_order *o, size_t from, size_t to)
{
	const struct uxout *u = o->items[from];

	// NOLINTNEXTLINE(bugprone-sizeof-expression)
	memmove(o->items + to + 1, o->items + to, (from - to) * sizeof(*o->items));
	o->items[to] = u;
}

/* Bring the listed ones to the front; returns how many were found. */
static size_t listed_to_front(struct choice_order *o, const struct choice_first *first)
{
	size_t found = 0;

	for (size_t i = 0; i < o->count && found < first->count; i++)
		if (is_listed(o->items[i], first))
			move_forward(o, i, found++);
	return found;
}

/* Move the first output with hours to place `to`; the others keep their order. */
static void hours_to(struct choice_order *o, size_t to)
{
	size_t i = to;

	while (i < o->count && !has_hours(o->items[i]))
		i++;
	if (i < o->count) /* else nothing has hours, and none are asked for */
		move_forward(o, i, to);
}

/* The first `keep` as in `from`; behind them those without hours, then those with. */
static void split_rest(struct choice_order *o, const struct choice_order *from, size_t keep)
{
	size_t n = 0;

	for (; n < keep && n < from->count; n++)
		o->items[n] = from->items[n];
	for (size_t i = keep; i < from->count; i++)
		if (!has_hours(from->items[i]))
			o->items[n++] = from->items[i];
	for (size_t i = keep; i < from->count; i++)
		if (has_hours(from->items[i]))
			o->items[n++] = from->items[i];
}

static void order_sum(struct choice_order *o)
{
	struct droplets sum = droplets_of(0);

	for (size_t i = 0; i < o->count; i++) {
		/* The set's own sum of all of them did not overflow. */
		if (!droplets_add(sum, o->items[i]->coins, &sum))
			abort();
		o->sums[i] = sum;
	}
}

/* --- choosing ------------------------------------------------------------------------------ */
static bool any_has_hours(const struct choice_order *o, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (has_hours(o->items[i]))
			return true;
	return false;
}

/* Both orders, of a set that was sorted into both. */
static int choice_arrange(struct choice *c, const struct choice_first *first, struct err *err)
{
	size_t forced = listed_to_front(&c->largest, first);
	bool lack_hours;

	if (forced < first->count)
		return err_set(err, ERR_BUSY, "an output that must be spent is not at hand");
	lack_hours = !any_has_hours(&c->largest, forced);
	if (lack_hours)
		hours_to(&c->largest, forced);
	/* A payment that the listed ones cover needs hours all the same. */
	c->least = forced;
	if (lack_hours && forced < c->largest.count && has_hours(c->largest.items[forced]))
		c->least++;
	split_rest(&c->official, &c->largest, lack_hours ? forced + 1 : forced);
	order_sum(&c->official);
	order_sum(&c->largest);
	return 0;
}

int choice_init(struct choice *c, const struct uxout_set *set, const struct choice_first *first,
		unsigned burn_factor, struct err *err)
{
	static const struct choice_first none;
	int rc;

	if (set->count == 0)
		return err_set(err, ERR_NOT_FOUND, "no unspents to spend");
	if (burn_factor > 0 && set->hours.n == 0)
		return err_set(err, ERR_BUSY, "Transaction has zero coinhour fee");
	*c = (struct choice){ .official = { .items = NULL } };
	if (!order_init(&c->official, set) || !order_init(&c->largest, set))
		rc = err_set(err, ERR_FATAL, "out of memory");
	else
		rc = choice_arrange(c, first != NULL ? first : &none, err);
	if (rc < 0)
		choice_release(c);
	return rc;
}

void choice_release(struct choice *c)
{
	order_release(&c->official);
	order_release(&c->largest);
}

void choice_items(const struct choice *c, const struct uxout *const **ret, size_t *ret_count)
{
	if (ret != NULL)
		*ret = c->official.items;
	*ret_count = c->official.count;
}

struct droplets choice_total(const struct choice *c)
{
	return c->official.sums[c->official.count - 1];
}

/* How many from the front are worth `want`; more than count when all are not. */
static size_t order_need(const struct choice_order *o, struct droplets want)
{
	size_t low = 0, high = o->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (droplets_compare(o->sums[middle], want) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low + 1;
}

/* The same, with those that must be spent. */
static size_t choice_need(const struct choice *c, const struct choice_order *o,
			  struct droplets want)
{
	size_t need = order_need(o, want);

	return need < c->least ? c->least : need;
}

int choose(const struct choice *c, struct droplets want, size_t max_inputs,
	   const struct uxout *const **ret, size_t *ret_count, struct err *err)
{
	const struct choice_order *o = &c->official;
	size_t need = choice_need(c, o, want);

	if (droplets_is_zero(want))
		return err_set(err, ERR_INVALID, "zero spend amount");
	if (need > o->count)
		return err_set(err, ERR_NOT_FOUND, "balance is not sufficient");
	if (need > max_inputs) {
		o = &c->largest;
		need = choice_need(c, o, want);
	}
	if (need > max_inputs)
		return err_set(err, ERR_BUSY,
			       "wallet's outputs are too small: %zu inputs are needed, %zu fit",
			       need, max_inputs);
	*ret = o->items;
	*ret_count = need;
	return 0;
}

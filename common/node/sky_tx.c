/* The byte form of a Skycoin transaction.
 *
 * Integers are little-endian, hashes lie in their natural order, the three lists are preceded by a
 * 32-bit count:
 *
 *   length 4 | type 1 | inner hash 32 | signatures n, 65 each | inputs n, 32 each |
 *   outputs n, 37 each (version 1, key hash 20, coins 8, hours 8)
 *
 * The inner hash covers the last two rows as they are serialised, a signature covers the inner
 * hash and the uxid it unlocks, the txid covers everything.  Decoding judges the form only, in the
 * order in which the reference node does; whether the node would accept the transaction is a
 * question of its rules, not of this file. */
#include "common/node/sky_tx.h"

#include <stdlib.h>
#include <string.h>

enum {
	SIG_SIZE = 65,
	INPUT_SIZE = 32,
	OUTPUT_SIZE = 37,
	HEAD_SIZE = 4 + 1 + 32,
	COUNT_SIZE = 4,
	SECONDS_PER_HOUR = 3600,
};

void sky_tx_init(struct sky_tx *t)
{
	memset(t, 0, sizeof(*t));
}

void sky_tx_release(struct sky_tx *t)
{
	free(t->sigs);
	free(t->inputs);
	free(t->outputs);
	sky_tx_init(t);
}

size_t sky_tx_size(size_t inputs, size_t outputs)
{
	return HEAD_SIZE + 3 * COUNT_SIZE + inputs * (SIG_SIZE + INPUT_SIZE) +
	       outputs * OUTPUT_SIZE;
}

/* A list of `count` items has room for this many: a power of two. */
static size_t list_room(size_t count)
{
	size_t room = 1;

	while (room < count)
		room *= 2;
	return room;
}

/* `list` with room for one more than `count`, or NULL. */
static void *list_grow(void *list, size_t count, size_t size)
{
	if (count >= SKY_TX_COUNT_MAX)
		return NULL;
	if (count > 0 && list_room(count) == list_room(count + 1))
		return list;
	return reallocarray(list, list_room(count + 1), size);
}

bool sky_tx_add_input(struct sky_tx *t, const struct sha256 *uxid)
{
	struct sha256 *inputs = list_grow(t->inputs, t->input_count, sizeof(*inputs));

	if (inputs == NULL)
		return false;
	t->inputs = inputs;
	inputs[t->input_count++] = *uxid;
	return true;
}

bool sky_tx_add_signature(struct sky_tx *t, const struct sky_signature *sig)
{
	struct sky_signature *sigs = list_grow(t->sigs, t->sig_count, sizeof(*sigs));

	if (sigs == NULL)
		return false;
	t->sigs = sigs;
	sigs[t->sig_count++] = *sig;
	return true;
}

bool sky_tx_add_output(struct sky_tx *t, const struct sky_address *to, struct droplets coins,
		       struct hours hours)
{
	struct sky_tx_output *outputs = list_grow(t->outputs, t->output_count, sizeof(*outputs));

	if (outputs == NULL)
		return false;
	t->outputs = outputs;
	outputs[t->output_count++] =
		(struct sky_tx_output){ .to = *to, .coins = coins, .hours = hours };
	return true;
}

/* --- numbers and outputs as bytes ------------------------------------------------------------ */

static void put_le(uint8_t *p, uint64_t n, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		p[i] = (uint8_t)(n >> (8 * i));
}

static uint64_t get_le(const uint8_t *p, size_t bytes)
{
	uint64_t n = 0;

	for (size_t i = 0; i < bytes; i++)
		n |= (uint64_t)p[i] << (8 * i);
	return n;
}

static void output_pack(const struct sky_tx_output *o, uint8_t ret[OUTPUT_SIZE])
{
	ret[0] = o->to.version;
	memcpy(ret + 1, o->to.key_hash.b, sizeof(o->to.key_hash.b));
	put_le(ret + 21, o->coins.n, 8);
	put_le(ret + 29, o->hours.n, 8);
}

static struct sky_tx_output output_unpack(const uint8_t p[OUTPUT_SIZE])
{
	struct sky_tx_output o = { .to.version = p[0],
				   .coins = droplets_of(get_le(p + 21, 8)),
				   .hours = hours_of(get_le(p + 29, 8)) };

	memcpy(o.to.key_hash.b, p + 1, sizeof(o.to.key_hash.b));
	return o;
}

/* --- hashes ---------------------------------------------------------------------------------- */

static void hash_count(struct sha256_stream *s, size_t count)
{
	uint8_t le[COUNT_SIZE];

	put_le(le, count, sizeof(le));
	sha256_add(s, le, sizeof(le));
}

struct sha256 sky_tx_inner_hash(const struct sky_tx *t)
{
	struct sha256_stream s;
	uint8_t packed[OUTPUT_SIZE];

	sha256_start(&s);
	hash_count(&s, t->input_count);
	for (size_t i = 0; i < t->input_count; i++)
		sha256_add(&s, t->inputs[i].b, INPUT_SIZE);
	hash_count(&s, t->output_count);
	for (size_t i = 0; i < t->output_count; i++) {
		output_pack(&t->outputs[i], packed);
		sha256_add(&s, packed, sizeof(packed));
	}
	return sha256_end(&s);
}

struct sha256 sky_tx_digest(const struct sky_tx *t, size_t input)
{
	struct sha256_stream s;

	sha256_start(&s);
	sha256_add(&s, t->inner_hash.b, sizeof(t->inner_hash.b));
	sha256_add(&s, t->inputs[input].b, INPUT_SIZE);
	return sha256_end(&s);
}

struct sha256 sky_tx_id(const uint8_t *raw, size_t len)
{
	return sha256(raw, len);
}

struct sha256 sky_tx_uxid(const struct sha256 *txid, const struct sky_tx_output *output)
{
	struct sha256_stream s;
	uint8_t packed[OUTPUT_SIZE];

	output_pack(output, packed);
	sha256_start(&s);
	sha256_add(&s, txid->b, sizeof(txid->b));
	sha256_add(&s, packed, sizeof(packed));
	return sha256_end(&s);
}

/* --- writing --------------------------------------------------------------------------------- */

/* What the length field must hold, whatever the number of signatures. */
static size_t tx_size(const struct sky_tx *t)
{
	return sky_tx_size(0, t->output_count) + t->sig_count * SIG_SIZE +
	       t->input_count * INPUT_SIZE;
}

bool sky_tx_prepare(struct sky_tx *t)
{
	struct sky_signature *sigs = NULL;

	if (t->input_count > 0 && (sigs = calloc(t->input_count, sizeof(*sigs))) == NULL)
		return false;
	free(t->sigs);
	t->sigs = sigs;
	t->sig_count = t->input_count;
	t->inner_hash = sky_tx_inner_hash(t);
	t->length = (uint32_t)tx_size(t);
	return true;
}

static bool append_le(struct buf *out, uint64_t n, size_t bytes)
{
	uint8_t le[8];

	put_le(le, n, bytes);
	return buf_append(out, le, bytes);
}

static bool append_outputs(struct buf *out, const struct sky_tx *t)
{
	uint8_t packed[OUTPUT_SIZE];

	(void)append_le(out, t->output_count, COUNT_SIZE);
	for (size_t i = 0; i < t->output_count; i++) {
		output_pack(&t->outputs[i], packed);
		(void)buf_append(out, packed, sizeof(packed));
	}
	return !out->failed;
}

bool sky_tx_encode(const struct sky_tx *t, struct buf *out)
{
	_Static_assert(sizeof(struct sky_signature) == SIG_SIZE, "signatures lie side by side");
	_Static_assert(sizeof(struct sha256) == INPUT_SIZE, "inputs lie side by side");

	(void)append_le(out, tx_size(t), 4);
	(void)append_le(out, t->type, 1);
	(void)buf_append(out, t->inner_hash.b, sizeof(t->inner_hash.b));
	(void)append_le(out, t->sig_count, COUNT_SIZE);
	(void)buf_append(out, t->sigs, t->sig_count * SIG_SIZE);
	(void)append_le(out, t->input_count, COUNT_SIZE);
	(void)buf_append(out, t->inputs, t->input_count * INPUT_SIZE);
	return append_outputs(out, t);
}

/* --- reading --------------------------------------------------------------------------------- */

struct reader {
	const uint8_t *at;
	size_t left;
};

/* Where the lists begin, in the bytes given. */
struct parts {
	const uint8_t *sigs, *inputs, *outputs;
};

static bool refuse(struct err *err, const char *text)
{
	(void)err_set(err, ERR_INVALID, "%s", text);
	return false;
}

static bool too_short(struct err *err)
{
	return refuse(err, "Not enough buffer data to deserialize");
}

/* The next `n` bytes, or NULL when there are fewer. */
static const uint8_t *reader_take(struct reader *r, size_t n)
{
	const uint8_t *p = r->at;

	if (n > r->left)
		return NULL;
	r->at += n;
	r->left -= n;
	return p;
}

/* A list's count and its bytes.  The node compares the count with the bytes left before it looks
 * at its limit, and so the same input gets the same text here. */
static bool reader_list(struct reader *r, size_t item_size, const uint8_t **ret, size_t *ret_count,
			struct err *err)
{
	const uint8_t *p = reader_take(r, COUNT_SIZE);
	size_t count;

	if (p == NULL)
		return too_short(err);
	count = (size_t)get_le(p, COUNT_SIZE);
	if (count > r->left)
		return too_short(err);
	if (count > SKY_TX_COUNT_MAX)
		return refuse(err, "Maximum length exceeded for variable length field");
	*ret = reader_take(r, count * item_size);
	if (*ret == NULL)
		return too_short(err);
	*ret_count = count;
	return true;
}

static bool read_head(struct reader *r, struct sky_tx *t, struct err *err)
{
	const uint8_t *p = reader_take(r, HEAD_SIZE);

	if (p == NULL)
		return too_short(err);
	t->length = (uint32_t)get_le(p, 4);
	t->type = p[4];
	memcpy(t->inner_hash.b, p + 5, sizeof(t->inner_hash.b));
	return true;
}

static int take_lists(struct sky_tx *t, const struct parts *p, struct err *err)
{
	t->sigs = calloc(list_room(t->sig_count), sizeof(*t->sigs));
	t->inputs = calloc(list_room(t->input_count), sizeof(*t->inputs));
	t->outputs = calloc(list_room(t->output_count), sizeof(*t->outputs));
	if (t->sigs == NULL || t->inputs == NULL || t->outputs == NULL)
		return err_set(err, ERR_BUSY, "out of memory");
	memcpy(t->sigs, p->sigs, t->sig_count * SIG_SIZE);
	memcpy(t->inputs, p->inputs, t->input_count * INPUT_SIZE);
	for (size_t i = 0; i < t->output_count; i++)
		t->outputs[i] = output_unpack(p->outputs + i * OUTPUT_SIZE);
	return 0;
}

static bool read_all(struct reader *r, struct sky_tx *t, struct parts *p, struct err *err)
{
	if (!read_head(r, t, err) || !reader_list(r, SIG_SIZE, &p->sigs, &t->sig_count, err) ||
	    !reader_list(r, INPUT_SIZE, &p->inputs, &t->input_count, err) ||
	    !reader_list(r, OUTPUT_SIZE, &p->outputs, &t->output_count, err))
		return false;
	return r->left == 0 || refuse(err, "Bytes remain in buffer after deserializing object");
}

int sky_tx_decode(const uint8_t *data, size_t len, struct sky_tx *ret, struct err *err)
{
	struct reader r = { .at = data, .left = len };
	struct parts parts;
	int rc;

	sky_tx_init(ret);
	rc = read_all(&r, ret, &parts, err) ? take_lists(ret, &parts, err) : ERR_INVALID;
	if (rc < 0)
		sky_tx_release(ret);
	return rc;
}

/* --- hours and fee --------------------------------------------------------------------------- */

/* Coin seconds: whole coins and the rest are rounded separately, as the consensus rule has it. */
static int coin_seconds(struct droplets coins, uint64_t seconds, uint64_t *ret, struct err *err)
{
	uint64_t whole_coins = coins.n / DROPLETS_PER_SKY;
	uint64_t rest = coins.n % DROPLETS_PER_SKY;
	uint64_t whole, part;

	if (__builtin_mul_overflow(seconds, whole_coins, &whole))
		return err_set(err, ERR_INVALID,
			       "UxOut.CoinHours: Calculating whole coin seconds overflows uint64 "
			       "seconds=%llu coins=%llu",
			       (unsigned long long)seconds, (unsigned long long)whole_coins);
	if (__builtin_mul_overflow(seconds, rest, &part))
		return err_set(err, ERR_INVALID,
			       "UxOut.CoinHours: Calculating droplet seconds overflows uint64 "
			       "seconds=%llu droplets=%llu",
			       (unsigned long long)seconds, (unsigned long long)rest);
	if (__builtin_add_overflow(whole, part / DROPLETS_PER_SKY, ret))
		return err_set(err, ERR_INVALID,
			       "UxOut.CoinHours: Calculating coin seconds overflows uint64");
	return 0;
}

int sky_hours_at(struct hours recorded, struct droplets coins, uint64_t created, uint64_t head_time,
		 struct hours *ret, struct err *err)
{
	uint64_t seconds = 0;
	int rc;

	*ret = recorded;
	if (head_time < created)
		return 0;
	rc = coin_seconds(coins, head_time - created, &seconds, err);
	if (rc < 0)
		return rc;
	if (!hours_add(recorded, hours_of(seconds / SECONDS_PER_HOUR), ret))
		return err_set(err, ERR_INVALID,
			       "UxOut.CoinHours addition of earned coin hours overflow");
	return 0;
}

struct hours sky_required_fee(struct hours input, unsigned burn_factor)
{
	if (burn_factor == 0)
		return hours_of(0);
	return hours_of(input.n / burn_factor + (input.n % burn_factor != 0));
}

int sky_check_fee(struct hours output, struct hours fee, unsigned burn_factor, struct err *err)
{
	struct hours input;

	if (burn_factor == 0)
		return 0;
	if (fee.n == 0)
		return err_set(err, ERR_INVALID, "Transaction has zero coinhour fee");
	if (!hours_add(output, fee, &input))
		return err_set(err, ERR_INVALID, "Hours and fee overflow");
	if (fee.n < sky_required_fee(input, burn_factor).n)
		return err_set(err, ERR_INVALID, "Transaction coinhour fee minimum not met");
	return 0;
}

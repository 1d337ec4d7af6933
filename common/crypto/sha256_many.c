/* Two lanes, each with a message of its own that it cuts into blocks; whichever has come to its end
 * takes the next message, so that both are busy until the last ones.  A lane without a message
 * works at rubbish: that costs nothing, the other one would take as long alone.
 *
 * May never happen: a byte read beyond a piece.  A wrong hash could not do harm by itself: the
 * block would not have the merkle root that its header names, and be refused. */
#include "common/crypto/sha256_many.h"

#include <endian.h>
#include <stdbool.h>
#include <string.h>

#include "common/crypto/sha256_two.h"

#define LENGTH_AT (SHA256_BLOCK - 8)

/* --- one by one ------------------------------------------------------------------------------- */

void sha256d_many_plain(const struct sha256_message *messages, size_t count, struct sha256 *ret)
{
	struct sha256_stream s;
	struct sha256 once;

	for (size_t i = 0; i < count; i++) {
		sha256_start(&s);
		for (unsigned k = 0; k < SHA256_PIECES; k++)
			sha256_add(&s, messages[i].piece[k].at, messages[i].piece[k].len);
		once = sha256_end(&s);
		ret[i] = sha256(once.b, sizeof(once.b));
	}
}

void sha256d_pairs_plain(const struct sha256 *from, size_t count, struct sha256 *ret)
{
	for (size_t i = 0; i < count; i++)
		ret[i] = sha256d(&from[2 * i], 2 * sizeof(*from));
}

/* --- two at a time ---------------------------------------------------------------------------- */

/* The hash so far, as the one block of the second message; and that one begins. */
static void hash_again(struct sha256_state *s, uint8_t block[SHA256_BLOCK])
{
	static const uint8_t behind[SHA256_BLOCK - 32] = { 0x80, [30] = 32 * 8 >> 8 };
	struct sha256 once = sha256_two_end(s);

	memcpy(block, once.b, sizeof(once.b));
	memcpy(block + sizeof(once.b), behind, sizeof(behind));
	sha256_two_start(s);
}

struct lane {
	struct sha256_state state;
	struct sha256_message m; /* what is left of it, */
	unsigned piece;		 /* from this piece on */
	uint64_t len;		 /* of all of it */
	bool marked;		 /* the bit that ends the message is written */
	bool last;		 /* the block that was cut is the last one */
	bool again;		 /* it is that of the second hash */
	struct sha256 *ret;
	const uint8_t *cut;	     /* the block that is next */
	uint8_t block[SHA256_BLOCK]; /* one whose bytes do not lie together */
};

/* Messages that no lane has taken yet. */
struct queue {
	const struct sha256_message *next, *end;
	struct sha256 *ret;
};

static size_t piece_take(struct sha256_piece *p, size_t room, uint8_t *ret)
{
	size_t n = p->len < room ? p->len : room;

	if (n == 0)
		return 0;
	memcpy(ret, p->at, n);
	p->at += n;
	p->len -= n;
	return n;
}

/* Bytes of the message into the block, as many as there are. */
static size_t lane_gather(struct lane *l)
{
	size_t filled = 0;

	while (l->piece < SHA256_PIECES && filled < SHA256_BLOCK) {
		struct sha256_piece *p = &l->m.piece[l->piece];

		filled += piece_take(p, SHA256_BLOCK - filled, l->block + filled);
		l->piece += p->len == 0 ? 1 : 0;
	}
	return filled;
}

/* What follows the message: a bit, zeros, and the length in bits where it still fits. */
static void lane_pad(struct lane *l, size_t filled)
{
	uint64_t bits = htobe64(l->len * 8);

	memset(l->block + filled, 0, SHA256_BLOCK - filled);
	if (!l->marked && filled < SHA256_BLOCK) {
		l->block[filled++] = 0x80;
		l->marked = true;
	}
	l->last = l->marked && filled <= LENGTH_AT;
	if (l->last)
		memcpy(l->block + LENGTH_AT, &bits, sizeof(bits));
}

static void lane_cut(struct lane *l)
{
	struct sha256_piece *p = &l->m.piece[l->piece];

	if (l->piece < SHA256_PIECES && p->len >= SHA256_BLOCK) {
		l->cut = p->at;
		p->at += SHA256_BLOCK;
		p->len -= SHA256_BLOCK;
	} else {
		lane_pad(l, lane_gather(l));
		l->cut = l->block;
	}
}

static bool lane_take(struct lane *l, struct queue *q)
{
	if (q->next == q->end)
		return false;
	sha256_two_start(&l->state);
	l->m = *q->next++;
	l->ret = q->ret++;
	l->piece = 0;
	l->len = 0;
	for (unsigned i = 0; i < SHA256_PIECES; i++)
		l->len += l->m.piece[i].len;
	l->marked = l->last = l->again = false;
	lane_cut(l);
	return true;
}

/* Its block has been worked in.  False: there is no other. */
static bool lane_go_on(struct lane *l, struct queue *q)
{
	if (!l->last) {
		lane_cut(l);
		return true;
	}
	if (l->again) {
		*l->ret = sha256_two_end(&l->state);
		return lane_take(l, q);
	}
	hash_again(&l->state, l->block);
	l->cut = l->block;
	return l->again = true;
}

static void two_lanes(struct queue *q)
{
	struct lane a = { .cut = a.block }, b = { .cut = b.block };
	bool a_runs = lane_take(&a, q), b_runs = lane_take(&b, q);

	while (a_runs || b_runs) {
		sha256_two_add(&a.state, a.cut, &b.state, b.cut);
		a_runs = a_runs && lane_go_on(&a, q);
		b_runs = b_runs && lane_go_on(&b, q);
	}
}

void sha256d_many(const struct sha256_message *messages, size_t count, struct sha256 *ret)
{
	struct queue q = { .next = messages, .end = messages + count, .ret = ret };

	if (sha256_two_works())
		two_lanes(&q);
	else
		sha256d_many_plain(messages, count, ret);
}

/* Two messages of 64 bytes: each is a block, a block of padding, and then the hash of the hash.
 * Nothing is written before everything has been read. */
static void two_pairs(const void *from_a, const void *from_b, struct sha256 *ret_a,
		      struct sha256 *ret_b)
{
	static const uint8_t behind[SHA256_BLOCK] = { 0x80, [LENGTH_AT + 6] = 64 * 8 >> 8 };
	uint8_t block_a[SHA256_BLOCK], block_b[SHA256_BLOCK];
	struct sha256_state a, b;

	sha256_two_start(&a);
	sha256_two_start(&b);
	sha256_two_add(&a, from_a, &b, from_b);
	sha256_two_add(&a, behind, &b, behind);
	hash_again(&a, block_a);
	hash_again(&b, block_b);
	sha256_two_add(&a, block_a, &b, block_b);
	*ret_a = sha256_two_end(&a);
	*ret_b = sha256_two_end(&b);
}

static void pairs_by_two(const struct sha256 *from, size_t count, struct sha256 *ret)
{
	struct sha256 spare;

	for (; count >= 2; count -= 2, from += 4, ret += 2)
		two_pairs(from, from + 2, ret, ret + 1);
	if (count == 1)
		two_pairs(from, from, ret, &spare);
}

void sha256d_pairs(const struct sha256 *from, size_t count, struct sha256 *ret)
{
	if (sha256_two_works())
		pairs_by_two(from, count, ret);
	else
		sha256d_pairs_plain(from, count, ret);
}

/* Judging nodes by each other.
 *
 * First who is on our chain: by the pinned hash of its first block, and as long as none is pinned
 * by agreement, because the first one that is used gets pinned: nodes that disagree are all of them
 * not believed.  Then who is behind: the heads of those on our chain are compared with each other,
 * so a node that is cut off together with its peers is seen too. */
#include "common/node/sky_pool_judge.h"

#include <stdio.h>
#include <string.h>

#include "common/node/sky_standing.h"

#define SLIGHT_BLOCKS 2

/* --- on which chain --------------------------------------------------------------------------- */

/* Of the first one that tells. */
static const char *first_genesis(const struct sky_report *r, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (r[i].answered && r[i].health.genesis[0] != '\0')
			return r[i].health.genesis;
	return "";
}

static bool disagree(const struct sky_report *r, size_t count)
{
	const char *first = first_genesis(r, count);

	for (size_t i = 0; i < count; i++)
		if (r[i].answered && r[i].health.genesis[0] != '\0' &&
		    strcmp(r[i].health.genesis, first) != 0)
			return true;
	return false;
}

static void judge_chains(struct sky_report *r, size_t count, const char *genesis)
{
	bool all_wrong = genesis[0] == '\0' && disagree(r, count);

	for (size_t i = 0; i < count; i++) {
		if (!r[i].answered)
			continue;
		r[i].health.standing = sky_standing_judge(&r[i].health, genesis, 0);
		if (all_wrong && r[i].health.genesis[0] != '\0')
			r[i].health.standing = SKY_OTHER_CHAIN;
	}
}

/* --- how far -----------------------------------------------------------------------------------
 */

static bool is_ours(const struct sky_report *r)
{
	return r->answered && r->health.standing != SKY_OTHER_CHAIN;
}

/* The highest head of those on our chain, 0 for none. */
static uint64_t best_head(const struct sky_report *r, size_t count)
{
	uint64_t best = 0;

	for (size_t i = 0; i < count; i++)
		if (is_ours(&r[i]) && r[i].health.head_seq > best)
			best = r[i].health.head_seq;
	return best;
}

static void judge_heads(struct sky_report *r, size_t count, const char *genesis)
{
	uint64_t best = best_head(r, count);

	for (size_t i = 0; i < count; i++)
		if (is_ours(&r[i]))
			r[i].health.standing = sky_standing_judge(&r[i].health, genesis, best);
}

bool sky_pool_in_motion(const struct sky_report *r, size_t count)
{
	uint64_t best = best_head(r, count), want;

	for (size_t i = 0; i < count; i++) {
		if (!r[i].answered || r[i].health.standing != SKY_BEHIND)
			continue;
		want = r[i].health.highest_seq > best ? r[i].health.highest_seq : best;
		if (want - r[i].health.head_seq <= SLIGHT_BLOCKS)
			return true;
	}
	return false;
}

/* --- which one ----------------------------------------------------------------------------------
 */

/* Less is better. */
static unsigned rank(const struct sky_report *r)
{
	static const unsigned ranks[] = {
		[SKY_GOOD] = 0,	  [SKY_UNPROVEN] = 1,	 [SKY_NO_PEERS] = 2,
		[SKY_BEHIND] = 3, [SKY_OTHER_CHAIN] = 4,
	};

	return 2 * ranks[r->health.standing] + (r->failed ? 1 : 0);
}

size_t sky_pool_judge(struct sky_report *r, size_t count, const char *genesis, size_t current)
{
	size_t best = count;

	judge_chains(r, count, genesis);
	judge_heads(r, count, genesis);
	if (current < count && r[current].answered)
		best = current;
	for (size_t i = 0; i < count; i++)
		if (r[i].answered && (best == count || rank(&r[i]) < rank(&r[best])))
			best = i;
	return best;
}

/* --- in words -----------------------------------------------------------------------------------
 */

/* A node that cannot prove anything is what some have, and no trouble by itself. */
static bool is_in_order(const struct sky_report *r)
{
	return r->answered &&
	       (r->health.standing == SKY_GOOD || r->health.standing == SKY_UNPROVEN);
}

void sky_pool_problems(const struct sky_report *r, size_t count, size_t except, char *ret,
		       size_t size)
{
	size_t used = 0;
	int n;

	ret[0] = '\0';
	for (size_t i = 0; i < count && used < size; i++) {
		if (i == except || is_in_order(&r[i]))
			continue;
		n = snprintf(ret + used, size - used, "%sSkycoin node %s%s %s",
			     used > 0 ? "; " : "", r[i].address, r[i].answered ? "" : ":",
			     r[i].answered ? sky_standing_text(r[i].health.standing) : r[i].error);
		used += n > 0 ? (size_t)n : 0;
	}
}

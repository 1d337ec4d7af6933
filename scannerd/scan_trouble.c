/* What goes wrong with a scan, and what people are told of it.  Every trouble ends in one of three
 * ways: asked again with back-off (RETRY), waited for (IDLE), or stopped for a person (HALTED). */
#include <inttypes.h>
#include <stdio.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "scannerd/scanner_parts.h"

#define RETRY_FIRST_MS	 250
#define RETRY_MAX_MS	 30000
#define SLIGHT_BLOCKS	 2 /* a block takes its time from node to node */
#define PASSING_FAILURES 5 /* what a reorganisation explains is worth a word after so many */

/* What each trouble means to the operator.  A passing one is what a reorganisation looks like
 * between two questions. */
static const struct {
	bool passing;
	bool slow; /* asking again at once does not help, and may get us locked out */
	const char *advice;
} troubles[] = {
	[CHAIN_UNREACHABLE] = { .advice = "deposits are not seen until the node answers: check "
					  "that it runs and that the server in the configuration "
					  "is it" },
	[CHAIN_WARMING_UP] = { .advice = "the node is starting; the scan goes on when it is "
					 "ready" },
	[CHAIN_BUSY] = { .advice = "deposits are seen late: give the node less to do, or a longer "
				   "work queue" },
	[CHAIN_UNAUTHORIZED] = { .slow = true,
				 .advice = "deposits are not seen: check user and password in the "
					   "configuration, and whom the node lets in" },
	[CHAIN_UNTRUSTED] = { .slow = true,
			      .advice = "nothing was sent to it, and deposits are not seen: check "
					"the certificate and the host name in the configuration" },
	[CHAIN_WRONG_NETWORK] = { .slow = true,
				  .advice = "nothing is scanned: check which node the "
					    "configuration names, and the network" },
	[CHAIN_NOT_YET] = { .passing = true,
			    .advice = "the node's chain gets shorter again and again: look at its "
				      "log" },
	[CHAIN_STALE] = { .passing = true,
			  .advice = "the node's chain changes again and again: look at its log" },
	[CHAIN_BAD_BLOCK] = { .advice = "the scan stays before this block, asking again: check "
					"the node's disk and version, or name another node" },
	[CHAIN_PRUNED] = { .slow = true,
			   .advice = "the scan stays before this block: name a node that has kept "
				     "it, or download it again with a larger prune size" },
	[CHAIN_REFUSED] = { .advice = "the scan stays before this block, asking again: look at "
				      "the node's log" },
};

void scan_trouble_init(struct scanner *s)
{
	const char *key = coin_info(s->o.coin)->key;
	struct scan_trouble *t = &s->trouble;

	t->newest_tip = -1;
	backoff_init(&t->backoff, RETRY_FIRST_MS, RETRY_MAX_MS);
	(void)snprintf(t->node_problem, sizeof(t->node_problem), "%s_node", key);
	(void)snprintf(t->scan_problem, sizeof(t->scan_problem), "%s_scan", key);
	(void)snprintf(t->final_problem, sizeof(t->final_problem), "%s_final", key);
	(void)snprintf(t->quiet_problem, sizeof(t->quiet_problem), "%s_quiet", key);
}

/* --- asked again ---------------------------------------------------------------------------- */

void scan_fail_node(struct scanner *s, const struct chain_error *e)
{
	if (!troubles[e->trouble].passing || s->trouble.backoff.failures >= PASSING_FAILURES)
		health_raise(s->o.health, s->trouble.node_problem, "%s; %s", e->text,
			     troubles[e->trouble].advice);
	else
		log_info("scan_again", "coin=%s why=\"%s\"", coin_name(s->o.coin), e->text);
	s->trouble.retry_slow = troubles[e->trouble].slow;
	scan_fetch_narrow(s);
	scanner_enter(s, SCAN_RETRY);
}

void scan_fail_store(struct scanner *s, const struct err *err)
{
	health_raise(s->o.health, s->trouble.scan_problem,
		     "%s; deposits are not recorded until the database can be written", err->text);
	scanner_enter(s, SCAN_RETRY);
}

void scan_node_is_well(struct scanner *s)
{
	backoff_reset(&s->trouble.backoff);
	health_clear(s->o.health, s->trouble.node_problem);
}

void scan_progress(struct scanner *s)
{
	scan_node_is_well(s);
	if (s->trouble.halted)
		log_warn("scan_resumed", "coin=%s height=%" PRId64, coin_name(s->o.coin),
			 s->cursor.height);
	s->trouble.halted = s->trouble.behind = false;
	health_clear(s->o.health, s->trouble.scan_problem);
}

/* --- waited for ----------------------------------------------------------------------------- */

/* Behind one name there may be several nodes, each with its own newest block: a lag of a block or
 * two is told when it does not pass. */
void scan_wait_behind(struct scanner *s)
{
	bool slightly = s->cursor.height - s->node_tip <= SLIGHT_BLOCKS;

	scan_node_is_well(s);
	if (s->trouble.behind || !slightly)
		health_raise(s->o.health, s->trouble.scan_problem,
			     "the node is at block %" PRId64 ", but block %" PRId64
			     " was scanned already; deposits wait until it has caught up",
			     s->node_tip, s->cursor.height);
	s->trouble.behind = true;
	scanner_enter(s, SCAN_IDLE);
}

void scan_wait_initial(struct scanner *s)
{
	scan_node_is_well(s);
	health_raise(s->o.health, s->trouble.scan_problem,
		     "the scan starts at block %" PRId64 " (initial_scan_height), but the node is "
		     "at block %" PRId64 "; no deposit is seen before",
		     s->cursor.height + 1, s->node_tip);
	scanner_enter(s, SCAN_IDLE);
}

/* A node without peers, or whose other half has died (Ethereum's consensus client), answers well
 * and shows the same tip for ever; it does not say that it is behind, for nobody tells it. */
void scan_watch_pace(struct scanner *s, int64_t height)
{
	struct scan_trouble *t = &s->trouble;
	uint64_t now = clock_mono_ms();

	if (height > t->newest_tip) {
		t->newest_tip = height;
		t->newest_tip_at = now;
		health_clear(s->o.health, t->quiet_problem);
	} else if (s->o.quiet_ms > 0 && now - t->newest_tip_at >= s->o.quiet_ms) {
		health_raise(
			s->o.health, t->quiet_problem,
			"the node has shown no block after %" PRId64 " for more than %" PRIu64
			" minutes; deposits made since are not seen: check that it is connected, "
			"and its consensus client",
			t->newest_tip, s->o.quiet_ms / 60000);
	}
}

/* --- stopped -------------------------------------------------------------------------------- */

void scan_halt(struct scanner *s)
{
	scan_node_is_well(s);
	if (!s->trouble.halted)
		log_watch("scan_halted", "coin=%s height=%" PRId64 " hash=%s node_tip=%" PRId64,
			  coin_name(s->o.coin), s->cursor.height, s->cursor.hash, s->node_tip);
	s->trouble.halted = true;
	health_raise(s->o.health, s->trouble.scan_problem,
		     "the node's chain differs from what was scanned for more than %d blocks below "
		     "%" PRId64 "; scanning has stopped: check which node this is; the scan goes "
		     "on when the node shows that chain again, or when 'tellerctl scan accept' "
		     "says that the node is right",
		     BLOCK_HASHES_KEPT, s->cursor.height);
	scanner_enter(s, SCAN_HALTED);
}

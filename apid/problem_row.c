/* A star in `what` and `component` stands for the key of a coin (btc, eth, sky), in the texts for
 * its name.  The first row that fits counts. */
#include "apid/problem_row.h"

#include <stdio.h>
#include <string.h>

#include "common/coin/coin.h"

struct problem_row {
	const char *daemon; /* NULL: any */
	const char *what, *component, *text, *customers;
	bool told;
};

#define LATER	  "payments in * are noticed later; none is lost"
#define WAITS	  "payouts wait; each is made once when it is over"
#define NOTHING	  "nothing for now"
#define SEEN_LATE "payments are noticed later; none is lost"

// clang-format off
static const struct problem_row rows[] = {
	{ "scannerd", "down", "scannerd", "the part that watches the chains does not run", SEEN_LATE, false },
	{ "exchangerd", "down", "exchangerd", "the part that keeps the books does not run",
	  "no new deposit address is given out; payments are noticed and paid out later", false },
	{ "senderd", "down", "senderd", "the part that pays out does not run", WAITS, false },

	{ "scannerd", "*_node", "*_node", "the * node cannot be used", LATER, false },
	{ "scannerd", "*_scan", "*_scan", "the * chain cannot be followed", LATER, false },
	{ "scannerd", "*_final", "*_scan", "it is not known which * blocks are final",
	  "payments in * are confirmed later; none is lost", false },
	{ "scannerd", "*_quiet", "*_node", "the * node has shown no new block for long", LATER, false },
	{ "scannerd", "*_sync", "*_node", "the * node is behind the chain, or cut off from it", LATER, false },
	{ "scannerd", "*_trace", "*_scan", "payments that contracts make cannot be followed",
	  "what a contract pays in * is looked at by a person", false },
	{ "scannerd", "*_balances", "*_scan", "balances of deposit addresses cannot be compared", NOTHING, false },
	{ "scannerd", "*_start", "*_scan", "the * chain was not scanned from its configured start",
	  "old payments in * may not be noticed yet", false },
	{ "scannerd", "*_untraced", "*_scan", "* payments made by contracts are seen later", NOTHING, false },
	{ "scannerd", "*_rescan", "*_scan", "* blocks cannot be scanned again", NOTHING, false },
	{ "scannerd", "*_off", "*_scan", "* is switched off while deposit addresses of it are in use",
	  "do not pay in *: it is not noticed until * is switched on again", false },

	{ "exchangerd", "pool_low_*", "*_pool", "few * deposit addresses are left", NOTHING, false },
	{ "exchangerd", "pool_*", "*_pool", "no * deposit address is left",
	  "a new deposit address for * cannot be had; those that were given out stay good", false },
	{ "exchangerd", "bind", "database", "a deposit address could not be recorded",
	  "a new deposit address may not be had; those that were given out stay good", false },
	{ NULL, "disk", "disk", "the disk is nearly full",
	  "when it is full, no new deposit address is given out, and payments are noticed and paid out later",
	  false },
	{ NULL, "wal", "database", "the database's log has grown large", NOTHING, false },
	{ "exchangerd", "no_rate", "deposits", "payments wait for their exchange rate to be settled",
	  "these payments are paid out once a person has settled it; none is lost", false },
	{ "exchangerd", "left_chain", "deposits", "payments that were paid out have left their chain", NOTHING, false },
	{ "exchangerd", "passthrough", "purchases", "payments wait for SKY to be bought",
	  "these payments are paid out later; none is lost", false },
	{ "exchangerd", "sightings", "database", "payments cannot be recorded", SEEN_LATE, false },
	{ "exchangerd", "payouts", "database", "the state of payouts cannot be recorded",
	  "what has been paid out is shown later", false },

	{ "senderd", "deposits", "database", "payouts cannot be recorded", WAITS, false },
	{ "senderd", "payments", "database", "payouts cannot be recorded", WAITS, false },
	{ "senderd", "sky_node", "payout_node", "the Skycoin node that payouts go through cannot be used", WAITS, false },
	{ "senderd", "sky_nodes", "payout_node", "one of several Skycoin nodes cannot be used", NOTHING, false },
	{ "senderd", "hot_wallet", "wallet", "what is owed cannot be paid from the wallet as it is",
	  "payouts wait; each is made once when the wallet is filled", true },
	{ "senderd", "wallet_run_out", "wallet", "the wallet will run out soon", NOTHING, false },
	{ "senderd", "payout_tx", "payouts", "a payment is not taken by the network",
	  "the payouts in it wait; each is made once", false },
	{ "senderd", "payout_tx_slow", "payouts", "a payment is not confirmed for long",
	  "the payouts in it are confirmed later", false },
	{ "senderd", "payout_refused", "payouts", "payouts wait for a person to look at them",
	  "these payouts are made once a person has looked; none is lost", false },
	{ "senderd", "payout_cap", "payouts", "large payouts wait for a person to approve them",
	  "large payouts take longer", false },
	{ "senderd", "send_held", "payouts", "payouts are held back by the operator", WAITS, false },
	{ "senderd", "send_disabled", "payouts", "payouts are switched off", WAITS, false },

	{ "apid", "tls_certificate", "certificate", "the certificate of the service is not in order",
	  "browsers may warn of this service; do not go on past such a warning", false },
	{ "apid", "admin_certificate", "administration", "the operator's certificate is not in order",
	  NOTHING, false },
	{ "apid", "acme", "certificate", "a new certificate cannot be had", NOTHING, false },

	{ NULL, "sandbox_files", "service", "a part of the service should be started again", NOTHING, false },
	{ NULL, "sandbox_refused", "service", "a safety check of the service needs a person", NOTHING, false },
};
// clang-format on

#define COUNT (sizeof(rows) / sizeof(rows[0]))

static const struct problem_row unknown = { NULL,
					    "",
					    "service",
					    "something in the service is not in order",
					    "payouts may take longer; no payment is lost",
					    false };

/* Does `what` fit the pattern?  *ret_coin: what its star stands for. */
static bool fits(const char *pattern, const char *what, const struct coin_info **ret_coin)
{
	const char *star = strchr(pattern, '*');
	size_t head = star != NULL ? (size_t)(star - pattern) : 0;

	*ret_coin = NULL;
	if (star == NULL)
		return strcmp(pattern, what) == 0;
	for (enum coin c = 0; c < COIN_COUNT; c++) {
		const char *key = coin_info(c)->key;
		size_t len = strlen(key);

		*ret_coin = coin_info(c);
		if (strncmp(what, pattern, head) == 0 && strncmp(what + head, key, len) == 0 &&
		    strcmp(what + head + len, star + 1) == 0)
			return true;
	}
	return false;
}

static const struct problem_row *find(const char *daemon, const char *what,
				      const struct coin_info **ret_coin)
{
	for (size_t i = 0; i < COUNT; i++)
		if ((rows[i].daemon == NULL || strcmp(rows[i].daemon, daemon) == 0) &&
		    fits(rows[i].what, what, ret_coin))
			return &rows[i];
	return NULL;
}

/* Every star becomes `word`. */
static void fill(const char *text, const char *word, char *ret, size_t size)
{
	size_t n = 0;

	for (; *text != '\0' && n + 1 < size; text++)
		if (*text == '*')
			n += (size_t)snprintf(ret + n, size - n, "%s", word);
		else
			ret[n++] = *text;
	ret[n < size ? n : size - 1] = '\0';
}

void problem_show(const char *daemon, const char *what, struct problem_shown *ret)
{
	const struct coin_info *coin = NULL;
	const struct problem_row *row = find(daemon, what, &coin);
	const char *key = coin != NULL ? coin->key : "";
	const char *name = coin != NULL ? coin->name : "";

	if (row == NULL)
		row = &unknown;
	fill(row->component, key, ret->component, sizeof(ret->component));
	fill(row->text, name, ret->text, sizeof(ret->text));
	fill(row->customers, name, ret->customers, sizeof(ret->customers));
	ret->told = row->told;
}

bool problem_is_known(const char *daemon, const char *what)
{
	const struct coin_info *coin;

	return find(daemon, what, &coin) != NULL;
}

void problem_print_markdown(struct buf *out)
{
	(void)buf_puts(
		out, "# What problems mean to customers\n\n"
		     "Printed from the table in `apid/problem_row.c` by `make docs`.\n\n"
		     "`GET /api/health` shows strangers the component, the text and what it means "
		     "to customers, never\nwhat the daemon says of it: that is for the operator, "
		     "in `tellerctl status`, `GET /api/daemons` and\n"
		     "[OPERATING.md](OPERATING.md). `*` is btc, eth or sky.\n\n"
		     "| daemon | problem | component | text | customers |\n"
		     "| --- | --- | --- | --- | --- |\n");
	for (size_t i = 0; i < COUNT; i++)
		(void)buf_printf(out, "| %s | `%s` | `%s` | %s | %s |\n",
				 rows[i].daemon != NULL ? rows[i].daemon : "any", rows[i].what,
				 rows[i].component, rows[i].text, rows[i].customers);
	(void)buf_printf(out, "| any | any other | `%s` | %s | %s |\n", unknown.component,
			 unknown.text, unknown.customers);
}

/* What `wallet check` found out, and how it is shown.  There is no secret in it. */
#ifndef TELLER_TELLERCTL_WALLET_REPORT_H
#define TELLER_TELLERCTL_WALLET_REPORT_H

#include <stdbool.h>

#include "common/coin/amount.h"
#include "common/keys/secret_file.h"
#include "common/node/sky_node.h"
#include "common/wallet/wallet_file.h"

struct address_balance {
	struct sky_address address;
	struct droplets coins;
	struct hours hours;
};

struct wallet_report {
	const char *path;
	const struct wallet_file *file;
	bool keys_checked;
	const char *keys_note;	     /* why they were not */
	char shared[SECRET_WHY_MAX]; /* why the file is not private; "": it is */
	bool shared_allowed;	     /* by the configuration */
	char node[ERR_TEXT_MAX];     /* why there are no balances; "": there are */
	bool incoming;		     /* more is on its way */
	struct address_balance *addresses;
	size_t count;
	struct address_balance total;
};

/* Room for the file's addresses; ERR_FATAL: out of memory. */
int wallet_report_init(struct wallet_report *r, const char *path, const struct wallet_file *f,
		       struct err *err);
void wallet_report_release(struct wallet_report *r);
/* False when a sum is larger than can be: the node lies. */
bool wallet_report_add(struct wallet_report *r, const struct uxout *o);
/* The file is as senderd wants it and its balances are known. */
bool wallet_report_is_well(const struct wallet_report *r);
void wallet_report_print_text(const struct wallet_report *r, struct buf *out);
void wallet_report_print_json(const struct wallet_report *r, struct buf *out);

#endif

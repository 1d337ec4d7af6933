/* The handlers that the route table names.  Each is given a request whose method is right, and
 * answers it exactly once, now or later. */
#ifndef TELLER_APID_API_H
#define TELLER_APID_API_H

#include "apid/apid.h"

/* The answer of /api/config, which does not change while apid runs. */
void api_config_print(const struct conf *conf, struct buf *out);

void api_bind(struct apid *a, struct http_request *r);
void api_status(struct apid *a, struct http_request *r);
void api_config(struct apid *a, struct http_request *r);
void api_health(struct apid *a, struct http_request *r);

void api_daemons(struct apid *a, struct http_request *r);
void api_deposit_addresses(struct apid *a, struct http_request *r);
void api_deposits(struct apid *a, struct http_request *r);
void api_deposits_errored(struct apid *a, struct http_request *r);
void api_deposit_counts(struct apid *a, struct http_request *r);
void api_deposits_csv(struct apid *a, struct http_request *r);
void api_deposit(struct apid *a, struct http_request *r);
void api_accounting(struct apid *a, struct http_request *r);
void api_accounting_csv(struct apid *a, struct http_request *r);
void api_metrics(struct apid *a, struct http_request *r);
void api_backup(struct apid *a, struct http_request *r);
/* The folder where copies are made; made itself, and emptied of what killed processes have left. */
int api_backup_prepare(const char *dbfile, struct err *err);
void api_backup_folder(const char *dbfile, char ret[CONF_PATH_MAX]);
/* apid stops: a backup under way ends soon, and is answered if there is time for that. */
void api_backup_cancel(struct apid *a);
/* A backup that is still under way ends without an answer. */
void api_backup_forget(struct apid *a);

void api_dummy_deposit(struct apid *a, struct http_request *r);
void api_dummy_broadcasts(struct apid *a, struct http_request *r);
void api_dummy_confirm(struct apid *a, struct http_request *r);

#endif

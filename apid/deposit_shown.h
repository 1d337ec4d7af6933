/* A deposit as the operator's API shows it. */
#ifndef TELLER_APID_DEPOSIT_SHOWN_H
#define TELLER_APID_DEPOSIT_SHOWN_H

#include "apid/csv.h"
#include "common/json/json.h"
#include "common/model/deposit.h"

#define DEPOSIT_ID_MAX (TXID_TEXT_MAX + 16)
/* "<txid>:<n>" */
void deposit_id_text(const struct deposit *d, char ret[DEPOSIT_ID_MAX]);
/* The object of the contract. */
void deposit_print_json(struct json_writer *w, const struct deposit *d);
/* A line under DEPOSIT_CSV_NAMES: exact decimals of whole coins, times in UTC. */
#define DEPOSIT_CSV_NAMES                                                                          \
	"seq,recorded_at,updated_at,status,coin_type,deposit_value,sky_sent,sky_address,"          \
	"deposit_address,deposit_id,height,buy_method,conversion_rate,txid,error"
void deposit_print_csv(struct csv *c, const struct deposit *d);

#endif

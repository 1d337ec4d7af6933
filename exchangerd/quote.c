#include "exchangerd/quote.h"

int quote_fix(const struct conf *conf, struct deposit *d, struct err *err)
{
	const struct rate *rate = &conf->coin[d->coin].rate;
	struct droplets owed;
	int rc;

	if (rate->text[0] == '\0')
		return err_set(
			err, ERR_INVALID,
			"there is no rate for %s: set sky_exchanger.sky_%s_exchange_rate and "
			"restart exchangerd",
			coin_name(d->coin), coin_info(d->coin)->key);
	rc = rate_apply(rate, d->coin, d->value, conf->max_decimals, &owed, err);
	if (rc < 0)
		return rc;
	d->rate = *rate;
	d->to_send = owed;
	return 0;
}

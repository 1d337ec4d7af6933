#include "tellerctl/control.h"

#include <stdio.h>
#include <strings.h>

#include "common/base/text.h"
#include "tellerctl/ask_daemon.h"

int control_reason(int count, char **words, char *ret, size_t size, struct err *err)
{
	size_t len = 0;

	ret[0] = '\0';
	for (int i = 0; i < count; i++) {
		int n = snprintf(ret + len, size - len, "%s%s", i > 0 ? " " : "", words[i]);

		if (n < 0 || (size_t)n >= size - len)
			return err_set(err, ERR_INVALID, "the reason is too long");
		len += (size_t)n;
	}
	return 0;
}

int ctl_read_coin(const char *word, enum coin *ret, struct err *err)
{
	for (unsigned coin = 0; coin < COIN_COUNT; coin++)
		if (strcasecmp(word, coin_name((enum coin)coin)) == 0) {
			*ret = (enum coin)coin;
			return 0;
		}
	return err_set(err, ERR_INVALID, "'%.40s' is no coin; there are BTC, ETH, SKY", word);
}

int ctl_read_height(const char *word, int64_t *ret, struct err *err)
{
	uint64_t n;

	if (!text_to_u64(word, INT32_MAX, &n))
		return err_set(err, ERR_INVALID, "'%.40s' is no height of a block", word);
	*ret = (int64_t)n;
	return 0;
}

int control_tell_to(struct ctl *ctl, const char *daemon, const struct message *m, struct err *err)
{
	struct message reply;
	struct conf *conf = NULL;
	int rc = ctl_load_conf(ctl, CONF_FOR_SCANNERD, &conf, err);

	if (rc < 0)
		return rc;
	rc = ask_daemon(conf, daemon, m, &reply, err);
	if (rc == 0) {
		(void)buf_printf(&ctl->out, "%s\n", reply.u.control_reply.text);
		message_release(&reply);
	}
	conf_free(conf);
	return rc;
}

int control_tell(struct ctl *ctl, const struct message *m, struct err *err)
{
	return control_tell_to(ctl, "senderd", m, err);
}

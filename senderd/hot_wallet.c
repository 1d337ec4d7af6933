/* File, password, keys: each step is done once and kept until the keys are there.  A start that is
 * tried again (a taken port, memory that could not be had) goes on where it was: it must not ask
 * the person at the terminal again, and once the keys are there no file need be opened.
 *
 * That is why this is the process's and not a start's: it is made before there is anything else,
 * and ends after everything else. */
#include "senderd/hot_wallet.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/log.h"
#include "common/wallet/password.h"
#include "common/wallet/wallet_unlock.h"

static struct {
	struct wallet_file *file;
	struct secret_text password;
	struct wallet *wallet;
} hot;

void hot_wallet_close(void)
{
	wallet_free(hot.wallet);
	wallet_file_free(hot.file);
	secret_text_free(&hot.password);
	memset(&hot, 0, sizeof(hot));
}

/* --- the file --------------------------------------------------------------------------------- */
static int read_file(const struct conf *conf, struct err *err)
{
	enum secret_privacy privacy = conf->wallet_allow_shared ? SECRET_SHARED : SECRET_PRIVATE;
	char shared[SECRET_WHY_MAX];
	int rc;

	if (hot.file != NULL)
		return 0;
	rc = wallet_file_read(conf->wallet, privacy, &hot.file, shared, err);
	if (rc == 0 && shared[0] != '\0')
		log_warn("wallet_shared",
			 "file=%s why=\"it %s\" allowed_by=sky_exchanger.wallet_allow_shared",
			 conf->wallet, shared);
	return rc;
}

/* --- the password ----------------------------------------------------------------------------- */
static void say_not_needed(const struct password_ways *ways)
{
	enum password_way way = password_way(ways);

	if (way == PASSWORD_FILE || way == PASSWORD_SYSTEMD)
		log_warn("wallet_password_not_needed",
			 "why=\"the wallet is not encrypted\" given_by=\"%s\"",
			 password_way_name(way));
}

static int read_password(const struct conf *conf, struct err *err)
{
	const struct password_ways ways = {
		.file = conf->wallet_password_file,
		.credentials = getenv("CREDENTIALS_DIRECTORY"),
		.wallet = conf->wallet,
	};

	if (hot.password.data != NULL)
		return 0;
	if (hot.file->meta.encrypted)
		return password_get(&ways, &hot.password, err);
	say_not_needed(&ways);
	return 0;
}

/* --- the keys --------------------------------------------------------------------------------- */
static void say_loaded(void)
{
	char change[ADDRESS_TEXT_MAX];
	size_t count;

	(void)wallet_addresses(hot.wallet, &count);
	sky_address_to_text(wallet_change(hot.wallet), change);
	log_info("wallet_loaded", "type=%s encrypted=%s addresses=%zu change_to=%s",
		 wallet_type_name(hot.file->meta.type), hot.file->meta.encrypted ? "yes" : "no",
		 count, change);
}

static int unlock(const struct conf *conf, struct err *err)
{
	int rc = wallet_unlock(hot.file, &hot.password, &hot.wallet, err);

	if (rc < 0)
		return err_wrap(err, "wallet '%s'", conf->wallet);
	say_loaded();
	wallet_file_free(hot.file);
	hot.file = NULL;
	secret_text_free(&hot.password);
	return 0;
}

static int open_real(const struct conf *conf, struct err *err)
{
	int rc = read_file(conf, err);

	if (rc == 0)
		rc = read_password(conf, err);
	return rc < 0 ? rc : unlock(conf, err);
}

/* The dummy node's coins do not exist, so it needs no wallet that does. */
static int open_dummy(const struct conf *conf, struct err *err)
{
	int rc = conf->wallet[0] != '\0' ? open_real(conf, err) : ERR_NOT_FOUND;

	if (rc != ERR_NOT_FOUND)
		return rc;
	if (conf->wallet[0] != '\0')
		log_warn("wallet_not_found", "using=\"the dummy key\" why=\"%s\"", err->text);
	return wallet_new_dummy(&hot.wallet, err);
}

int hot_wallet_open(const struct conf *conf, const struct wallet **ret, struct err *err)
{
	int rc = 0;

	if (hot.wallet == NULL)
		rc = conf->dummy_sender ? open_dummy(conf, err) : open_real(conf, err);
	if (rc == ERR_NOT_FOUND)
		rc = err->code = ERR_INVALID; /* a person's to mend: waiting would hide it */
	if (rc == 0)
		*ret = hot.wallet;
	return rc;
}

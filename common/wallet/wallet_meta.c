/* What a wallet says of itself.  Whatever it says that this program does not know how to pay from
 * is refused here, before an entry is looked at. */
#include "common/wallet/wallet_meta.h"

#include <string.h>

#include "common/base/text.h"
#include "common/keys/bip32.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Missing is "". */
static int get_text(const struct json *meta, const char *key, const char **ret, struct err *err)
{
	const struct json *member = json_get(meta, key);

	*ret = "";
	return member == NULL ? 0 : json_get_string(meta, key, ret, err);
}

/* --- the type --------------------------------------------------------------------------------- */
static const char *const type_names[] = {
	[WALLET_DETERMINISTIC] = "deterministic",
	[WALLET_COLLECTION] = "collection",
	[WALLET_BIP44] = "bip44",
};

const char *wallet_type_name(enum wallet_type type)
{
	return type_names[type];
}

static int read_type(const struct json *meta, struct wallet_meta *m, struct err *err)
{
	const char *name;
	int rc = json_get_string(meta, "type", &name, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < COUNT(type_names); i++)
		if (strcmp(name, type_names[i]) == 0) {
			m->type = (enum wallet_type)i;
			return 0;
		}
	if (strcmp(name, "xpub") == 0)
		return err_set(err, ERR_INVALID,
			       "wallet type 'xpub' only watches: it has no secret keys and cannot "
			       "sign a payment");
	return err_set(err, ERR_INVALID,
		       "wallet type '%.32s' is unknown (deterministic, collection and bip44 can "
		       "pay)",
		       name);
}

/* --- the coin --------------------------------------------------------------------------------- */
bool wallet_coin_is_sky(const char *name)
{
	return text_equal_nocase(name, "skycoin") || text_equal_nocase(name, "sky");
}

static bool coin_is_btc(const char *name)
{
	return text_equal_nocase(name, "bitcoin") || text_equal_nocase(name, "btc");
}

static int read_coin(const struct json *meta, struct err *err)
{
	const char *coin;
	int rc = json_get_string(meta, "coin", &coin, err);

	if (rc < 0 || wallet_coin_is_sky(coin))
		return rc;
	if (coin_is_btc(coin))
		return err_set(err, ERR_INVALID, "wallet is for coin '%.32s', not for skycoin",
			       coin);
	return err_set(err, ERR_INVALID, "wallet is for coin '%.32s', which is unknown", coin);
}

/* The number in the path of a bip44 wallet. */
static int read_coin_number(const struct json *meta, struct wallet_meta *m, struct err *err)
{
	const char *text;
	uint64_t n = BIP32_COIN_SKY;
	int rc = get_text(meta, "bip44Coin", &text, err);

	if (rc == 0 && text[0] != '\0' && !text_to_u64(text, BIP32_HARDENED - 1, &n))
		return err_set(err, ERR_INVALID, "field 'bip44Coin' is no coin number");
	m->coin_number = (uint32_t)n;
	return rc;
}

/* --- encryption ------------------------------------------------------------------------------- */
static bool flag_parse(const char *text, bool *ret)
{
	static const struct {
		const char *text;
		bool value;
	} words[] = {
		{ "1", true },	  { "t", true },      { "T", true },	  { "TRUE", true },
		{ "true", true }, { "True", true },   { "0", false },	  { "f", false },
		{ "F", false },	  { "FALSE", false }, { "false", false }, { "False", false },
	};

	for (size_t i = 0; i < COUNT(words); i++)
		if (strcmp(text, words[i].text) == 0) {
			*ret = words[i].value;
			return true;
		}
	return false;
}

static int read_encrypted(const struct json *meta, struct wallet_meta *m, struct err *err)
{
	const char *text;
	int rc;

	m->encrypted = false;
	if (json_get(meta, "encrypted") == NULL)
		return 0; /* files of version 0.1 have no such field */
	rc = json_get_string(meta, "encrypted", &text, err);
	if (rc == 0 && !flag_parse(text, &m->encrypted))
		return err_set(err, ERR_INVALID, "field 'encrypted' is neither true nor false");
	return rc;
}

static int read_kind(const struct json *meta, struct wallet_meta *m, struct err *err)
{
	const char *name;
	int rc = get_text(meta, "cryptoType", &name, err);

	if (rc < 0)
		return rc;
	if (name[0] == '\0')
		return err_set(err, ERR_INVALID,
			       "wallet is encrypted, but field 'cryptoType' does not say how");
	m->kind = container_kind_find(name);
	if (m->kind == NULL)
		return err_set(err, ERR_INVALID,
			       "field 'cryptoType' is '%.40s', which is none of %s", name,
			       container_kind_names());
	return 0;
}

static int read_secrets(const struct json *meta, struct wallet_meta *m, struct err *err)
{
	int rc = get_text(meta, "secrets", &m->secrets, err);

	if (rc < 0)
		return rc;
	if (m->secrets[0] == '\0')
		return err_set(err, ERR_INVALID,
			       "wallet is encrypted, but field 'secrets' is missing or empty");
	return container_check(m->kind, m->secrets, err) < 0 ? err_wrap(err, "field 'secrets'") : 0;
}

static int read_container(const struct json *meta, struct wallet_meta *m, struct err *err)
{
	int rc = read_kind(meta, m, err);

	return rc < 0 ? rc : read_secrets(meta, m, err);
}

/* --- the seed --------------------------------------------------------------------------------- */
static int check_seed(const struct wallet_meta *m, struct err *err)
{
	bool has_seed = m->seed[0] != '\0';

	if (m->type == WALLET_COLLECTION && has_seed)
		return err_set(err, ERR_INVALID,
			       "field 'seed' is set, but a collection's keys have no seed");
	if (m->type != WALLET_COLLECTION && !m->encrypted && !has_seed)
		return err_set(err, ERR_INVALID,
			       "field 'seed' is missing or empty, but the wallet is not encrypted");
	return 0;
}

static int read_seed(const struct json *meta, struct wallet_meta *m, struct err *err)
{
	int rc = get_text(meta, "seed", &m->seed, err);

	if (rc == 0)
		rc = get_text(meta, "seedPassphrase", &m->passphrase, err);
	return rc < 0 ? rc : check_seed(m, err);
}

/* ---------------------------------------------------------------------------------------------- */
static int read_fields(const struct json *meta, struct wallet_meta *m, struct err *err)
{
	int rc = read_type(meta, m, err);

	if (rc == 0)
		rc = read_encrypted(meta, m, err);
	if (rc == 0)
		rc = read_coin(meta, err);
	if (rc == 0)
		rc = get_text(meta, "version", &m->version, err);
	if (rc == 0)
		rc = read_coin_number(meta, m, err);
	if (rc == 0)
		rc = read_seed(meta, m, err);
	if (rc == 0 && m->encrypted)
		rc = read_container(meta, m, err);
	return rc;
}

int wallet_meta_read(const struct json *root, struct wallet_meta *ret, struct err *err)
{
	struct wallet_meta m = { .secrets = "", .passphrase = "" };
	const struct json *meta;
	int rc = json_get_object(root, "meta", &meta, err);

	if (rc < 0)
		return rc;
	if (read_fields(meta, &m, err) < 0)
		return err_wrap(err, "meta");
	*ret = m;
	return 0;
}

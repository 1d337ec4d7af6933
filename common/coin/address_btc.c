/* Addresses are compared as output scripts, never as text: one script can be written in two ways
 * (bech32 in capitals), and only the script decides who can spend.
 *
 * Public key and bare multisig scripts have no address here, although some nodes print one: what
 * was paid to them was not paid to the address's script. */
#include "common/coin/address_btc.h"

#include <string.h>
#include <strings.h>

#include "common/coin/base58.h"
#include "common/coin/base58_address.h"
#include "common/coin/bech32.h"
#include "common/crypto/hash.h"

enum {
	OP_0 = 0x00,
	OP_1 = 0x51,
	OP_16 = 0x60,
	OP_DUP = 0x76,
	OP_EQUAL = 0x87,
	OP_EQUALVERIFY = 0x88,
	OP_HASH160 = 0xa9,
	OP_CHECKSIG = 0xac,
	HASH_LEN = 20,
	P2PKH_LEN = 25,
	P2SH_LEN = 23,
};

/* What differs between the networks. */
struct prefixes {
	uint8_t p2pkh, p2sh;
	const char *hrp;
};

static const struct prefixes prefixes[BTC_NETWORK_COUNT] = {
	[BTC_MAIN] = { 0x00, 0x05, "bc" },
	[BTC_TEST] = { 0x6f, 0xc4, "tb" },
	[BTC_SIGNET] = { 0x6f, 0xc4, "tb" },
	[BTC_REGTEST] = { 0x6f, 0xc4, "bcrt" },
};

/* --- scripts ------------------------------------------------------------------------------ */

static const uint8_t p2pkh_head[] = { OP_DUP, OP_HASH160, HASH_LEN };
static const uint8_t p2pkh_tail[] = { OP_EQUALVERIFY, OP_CHECKSIG };
static const uint8_t p2sh_head[] = { OP_HASH160, HASH_LEN };
static const uint8_t p2sh_tail[] = { OP_EQUAL };

static void script_put(struct btc_script *s, const void *bytes, size_t len)
{
	memcpy(s->b + s->len, bytes, len);
	s->len = (uint8_t)(s->len + len);
}

static struct btc_script script_p2pkh(const uint8_t hash[HASH_LEN])
{
	struct btc_script s = { .len = 0 };

	script_put(&s, p2pkh_head, sizeof(p2pkh_head));
	script_put(&s, hash, HASH_LEN);
	script_put(&s, p2pkh_tail, sizeof(p2pkh_tail));
	return s;
}

static struct btc_script script_p2sh(const uint8_t hash[HASH_LEN])
{
	struct btc_script s = { .len = 0 };

	script_put(&s, p2sh_head, sizeof(p2sh_head));
	script_put(&s, hash, HASH_LEN);
	script_put(&s, p2sh_tail, sizeof(p2sh_tail));
	return s;
}

static struct btc_script script_witness(const struct witness_program *p)
{
	struct btc_script s = { .len = 2 };

	s.b[0] = p->version == 0 ? OP_0 : (uint8_t)(OP_1 + p->version - 1);
	s.b[1] = p->len;
	script_put(&s, p->b, p->len);
	return s;
}

static bool script_is_p2pkh(const uint8_t *s, size_t len)
{
	return len == P2PKH_LEN && memcmp(s, p2pkh_head, sizeof(p2pkh_head)) == 0 &&
	       memcmp(s + sizeof(p2pkh_head) + HASH_LEN, p2pkh_tail, sizeof(p2pkh_tail)) == 0;
}

static bool script_is_p2sh(const uint8_t *s, size_t len)
{
	return len == P2SH_LEN && memcmp(s, p2sh_head, sizeof(p2sh_head)) == 0 &&
	       memcmp(s + sizeof(p2sh_head) + HASH_LEN, p2sh_tail, sizeof(p2sh_tail)) == 0;
}

/* Version 0 of another length than a key's or a script's hash is unspendable. */
static bool script_is_witness(const uint8_t *s, size_t len)
{
	if (len < 4 || len > BTC_SCRIPT_MAX || s[1] != len - 2)
		return false;
	if (s[0] == OP_0)
		return s[1] == 20 || s[1] == 32;
	return s[0] >= OP_1 && s[0] <= OP_16;
}

/* --- text --------------------------------------------------------------------------------- */

static void print_base58(uint8_t version, const uint8_t hash[HASH_LEN], char ret[ADDRESS_TEXT_MAX])
{
	uint8_t b[BASE58_ADDRESS_LEN];
	struct sha256 sum;

	b[0] = version;
	memcpy(b + 1, hash, HASH_LEN);
	sum = sha256d(b, BASE58_PAYLOAD_LEN);
	memcpy(b + BASE58_PAYLOAD_LEN, sum.b, BASE58_CHECKSUM_LEN);
	base58_encode(b, sizeof(b), ret);
}

static void print_witness(const char *hrp, const uint8_t *s, char ret[ADDRESS_TEXT_MAX])
{
	struct witness_program p = { .len = s[1] };

	p.version = s[0] == OP_0 ? 0 : (uint8_t)(s[0] - OP_1 + 1);
	memcpy(p.b, s + 2, p.len);
	bech32_encode(hrp, &p, ret);
}

static bool checksum_is_right(const uint8_t b[BASE58_ADDRESS_LEN])
{
	struct sha256 sum = sha256d(b, BASE58_PAYLOAD_LEN);

	return memcmp(b + BASE58_PAYLOAD_LEN, sum.b, BASE58_CHECKSUM_LEN) == 0;
}

static int parse_base58(const struct prefixes *net, const char *text, struct btc_script *ret,
			struct err *err)
{
	uint8_t b[BASE58_ADDRESS_LEN];
	int rc = base58_address_decode(text, b, err);

	if (rc < 0)
		return rc;
	if (b[0] != net->p2pkh && b[0] != net->p2sh)
		return base58_version_error(err);
	if (!checksum_is_right(b))
		return base58_checksum_error(err);
	*ret = b[0] == net->p2pkh ? script_p2pkh(b + 1) : script_p2sh(b + 1);
	return 0;
}

static int parse_witness(const struct prefixes *net, const char *text, struct btc_script *ret,
			 struct err *err)
{
	struct witness_program p;
	int rc = bech32_decode(net->hrp, text, &p, err);

	if (rc == 0)
		*ret = script_witness(&p);
	return rc;
}

/* Does it begin as a witness address of any network?  (No base58 address does.) */
static bool is_witness_text(const char *text)
{
	for (size_t i = 0; i < BTC_NETWORK_COUNT; i++) {
		size_t len = strlen(prefixes[i].hrp);

		if (strncasecmp(text, prefixes[i].hrp, len) == 0 && text[len] == '1')
			return true;
	}
	return false;
}

int btc_address_parse(enum btc_network network, const char *text, struct btc_script *ret,
		      struct err *err)
{
	const struct prefixes *net = &prefixes[network];

	return is_witness_text(text) ? parse_witness(net, text, ret, err)
				     : parse_base58(net, text, ret, err);
}

bool btc_address_from_script(enum btc_network network, const uint8_t *script, size_t len,
			     char ret[ADDRESS_TEXT_MAX])
{
	const struct prefixes *net = &prefixes[network];

	if (script_is_p2pkh(script, len))
		print_base58(net->p2pkh, script + sizeof(p2pkh_head), ret);
	else if (script_is_p2sh(script, len))
		print_base58(net->p2sh, script + sizeof(p2sh_head), ret);
	else if (script_is_witness(script, len))
		print_witness(net->hrp, script, ret);
	else
		return false;
	return true;
}

void btc_address_from_pubkey(const uint8_t pubkey[33], char ret[ADDRESS_TEXT_MAX])
{
	struct sha256 h = sha256(pubkey, 33);
	struct hash160 hash = ripemd160(h.b, sizeof(h.b));

	print_base58(prefixes[BTC_MAIN].p2pkh, hash.b, ret);
}

/* The curve.  One libsecp256k1 context for the process, blinded with random bytes when it is
 * made, so that timing and power of a signature tell nothing about the key.
 *
 * Every byte string is parsed here, strictly, before the library sees it: what the library calls
 * an illegal argument (a recovery id above 3) would abort the process, and signatures come from
 * outside.  Nonces are RFC 6979: no random source can leak a key, and the same payment signed
 * twice is the same transaction. */
#include "common/keys/ec.h"

#include <secp256k1.h>
#include <secp256k1_recovery.h>
#include <sodium.h>
#include <stdlib.h>

#include "common/keys/secret.h"

#define RECOVERY_ID 64 /* its place in the signature */

static const secp256k1_context *ec_context(void)
{
	static secp256k1_context *context;
	uint8_t seed[32];

	if (context != NULL)
		return context;
	if (sodium_init() < 0)
		abort(); /* no random source: nothing here may go on */
	context = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
	randombytes_buf(seed, sizeof(seed));
	if (context == NULL || secp256k1_context_randomize(context, seed) != 1)
		abort();
	secret_wipe(seed, sizeof(seed));
	return context;
}

static bool pubkey_write(const secp256k1_pubkey *p, struct pubkey *ret)
{
	size_t len = sizeof(ret->b);

	return secp256k1_ec_pubkey_serialize(ec_context(), ret->b, &len, p,
					     SECP256K1_EC_COMPRESSED) == 1 &&
	       len == sizeof(ret->b);
}

static bool pubkey_read(const struct pubkey *p, secp256k1_pubkey *ret)
{
	return secp256k1_ec_pubkey_parse(ec_context(), ret, p->b, sizeof(p->b)) == 1;
}

bool seckey_is_valid(const struct seckey *k)
{
	bool ok = secp256k1_ec_seckey_verify(ec_context(), k->b) == 1;

	secret_wipe_stack();
	return ok;
}

bool seckey_add(struct seckey *k, const struct seckey *b)
{
	bool ok = secp256k1_ec_seckey_tweak_add(ec_context(), k->b, b->b) == 1;

	secret_wipe_stack();
	return ok;
}

bool pubkey_from_seckey(const struct seckey *k, struct pubkey *ret)
{
	secp256k1_pubkey p;
	bool ok = secp256k1_ec_pubkey_create(ec_context(), &p, k->b) == 1 && pubkey_write(&p, ret);

	secret_wipe_stack();
	return ok;
}

bool pubkey_is_valid(const struct pubkey *p)
{
	secp256k1_pubkey parsed;

	return pubkey_read(p, &parsed);
}

bool pubkey_multiply(const struct pubkey *p, const struct seckey *k, struct pubkey *ret)
{
	secp256k1_pubkey point;
	bool ok = pubkey_read(p, &point) &&
		  secp256k1_ec_pubkey_tweak_mul(ec_context(), &point, k->b) == 1 &&
		  pubkey_write(&point, ret);

	secret_wipe(&point, sizeof(point)); /* a shared point is as secret as the key */
	secret_wipe_stack();
	return ok;
}

bool ec_sign(const struct seckey *k, const struct sha256 *digest, struct signature *ret)
{
	secp256k1_ecdsa_recoverable_signature sig;
	int recid, rc;

	rc = secp256k1_ecdsa_sign_recoverable(ec_context(), &sig, digest->b, k->b, NULL, NULL);
	secret_wipe_stack();
	if (rc != 1)
		return false;
	if (secp256k1_ecdsa_recoverable_signature_serialize_compact(ec_context(), ret->b, &recid,
								    &sig) != 1)
		return false;
	ret->b[RECOVERY_ID] = (uint8_t)recid;
	return true;
}

bool ec_recover(const struct sha256 *digest, const struct signature *sig, struct pubkey *ret)
{
	secp256k1_ecdsa_recoverable_signature parsed;
	secp256k1_pubkey p;

	if (secp256k1_ecdsa_recoverable_signature_parse_compact(ec_context(), &parsed, sig->b,
								sig->b[RECOVERY_ID] & 3) != 1)
		return false;
	return secp256k1_ecdsa_recover(ec_context(), &p, &parsed, digest->b) == 1 &&
	       pubkey_write(&p, ret);
}

/* Low s is asked for by its top bit, as the nodes do: n/2 itself has it clear. */
bool signature_is_canonical(const struct signature *sig)
{
	return sig->b[RECOVERY_ID] < 4 && (sig->b[32] & 0x80) == 0;
}

int ec_verify_form(const struct sha256 *digest, const struct signature *sig, struct err *err)
{
	struct pubkey p;

	if (!ec_recover(digest, sig, &p))
		return err_set(err, ERR_INVALID, "Failed to recover pubkey from signature");
	if (!signature_is_canonical(sig))
		return err_set(err, ERR_INVALID, "Signature not valid for hash");
	return 0;
}

int ec_verify_address(const struct sky_address *address, const struct sha256 *digest,
		      const struct signature *sig, struct err *err)
{
	struct sky_address signer;
	struct pubkey p;

	if (!ec_recover(digest, sig, &p))
		return err_set(err, ERR_INVALID, "Failed to recover pubkey from signature");
	signer = sky_address_from_pubkey(p.b);
	if (!sky_address_equal(&signer, address))
		return err_set(err, ERR_INVALID,
			       "Address does not match recovered signing address");
	if (!signature_is_canonical(sig))
		return err_set(err, ERR_INVALID, "Signature not valid for hash");
	return 0;
}

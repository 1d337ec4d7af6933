/* A faulty signature (a flipped bit in memory is enough) must not leave: it could give away the
 * key.  So each one is verified as a node would before it is put into the transaction. */
#include "senderd/sky_sign.h"

#include <string.h>

static int sign_input(struct sky_tx *t, size_t i, const struct uxout *spent, const struct wallet *w,
		      struct err *err)
{
	struct sha256 digest = sky_tx_digest(t, i);
	struct signature sig;
	int rc;

	if (!wallet_sign(w, &spent->owner, &digest, &sig))
		return err_set(err, ERR_INVALID, "its owner is not in the wallet");
	rc = ec_verify_address(&spent->owner, &digest, &sig, err);
	if (rc < 0)
		return rc;
	memcpy(t->sigs[i].b, sig.b, sizeof(sig.b));
	return 0;
}

int sky_sign(struct sky_tx *t, const struct uxout *const *spent, const struct wallet *w,
	     struct err *err)
{
	if (!sky_tx_prepare(t))
		return err_set(err, ERR_FATAL, "out of memory");
	for (size_t i = 0; i < t->input_count; i++)
		if (sign_input(t, i, spent[i], w, err) < 0)
			return err_wrap(err, "cannot sign input %zu", i);
	return 0;
}

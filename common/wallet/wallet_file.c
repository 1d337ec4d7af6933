/* From bytes to the structure of a wallet.  The file's text is in locked memory while it is read
 * and wiped before this returns; its tree stays, in locked memory too, for the secrets in it. */
#include "common/wallet/wallet_file.h"

#include <stdlib.h>

#include "common/wallet/wallet_entries.h"

static int read_tree(struct wallet_file *f, struct err *err)
{
	int rc = wallet_meta_read(f->json.root, &f->meta, err);

	return rc < 0 ? rc : wallet_entries_read(f->json.root, f, err);
}

int wallet_file_parse(const char *data, size_t len, struct wallet_file **ret, struct err *err)
{
	struct wallet_file *f = calloc(1, sizeof(*f));
	int rc;

	if (f == NULL)
		return err_set(err, ERR_FATAL, "out of memory");
	rc = secret_json_parse(data, len, WALLET_FILE_MAX, &f->json, err);
	if (rc == ERR_INVALID)
		rc = err_wrap(err, "no wallet file");
	if (rc == 0)
		rc = read_tree(f, err);
	if (rc == 0)
		*ret = f;
	else
		wallet_file_free(f);
	return rc;
}

int wallet_file_read(const char *path, enum secret_privacy privacy, struct wallet_file **ret,
		     char ret_shared[SECRET_WHY_MAX], struct err *err)
{
	struct secret_text text = { .data = NULL };
	int rc = secret_file_read(path, WALLET_FILE_MAX, privacy, &text, ret_shared, err);

	if (rc < 0)
		return err_wrap(err, "wallet");
	rc = wallet_file_parse(text.data, text.len, ret, err);
	secret_text_free(&text);
	return rc < 0 ? err_wrap(err, "wallet '%s'", path) : 0;
}

void wallet_file_free(struct wallet_file *f)
{
	if (f == NULL)
		return;
	secret_json_free(&f->json);
	free(f->entries);
	free(f->accounts);
	free(f);
}

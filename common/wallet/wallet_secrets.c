#include "common/wallet/wallet_secrets.h"

#include <stdio.h>

static int check_texts(const struct json *root, struct err *err)
{
	if (json_type(root) != JSON_OBJECT)
		return err_set(err, ERR_INVALID, "no JSON object");
	for (const struct json *j = json_first(root); j != NULL; j = json_next(j))
		if (json_string(j) == NULL)
			return err_set(err, ERR_INVALID, "one of them is no string");
	return 0;
}

static int parse_opened(const struct secret_text *text, struct secret_json *ret, struct err *err)
{
	int rc = secret_json_parse(text->data, text->len, WALLET_FILE_MAX, ret, err);

	if (rc == 0)
		rc = check_texts(ret->root, err);
	if (rc < 0)
		secret_json_free(ret);
	return rc < 0 ? err_wrap(err, "the decrypted secrets") : 0;
}

int wallet_secrets_open(const struct wallet_file *f, const struct secret_text *password,
			struct wallet_secrets *ret, struct err *err)
{
	struct wallet_secrets s = { .file = f };
	struct secret_text text;
	int rc;

	if (f->meta.encrypted) {
		if (container_open(f->meta.kind, f->meta.secrets, password, &text, err) < 0)
			return err_wrap(err, "cannot unlock it");
		rc = parse_opened(&text, &s.opened, err);
		secret_text_free(&text);
		if (rc < 0)
			return rc;
	}
	*ret = s;
	return 0;
}

void wallet_secrets_free(struct wallet_secrets *s)
{
	secret_json_free(&s->opened);
}

static const char *opened_text(const struct wallet_secrets *s, const char *name)
{
	const struct json *member = json_get(s->opened.root, name);

	return member != NULL ? json_string(member) : "";
}

const char *wallet_secrets_key(const struct wallet_secrets *s, const struct wallet_entry *e)
{
	char address[ADDRESS_TEXT_MAX];

	if (!s->file->meta.encrypted)
		return e->secret;
	sky_address_to_text(&e->address, address);
	return opened_text(s, address);
}

const char *wallet_secrets_account(const struct wallet_secrets *s, const struct wallet_account *a)
{
	char name[64];

	if (!s->file->meta.encrypted)
		return a->xprv;
	(void)snprintf(name, sizeof(name), "bip44AccountPrivateKey-%u", (unsigned)a->index);
	return opened_text(s, name);
}

const char *wallet_secrets_seed(const struct wallet_secrets *s)
{
	return s->file->meta.encrypted ? opened_text(s, "seed") : s->file->meta.seed;
}

const char *wallet_secrets_passphrase(const struct wallet_secrets *s)
{
	return s->file->meta.encrypted ? opened_text(s, "seedPassphrase")
				       : s->file->meta.passphrase;
}

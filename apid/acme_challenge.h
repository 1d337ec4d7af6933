/* Answers the certificate authority: is this name yours?  It asks over plain HTTP for a file whose
 * content only the owner of the account knows. */
#ifndef TELLER_APID_ACME_CHALLENGE_H
#define TELLER_APID_ACME_CHALLENGE_H

#include "apid/http_server.h"

#define ACME_CHALLENGE_MAX 1024 /* bytes of a file */
#define ACME_TOKEN_MAX	   128

/* Is the text a token (RFC 8555 8.3: base64url), and so a file's name that leads nowhere else? */
bool acme_token_is_good(const char *token);
bool acme_challenge_is_asked(const struct http_request *r);
/* `folder`: a descriptor of the folder with the files. */
void acme_challenge_answer(int folder, struct http_request *r);

#endif

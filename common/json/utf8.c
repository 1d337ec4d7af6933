#include "common/json/utf8.h"

/* The lead byte gives the length and, where a shorter form, a surrogate or too large a number
 * would slip in, a narrower range for the second byte.  A table of the well-formed sequences
 * (Unicode standard, table 3-7). */
struct utf8_form {
	unsigned char lead_first, lead_last;
	unsigned char second_first, second_last;
	size_t len;
};

static const struct utf8_form forms[] = {
	{ 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

static const struct utf8_form *form_of_lead(unsigned char lead)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (lead >= forms[i].lead_first && lead <= forms[i].lead_last)
			return &forms[i];
	return NULL;
}

size_t utf8_char_len(const unsigned char *s, size_t len)
{
	const struct utf8_form *form;

	if (len == 0)
		return 0;
	if (s[0] < 0x80)
		return 1;
	form = form_of_lead(s[0]);
	if (form == NULL || form->len > len)
		return 0;
	if (s[1] < form->second_first || s[1] > form->second_last)
		return 0;
	for (size_t i = 2; i < form->len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return form->len;
}

/* Bech32 (witness version 0) and bech32m (1 to 16): hrp, '1', version, the program in groups of
 * five bits, six characters of checksum.  The two differ in the constant of the checksum only,
 * and an address whose version and constant disagree is refused: that is what bech32m is for. */
#include "common/coin/bech32.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define BECH32_TEXT_MAX 90
#define BECH32_CHECKSUM 6U
#define BECH32_CONST	1U
#define BECH32M_CONST	0x2bc830a3U

static const char charset[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/* The data part: values 0 to 31, checksum included. */
struct groups {
	uint8_t len;
	uint8_t v[BECH32_TEXT_MAX];
};

static uint32_t polymod_step(uint32_t c, uint8_t value)
{
	static const uint32_t generator[5] = { 0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
					       0x2a1462b3 };
	uint32_t top = c >> 25;

	c = (c & 0x1ffffff) << 5 ^ value;
	for (unsigned i = 0; i < 5; i++)
		if (top >> i & 1)
			c ^= generator[i];
	return c;
}

static uint32_t polymod(const char *hrp, const struct groups *g)
{
	uint32_t c = 1;

	for (const char *p = hrp; *p != '\0'; p++)
		c = polymod_step(c, (uint8_t)*p >> 5);
	c = polymod_step(c, 0);
	for (const char *p = hrp; *p != '\0'; p++)
		c = polymod_step(c, (uint8_t)*p & 31);
	for (unsigned i = 0; i < g->len; i++)
		c = polymod_step(c, g->v[i]);
	return c;
}

/* Copy in lower case; ERR_INVALID for mixed case and for what is too long. */
static int fold_case(const char *text, char ret[BECH32_TEXT_MAX + 1], struct err *err)
{
	bool lower = false, upper = false;
	size_t len = strlen(text);

	if (len > BECH32_TEXT_MAX)
		return err_set(err, ERR_INVALID, "Invalid address length");
	for (size_t i = 0; i <= len; i++) {
		lower |= islower((unsigned char)text[i]) != 0;
		upper |= isupper((unsigned char)text[i]) != 0;
		ret[i] = (char)tolower((unsigned char)text[i]);
	}
	if (lower && upper)
		return err_set(err, ERR_INVALID, "Invalid bech32 string: mixed case");
	return 0;
}

static int read_groups(const char *data, struct groups *ret, struct err *err)
{
	ret->len = 0;
	for (; *data != '\0'; data++) {
		const char *at = strchr(charset, *data);

		if (at == NULL)
			return err_set(err, ERR_INVALID, "Invalid bech32 character");
		ret->v[ret->len++] = (uint8_t)(at - charset);
	}
	if (ret->len < 1 + BECH32_CHECKSUM)
		return err_set(err, ERR_INVALID, "Invalid address length");
	return 0;
}

static uint32_t constant_of(uint8_t version)
{
	return version == 0 ? BECH32_CONST : BECH32M_CONST;
}

/* Groups of five bits, version and checksum left out, to bytes. */
static int read_program(const struct groups *g, struct witness_program *ret, struct err *err)
{
	uint32_t bits = 0;
	unsigned have = 0;

	ret->len = 0;
	for (unsigned i = 1; i < g->len - BECH32_CHECKSUM; i++) {
		bits = bits << 5 | g->v[i];
		have += 5;
		if (have < 8)
			continue;
		if (ret->len == sizeof(ret->b))
			return err_set(err, ERR_INVALID, "Invalid address length");
		have -= 8;
		ret->b[ret->len++] = (uint8_t)(bits >> have);
	}
	if (have > 4 || (bits & ((1U << have) - 1)) != 0)
		return err_set(err, ERR_INVALID, "Invalid bech32 padding");
	return 0;
}

static int check_program(const struct witness_program *p, struct err *err)
{
	if (p->version > 16)
		return err_set(err, ERR_INVALID, "Invalid version");
	if (p->len < 2 || (p->version == 0 && p->len != 20 && p->len != 32))
		return err_set(err, ERR_INVALID, "Invalid address length");
	return 0;
}

int bech32_decode(const char *hrp, const char *text, struct witness_program *ret, struct err *err)
{
	char folded[BECH32_TEXT_MAX + 1];
	size_t hrp_len = strlen(hrp);
	struct witness_program p = { .len = 0 };
	struct groups g = { .len = 0 };
	int rc;

	if ((rc = fold_case(text, folded, err)) < 0)
		return rc;
	if (strncmp(folded, hrp, hrp_len) != 0 || folded[hrp_len] != '1')
		return err_set(err, ERR_INVALID, "Invalid network prefix");
	if ((rc = read_groups(folded + hrp_len + 1, &g, err)) < 0)
		return rc;
	p.version = g.v[0];
	if (polymod(hrp, &g) != constant_of(p.version))
		return err_set(err, ERR_INVALID, "Invalid checksum");
	if ((rc = read_program(&g, &p, err)) < 0 || (rc = check_program(&p, err)) < 0)
		return rc;
	*ret = p;
	return 0;
}

static void write_program(const struct witness_program *p, struct groups *g)
{
	uint32_t bits = 0;
	unsigned have = 0;

	g->len = 0;
	g->v[g->len++] = p->version;
	for (unsigned i = 0; i < p->len; i++) {
		bits = bits << 8 | p->b[i];
		for (have += 8; have >= 5; have -= 5)
			g->v[g->len++] = bits >> (have - 5) & 31;
	}
	if (have > 0)
		g->v[g->len++] = bits << (5 - have) & 31;
}

static void write_checksum(const char *hrp, struct groups *g)
{
	uint32_t sum;

	memset(g->v + g->len, 0, BECH32_CHECKSUM);
	g->len += BECH32_CHECKSUM;
	sum = polymod(hrp, g) ^ constant_of(g->v[0]);
	for (unsigned i = 0; i < BECH32_CHECKSUM; i++)
		g->v[g->len - BECH32_CHECKSUM + i] = sum >> 5 * (5 - i) & 31;
}

void bech32_encode(const char *hrp, const struct witness_program *p, char *ret)
{
	struct groups g = { .len = 0 };

	write_program(p, &g);
	write_checksum(hrp, &g);
	ret = stpcpy(ret, hrp);
	*ret++ = '1';
	for (unsigned i = 0; i < g.len; i++)
		*ret++ = charset[g.v[i]];
	*ret = '\0';
}

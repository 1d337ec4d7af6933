/* What is left in memory when a wallet has been unlocked and has signed: its keys, in locked pages,
 * and nothing else that is secret.
 *
 * Stacks and freed memory are searched at once, before other work writes over them.  The search
 * must not find itself: a child reads what to look for, from the list of the wallets, and hands it
 * over changed by a mask; it is compared byte by byte through the mask and never put together here.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/text.h"
#include "common/crypto/hash.h"
#include "common/keys/secret.h"
#include "common/wallet/wallet_unlock.h"
#include "test/support/test.h"

#define WALLETS	     VECTORS "skycoin/wallets/"
#define MASK	     0x5a
#define PATTERNS_MAX 32
#define PATTERN_MAX  192
#define PART	     12 /* bytes of a text that are looked for alone */

struct pattern {
	char name[32];
	size_t len;
	bool allowed; /* in locked memory: a key */
	unsigned char masked[PATTERN_MAX];
};

struct patterns {
	size_t count;
	struct pattern p[PATTERNS_MAX];
	char password[64]; /* masked */
};

/* --- the child: what to look for -------------------------------------------------------------- */
static void mask(unsigned char *to, const void *from, size_t len)
{
	for (size_t i = 0; i < len; i++)
		to[i] = ((const unsigned char *)from)[i] ^ MASK;
}

static void add(struct patterns *all, const char *name, const void *bytes, size_t len, bool allowed)
{
	struct pattern *p = &all->p[all->count++];

	if (all->count > PATTERNS_MAX || len > PATTERN_MAX)
		_exit(1);
	(void)snprintf(p->name, sizeof(p->name), "%s", name);
	p->len = len;
	p->allowed = allowed;
	mask(p->masked, bytes, len);
}

/* A 32 byte number lies forwards as bytes and backwards as limbs. */
static void add_number(struct patterns *all, const char *name, const char *hex, bool allowed)
{
	unsigned char b[32], backwards[32];
	char said[32];

	if (!hex_to_bytes(hex, b, sizeof(b)))
		_exit(1);
	for (size_t i = 0; i < sizeof(b); i++)
		backwards[i] = b[sizeof(b) - 1 - i];
	add(all, name, b, sizeof(b), allowed);
	(void)snprintf(said, sizeof(said), "%s, backwards,", name);
	add(all, said, backwards, sizeof(b), false);
	(void)snprintf(said, sizeof(said), "%s in hex", name);
	add(all, said, hex, 64, false);
}

static const char *member(const cJSON *j, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(j, name));

	return text != NULL ? text : "";
}

/* Whole, and its ends: a hash keeps the block that it works on. */
static void add_text(struct patterns *all, const char *name, const char *text)
{
	size_t len = strlen(text);
	char end[32];

	if (len == 0)
		return;
	add(all, name, text, len, false);
	if (len <= 2 * PART)
		return;
	(void)snprintf(end, sizeof(end), "begin of %s", name);
	add(all, end, text, PART, false);
	(void)snprintf(end, sizeof(end), "end of %s", name);
	add(all, end, text + len - PART, PART, false);
}

static void fill(struct patterns *all, const cJSON *wallet)
{
	static const char *const texts[] = { "seed", "seed_passphrase", "password" };
	const cJSON *e;

	cJSON_ArrayForEach(e, cJSON_GetObjectItemCaseSensitive(wallet, "entries"))
	{
		add_number(all, "key", member(e, "seckey"), true);
	}
	if (member(wallet, "last_seed")[0] != '\0')
		add_number(all, "last seed", member(wallet, "last_seed"), false);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		add_text(all, texts[i], member(wallet, texts[i]));
	mask((unsigned char *)all->password, member(wallet, "password"),
	     strlen(member(wallet, "password")) + 1);
}

static void tell_patterns(const char *file, int to)
{
	static struct patterns all;
	cJSON *j = test_read_json(VECTORS "skycoin/wallets.json");
	const cJSON *w;

	cJSON_ArrayForEach(w, cJSON_GetObjectItemCaseSensitive(j, "wallets"))
	{
		if (strcmp(member(w, "file"), file) == 0)
			fill(&all, w);
	}
	_exit(all.count > 0 && write(to, &all, sizeof(all)) == sizeof(all) ? 0 : 1);
}

static void read_patterns(const char *file, struct patterns *ret)
{
	int ends[2];
	size_t done = 0;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0)
		tell_patterns(file, ends[1]);
	(void)close(ends[1]);
	while (done < sizeof(*ret)) {
		ssize_t n = read(ends[0], (char *)ret + done, sizeof(*ret) - done);

		assert_true(n > 0);
		done += (size_t)n;
	}
	(void)close(ends[0]);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

/* --- the search ------------------------------------------------------------------------------- */
struct mapping {
	const volatile unsigned char *from;
	size_t len;
	bool readable, locked; /* and in no dump, and wiped in a fork */
	char name[128];
};

struct findings {
	size_t keys;
	char text[512];
};

/* Reads what a sanitizer says nobody may read. */
#define READS_ALL __attribute__((no_sanitize("address"), noinline))

READS_ALL static bool is_here(const volatile unsigned char *at, const struct pattern *p)
{
	for (size_t i = 0; i < p->len; i++)
		if ((at[i] ^ MASK) != p->masked[i])
			return false;
	return true;
}

static void found(const struct mapping *m, const struct pattern *p, struct findings *f)
{
	if (p->allowed && m->locked)
		f->keys++;
	else
		(void)snprintf(f->text, sizeof(f->text), "%s in %s%s", p->name,
			       m->name[0] != '\0' ? m->name : "memory",
			       m->locked ? " (locked)" : "");
}

READS_ALL static void search(const struct mapping *m, const struct patterns *all,
			     const bool begins[256], struct findings *f)
{
	for (size_t i = 0; i < m->len; i++) {
		if (!begins[m->from[i]])
			continue;
		for (size_t n = 0; n < all->count; n++)
			if (i + all->p[n].len <= m->len && is_here(&m->from[i], &all->p[n]))
				found(m, &all->p[n], f);
	}
}

/* What the sanitizers reserve for their shadows is terabytes, and copies nothing. */
static bool worth_searching(const struct mapping *m)
{
	return m->readable && m->len < ((size_t)1 << 30) && strncmp(m->name, "[v", 2) != 0;
}

static void search_all(const struct mapping *m, const struct patterns *all, struct findings *f)
{
	bool begins[256] = { false };

	if (!worth_searching(m))
		return;
	for (size_t i = 0; i < all->count; i++)
		begins[all->p[i].masked[0] ^ MASK] = true;
	search(m, all, begins, f);
}

static bool read_mapping(const char *line, struct mapping *ret)
{
	unsigned long from, to;
	char rights[8];
	int name = 0;

	if (sscanf(line, "%lx-%lx %7s %*s %*s %*s %n", &from, &to, rights, &name) < 3)
		return false;
	*ret = (struct mapping){ .from = (const volatile unsigned char *)from,
				 .len = to - from,
				 .readable = rights[0] == 'r' };
	(void)snprintf(ret->name, sizeof(ret->name), "%.*s", (int)strcspn(line + name, "\n"),
		       line + name);
	return true;
}

/* The sanitizers make nothing of mlock(). */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LOCKS_NOTHING 1
#endif
#endif

static bool is_locked(const char *flags)
{
#ifndef LOCKS_NOTHING
	if (strstr(flags, " lo") == NULL)
		return false;
#endif
	return strstr(flags, " dd") != NULL && strstr(flags, " wf") != NULL;
}

/* The file is read whole first, into memory that is there already: mappings must not change. */
static void search_memory(const struct patterns *all, struct findings *f)
{
	static char smaps[1 << 20];
	FILE *file = fopen("/proc/self/smaps", "r");
	struct mapping m = { .len = 0 };
	char *rest = smaps, *line;

	assert_non_null(file);
	smaps[fread(smaps, 1, sizeof(smaps) - 1, file)] = '\0';
	(void)fclose(file);
	while ((line = strsep(&rest, "\n")) != NULL) {
		if (strncmp(line, "VmFlags:", 8) != 0) {
			(void)read_mapping(line, &m);
			continue;
		}
		m.locked = is_locked(line);
		search_all(&m, all, f);
	}
}

/* --- the wallets ------------------------------------------------------------------------------ */
static struct wallet *unlock(const char *path, const struct patterns *all)
{
	struct secret_text password = { .data = NULL };
	struct wallet_file *file;
	struct wallet *w = NULL;
	struct err err = { .text = "" };
	char shared[SECRET_WHY_MAX];

	if (wallet_file_read(path, SECRET_SHARED, &file, shared, &err) < 0)
		fail_msg("%s", err.text);
	if (secret_text_new(strlen(all->password), &password, &err) < 0)
		fail_msg("%s", err.text);
	for (password.len = 0; ((unsigned char)all->password[password.len] ^ MASK) != 0;
	     password.len++)
		password.data[password.len] =
			(char)((unsigned char)all->password[password.len] ^ MASK);
	if (wallet_unlock(file, &password, &w, &err) < 0)
		fail_msg("%s: %s", path, err.text);
	secret_text_free(&password);
	wallet_file_free(file);
	return w;
}

static void sign_with_all(const struct wallet *w)
{
	const struct sha256 digest = { { 1, 2, 3 } };
	struct signature sig;
	size_t count;
	const struct sky_address *a = wallet_addresses(w, &count);

	for (size_t i = 0; i < count; i++)
		assert_true(wallet_sign(w, &a[i], &digest, &sig));
}

/* `keys`: must some be there, or none? */
static void check_search(const struct patterns *all, bool keys, const char *name, const char *when)
{
	struct findings f = { .keys = 0, .text = "" };

	search_memory(all, &f);
	if (f.text[0] != '\0' || (f.keys > 0) != keys)
		fail_msg("%s, %s: %zu keys, %s", name, when, f.keys, f.text);
}

static void check_memory(const char *name)
{
	static struct patterns all;
	char path[256];
	struct wallet *w;

	read_patterns(name, &all);
	(void)snprintf(path, sizeof(path), WALLETS "%s", name);
	w = unlock(path, &all);
	check_search(&all, true, name, "unlocked");
	sign_with_all(w);
	check_search(&all, true, name, "after signing");
	wallet_free(w);
	check_search(&all, false, name, "freed");
}

static void test_only_the_keys_are_left(void **state)
{
	static const char *const wallets[] = {
		"deterministic-v0.4.wlt",
		"deterministic-v0.1.wlt",
		"collection.wlt",
		"collection-encrypted.wlt",
		"bip44.wlt",
		"bip44-encrypted.wlt",
		"encrypted-sha256-xor.wlt",
		"encrypted-scrypt-chacha20poly1305-insecure.wlt",
		"encrypted-v0.2-utf8-password.wlt",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wallets) / sizeof(wallets[0]); i++)
		check_memory(wallets[i]);
}

/* --- the search itself ------------------------------------------------------------------------ */
static void put(char *to, const struct pattern *p)
{
	for (size_t i = 0; i < p->len; i++)
		to[i] = (char)(p->masked[i] ^ MASK);
	__asm__ volatile("" : : "r"(to) : "memory"); /* it must really be there */
}

__attribute__((noinline)) static void leave_on_stack(const struct pattern *p)
{
	char copy[4096]; /* deep enough that nobody writes over it before the search */

	put(copy, p);
}

static char *leave_in_heap(const struct pattern *p)
{
	char *copy = malloc(p->len);

	assert_non_null(copy);
	put(copy, p);
	return copy;
}

static void check_found(const struct patterns *all, const char *where)
{
	struct findings f = { .keys = 0, .text = "" };

	search_memory(all, &f);
	if (strstr(f.text, where) == NULL)
		fail_msg("found '%s' instead of something in %s", f.text, where);
}

static void test_the_search_finds_what_is_left(void **state)
{
	static struct patterns all;
	char *copy;

	(void)state;
	read_patterns("deterministic-v0.4.wlt", &all);
	copy = leave_in_heap(&all.p[0]);
	check_found(&all, "key in");
	explicit_bzero(copy, all.p[0].len);
	free(copy);
	leave_on_stack(&all.p[0]);
	check_found(&all, "key in [stack]");
}

/* A child that is forked meanwhile has none of it. */
static void test_a_forked_child_has_no_keys(void **state)
{
	char *key = secret_alloc(32);
	int status;
	pid_t child;

	(void)state;
	assert_non_null(key);
	memset(key, 7, 32);
	child = fork();
	if (child == 0) {
		for (int i = 0; i < 32; i++)
			if (key[i] != 0)
				_exit(1);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(key[31], 7);
	secret_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_the_keys_are_left),
		cmocka_unit_test(test_a_forked_child_has_no_keys),
		cmocka_unit_test(test_the_search_finds_what_is_left), /* and leaves it */
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

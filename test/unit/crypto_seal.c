/*
 * crypto_seal.c
 *		Unit test of src/crypto/seal.c, in TAP: known answers, that what was
 *		sealed opens, and that nothing else does.
 *
 * The expected bytes were computed once with test/known/primitives.py, which
 * is held against published vectors by test/t/crypto_python.pl: SIV of keyed
 * BLAKE2b and XChaCha20, and XChaCha20-Poly1305 with the nonce 00 01 ... 17.
 *
 * cc -Isrc -isystem "$(pg_config --includedir-server)" crypto_seal.c src/crypto/seal.c
 *	src/crypto/prf.c -lsodium
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "crypto/prf.h"
#include "crypto/seal.h"

#define MESSAGE_MAX 512
#define SEALED_MAX (MESSAGE_MAX + MEMREG_SEAL_FRESH_OVERHEAD)

typedef struct SealCase
{
	size_t length; /* bytes 0, 1, 2, ... 255, 0, ... */
	const char *context;
	const char *same;
	const char *fresh;
} SealCase;

/* Under the key 00 01 ... 1f and, for the tag of the form same, 20 21 ... 3f. */
static const SealCase cases[] = {
	{0, "", "70bd8f005dd70720bfcfc3f529e503a2cc7162fd1d4440bb",
	 "000102030405060708090a0b0c0d0e0f10111213141516172d351a65cd1abe59"
	 "1f22dc1269c82d90"},
	{1, "", "b40aba390a8d1ca751ee2c4274f87d6340e8edc98ffdcf5a51",
	 "000102030405060708090a0b0c0d0e0f10111213141516179e4f6209a02022f5"
	 "a5e517bcb5daf711a1"},
	{1, "c", "1cacc008740528203a2b12d923e59772ea7e410c61c1c98ea5",
	 "000102030405060708090a0b0c0d0e0f10111213141516179e59055326e5f4c5"
	 "5845692199f34509c4"},
	{3, "context", "c20222cc523c0bad52de86603f3efc861f2beeabe22a680211c2aa",
	 "000102030405060708090a0b0c0d0e0f10111213141516179ec30d7ed7f5f5cc"
	 "08942327b095edbe401cef"},
	{64, "",
	 "10e27c937d58e4da8764ed7c8aaa5f53da00aa3c295a40bc6e06a5eb028128fe"
	 "51d24628843056a6b8100a5809ac24ae2500634db78b69f2b5e18005a25264cb"
	 "730727216a2849e3c14b7a3ec12c082341828130bf029897",
	 "000102030405060708090a0b0c0d0e0f10111213141516179ec30d7c94d78ba9"
	 "3b4d2cc5c75fa6e75b563ab6e9c30bfc670325ad21b0eb467e2794c765422f43"
	 "fdbc8472e30c7d4d418bd06a7341cd2e3fa2a906b3da7acbcf86650e74036093"
	 "706377f45c57ac70"},
	{65, "context",
	 "c3e3917582afc2d9d64631346cf5c53d1392b7416f57273149545798c2b2c739"
	 "4ef3b392df8a7c363424a2bb87b97f9cee4b8a2eb24ea9b1f961ccac8be651f9"
	 "70d13891603af8f49f9e6180ba56f2dd95a21afd81b444dd8e",
	 "000102030405060708090a0b0c0d0e0f10111213141516179ec30d7c94d78ba9"
	 "3b4d2cc5c75fa6e75b563ab6e9c30bfc670325ad21b0eb467e2794c765422f43"
	 "fdbc8472e30c7d4d418bd06a7341cd2e3fa2a906b3da7acbf239dd393f3197fd"
	 "f075484f21df29e0b0"},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The form is chosen by whether there is a key for the tag. */
typedef struct Form
{
	const char *name;
	const unsigned char *tag_key;
	size_t overhead;
} Form;

static unsigned char key[MEMREG_SEAL_KEY_BYTES];
static unsigned char tag_key[MEMREG_PRF_KEY_BYTES];
static unsigned char other_key[MEMREG_SEAL_KEY_BYTES];
static unsigned char message[MESSAGE_MAX];
static const Form forms[] = {
	{"same", tag_key, MEMREG_SEAL_SAME_OVERHEAD},
	{"fresh", NULL, MEMREG_SEAL_FRESH_OVERHEAD},
};
static int test_number = 0;
static int failures = 0;

static void check_known(const SealCase *known);
static void check_every_length(const Form *form);
static void check_contexts(const Form *form);
static void check_keys(const Form *form);
static void check_altered(const Form *form, size_t length);
static void check_repeated(void);
static void seal(const Form *form, size_t length, const char *context, unsigned char *sealed);
static bool opens(const Form *form, const unsigned char *sealed, size_t length,
				  const char *context);
static SealContext context_of(const char *context);
static void report(bool passed, const char *what, unsigned long number);

int
main(void)
{
	if (sodium_init() < 0)
		return 2;
	for (size_t i = 0; i < sizeof(key); i++)
	{
		key[i] = i;
		tag_key[i] = 32 + i;
		other_key[i] = 64 + i;
	}
	for (size_t i = 0; i < sizeof(message); i++)
		message[i] = i;

	for (size_t i = 0; i < COUNT(cases); i++)
		check_known(&cases[i]);
	for (size_t i = 0; i < COUNT(forms); i++)
	{
		check_every_length(&forms[i]);
		check_contexts(&forms[i]);
		check_keys(&forms[i]);
		check_altered(&forms[i], 0);
		check_altered(&forms[i], 100);
	}
	check_repeated();
	printf("1..%d\n", test_number);
	return failures > 0;
}

static void
check_known(const SealCase *known)
{
	unsigned char sealed[SEALED_MAX];
	char digits[2 * SEALED_MAX + 1];
	size_t length;

	seal(&forms[0], known->length, known->context, sealed);
	sodium_bin2hex(digits, sizeof(digits), sealed, known->length + MEMREG_SEAL_SAME_OVERHEAD);
	report(strcmp(digits, known->same) == 0, "sealed as known, of so many bytes",
		   known->length);
	report(sodium_hex2bin(sealed, sizeof(sealed), known->fresh, strlen(known->fresh),
						  NULL, &length, NULL) == 0 &&
			   length == known->length + MEMREG_SEAL_FRESH_OVERHEAD &&
			   opens(&forms[1], sealed, length, known->context),
		   "what is known of the fresh form opens, of so many bytes", known->length);
}

static void
check_every_length(const Form *form)
{
	unsigned char sealed[SEALED_MAX];
	size_t good = 0;

	for (size_t length = 0; length <= MESSAGE_MAX; length++)
	{
		seal(form, length, "context", sealed);
		good += opens(form, sealed, length + form->overhead, "context");
	}
	report(good == MESSAGE_MAX + 1, form->name, good);
}

/* A context is the one, whole, and no part of the message. */
static void
check_contexts(const Form *form)
{
	static const char *const others[] = {"", "c", "context ", "ontext", "Context"};
	unsigned char sealed[SEALED_MAX];
	unsigned char shifted[SEALED_MAX];
	size_t opened = 0;

	seal(form, 10, "context", sealed);
	for (size_t i = 0; i < COUNT(others); i++)
		opened += opens(form, sealed, 10 + form->overhead, others[i]);
	report(opened == 0, "it opens with no other context", opened);

	message[0] = 'x';
	seal(form, 10, "context", sealed);
	seal(form, 9, "contextx", shifted);
	report(memcmp(sealed + form->overhead, shifted + form->overhead, 9) != 0,
		   "context and message are not run together", 0);
	message[0] = 0;
}

static void
check_keys(const Form *form)
{
	unsigned char sealed[SEALED_MAX];
	unsigned char opened[SEALED_MAX];
	SealContext none = {NULL, 0};

	seal(form, 10, "", sealed);
	if (form->tag_key == NULL)
	{
		report(!memreg_seal_open_fresh(sealed, 10 + form->overhead, none, other_key, opened),
			   "nor under another key", 0);
		report(memreg_seal_open_fresh(sealed, 10 + form->overhead, none, key, opened),
			   "but under its own", 0);
		return;
	}
	report(!memreg_seal_open_same(sealed, 10 + form->overhead, none, other_key, tag_key, opened),
		   "nor under another key", 0);
	report(!memreg_seal_open_same(sealed, 10 + form->overhead, none, key, other_key, opened),
		   "nor with another key of the tag", 0);
}

/* Neither with a bit changed, nor shorter, nor longer. */
static void
check_altered(const Form *form, size_t length)
{
	unsigned char sealed[SEALED_MAX + 1] = {0};
	size_t sealed_length = length + form->overhead;
	size_t opened = 0;

	seal(form, length, "context", sealed);
	for (size_t bit = 0; bit < 8 * sealed_length; bit++)
	{
		sealed[bit / 8] ^= 1 << bit % 8;
		opened += opens(form, sealed, sealed_length, "context");
		sealed[bit / 8] ^= 1 << bit % 8;
	}
	for (size_t shorter = 0; shorter < sealed_length; shorter++)
	{
		opened += opens(form, sealed, shorter, "context");
		opened += opens(form, sealed + sealed_length - shorter, shorter, "context");
	}
	opened += opens(form, sealed, sealed_length + 1, "context");
	report(opened == 0, "not changed, shorter or longer", opened);
	report(opens(form, sealed, sealed_length, "context"), "but as it was", sealed_length);
}

/* The one form comes out the same, the other never again. */
static void
check_repeated(void)
{
	unsigned char once[SEALED_MAX];
	unsigned char again[SEALED_MAX];

	seal(&forms[0], 100, "context", once);
	seal(&forms[0], 100, "context", again);
	report(memcmp(once, again, 100 + MEMREG_SEAL_SAME_OVERHEAD) == 0, "the same again", 0);
	seal(&forms[1], 100, "context", once);
	seal(&forms[1], 100, "context", again);
	report(memcmp(once, again, 24) != 0 && memcmp(once + 24, again + 24, 100) != 0,
		   "another nonce, another ciphertext", 0);
}

static void
seal(const Form *form, size_t length, const char *context, unsigned char *sealed)
{
	if (form->tag_key == NULL)
		memreg_seal_fresh(message, length, context_of(context), key, sealed);
	else
		memreg_seal_same(message, length, context_of(context), key, form->tag_key, sealed);
}

/* In memory of just its size, so that a checker notices a step beyond. */
static bool
opens(const Form *form, const unsigned char *sealed, size_t length, const char *context)
{
	size_t opened_length = length > form->overhead ? length - form->overhead : 0;
	unsigned char *opened = malloc(opened_length + 1);
	bool good;

	if (form->tag_key == NULL)
		good = memreg_seal_open_fresh(sealed, length, context_of(context), key, opened);
	else
		good = memreg_seal_open_same(sealed, length, context_of(context), key,
									 form->tag_key, opened);
	good = good && memcmp(opened, message, opened_length) == 0;
	free(opened);
	return good;
}

static SealContext
context_of(const char *context)
{
	return (SealContext){(const unsigned char *) context, strlen(context)};
}

static void
report(bool passed, const char *what, unsigned long number)
{
	failures += !passed;
	printf("%s %d - %s %lu\n", passed ? "ok" : "not ok", ++test_number, what, number);
}

/*
 * What the server's elog needs.  prf.c calls it for what cannot happen.
 */
void errfinish(const char *file, int line, const char *function);
int errmsg_internal(const char *format, ...);
bool errstart(int level, const char *domain);
bool errstart_cold(int level, const char *domain);

bool
errstart(int level, const char *domain)
{
	return level > 0 || domain != NULL;
}

bool
errstart_cold(int level, const char *domain)
{
	return errstart(level, domain);
}

int
errmsg_internal(const char *format, ...)
{
	fputs(format, stderr);
	return 0;
}

void
errfinish(const char *file, int line, const char *function)
{
	fprintf(stderr, "%s:%d: %s\n", file, line, function);
	abort();
}

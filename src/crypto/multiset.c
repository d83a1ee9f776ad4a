/*
 * multiset.c
 *		A keyed hash of many things that does not depend on their order.
 *
 * MSet-Add-Hash of Clarke, Devadas, van Dijk, Gassend and Suh, "Incremental
 * multiset hash functions and their application to memory integrity checking"
 * (ASIACRYPT 2003): the sum modulo 2^n of a keyed function of each element, one
 * that comes twice counting twice, and of the keyed function of a nonce, which
 * is told with the result.  Here n is 192.  The function of an element, of which
 * there are very many, is three times SipHash-2-4 (Aumasson and Bernstein,
 * INDOCRYPT 2012) under independent keys of 128 bits, side by side: who tells that
 * from a random function tells one of the three.  That of the nonce is BLAKE2b
 * with a key.
 *
 * What they require, and how it is met:
 *
 *	- the key is secret, and elements and nonces are told apart (their 1 and 0
 *	  in front): their keys are derived from the caller's, by what stands in front;
 *	- no nonce is used twice, or two results would give away a difference of sums,
 *	  from which others could be made: the caller draws 16 random bytes for each
 *	  result that leaves its memory, also for one that is only stored;
 *	- the sum alone never leaves memory, for the same reason;
 *	- the number of elements stands beside it (they need it where elements are
 *	  joined by XOR, as two alike then vanish; here it costs nothing).
 *
 * Whoever does not know the keys and finds another multiset with the same hash
 * has told the function from a random one, or been lucky: the difference of two
 * multisets that differ in how often some element comes, by d times, is hit with
 * a probability of gcd(d, 2^192) / 2^192, below 2^-128 for less than 2^64 elements.
 */
#include "crypto/multiset.h"

#include <string.h>

#include <sodium.h>

static void derive(unsigned char *subkey, size_t subkey_length, unsigned char front,
				   const char *kind, const unsigned char *key);
static void add(MultisetSum *sum, const uint64_t *number);
static void read_number(uint64_t *number, const unsigned char *bytes);
static void write_number(unsigned char *bytes, const uint64_t *number);

/*
 * The keys for elements of one kind: the same element of another kind is
 * another.  key has MEMREG_PRF_KEY_BYTES; the caller wipes *keys.  A PRF under
 * a key that comes out of a PRF is one (Bellare, Canetti and Krawczyk, FOCS 1996).
 */
void
memreg_multiset_keys(MultisetKeys *keys, const char *kind, const unsigned char *key)
{
	derive(keys->nonce, sizeof(keys->nonce), 0, "", key);
	derive((unsigned char *) keys->element, sizeof(keys->element), 1, kind, key);
}

/* The byte in front, and all of the kind, which may be longer than what is hashed in one go. */
static void
derive(unsigned char *subkey, size_t subkey_length, unsigned char front, const char *kind,
	   const unsigned char *key)
{
	crypto_generichash_state state;

	(void) crypto_generichash_init(&state, key, MEMREG_PRF_KEY_BYTES, subkey_length);
	(void) crypto_generichash_update(&state, &front, 1);
	(void) crypto_generichash_update(&state, (const unsigned char *) kind, strlen(kind));
	(void) crypto_generichash_final(&state, subkey, subkey_length);
	sodium_memzero(&state, sizeof(state));
}

/* One element more: about 0.1 microseconds for one of 30 bytes. */
void
memreg_multiset_add(MultisetSum *sum, const unsigned char *element, size_t length,
					const MultisetKeys *keys)
{
	uint64_t number[MEMREG_MULTISET_WORDS];

	for (int i = 0; i < MEMREG_MULTISET_WORDS; i++)
		number[i] = memreg_prf_short(element, length, keys->element[i]);
	add(sum, number);
}

/*
 * The hash, MEMREG_MULTISET_BYTES, under a nonce of MEMREG_MULTISET_NONCE_BYTES
 * that no other hash has.
 */
void
memreg_multiset_digest(unsigned char *digest, const MultisetSum *sum,
					   const unsigned char *nonce, const MultisetKeys *keys)
{
	MultisetSum hidden = *sum;
	uint64_t number[MEMREG_MULTISET_WORDS];

	memreg_prf(digest, MEMREG_MULTISET_BYTES, nonce, MEMREG_MULTISET_NONCE_BYTES, keys->nonce);
	read_number(number, digest);
	add(&hidden, number);
	write_number(digest, hidden.word);
	sodium_memzero(&hidden, sizeof(hidden));
}

/* Modulo 2^192. */
static void
add(MultisetSum *sum, const uint64_t *number)
{
	uint64_t carry = 0;

	for (int i = 0; i < MEMREG_MULTISET_WORDS; i++)
	{
		uint64_t word = number[i] + carry;

		carry = word < carry;
		sum->word[i] += word;
		carry += sum->word[i] < word;
	}
}

/* Lowest byte first. */
static void
read_number(uint64_t *number, const unsigned char *bytes)
{
	for (int i = 0; i < MEMREG_MULTISET_WORDS; i++)
	{
		number[i] = 0;
		for (int byte = 7; byte >= 0; byte--)
			number[i] = number[i] << 8 | bytes[8 * i + byte];
	}
}

static void
write_number(unsigned char *bytes, const uint64_t *number)
{
	for (int i = 0; i < MEMREG_MULTISET_BYTES; i++)
		bytes[i] = (unsigned char) (number[i / 8] >> 8 * (i % 8));
}

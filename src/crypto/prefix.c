/*
 * prefix.c
 *		A permutation of bit strings that keeps what they begin with alike.
 *
 * Xu, Fan, Ammar and Moon, "Prefix-preserving IP address anonymization:
 * measurement-based security evaluation and a new cryptography-based scheme"
 * (ICNP 2002): each bit is flipped, or not, by a keyed function of the bits in
 * front of it.  Their theorem: every permutation that keeps prefixes is of this
 * form.  Where they use a block cipher, here it is SipHash-2-4, which is made
 * for inputs as short as these.
 *
 * Invariant: two strings that begin with exactly k bits in common come out so.
 */
#include "crypto/prefix.h"

#include <string.h>

/*
 * Permute, in place, bytes of a family, which has a permutation of its own; one
 * family has strings of one length, at most MEMREG_PREFIX_BYTES_MAX.  The key
 * has MEMREG_PRF_SHORT_KEY_BYTES.
 *
 * A bit's function reads the family, the number of bits in front of it, and
 * these bits as they were, with zeros after them; its lowest bit flips.
 */
void
memreg_permute_prefixes(unsigned char *bytes, int length, unsigned char family,
						const unsigned char *key)
{
	unsigned char input[2 + MEMREG_PREFIX_BYTES_MAX] = {family};
	unsigned char *prefix = input + 2;

	for (int i = 0; i < 8 * length; i++)
	{
		unsigned char bit = 0x80 >> i % 8;
		uint64_t flip;

		input[1] = (unsigned char) i;
		flip = memreg_prf_short(input, 2 + length, key) & 1;
		prefix[i / 8] |= bytes[i / 8] & bit;
		if (flip)
			bytes[i / 8] ^= bit;
	}
}

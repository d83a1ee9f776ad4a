/*
 * seal.c
 *		Sealing: encryption that can be undone, of any number of bytes.
 *
 * Two forms, under keys of their own:
 *
 *	same	tag (24 bytes), ciphertext.  The same message gives the same bytes.
 *			The mode SIV of Rogaway and Shrimpton ("A provable-security
 *			treatment of the key-wrap problem", EUROCRYPT 2006): the tag is a
 *			PRF of context and message and serves as the nonce of a stream
 *			cipher.  It tells which messages are equal and how long they are,
 *			and nothing else.
 *	fresh	nonce (24 bytes, random), ciphertext, tag (16).  XChaCha20-Poly1305
 *			(RFC 8439 and draft-irtf-cfrg-xchacha) with the context as
 *			associated data.  It tells the length only.
 *
 * SIV's PRF is keyed BLAKE2b (RFC 7693), cut to 192 bits, of the context's
 * length in eight bytes, big end first, the context, and the message; its
 * stream cipher is XChaCha20.  A deterministic XChaCha20-Poly1305 would need
 * the same PRF for its nonce, and compute a second tag.
 */
#include "postgres.h"

#include <sodium.h>

#include "crypto/prf.h"
#include "crypto/seal.h"

#define NONCE_BYTES 24
#define TAG_BYTES 16 /* of the form fresh */

StaticAssertDecl(crypto_stream_xchacha20_NONCEBYTES == NONCE_BYTES, "nonce of 24 bytes");
StaticAssertDecl(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES == NONCE_BYTES,
				 "nonce of 24 bytes");
StaticAssertDecl(crypto_aead_xchacha20poly1305_ietf_ABYTES == TAG_BYTES, "tag of 16 bytes");

static void compute_tag(const unsigned char *message, size_t length, SealContext context,
						const unsigned char *tag_key, unsigned char *tag);

/* Seal into length + MEMREG_SEAL_SAME_OVERHEAD bytes. */
void
memreg_seal_same(const unsigned char *message, size_t length, SealContext context,
				 const unsigned char *key, const unsigned char *tag_key, unsigned char *sealed)
{
	compute_tag(message, length, context, tag_key, sealed);
	crypto_stream_xchacha20_xor(sealed + NONCE_BYTES, message, length, sealed, key);
}

/* Seal into length + MEMREG_SEAL_FRESH_OVERHEAD bytes. */
void
memreg_seal_fresh(const unsigned char *message, size_t length, SealContext context,
				  const unsigned char *key, unsigned char *sealed)
{
	randombytes_buf(sealed, NONCE_BYTES);
	crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + NONCE_BYTES, NULL, message,
											   length, context.bytes, context.length,
											   NULL, sealed, key);
}

/*
 * Open so many sealed bytes into as many less as the form's overhead; false:
 * they were not sealed in this form, under these keys and with this context.
 * What stands in message then is nothing to go by.
 */
bool
memreg_seal_open_same(const unsigned char *sealed, size_t length, SealContext context,
					  const unsigned char *key, const unsigned char *tag_key,
					  unsigned char *message)
{
	unsigned char tag[NONCE_BYTES];

	if (length < MEMREG_SEAL_SAME_OVERHEAD)
		return false;
	length -= MEMREG_SEAL_SAME_OVERHEAD;
	crypto_stream_xchacha20_xor(message, sealed + NONCE_BYTES, length, sealed, key);
	compute_tag(message, length, context, tag_key, tag);
	return sodium_memcmp(tag, sealed, NONCE_BYTES) == 0;
}

bool
memreg_seal_open_fresh(const unsigned char *sealed, size_t length, SealContext context,
					   const unsigned char *key, unsigned char *message)
{
	return length >= MEMREG_SEAL_FRESH_OVERHEAD &&
		crypto_aead_xchacha20poly1305_ietf_decrypt(message, NULL, NULL, sealed + NONCE_BYTES,
												   length - NONCE_BYTES, context.bytes,
												   context.length, sealed, key) == 0;
}

static void
compute_tag(const unsigned char *message, size_t length, SealContext context,
			const unsigned char *tag_key, unsigned char *tag)
{
	crypto_generichash_state state;
	unsigned char context_length[8];

	for (int i = 0; i < 8; i++)
		context_length[i] = (unsigned char) ((uint64) context.length >> (56 - 8 * i));
	crypto_generichash_init(&state, tag_key, MEMREG_PRF_KEY_BYTES, NONCE_BYTES);
	crypto_generichash_update(&state, context_length, sizeof(context_length));
	crypto_generichash_update(&state, context.bytes, context.length);
	crypto_generichash_update(&state, message, length);
	crypto_generichash_final(&state, tag, NONCE_BYTES);
}

/*
 * wrap.c
 *		Keys that are stored encrypted under another key.
 *
 * XChaCha20-Poly1305 (libsodium's crypto_aead_xchacha20poly1305_ietf; RFC 8439
 * and draft-irtf-cfrg-xchacha) with a random 192-bit nonce, which is long
 * enough to be drawn at random for any number of keys.  The context names what
 * the key belongs to and is authenticated: a wrapped key that is moved to
 * another row does not open there.
 */
#include "postgres.h"

#include <sodium.h>

#include "crypto/wrap.h"

#define NONCE_BYTES 24

StaticAssertDecl(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES == NONCE_BYTES,
				 "nonce of 24 bytes");
StaticAssertDecl(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == MEMREG_KEY_BYTES,
				 "key of 32 bytes");
StaticAssertDecl(crypto_aead_xchacha20poly1305_ietf_ABYTES == 16, "tag of 16 bytes");

/* Wrap a key of MEMREG_KEY_BYTES into MEMREG_WRAPPED_BYTES. */
void
memreg_wrap(const unsigned char *key, const char *context,
			const unsigned char *wrapping_key, unsigned char *wrapped)
{
	randombytes_buf(wrapped, NONCE_BYTES);
	crypto_aead_xchacha20poly1305_ietf_encrypt(wrapped + NONCE_BYTES, NULL, key,
											   MEMREG_KEY_BYTES,
											   (const unsigned char *) context,
											   strlen(context), NULL, wrapped, wrapping_key);
}

/*
 * Open a wrapped key; false when it is damaged, belongs to another context or
 * was wrapped under another key.
 */
bool
memreg_unwrap(const unsigned char *wrapped, const char *context,
			  const unsigned char *wrapping_key, unsigned char *key)
{
	return crypto_aead_xchacha20poly1305_ietf_decrypt(key, NULL, NULL, wrapped + NONCE_BYTES,
													  MEMREG_WRAPPED_BYTES - NONCE_BYTES,
													  (const unsigned char *) context,
													  strlen(context), wrapped,
													  wrapping_key) == 0;
}

/*
 * wrap.c
 *		Keys that are stored encrypted under the master key.
 *
 * XChaCha20-Poly1305 (libsodium's crypto_aead_xchacha20poly1305_ietf; RFC 8439
 * and draft-irtf-cfrg-xchacha) with a random 192-bit nonce, which is long
 * enough to be drawn at random for any number of keys.  The context names what
 * the key belongs to and is authenticated: a wrapped key that is moved to
 * another row does not open there.
 */
#include "postgres.h"

#include <sodium.h>

#include "crypto/master_key.h"
#include "crypto/wrap.h"

StaticAssertDecl(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES == 24, "nonce of 24 bytes");
StaticAssertDecl(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == 32, "key of 32 bytes");
StaticAssertDecl(crypto_aead_xchacha20poly1305_ietf_ABYTES == 16, "tag of 16 bytes");

/* Wrap a 32-byte key into MEMREG_WRAPPED_BYTES bytes. */
void
memreg_wrap_key(const unsigned char *key, const char *context, unsigned char *wrapped)
{
	unsigned char wrapping_key[32];

	memreg_master_key_derive(MASTER_SUBKEY_WRAP, wrapping_key, sizeof(wrapping_key));
	randombytes_buf(wrapped, 24);
	crypto_aead_xchacha20poly1305_ietf_encrypt(wrapped + 24, NULL, key, 32,
											   (const unsigned char *) context,
											   strlen(context), NULL, wrapped, wrapping_key);
	sodium_memzero(wrapping_key, sizeof(wrapping_key));
}

/*
 * Open a wrapped key; false when it is damaged, belongs to another context or
 * was wrapped under another master key.
 */
bool
memreg_unwrap_key(const unsigned char *wrapped, const char *context, unsigned char *key)
{
	unsigned char wrapping_key[32];
	int failed;

	memreg_master_key_derive(MASTER_SUBKEY_WRAP, wrapping_key, sizeof(wrapping_key));
	failed =
		crypto_aead_xchacha20poly1305_ietf_decrypt(key, NULL, NULL, wrapped + 24, 32 + 16,
												   (const unsigned char *) context,
												   strlen(context), wrapped, wrapping_key);
	sodium_memzero(wrapping_key, sizeof(wrapping_key));
	return failed == 0;
}

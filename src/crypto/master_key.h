/*
 * master_key.h
 *		The master key: 32 bytes from outside the database.
 */
#ifndef MEMREG_CRYPTO_MASTER_KEY_H
#define MEMREG_CRYPTO_MASTER_KEY_H

#define MEMREG_MASTER_KEY_BYTES 32
#define MEMREG_FINGERPRINT_BYTES 16

/* What subkeys of the master key are for; the numbers are part of the format. */
typedef enum MasterSubkey
{
	MASTER_SUBKEY_FINGERPRINT = 1,
	MASTER_SUBKEY_WRAP = 2,
	MASTER_SUBKEY_TOKEN = 3
} MasterSubkey;

extern void memreg_master_key_init(void);
extern bool memreg_master_key_present(void);
extern void memreg_master_key_require(void);
extern void memreg_master_key_derive(MasterSubkey purpose, unsigned char *subkey,
									 size_t length);
extern void memreg_master_key_fingerprint(unsigned char *fingerprint);

#endif /* MEMREG_CRYPTO_MASTER_KEY_H */

/*
 * master_key.h
 *		The master key: 32 bytes from outside the database, and the one before it.
 */
#ifndef MEMREG_CRYPTO_MASTER_KEY_H
#define MEMREG_CRYPTO_MASTER_KEY_H

#define MEMREG_MASTER_KEY_BYTES 32
#define MEMREG_FINGERPRINT_BYTES 16

/* The key in use, and the one it replaces while stored keys are rewrapped. */
typedef enum MasterKey
{
	MASTER_KEY_PRESENT,
	MASTER_KEY_PREVIOUS
} MasterKey;

#define MEMREG_MASTER_KEYS 2

/* What subkeys of the master key are for; the numbers are part of the format. */
typedef enum MasterSubkey
{
	MASTER_SUBKEY_FINGERPRINT = 1,
	MASTER_SUBKEY_WRAP = 2,
	MASTER_SUBKEY_TOKEN = 3
} MasterSubkey;

extern void memreg_master_key_init(void);
extern bool memreg_master_key_available(MasterKey which);
extern const char *memreg_master_key_absence(MasterKey which);
extern const unsigned char *memreg_master_key_fingerprint(MasterKey which);
extern bool memreg_master_key_find(const unsigned char *fingerprint, MasterKey *which);
extern void memreg_master_key_require(MasterKey which);
extern void memreg_master_key_derive(MasterKey which, MasterSubkey purpose,
									 unsigned char *subkey, size_t length);

#endif /* MEMREG_CRYPTO_MASTER_KEY_H */

/*
 * seal_token.c
 *		Fuzz target: tokens of sealed values (src/crypto/seal_token.c, seal.c).
 *
 * What is read as a token writes the same text.  What was sealed opens again,
 * and not with one byte changed or another context.
 */
#include <string.h>

#include <sodium.h>

#include "crypto/seal.h"
#include "crypto/seal_token.h"
#include "driver/fuzz.h"

static unsigned char key[MEMREG_SEAL_KEY_BYTES];
static unsigned char tag_key[MEMREG_SEAL_KEY_BYTES];

static void
check_text(const uint8_t *data, size_t size)
{
	unsigned char *sealed = malloc(size + 1);
	char *written = malloc(memreg_seal_token_room(size));
	SealToken token;
	size_t length;

	REQUIRE(sealed != NULL && written != NULL);
	if (memreg_seal_token_read((const char *) data, size, &token) &&
		memreg_seal_token_decode(&token, sealed, &length))
	{
		REQUIRE(memreg_seal_token_write(token.form, token.version, sealed, length,
										written) == size);
		REQUIRE(memcmp(written, data, size) == 0);
	}
	free(sealed);
	free(written);
}

/* One byte tells where to cut into context and message, and what to change. */
static void
check_sealing(const uint8_t *data, size_t size)
{
	size_t cut = data[0] % size;
	SealContext context = {data + 1, cut};
	SealContext other = {data + 1, cut > 0 ? cut - 1 : size - 1};
	const uint8_t *message = data + 1 + cut;
	size_t length = size - 1 - cut;
	size_t sealed_length = length + MEMREG_SEAL_SAME_OVERHEAD;
	unsigned char *sealed = malloc(sealed_length);
	unsigned char *opened = malloc(length + 1);

	REQUIRE(sealed != NULL && opened != NULL);
	memreg_seal_same(message, length, context, key, tag_key, sealed);
	REQUIRE(memreg_seal_open_same(sealed, sealed_length, context, key, tag_key, opened));
	REQUIRE(memcmp(opened, message, length) == 0);
	if (other.length != context.length)
		REQUIRE(!memreg_seal_open_same(sealed, sealed_length, other, key, tag_key, opened));
	sealed[data[0] % sealed_length] ^= 1;
	REQUIRE(!memreg_seal_open_same(sealed, sealed_length, context, key, tag_key, opened));
	free(sealed);
	free(opened);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	REQUIRE(sodium_init() >= 0);
	memset(key, 1, sizeof(key));
	memset(tag_key, 2, sizeof(tag_key));

	check_text(data, size);
	if (size > 1)
		check_sealing(data, size);
	return 0;
}

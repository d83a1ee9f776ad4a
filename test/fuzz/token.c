/*
 * token.c
 *		Fuzz target: subject tokens (src/crypto/token.c).
 *
 * What reads back writes the same text.  And of the token that the input
 * describes, the text reads back as it was, but with one byte changed never.
 */
#include <string.h>

#include <sodium.h>

#include "crypto/token.h"
#include "driver/fuzz.h"

#define SUBJECT_AT 20 /* after register, role, expiry, and which byte becomes what */

/* Those of test/unit/crypto_token.c. */
static const TokenRealm realm = {UINT64_C(0x0102030405060708), 0x0a0b0c0d};
static unsigned char key[MEMREG_TOKEN_KEY_BYTES];

static void
check_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	char written[MEMREG_TOKEN_TEXT_BYTES];
	SubjectToken token;

	REQUIRE(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	if (memreg_token_read(text, &realm, key, &token))
	{
		memreg_token_write(&token, &realm, key, written);
		REQUIRE(strcmp(written, text) == 0);
	}
	free(text);
}

static void
check_token(const uint8_t *data, size_t size)
{
	SubjectToken token = {0};
	SubjectToken read;
	char text[MEMREG_TOKEN_TEXT_BYTES];
	size_t length = size - SUBJECT_AT;
	size_t at = (size_t) data[16] << 8 | data[17];

	memcpy(&token.register_id, data, 4);
	memcpy(&token.role, data + 4, 4);
	memcpy(&token.expires_at, data + 8, 8);
	if (length > MEMREG_TOKEN_SUBJECT_MAX)
		length = MEMREG_TOKEN_SUBJECT_MAX;
	memcpy(token.subject, data + SUBJECT_AT, length);

	memreg_token_write(&token, &realm, key, text);
	REQUIRE(memreg_token_read(text, &realm, key, &read));
	REQUIRE(read.register_id == token.register_id && read.role == token.role &&
			read.expires_at == token.expires_at && strcmp(read.subject, token.subject) == 0);

	at %= strlen(text);
	if (text[at] == (char) data[18])
		return;
	text[at] = (char) data[18];
	REQUIRE(!memreg_token_read(text, &realm, key, &read));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	REQUIRE(sodium_init() >= 0);
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (unsigned char) i;

	check_text(data, size);
	if (size >= SUBJECT_AT)
		check_token(data, size);
	return 0;
}

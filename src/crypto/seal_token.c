/*
 * seal_token.c
 *		What was sealed, as text.
 *
 *	form ("s": same, "r": fresh), version of the key, "-", base64url(sealed)
 *
 * The version is a number from 1 without leading zeros; base64url is that of
 * RFC 4648, section 5, without padding, and a decoder that finds bits that are
 * not used refuses them.  So there is one text for one token.
 *
 * Tokens are public, so they are written with a table: libsodium's encoder takes
 * the same time whatever it encodes, and longer than the encryption.
 */
#include "postgres.h"

#include <sodium.h>

#include "crypto/seal_token.h"

#define BASE64 sodium_base64_VARIANT_URLSAFE_NO_PADDING
#define HEAD_MAX (1 + 10 + 1) /* form, the longest version, "-" */

static size_t write_number(int32_t number, char *digits);
static size_t encode(const unsigned char *bytes, size_t length, char *characters);

/* Room for the token of so many sealed bytes, and the end of a string. */
size_t
memreg_seal_token_room(size_t sealed_length)
{
	return HEAD_MAX + sodium_base64_ENCODED_LEN(sealed_length, BASE64);
}

/* Write a token and return its length. */
size_t
memreg_seal_token_write(SealForm form, int32_t version, const unsigned char *sealed,
						size_t length, char *text)
{
	size_t head = 0;

	text[head++] = (char) form;
	head += write_number(version, text + head);
	text[head++] = '-';
	return head + encode(sealed, length, text + head);
}

static size_t
write_number(int32_t number, char *digits)
{
	size_t length = 0;
	int32_t power = 1;

	while (number / power >= 10)
		power *= 10;
	for (; power > 0; power /= 10)
		digits[length++] = (char) ('0' + number / power % 10);
	return length;
}

/* Three bytes to four characters; one or two left over to two or three. */
static size_t
encode(const unsigned char *bytes, size_t length, char *characters)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	char *next = characters;
	size_t i = 0;

	for (; i + 3 <= length; i += 3, next += 4)
	{
		uint32_t group = (uint32_t) bytes[i] << 16 | bytes[i + 1] << 8 | bytes[i + 2];

		next[0] = alphabet[group >> 18];
		next[1] = alphabet[group >> 12 & 63];
		next[2] = alphabet[group >> 6 & 63];
		next[3] = alphabet[group & 63];
	}
	if (i < length)
	{
		bool two = i + 2 == length;
		uint32_t group = (uint32_t) bytes[i] << 16 | (two ? bytes[i + 1] << 8 : 0);

		*next++ = alphabet[group >> 18];
		*next++ = alphabet[group >> 12 & 63];
		if (two)
			*next++ = alphabet[group >> 6 & 63];
	}
	return next - characters;
}

/* Read the beginning of a token; false: it is none. */
bool
memreg_seal_token_read(const char *text, size_t length, SealToken *token)
{
	int64_t version = 0;
	size_t at = 1;

	if (length < 3 || (text[0] != SEAL_SAME && text[0] != SEAL_FRESH) || text[1] == '0')
		return false;
	for (; at < length && text[at] >= '0' && text[at] <= '9'; at++)
	{
		version = version * 10 + (text[at] - '0');
		if (version > INT32_MAX)
			return false;
	}
	if (at == 1 || at == length || text[at] != '-')
		return false;

	token->form = (SealForm) text[0];
	token->version = (int32_t) version;
	token->body = text + at + 1;
	token->body_length = length - at - 1;
	return true;
}

/*
 * Decode the rest into as many bytes of room as the body has characters;
 * false: it is not what a token holds.
 */
bool
memreg_seal_token_decode(const SealToken *token, unsigned char *sealed, size_t *length)
{
	/* libsodium 1.0.18 takes some bytes above 127 for letters. */
	for (size_t i = 0; i < token->body_length; i++)
		if ((unsigned char) token->body[i] > 127)
			return false;
	return sodium_base642bin(sealed, token->body_length, token->body, token->body_length,
							 NULL, length, NULL, BASE64) == 0;
}

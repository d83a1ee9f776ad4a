/*
 * token.c
 *		Subject tokens: text that proves for which subject somebody acts.
 *
 *	"mr1." base64url(payload) "." base64url(MAC)
 *
 *	payload   register id (4 bytes), role (4), time of expiry (8), subject key
 *	MAC       keyed BLAKE2b (RFC 7693), 32 bytes, of
 *			  length (4) and text of the domain, cluster (8), database (4),
 *			  length (4) and bytes of the payload
 *
 * Numbers are big-endian, base64url is that of RFC 4648, section 5, without
 * padding.  Every part of the MAC's input has a length of its own, so no two
 * inputs read alike; the domain keeps it apart from any other use of a key.
 * Cluster and database are not in the text: it is read where it was written,
 * or not at all.
 *
 * A text is read by writing what it seems to say once more: it is good only if
 * it comes out the same, character by character.  So there is one text for one
 * token, however lenient a decoder may be.
 */
#include "postgres.h"

#include <sodium.h>

#include "crypto/prf.h"
#include "crypto/token.h"

#define PREFIX "mr1."
#define DOMAIN "memreg subject token 1"
#define MAC_BYTES 32
#define HEAD_BYTES 16 /* of the payload, before the subject */
#define PAYLOAD_MAX (HEAD_BYTES + MEMREG_TOKEN_SUBJECT_MAX)
#define INPUT_MAX (4 + sizeof(DOMAIN) - 1 + 8 + 4 + 4 + PAYLOAD_MAX)
#define BASE64 sodium_base64_VARIANT_URLSAFE_NO_PADDING

static size_t write_payload(const SubjectToken *token, unsigned char *payload);
static bool read_payload(const char *text, SubjectToken *token);
static void compute_mac(const TokenRealm *realm, const unsigned char *payload,
						size_t length, const unsigned char *key, unsigned char *mac);
static unsigned char *put_number(unsigned char *bytes, uint64_t number, int length);
static unsigned char *put_bytes(unsigned char *bytes, const void *from, size_t length);
static uint64_t get_number(const unsigned char *bytes, int length);

/* Write a token into MEMREG_TOKEN_TEXT_BYTES; the key has MEMREG_TOKEN_KEY_BYTES. */
void
memreg_token_write(const SubjectToken *token, const TokenRealm *realm,
				   const unsigned char *key, char *text)
{
	unsigned char payload[PAYLOAD_MAX];
	unsigned char mac[MAC_BYTES];
	size_t length = write_payload(token, payload);
	size_t at = strlen(PREFIX);

	compute_mac(realm, payload, length, key, mac);
	memcpy(text, PREFIX, sizeof(PREFIX));
	sodium_bin2base64(text + at, MEMREG_TOKEN_TEXT_BYTES - at, payload, length, BASE64);
	at += strlen(text + at);
	text[at++] = '.';
	sodium_bin2base64(text + at, MEMREG_TOKEN_TEXT_BYTES - at, mac, sizeof(mac), BASE64);
}

/* Read a text; false: it is no token of this realm under this key. */
bool
memreg_token_read(const char *text, const TokenRealm *realm, const unsigned char *key,
				  SubjectToken *token)
{
	char good[MEMREG_TOKEN_TEXT_BYTES];
	size_t length = strlen(text);

	if (!read_payload(text, token))
		return false;
	memreg_token_write(token, realm, key, good);
	return strlen(good) == length && sodium_memcmp(good, text, length) == 0;
}

static size_t
write_payload(const SubjectToken *token, unsigned char *payload)
{
	unsigned char *next = payload;

	Assert(strlen(token->subject) <= MEMREG_TOKEN_SUBJECT_MAX);

	next = put_number(next, (uint32_t) token->register_id, 4);
	next = put_number(next, token->role, 4);
	next = put_number(next, (uint64_t) token->expires_at, 8);
	next = put_bytes(next, token->subject, strlen(token->subject));
	return next - payload;
}

/* What the text seems to say; false: nothing. */
static bool
read_payload(const char *text, SubjectToken *token)
{
	const char *payload_text = text + strlen(PREFIX);
	unsigned char payload[PAYLOAD_MAX];
	size_t length;

	if (strlen(text) >= MEMREG_TOKEN_TEXT_BYTES || strncmp(text, PREFIX, strlen(PREFIX)) != 0 ||
		sodium_base642bin(payload, sizeof(payload), payload_text,
						  strcspn(payload_text, "."), NULL, &length, NULL, BASE64) != 0 ||
		length < HEAD_BYTES)
		return false;

	token->register_id = (int32_t) get_number(payload, 4);
	token->role = (uint32_t) get_number(payload + 4, 4);
	token->expires_at = (int64_t) get_number(payload + 8, 8);
	memcpy(token->subject, payload + HEAD_BYTES, length - HEAD_BYTES);
	token->subject[length - HEAD_BYTES] = '\0';
	return true;
}

static void
compute_mac(const TokenRealm *realm, const unsigned char *payload, size_t length,
			const unsigned char *key, unsigned char *mac)
{
	unsigned char input[INPUT_MAX];
	unsigned char *next = input;

	next = put_number(next, strlen(DOMAIN), 4);
	next = put_bytes(next, DOMAIN, strlen(DOMAIN));
	next = put_number(next, realm->cluster, 8);
	next = put_number(next, realm->database, 4);
	next = put_number(next, length, 4);
	next = put_bytes(next, payload, length);
	memreg_prf(mac, MAC_BYTES, input, next - input, key);
}

static unsigned char *
put_number(unsigned char *bytes, uint64_t number, int length)
{
	for (int i = length - 1; i >= 0; i--, number >>= 8)
		bytes[i] = (unsigned char) number;
	return bytes + length;
}

static unsigned char *
put_bytes(unsigned char *bytes, const void *from, size_t length)
{
	memcpy(bytes, from, length);
	return bytes + length;
}

static uint64_t
get_number(const unsigned char *bytes, int length)
{
	uint64_t number = 0;

	for (int i = 0; i < length; i++)
		number = number << 8 | bytes[i];
	return number;
}

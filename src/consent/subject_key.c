/*
 * subject_key.c
 *		Subject keys as the consent index holds them: 16 bytes.
 *
 * The state tables hold a key as the text that its type prints.  Only exactly
 * that text is a key here, as only exactly that text is found by a probe of
 * the tables: "007" is nobody where 7 is somebody.
 */
#include "postgres.h"

#include <limits.h>
#include <sodium.h>

#include "catalog/pg_type.h"
#include "port/pg_bswap.h"

#include "consent/subject_key.h"
#include "core/compat.h"

#define UUID_CHARACTERS 36

/* In the last byte of a text's key, where a shorter text has its length. */
#define IS_HASHED 0x80

static bool parse_bigint(const char *digits, int length, SubjectKey *key);
static bool parse_uuid(const char *characters, int length, SubjectKey *key);
static inline int hex_value(char character);

/*
 * The key that a state row's subject stands for; false: none of that type.
 * text_key: MEMREG_TEXT_KEY_BYTES bytes, secret.
 */
bool
memreg_subject_key_parse(Oid type, const text *subject, const unsigned char *text_key,
						 SubjectKey *key)
{
	const char *characters = VARDATA_ANY(subject);
	int length = VARSIZE_ANY_EXHDR(subject);

	switch (type)
	{
		case INT8OID:
			return parse_bigint(characters, length, key);
		case UUIDOID:
			return parse_uuid(characters, length, key);
		case TEXTOID:
			memreg_subject_key_text(characters, length, text_key, key);
			return true;
		default:
			return false;
	}
}

/* As pg_lltoa prints it: no leading zeros, no plus, no minus before zero. */
static bool
parse_bigint(const char *digits, int length, SubjectKey *key)
{
	bool negative = length > 0 && digits[0] == '-';
	uint64 limit = negative ? (uint64) PG_INT64_MAX + 1 : PG_INT64_MAX;
	uint64 value = 0;

	if (negative)
	{
		digits++;
		length--;
	}
	if (length < 1 || length > 19 || (digits[0] == '0' && (length > 1 || negative)))
		return false;
	for (int i = 0; i < length; i++)
	{
		if (digits[i] < '0' || digits[i] > '9')
			return false;
		value = value * 10 + (digits[i] - '0');
	}
	if (value > limit)
		return false;
	*key = (SubjectKey){.low = negative ? -value : value};
	return true;
}

/* As uuid_out prints it: 36 characters, lower case. */
static bool
parse_uuid(const char *characters, int length, SubjectKey *key)
{
	unsigned char bytes[16];
	int byte = 0;
	int wrong = 0; /* negative: something was no digit */

	if (length != UUID_CHARACTERS)
		return false;
	for (int i = 0; i < UUID_CHARACTERS; i += 2)
	{
		int high;
		int low;

		if (i == 8 || i == 13 || i == 18 || i == 23)
		{
			if (characters[i] != '-')
				return false;
			i++;
		}
		high = hex_value(characters[i]);
		low = hex_value(characters[i + 1]);
		wrong |= high | low;
		bytes[byte++] = (unsigned) high << 4 | low;
	}
	memreg_subject_key_uuid(bytes, key);
	return wrong >= 0;
}

/* Without branches, which would be mispredicted half of the time.  -1: no digit. */
static inline int
hex_value(char character)
{
	static const unsigned char values[UCHAR_MAX + 1] = {
		['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,
		['6'] = 7,  ['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
		['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
	};

	return values[(unsigned char) character] - 1;
}

/*
 * A short text is its own key, behind which its length stands.  For a longer
 * one, SipHash-2-4 with 128 bits of output (Aumasson and Bernstein, "SipHash:
 * a fast short-input PRF", 2012), less the bit that tells the two apart.  Two
 * texts of a billion share a hash with a probability below 2^-68, and nobody
 * without the key can look for such two.
 */
void
memreg_subject_key_text(const char *bytes, size_t length, const unsigned char *text_key,
						SubjectKey *key)
{
	unsigned char form[sizeof(SubjectKey)] = {0};

	StaticAssertStmt(crypto_shorthash_siphashx24_BYTES == sizeof(SubjectKey),
					 "hash of a text");
	StaticAssertStmt(crypto_shorthash_siphashx24_KEYBYTES == MEMREG_TEXT_KEY_BYTES,
					 "key of SipHash");
	if (length < sizeof(form))
	{
		memcpy(form, bytes, length);
		form[sizeof(form) - 1] = length;
	}
	else
	{
		(void) crypto_shorthash_siphashx24(form, (const unsigned char *) bytes, length,
										   text_key);
		form[sizeof(form) - 1] |= IS_HASHED;
	}
	memreg_subject_key_uuid(form, key);
}

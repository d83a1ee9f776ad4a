/*
 * email.c
 *		The one form of an e-mail address that equal addresses share.
 *
 *	address   local part "@" domain
 *	local     atoms with a dot between each two, up to 64 bytes in all
 *	domain    labels with a dot between each two, up to 255 bytes in all
 *	atom      letters, digits, any of !#$%&'*+-/=?^_`{|}~, non-ASCII characters
 *	label     letters, digits, hyphens but at an end, non-ASCII characters
 *
 * This is Dot-string and Domain of RFC 5321, section 4.1.2, with the lengths of
 * section 4.5.3.1 and the characters that RFC 6531, section 3.3, adds.  Quoted
 * local parts ("a b"@example.org), address literals (a@[192.0.2.1]), comments
 * and display names are no addresses here.
 *
 * Letters of ASCII become lower case, in the local part too.  RFC 5321, section
 * 2.4, leaves it to the receiving host whether case matters there, and in the
 * same breath discourages mailboxes that differ in nothing else.  Those are
 * unheard of, while people type their own address now this way, now that.
 *
 * Nothing else changes.  Whether dots or a "+tag" make another mailbox is each
 * provider's own rule; whether xn--… and a name in other letters are the same
 * domain depends on tables that grow (IDNA, RFC 5891).  Upper case beyond ASCII
 * stays for the same reason.
 *
 * Invariant: no allocation, no server.  The canonical form is its own canonical
 * form.  Bytes beyond ASCII are taken as they come.
 */
#include "generalize/email.h"

#include <stdbool.h>
#include <string.h>

#include "generalize/blanks.h"

#define LOCAL_MAX 64
#define DOMAIN_MAX 255

typedef bool (*PartTest)(const char *part, size_t length);

static bool is_dotted(const char *text, size_t length, PartTest is_part);
static bool is_atom(const char *part, size_t length);
static bool is_label(const char *part, size_t length);
static bool is_letter(char c);
static char lower(char c);

int
memreg_email_canonical(const char *address, size_t length, char *canonical)
{
	const char *at;
	size_t local_length;
	size_t domain_length;

	memreg_blanks_trim(&address, &length);
	at = memchr(address, '@', length);
	if (at == NULL)
		return -1;
	local_length = (size_t) (at - address);
	domain_length = length - local_length - 1;
	if (local_length > LOCAL_MAX || !is_dotted(address, local_length, is_atom) ||
		domain_length > DOMAIN_MAX || !is_dotted(at + 1, domain_length, is_label))
		return -1;

	for (size_t i = 0; i < length; i++)
		canonical[i] = lower(address[i]);
	return (int) length;
}

/* Is the text made of such parts, with a dot between each two? */
static bool
is_dotted(const char *text, size_t length, PartTest is_part)
{
	size_t begin = 0;

	for (size_t at = 0; at <= length; at++)
		if (at == length || text[at] == '.')
		{
			if (!is_part(text + begin, at - begin))
				return false;
			begin = at + 1;
		}
	return true;
}

static bool
is_atom(const char *part, size_t length)
{
	static const char specials[] = "!#$%&'*+-/=?^_`{|}~";

	for (size_t i = 0; i < length; i++)
		if (!is_letter(part[i]) && memchr(specials, part[i], sizeof(specials) - 1) == NULL)
			return false;
	return length > 0;
}

static bool
is_label(const char *part, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!is_letter(part[i]) && part[i] != '-')
			return false;
	return length > 0 && part[0] != '-' && part[length - 1] != '-';
}

/* A letter or digit, or a byte of a character beyond ASCII. */
static bool
is_letter(char c)
{
	char small = lower(c);

	return (small >= 'a' && small <= 'z') || (c >= '0' && c <= '9') ||
		(unsigned char) c >= 0x80;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char) (c - 'A' + 'a') : c;
}

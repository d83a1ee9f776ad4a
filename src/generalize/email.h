/*
 * email.h
 *		The one form of an e-mail address that equal addresses share.
 */
#ifndef MEMREG_GENERALIZE_EMAIL_H
#define MEMREG_GENERALIZE_EMAIL_H

#include <stddef.h>

#define MEMREG_EMAIL_MAX (64 + 1 + 255) /* bytes of the longest address */

/*
 * Writes the canonical form of an address in UTF-8, which is in Unicode's
 * normalization form C already, into MEMREG_EMAIL_MAX bytes, without an end.
 * Returns its length; -1: the text is no address.
 */
extern int memreg_email_canonical(const char *address, size_t length, char *canonical);

#endif /* MEMREG_GENERALIZE_EMAIL_H */

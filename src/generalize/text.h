/*
 * text.h
 *		Texts made coarser, or told in one form.
 */
#ifndef MEMREG_GENERALIZE_TEXT_H
#define MEMREG_GENERALIZE_TEXT_H

#include "postgres.h"

#include "generalize/ip.h"

/*
 * NULL: the text is no postal code, no IP address, no e-mail address.  MR601: a
 * number of digits or letters that is out of range.
 */
extern text *memreg_generalize_postal_code(const text *code, int digits);
extern text *memreg_generalize_letters(const text *value, int letters);
extern text *memreg_generalize_ip_text(const text *address, const IpBits *keep);
extern text *memreg_generalize_email(const text *address);

#endif /* MEMREG_GENERALIZE_TEXT_H */

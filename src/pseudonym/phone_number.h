/*
 * phone_number.h
 *		Telephone numbers as people write them.
 */
#ifndef MEMREG_PSEUDONYM_PHONE_NUMBER_H
#define MEMREG_PSEUDONYM_PHONE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a number is dialled; the numbers are part of the pseudonyms' format. */
typedef enum PhoneForm
{
	PHONE_INTERNATIONAL = 1, /* + or 00, then a country code */
	PHONE_NATIONAL = 2,      /* one 0, then an area code or the like */
	PHONE_LOCAL = 3          /* neither */
} PhoneForm;

/* A number is digits that stay, and digits behind them that are one number. */
typedef struct PhoneNumber
{
	PhoneForm form;
	int country_code; /* 0 in the other forms */
	int kept;         /* digits that stay: 00, country code, 0 */
	int length;       /* digits behind them, at least one … */
	uint64_t number;  /* … and what they are, leading zeros and all */
} PhoneNumber;

extern bool memreg_phone_read(const char *utf8, size_t length, PhoneNumber *phone);
extern void memreg_phone_write(const PhoneNumber *phone, char *utf8, size_t length);

#endif /* MEMREG_PSEUDONYM_PHONE_NUMBER_H */

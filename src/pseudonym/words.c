/*
 * words.c
 *		The languages that nicknames and made-up names come in.
 */
#include "postgres.h"

#include "pseudonym/words.h"

const Words *const memreg_words[] = {
	&memreg_words_fi,
	&memreg_words_sv,
	&memreg_words_en,
	NULL,
};

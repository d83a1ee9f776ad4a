/*
 * form.h
 *		In which form values are generalized: the words for it.
 */
#ifndef MEMREG_GENERALIZE_FORM_H
#define MEMREG_GENERALIZE_FORM_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "generalize/calendar.h"
#include "generalize/ip.h"

typedef enum GeneralizeFormKind
{
	FORM_CALENDAR,
	FORM_WIDTH,
	FORM_IP,
	FORM_POSTAL_CODE,
	FORM_LETTERS
} GeneralizeFormKind;

typedef struct GeneralizeForm
{
	GeneralizeFormKind kind;
	char *word;        /* FORM_CALENDAR: the unit; FORM_WIDTH: the number */
	CalendarUnit unit; /* FORM_CALENDAR */
	IpBits bits;       /* FORM_IP */
	int count;         /* FORM_POSTAL_CODE: digits; FORM_LETTERS: letters */
} GeneralizeForm;

extern List *memreg_form_parse(const char *forms);

#endif /* MEMREG_GENERALIZE_FORM_H */

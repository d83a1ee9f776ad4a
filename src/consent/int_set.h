/*
 * int_set.h
 *		Sets of 64-bit integers: how the members are stored.
 */
#ifndef MEMREG_CONSENT_INT_SET_H
#define MEMREG_CONSENT_INT_SET_H

#include "consent/subject_set.h"

/*
 * A slot stands for the 65,536 integers that share their upper 48 bits.  Its
 * first word holds these and, in the lower 16 bits, how the members among
 * them are stored; its second word holds them, or points to them.
 */
#define INT_SLOT_HIGH(slot) ((slot)->first >> 16)
#define INT_SLOT_FORM(slot) ((uint16) (slot)->first)
#define INT_SLOT_FIRST(high, form) ((high) << 16 | (form))

#define INT_INLINE_MAX 4             /* members in the second word itself */
#define INT_FORM_INLINE(n) (1 + (n)) /* n of them, 0 to 4 */
#define INT_FORM_IS_INLINE(form) ((form) >= 1 && (form) <= 1 + INT_INLINE_MAX)
#define INT_INLINE_COUNT(form) ((form) -1)

#define INT_FORM_ARRAY(k) (16 + (k)) /* an IntArray of 16 << k bytes, k 0 to 8 */
#define INT_FORM_IS_ARRAY(form) ((form) >= 16 && (form) <= 24)
#define INT_ARRAY_BYTES(form) ((size_t) 16 << ((form) -16))
#define INT_ARRAY_MAX(form) ((int) (INT_ARRAY_BYTES(form) / sizeof(uint16)) - 1)

#define INT_FORM_BITMAP 64 /* a bit for each */
#define INT_BITMAP_BYTES 8192

/* Sorted. */
typedef struct IntArray
{
	uint16 count;
	uint16 lows[FLEXIBLE_ARRAY_MEMBER];
} IntArray;

extern int memreg_int_set_search(const uint16 *lows, int count, uint16 low);

#endif /* MEMREG_CONSENT_INT_SET_H */

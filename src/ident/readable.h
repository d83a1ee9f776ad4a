/*
 * readable.h
 *		Which types can hold text, and how a scan reads it.
 */
#ifndef MEMREG_IDENT_READABLE_H
#define MEMREG_IDENT_READABLE_H

typedef enum Readable
{
	READ_NOT,    /* cannot hold text: numbers, dates, bytea */
	READ_BYTES,  /* a varlena whose bytes are the text */
	READ_OUTPUT, /* through the type's output function */
	READ_JSON,   /* likewise, then with escapes undone */
} Readable;

extern Readable memreg_ident_readable(Oid type);

#endif /* MEMREG_IDENT_READABLE_H */

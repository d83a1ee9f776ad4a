/*
 * image.h
 *		A database's states as the consent index holds them.
 */
#ifndef MEMREG_CONSENT_IMAGE_H
#define MEMREG_CONSENT_IMAGE_H

#include "consent/covered.h"
#include "consent/shared.h"
#include "consent/subject_set.h"

/* What became of an attempt to make an image, or to keep it right. */
typedef enum ImageOutcome
{
	IMAGE_RIGHT,
	IMAGE_LOST,     /* it must be made anew */
	IMAGE_FULL,     /* there is not enough memory */
	IMAGE_UNVOUCHED /* the tables cannot be followed now */
} ImageOutcome;

/* In the shared area.  Changed under the refresh lock; read by pinned backends. */
typedef struct Image
{
	Oid identity;    /* memreg.consent_proxy's OID: another one is another extension */
	uint64 witness;  /* of what the tables vouched by */
	Covered covered; /* the transactions whose changes it holds */

	/* TimestampTz: right from here on, when those that end were last looked at, to when the next ends. */
	pg_atomic_uint64 expired_to;
	pg_atomic_uint64 next_expiry;

	TimestampTz loaded_at;
	TimestampTz refreshed_at;
	uint64 refreshes;

	uint32 capacity;
	pg_atomic_uint32 set_count;
	SubjectSet sets[FLEXIBLE_ARRAY_MEMBER];
} Image;

/* Memory for changes of an image. */
typedef struct ImageMemory
{
	SetMemory memory;
	IndexSlot *slot; /* NULL: the image is not published yet */
} ImageMemory;

extern dsa_pointer memreg_image_create(Oid identity, Image **image);
extern void memreg_image_free(dsa_pointer pointer);
extern void memreg_image_memory(ImageMemory *memory, IndexSlot *published);
extern SubjectSet *memreg_image_set(Image *image, StateKind kind, int32 owner);
extern SubjectSet *memreg_image_find(Image *image, StateKind kind, int32 owner);
extern Image *memreg_image_current(IndexSlot *slot, Oid identity);
extern void memreg_image_publish(IndexSlot *slot, dsa_pointer pointer);
extern void memreg_image_withdraw(IndexSlot *slot);
extern void memreg_image_reclaim(IndexSlot *slot);
extern void memreg_image_sweep(void);

/* Do those stand of whom it says so?  Not only time goes on: a clock can be set back. */
static inline bool
memreg_image_is_of(Image *image, TimestampTz now)
{
	return now >= (TimestampTz) pg_atomic_read_u64(&image->expired_to) &&
		now < (TimestampTz) pg_atomic_read_u64(&image->next_expiry);
}

#endif /* MEMREG_CONSENT_IMAGE_H */

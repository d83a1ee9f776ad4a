/*
 * lookup.c
 *		Does something stand for a subject?  Asked for many rows.
 *
 * Asks the image that the statement was given when it started (index.c), and
 * the tables for what that image does not answer.
 */
#include "postgres.h"

#include "access/parallel.h"
#include "catalog/pg_type.h"
#include "utils/memutils.h"
#include "utils/uuid.h"

#include "consent/index.h"
#include "consent/lookup.h"
#include "consent/own.h"
#include "consent/state.h"
#include "core/compat.h"
#include "registry/subject.h"

/* memory: must live as long as the lookup. */
void
memreg_lookup_open(SubjectLookup *lookup, StateKind kind, int32 owner, Oid type,
				   MemoryContext memory)
{
	*lookup = (SubjectLookup){.kind = kind, .owner = owner, .type = type, .memory = memory};

	/* A leader was given its image before; a worker takes it now. */
	if (IsParallelWorker() && memreg_index_image == NULL)
		memreg_index_prepare_worker(false);
}

/* The key of a text, which may be toasted. */
void
memreg_lookup_text_key(const void *subject, SubjectKey *key)
{
	text *characters = DatumGetTextPP(PointerGetDatum(subject));

	memreg_subject_key_text(VARDATA_ANY(characters), VARSIZE_ANY_EXHDR(characters),
							memreg_shared_text_key(), key);
	if (characters != subject)
		pfree(characters);
}

/*
 * Look into the image that the statement has now.  To be called before the
 * first look, and whenever memreg_index_image has changed: a statement inside
 * of this one may have been given another.
 */
void
memreg_lookup_turn(SubjectLookup *lookup)
{
	Image *image = memreg_index_image;
	SubjectSet *set =
		image == NULL ? NULL : memreg_image_find(image, lookup->kind, lookup->owner);

	lookup->tables = image == NULL || (set != NULL && !OidIsValid(set->type));
	lookup->empty = set == NULL;
	if (set == NULL)
		return;
	if (lookup->reader == NULL)
		lookup->reader = MemoryContextAllocZero(lookup->memory, sizeof(SetReader));
	memreg_set_reader_open(lookup->reader, set, lookup->memory);
}

/* memreg_lookup_stands for some subjects at once, in less time. */
void
memreg_lookup_stand(const SubjectLookup *lookup, const SubjectKey *keys,
					const Datum *subjects, int count, bool *stands)
{
	if (likely(!lookup->tables && !lookup->empty && !memreg_own_any))
	{
		memreg_set_reader_have(lookup->reader, keys, count, stands);
		return;
	}
	for (int i = 0; i < count; i++)
		stands[i] = memreg_lookup_stands(lookup, &keys[i], subjects[i]);
}

/* What the tables say. */
bool
memreg_lookup_tables(const SubjectLookup *lookup, Datum subject)
{
	text *key = memreg_subject_text(lookup->type, subject);
	bool stands = memreg_state_stands(lookup->kind, lookup->owner, key);

	if ((Pointer) key != DatumGetPointer(subject))
		pfree(key);
	return stands;
}

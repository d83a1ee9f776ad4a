/*
 * index_lock.h
 *		The locks under which the consent index is changed.
 */
#ifndef MEMREG_CONSENT_INDEX_LOCK_H
#define MEMREG_CONSENT_INDEX_LOCK_H

typedef enum IndexLock
{
	LOCK_LOAD,   /* one load at a time; taken before the other */
	LOCK_REFRESH /* one change of what is published at a time */
} IndexLock;

extern void memreg_index_lock(IndexLock lock);
extern bool memreg_index_try_lock(IndexLock lock);
extern void memreg_index_unlock(IndexLock lock);

#endif /* MEMREG_CONSENT_INDEX_LOCK_H */

/*
 * feed.h
 *		The feed: whose state has changed, for those who keep images of it.
 */
#ifndef MEMREG_CONSENT_FEED_H
#define MEMREG_CONSENT_FEED_H

#include "consent/covered.h"
#include "consent/kind.h"

/* Called for each subject whose state may have changed; false: stop. */
typedef bool (*FeedVisitor)(StateKind kind, int32 owner, const text *subject, void *arg);

typedef enum FeedOutcome
{
	FEED_READ,
	FEED_STOPPED,   /* by the visitor */
	FEED_NOT_ENOUGH /* it does not name everything that has changed */
} FeedOutcome;

extern Oid memreg_feed_relation(void);
extern FeedOutcome memreg_feed_read(const Covered *covered, Snapshot snapshot,
									FeedVisitor visit, void *arg);

#endif /* MEMREG_CONSENT_FEED_H */

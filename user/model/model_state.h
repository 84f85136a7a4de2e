/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the model holds, an item at a time: to be kept somewhere else, and to be
 * put back into another model, which then reports the same.
 */
#ifndef V7S_MODEL_MODEL_STATE_H
#define V7S_MODEL_MODEL_STATE_H

#include "model.h"

/* In the order in which model_save() gives them. */
enum item_kind {
	ITEM_TABLE = 1,		/* pgtable; dev, fmt, n, flags; struct v7s_counts */
	ITEM_FOLDED,		/* the same of destroyed ones of a device; no pgtable */
	ITEM_OTHER,		/* struct v7s_counts */
	ITEM_DESTROYS,		/* one counter */
	/* Of the sections of a report, as of struct entry. */
	ITEM_TASK,		/* struct v7s_events, then window, wait, hold: ns */
	ITEM_PAIR,		/* waits, ns, untimed */
	ITEM_STACK,		/* struct v7s_events */
	ITEM_CPU,		/* struct v7s_events */
	ITEM_OTHER_TASKS,	/* struct v7s_events */
	ITEM_OTHER_PAIRS,	/* waits */
	ITEM_OTHER_STACKS,	/* struct v7s_events */
	ITEM_KINDS
};

enum {
	ITEM_CREATED	= 1,	/* of tables */
	ITEM_DESTROYED	= 2,
	ITEM_ENDED	= 1,	/* of entries */
	ITEM_GONE	= 2,
	ITEM_PRESENT	= 4,
	ITEM_COUNTERS	= V7S_COUNTS_U64,	/* at most */
};

/** struct item - a part of what the model holds; what a kind has not is 0 */
struct item {
	enum item_kind kind;
	uint64_t pgtable, id, who;
	uint64_t n;			/* how many it adds up */
	unsigned int fmt, flags;
	const char *dev, *name, *name2;	/* "": not known */
	const struct trace *trace;	/* of a stack; NULL: the kernel gave none */
	const __u64 *counter;
	size_t counters;
};

/** take_item - @item and all it points to are valid until it returns; -1 ends it */
typedef int take_item(void *arg, const struct item *item);

/** model_save - give all items to @take; returns -1 if that did */
int model_save(const struct model *m, take_item *take, void *arg);

/*
 * The other way round: model_load_begin(), then model_load() of each item, or of
 * those that have changed since the state that was loaded before, and
 * model_drop() of those that are no more; model_load_end(). If it is @all of
 * them, what was not loaded is dropped. The first state that is loaded may be
 * one from the midst of it all: an interval then begins with it, if @fresh.
 *
 * model_load() returns -1 if there is no memory, or the item is one that no model
 * gives. The trace of a stack is to be there as long as the model.
 */
void model_load_begin(struct model *m);
int model_load(struct model *m, const struct item *item);
void model_drop(struct model *m, const struct item *item);
void model_load_end(struct model *m, uint64_t now, bool all, bool fresh);

/* Of one kind, at most; a live model has far fewer. */
#define MODEL_LOAD_MAX 8192

#endif

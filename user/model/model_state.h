/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * Save a model's state item by item, and load it into another model, which then
 * gives the same reports.
 */
#ifndef V7S_MODEL_MODEL_STATE_H
#define V7S_MODEL_MODEL_STATE_H

#include "model.h"

/* In the order of model_save(). */
enum item_kind {
	ITEM_TABLE = 1,		/* pgtable, dev, fmt, n, flags, v7s_counts */
	ITEM_FOLDED,		/* the same for a sum by device; no pgtable */
	ITEM_OTHER,		/* struct v7s_counts, all */
	ITEM_DESTROYS,		/* all, and those not known one by one */
	/* Sections of a report, see struct entry. */
	ITEM_TASK,		/* v7s_events, then window, wait, hold in ns */
	ITEM_PAIR,		/* waits, ns, untimed */
	ITEM_STACK,		/* struct v7s_events */
	ITEM_CPU,		/* struct v7s_events */
	ITEM_OTHER_TASKS,	/* struct v7s_events */
	ITEM_OTHER_PAIRS,	/* waits */
	ITEM_OTHER_STACKS,	/* struct v7s_events */
	ITEM_OTHER_DEVICE,	/* of other: dev, fmt, v7s_counts */
	ITEM_KINDS
};

enum {
	ITEM_CREATED	= 1,	/* for tables */
	ITEM_DESTROYED	= 2,
	ITEM_DOUBT	= 4,
	ITEM_ENDED	= 1,	/* for entries */
	ITEM_GONE	= 2,
	ITEM_PRESENT	= 4,
	ITEM_COUNTERS	= V7S_COUNTS_U64,	/* maximum */
};

/** struct item - a part of the state; members that a kind lacks are 0 */
struct item {
	enum item_kind kind;
	uint64_t pgtable, id, who;
	uint64_t n;			/* number of parts added up */
	unsigned int fmt, flags;
	const char *dev, *name, *name2;	/* "": not known */
	const struct trace *trace;	/* NULL: the kernel gave none */
	const __u64 *counter;
	size_t counters;
};

/** take_item - @item and its pointers are valid until it returns; -1: stop */
typedef int take_item(void *arg, const struct item *item);

/** model_save - give all items to @take; returns -1 if @take did */
int model_save(const struct model *m, take_item *take, void *arg);

/*
 * To load a state, call model_load_begin(), then model_load() for each item, or
 * for each item that changed since the state loaded before, model_drop() for
 * each item that no longer exists, and model_load_end(). If @all items were
 * loaded, all others are dropped. The first state loaded may be from the middle
 * of a recording: with @fresh an interval starts there.
 *
 * model_load() returns -1 if there is no memory, or if no model can give such
 * an item. The trace of a stack must stay valid as long as the model.
 */
void model_load_begin(struct model *m);
int model_load(struct model *m, const struct item *item);
void model_drop(struct model *m, const struct item *item);
void model_load_end(struct model *m, uint64_t now, bool all, bool fresh);

/*
 * The maximum per kind, so that a bad file does not take all memory: of page tables,
 * and of tasks, pairs and stacks. All slots of 512 CPUs are half as many tasks.
 */
#define MODEL_LOAD_TABLES 8192
#define MODEL_LOAD_ENTRIES (1 << 18)

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * Counters of tasks, pairs and stacks, each for one page table. Part of
 * model.c.
 */
#ifndef V7S_MODEL_ENTRIES_H
#define V7S_MODEL_ENTRIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"
#include "counts.h"

/* In the order of struct v7s_task, after the name; the others have fewer. */
enum {
	ENTRY_WINDOW = V7S_EVENTS_U64,
	ENTRY_WAIT,
	ENTRY_HOLD,
	ENTRY_COUNTERS,

	PAIR_WAITS = 0,
	PAIR_WAIT_NS,
	PAIR_UNTIMED,
	PAIR_COUNTERS,
};

#define ENTRY_ID_MAX (~0ULL >> 1)	/* of an id when it is added */

struct entry {
	/* The first two are the sort key, see lower_bound_key(). */
	uint64_t pgtable;	/* 0: several */
	/*
	 * V7S_NOBODY: several. Made of pids, it may belong to another task later, see
	 * entries_retire(); made of a start time, too, it never does.
	 */
	uint64_t id;
	uint64_t who;		/* the pids; of a stack or a CPU, the id */
	uint64_t n;		/* number of entries added up */
	char dev[V7S_DEV];	/* "": not known yet */
	char name[V7S_COMM], name2[V7S_COMM];
	bool ended;		/* the task has ended */
	bool gone;		/* the page table was destroyed */
	bool present;		/* in the last reading */
	bool loaded;		/* in the state being loaded */
	__u64 base[ENTRY_COUNTERS];	/* from slots that were freed */
	__u64 now[ENTRY_COUNTERS];
	__u64 then[ENTRY_COUNTERS];	/* at the last report */
	struct late late;
};

struct entries {
	/*
	 * Sorted by page table, then by id. Only the pointers move when one is
	 * inserted: a machine with 192 CPUs may have 50,000 entries.
	 */
	struct entry **e;
	size_t n, room;
	bool keep_id;		/* when dead entries are added up */
	uint64_t retired;
	__u64 other[ENTRY_COUNTERS], other_then[ENTRY_COUNTERS];
	struct late other_late;
};

/* entries_at - the entry number @i, NULL at the end */
static inline struct entry *entries_at(const struct entries *l, size_t i)
{
	return i < l->n ? l->e[i] : NULL;
}

/* entries_begin - begin a reading: entries_add() all current counters */
void entries_begin(struct entries *l);

/* entries_find - NULL: not found */
struct entry *entries_find(const struct entries *l, uint64_t pgtable,
			   uint64_t id);

/* entries_add - add to an entry, which is created if needed; NULL: no memory */
struct entry *entries_add(struct entries *l, uint64_t pgtable, uint64_t id,
			  const __u64 *counters, size_t n);

/* entries_late - see late_events(); for tasks and CPUs */
void entries_late(struct entries *l, uint64_t now, bool settled);

/* entries_final - keep the last reading's counters: their slot was freed */
void entries_final(struct entries *l, uint64_t pgtable, uint64_t id,
		   const __u64 *counters, size_t n);

/* entries_gone - the page table is destroyed, no more events will come */
void entries_gone(struct entries *l, uint64_t pgtable);

/* entries_ended - the task has ended, no more events will come */
void entries_ended(struct entries *l, uint64_t id);

/*
 * entries_retire - free the pids of ended tasks for reuse
 *
 * Entries of ended tasks whose slots were in an earlier reading get a unique
 * id.
 */
void entries_retire(struct entries *l);

/* entries_fold - add up the oldest dead entries, keep @keep */
void entries_fold(struct entries *l, size_t keep);

/* entries_shown - the next report starts here */
void entries_shown(struct entries *l);

/* entries_load - load a saved entry; @id may be new to it; NULL: no memory */
struct entry *entries_load(struct entries *l, uint64_t pgtable, uint64_t id,
			   uint64_t who);

/* entries_drop - drop an entry that the saved state has added up */
void entries_drop(struct entries *l, uint64_t pgtable, uint64_t id);
void entries_drop_unloaded(struct entries *l);

void entries_free(struct entries *l);

#endif

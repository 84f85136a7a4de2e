/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the model keeps of tasks, of pairs of them, and of stacks: counters, each
 * for a page table and something else. Part of model.c.
 */
#ifndef V7S_MODEL_ENTRIES_H
#define V7S_MODEL_ENTRIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"

/* As in struct v7s_task, behind the name; the others have less. */
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

struct entry {
	uint64_t pgtable;	/* 0: several */
	uint64_t id;		/* V7S_NOBODY: several; see entries_retire() */
	uint64_t who;		/* the same, as it was added */
	uint64_t n;		/* how many were added up */
	char dev[V7S_DEV];	/* "": not known yet */
	char name[V7S_COMM], name2[V7S_COMM];
	bool ended;		/* the task */
	bool gone;		/* the page table */
	bool present;		/* in the last reading */
	bool loaded;		/* of the state that is being loaded */
	__u64 base[ENTRY_COUNTERS];	/* of slots that are no more */
	__u64 now[ENTRY_COUNTERS];
	__u64 then[ENTRY_COUNTERS];	/* at the last report */
};

struct entries {
	struct entry *e;	/* by page table, then by id */
	size_t n, room;
	bool keep_id;		/* when those that are dead are added up */
	uint64_t retired;
	__u64 other[ENTRY_COUNTERS], other_then[ENTRY_COUNTERS];
};

/* entries_end - behind the last of them, also where there is no room for any */
static inline struct entry *entries_end(const struct entries *l)
{
	return l->n ? l->e + l->n : l->e;
}

/* entries_begin - a reading: entries_add() all that there is now */
void entries_begin(struct entries *l);

/* entries_find - NULL: not there */
struct entry *entries_find(const struct entries *l, uint64_t pgtable,
			   uint64_t id);

/* entries_add - to an entry that is made if need be; NULL: no memory */
struct entry *entries_add(struct entries *l, uint64_t pgtable, uint64_t id,
			  const __u64 *counters, size_t n);

/* entries_final - what the last reading added is to stay, never to come again */
void entries_final(struct entries *l, uint64_t pgtable, uint64_t id,
		   const __u64 *counters, size_t n);

/* entries_gone - nothing more will come of this page table */
void entries_gone(struct entries *l, uint64_t pgtable);

/* entries_ended - nothing more will come of that task */
void entries_ended(struct entries *l, uint64_t id);

/*
 * entries_retire - a pid may be taken by somebody else
 *
 * Those that have ended, and whose last slots were there in an earlier reading,
 * get an id that nobody else will have.
 */
void entries_retire(struct entries *l);

/* entries_fold - add up the oldest of those that nothing more will come of */
void entries_fold(struct entries *l, size_t keep);

/* entries_shown - the next report is about what comes from here on */
void entries_shown(struct entries *l);

/* entries_load - one of a saved state; @id may be new to it; NULL: no memory */
struct entry *entries_load(struct entries *l, uint64_t pgtable, uint64_t id,
			   uint64_t who);

/* entries_drop - not in the state that was saved: it has been added up */
void entries_drop(struct entries *l, uint64_t pgtable, uint64_t id);
void entries_drop_unloaded(struct entries *l);

void entries_free(struct entries *l);

#endif

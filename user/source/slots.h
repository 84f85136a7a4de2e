/* SPDX-License-Identifier: GPL-2.0 */
/* Slots with a struct v7s_key: of tasks, pairs and stacks. */
#ifndef V7S_SOURCE_SLOTS_H
#define V7S_SOURCE_SLOTS_H

#include <stdbool.h>
#include <stddef.h>

#include "abi.h"

enum slot_kind { TASK_SLOTS, PAIR_SLOTS, STACK_SLOTS, SLOT_KINDS };

struct slots;

/**
 * slots_new - of that kind, in the rows of a map that is mapped at @rows
 *
 * @own_pids: the programs' pids are also ours, so that we can tell which tasks
 * are no more.
 */
struct slots *slots_new(enum slot_kind kind, void *rows, unsigned int cpus,
			bool own_pids);
void slots_free(struct slots *s);

/**
 * slots_look - see which slots there are
 *
 * Returns true if some of them are to be waited for, see settle(): what is in a
 * new one may not be there yet, and what is about to be freed not have ended.
 */
bool slots_look(struct slots *s);

/** struct slots_visitor - what becomes of what is read; -1 ends the reading */
struct slots_visitor {
	int (*slot)(void *arg, const void *slot);
	void (*other)(void *arg, const void *slot);
	/** @ended: the task of this slot is no more */
	void (*ended)(void *arg, const void *slot);
	/** @final: this slot was read for the last time */
	void (*final)(void *arg, const void *slot);
	void *arg;
};

/**
 * slots_read - read all slots that slots_look() saw
 *
 * @settled says whether that was waited for. Slots of tasks that have ended are
 * free after the next reading but one at the latest.
 */
int slots_read(struct slots *s, bool settled, const struct slots_visitor *v);

/** slots_drop - free the slots of destroyed page tables */
void slots_drop(struct slots *s, const struct slots_visitor *v,
		bool (*gone)(void *arg, __u64 pgtable));

#endif

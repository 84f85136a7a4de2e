/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Slots with a struct v7s_key: tasks, pairs and stacks. */
#ifndef V7S_SOURCE_SLOTS_H
#define V7S_SOURCE_SLOTS_H

#include <stdbool.h>
#include <stddef.h>

#include "abi.h"

enum slot_kind { TASK_SLOTS, PAIR_SLOTS, STACK_SLOTS, SLOT_KINDS };

struct slots;

/**
 * slots_new - the slots of one kind, in a map of all CPUs at @rows
 *
 * @own_pids: the programs and this process share a pid namespace, so that ended
 * tasks can be recognized.
 */
struct slots *slots_new(enum slot_kind kind, void *rows, unsigned int cpus,
			bool own_pids);
void slots_free(struct slots *s);

/**
 * slots_look - find the slots in use
 *
 * Returns true if the caller must call quiesce() before reading: the contents
 * of a new slot may be incomplete, and programs may still write to a slot that
 * is about to be freed.
 */
bool slots_look(struct slots *s);

/** struct slots_visitor - callbacks for the slots read; -1 ends the reading */
struct slots_visitor {
	/** @slot: the name is "" if the slot has no event since the last reading */
	int (*slot)(void *arg, const void *slot);
	void (*other)(void *arg, const void *slot);
	/** @ended: the task of this slot has ended */
	void (*ended)(void *arg, const void *slot);
	/** @final: this slot was read for the last time */
	void (*final)(void *arg, const void *slot);
	void *arg;
};

/**
 * slots_read - read all slots that slots_look() found
 *
 * @settled: the caller has waited as slots_look() asked. The slots of ended
 * tasks are free after the next two readings at the latest.
 */
int slots_read(struct slots *s, bool settled, const struct slots_visitor *v);

/** slots_drop - free the slots of destroyed page tables */
void slots_drop(struct slots *s, const struct slots_visitor *v,
		bool (*gone)(void *arg, __u64 pgtable));

#endif

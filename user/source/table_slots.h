/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Slots of page tables, which have no struct v7s_key; see slots.h for the others. */
#ifndef V7S_SOURCE_TABLE_SLOTS_H
#define V7S_SOURCE_TABLE_SLOTS_H

#include <stdbool.h>
#include <stdint.h>

#include "abi.h"
#include "cpu_rows.h"
#include "model/model.h"

struct table_slots;

/**
 * table_slots_default - page tables that each CPU counts at once, without --tables
 *
 * @groups: IOMMU groups of the machine. A page table usually belongs to a group or several.
 */
unsigned int table_slots_default(unsigned int cpus, unsigned int groups);

/**
 * table_slots_here - the same for this machine
 *
 * V7S_SLOTS before Linux 5.11, where BPF maps count against RLIMIT_MEMLOCK.
 */
unsigned int table_slots_here(void);

/**
 * table_slots_new - the slots of all CPUs; NULL: no memory
 *
 * @wait: wait for the programs that run now, and return false if that is not possible;
 * NULL: this process counts.
 */
struct table_slots *table_slots_new(const struct cpu_rows *rows, bool (*wait)(void));
void table_slots_free(struct table_slots *s);

/**
 * table_slots_read - read a CPU's slots into the model
 *
 * Adds the events of the CPU to @counted. Returns -1 if there is no memory.
 */
int table_slots_read(struct table_slots *s, unsigned int cpu, struct model *m,
		     uint64_t *counted);

/** table_slots_drop - free the slots of destroyed page tables */
void table_slots_drop(struct table_slots *s, struct model *m,
		      bool (*gone)(void *arg, __u64 pgtable), void *arg);

/**
 * table_slots_make_room - free slots without a recent event where slots were missing
 *
 * Not on a CPU where each event has had a slot: it stays exact.
 * For the end of a reading, after table_slots_drop(). The model keeps the counts.
 */
void table_slots_make_room(struct table_slots *s, struct model *m, uint64_t now);

#endif

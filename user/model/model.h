/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * The state of all page tables, independent of the source, and reports of it,
 * independent of the output.
 */
#ifndef V7S_MODEL_H
#define V7S_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"
#include "report.h"

struct model;

/** model_new - an empty model that starts at @now; NULL: no memory */
struct model *model_new(uint64_t now);
void model_free(struct model *m);

/*
 * A reading: model_begin(), then model_add(), model_other() and
 * model_destroys() for everything that the source holds at that time, then
 * model_end(). They return -1 if there is no memory.
 */
void model_begin(struct model *m);

/** model_add - add a slot; the slots of one page table are added up */
int model_add(struct model *m, const struct v7s_slot *slot);

/** model_other - add the counts of page tables without a slot */
void model_other(struct model *m, const struct v7s_counts *c);

/** model_other_of - the same, if their device and format are known */
int model_other_of(struct model *m, const struct v7s_slot *slot);

/** model_destroys - add a number of destroyed page tables */
void model_destroys(struct model *m, uint64_t n);

/**
 * model_unseen - @n destroyed page tables so far are not known one by one
 *
 * They are among the destroyed ones of model_destroys(). Each page table that is in
 * the model when their number grows may be one of them.
 */
void model_unseen(struct model *m, uint64_t n);

/**
 * model_task - add the actions of a task on a page table; slots are added up
 *
 * These counts attribute the events of model_add() and model_other() to tasks;
 * they do not add to them. The same is true for pairs and stacks.
 */
int model_task(struct model *m, const struct v7s_task *task);

/** model_other_tasks - the same for tasks without a slot */
void model_other_tasks(struct model *m, const struct v7s_events *e);

/** model_pair - add a waiter and a holder; @holder_comm NULL: not known */
int model_pair(struct model *m, const struct v7s_pair *pair,
	       const char *holder_comm);
bool model_knows_pair(const struct model *m, const struct v7s_pair *pair);
void model_other_pairs(struct model *m, uint64_t waits);

/**
 * model_stack - add the events of a stack on a page table
 *
 * @trace must stay valid as long as the model; NULL: the kernel gave no stack.
 */
int model_stack(struct model *m, uint64_t pgtable, const struct trace *trace,
		const struct v7s_events *e);
void model_other_stacks(struct model *m, const struct v7s_events *e);

/** model_cpu - add all events of a CPU */
int model_cpu(struct model *m, unsigned int cpu, const struct v7s_events *e);

/**
 * model_end - end a reading
 *
 * If a source has called model_late() in it, the splits of blocks done are
 * attempts, see struct late.
 */
void model_end(struct model *m, uint64_t now);

/** model_late - @settled: no attempt to split is in progress */
void model_late(struct model *m, bool settled);

/**
 * model_gone - this page table has been destroyed
 *
 * The model keeps the counts of the last reading. The source need not keep them
 * and must leave them out of the next reading.
 */
void model_gone(struct model *m, uint64_t pgtable);

/**
 * model_table_final - keep the counts of a page table's slot that is freed
 *
 * The last reading included the slot. It may have counted since. Not for a page table
 * that is gone since that reading, because model_gone() has kept its counts.
 */
void model_table_final(struct model *m, const struct v7s_slot *slot);

/* This task, or a task of this pair, has ended. */
void model_task_ended(struct model *m, const struct v7s_task *task);
void model_pair_ended(struct model *m, const struct v7s_pair *pair);

/*
 * The last reading included these slots for the last time: keep their counts.
 */
void model_task_final(struct model *m, const struct v7s_task *task);
void model_pair_final(struct model *m, const struct v7s_pair *pair);
void model_stack_final(struct model *m, uint64_t pgtable,
		       const struct trace *trace, const struct v7s_events *e);

/* Destroyed page tables kept one by one; older ones are added up. */
#define MODEL_TABLES 1024
/* Likewise, others without a slot: idle, or their destruction was missed. */
#define MODEL_IDLE 4096

/** model_keep - keep these numbers instead */
void model_keep(struct model *m, size_t destroyed, size_t idle);

/**
 * model_report - report the interval since the last one, or all since the start
 *
 * Pointers in @r are valid until the next call. Returns -1 if there is no
 * memory.
 */
int model_report(struct model *m, bool final, struct report *r);

#endif

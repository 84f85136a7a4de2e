/* SPDX-License-Identifier: GPL-2.0 */
/* The parts of a report that tell of tasks, pairs, stacks and CPUs. */
#ifndef V7S_SECTIONS_H
#define V7S_SECTIONS_H

#include "entries.h"
#include "model.h"

enum {
	SECTION_TASKS,		/* id: tgid << 32 | pid */
	SECTION_PAIRS,		/* id: holder << 32 | waiter */
	SECTION_STACKS,		/* id: address of the struct trace, or 0 */
	SECTION_CPUS,		/* id: number; of no page table */
	SECTIONS
};

struct sections {
	struct entries of[SECTIONS];
	/* Of the last report */
	struct task *tasks;
	struct pair *pairs;
	struct stack *stacks;
	struct cpu *cpus;
};

/* sections_end - a reading has ended: who is who, and who is to be kept */
void sections_end(struct sections *s);

/* sections_report - its part of the report; -1: no memory */
int sections_report(struct sections *s, bool final, struct report *r);

void sections_free(struct sections *s);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* The parts of a report about tasks, pairs, stacks and CPUs. */
#ifndef V7S_MODEL_ATTRIBUTION_H
#define V7S_MODEL_ATTRIBUTION_H

#include "entries.h"
#include "report.h"

/* The same for tasks, pairs and stacks without further events. */
#define MODEL_ENTRIES 512

enum {
	BY_TASKS,		/* id: tgid << 32 | pid */
	BY_PAIRS,		/* id: holder << 32 | waiter */
	BY_STACKS,		/* id: address of the struct trace, or 0 */
	BY_CPUS,		/* id: CPU number; no page table */
	ATTRIBUTIONS
};

struct attribution {
	struct entries of[ATTRIBUTIONS];
	/* Memory of the last report. */
	struct task *tasks;
	struct pair *pairs;
	struct stack *stacks;
	struct cpu *cpus;
};

/* attribution_end - end a reading: join names, retire and fold entries */
void attribution_end(struct attribution *s);

/* attribution_report - fill in its part of the report; -1: no memory */
int attribution_report(struct attribution *s, bool final, struct report *r);

void attribution_free(struct attribution *s);

#endif

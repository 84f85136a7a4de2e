/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* The maps as counters.c reads them; unit tests look into the slots themselves. */
#ifndef V7S_SOURCE_COUNTERS_INTERNAL_H
#define V7S_SOURCE_COUNTERS_INTERNAL_H

#include "counters.h"
#include "cpu_rows.h"
#include "gone.h"
#include "slots.h"
#include "table_slots.h"

/* Maps with the counters of each CPU, in the order of their kinds of slots. */
enum { TABLE_ROWS, TASK_ROWS, STACK_ROWS, ROWS };

struct counters {
	struct bpf_object *obj;		/* NULL: this process counts */
	unsigned int cpus;
	bool want[ROWS];
	bool own_pids;
	bool stopped;
	bool alarm;
	bool late_splits;
	bool preempted;			/* the programs may be */
	unsigned int ring;
	void *map[ROWS];		/* shared with the programs */
	size_t size[ROWS];		/* of a CPU's part */
	struct cpu_rows rows;		/* the first map */
	struct slots *slots[SLOT_KINDS];
	struct stacks *stacks;
	struct stream *stream;
	struct table_slots *tables;
	struct gone *gone;
	uint64_t *counted;		/* on each CPU, as last read */
	struct model *model;		/* while it is being filled */
};

#endif

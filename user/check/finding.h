/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* The input of the rules of explain, and their findings. */
#ifndef V7S_CHECK_FINDING_H
#define V7S_CHECK_FINDING_H

#include "flush_facts.h"
#include "judge.h"

/** enum concern - wrong data, wasted time, or counts that do not suffice */
enum concern { CONCERN_WRONG, CONCERN_SLOW, CONCERN_UNSURE, CONCERNS };

extern const char *const concern_names[CONCERNS];

/** struct observed - input of the rules */
struct observed {
	const struct report *r;		/* final */
	uint64_t ns;			/* time of counting, without detaching */
	const struct history *h;
	const struct thresholds *limits;
	const struct flush_facts *flushes;	/* NULL: not counted */
	/* As of kernel_version(); 0: not known, as for a recording. */
	int version;
};

enum found { FOUND_NO, FOUND_YES, FOUND_UNKNOWN };

enum { FINDING_FIGURES = 8, FINDING_BOUNDS = 3, FINDING_TASKS = 3 };

/** struct bound - a limit behind a finding */
struct bound {
	const char *name;
	enum measure unit;
	int64_t n;
};

/** struct involved - a task and its part in a finding */
struct involved {
	const char *comm;	/* NULL: not known */
	uint32_t tgid, pid;
	uint64_t tasks;		/* several have no name */
	int64_t n;
	/* The task that this one waited for; pid 0: not known. */
	bool waited;
	const char *holder_comm;
	uint32_t holder;
};

/** struct finding - a rule, and its result */
struct finding {
	const char *rule;
	enum concern concern;
	enum found found;
	char says[384];		/* FOUND_UNKNOWN: why it was not judged */
	const char *helps;	/* next step */
	const char *basis;	/* kernel function or commit behind the rule */
	/* The page table with the most such events; NULL: all together. */
	const struct row *row;
	size_t tables;		/* number of page tables with this finding */
	struct figure figure[FINDING_FIGURES];
	int figures;
	struct bound bound[FINDING_BOUNDS];
	int bounds;
	struct involved task[FINDING_TASKS];
	int tasks;
	const char *parts;	/* unit of the tasks' numbers, in words */
	enum measure parts_unit;
};

#endif

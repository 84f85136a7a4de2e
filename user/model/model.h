/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is known of the page tables, whoever told us, and what is reported of
 * them, whoever prints it.
 */
#ifndef V7S_MODEL_H
#define V7S_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"
#include "names.h"

struct model;

/** model_new - an empty model, which began at @now; NULL: no memory */
struct model *model_new(uint64_t now);
void model_free(struct model *m);

/*
 * A reading: model_begin(), then any number of model_add(), model_other() and
 * model_destroys() with all that the source holds at that time, model_end().
 * They return -1 when there is no memory.
 */
void model_begin(struct model *m);

/** model_add - a slot; those of one page table are added up */
int model_add(struct model *m, const struct v7s_slot *slot);

/** model_other - counts of page tables that are not known one by one */
void model_other(struct model *m, const struct v7s_counts *c);

/** model_destroys - a number of page tables that were destroyed */
void model_destroys(struct model *m, uint64_t n);

/**
 * model_task - what a task did to a page table; several slots are added up
 *
 * It is not part of what model_add() and model_other() say, but says who did it;
 * so are pairs and stacks.
 */
int model_task(struct model *m, const struct v7s_task *task);

/** model_other_tasks - the same of tasks that are not known one by one */
void model_other_tasks(struct model *m, const struct v7s_events *e);

/** model_pair - who waited for whom; @holder_comm may be NULL: not known */
int model_pair(struct model *m, const struct v7s_pair *pair,
	       const char *holder_comm);
bool model_knows_pair(const struct model *m, const struct v7s_pair *pair);
void model_other_pairs(struct model *m, uint64_t waits);

/** struct trace - a kernel stack */
struct trace;

/**
 * model_stack - what came from a stack for a page table
 *
 * @trace is to be there as long as the model; NULL: the kernel gave no stack.
 */
int model_stack(struct model *m, uint64_t pgtable, const struct trace *trace,
		const struct v7s_events *e);
void model_other_stacks(struct model *m, const struct v7s_events *e);

/** model_cpu - all that a CPU has counted */
int model_cpu(struct model *m, unsigned int cpu, const struct v7s_events *e);

void model_end(struct model *m, uint64_t now);

/**
 * model_gone - this page table has been destroyed
 *
 * What the last reading said of it is kept; the source need not, and is to
 * leave it out of the next reading.
 */
void model_gone(struct model *m, uint64_t pgtable);

/* This task, or one of this pair, is no more. */
void model_task_ended(struct model *m, const struct v7s_task *task);
void model_pair_ended(struct model *m, const struct v7s_pair *pair);

/* The last reading had these slots for the last time: what they said is kept. */
void model_task_final(struct model *m, const struct v7s_task *task);
void model_pair_final(struct model *m, const struct v7s_pair *pair);
void model_stack_final(struct model *m, uint64_t pgtable,
		       const struct trace *trace, const struct v7s_events *e);

/* Destroyed page tables that are kept one by one; the oldest are added up. */
#define MODEL_TABLES 1024

/** model_keep - so many instead */
void model_keep(struct model *m, size_t destroyed);

/* The same for tasks, pairs and stacks that nothing more will come of. */
#define MODEL_ENTRIES 512

/** struct row - a page table, or several that were added up */
struct row {
	uint64_t pgtable;	/* 0: several */
	uint64_t tables;	/* how many */
	const char *dev;	/* NULL: of several devices */
	int fmt;		/* UNKNOWN: several */
	bool created;		/* all were created under our eyes */
	bool destroyed;		/* all are */
	bool fresh;		/* all are in this reading only: dev may be cut off */
	/* In an interval what happened in it, but max is since the start. */
	struct v7s_counts c;
	/* Tables that came less those that went, since the start. */
	int64_t net;
	int64_t alive;
	const char *alive_why;	/* if not NULL, why alive is not known */
};

/** struct task - what a task did to a page table, or to all of them */
struct task {
	uint64_t pgtable;	/* 0: several */
	const char *dev;	/* as of struct row */
	uint64_t tasks;		/* how many; if several, they have no name */
	uint32_t tgid, pid;
	const char *comm;	/* may hold any byte; NULL: several */
	bool exited;
	struct v7s_events e;
	uint64_t window_ns, wait_ns, hold_ns;
};

/** struct pair - who waited for whom, at the split_lock of a page table */
struct pair {
	uint64_t pgtable;
	const char *dev;
	uint32_t waiter, holder;	/* pids; holder 0: not known */
	uint64_t pairs;		/* how many; if several, they have no names */
	const char *waiter_comm;	/* NULL: not known */
	const char *holder_comm;	/* NULL: not known */
	uint64_t waits;
	uint64_t wait_ns;
	uint64_t untimed;
};

/** struct frame - of a kernel stack */
struct frame {
	uint64_t address;
	const char *symbol;	/* NULL: not to be told */
	uint64_t offset;	/* from the symbol */
};

struct trace {
	unsigned int frames;
	struct frame frame[V7S_STACK_DEPTH];	/* innermost first */
};

/** struct stack - what came from a stack for a page table, or for all */
struct stack {
	uint64_t pgtable;	/* 0: several */
	const char *dev;
	struct frame frame[V7S_STACK_DEPTH];	/* innermost first */
	unsigned int frames;	/* 0: the kernel gave none */
	struct v7s_events e;
};

/** struct cpu - what a CPU counted, of all page tables */
struct cpu {
	unsigned int cpu;
	struct v7s_events e;
};

/**
 * struct visibility - what the source can see on this kernel
 *
 * What is false has no number, whatever stands in its place: it is shown as not
 * visible here, null in JSON, left out of metrics. A sum is visible if all
 * that it adds up is, see visibility_installs() and the like.
 */
struct visibility {
	/* As in struct v7s_events. */
	bool install[V7S_INSTALL_WHY][V7S_INSTALL_OUTCOME];
	bool split[V7S_SPLIT_KIND][V7S_SPLIT_OUTCOME];
	bool free[V7S_FREE_WHY];
	bool refuse[V7S_REFUSE_WHY];
	bool create, destroy, waits;
	bool lost;		/* lost installs, of whatever kind */
	bool attempts;		/* installs, of whatever outcome */
	bool frees;		/* of tables, whatever for */
	bool hist[V7S_HISTS];
	bool alive;
	bool tasks, pairs, stacks, cpus;	/* asked for, and possible */
};

/** struct overrun - events that a CPU's trace buffer lost */
struct overrun {
	unsigned int cpu;
	uint64_t overwritten;	/* before they were read */
	uint64_t no_room;	/* found none at all */
};

/** struct report - what there is to print */
struct report {
	bool final;		/* all since the start, rather than an interval */
	uint64_t seq;		/* of the interval, from 1 */
	uint64_t elapsed_ns;
	uint64_t interval_ns;
	struct row *rows;	/* page tables; in an interval those with events */
	size_t nrows;
	struct row *devices;	/* final: the same, added up by device */
	size_t ndevices;
	struct row other;
	struct row total;
	uint64_t destroys;
	/*
	 * In an interval what happened in it, those without any left out. Each
	 * list is in descending order of what it lost, then of all events.
	 */
	struct task *tasks;		/* a task and a page table each */
	size_t ntasks;
	struct v7s_events other_tasks;	/* those that found no slot */
	struct pair *pairs;		/* by waits */
	size_t npairs;
	uint64_t other_pairs;		/* waits */
	struct stack *stacks;
	size_t nstacks;
	struct v7s_events other_stacks;
	struct cpu *cpus;		/* by number */
	size_t ncpus;

	uint64_t start;		/* of the watching, on the events' clock; by watch.c */

	/* What follows is filled in by the source. */
	const char *source;		/* its name */
	const struct visibility *visible;
	/* By event, UNKNOWN if this kernel cannot tell. */
	int64_t misses[V7S_EVENTS];
	/* Of a source that cannot be exact: why, or NULL. */
	const char *inexact;
	int64_t probe_misses;		/* of kretprobes, UNKNOWN without any */
	/* Of a source that reads trace buffers, by CPU; else NULL. */
	const struct overrun *overruns;
	size_t noverruns;
	/*
	 * Sections that were split on a kernel that loses the address of what is
	 * left of them (v4.13 to v6.12 without the series); UNKNOWN where that
	 * cannot be, or cannot be seen.
	 */
	int64_t corrupted;
};

/**
 * model_report - the interval since the last one, or all since the start
 *
 * What @r points to is valid until the next call. Returns -1: no memory.
 */
int model_report(struct model *m, bool final, struct report *r);

/** row_add - add a row to a sum, which keeps its own name */
void row_add(struct row *sum, const struct row *row);

/** report_overrun - events that trace buffers lost, UNKNOWN of a source without any */
int64_t report_overrun(const struct report *r);

/**
 * report_doubt_alive - of a source whose events may be lost before they are counted
 *
 * If some were, nobody knows what is alive.
 */
void report_doubt_alive(struct report *r);

/**
 * report_inexact - why the figures of a final report are not exact
 *
 * @i counts the reasons from 0. Returns false behind the last.
 */
bool report_inexact(const struct report *r, unsigned int i, char *why, size_t size);

#endif

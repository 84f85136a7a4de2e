/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* The data of a report: page tables, tasks, pairs, stacks and CPUs. */
#ifndef V7S_MODEL_REPORT_H
#define V7S_MODEL_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"

struct fault_tally;

/** struct row - a page table, or the sum of several */
struct row {
	uint64_t pgtable;	/* 0: several */
	uint64_t tables;	/* number of page tables */
	const char *dev;	/* NULL: several devices */
	int fmt;		/* UNKNOWN: several, or not known */
	bool created;		/* creation of all was observed */
	bool destroyed;		/* all were destroyed */
	/* All are new in this reading: dev may be incomplete. */
	bool fresh;
	uint64_t changed;	/* time of the reading that saw its last event */
	/* In an interval, events of the interval; max is since the start. */
	struct v7s_counts c;
	/* Tables installed minus tables freed, since the start. */
	int64_t net;
	int64_t alive;
	const char *alive_why;	/* if not NULL, why alive is not known */
};

/** struct task - actions of a task on one page table, or on all */
struct task {
	uint64_t pgtable;	/* 0: several */
	const char *dev;	/* as in struct row */
	uint64_t tasks;		/* number of tasks; several have no name */
	uint32_t tgid, pid;
	const char *comm;	/* may hold any byte; NULL: several */
	bool exited;
	struct v7s_events e;
	uint64_t window_ns, wait_ns, hold_ns;
};

/** struct pair - a task that waited for the split_lock held by another */
struct pair {
	uint64_t pgtable;
	const char *dev;
	uint32_t waiter, holder;	/* pids; holder 0: not known */
	uint64_t pairs;		/* number of pairs; several have no names */
	const char *waiter_comm;	/* NULL: not known */
	const char *holder_comm;	/* NULL: not known */
	uint64_t waits;
	uint64_t wait_ns;
	uint64_t untimed;
};

/** struct frame - a frame of a kernel stack */
struct frame {
	uint64_t address;
	const char *symbol;	/* NULL: not known */
	uint64_t offset;	/* from the symbol */
};

struct trace {
	unsigned int frames;
	struct frame frame[V7S_STACK_DEPTH];	/* innermost first */
};

/** struct stack - events of a stack on one page table, or on all */
struct stack {
	uint64_t pgtable;	/* 0: several */
	const char *dev;
	struct frame frame[V7S_STACK_DEPTH];	/* innermost first */
	unsigned int frames;	/* 0: the kernel gave none */
	struct v7s_events e;
};

/** struct cpu - events of a CPU, on all page tables */
struct cpu {
	unsigned int cpu;
	struct v7s_events e;
};

/**
 * struct visibility - figures that the source can provide on this kernel
 *
 * A figure that is not visible has no value, whatever the counter says: text
 * shows it as not visible, JSON as null, and metrics leave it out. A sum is
 * visible if all its parts are, see visibility_splits() and the like. All
 * members are bool.
 */
struct visibility {
	/* In the order of struct v7s_events. */
	bool install[V7S_INSTALL_WHY][V7S_INSTALL_OUTCOME];
	bool split[V7S_SPLIT_KIND][V7S_SPLIT_OUTCOME];
	bool free[V7S_FREE_WHY];
	bool refuse[V7S_REFUSE_WHY];
	bool create, destroy, waits;
	bool lost;		/* lost installs of any kind */
	bool attempts;		/* installs of any outcome */
	bool frees;		/* freed tables, for any reason */
	bool hist[V7S_HISTS];
	bool alive;
	bool tasks, pairs, stacks, cpus;	/* requested, and possible */
};

/** struct overrun - events that a CPU's trace buffer lost */
struct overrun {
	unsigned int cpu;
	uint64_t overwritten;	/* before they were read */
	uint64_t no_room;	/* found no room at all */
};

/** struct report - data of a report */
struct report {
	bool final;		/* since the start, rather than an interval */
	uint64_t seq;		/* number of the interval, from 1 */
	uint64_t elapsed_ns;
	uint64_t interval_ns;
	/* Page tables; in an interval, those with events. */
	struct row *rows;
	size_t nrows;
	struct row *devices;	/* final report: sums by device */
	size_t ndevices;
	struct row other;	/* page tables without a slot */
	struct row *others;	/* the same by device and format, if known */
	size_t nothers;
	struct row others_left;	/* sum of those that report_top() left out */
	struct row total;
	uint64_t destroys;
	uint64_t unseen;	/* destroyed since the start, not known which */
	/*
	 * In an interval, only entries with events in it. Lists are sorted in
	 * descending order by lost installs, then by all events.
	 */
	struct task *tasks;		/* one entry per task and page table */
	size_t ntasks;
	struct v7s_events other_tasks;	/* events without a slot */
	struct pair *pairs;		/* by waits */
	size_t npairs;
	uint64_t other_pairs;		/* waits */
	struct stack *stacks;
	size_t nstacks;
	struct v7s_events other_stacks;
	struct cpu *cpus;		/* by number */
	size_t ncpus;

	uint64_t start;		/* start of monitoring, on the events' clock */

	/* The source fills in the rest. */
	const char *source;		/* its name */
	const struct visibility *visible;
	/*
	 * The race windows are upper bounds: from the call of the allocation to
	 * the return of install_table, with the cost of the programs.
	 */
	bool window_upper;
	/* By event, UNKNOWN if this kernel does not count misses. */
	int64_t misses[V7S_EVENTS];
	/* Why the source cannot be exact, or NULL. */
	const char *inexact;
	/* Instructions that monitoring adds to the race window; or UNKNOWN. */
	int64_t stretch;
	/* The source can show more refusals, if asked, at a cost for each request. */
	bool refusals_on_request;
	/* Missed returns; UNKNOWN without kretprobes. */
	int64_t probe_misses;
	/*
	 * Calls of map and unmap that were missed: each may have been refused. No
	 * other figure lacks them. UNKNOWN: not watched, or not counted here.
	 */
	int64_t refusal_misses;
	/* By CPU, for a source that reads trace buffers; else NULL. */
	const struct overrun *overruns;
	size_t noverruns;
	/*
	 * Sections that were split on a kernel that loses the address of the
	 * rest (v4.13 to v6.12 without the series); UNKNOWN on other kernels,
	 * or if it cannot be observed.
	 */
	int64_t corrupted;

	/* Since the start; NULL: the verb does not count faults, or cannot. */
	const struct fault_tally *faults;
};

/** report_unnamed - events under other whose device is not known */
struct v7s_counts report_unnamed(const struct report *r);

/** row_add - add a row to a sum, which keeps its own name */
void row_add(struct row *sum, const struct row *row);

/**
 * report_overrun - events lost by trace buffers, UNKNOWN without any buffers
 */
int64_t report_overrun(const struct report *r);

/**
 * report_has_waits_alone - waits for split_lock are observed without their splits
 *
 * Then the misses of splits are the waits that may be missing, and no events that
 * the kernel skipped.
 */
bool report_has_waits_alone(const struct report *r);

/** report_skipped - events that the kernel skipped, or UNKNOWN */
int64_t report_skipped(const struct report *r, int event);

/**
 * report_doubt_alive - mark alive as unknown if events were lost
 *
 * For a source whose events may be lost before they are counted.
 */
void report_doubt_alive(struct report *r);

/**
 * report_inexact - why the figures of a final report are not exact
 *
 * @i numbers the reasons from 0. Returns false after the last.
 */
bool report_inexact(const struct report *r, unsigned int i, char *why,
		    size_t size);

/** report_inexact_counts - likewise, but not of tasks, pairs and stacks */
bool report_inexact_counts(const struct report *r, unsigned int i, char *why, size_t size);

/** report_inexact_devices - whether the sums by device are not exact */
bool report_inexact_devices(const struct report *r);

#endif

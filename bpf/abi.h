/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * The interface between the BPF programs and the tool: the counters of each
 * CPU, in an array that the tool maps into its memory.
 *
 * The two sides may differ in width: a 32-bit user space reads what 64-bit BPF
 * code wrote. So everything has a fixed width, nothing is a pointer, a bool or
 * a long, and no padding is left to the compiler.
 */
#ifndef V7S_ABI_H
#define V7S_ABI_H

#include <linux/types.h>

/*
 * Enumerators of the events, in the order of trace/events/io_pgtable.h. Only
 * their number is known here; user/model/names.c has their names.
 */
enum { V7S_MAP, V7S_SPLIT, V7S_INSTALL_WHY };
enum {
	V7S_WON,
	V7S_LOST_TO_TABLE,
	V7S_LOST_TO_LEAF,
	V7S_LOST_TO_EMPTY,
	V7S_INSTALL_OUTCOME
};
enum { V7S_CONT, V7S_BLOCK, V7S_SPLIT_KIND };
enum {
	V7S_DONE,
	V7S_FOUND_DONE,
	V7S_SPLIT_GONE,
	V7S_SPLIT_FAILED,
	V7S_SPLIT_OUTCOME
};
enum {
	V7S_FREE_LOST,
	V7S_FREE_UNMAP,
	V7S_FREE_REPLACED,
	V7S_FREE_REPLACED_LIVE,
	V7S_FREE_WHY
};
enum {
	V7S_REFUSE_EXISTS,
	V7S_REFUSE_ABSENT,
	V7S_REFUSE_PARTIAL,
	V7S_REFUSE_NOMEM,
	V7S_REFUSE_RACED,
	V7S_REFUSE_EXPECTED,
	V7S_REFUSE_WHY
};

/* From enum io_pgtable_fmt, which has only ever grown at its end. */
enum { V7S_FMT_V7S = 4 };
/* Not known. A record of the stream has only the lowest byte of a format. */
#define V7S_NO_FMT (~0U)

enum {
	V7S_SLOTS	= 64,	/* page tables per CPU by default at least, a power of two */
	V7S_SLOTS_MAX	= 2048,	/* from 64 on; a row must stay below 4 MiB */
	V7S_PROBES	= 8,	/* slots tried before giving up */
	V7S_TABLE_PROBES = 16,	/* likewise, for a page table */
	V7S_DEVICES	= 8,	/* slots under other by device and format, per CPU */
	V7S_GONE	= 512,	/* destroyed page tables remembered per CPU */
	V7S_BUCKETS	= 32,
	V7S_DEV		= 32,	/* a device's name, with its final 0 */
	V7S_COMM	= 16,	/* a task's name, with its final 0 */
	V7S_TASKS	= 256,	/* tasks per CPU, one for each page table */
	V7S_PAIRS	= 64,	/* pairs of waiter and holder per CPU */
	V7S_STACKS	= 1024,	/* stacks per CPU, one for each page table */
	V7S_STACK_IDS	= 4096,	/* different stacks, of all CPUs */
	V7S_ALARM_STACKS = 256,	/* stack IDs if only the alarm takes stacks */
	/* Records per CPU if only alarms are streamed. */
	V7S_ALARM_RING	= 64,
	V7S_STACK_DEPTH	= 16,
	V7S_RING	= 512,	/* records per CPU by default */
};

/* Event numbers in a record of the stream. */
enum {
	V7S_EVENT_CREATE,
	V7S_EVENT_DESTROY,
	V7S_EVENT_INSTALL,
	V7S_EVENT_SPLIT,
	V7S_EVENT_FREE,
	V7S_EVENT_REFUSE,
	V7S_EVENTS,
	/* The tool makes its records from those of bpf/fault.h. */
	V7S_EVENT_FAULT = V7S_EVENTS,
	/* A wait for split_lock, on a kernel without the series. Never in the stream. */
	V7S_EVENT_WAIT
};

/* Durations in nanoseconds. */
enum {
	V7S_WINDOW,	/* install: from reading the entry to the cmpxchg */
	V7S_WAIT,	/* split: waiting for split_lock */
	V7S_HOLD,	/* split: holding split_lock */
	V7S_HISTS
};

/*
 * Bucket i counts 2^(i-1) < v <= 2^i, so that its upper bound is inclusive as
 * in OpenMetrics. Values 0 and 1 are in bucket 0. The last bucket takes all
 * larger values.
 */
struct v7s_hist {
	__u64 bucket[V7S_BUCKETS];
	__u64 sum;
	__u64 max;
	__u64 untimed;	/* events without a duration, in no bucket */
};

/*
 * Counters of a page table, a task or a stack. All members are __u64, so that
 * the struct can be added up as an array.
 */
struct v7s_events {
	__u64 install[V7S_INSTALL_WHY][V7S_INSTALL_OUTCOME];
	__u64 split[V7S_SPLIT_KIND][V7S_SPLIT_OUTCOME];
	__u64 free[V7S_FREE_WHY];
	__u64 refuse[V7S_REFUSE_WHY];
	__u64 create;
	__u64 waits;	/* splits that found split_lock taken */
	__u64 unknown;	/* events with an enumerator unknown to this version */
	/*
	 * Installs that are counted as won but lost the race: a kernel without
	 * the series may show that only when it frees the loser's table.
	 */
	__u64 lost;
};

struct v7s_counts {
	struct v7s_events e;
	struct v7s_hist hist[V7S_HISTS];
};

/*
 * As the number of a page table: the slot is being claimed, or the tool is about to
 * free it. No program takes such a slot or adds to it.
 */
#define V7S_RESERVED (~0ULL)

struct v7s_slot {
	__u64 pgtable;	/* 0: the slot is free */
	char dev[V7S_DEV];
	__u32 fmt;
	__u32 pad;
	struct v7s_counts c;
};

/*
 * Counters of one CPU. The size is a multiple of a cache line, so that two CPUs
 * never write to the same line. The tool chooses the number of slots when it loads
 * the programs.
 */
struct v7s_cpu_counters {
	/*
	 * The last page tables destroyed on this CPU. The ring never waits for its
	 * reader, who detects from the head that entries were overwritten.
	 */
	__u64 gone[V7S_GONE];
	__u64 gone_head;	/* entries written */
	__u64 destroy;		/* also of page tables that are not known */
	/*
	 * Page tables without a slot. The first: of a device that is not known, or has no
	 * slot itself. In the others, see v7s_other_key() for the number.
	 */
	struct v7s_slot other[1 + V7S_DEVICES];
	__u64 pad;
	struct v7s_slot slot[];	/* a power of two, see struct v7s_config */
};

#define V7S_ROW_SIZE(slots)						\
	(sizeof(struct v7s_cpu_counters) + (slots) * sizeof(struct v7s_slot))

/*
 * First member of the slots of tasks, pairs and stacks. No program takes a slot
 * with the id V7S_NOBODY or adds to it: the tool is about to free it.
 */
struct v7s_key {
	__u64 pgtable;	/* 0: the slot is free */
	__u64 id;
	/*
	 * When the task, or the waiter of a pair, began: a later task may have the
	 * same pid. In ns, on a clock that only grows; 0: not known.
	 */
	__u64 start;
};

#define V7S_NOBODY (~0ULL)

/*
 * Actions of a task on one page table, on one CPU. An event in an interrupt
 * counts for the interrupted task, as in perf.
 */
struct v7s_task {
	struct v7s_key key;	/* id: tgid << 32 | pid */
	char comm[V7S_COMM];
	struct v7s_events e;
	__u64 window_ns;
	__u64 wait_ns;
	__u64 hold_ns;
};

/* How often and how long one task waited while another held split_lock. */
struct v7s_pair {
	struct v7s_key key;	/* id: holder << 32 | waiter; 0: not known */
	__u64 waits;
	__u64 wait_ns;
	__u64 untimed;
};

struct v7s_cpu_tasks {
	struct v7s_task task[V7S_TASKS + 1];	/* the last: other */
	struct v7s_pair pair[V7S_PAIRS + 1];	/* the last: other */
	__u64 pad[4];
};

/*
 * Events of one stack on one page table, on one CPU. The id is the key in the
 * map of stacks, or, as __s64, a negative errno if there is no stack.
 */
struct v7s_stack {
	struct v7s_key key;
	struct v7s_events e;
};

struct v7s_cpu_stacks {
	struct v7s_stack stack[V7S_STACKS + 1];	/* the last: other */
};

/*
 * One event of the stream. The records of one CPU are in the order of their
 * events. The tool merges the CPUs by @time.
 */
struct v7s_record {
	__u64 time;	/* CLOCK_MONOTONIC, ns */
	__u64 pgtable;
	__u64 task;	/* tgid << 32 | pid */
	__u64 iova;	/* create: ias << 32 | oas */
	__u64 size;	/* refuse, split: requested; create: quirks */
	__u64 block_size;	/* split */
	__u64 ns;	/* install: window; split: wait; ~0: not known */
	__u64 hold_ns;	/* split; ~0: not known */
	__u64 dropped;	/* records that this CPU dropped before this one */
	char dev[V7S_DEV];
	char comm[V7S_COMM];
	__s32 holder;	/* split: pid; 0: not known; -1: none */
	__s32 stack;	/* as in struct v7s_stack; -1: none taken */
	__u8 event;	/* V7S_EVENT_CREATE, ... */
	__u8 fmt;
	__u8 level;
	__u8 why;	/* install, free, refuse: why; split: kind; fault: access */
	__u8 outcome;	/* install, split */
	__u8 pad[7];
};

/*
 * Ring of one CPU. The programs on that CPU write the records and @head, the
 * tool writes @tail. Neither side waits for the other: a program that finds the
 * ring full drops the record and counts the drop. Head and tail count records
 * and never wrap, because they are 64 bits wide.
 */
struct v7s_ring {
	__u64 head;
	__u64 dropped[V7S_EVENTS];	/* by event, since the start */
	__u64 dropping;		/* since the last record that had room */
	__u64 filtered;		/* events that the filter kept out */
	__u64 busy;		/* a program that may be interrupted writes */
	__u64 pad[6];
	__u64 tail;
	__u64 pad2[7];
	struct v7s_record record[];	/* a power of two */
};

/*
 * Configuration of the programs. It is constant once they are loaded, so that
 * the verifier removes code that is not needed.
 */
struct v7s_config {
	__u32 more;		/* any of the next three */
	__u32 tasks;
	__u32 stacks;
	__u32 ring;		/* records per CPU, 2^n; 0: no stream */
	__u32 events;		/* events in the stream, 1 << V7S_... */
	__u32 lost_only;
	__u32 by_dev;
	/* Splits of sections are always in the stream, with their stack. */
	__u32 alarm;
	__u32 late;		/* a table freed as lost was counted as won */
	__u32 window;		/* fentry measures the race window */
	/* Offsets in the kernel's struct of a task; 0: not known. */
	__u32 task_start;
	__u32 task_comm;	/* not 0: programs may load from the task */
	__u32 slots_mask;	/* slots of page tables per CPU, minus one */
	__u32 pad;
	char dev[V7S_DEV];	/* as in a slot: cut off, padded with zeroes */
};

#define V7S_COUNTS_U64 (sizeof(struct v7s_counts) / sizeof(__u64))
#define V7S_EVENTS_U64 (sizeof(struct v7s_events) / sizeof(__u64))

_Static_assert(sizeof(struct v7s_hist) == 280, "v7s_hist");
_Static_assert(sizeof(struct v7s_events) == 30 * 8, "v7s_events");
_Static_assert(sizeof(struct v7s_counts) == 30 * 8 + 3 * 280, "v7s_counts");
_Static_assert(__builtin_offsetof(struct v7s_slot, c) == 48, "slot.c");
_Static_assert(sizeof(struct v7s_slot) == 1128, "v7s_slot");
_Static_assert(__builtin_offsetof(struct v7s_cpu_counters, slot) ==
	       sizeof(struct v7s_cpu_counters), "slot");
_Static_assert(sizeof(struct v7s_cpu_counters) == 14272, "v7s_cpu_counters");
_Static_assert(sizeof(struct v7s_cpu_counters) % 64 == 0,
	       "CPUs share a cache line");
_Static_assert(V7S_SLOTS * sizeof(struct v7s_slot) % 64 == 0,
	       "CPUs share a cache line");
_Static_assert(V7S_ROW_SIZE(V7S_SLOTS_MAX) < 4 << 20, "a row is too large");
_Static_assert(sizeof(struct v7s_task) == 304, "v7s_task");
_Static_assert(sizeof(struct v7s_pair) == 48, "v7s_pair");
_Static_assert(sizeof(struct v7s_cpu_tasks) == 81280, "v7s_cpu_tasks");
_Static_assert(sizeof(struct v7s_cpu_tasks) % 64 == 0,
	       "CPUs share a cache line");
_Static_assert(sizeof(struct v7s_config) == 88, "v7s_config");
_Static_assert(sizeof(struct v7s_stack) == 264, "v7s_stack");
_Static_assert(sizeof(struct v7s_record) == 144, "v7s_record");
_Static_assert(sizeof(struct v7s_ring) == 192, "v7s_ring");
/*
 * With tasks and the stream, at eight possible CPUs, within the limit of 2 MiB.
 */
_Static_assert(8 * (V7S_ROW_SIZE(V7S_SLOTS) +
		    sizeof(struct v7s_cpu_tasks) +
		    sizeof(struct v7s_ring) +
		    V7S_RING * sizeof(struct v7s_record)) <= 2 << 20,
	       "memory at 8 CPUs");

#endif

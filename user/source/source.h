/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
#ifndef V7S_SOURCE_H
#define V7S_SOURCE_H

#include <stdbool.h>

#include "model/model.h"
#include "answer.h"

struct source;
struct flush_report;
struct fault_judged;
struct fault_sums;
struct fault_counts;

/** struct source_want - options of a source */
struct source_want {
	/* On failure, print the messages of libbpf and the verifier. */
	bool verbose;
	bool tasks;		/* by task, and by pair of waiter and holder */
	bool stacks;		/* by kernel stack */
	unsigned int slots;	/* page tables per CPU, 2^n; 0: table_slots_default() */
	/* The race window, where measuring it has a cost. */
	bool window;
	/*
	 * Refused requests, where each map and unmap pays for them. A stream that
	 * includes them wants them, too.
	 */
	bool refusals;
	/* File with the kernel's BTF; NULL: from the kernel. */
	const char *btf;
	/* A recording instead of a kernel; "-": standard input. */
	const char *file;
	/* Records per CPU in the stream, a power of two; 0: no stream. */
	unsigned int ring;
	/* Filter of the stream. The counters are never filtered. */
	unsigned int events;	/* 1 << V7S_...; 0: all */
	/* Only installs that lost the race, and the tables freed for that. */
	bool lost_only;
	const char *dev;	/* device's name; NULL: all */
	/* For the source that reads the kernel's trace buffers. */
	unsigned int buffer;	/* KiB per CPU; 0: default */
	/*
	 * Begin with the events of this instance since boot; "": the first
	 * buffer.
	 */
	const char *boot;	/* NULL: do not */
	/*
	 * Count flushes beside another source: without the second kprobe on
	 * each function, which would prove that no call was missed. Count faults
	 * only, without a history of maps and unmaps.
	 */
	bool beside;
	bool timeouts;		/* beside another source: the last timeouts, too */
	/*
	 * Set by a source itself: corrupting splits are always in the stream,
	 * with their stack, whatever the filter.
	 */
	bool alarm;
};

/** struct stream_cpu - accounting of one CPU's part of the stream */
struct stream_cpu {
	unsigned int cpu;
	uint64_t emitted;	/* handed to the reader */
	uint64_t dropped;	/* found the ring full */
	uint64_t filtered;	/* kept out by the filter */
	uint64_t counted;	/* events counted: the sum of the three */
};

/** enum next - progress of a source with its own time */
enum next {
	NEXT_ERROR = -1,	/* already reported on stderr */
	NEXT_END,
	/* All events up to a reading have been handed on. */
	NEXT_READING,
	NEXT_INCOMPLETE,	/* the end, and something is missing */
};

/** take_record - handle a record of the stream; -1 ends the reading */
typedef int take_record(void *arg, unsigned int cpu,
			const struct v7s_record *r);

/** take_fault - handle a fault and the verdict on it */
typedef void take_fault(void *arg, const struct fault_judged *j);

/** struct program_cost - cost of a BPF program, as counted by the kernel */
struct program_cost {
	const char *name;
	uint64_t runs, run_ns;
};

/**
 * struct source_ops - operations of a source
 *
 * A function that returns -1 has printed the reason on stderr.
 */
struct source_ops {
	const char *name;
	/**
	 * @ask: try whether the source works here, and else find all obstacles;
	 * NULL: only open() can tell
	 */
	void (*ask)(struct source_answer *a);
	/** @open: count from now on; NULL: not possible here */
	struct source *(*open)(const struct source_want *want);
	/**
	 * @gather: for a source that does not count inside the kernel: count
	 * the pending events before the kernel's buffers are full. Returns the
	 * number of events, -1 after an error; NULL: not needed
	 */
	int (*gather)(struct source *s);
	/**
	 * @start: start in CLOCK_MONOTONIC ns of a source with its own time;
	 * else NULL
	 */
	uint64_t (*start)(struct source *s);
	/**
	 * @next: advance such a source to its next reading, whose time is @now;
	 * hand the events up to then to @take, which ends the reading by
	 * returning -1
	 */
	enum next (*next)(struct source *s, take_record *take, void *arg,
			  uint64_t *now);
	/**
	 * @read: copy all current counts into the model. The source flush has
	 * counts of its own, and its model may be NULL
	 */
	int (*read)(struct source *s, struct model *m, uint64_t now);
	/**
	 * @stream: hand on the records since the last call, in the order of
	 * time over all CPUs; returns the number of records, -1 after an error
	 * or if @take returned -1
	 */
	int (*stream)(struct source *s, take_record *take, void *arg);
	/**
	 * @held_from: the last call of stream() may have held back events from this
	 * time on, until it has room for them; UINT64_MAX: none. NULL: never
	 */
	uint64_t (*held_from)(struct source *s);
	/**
	 * @stream_cpus: the accounting, exact once stopped; returns its length
	 */
	size_t (*stream_cpus)(struct source *s, struct stream_cpu *cpus,
			      size_t room);
	/**
	 * @stack: the stack of a record, as symbols; returns the number of
	 * frames
	 */
	unsigned int (*stack)(struct source *s, int id,
			      struct frame frame[V7S_STACK_DEPTH]);
	/**
	 * @flushes: last reading of the source flush or of a recording: all since
	 * the start, or since the last interval. Without a driver, the recording
	 * has none. NULL for other sources
	 */
	void (*flushes)(struct source *s, bool all, struct flush_report *r);
	/**
	 * @faults: hand on the faults since the last call, and the sums; NULL
	 * for other sources than fault
	 */
	void (*faults)(struct source *s, take_fault *take, void *arg,
		       struct fault_sums *sums);
	/** @fault_counts: faults by device, up to now; NULL as for faults */
	void (*fault_counts)(struct source *s, struct fault_counts *c);
	/** @stop: stop counting; the counts can still be read */
	void (*stop)(struct source *s);
	/**
	 * @complete: fill in the parts of a report that only the source knows
	 */
	void (*complete)(struct source *s, struct report *r);
	/**
	 * @programs: their costs up to now; returns their number, 0 if the
	 * kernel does not count costs. NULL: there are no programs
	 */
	size_t (*programs)(struct source *s, struct program_cost *costs,
			   size_t room);
	void (*close)(struct source *s);
};

extern const struct source_ops source_bpf;	/* the series' tracepoints */
extern const struct source_ops source_ftrace;	/* the same, without BPF */
/* Kernels without the series; fentry costs less, where there is BTF. */
extern const struct source_ops source_fentry;
extern const struct source_ops source_kprobe;
/* TLB flushes of a driver, no page tables. */
extern const struct source_ops source_flush;
/* Faults of devices, and a history of maps and unmaps. */
extern const struct source_ops source_fault;
extern const struct source_ops source_file;	/* a recording */

/* Best first. */
enum { SOURCE_BPF, SOURCE_FTRACE, SOURCE_FENTRY, SOURCE_KPROBE, SOURCES };

extern const struct source_ops *const source_list[SOURCES];

/** source_ask - @ops' answer */
void source_ask(const struct source_ops *ops, struct source_answer *a);

/** source_best - the first that works; -1: none */
int source_best(const struct source_answer answers[SOURCES]);

/** source_nearest - the first that is barred; if all are absent, the first */
int source_nearest(const struct source_answer answers[SOURCES]);

/** source_find - a source by its name; NULL after a message */
const struct source_ops *source_find(const char *name);

/**
 * source_choose - @named or, if NULL, the best source, if it works
 *
 * Otherwise prints the obstacles, of @named or of the source nearest to
 * working, and returns NULL.
 */
const struct source_ops *source_choose(const struct source_ops *named);

#endif

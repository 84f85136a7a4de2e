/* SPDX-License-Identifier: GPL-2.0 */
#ifndef V7S_SOURCE_H
#define V7S_SOURCE_H

#include <stdbool.h>

#include "model/model.h"

struct source;
struct flush_report;

/** struct source_want - what is to be counted, and how */
struct source_want {
	bool verbose;		/* of failures, what libbpf and the verifier say */
	bool tasks;		/* by task, and who waited for whom */
	bool stacks;		/* by kernel stack */
	const char *btf;	/* file with the kernel's BTF; NULL: its own */
	const char *file;	/* a recording, instead of a kernel; "-": standard input */
	/* The stream: records per CPU, a power of two; 0: no stream. */
	unsigned int ring;
	/* What is to be in the stream, and nothing else; the counts know no filter. */
	unsigned int events;	/* 1 << V7S_...; 0: all */
	bool lost_only;		/* installs that lost, and what they had to free */
	const char *dev;	/* device's name; NULL: all */
	/* Of the source that reads the kernel's trace buffers. */
	unsigned int buffer;	/* KiB for each CPU; 0: as it likes */
	/* Begin with what this instance holds since boot; "": the first buffer. */
	const char *boot;	/* NULL: do not */
	/*
	 * Of a source that may need it, not of its user: what a split corrupts
	 * is in the stream, with its stack, whatever else is asked for.
	 */
	bool alarm;
};

/** struct stream_cpu - the account of one CPU's part of the stream */
struct stream_cpu {
	unsigned int cpu;
	uint64_t emitted;	/* handed to the reader */
	uint64_t dropped;	/* found the ring full */
	uint64_t filtered;	/* kept out by the filter */
	uint64_t counted;	/* all, by the counters: the sum of the three */
};

/** enum next - how far a source with a time of its own has got */
enum next {
	NEXT_ERROR = -1,	/* which has been told of */
	NEXT_END,
	NEXT_READING,		/* all up to a time has been handed on */
	NEXT_INCOMPLETE,	/* the end, and something is missing */
};

/** take_record - what is done with a record of the stream; -1 ends the reading */
typedef int take_record(void *arg, unsigned int cpu,
			const struct v7s_record *r);

/** struct program_cost - what a BPF program took, as the kernel counts it */
struct program_cost {
	const char *name;
	uint64_t runs, run_ns;
};

/**
 * struct source_ops - where the counts come from
 *
 * What fails has said so on stderr when it returns -1.
 */
struct source_ops {
	const char *name;
	/** @absent: this kernel has nothing of what it sees; NULL: never */
	bool (*absent)(void);
	/** @works: tried, and found to be possible here; NULL: open() tells */
	bool (*works)(void);
	/** @open: count from now on; NULL: not possible here */
	struct source *(*open)(const struct source_want *want);
	/**
	 * @gather: of a source that does not count inside the kernel: count what
	 * has come, before the kernel's buffers are full. Returns how many
	 * events that were, -1 after an error; NULL: there is nothing to do
	 */
	int (*gather)(struct source *s);
	/** @start: CLOCK_MONOTONIC, ns, of one that has a time of its own; else NULL */
	uint64_t (*start)(struct source *s);
	/**
	 * @next: the same goes on to its next reading, whose time is @now; events
	 * up to then are handed to @take, which ends it all by returning -1
	 */
	enum next (*next)(struct source *s, take_record *take, void *arg,
			  uint64_t *now);
	/** @read: all counts, as they are now, into the model */
	int (*read)(struct source *s, struct model *m, uint64_t now);
	/**
	 * @stream: what came since the last call, in the order of time over all
	 * CPUs; returns the number of records, -1 after an error or if @take
	 * returned that
	 */
	int (*stream)(struct source *s, take_record *take, void *arg);
	/** @stream_cpus: the accounts, exact once stopped; returns their number */
	size_t (*stream_cpus)(struct source *s, struct stream_cpu *cpus,
			      size_t room);
	/** @stack: of a record, as symbols; returns the number of frames */
	unsigned int (*stack)(struct source *s, int id,
			      struct frame frame[V7S_STACK_DEPTH]);
	/** @flushes: of the source flush, as last read; NULL: of no other */
	void (*flushes)(struct source *s, bool final, struct flush_report *r);
	/** @stop: count no more; what was counted can still be read */
	void (*stop)(struct source *s);
	/** @complete: fill in what only the source knows of a report */
	void (*complete)(struct source *s, struct report *r);
	/**
	 * @programs: what they cost up to now; returns their number, 0 if the
	 * kernel does not count that. NULL: has none
	 */
	size_t (*programs)(struct source *s, struct program_cost *costs,
			   size_t room);
	void (*close)(struct source *s);
};

extern const struct source_ops source_bpf;	/* the series' tracepoints */
extern const struct source_ops source_ftrace;	/* the same, without BPF */
extern const struct source_ops source_kprobe;	/* kernels without the series */
extern const struct source_ops source_flush;	/* what a driver flushes, no page tables */
extern const struct source_ops source_file;	/* a recording */

/**
 * source_choose - the one called @name, or without a name the best one here
 *
 * NULL: there is none of that name, which has been said.
 */
const struct source_ops *source_choose(const char *name);

#endif

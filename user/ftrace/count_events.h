/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events that this process counts itself, as the BPF programs would: by the same
 * bpf/count.h, into rows that are read like theirs.
 */
#ifndef V7S_FTRACE_COUNT_EVENTS_H
#define V7S_FTRACE_COUNT_EVENTS_H

#include "source/counters.h"

enum { COUNTED_ARGS = 12 };

/** struct counted_event - an event, and what a program would find around it */
struct counted_event {
	unsigned int cpu;
	unsigned int event;	/* V7S_EVENT_CREATE, ... */
	uint64_t time;		/* CLOCK_MONOTONIC, ns */
	uint64_t task;		/* tgid << 32 | pid */
	const char *comm;
	const char *dev;
	__u64 args[COUNTED_ARGS];	/* of its tracepoint; the first one is dev */
};

/**
 * count_events_start - make what is counted in; one at a time
 *
 * @records per CPU that the stream is to hold, a power of two; 0: no stream.
 * NULL: no memory, which errno tells.
 */
struct counters *count_events_start(const struct source_want *want, unsigned int records);

/** count_events_room - of the stream, for one more record of that CPU */
bool count_events_room(unsigned int cpu);

void count_event(const struct counted_event *e);

/** count_events_lost - so many were lost on that CPU before the next one */
void count_events_lost(unsigned int cpu, uint64_t n);

#endif

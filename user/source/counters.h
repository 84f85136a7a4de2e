/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * The tool's side of bpf/count.h: reads the counters in the memory that is
 * shared with the programs. A source opens its BPF object, calls
 * counters_new(), loads the object, and calls counters_map().
 */
#ifndef V7S_SOURCE_COUNTERS_H
#define V7S_SOURCE_COUNTERS_H

#include <bpf/libbpf.h>

#include "source.h"

struct counters;

/**
 * counters_new - size the maps of an object and configure its programs
 *
 * @config is in the read-only data of the skeleton. Without an object this
 * process counts, in memory of its own. Returns NULL, with errno, if there is
 * no memory.
 */
struct counters *counters_new(struct bpf_object *obj, struct v7s_config *config,
			      const struct source_want *want);

/**
 * counters_late_splits - a split that is found done or gone was counted as done
 *
 * See model_late().
 */
void counters_late_splits(struct counters *r);

/**
 * counters_preempted - the programs may be preempted
 *
 * For counters_map(): a page table's slot is freed only where they can be waited for.
 */
void counters_preempted(struct counters *r);

/** counters_map - map the counters of a loaded object; returns 0 or -errno */
int counters_map(struct counters *r);

/** counters_stopped - wait for running programs once all are detached */
void counters_stopped(struct counters *r);

void counters_free(struct counters *r);

/** counters_of_cpu - a CPU's part of the map @name; NULL: not configured */
void *counters_of_cpu(struct counters *r, const char *name, unsigned int cpu);

/* See struct source_ops; for @until, see stream_take(). */
int counters_read(struct counters *r, struct model *m, uint64_t now);
int counters_stream(struct counters *r, uint64_t until, take_record *take,
		    void *arg);
size_t counters_stream_cpus(struct counters *r, struct stream_cpu *cpus,
			    size_t room);
unsigned int counters_stack(struct counters *r, int id,
			    struct frame frame[V7S_STACK_DEPTH]);

/**
 * counters_prog_misses - number of times the kernel skipped a program because
 * it was running
 *
 * UNKNOWN before v5.12, where the kernel does not report it. Needs no
 * capability.
 */
int64_t counters_prog_misses(const struct bpf_program *prog);

/** counters_prog_costs - costs of the loaded programs, see struct source_ops */
size_t counters_prog_costs(const struct counters *r, struct program_cost *costs,
			   size_t room);

#endif

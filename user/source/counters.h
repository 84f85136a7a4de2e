/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The other end of bpf/count.h: what the programs counted, in memory that is
 * shared with them. For each source that uses them; a source opens its BPF
 * object, calls counters_new(), loads it, and calls counters_map().
 */
#ifndef V7S_SOURCE_COUNTERS_H
#define V7S_SOURCE_COUNTERS_H

#include <bpf/libbpf.h>

#include "source.h"

struct counters;

/**
 * counters_new - size the maps of an object and configure its programs
 *
 * @config is that of the skeleton's read-only data. Without an object it is this
 * process that counts, in memory of its own. NULL: no memory, which errno tells.
 */
struct counters *counters_new(struct bpf_object *obj, struct v7s_config *config,
		      const struct source_want *want);

/** counters_map - once the object is loaded; returns 0 or -errno */
int counters_map(struct counters *r);

/** counters_stopped - no program is attached any more: wait for those that run */
void counters_stopped(struct counters *r);

void counters_free(struct counters *r);

/** counters_of_cpu - that CPU's, of the map of that name; NULL: not asked for */
void *counters_of_cpu(struct counters *r, const char *name, unsigned int cpu);

/* As in struct source_ops; @until: see stream_take(). */
int counters_read(struct counters *r, struct model *m, uint64_t now);
int counters_stream(struct counters *r, uint64_t until, take_record *take, void *arg);
size_t counters_stream_cpus(struct counters *r, struct stream_cpu *cpus, size_t room);
unsigned int counters_stack(struct counters *r, int id,
			struct frame frame[V7S_STACK_DEPTH]);

/**
 * counters_prog_misses - how often the kernel skipped a program because it was running
 *
 * UNKNOWN on kernels before v5.12, which do not tell. Takes no capability.
 */
int64_t counters_prog_misses(const struct bpf_program *prog);

/** counters_prog_costs - as @programs of struct source_ops, of those that are loaded */
size_t counters_prog_costs(const struct bpf_object *obj, struct program_cost *costs,
		  size_t room);

#endif

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The other end of bpf/count.h: what the programs counted, in memory that is
 * shared with them. For each source that uses them; a source opens its BPF
 * object, calls rows_new(), loads it, and calls rows_map().
 */
#ifndef V7S_ROWS_H
#define V7S_ROWS_H

#include <bpf/libbpf.h>

#include "source.h"

struct rows;

/**
 * rows_new - size the maps of an object and configure its programs
 *
 * @config is that of the skeleton's read-only data. Without an object it is this
 * process that counts, in memory of its own. NULL: no memory, which errno tells.
 */
struct rows *rows_new(struct bpf_object *obj, struct v7s_config *config,
		      const struct source_want *want);

/** rows_map - once the object is loaded; returns 0 or -errno */
int rows_map(struct rows *r);

/** rows_stopped - no program is attached any more: wait for those that run */
void rows_stopped(struct rows *r);

void rows_free(struct rows *r);

/** rows_of - that CPU's, of the map of that name; NULL: not asked for */
void *rows_of(struct rows *r, const char *name, unsigned int cpu);

/* As in struct source_ops; @until: see stream_take(). */
int rows_read(struct rows *r, struct model *m, uint64_t now);
int rows_stream(struct rows *r, uint64_t until, take_record *take, void *arg);
size_t rows_stream_cpus(struct rows *r, struct stream_cpu *cpus, size_t room);
unsigned int rows_stack(struct rows *r, int id,
			struct frame frame[V7S_STACK_DEPTH]);

/**
 * prog_misses - how often the kernel skipped a program because it was running
 *
 * UNKNOWN on kernels before v5.12, which do not tell. Takes no capability.
 */
int64_t prog_misses(const struct bpf_program *prog);

/** prog_costs - as @programs of struct source_ops, of those that are loaded */
size_t prog_costs(const struct bpf_object *obj, struct program_cost *costs,
		  size_t room);

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "source/stream.h"
#include "count_events.h"

/* Definitions that bpf/count.h gets from the headers in a BPF program. */
#pragma GCC diagnostic ignored "-Wunknown-pragmas"

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

struct memory {
	char *first;	/* NULL: not configured */
	size_t size;	/* size of a CPU's part */
};

static struct memory cpu_counters, cpu_tasks, cpu_stacks, rings;
static struct v7s_config config __attribute__((aligned(8)));
static struct counted_event current;

static inline void *bpf_map_lookup_elem(const struct memory *m,
					const __u32 *cpu)
{
	return m->first ? m->first + *cpu * m->size : NULL;
}

static inline __u32 bpf_get_smp_processor_id(void)
{
	return current.cpu;
}

static inline __u64 bpf_get_current_pid_tgid(void)
{
	return current.task;
}

static inline void bpf_get_current_comm(char *to, size_t size)
{
	memset(to, 0, size);
	memcpy(to, current.comm, strnlen(current.comm, size - 1));
}

static inline __u64 bpf_ktime_get_ns(void)
{
	return current.time;
}

static inline void *bpf_get_current_task(void)
{
	return &current;
}

#define bpf_get_current_task_btf bpf_get_current_task

static inline void bpf_probe_read_kernel(void *to, size_t size, const void *from)
{
	memcpy(to, from, size);
}

/* The rest of @to is zeroes already. */
static inline void bpf_probe_read_kernel_str(char *to, size_t size,
					     const char *from)
{
	memcpy(to, from, strnlen(from, size - 1));
}

/* This process cannot take kernel stacks. */
#define bpf_get_stackid(ctx, map, flags) ((void)(ctx), -ENOENT)

#include "count.h"

static void find(struct memory *m, struct counters *r, const char *name,
		 size_t size)
{
	m->first = counters_of_cpu(r, name, 0);
	m->size = size;
}

struct counters *count_events_start(const struct source_want *asked,
				    unsigned int records)
{
	struct source_want want = *asked;
	struct counters *r;
	int err;

	want.ring = records;
	want.stacks = want.alarm = false;
	r = counters_new(NULL, &config, &want);
	if (!r)
		return NULL;
	config.task_start = offsetof(struct counted_event, start);
	err = counters_map(r);
	if (err) {
		counters_free(r);
		errno = -err;
		return NULL;
	}
	find(&cpu_counters, r, "cpu_counters", V7S_ROW_SIZE(config.slots_mask + 1UL));
	find(&cpu_tasks, r, "cpu_tasks", sizeof(struct v7s_cpu_tasks));
	find(&cpu_stacks, r, "cpu_stacks", sizeof(struct v7s_cpu_stacks));
	find(&rings, r, "rings", stream_size(records));
	return r;
}

bool count_events_room(unsigned int cpu)
{
	const struct v7s_ring *ring = bpf_map_lookup_elem(&rings, &cpu);

	return !ring || ring->head - ring->tail < config.ring;
}

void count_event(const struct counted_event *e)
{
	current = *e;
	current.args[ARG_DEV] = (uintptr_t)e->dev;
	count_from(-1, e->event, nr_of_event(e->event, current.args),
		   current.args);
}

void count_events_lost(unsigned int cpu, uint64_t n)
{
	struct v7s_ring *ring = bpf_map_lookup_elem(&rings, &cpu);

	if (ring)
		ring->dropping += n;
}

// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/btf_find.h"
#include "lib/comm.h"
#include "lib/cpus.h"
#include "lib/err.h"
#include "lib/kernel.h"
#include "lib/pidns.h"
#include "lib/read64.h"
#include "lib/util.h"
#include "counters_internal.h"
#include "quiesce.h"
#include "stacks.h"
#include "stream.h"
#include "table_slots.h"

static const char *const maps[ROWS] = {
	[TABLE_ROWS]	= "cpu_counters",
	[TASK_ROWS]	= "cpu_tasks",
	[STACK_ROWS]	= "cpu_stacks",
};

/* Do not create this map. */
static int leave_out(struct bpf_object *obj, const char *name)
{
	struct bpf_map *map = bpf_object__find_map_by_name(obj, name);

	return map ? bpf_map__set_autocreate(map, false) : -ENOENT;
}

/*
 * Without BTF, two tasks that have the same pid between two readings share an
 * account. Since v5.11, programs may load from the current task, as the kernel's
 * own BTF describes it; the JIT for 32-bit Arm has no such loads.
 */
static void find_task(struct v7s_config *config, const char *file)
{
	__u64 start = 0, comm = 0;
	struct btf *btf = NULL;

	if (btf_open(file, &btf) || !btf)
		return;
	if (btf_find_member(btf, "task_struct", "start_time", &start))
		config->task_start = start;
	if (start && !file && kernel_version() >= KERNEL(5, 11) &&
	    kernel_machine() == MACHINE_ARM64 &&
	    btf_find_member(btf, "task_struct", "comm", &comm))
		config->task_comm = comm;
	btf__free(btf);
}

static void configure(const struct counters *r, struct v7s_config *config,
		      const struct source_want *want)
{
	*config = (struct v7s_config){
		.more		= want->tasks || want->stacks || r->ring,
		.tasks		= want->tasks,
		.stacks		= want->stacks,
		.ring		= r->ring,
		.events		= !want->ring ? 0 :
				  want->events ? want->events : ~0U,
		.lost_only	= want->lost_only,
		.by_dev		= want->dev != NULL,
		.alarm		= want->alarm,
		.slots_mask	= r->rows.slots - 1,
	};
	if (want->tasks && r->obj)
		find_task(config, want->btf);
	if (want->dev)
		strncpy(config->dev, want->dev, sizeof(config->dev) - 1);
}

static int set_up(struct counters *r, const struct source_want *want)
{
	struct bpf_map *map;
	int i, err = 0;

	for (i = 0; !err && i < ROWS; i++) {
		map = bpf_object__find_map_by_name(r->obj, maps[i]);
		if (r->want[i])
			err = bpf_map__set_max_entries(map, r->cpus);
		else
			err = leave_out(r->obj, maps[i]);
	}
	if (!err)
		err = bpf_map__set_value_size(
			bpf_object__find_map_by_name(r->obj, maps[TABLE_ROWS]),
			r->size[TABLE_ROWS]);
	if (!err && want->alarm && !want->stacks)
		err = bpf_map__set_max_entries(
			bpf_object__find_map_by_name(r->obj, "stacks"),
			V7S_ALARM_STACKS);
	else if (!err && !want->stacks)
		err = leave_out(r->obj, "stacks");
	if (err || !r->ring)
		return err ? err : leave_out(r->obj, "rings");
	map = bpf_object__find_map_by_name(r->obj, "rings");
	err = bpf_map__set_value_size(map, stream_size(r->ring));
	return err ? err : bpf_map__set_max_entries(map, r->cpus);
}

struct counters *counters_new(struct bpf_object *obj, struct v7s_config *config,
			      const struct source_want *want)
{
	struct counters *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return NULL;
	r->obj = obj;
	r->cpus = cpus_possible();
	r->rows = (struct cpu_rows){
		.cpus = r->cpus, .slots = want->slots ? want->slots : table_slots_here(),
	};
	r->size[TABLE_ROWS] = V7S_ROW_SIZE((size_t)r->rows.slots);
	r->size[TASK_ROWS] = sizeof(struct v7s_cpu_tasks);
	r->size[STACK_ROWS] = sizeof(struct v7s_cpu_stacks);
	r->own_pids = pidns_is_initial();
	r->want[TABLE_ROWS] = true;
	r->want[TASK_ROWS] = want->tasks;
	r->want[STACK_ROWS] = want->stacks;
	r->alarm = want->alarm;
	r->ring = want->alarm && !want->ring ? V7S_ALARM_RING : want->ring;
	configure(r, config, want);
	err = obj ? set_up(r, want) : 0;
	if (!err)
		return r;
	counters_free(r);
	errno = -err;
	return NULL;
}

void counters_late_splits(struct counters *r)
{
	r->late_splits = true;
}

void counters_preempted(struct counters *r)
{
	r->preempted = true;
}

/* -1: no maps, but memory of our own. */
static int map_fd(const struct counters *r, const char *name)
{
	return r->obj ? bpf_object__find_map_fd_by_name(r->obj, name) : -1;
}

static int map_rows(struct counters *r)
{
	/* The map that has each kind of slot. */
	static const unsigned int kind_rows[SLOT_KINDS] = {
		[TASK_SLOTS] = TASK_ROWS, [PAIR_SLOTS] = TASK_ROWS,
		[STACK_SLOTS] = STACK_ROWS,
	};
	int i;

	for (i = 0; i < ROWS; i++) {
		if (!r->want[i])
			continue;
		r->map[i] = mmap(NULL, r->cpus * r->size[i],
				 PROT_READ | PROT_WRITE,
				 MAP_SHARED | (r->obj ? 0 : MAP_ANONYMOUS),
				 map_fd(r, maps[i]), 0);
		if (r->map[i] == MAP_FAILED) {
			r->map[i] = NULL;
			return -errno;
		}
	}
	r->rows.first = r->map[TABLE_ROWS];
	for (i = 0; i < SLOT_KINDS; i++) {
		if (!r->want[kind_rows[i]])
			continue;
		r->slots[i] = slots_new(i, r->map[kind_rows[i]], r->cpus,
					r->own_pids);
		if (!r->slots[i])
			return -ENOMEM;
	}
	return 0;
}

int counters_map(struct counters *r)
{
	int err = map_rows(r);

	if (err)
		return err;
	r->tables = table_slots_new(&r->rows, !r->obj ? NULL :
				    r->preempted ? quiesce_preempted : quiesce);
	r->gone = gone_new(r->cpus);
	r->counted = calloc(r->cpus, sizeof(*r->counted));
	if (!r->tables || !r->gone || !r->counted)
		return -ENOMEM;
	if (r->want[STACK_ROWS] || r->alarm) {
		r->stacks = stacks_new(map_fd(r, "stacks"));
		if (!r->stacks)
			return -ENOMEM;
	}
	if (r->ring) {
		r->stream = stream_new(map_fd(r, "rings"), r->cpus, r->ring);
		if (!r->stream)
			return -errno;
	}
	return 0;
}

void counters_stopped(struct counters *r)
{
	/*
	 * A program that was running at detach may still run. If the kernel has
	 * no way to wait, the last event may be read in part.
	 */
	quiesce();
	r->stopped = true;
}

void counters_free(struct counters *r)
{
	int i;

	if (!r)
		return;
	for (i = 0; i < SLOT_KINDS; i++)
		slots_free(r->slots[i]);
	for (i = 0; i < ROWS; i++)
		if (r->map[i])
			munmap(r->map[i], r->cpus * r->size[i]);
	stream_free(r->stream);
	stacks_free(r->stacks);
	table_slots_free(r->tables);
	gone_free(r->gone);
	free(r->counted);
	free(r);
}

static bool is_gone(void *arg, __u64 pgtable)
{
	const struct counters *r = arg;

	return gone_has(r->gone, pgtable);
}

static int take_task(void *arg, const void *slot)
{
	const struct counters *r = arg;

	return model_task(r->model, slot);
}

static void take_other_tasks(void *arg, const void *slot)
{
	const struct counters *r = arg;
	const struct v7s_task *task = slot;

	model_other_tasks(r->model, &task->e);
}

static void task_is_no_more(void *arg, const void *slot)
{
	const struct counters *r = arg;

	model_task_ended(r->model, slot);
}

static void final_task(void *arg, const void *slot)
{
	const struct counters *r = arg;

	model_task_final(r->model, slot);
}

/* Name of a task that, as far as we know, counted nothing itself. */
static const char *holder_comm(const struct counters *r, __u32 pid, char *comm)
{
	return r->own_pids && pid && comm_of(pid, comm) ? comm : NULL;
}

static int take_pair(void *arg, const void *slot)
{
	const struct counters *r = arg;
	const struct v7s_pair *pair = slot;
	char comm[COMM];
	__u32 holder = pair->key.id >> 32;

	return model_pair(r->model, pair,
			  model_knows_pair(r->model, pair) ? NULL :
			  holder_comm(r, holder, comm));
}

static void take_other_pairs(void *arg, const void *slot)
{
	const struct counters *r = arg;
	const struct v7s_pair *pair = slot;

	model_other_pairs(r->model, pair->waits);
}

static void pair_is_no_more(void *arg, const void *slot)
{
	const struct counters *r = arg;

	model_pair_ended(r->model, slot);
}

static void final_pair(void *arg, const void *slot)
{
	const struct counters *r = arg;

	model_pair_final(r->model, slot);
}

static int take_stack(void *arg, const void *slot)
{
	const struct counters *r = arg;
	const struct v7s_stack *stack = slot;

	return model_stack(r->model, stack->key.pgtable,
			   stacks_get(r->stacks, stack->key.id), &stack->e);
}

static void take_other_stacks(void *arg, const void *slot)
{
	const struct counters *r = arg;
	const struct v7s_stack *stack = slot;

	model_other_stacks(r->model, &stack->e);
}

static void final_stack(void *arg, const void *slot)
{
	const struct counters *r = arg;
	const struct v7s_stack *stack = slot;

	model_stack_final(r->model, stack->key.pgtable,
			  stacks_get(r->stacks, stack->key.id), &stack->e);
}

static const struct slots_visitor visitors[SLOT_KINDS] = {
	[TASK_SLOTS] = {
		.slot = take_task, .other = take_other_tasks,
		.ended = task_is_no_more, .final = final_task,
	},
	[PAIR_SLOTS] = {
		.slot = take_pair, .other = take_other_pairs,
		.ended = pair_is_no_more, .final = final_pair,
	},
	[STACK_SLOTS] = {
		.slot = take_stack, .other = take_other_stacks,
		.final = final_stack,
	},
};

static int read_all(struct counters *r)
{
	struct slots_visitor v[SLOT_KINDS];
	bool wait = false, settled;
	unsigned int cpu;
	uint64_t destroys;
	int i;

	gone_read(r->gone, &r->rows, r->stopped || !r->obj);
	for (cpu = 0; cpu < r->cpus; cpu++) {
		destroys = read64(&cpu_row(&r->rows, cpu)->destroy, 0);
		r->counted[cpu] = destroys;
		model_destroys(r->model, destroys);
	}
	/* Counts read from here on include those of all destroyed tables. */
	atomic_thread_fence(memory_order_seq_cst);

	for (i = 0; i < SLOT_KINDS; i++)
		wait |= r->slots[i] && slots_look(r->slots[i]);
	settled = !wait || r->stopped || !r->obj || quiesce();

	for (cpu = 0; cpu < r->cpus; cpu++)
		if (table_slots_read(r->tables, cpu, r->model, &r->counted[cpu]))
			return -1;
	model_unseen(r->model, gone_unseen(r->gone));
	for (i = 0; i < SLOT_KINDS; i++) {
		v[i] = visitors[i];
		v[i].arg = r;
		if (r->slots[i] && slots_read(r->slots[i], settled, &v[i]))
			return -1;
	}
	return 0;
}

int counters_read(struct counters *r, struct model *m, uint64_t now)
{
	struct slots_visitor v;
	const __u64 *fresh;
	size_t n;
	int i;

	r->model = m;
	model_begin(m);
	if (read_all(r)) {
		err_print("out of memory");
		return -1;
	}
	if (r->late_splits)
		model_late(m, r->stopped);
	model_end(m, now);

	for (i = 0; i < SLOT_KINDS; i++) {
		v = visitors[i];
		v.arg = r;
		if (r->slots[i])
			slots_drop(r->slots[i], &v, is_gone);
	}
	/* Even those without a slot, for they may have had one. */
	for (fresh = gone_fresh(r->gone, &n); n; n--)
		model_gone(m, *fresh++);
	table_slots_drop(r->tables, m, is_gone, r);
	if (!r->stopped)
		table_slots_make_room(r->tables, m, now);
	return 0;
}

void *counters_of_cpu(struct counters *r, const char *name, unsigned int cpu)
{
	int i;

	if (r->stream && !strcmp(name, "rings"))
		return stream_ring(r->stream, cpu);
	for (i = 0; i < ROWS; i++)
		if (r->map[i] && !strcmp(name, maps[i]))
			return (char *)r->map[i] + cpu * r->size[i];
	return NULL;
}

int counters_stream(struct counters *r, uint64_t until, take_record *take,
		    void *arg)
{
	if (!r->stream)
		return 0;
	return stream_take(r->stream, r->stopped, until, take, arg);
}

size_t counters_stream_cpus(struct counters *r, struct stream_cpu *cpus,
			    size_t room)
{
	unsigned int cpu;

	for (cpu = 0; r->stream && cpu < r->cpus && cpu < room; cpu++) {
		cpus[cpu].cpu = cpu;
		cpus[cpu].counted = r->counted[cpu];
		stream_account(r->stream, cpu, &cpus[cpu]);
	}
	return r->stream ? cpu : 0;
}

unsigned int counters_stack(struct counters *r, int id,
			    struct frame frame[V7S_STACK_DEPTH])
{
	const struct trace *t = r->stacks ? stacks_get(r->stacks, id) : NULL;

	if (!t)
		return 0;
	memcpy(frame, t->frame, t->frames * sizeof(*frame));
	return t->frames;
}

/* bpf_obj_get_info_by_fd() needs CAP_BPF on most systems. */
static FILE *open_info(const struct bpf_program *prog)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d",
		 bpf_program__fd(prog));
	return fopen(path, "re");
}

int64_t counters_prog_misses(const struct bpf_program *prog)
{
	FILE *f = open_info(prog);
	int64_t misses = UNKNOWN;
	unsigned long long n;
	char line[128];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "recursion_misses: %llu", &n) == 1)
			misses = n;
	if (f)
		fclose(f);
	return misses;
}

static void read_cost(const struct bpf_program *prog, struct program_cost *c)
{
	FILE *f = open_info(prog);
	unsigned long long n;
	char line[128];

	*c = (struct program_cost){ .name = bpf_program__name(prog) };
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "run_time_ns: %llu", &n) == 1)
			c->run_ns = n;
		else if (sscanf(line, "run_cnt: %llu", &n) == 1)
			c->runs = n;
	}
	if (f)
		fclose(f);
}

static bool runs_are_counted(void)
{
	FILE *f = fopen("/proc/sys/kernel/bpf_stats_enabled", "re");
	bool on = f && getc(f) == '1';

	if (f)
		fclose(f);
	return on;
}

size_t counters_prog_costs(const struct counters *r, struct program_cost *costs,
			   size_t room)
{
	struct bpf_program *prog;
	size_t n = 0;

	if (!runs_are_counted())
		return 0;
	bpf_object__for_each_program(prog, r->obj)
		if (n < room && bpf_program__fd(prog) >= 0)
			read_cost(prog, &costs[n++]);
	return n;
}

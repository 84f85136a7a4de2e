/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * Counts an event for its page table and, if configured, for its task and its
 * stack, and writes it to the stream. Each set of BPF programs that reads the
 * events includes this header.
 *
 * The counters of a CPU have one writer at a time, because no program runs
 * while another one runs on the same CPU. So plain additions lose nothing.
 * Atomics are not needed; the JIT of 32-bit Arm does not have them. It also
 * lacks calls between BPF functions and 64-bit division, so neither is used
 * here.
 *
 * fentry programs may run inside each other, see fentry.bpf.c. They define
 * V7S_NESTS: then additions are atomic, and a slot is reserved before it is
 * claimed.
 *
 * The tool uses the same code to count events that it reads from a kernel
 * without BPF: see user/ftrace/count_events.c.
 */
#ifndef V7S_COUNT_H
#define V7S_COUNT_H

#ifdef __bpf__
#include "maps.h"
#endif

#include "abi.h"
#include "hist.h"
#include "other.h"

#ifdef V7S_NESTS
enum { NESTS = 1 };
#else
enum { NESTS = 0 };
#endif

/*
 * Arguments of an event, as its tracepoint passes them; see
 * trace/events/io_pgtable.h. The arguments after the first five depend on the
 * event.
 */
enum {
	ARG_DEV,	/* address of the name; 0: not known */
	ARG_PGTABLE,	/* 0: not known, which counts as other */
	ARG_FMT,
	ARG_LEVEL,
	ARG_IOVA,

	CREATE_IAS	= 3,
	CREATE_OAS,
	CREATE_QUIRKS,

	INSTALL_WHY	= 5,
	INSTALL_OUTCOME,
	INSTALL_WINDOW,

	SPLIT_KIND	= 5,
	SPLIT_OUTCOME,
	SPLIT_BLOCK_SIZE,
	SPLIT_SIZE,
	SPLIT_WAIT,
	SPLIT_HOLD,
	SPLIT_HOLDER,

	FREE_WHY	= 5,

	REFUSE_SIZE	= 5,
	REFUSE_WHY,
};

/* Index of a counter in struct v7s_events. */
#define NR(field) (__builtin_offsetof(struct v7s_events, field) / sizeof(__u64))

/*
 * Index of first[major][minor], or of unknown if this version has no name for
 * the enumerator.
 */
static __always_inline __u32 nr_of(__u32 first, __u64 major, __u64 majors,
				   __u64 minor, __u64 minors)
{
	if (major < majors && minor < minors)
		return first + major * minors + minor;
	return NR(unknown);
}

/* Index of an event's counter. The arguments are those of its tracepoint. */
static __always_inline __u32 nr_of_event(__u32 event, const __u64 *args)
{
	switch (event) {
	case V7S_EVENT_CREATE:
		return NR(create);
	case V7S_EVENT_INSTALL:
		return nr_of(NR(install), args[INSTALL_WHY], V7S_INSTALL_WHY,
			     args[INSTALL_OUTCOME], V7S_INSTALL_OUTCOME);
	case V7S_EVENT_SPLIT:
		return nr_of(NR(split), args[SPLIT_KIND], V7S_SPLIT_KIND,
			     args[SPLIT_OUTCOME], V7S_SPLIT_OUTCOME);
	case V7S_EVENT_FREE:
		return nr_of(NR(free), 0, 1, args[FREE_WHY], V7S_FREE_WHY);
	case V7S_EVENT_REFUSE:
		return nr_of(NR(refuse), 0, 1, args[REFUSE_WHY],
			     V7S_REFUSE_WHY);
	}
	return NR(unknown);	/* a destroy event has no counter here */
}

static __always_inline void add_event(struct v7s_events *e, __u32 event,
				      __u32 nr)
{
	here(nr);
	if (nr < V7S_EVENTS_U64)
		add_to((__u64 *)e + nr, 1);
	if (event == V7S_EVENT_FREE && config.late && nr == NR(free) + V7S_FREE_LOST)
		add_to(&e->lost, 1);
}

/* Returns the value before. */
static __always_inline __u64 next(__u64 *n)
{
#ifdef V7S_NESTS
	return __sync_fetch_and_add(n, 1);
#else
	return (*n)++;
#endif
}

/* Copy the device's name and fill the rest with zeroes. */
static __always_inline void name_dev(char *to, __u64 dev)
{
	__builtin_memset(to, 0, V7S_DEV);
	if (dev)
		bpf_probe_read_kernel_str(to, V7S_DEV,
					  (void *)(unsigned long)dev);
	else
		to[0] = '-';
}

/*
 * Reserve a free slot. The reader ignores it until it is claimed. Returns false
 * if another program has just taken it.
 */
static __always_inline int reserve(__u64 *pgtable)
{
#ifdef V7S_NESTS
	return !__sync_val_compare_and_swap(pgtable, 0, V7S_RESERVED);
#else
	return !*pgtable;
#endif
}

/*
 * Take a free slot. The tool frees the slots of destroyed and of idle page tables: it
 * zeroes the counters first and the number last, with a barrier between them.
 * Our stores depend on the number being read as 0, so they come after all
 * stores of the tool.
 *
 * Our loads have no such order: a CPU may have read a counter of the slot
 * before it read the number. The stores of zeroes here are earlier in the same
 * program, and such a load must take account of them. The tool zeroes the
 * counters as well, because it may see the new number before it sees our
 * zeroes.
 */
static __always_inline void claim(__u64 *pgtable, __u64 value, __u64 *from,
				  __u32 size)
{
	volatile __u64 *zero = from;
	__u32 i;

	/* An atomic addition never takes a value from before the zeroes. */
	for (i = 0; !NESTS && i < size / sizeof(__u64); i++)
		zero[i] = 0;
	*(volatile __u64 *)pgtable = value;
}

static __always_inline int is_device(const struct v7s_slot *slot, __u64 key,
				     const __u64 *dev, __u32 fmt)
{
	const __u64 *has = (const __u64 *)slot->dev;

	return slot->pgtable == key && slot->fmt == fmt && has[0] == dev[0] &&
	       has[1] == dev[1] && has[2] == dev[2] && has[3] == dev[3];
}

/*
 * The slot of all page tables of this device and format that have none. The name itself
 * is compared, because an address may belong to another name later. That takes some
 * hundred instructions more than an event of a page table with a slot.
 */
static __always_inline struct v7s_slot *
other_of(struct v7s_cpu_counters *on_cpu, const __u64 *args)
{
	__u64 dev[V7S_DEV / sizeof(__u64)], key;
	__u32 fmt = args[ARG_FMT], n;
	struct v7s_slot *slot;

	if (!args[ARG_DEV])
		return &on_cpu->other[0];
	name_dev((char *)dev, args[ARG_DEV]);
	key = v7s_other_key(dev, fmt);
#pragma clang loop unroll(disable)
	for (n = 0; n < V7S_DEVICES; n++) {
		slot = &on_cpu->other[1 + ((__u32)(key >> 8) + n) % V7S_DEVICES];
		here(slot);
		if (is_device(slot, key, dev, fmt))
			return slot;
		if (!slot->pgtable && reserve(&slot->pgtable)) {
			slot->fmt = fmt;
			__builtin_memcpy(slot->dev, dev, V7S_DEV);
			claim(&slot->pgtable, key, (__u64 *)&slot->c,
			      sizeof(slot->c));
			return slot;
		}
	}
	return &on_cpu->other[0];
}

/*
 * The slot of a page table on this CPU. The search begins at the number's own
 * slot, so that consecutive numbers never collide. Its steps grow by one: with
 * equal steps, page tables with other numbers would queue up behind each other.
 * A page table may get a second slot when an earlier slot becomes free, or when
 * the tool is about to free its own: the tool adds up slots by number.
 */
static __always_inline struct v7s_slot *
slot_of(struct v7s_cpu_counters *on_cpu, const __u64 *args)
{
	__u64 pgtable = args[ARG_PGTABLE];
	__u32 mask = config.slots_mask, at = pgtable, n;
	struct v7s_slot *slot;

	if (pgtable) {
#pragma clang loop unroll(disable)
		for (n = 1; n <= V7S_TABLE_PROBES; at += n++) {
			slot = &on_cpu->slot[at & mask];
			here(slot);
			if (slot->pgtable == pgtable)
				return slot;
			if (!slot->pgtable && reserve(&slot->pgtable)) {
				slot->fmt = args[ARG_FMT];
				name_dev(slot->dev, args[ARG_DEV]);
				claim(&slot->pgtable, pgtable, (__u64 *)&slot->c,
				      sizeof(slot->c));
				return slot;
			}
		}
	}
	return other_of(on_cpu, args);
}

/*
 * The same for tasks, pairs and stacks: @n slots of @size bytes, @n a power of
 * two, followed by the slot other. @hash is where the search begins.
 */
static __always_inline void *key_slot(void *slots, __u32 size, __u32 n,
				      __u32 hash, __u64 pgtable, __u64 id,
				      __u64 start)
{
	struct v7s_key *key;
	__u32 i;

	if (!pgtable)
		return slots + n * size;
#pragma clang loop unroll(disable)
	for (i = 0; i < V7S_PROBES; i++) {
		key = slots + ((hash + i) & (n - 1)) * size;
		here(key);
		if (key->pgtable == pgtable && key->id == id &&
		    key->start == start)
			return key;
		if (!key->pgtable && reserve(&key->pgtable)) {
			key->id = id;
			key->start = start;
			claim(&key->pgtable, pgtable, (__u64 *)(key + 1),
			      size - sizeof(*key));
			return key;
		}
	}
	return slots + n * size;
}

/*
 * Spread page tables: their numbers, like those of tasks, are often
 * consecutive.
 */
static __always_inline __u32 spread(__u64 pgtable)
{
	return (__u32)pgtable * 61;
}

static __always_inline int waited(__u32 event, const __u64 *args)
{
	/* An int among the arguments has its upper half cleared. */
	return event == V7S_EVENT_SPLIT && (__s32)args[SPLIT_HOLDER] != -1;
}

static __always_inline void add_times(struct v7s_counts *c, __u32 event,
				      const __u64 *args)
{
	if (event == V7S_EVENT_INSTALL)
		add_time(&c->hist[V7S_WINDOW], args[INSTALL_WINDOW]);
	if (event == V7S_EVENT_SPLIT && args[SPLIT_KIND] == V7S_CONT)
		add_time(&c->hist[V7S_HOLD], args[SPLIT_HOLD]);
	if (waited(event, args)) {
		add_to(&c->e.waits, 1);
		add_time(&c->hist[V7S_WAIT], args[SPLIT_WAIT]);
	}
	if (event == V7S_EVENT_WAIT)
		add_time(&c->hist[V7S_WAIT], args[SPLIT_WAIT]);
}

static __always_inline void add_sum(__u64 *sum, __u64 ns)
{
	if (ns != ~0ULL)
		add_to(sum, ns);
}

/*
 * The kernel keeps a task's start time across an exec, as it keeps its pid. A
 * load from the task takes a few instructions, and each helper that copies takes
 * about a hundred.
 */
static __always_inline __u64 start_of_task(void)
{
	__u64 start = 0, loaded;

	if (config.task_comm) {
		loaded = *(__u64 *)((char *)bpf_get_current_task_btf() +
				    config.task_start);
		/* Otherwise clang makes one load of this and the other. */
		here(loaded);
		return loaded;
	}
	if (config.task_start)
		bpf_probe_read_kernel(&start, sizeof(start),
				      (char *)(unsigned long)bpf_get_current_task() +
				      config.task_start);
	return start;
}

static __always_inline void copy_comm(char *to)
{
	const __u64 *from;

	if (config.task_comm) {
		from = (const __u64 *)((char *)bpf_get_current_task_btf() +
				       config.task_comm);
		((__u64 *)to)[0] = from[0];
		((__u64 *)to)[1] = from[1];
	} else {
		bpf_get_current_comm(to, V7S_COMM);
	}
}

static __always_inline void count_task(__u32 cpu, __u32 event, __u32 nr,
				       const __u64 *args)
{
	struct v7s_cpu_tasks *on_cpu = bpf_map_lookup_elem(&cpu_tasks, &cpu);
	__u64 pgtable = args[ARG_PGTABLE], id = bpf_get_current_pid_tgid();
	__u64 start = start_of_task();
	struct v7s_task *task;
	struct v7s_pair *pair;
	__u32 holder;

	if (!on_cpu)
		return;
	task = key_slot(on_cpu->task, sizeof(*task), V7S_TASKS,
			(__u32)id + spread(pgtable), pgtable, id, start);
	/* Each time, as exec gives a task another name. */
	copy_comm(task->comm);
	add_event(&task->e, event, nr);
	if (event == V7S_EVENT_INSTALL)
		add_sum(&task->window_ns, args[INSTALL_WINDOW]);
	if (event == V7S_EVENT_SPLIT && args[SPLIT_KIND] == V7S_CONT)
		add_sum(&task->hold_ns, args[SPLIT_HOLD]);
	if (event == V7S_EVENT_WAIT)
		add_sum(&task->wait_ns, args[SPLIT_WAIT]);
	if (!waited(event, args))
		return;

	add_to(&task->e.waits, 1);
	add_sum(&task->wait_ns, args[SPLIT_WAIT]);
	holder = args[SPLIT_HOLDER];
	pair = key_slot(on_cpu->pair, sizeof(*pair), V7S_PAIRS,
			(__u32)id + holder * 31 + spread(pgtable), pgtable,
			(__u64)holder << 32 | (__u32)id, start);
	add_to(&pair->waits, 1);
	if (args[SPLIT_WAIT] == ~0ULL)
		add_to(&pair->untimed, 1);
	else
		add_to(&pair->wait_ns, args[SPLIT_WAIT]);
}

/*
 * The innermost frames are the same in every stack: this program and its
 * caller. If another stack already occupies this one's place in the map, try
 * again without one or two of these frames, which gives another hash. The tool
 * removes such frames and adds up the stacks that are then equal.
 */
static __always_inline __s64 stack_of(void *ctx)
{
	__s64 id = bpf_get_stackid(ctx, &stacks, 0);

	if (id == -EEXIST)
		id = bpf_get_stackid(ctx, &stacks, 1);
	if (id == -EEXIST)
		id = bpf_get_stackid(ctx, &stacks, 2);
	return id;
}

static __always_inline void count_stack(__u32 cpu, __u32 event, __u32 nr,
					const __u64 *args, __s64 id)
{
	struct v7s_cpu_stacks *on_cpu = bpf_map_lookup_elem(&cpu_stacks, &cpu);
	__u64 pgtable = args[ARG_PGTABLE];
	struct v7s_stack *stack;

	if (!on_cpu)
		return;
	stack = key_slot(on_cpu->stack, sizeof(*stack), V7S_STACKS,
			 (__u32)id + spread(pgtable), pgtable, id, 0);
	add_event(&stack->e, event, nr);
	if (waited(event, args))
		add_to(&stack->e.waits, 1);
}

static __always_inline int is_lost(__u32 event, const __u64 *args)
{
	return (event == V7S_EVENT_INSTALL && args[INSTALL_OUTCOME] != V7S_WON) ||
	       (event == V7S_EVENT_FREE && args[FREE_WHY] == V7S_FREE_LOST);
}

static __always_inline int same_dev(const char *dev)
{
	const __u64 *a = (const __u64 *)dev;
	const volatile __u64 *b = (const volatile __u64 *)config.dev;

	return a[0] == b[0] && a[1] == b[1] && a[2] == b[2] && a[3] == b[3];
}

static __always_inline void fill(struct v7s_record *r, __u32 event,
				 const __u64 *args)
{
	__u64 iova = 0, size = 0, block_size = 0, ns = ~0ULL, hold_ns = ~0ULL;
	__u8 level = 0, why = 0, outcome = 0;
	__s32 holder = -1;

	if (event == V7S_EVENT_CREATE || event == V7S_EVENT_DESTROY) {
		iova = args[CREATE_IAS] << 32 | args[CREATE_OAS];
		size = args[CREATE_QUIRKS];
	} else {
		iova = args[ARG_IOVA];
		level = args[ARG_LEVEL];
	}
	if (event == V7S_EVENT_INSTALL) {
		why = args[INSTALL_WHY];
		outcome = args[INSTALL_OUTCOME];
		ns = args[INSTALL_WINDOW];
	} else if (event == V7S_EVENT_SPLIT) {
		why = args[SPLIT_KIND];
		outcome = args[SPLIT_OUTCOME];
		size = args[SPLIT_SIZE];
		block_size = args[SPLIT_BLOCK_SIZE];
		ns = args[SPLIT_WAIT];
		hold_ns = args[SPLIT_HOLD];
		holder = args[SPLIT_HOLDER];
	} else if (event == V7S_EVENT_FREE) {
		why = args[FREE_WHY];
	} else if (event == V7S_EVENT_REFUSE) {
		why = args[REFUSE_WHY];
		size = args[REFUSE_SIZE];
	}
	r->pgtable = args[ARG_PGTABLE];
	r->iova = iova;
	r->size = size;
	r->block_size = block_size;
	r->ns = ns;
	r->hold_ns = hold_ns;
	r->holder = holder;
	r->event = event;
	r->fmt = args[ARG_FMT];
	r->level = level;
	r->why = why;
	r->outcome = outcome;
}

/* A section was split by a kernel that loses the address of the rest. */
static __always_inline int is_alarm(__u32 event, const __u64 *args)
{
	return event == V7S_EVENT_SPLIT && args[ARG_FMT] == V7S_FMT_V7S &&
	       args[SPLIT_KIND] == V7S_BLOCK &&
	       args[SPLIT_OUTCOME] == V7S_DONE;
}

static __always_inline int is_wanted(__u32 event, const __u64 *args,
				     const char *dev)
{
	return config.events & 1 << event &&
	       !(config.lost_only && !is_lost(event, args)) &&
	       !(config.by_dev && !same_dev(dev));
}

/* The ring has one writer at a time. A program inside another drops its record. */
#ifdef V7S_NESTS
static __always_inline int enter_ring(struct v7s_ring *ring)
{
	return !__sync_lock_test_and_set(&ring->busy, 1);
}

static __always_inline void leave_ring(struct v7s_ring *ring)
{
	barrier();
	*(volatile __u64 *)&ring->busy = 0;
}
#else
#define enter_ring(ring) 1
#define leave_ring(ring) ((void)0)
#endif

static __always_inline void write_record(struct v7s_ring *ring, __u32 event,
					 const __u64 *args, const char *dev,
					 __s32 stack)
{
	struct v7s_record *r;
	__u64 head;

	head = ring->head;
	/* A tail of which only half is written yet is never too large. */
	if (head - *(volatile __u64 *)&ring->tail >= config.ring) {
		add_to(&ring->dropped[event], 1);
		add_to(&ring->dropping, 1);
		return;
	}
	r = &ring->record[head & (config.ring - 1)];
	r->time = bpf_ktime_get_ns();
	r->task = bpf_get_current_pid_tgid();
	bpf_get_current_comm(r->comm, sizeof(r->comm));
	__builtin_memcpy(r->dev, dev, V7S_DEV);
	r->stack = stack;
	r->dropped = ring->dropping;
	add_to(&ring->dropping, -r->dropped);
	fill(r, event, args);
	barrier();
	*(volatile __u64 *)&ring->head = head + 1;
}

/*
 * Write to the stream if the event is wanted and the ring has room. The @slot
 * of a page table has its device's name, which would otherwise be read byte by
 * byte.
 */
static __always_inline void stream(__u32 cpu, __u32 event, const __u64 *args,
				   const struct v7s_slot *slot, __s32 stack)
{
	struct v7s_ring *ring = bpf_map_lookup_elem(&rings, &cpu);
	char dev[V7S_DEV] __attribute__((aligned(8)));

	if (!ring)
		return;
	if (slot->pgtable)
		__builtin_memcpy(dev, slot->dev, sizeof(dev));
	else
		name_dev(dev, args[ARG_DEV]);
	if (!is_wanted(event, args, dev) &&
	    !(config.alarm && is_alarm(event, args))) {
		add_to(&ring->filtered, 1);
		return;
	}
	if (!enter_ring(ring)) {
		add_to(&ring->dropped[event], 1);
		add_to(&ring->dropping, 1);
		return;
	}
	write_record(ring, event, args, dev, stack);
	leave_ring(ring);
}

/*
 * Count for the page table alone. Returns the slot where the event was, or
 * could have been, counted; NULL if this CPU has none, which cannot happen.
 */
static __always_inline struct v7s_slot *count_table(__u32 cpu, __u32 event,
						    __u32 nr, const __u64 *args)
{
	struct v7s_cpu_counters *on_cpu = bpf_map_lookup_elem(&cpu_counters, &cpu);
	__u64 pgtable = args[ARG_PGTABLE];
	struct v7s_slot *slot;

	if (!on_cpu)
		return 0;
	slot = &on_cpu->other[0];
	if (event == V7S_EVENT_DESTROY) {
		/*
		 * Take no slot: the CPU that destroys the page table may have
		 * none left while other CPUs still have one for it, and the
		 * tool must learn that it can free those.
		 */
		if (pgtable)
			on_cpu->gone[next(&on_cpu->gone_head) % V7S_GONE] = pgtable;
		add_to(&on_cpu->destroy, 1);
	} else {
		slot = slot_of(on_cpu, args);
		add_event(&slot->c.e, event, nr);
		add_times(&slot->c, event, args);
	}
	return slot;
}

static __always_inline void count_more(__u32 cpu, const struct v7s_slot *slot,
				       __s64 stack, __u32 event, __u32 nr,
				       const __u64 *args)
{
	if (config.tasks && event != V7S_EVENT_DESTROY)
		count_task(cpu, event, nr, args);
	if (config.stacks && event != V7S_EVENT_DESTROY)
		count_stack(cpu, event, nr, args, stack);
	if (config.ring && event != V7S_EVENT_WAIT)
		stream(cpu, event, args, slot, stack);
}

/**
 * count_from - count an event in every place that is configured
 * @stack: stack ID as from stack_of(); -1: not known
 * @event: V7S_EVENT_CREATE, ...; V7S_EVENT_DESTROY counts per CPU
 * only
 * @nr: index of its counter, see NR()
 * @args: see above
 */
static __always_inline int count_from(__s64 stack, __u32 event, __u32 nr,
				      const __u64 *args)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct v7s_slot *slot = count_table(cpu, event, nr, args);

	if (slot && config.more)
		count_more(cpu, slot, stack, event, nr, args);
	return 0;
}

/** count - the same, with the current stack; @ctx: the program's context */
static __always_inline int count(void *ctx, __u32 event, __u32 nr,
				 const __u64 *args)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct v7s_slot *slot = count_table(cpu, event, nr, args);

	/*
	 * One check for all three, because most of the time none is configured.
	 */
	if (slot && config.more)
		count_more(cpu, slot, config.stacks ? stack_of(ctx) : -1, event,
			   nr, args);
	return 0;
}

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * Counts what a kernel without the series does to its page tables, with fentry
 * and fexit programs. They cost a third of the kprobes of kprobe.bpf.c, and
 * need an arm64 kernel with BTF and with direct calls from ftrace (v6.4).
 *
 * The kernel skips such a program only while the same program runs on that CPU.
 * It counts the skips in recursion_misses, so the counts are exact if there are
 * none. But one program may run inside another one, and may be preempted. So
 * there is more than one writer, and counters are added to with atomics.
 */
#define V7S_NESTS
#include "count.h"
#include "func_arg.h"
#include "kprobe.h"

const volatile struct v7s_kprobe_config kernel = { 0 };

#include "refuse.h"
#include "wait.h"

/* A table of a split that lost the race, until its owner frees it. */
struct lost {
	__u64 task, table;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, V7S_LOST_TABLES);
	__type(key, struct lost);
	__type(value, __u32);
} lost_tables SEC(".maps");

/* Depth of page-table constructors that each task is in. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, V7S_PGTABLES);
	__type(key, __u64);
	__type(value, __u32);
} creating SEC(".maps");

/*
 * The verifier takes the lower half of a pointer for a number, but only if one
 * instruction extracts it.
 */
static __always_inline __u32 lower_half(const void *pointer)
{
	__u64 half;

	asm volatile("r0 = %1; w0 = w0; %0 = r0" : "=r"(half) : "r"(pointer) :
		     "r0");
	return half;
}

/* The caller of a function, as its call left it. */
struct caller {
	__u64 frame;	/* as the frame pointer shows it */
	__u64 address;
};

/*
 * The trampoline keeps the arguments, which the context points to. Above them
 * are two frames: the return address into the function, then the return address
 * into its caller. The distance differs between kernels, so search for the
 * former. Unused words in between may have an old copy of it, but only the frame
 * begins with the address of the next one.
 */
static __always_inline int find_caller(void *ctx, struct caller *caller)
{
	__u64 word[V7S_TRAMPOLINE], ip = bpf_get_func_ip(ctx), frame, address;
	__u32 context = lower_half(ctx);
	__u32 i;

	if (bpf_probe_read_kernel(word, sizeof(word), ctx))
		return 0;
#pragma clang loop unroll(full)
	for (i = 2; i < V7S_TRAMPOLINE - 2; i++) {
		/* Otherwise clang makes one load with an index of all loads. */
		frame = word[i + 1];
		address = word[i + 2];
		here(frame);
		here(address);
		if (word[i] - ip >= V7S_PROLOGUE ||
		    (__u32)word[i - 1] != context + (i + 1) * sizeof(*word))
			continue;
		caller->frame = frame;
		caller->address = address;
		return 1;
	}
	return 0;
}

static __always_inline __u32 role_of_caller(void *ctx, struct caller *caller,
					    struct replaced *replaced)
{
	return find_caller(ctx, caller) ?
	       role_of(unhook(caller->address, replaced)) : V7S_ROLE_NONE;
}

/*
 * The last allocation of a task, in memory that needs no lookup. Two CPUs that use a slot at the same time
 * spoil it, which the sum detects: then the install has no duration.
 */
static struct begun {
	__u64 time;
	__u64 sum;
	__u32 frame;
	__u32 pad;
} begun[V7S_BEGUN];

/* The distance between the trampolines' frames of one caller is less. */
enum { FRAME = 512 };

static __always_inline struct begun *begun_of(__u64 task)
{
	__u32 nr = task >> 6 ^ task >> 14;

	return &begun[nr % V7S_BEGUN];
}

static __always_inline __u64 begun_sum(__u64 task, __u64 time, __u32 frame)
{
	return ~(task ^ time ^ (__u64)frame << 32);
}

static __always_inline int begin_window(const void *ctx)
{
	__u64 task = bpf_get_current_task(), time;
	struct begun *b = begun_of(task);
	__u32 frame = lower_half(ctx);

	b->frame = frame;
	time = bpf_ktime_get_ns();
	b->time = time;
	b->sum = begun_sum(task, time, frame);
	return 0;
}

SEC("fentry")
int short_begin(const void *ctx)
{
	return begin_window(ctx);
}

SEC("fentry")
int long_begin(const void *ctx)
{
	return begin_window(ctx);
}

/*
 * From the call of the allocation to the return of install_table. Map or unmap
 * reads the entry shortly before, and the cmpxchg is shortly before the return.
 * Trampolines and the end of the first program are in between. So this is an
 * upper bound of the race window of a kernel without monitoring, unless an
 * interrupt arrives between the read and the call: its time is missing. An
 * interrupt that installs a table in the meantime has a frame of its own.
 */
static __always_inline __u64 window_of(const void *ctx)
{
	volatile struct begun *b;
	__u64 task, now, time;
	__u32 frame;

	if (!config.window)
		return ~0ULL;
	now = bpf_ktime_get_ns();
	frame = lower_half(ctx);
	task = bpf_get_current_task();
	b = begun_of(task);
	time = b->time;
	if (b->sum != begun_sum(task, time, b->frame) ||
	    b->frame - frame + FRAME > 2 * FRAME)
		return ~0ULL;
	/* The kernel may skip the next begin. */
	b->sum = 0;
	return now - time;
}

/* Counts creations and destructions of page tables. */
__u64 generation;

/*
 * The number of a page table comes from a hash, which costs as much as all the
 * rest. Most installs are for the same page table as the one before on that
 * CPU. The sum tells if another program has written a part, or if a page table
 * has been destroyed since: then its address may belong to a new one.
 */
static __always_inline __u64 sum_of(__u64 iop, __u64 number)
{
	return ~(iop ^ number << 20 ^ *(volatile __u64 *)&generation << 40);
}

static __always_inline void remember(__u64 iop, __u64 number)
{
	struct v7s_self *s = self();

	if (!s)
		return;
	s->last_iop = iop;
	s->last_number = number;
	s->last_sum = sum_of(iop, number);
}

/* The usual install. Returns false if it was not counted. */
static __always_inline int count_again(__u64 iop, __u64 window)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct v7s_cpu_counters *on_cpu;
	struct v7s_slot *slot;
	struct v7s_self *s;
	__u64 number;

	s = bpf_map_lookup_elem(&selves, &cpu);
	if (!s || s->last_iop != iop)
		return 0;
	number = s->last_number;
	if (s->last_sum != sum_of(iop, number))
		return 0;
	on_cpu = bpf_map_lookup_elem(&cpu_counters, &cpu);
	if (!on_cpu)
		return 0;
	slot = &on_cpu->slot[(__u32)number & config.slots_mask];
	here(slot);
	if (slot->pgtable != number)
		return 0;
	add_to(&slot->c.e.install[V7S_MAP][V7S_WON], 1);
	if (config.window)
		add_time(&slot->c.hist[V7S_WINDOW], window);
	else
		add_to(&slot->c.hist[V7S_WINDOW].untimed, 1);
	return 1;
}

/* An event of a page table alone costs no more than its counter. */
static __always_inline void count_map_won(const struct pgtable *p, __u64 iop,
					  __u64 window)
{
	__u32 nr = NR(install) + V7S_MAP * V7S_INSTALL_OUTCOME + V7S_WON;
	__u32 cpu = bpf_get_smp_processor_id();
	__u64 args[12];

	args[ARG_DEV] = args[ARG_PGTABLE] = args[ARG_FMT] = 0;
	if (p) {
		/* Keep clang from adding the offset before the check. */
		here(p);
		args[ARG_DEV] = (__u64)(long)p->dev;
		args[ARG_PGTABLE] = p->number;
		args[ARG_FMT] = p->fmt;
	}
	args[INSTALL_WINDOW] = window;
	if (p && !config.tasks)
		remember(iop, p->number);
	count_table(cpu, V7S_EVENT_INSTALL, nr, args);
	if (config.tasks)
		count_task(cpu, V7S_EVENT_INSTALL, nr, args);
}

/* Nothing but the counters wants it: neither stacks nor the stream. */
static __always_inline int is_plain(__u64 entries)
{
	return !entries && !config.stacks && !config.events;
}

static __always_inline int count_install(void *ctx, __u32 family, __u64 curr,
					 __u64 old, __u64 iop)
{
	__u32 why, outcome, split, one = 1;
	__u64 entry = 0, block_size = 0, window = window_of(ctx);
	struct v7s_self *s;
	struct pgtable *p;
	struct lost lost;

	if (is_plain(curr | old)) {
		if (!config.tasks && count_again(iop, window))
			return 0;
		count_map_won(pgtable_of(iop), iop, window);
		return 0;
	}
	p = pgtable_of(iop);
	outcome_of(family, curr, old, &why, &outcome, &split);
	if (curr && outcome != V7S_WON) {
		lost.task = bpf_get_current_task();
		lost.table = param(ctx, 0);
		if (bpf_map_update_elem(&lost_tables, &lost, &one, BPF_ANY))
			note_stray();
	}
	if (family == V7S_SHORT) {
		entry = param(ctx, 1);
		block_size = 1 << 20;
		s = self();
		if (s && curr && outcome == V7S_WON)
			add_to(&s->split_sections, 1);
	}
	count_timed(p, entry, block_size, stack_of_install(ctx, curr),
		    an_install(why, outcome), curr ? a_split(split) : 0,
		    window);
	return 0;
}

SEC("fexit")
int short_installed(__u64 *ctx)
{
	return count_install(ctx, V7S_SHORT, (__u32)ctx[2], (__u32)ctx[4],
			     param(ctx, 3) - kernel.at[V7S_AT_CFG]);
}

SEC("fexit")
int long_installed(__u64 *ctx)
{
	return count_install(ctx, V7S_LONG, ctx[2], ctx[4],
			     param(ctx, 3));
}

/*
 * Where the compiler inlined install_table, the table that it installs is
 * allocated right before. The attempt counts as won until map frees the table
 * as a lost one. A page table that exists allocates only in map. Otherwise the
 * caller shows whether this is the top level of a new page table.
 */
static __always_inline int count_allocation(void *ctx, __u64 iop)
{
	struct caller caller = { 0 };
	struct replaced replaced;
	__u64 table = result(ctx);
	struct pgtable *p;
	__u32 role;

	if (table && is_plain(0) && !config.tasks && count_again(iop, ~0ULL))
		return 0;
	p = bpf_map_lookup_elem(&pgtables, &iop);
	if (!p || p->gone) {
		replaced = all_replaced();
		role = role_of_caller(ctx, &caller, &replaced);
		if (role == V7S_ROLE_CREATE)
			return 0;
		if (role != V7S_ROLE_MAP) {
			note_stray();
			return 0;
		}
		p = pgtable_of(iop);
	}
	if (table && is_plain(0))
		count_map_won(p, iop, ~0ULL);
	else
		count_news(p, 0, 0, stack_now(ctx),
			   table ? an_install(V7S_MAP, V7S_WON) : a_nomem(), 0);
	return 0;
}

SEC("fexit")
int short_allocated(void *ctx)
{
	return count_allocation(ctx, param(ctx, 2));
}

SEC("fexit")
int long_allocated(void *ctx)
{
	return count_allocation(ctx, param(ctx, 2) - kernel.at[V7S_AT_CFG]);
}

static __always_inline int count_release(void *ctx, __u64 iop)
{
	struct pgtable *p = bpf_map_lookup_elem(&pgtables, &iop);
	struct caller caller = { 0 };
	struct lost lost;
	struct replaced replaced;
	__u32 role, why;
	int is_lost;

	/* The tables left in it are freed with it. */
	if (p && p->gone)
		return 0;
	replaced = all_replaced();
	role = role_of_caller(ctx, &caller, &replaced);
	/* Creation of the page table failed. */
	if (role == V7S_ROLE_CREATE)
		return 0;
	if (role == V7S_ROLE_NONE || role == V7S_ROLE_RETURN) {
		note_stray();
		return 0;
	}
	/* Map frees only tables that lost the race. */
	is_lost = role == V7S_ROLE_MAP;
	if (role == V7S_ROLE_UNMAP) {
		lost.task = bpf_get_current_task();
		lost.table = param(ctx, 0);
		is_lost = !bpf_map_delete_elem(&lost_tables, &lost);
	}
	why = is_lost ? V7S_FREE_LOST : freed_for(caller.frame, role, &replaced);
	if (why == TEARDOWN)
		add_to(&generation, 1);
	count_free(ctx, iop, why, 0);
	return 0;
}

SEC("fentry")
int short_release(void *ctx)
{
	return count_release(ctx, param(ctx, 2));
}

SEC("fentry")
int long_release(void *ctx)
{
	return count_release(ctx, param(ctx, 2) - kernel.at[V7S_AT_CFG]);
}

/* Formats are built on each other; the outermost one counts. */
static __always_inline int begin_create(void)
{
	__u64 task = bpf_get_current_task();
	__u32 *depth = bpf_map_lookup_elem(&creating, &task), one = 1;

	if (depth)
		++*depth;
	else if (bpf_map_update_elem(&creating, &task, &one, BPF_NOEXIST))
		note_stray();
	return 0;
}

static __always_inline int end_create(void *ctx, __u32 fmt)
{
	__u64 task = bpf_get_current_task(), iop = result(ctx);
	__u32 *depth = bpf_map_lookup_elem(&creating, &task);

	/* The call began before the programs were attached. */
	if (!depth)
		return 0;
	if (*depth > 1) {
		--*depth;
		return 0;
	}
	bpf_map_delete_elem(&creating, &task);
	if (!iop)
		return 0;
	add_to(&generation, 1);
	if (!count_create(iop, fmt, param(ctx, 0), stack_now(ctx)))
		note_stray();
	return 0;
}

/* Values of enum io_pgtable_fmt, which has only ever grown. */
#define CREATE(name, fmt)						\
	SEC("fentry") int begin_##name(const void *ctx)			\
	{								\
		(void)ctx;						\
		return begin_create();					\
	}								\
	SEC("fexit") int end_##name(void *ctx)				\
	{								\
		return end_create(ctx, fmt);				\
	}

CREATE(create_32_s1, 0)
CREATE(create_32_s2, 1)
CREATE(create_64_s1, 2)
CREATE(create_64_s2, 3)
CREATE(create_v7s, 4)
CREATE(create_mali, 5)

/* From here on, another page table may get the address. */
static __always_inline int begin_destroy(void *ctx)
{
	add_to(&generation, 1);
	count_destroy(ctx, param(ctx, 0));
	return 0;
}

static __always_inline int end_destroy(void *ctx)
{
	add_to(&generation, 1);
	forget(param(ctx, 0));
	return 0;
}

#define DESTROY(name)							\
	SEC("fentry") int begin_##name(void *ctx)			\
	{								\
		return begin_destroy(ctx);				\
	}								\
	SEC("fexit") int end_##name(void *ctx)				\
	{								\
		return end_destroy(ctx);				\
	}

DESTROY(short_destroy)
DESTROY(long_destroy)

/* The result is all that most calls cost. */
static __always_inline int end_unmap(void *ctx)
{
	if (!result(ctx) && !count_refused_unmap(param(ctx, 0), param(ctx, 1),
					    param(ctx, 2), stack_now(ctx)))
		note_lost_answer();
	return 0;
}

static __always_inline int end_map(void *ctx)
{
	if ((__s32)result(ctx) == -EEXIST &&
	    !count_refused_map(param(ctx, 0), param(ctx, 1), param(ctx, 3),
			       param(ctx, 7), stack_now(ctx)))
		note_lost_answer();
	return 0;
}

#define REFUSE(name)							\
	SEC("fexit") int name##_unmapped(void *ctx)			\
	{								\
		return end_unmap(ctx);					\
	}								\
	SEC("fexit") int name##_mapped(void *ctx)			\
	{								\
		return end_map(ctx);					\
	}

REFUSE(short)
REFUSE(long)

/*
 * Locks that are no split_lock, until page tables come or go: few locks of a kernel
 * are contended often, and finding the caller takes most of the time.
 */
static __u64 other_locks[V7S_OTHER_LOCKS];

static __always_inline __u64 *other_lock(__u64 lock)
{
	__u32 nr = lock >> 4 ^ lock >> 12;

	return &other_locks[nr % V7S_OTHER_LOCKS];
}

static __always_inline __u64 other_sum(__u64 lock)
{
	return ~(lock ^ *(volatile __u64 *)&generation * 0x9e3779b97f4a7c15ULL);
}

/*
 * The page table whose split_lock this is; 0: none. @note: count a caller that is
 * not known.
 */
static __always_inline __u64 waits_for(void *ctx, __u64 lock, int note)
{
	__u64 iop = iop_of_lock(lock), sum = other_sum(lock);
	struct replaced replaced;
	struct caller caller;
	struct v7s_self *s;
	__u32 role;

	if (*(volatile __u64 *)other_lock(lock) == sum)
		return 0;
	if (has_split_lock(iop))
		return iop;
	/* An older page table may have no number yet. */
	if (find_caller(ctx, &caller)) {
		replaced = all_replaced();
		role = role_of_locker(unhook(caller.address, &replaced),
				      caller.frame, &replaced);
		if (role == V7S_ROLE_UNMAP)
			return iop;
		if (role != V7S_ROLE_RETURN) {
			*(volatile __u64 *)other_lock(lock) = sum;
			return 0;
		}
	}
	s = self();
	if (s && note)
		add_to(&s->hidden, 1);
	return 0;
}

SEC("fentry")
int begin_wait(void *ctx)
{
	struct v7s_self *s = self();
	__u64 iop;

	if (!s)
		return 0;
	forget_wait(s);
	iop = waits_for(ctx, param(ctx, 0), 0);
	if (iop)
		begin_waiting(s, iop, 0);
	return 0;
}

SEC("fexit")
int end_wait(void *ctx)
{
	__u64 lock = param(ctx, 0), iop = iop_of_lock(lock), ns = ~0ULL;
	struct v7s_self *s = self();

	if (!s)
		return 0;
	/*
	 * If the kernel skipped the program at the begin, the wait counts without a
	 * duration.
	 */
	if (s->wait_iop == iop)
		ns = end_waiting(s);
	else
		iop = waits_for(ctx, lock, 1);
	if (iop)
		count_wait(ctx, iop, ns);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";

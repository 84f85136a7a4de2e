// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * Counts and times the TLB flushes of an IOMMU driver, by kprobes on its
 * functions; see user/source/flush_sites.c for the list.
 *
 * A flush is counted at its entry and timed at its return, so that a flush is
 * still counted if the kernel skips the probe at the return. A wait for the
 * driver's lock is observed in the slow path of the kernel's spinlocks. Every
 * task that finds a lock taken goes through it, and no other task does. The
 * kernel's own events (contention_begin and contention_end, since v5.19) miss
 * the first waiter: it spins without being queued, and on two CPUs there is no
 * second waiter.
 *
 * As in kprobe.bpf.c, the counters of a CPU have one writer at a time, and the
 * offsets of the kernel's structures come from its BTF.
 */
#include "flush.h"

const volatile struct v7s_flush_config kernel = { 0 };

/*
 * Set by the tool to stop counting. The sums over tasks and stacks then equal
 * those over devices.
 */
volatile __u32 over;

#include "kprobe_regs.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct v7s_cpu_flushes);
} cpu_flushes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct v7s_cpu_flush_tasks);
} cpu_flush_tasks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct v7s_cpu_flush_stacks);
} cpu_flush_stacks SEC(".maps");

struct pending {
	__u64 dev;	/* address of its struct device; 0: not known */
	__u64 since;
	__u64 site;
	__u64 caller;
	__u64 stack;	/* hash, see struct v7s_flusher */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, V7S_FLUSH_PENDING);
	__type(key, struct frame_key);
	__type(value, struct pending);
} pending SEC(".maps");

static __always_inline struct v7s_cpu_flushes *on_this_cpu(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&cpu_flushes, &cpu);
}

/* Counters of a device on this CPU. Slots are never freed. */
static __always_inline struct v7s_flush_counts *
counts_of(struct v7s_cpu_flushes *r, __u64 dev)
{
	struct v7s_flush_slot *slot;
	__u32 i;

	if (!dev)
		return &r->slot[V7S_FLUSH_DEVS].c;
#pragma clang loop unroll(disable)
	for (i = 0; i < V7S_FLUSH_DEVS; i++) {
		slot = &r->slot[i];
		here(slot);
		if (slot->at == dev)
			return &slot->c;
		if (!slot->at) {
			read_dev_name(slot->dev, dev, kernel.init_name,
				      kernel.name);
			barrier();
			*(volatile __u64 *)&slot->at = dev;
			return &slot->c;
		}
	}
	return &r->slot[V7S_FLUSH_DEVS].c;
}

/* Follow the path from @from to a device; 0 if the path ends in NULL. */
static __always_inline __u64 follow(const volatile struct v7s_flush_way *way,
				    __u64 from)
{
	__u32 i;

#pragma clang loop unroll(full)
	for (i = 0; i < V7S_FLUSH_HOPS; i++)
		if (i < way->hops && from)
			from = read_pointer(from + way->hop[i]);
	return from;
}

/* @call: the device, the function and what else its end needs. */
static __always_inline void begin(void *ctx, struct v7s_cpu_flushes *r,
				  struct pending *call)
{
	struct frame_key key;

	call->since = bpf_ktime_get_ns();
	key_of(ctx, &key);
	if (bpf_map_update_elem(&pending, &key, call, BPF_ANY))
		r->no_room++;
}

/* Duration of the call; ~0 if its entry was missed. */
static __always_inline __u64 end(void *ctx, struct pending *call)
{
	__u64 now = bpf_ktime_get_ns();
	struct pending *found;
	struct frame_key key;

	key_of(ctx, &key);
	found = bpf_map_lookup_elem(&pending, &key);
	if (!found)
		return ~0ULL;
	*call = *found;
	bpf_map_delete_elem(&pending, &key);
	return now - call->since;
}

/* Another function that flushes was entered with the same frame. */
static __always_inline int is_jump(const union regs *ctx, __u32 site)
{
	struct pending *call;
	struct frame_key key;

	key_of(ctx, &key);
	call = bpf_map_lookup_elem(&pending, &key);
	return call && call->site != site;
}

/* A load from the context needs a constant offset, hence one load per case. */
static __always_inline __u64 some_arg(const union regs *ctx, __u32 nr)
{
	switch (nr) {
	case 0: return arg(ctx, 0);
	case 1: return arg(ctx, 1);
	case 2: return arg(ctx, 2);
	case 3: return arg(ctx, 3);
	case 4: return arg(ctx, 4);
	}
	return 0;
}

/* Opcodes of an SMMUv3: see the architecture, IHI 0070, chapter 4. */
enum {
	TLBI_NH_ALL	= 0x10,
	TLBI_NH_VA	= 0x12,
	TLBI_NH_VAA	= 0x13,
	TLBI_EL3_VA	= 0x1a,
	TLBI_EL2_VA	= 0x22,
	TLBI_EL2_VAA	= 0x23,
	TLBI_S2_IPA	= 0x2a,
	TLBI_LAST	= 0x3f,
};

/* Kind of a flush, by its first command. */
static __always_inline __u32 kind_of_commands(const union regs *ctx)
{
	__u8 opcode = 0;

	if (!(__u32)some_arg(ctx, kernel.sync - 1))
		return V7S_FLUSH_SYNC;
	bpf_probe_read_kernel(&opcode, sizeof(opcode),
			      (void *)some_arg(ctx, kernel.sync - 2));
	switch (opcode) {
	case TLBI_NH_VA:
	case TLBI_NH_VAA:
	case TLBI_EL3_VA:
	case TLBI_EL2_VA:
	case TLBI_EL2_VAA:
	case TLBI_S2_IPA:
		return V7S_FLUSH_RANGE;
	}
	return opcode >= TLBI_NH_ALL && opcode <= TLBI_LAST ?
	       V7S_FLUSH_ALL : V7S_FLUSH_SYNC;
}

/* The call waits for nothing. No earlier call may be taken for its begin. */
static __always_inline int is_queued_only(const union regs *ctx)
{
	struct frame_key key;

	if (!kernel.sync || (__u8)some_arg(ctx, kernel.sync))
		return 0;
	key_of(ctx, &key);
	bpf_map_delete_elem(&pending, &key);
	return 1;
}

static __always_inline __u32 pm_of(__u64 dev)
{
	__u32 status = V7S_PM_UNKNOWN, error = 0;
	__u8 disabled = 0;

	if (!dev || !kernel.pm_mask)
		return V7S_PM_UNKNOWN;
	bpf_probe_read_kernel(&error, sizeof(error),
			      (void *)(dev + kernel.pm_error));
	if (error)
		return V7S_PM_ERROR;
	bpf_probe_read_kernel(&disabled, sizeof(disabled),
			      (void *)(dev + kernel.pm_disabled));
	if (disabled >> kernel.pm_shift & kernel.pm_mask)
		return V7S_PM_UNSUPPORTED;
	bpf_probe_read_kernel(&status, sizeof(status),
			      (void *)(dev + kernel.pm_status));
	return status <= V7S_PM_SUSPENDING ? status : V7S_PM_UNKNOWN;
}

/*
 * The kernel walks the frames from the registers. At a function's entry, its
 * caller has no frame on that walk yet: only the return address shows the caller.
 * The walk of 32-bit Arm fails there, too.
 */
static __always_inline __s32 note_stack(void *ctx, __u64 *stack, __u64 caller)
{
	__s32 size = sizeof(__u64);

	if (!kernel.arm)
		size = bpf_get_stack(ctx, stack,
				     V7S_STACK_DEPTH * sizeof(__u64), 0);
	if (size < (__s32)sizeof(__u64))
		return size;
	stack[0] = caller;
	return (__u32)size / sizeof(__u64);
}

/*
 * The slot of a task or a stack: @n slots of @size bytes, @n a power of two,
 * followed by the slot other. @from: the stack for a new slot, or NULL.
 */
static __always_inline struct v7s_flusher *
flusher_slot(void *slots, __u32 size, __u32 n, __u64 id, const char *comm,
	     const __u64 *from, __u32 frames)
{
	const __u64 *name = (const __u64 *)comm;
	__u32 hash = (__u32)id * 61 + (__u32)(id >> 32), i, k;
	struct v7s_flush_stack *to;
	struct v7s_flusher *f;

#pragma clang loop unroll(disable)
	for (i = 0; i < V7S_PROBES; i++) {
		f = slots + ((hash + i) & (n - 1)) * size;
		here(f);
		if (f->used && f->id == id &&
		    ((__u64 *)f->comm)[0] == name[0] &&
		    ((__u64 *)f->comm)[1] == name[1])
			return f;
		if (f->used)
			continue;
		f->id = id;
		((__u64 *)f->comm)[0] = name[0];
		((__u64 *)f->comm)[1] = name[1];
		if (from) {
			to = (void *)f;
#pragma clang loop unroll(full)
			for (k = 0; k < V7S_STACK_DEPTH; k++)
				to->stack[k] = from[k];
			to->frames = frames;
		}
		barrier();
		*(volatile __u64 *)&f->used = 1;
		return f;
	}
	return slots + n * size;
}

static __always_inline __u64 hash_of(const __u64 *stack)
{
	__u64 hash = 0;
	__u32 i;

#pragma clang loop unroll(full)
	for (i = 0; i < V7S_STACK_DEPTH; i++) {
		hash = (hash ^ stack[i]) * 0x9e3779b97f4a7c15ULL;
		hash ^= hash >> 29;
	}
	return hash;
}

/* Count the begin of a flush, or its end after @ns, by task and by stack. */
static __always_inline void count_flusher(struct v7s_cpu_flushes *r,
					  __u64 stack, __u32 frames,
					  __u64 begun, __u64 ns)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct v7s_cpu_flush_stacks *stacks;
	struct v7s_cpu_flush_tasks *tasks;
	/* Before v6.3, the helper leaves the bytes behind the name as they are. */
	char comm[V7S_COMM] __attribute__((aligned(8))) = { 0 };
	struct v7s_flusher *f;

	bpf_get_current_comm(comm, sizeof(comm));
	tasks = kernel.tasks ? bpf_map_lookup_elem(&cpu_flush_tasks, &cpu) :
			       NULL;
	if (tasks) {
		f = flusher_slot(tasks->slot, sizeof(*tasks->slot), V7S_TASKS,
				 bpf_get_current_pid_tgid(), comm, NULL, 0);
		f->flushes += begun;
		f->ns += ns;
	}
	stacks = kernel.stacks ? bpf_map_lookup_elem(&cpu_flush_stacks, &cpu) :
				 NULL;
	if (stacks) {
		f = flusher_slot(stacks->slot, sizeof(*stacks->slot),
				 V7S_STACKS, stack, comm,
				 begun ? r->stack : NULL, frames);
		f->flushes += begun;
		f->ns += ns;
	}
}

/* Keep the stack of the flush that begins. Returns the number of its frames. */
static __always_inline __u32 keep_stack(void *ctx, struct v7s_cpu_flushes *r,
					__u64 caller)
{
	__s32 frames;
	__u32 i;

#pragma clang loop unroll(full)
	for (i = 0; i < V7S_STACK_DEPTH; i++)
		r->stack[i] = 0;
	frames = note_stack(ctx, r->stack, caller);
	return frames < 0 ? 0 : frames;
}

/* The function that flushes has a cause, or its caller has. */
static __always_inline __u32 cause_of(__u32 site, __u32 role)
{
	if (role == V7S_ROLE_OWN)
		return V7S_CAUSE_OWN;
	if (kernel.cause[site] == V7S_CAUSE_UNKNOWN && role >= V7S_ROLE_CAUSE)
		return role - V7S_ROLE_CAUSE;
	return kernel.cause[site];
}

/* Count the cause, and the size of a range. */
static __always_inline void count_cause(const union regs *ctx,
					struct v7s_flush_counts *c, __u32 site,
					__u32 cause)
{
	here(cause);
	if (cause < V7S_CAUSES)
		c->cause[cause]++;
	if (kernel.size[site])
		add_time(&c->size, some_arg(ctx, kernel.size[site] - 1));
}

static __always_inline void note_timeout(void *ctx, struct v7s_cpu_flushes *r,
					 __u64 dev, __u64 caller)
{
	struct v7s_timeout *t;
	__u32 i = r->timeouts;

	here(i);
	t = &r->timeout[i % V7S_TIMEOUTS];
	t->time = bpf_ktime_get_ns();
	t->task = bpf_get_current_pid_tgid();
	bpf_get_current_comm(t->comm, sizeof(t->comm));
	t->dev[0] = 0;
	if (dev)
		read_dev_name(t->dev, dev, kernel.init_name, kernel.name);
	t->pm = pm_of(dev);
	t->frames = note_stack(ctx, t->stack, caller);
	barrier();
	*(volatile __u64 *)&r->timeouts = r->timeouts + 1;
}

static __always_inline int enter(union regs *ctx, __u32 nr)
{
	struct v7s_cpu_flushes *r = on_this_cpu();
	struct replaced replaced = all_replaced();
	struct pending call = {
		.site = nr, .caller = returns_to(ctx, &replaced)
	};
	__u32 role = role_of(call.caller), kind = kernel.kind[nr], frames = 0;

	if (!r || over)
		return 0;
	r->runs[nr]++;
	if (is_queued_only(ctx))
		return 0;
	/* Part of a flush that is already counted. */
	if (role == V7S_ROLE_FLUSH ||
	    (kernel.jumps && is_hooked(ctx) && is_jump(ctx, nr)))
		return 0;
	/* A return probe of another tracer hides the caller. */
	if (role == V7S_ROLE_RETURN)
		r->hidden++;
	if (role == V7S_ROLE_OWN)
		kind = V7S_FLUSH_OWN;
	if (kernel.sync)
		kind = kind_of_commands(ctx);
	if (kernel.way[nr].hops) {
		call.dev = follow(&kernel.way[nr],
				  some_arg(ctx, kernel.way[nr].arg));
		/* A domain without any hardware: nothing is flushed. */
		if (!call.dev)
			return 0;
	}
	here(kind);
	if (kind < V7S_FLUSH_KINDS)
		counts_of(r, call.dev)->begun[kind]++;
	if (kernel.stacks)
		frames = keep_stack(ctx, r, call.caller);
	if (kernel.causes)
		count_cause(ctx, counts_of(r, call.dev), nr,
			    cause_of(nr, role));
	if (kernel.stacks)
		call.stack = hash_of(r->stack);
	if (kernel.tasks || kernel.stacks)
		count_flusher(r, call.stack, frames, 1, 0);
	begin(ctx, r, &call);
	return 0;
}

#define ENTER(nr)							\
	SEC("kprobe") int flush_##nr(union regs *ctx)			\
	{								\
		return enter(ctx, nr);					\
	}

ENTER(0)
ENTER(1)
ENTER(2)
ENTER(3)

SEC("kretprobe")
int flushed(union regs *ctx)
{
	struct v7s_cpu_flushes *r = on_this_cpu();
	struct pending call = { 0 };
	__u64 ns = end(ctx, &call);
	struct v7s_flush_counts *c;

	if (!r || over || ns == ~0ULL)
		return 0;
	c = counts_of(r, call.dev);
	add_time(&c->flush, ns);
	if (kernel.tasks || kernel.stacks)
		count_flusher(r, call.stack, 0, 0, ns);
	if (kernel.late && (__s32)arg(ctx, 0) == kernel.late) {
		c->timeouts++;
		note_timeout(ctx, r, call.dev, call.caller);
	}
	return 0;
}

/*
 * The driver calls this function when a flush takes too long. Other code calls
 * it for other failures.
 */
SEC("kprobe")
int timed_out(union regs *ctx)
{
	struct v7s_cpu_flushes *r = on_this_cpu();
	struct replaced replaced = all_replaced();
	__u64 caller, dev = 0;
	__u32 role;

	if (!r || over)
		return 0;
	r->runs[V7S_FLUSH_SITES]++;
	caller = returns_to(ctx, &replaced);
	role = role_of(caller);
	if (role == V7S_ROLE_RETURN)
		r->hidden++;
	if (role != V7S_ROLE_FLUSH)
		return 0;
	if (kernel.timeout_dev)
		dev = arg(ctx, 0);
	counts_of(r, dev)->timeouts++;
	note_timeout(ctx, r, dev, caller);
	return 0;
}

/* Count the wait if the driver takes its lock here. */
SEC("kprobe")
int wait(union regs *ctx)
{
	struct replaced replaced = all_replaced();
	__u32 role = role_of_locker(returns_to(ctx, &replaced),
				    arg(ctx, ARM64_FP), &replaced);
	struct pending call = { .site = V7S_FLUSH_SITES };
	struct v7s_cpu_flushes *r;

	if (role != V7S_ROLE_FLUSH && role != V7S_ROLE_OWN &&
	    role != V7S_ROLE_RETURN)
		return 0;
	r = on_this_cpu();
	if (!r || over)
		return 0;
	if (role == V7S_ROLE_RETURN) {
		r->hidden++;
		return 0;
	}
	if (kernel.lock.hops)
		call.dev = follow(&kernel.lock, arg(ctx, 0));
	counts_of(r, call.dev)->waits++;
	begin(ctx, r, &call);
	return 0;
}

SEC("kretprobe")
int waited(union regs *ctx)
{
	struct pending call = { 0 };
	__u64 ns = end(ctx, &call);
	struct v7s_cpu_flushes *r = on_this_cpu();

	if (r && !over && ns != ~0ULL)
		add_time(&counts_of(r, call.dev)->wait, ns);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";

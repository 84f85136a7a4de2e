// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * Counts what a kernel without the series does to its page tables, with kprobes
 * on the functions that its compiler kept. See user/source/kprobe_sites.c for
 * the list and for the figures that they allow.
 *
 * The counts are not exact: the kernel skips a kprobe that is hit while another
 * program runs on that CPU, for example in an interrupt. For the same reason
 * the counters of a CPU have one writer at a time.
 *
 * There is one object for all machines: read-only data selects the registers,
 * and the verifier ignores branches that are never taken. The tool takes the
 * offsets in the kernel's structures from BTF. Without BTF the devices have no
 * names; nothing else changes.
 */
#include "count.h"
#include "kprobe.h"

const volatile struct v7s_kprobe_config kernel = { 0 };

#include "refuse.h"
#include "wait.h"

enum call {
	CALL_INSTALL, CALL_ALLOC, CALL_CREATE, CALL_DESTROY, CALL_MAP, CALL_UNMAP,
	CALL_NOTE,		/* no call: a table that may be freed as lost */
};

struct pending {
	__u32 call, family;
	__u32 role, fmt;
	/* struct io_pgtable; create: its cfg; map, unmap: its ops */
	__u64 iop;
	__u64 entry;		/* install: address of the entry; map, unmap: IOVA */
	/* install: expected old value; map, unmap: size of a page */
	__u64 curr;
	/* map: address of the size that was mapped; unmap: size of the range */
	__u64 table;
	__s64 stack;
};

/* A call, by its task and its frame; see frame_key. */
struct slot {
	__u64 task;		/* 0: the slot is free */
	__u64 frame;
	__u64 sum;		/* of the rest */
	struct pending call;
};

/*
 * A direct-mapped array costs a fifth of a hash. Two CPUs that take one slot at
 * the same time spoil each other's call: the sum detects that, and the call
 * counts as unmatched.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, V7S_PENDING);
	__type(key, __u32);
	__type(value, struct slot);
} pending SEC(".maps");

/*
 * Frames of the notes about a table that may be lost, and about a split that
 * found no memory: no frame has these values.
 */
#define NOTE (~0ULL)
#define NO_MEMORY (~1ULL)

static __always_inline __u64 frame_of(const volatile union regs *ctx)
{
	struct frame_key key;

	key_of(ctx, &key);
	return key.saved[0] ^ key.saved[1] * 3 ^ key.saved[2] * 5 ^
	       key.saved[3] * 7;
}

static __always_inline __u64 sum_of(__u64 task, __u64 frame,
				    const struct pending *call)
{
	const __u64 *word = (const __u64 *)call;
	__u64 sum = task ^ frame;
	__u32 i;

#pragma clang loop unroll(full)
	for (i = 0; i < sizeof(*call) / sizeof(*word); i++)
		sum ^= word[i];
	return ~sum;
}

/* The slot of a call, or the one to use for it; NULL cannot happen. */
static __always_inline struct slot *slot_for(__u64 task, __u64 frame)
{
	struct slot *slot = 0, *first = 0, *unused = 0;
	__u32 from = (task >> 6) ^ (task >> 16) ^ (frame >> 4), nr, i;

#pragma clang loop unroll(disable)
	for (i = 0; i < V7S_PENDING_PROBES; i++) {
		nr = (from + i) % V7S_PENDING;
		slot = bpf_map_lookup_elem(&pending, &nr);
		if (!slot)
			return 0;
		if (slot->task == task && slot->frame == frame)
			return slot;
		if (!first)
			first = slot;
		if (!unused && !slot->task)
			unused = slot;
	}
	return unused ? unused : first;
}

static __always_inline int is_request(__u32 call)
{
	return call == CALL_MAP || call == CALL_UNMAP;
}

/* A call whose return is awaited, or no longer: another call took its place. */
static __always_inline void await(__u32 call, __u64 n)
{
	struct v7s_self *s = self();

	if (!s || call == CALL_NOTE)
		return;
	if (is_request(call))
		s->requests += n;
	else
		s->calls += n;
}

static __always_inline void put(__u64 frame, const struct pending *call)
{
	__u64 task = bpf_get_current_task();
	struct slot *slot = slot_for(task, frame);

	if (!slot)
		return;
	/* A call that is evicted returns unmatched. */
	if (slot->task && (slot->task != task || slot->frame != frame))
		await(slot->call.call, -1);
	slot->task = task;
	slot->frame = frame;
	slot->call = *call;
	slot->sum = sum_of(task, frame, call);
	await(call->call, 1);
}

/* @table: 0 for a call; for a note, the table that it must be about. */
static __always_inline int take(__u64 frame, __u32 call, __u64 table,
				struct pending *to)
{
	__u64 task = bpf_get_current_task();
	struct slot *slot = slot_for(task, frame);

	if (!slot || slot->task != task || slot->frame != frame)
		return 0;
	*to = slot->call;
	if (to->call != call || slot->sum != sum_of(task, frame, to) ||
	    (table && to->table != table))
		return 0;
	slot->task = 0;
	return 1;
}

/* Remember the entry of a call. */
static __always_inline int enter(void *ctx, struct pending *call)
{
	put(frame_of(ctx), call);
	return 0;
}

/* Find the entry of the call that returns; false if it was missed. */
static __always_inline int leave(void *ctx, __u32 call, struct pending *to)
{
	struct v7s_self *s = self();

	if (!s)
		return 0;
	if (!take(frame_of(ctx), call, 0, to)) {
		/* A tail call returns twice but was entered once. */
		if (is_request(call))
			s->lost_answers++;
		else if (call != CALL_CREATE)
			s->unmatched++;
		return 0;
	}
	if (is_request(call))
		s->answers++;
	else
		s->returns++;
	return 1;
}

/* Another tracer hides the caller. */
static __always_inline void note_hidden(__u32 role)
{
	struct v7s_self *s = self();

	if (s && role == V7S_ROLE_RETURN)
		s->hidden++;
}

/* Role of the caller, at the return of the call. */
static __always_inline __u32 role_at_return(union regs *ctx,
					    const struct pending *call)
{
	struct replaced replaced = all_replaced();
	__u32 role = call->role;
	__u64 address;

	if (role != V7S_ROLE_RETURN)
		return role;
	address = returned_to(ctx);
	if (address)
		role = role_of(unhook(address, &replaced));
	note_hidden(role);
	return role;
}

static __always_inline void count_call(const struct pgtable *p,
				       const struct pending *call,
				       __u64 first, __u64 second)
{
	int is_short = call->family == V7S_SHORT;

	count_news(p, is_short ? call->entry : 0, is_short ? 1 << 20 : 0,
		   call->stack, first, second);
}

/*
 * Entries are u32 or u64. On 32-bit Arm a u64 takes two registers, so that the
 * last argument is on the stack.
 */
static __always_inline void read_install(union regs *ctx, __u32 family,
					 struct pending *call)
{
	call->family = family;
	call->table = arg(ctx, 0);
	call->entry = arg(ctx, 1);
	if (family == V7S_SHORT) {
		call->curr = (__u32)arg(ctx, 2);
		call->iop = arg(ctx, 3) - kernel.at[V7S_AT_CFG];
	} else if (kernel.arm) {
		call->curr = arg(ctx, 3) << 32 | arg(ctx, 2);
		call->iop = read_pointer(arg(ctx, ARM_SP));
	} else {
		call->curr = arg(ctx, 2);
		call->iop = arg(ctx, 3);
	}
	call->stack = stack_of_install(ctx, call->curr);
}

static __always_inline int enter_install(union regs *ctx, __u32 family)
{
	struct pending call = { .call = CALL_INSTALL };
	struct v7s_self *s = self();

	if (s)
		s->installs++;
	read_install(ctx, family, &call);
	return enter(ctx, &call);
}

SEC("kprobe")
int short_install(union regs *ctx)
{
	return enter_install(ctx, V7S_SHORT);
}

SEC("kprobe")
int long_install(union regs *ctx)
{
	return enter_install(ctx, V7S_LONG);
}

SEC("kretprobe")
int installed(union regs *ctx)
{
	__u32 outcome, split, why;
	struct v7s_self *s = self();
	struct pending call;
	struct pgtable *p;
	__u64 old;

	if (!leave(ctx, CALL_INSTALL, &call))
		return 0;
	old = arg(ctx, 0);
	if (call.family == V7S_SHORT)
		old = (__u32)old;
	else if (kernel.arm)
		old |= arg(ctx, 1) << 32;
	outcome_of(call.family, call.curr, old, &why, &outcome, &split);
	if (kernel.ranges && why == V7S_SPLIT && outcome != V7S_WON) {
		call.call = CALL_NOTE;
		put(NOTE, &call);
	}
	if (s && why == V7S_SPLIT && outcome == V7S_WON &&
	    call.family == V7S_SHORT)
		s->split_sections++;

	p = pgtable_of(call.iop);
	count_call(p, &call, an_install(why, outcome),
		   why == V7S_SPLIT ? a_split(split) : 0);
	return 0;
}

/*
 * The entry of install_table alone costs less than half of the pair. An attempt
 * counts as won, or a split as done, until the table is freed as a lost one.
 * These programs are not used if stacks or a stream are wanted.
 */
static __always_inline int count_attempt(union regs *ctx, __u32 family)
{
	struct pending call = { .call = CALL_NOTE };
	struct v7s_self *s;
	struct pgtable *p;
	__u32 cpu = bpf_get_smp_processor_id(), nr;
	__u64 args[12];

	read_install(ctx, family, &call);
	p = pgtable_of(call.iop);
	if (call.curr) {
		s = self();
		if (s && family == V7S_SHORT)
			s->split_sections++;
		put(NOTE, &call);
		count_call(p, &call, an_install(V7S_SPLIT, V7S_WON),
			   a_split(V7S_DONE));
		return 0;
	}
	args[ARG_DEV] = p ? (__u64)(long)p->dev : 0;
	args[ARG_PGTABLE] = p ? p->number : 0;
	args[ARG_FMT] = p ? p->fmt : 0;
	args[INSTALL_WINDOW] = ~0ULL;
	nr = NR(install) + V7S_MAP * V7S_INSTALL_OUTCOME + V7S_WON;
	count_table(cpu, V7S_EVENT_INSTALL, nr, args);
	if (config.tasks)
		count_task(cpu, V7S_EVENT_INSTALL, nr, args);
	return 0;
}

SEC("kprobe")
int short_attempt(union regs *ctx)
{
	return count_attempt(ctx, V7S_SHORT);
}

SEC("kprobe")
int long_attempt(union regs *ctx)
{
	return count_attempt(ctx, V7S_LONG);
}

/* The unmap will return that it did nothing, for a reason that is counted. */
static __always_inline void note_no_memory(__u64 iop)
{
	struct pending note = { .call = CALL_NOTE, .iop = iop };

	if (kernel.refusals)
		put(NO_MEMORY, &note);
}

static __always_inline int had_no_memory(__u64 iop)
{
	/* The verifier wants a value even where take() returns false. */
	struct pending note = { 0 };

	return take(NO_MEMORY, CALL_NOTE, 0, &note) && note.iop == iop;
}

SEC("kprobe")
int allocate(union regs *ctx)
{
	struct replaced replaced = all_replaced();
	struct pending call = {
		.call = CALL_ALLOC,
		.family = family_of(arg(ctx, 0)),
		.role = role_of(returns_to(ctx, &replaced)),
		.iop = arg(ctx, 2),
	};

	if (call.family == V7S_LONG)
		call.iop -= kernel.at[V7S_AT_CFG];
	call.stack = stack_now(ctx);
	return enter(ctx, &call);
}

SEC("kretprobe")
int allocated(union regs *ctx)
{
	struct v7s_self *s = self();
	struct pending call;
	__u64 first, second = 0;
	__u32 why, role;

	if (!leave(ctx, CALL_ALLOC, &call))
		return 0;
	/* Otherwise it is the top level of a new page table. */
	role = role_at_return(ctx, &call);
	if (role != V7S_ROLE_MAP && role != V7S_ROLE_UNMAP)
		return 0;
	why = role == V7S_ROLE_MAP ? V7S_MAP : V7S_SPLIT;
	if (arg(ctx, 0)) {
		if (call.family == V7S_SHORT ? kernel.install[V7S_SHORT] :
					       kernel.install[V7S_LONG]) {
			if (s)
				s->allocated++;
			return 0;
		}
		/* Counts as won until the table is freed as a lost one. */
		first = an_install(why, V7S_WON);
	} else {
		first = a_nomem();
		if (why == V7S_SPLIT) {
			second = a_split(V7S_SPLIT_FAILED);
			note_no_memory(call.iop);
		}
	}
	count_call(pgtable_of(call.iop), &call, first, second);
	return 0;
}

static __always_inline __u64 read_entry(const struct pending *note)
{
	__u64 wide = 0;
	__u32 narrow = 0;

	if (note->family == V7S_SHORT) {
		bpf_probe_read_kernel(&narrow, sizeof(narrow),
				      (void *)note->entry);
		return narrow;
	}
	bpf_probe_read_kernel(&wide, sizeof(wide), (void *)note->entry);
	return wide;
}

/*
 * Unmap frees the table of its last attempt: either the attempt was lost, and
 * the entry is what the winner wrote, or the table was installed, and unmap has
 * cleared the entry before it frees the table. A split that lost to an unmap of
 * the whole looks like the latter: that is an error of the caller.
 */
static __always_inline int is_lost_split(const struct pending *note)
{
	return read_entry(note) != 0;
}

/* The split that counted as done was not; counters_late_splits() corrects it. */
static __always_inline __u64 not_done(const struct pending *note)
{
	if (note->family == V7S_SHORT) {
		struct v7s_self *s = self();

		if (s)
			s->not_split++;
	}
	return a_split(is_table(note->family, read_entry(note)) ?
		       V7S_FOUND_DONE : V7S_SPLIT_GONE);
}

SEC("kprobe")
int release(union regs *ctx)
{
	struct replaced replaced = all_replaced();
	__u32 role = role_of(returns_to(ctx, &replaced)), why;
	__u64 iop = arg(ctx, 2);
	struct pending note;
	struct pgtable *p;
	__u64 second = 0;
	int lost;

	if (family_of(arg(ctx, 1)) == V7S_LONG)
		iop -= kernel.at[V7S_AT_CFG];
	p = bpf_map_lookup_elem(&pgtables, &iop);
	/* The tables left in it are freed with it. */
	if (p && p->gone)
		return 0;
	/* Creation of the page table failed. */
	if (role == V7S_ROLE_CREATE)
		return 0;
	if (role == V7S_ROLE_NONE) {
		note_stray();
		return 0;
	}

	/* Without the caller, the reason is taken to be the usual one. */
	note_hidden(role);
	/*
	 * Map frees only tables that lost the race. A tail call in a function
	 * called by unmap returns to unmap, so unmap may look like the caller.
	 */
	lost = role == V7S_ROLE_MAP;
	if ((role == V7S_ROLE_UNMAP || role == V7S_ROLE_RETURN) &&
	    take(NOTE, CALL_NOTE, arg(ctx, 0), &note) && note.iop == iop) {
		lost = !config.late || is_lost_split(&note);
		if (lost && config.late)
			second = not_done(&note);
	}
	why = lost ? V7S_FREE_LOST :
		     freed_for(kernel.arm ? 0 : arg(ctx, ARM64_FP), role,
			       &replaced);
	count_free(ctx, iop, why, second);
	return 0;
}

/* The constructor of another format was entered with the same frame. */
static __always_inline int is_tail_call(__u64 frame, __u32 fmt)
{
	__u64 task = bpf_get_current_task();
	struct slot *slot = slot_for(task, frame);

	return slot && slot->task == task && slot->frame == frame &&
	       slot->call.call == CALL_CREATE && slot->call.fmt != fmt;
}

/*
 * The configuration is the caller's until the function returns. Formats are
 * built on each other; the outermost one counts.
 */
static __always_inline int enter_create(union regs *ctx, __u32 fmt)
{
	struct replaced replaced = all_replaced();
	struct pending call = {
		.call = CALL_CREATE,
		.fmt = fmt,
		.role = role_of(returns_to(ctx, &replaced)),
		.iop = arg(ctx, 0),
		.stack = stack_now(ctx),
	};

	/*
	 * A tail call from another format: the outer call returns and is
	 * counted.
	 */
	if (is_hooked(ctx) && is_tail_call(frame_of(ctx), fmt))
		return 0;
	return enter(ctx, &call);
}

/* Values of enum io_pgtable_fmt, which has only ever grown. */
#define CREATE(name, fmt)						\
	SEC("kprobe") int name(union regs *ctx)				\
	{								\
		return enter_create(ctx, fmt);				\
	}

CREATE(create_32_s1, 0)
CREATE(create_32_s2, 1)
CREATE(create_64_s1, 2)
CREATE(create_64_s2, 3)
CREATE(create_v7s, 4)
CREATE(create_mali, 5)

SEC("kretprobe")
int created(union regs *ctx)
{
	struct pending call;
	__u64 iop;

	if (!leave(ctx, CALL_CREATE, &call))
		return 0;
	iop = arg(ctx, 0);
	if (role_at_return(ctx, &call) == V7S_ROLE_CREATE || !iop)
		return 0;
	count_create(iop, call.fmt, call.iop, call.stack);
	return 0;
}

SEC("kprobe")
int destroy(union regs *ctx)
{
	struct pending call = { .call = CALL_DESTROY, .iop = arg(ctx, 0) };

	count_destroy(ctx, call.iop);
	return enter(ctx, &call);
}

SEC("kretprobe")
int destroyed(union regs *ctx)
{
	struct pending call;

	if (leave(ctx, CALL_DESTROY, &call))
		forget(call.iop);
	return 0;
}

/*
 * Few requests are refused, so the stack is taken at the return, where it begins
 * with the caller. Before v5.16 a program there does not see the caller: then
 * the stack is taken of each request.
 */
static __always_inline __s64 stack_of_request(void *ctx)
{
	return kernel.hooks.pc ? -1 : stack_now(ctx);
}

static __always_inline __s64 stack_of_refusal(void *ctx, const struct pending *call)
{
	return kernel.hooks.pc ? stack_now(ctx) : call->stack;
}

SEC("kprobe")
int map(union regs *ctx)
{
	struct pending call = {
		.call = CALL_MAP,
		.iop = arg(ctx, 0),
		.entry = arg(ctx, 1),
		.curr = arg(ctx, 3),
		.table = arg(ctx, 7),
		.stack = stack_of_request(ctx),
	};

	return enter(ctx, &call);
}

SEC("kretprobe")
int mapped(union regs *ctx)
{
	struct pending call;

	if (leave(ctx, CALL_MAP, &call) && (__s32)arg(ctx, 0) == -EEXIST &&
	    !count_refused_map(call.iop, call.entry, call.curr, call.table,
			       stack_of_refusal(ctx, &call)))
		note_lost_answer();
	return 0;
}

SEC("kprobe")
int unmap(union regs *ctx)
{
	struct pending call = {
		.call = CALL_UNMAP,
		.iop = arg(ctx, 0),
		.entry = arg(ctx, 1),
		.curr = arg(ctx, 2),
		.table = arg(ctx, 2) * arg(ctx, 3),
		.stack = stack_of_request(ctx),
	};

	return enter(ctx, &call);
}

SEC("kretprobe")
int unmapped(union regs *ctx)
{
	struct pending call;
	int counted;

	if (!leave(ctx, CALL_UNMAP, &call) || arg(ctx, 0) == call.table)
		return 0;
	counted = had_no_memory(call.iop - kernel.at[V7S_AT_OPS]);
	if (!arg(ctx, 0) && !counted &&
	    !count_refused_unmap(call.iop, call.entry, call.curr,
				 stack_of_refusal(ctx, &call)))
		note_lost_answer();
	return 0;
}

SEC("kprobe")
int begin_wait(union regs *ctx)
{
	struct v7s_self *s = self();
	__u64 iop = iop_of_lock(arg(ctx, 0)), sp;
	struct replaced replaced;
	__u32 role;

	if (!s)
		return 0;
	forget_wait(s);
	/* An older page table may have no number yet. */
	if (!has_split_lock(iop)) {
		replaced = all_replaced();
		role = role_of_locker(returns_to(ctx, &replaced),
				      arg(ctx, ARM64_FP), &replaced);
		if (role == V7S_ROLE_RETURN)
			s->hidden_waits++;
		if (role != V7S_ROLE_UNMAP)
			return 0;
	}
	sp = ctx->arm64.sp;
	here(sp);
	begin_waiting(s, iop, sp);
	return 0;
}

/* The stack pointer is the same at both ends. */
SEC("kretprobe")
int end_wait(union regs *ctx)
{
	struct v7s_self *s = self();
	__u64 sp = ctx->arm64.sp, iop;

	here(sp);
	if (!s)
		return 0;
	iop = s->wait_iop;
	if (iop && s->wait_frame == sp)
		count_wait(ctx, iop, end_waiting(s));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";

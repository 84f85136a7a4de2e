/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * A call as kprobes see it: its arguments, its caller, and the matching return.
 *
 * A file that includes this header first defines the variable kernel, with the
 * members arm, ranges, range and hooks of struct v7s_kprobe_config.
 */
#ifndef V7S_KPROBE_REGS_H
#define V7S_KPROBE_REGS_H

#include "hist.h"
#include "kprobe.h"

/* Registers as the kernel saves them. The first ones have never changed. */
union regs {
	struct {
		__u32 r[18];
	} arm;
	struct {
		__u64 x[31], sp, pc;
	} arm64;
};

enum { ARM_R4 = 4, ARM_SP = 13, ARM_LR = 14, ARM_PC = 15 };
enum { ARM64_FP = 29, ARM64_LR = 30 };

/*
 * Key of a call, from its entry to its return. An interrupt may make the same
 * call in the task that it interrupts, and a task may return on another CPU.
 * But the registers that a function preserves are equal at both ends, and
 * unique on that stack: the stack pointer on arm64; r4 to r11 on 32-bit Arm,
 * where a return does not show the real stack pointer.
 */
struct frame_key {
	__u64 task;
	__u64 saved[4];
};

/*
 * Loads from the context must stay where they are written: clang would choose
 * the address first and load once, which the verifier does not allow.
 */
static __always_inline __u64 arg(const volatile union regs *ctx, __u32 nr)
{
	__u64 value;

	if (kernel.arm) {
		value = ctx->arm.r[nr];
		here(value);
	} else {
		value = ctx->arm64.x[nr];
		here(value);
	}
	return value;
}

static __always_inline __u64 read_pointer(__u64 from)
{
	__u64 wide = 0;
	__u32 narrow = 0;

	if (kernel.arm) {
		bpf_probe_read_kernel(&narrow, sizeof(narrow), (void *)from);
		return narrow;
	}
	bpf_probe_read_kernel(&wide, sizeof(wide), (void *)from);
	return wide;
}

static __always_inline void key_of(const volatile union regs *ctx,
				   struct frame_key *key)
{
	__u64 sp, a, b;
	__u32 i;

	key->task = bpf_get_current_task();
	if (kernel.arm) {
#pragma clang loop unroll(full)
		for (i = 0; i < 4; i++) {
			a = ctx->arm.r[ARM_R4 + 2 * i];
			here(a);
			b = ctx->arm.r[ARM_R4 + 2 * i + 1];
			here(b);
			key->saved[i] = a << 32 | b;
		}
		return;
	}
	sp = ctx->arm64.sp;
	here(sp);
	key->saved[0] = sp;
	key->saved[1] = key->saved[2] = key->saved[3] = 0;
}

/* Role of the code at an address, which may carry a signature. */
static __always_inline __u32 role_of(__u64 address)
{
	const __u64 unsigned_part = (1ULL << 36) - 1;
	__u32 role = V7S_ROLE_NONE, i;

	/*
	 * If a call ends a function, its return address is in the next
	 * function.
	 */
	address = (address - 1) & unsigned_part;
#pragma clang loop unroll(disable)
	for (i = 0; i < V7S_RANGES; i++) {
		if (i == kernel.ranges)
			break;
		if (address >= (kernel.range[i].start & unsigned_part) &&
		    address < (kernel.range[i].end & unsigned_part))
			role = kernel.range[i].role;
	}
	return role == V7S_ROLE_GRAPH ? V7S_ROLE_RETURN : role;
}

static __always_inline int is_within(__u64 address, __u64 start, __u64 end)
{
	const __u64 unsigned_part = (1ULL << 36) - 1;

	return ((address - start) & unsigned_part) < end - start;
}

/* Replaced addresses that no frame has used yet. */
struct replaced {
	__u64 node;	/* leads to the next return probe */
	__u32 top;	/* of the function graph tracer's stack */
};

static __always_inline struct replaced all_replaced(void)
{
	__u64 task = bpf_get_current_task();
	struct replaced r = { .node = task + kernel.hooks.first };

	if (!kernel.hooks.graph_end)
		return r;
	bpf_probe_read_kernel(&r.top, sizeof(r.top),
			      (void *)(task + kernel.hooks.top));
	/* An empty stack of entries has the number -1. */
	if (kernel.hooks.entry)
		r.top++;
	return r;
}

static __always_inline __u64 take_node(struct replaced *r)
{
	r->node = read_pointer(r->node);
	return read_pointer(r->node + kernel.hooks.address);
}

/*
 * The top is the number of entries. Since v6.11 it is the number of words in
 * use, and the last word of an entry has the distance to its start in ten bits.
 */
static __always_inline __u64 take_graph(struct replaced *r)
{
	__u64 size = kernel.arm ? 4 : 8, stack;

	if (!r->top)
		return 0;
	stack = read_pointer(bpf_get_current_task() + kernel.hooks.stack);
	r->top--;
	if (kernel.hooks.entry)
		size = kernel.hooks.entry;
	else
		r->top -= read_pointer(stack + r->top * size) & 0x3ff;
	return read_pointer(stack + r->top * size + kernel.hooks.ret);
}

/* The address in a frame, before tracers replaced it. */
static __always_inline __u64 unhook(__u64 address, struct replaced *r)
{
	const volatile struct v7s_hooks *h = &kernel.hooks;
	__u64 before;
	__u32 i;

#pragma clang loop unroll(disable)
	for (i = 0; i < V7S_HOOKS; i++) {
		if (is_within(address, h->start, h->end))
			before = take_node(r);
		else if (is_within(address, h->graph, h->graph_end))
			before = take_graph(r);
		else
			break;
		if (!before)
			break;
		address = before;
	}
	return address;
}

/*
 * Where a function returns to, at its entry. V7S_ROLE_RETURN: a tracer hides the
 * caller.
 */
static __always_inline __u64 returns_to(const volatile union regs *ctx,
					struct replaced *r)
{
	return unhook(kernel.arm ? arg(ctx, ARM_LR) : arg(ctx, ARM64_LR), r);
}

/*
 * True if the function was entered with a replaced return address: by a return
 * probe that ran before, or by a jump from a function that has a return probe.
 */
static __always_inline int is_hooked(const volatile union regs *ctx)
{
	return role_of(kernel.arm ? arg(ctx, ARM_LR) : arg(ctx, ARM64_LR)) ==
	       V7S_ROLE_RETURN;
}

/*
 * The same address at the return, whatever has replaced it; 0: not known. The
 * kernel puts it there since v5.16.
 */
static __always_inline __u64 returned_to(const volatile union regs *ctx)
{
	__u64 pc;

	if (!kernel.hooks.pc)
		return 0;
	if (kernel.arm) {
		pc = ctx->arm.r[ARM_PC];
		here(pc);
	} else {
		pc = ctx->arm64.pc;
		here(pc);
	}
	return pc;
}

/*
 * Role of the code that waits for a lock, at the entry of the lock's slow path.
 * @address: the caller of the slow path, which is that code, or a lock function
 * whose @frame has the address of its own caller
 */
static __always_inline __u32 role_of_locker(__u64 address, __u64 frame,
					    struct replaced *replaced)
{
	__u32 role = role_of(address);

	return role == V7S_ROLE_LOCK ?
	       role_of(unhook(read_pointer(frame + 8), replaced)) : role;
}

/* Copy the name of a struct device; the offsets come from BTF. */
static __always_inline void read_dev_name(char *to, __u64 dev, __u64 init_name,
					  __u64 name)
{
	__u64 text = read_pointer(dev + init_name);

	if (!text)
		text = read_pointer(dev + name);
	bpf_probe_read_kernel_str(to, V7S_DEV, (void *)text);
}

#endif

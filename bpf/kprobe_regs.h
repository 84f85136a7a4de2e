/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * A call as kprobes see it: its arguments, its caller, and the matching return.
 *
 * A file that includes this header first defines the variable kernel, with the
 * members arm, ranges and range of struct v7s_kprobe_config.
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
		__u64 x[31], sp;
	} arm64;
};

enum { ARM_R4 = 4, ARM_SP = 13, ARM_LR = 14 };
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

static __always_inline __u64 returns_to(const volatile union regs *ctx)
{
	return kernel.arm ? arg(ctx, ARM_LR) : arg(ctx, ARM64_LR);
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
	return role;
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

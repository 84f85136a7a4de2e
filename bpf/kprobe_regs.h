/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What kprobes see of a call: its arguments, who made it, and which return
 * belongs to it.
 *
 * Whoever includes this has told it before which kernel it is: in kernel, which
 * has the members arm, ranges and range, of struct v7s_kprobe_config.
 */
#ifndef V7S_KPROBE_REGS_H
#define V7S_KPROBE_REGS_H

#include "hist.h"
#include "kprobe.h"

/* As the kernel has them saved, whose first ones have been the same forever. */
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
 * A call, from its entry to its return. An interrupt may make the same call in
 * the task that it interrupts, and a task may return on another CPU. But what
 * a function has to preserve is the same at both ends, and on that stack nobody
 * else's: the stack pointer; on 32-bit Arm r4 to r11, since what a return shows
 * of the stack pointer there is not its value.
 */
struct frame_key {
	__u64 task;
	__u64 saved[4];
};

/*
 * Loads from the context have to be where they are written: clang would choose
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

/* What the code does that an address lies in, which may carry its signature. */
static __always_inline __u32 role_of(__u64 address)
{
	const __u64 unsigned_part = (1ULL << 36) - 1;
	__u32 role = V7S_ROLE_NONE, i;

	/* Behind a call that ends a function, the next one begins. */
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

/* What a struct device is called; the members are where BTF has them. */
static __always_inline void read_dev_name(char *to, __u64 dev, __u64 init_name,
					  __u64 name)
{
	__u64 text = read_pointer(dev + init_name);

	if (!text)
		text = read_pointer(dev + name);
	bpf_probe_read_kernel_str(to, V7S_DEV, (void *)text);
}

#endif

// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 the v7scope authors
/*
 * A mode that measures the cost of installs and their race window, on a machine
 * on which a nanosecond is an instruction, without a race. For the window, two
 * kprobes in the code of the kernel read the clock: one where map begins, which
 * then reads the entry, and one at the barrier before the cmpxchg. Their own cost
 * is in the window, and is always the same. So the difference between two runs is
 * what a program that watches adds.
 */
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/timekeeping.h>

#include "v7stress.h"

#if defined(CONFIG_ARM64) && defined(CONFIG_KPROBES)

#define DMB_OSHST	0xd50332bf	/* dma_wmb() */

static u64 begin, least, total, count;

static int at_map(struct kprobe *kp, struct pt_regs *regs)
{
	begin = ktime_get_mono_fast_ns();
	return 0;
}

static int at_barrier(struct kprobe *kp, struct pt_regs *regs)
{
	u64 took = ktime_get_mono_fast_ns() - begin;

	least = count ? min(least, took) : took;
	total += took;
	count++;
	return 0;
}

static struct kprobe map = { .pre_handler = at_map };
static struct kprobe barrier = { .pre_handler = at_barrier };

/* Not all kernels let modules look up a symbol, but kprobes find it. */
static u32 *find_function(const char *name)
{
	struct kprobe kp = { .symbol_name = name };
	u32 *start;

	if (register_kprobe(&kp))
		return NULL;
	start = (u32 *)kp.addr;
	unregister_kprobe(&kp);
	return start;
}

/* The end of the function that begins at or shortly before @start */
static u32 *end_of(u32 *start)
{
	char name[KSYM_SYMBOL_LEN];
	unsigned long offset, size;
	char *at;

	sprint_symbol(name, (unsigned long)start);
	at = strrchr(name, '+');
	if (!at || sscanf(at, "+%lx/%lx", &offset, &size) != 2)
		return start;
	return start + (size - offset) / sizeof(*start);
}

static u32 *find_barrier(u32 *start)
{
	u32 *end = end_of(start), *at;

	for (at = start; at < end; at++)
		if (*at == DMB_OSHST)
			return at;
	return NULL;
}

/* In install_table, unless the compiler inlined it */
static int attach(void)
{
	static const char *const functions[] = {
		"arm_v7s_install_table", "arm_v7s_install_table.isra.0",
		"__arm_v7s_map"
	};
	u32 *start = NULL, *found;
	unsigned int i;
	int err;

	for (i = 0; !start && i < ARRAY_SIZE(functions); i++)
		start = find_function(functions[i]);
	found = start ? find_barrier(start) : NULL;
	if (!found)
		return -ENOENT;
	map.symbol_name = "__arm_v7s_map";
	barrier.addr = (kprobe_opcode_t *)found;
	err = register_kprobe(&map);
	if (err)
		return err;
	err = register_kprobe(&barrier);
	if (err)
		unregister_kprobe(&map);
	return err;
}

int window_run(unsigned int unused)
{
	struct cost *cost = stress.cost;
	int err = cost_installs(&cost[0]);

	if (err)
		return err;
	err = attach();
	if (err) {
		pr_err("mode=window: this kernel has no __arm_v7s_map, or no barrier, that a kprobe can find\n");
		return err;
	}
	err = cost_installs(&cost[1]);
	unregister_kprobe(&barrier);
	unregister_kprobe(&map);
	if (!err && (map.nmissed || barrier.nmissed || !count))
		err = -EIO;
	cost[1] = (struct cost){
		.what = "window", .batches = count, .per_batch = 1,
		.min = least, .total = total,
	};
	cost_add_up(&stress.table[0]);
	return err;
}

#else

int window_run(unsigned int unused)
{
	pr_err("mode=window: only arm64 kernels with kprobes can measure it\n");
	return -EOPNOTSUPP;
}

#endif

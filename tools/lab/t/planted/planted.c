// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 the v7scope authors
/* What the lab's own tests load: a report on demand, and a loop to count. */
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/module.h>

static bool warn;
module_param(warn, bool, 0444);
MODULE_PARM_DESC(warn, "plant a report in the kernel's log");

static u64 ticks;
module_param(ticks, ullong, 0444);
MODULE_PARM_DESC(ticks, "how long a fixed loop took, in ns");

static int __init planted_init(void)
{
	unsigned long flags;
	unsigned int i;
	u64 start;

	local_irq_save(flags);
	start = ktime_get_mono_fast_ns();
	for (i = 0; i < 100000; i++)
		barrier();
	ticks = ktime_get_mono_fast_ns() - start;
	local_irq_restore(flags);

	WARN(warn, "planted by the lab's test\n");
	return 0;
}

static void __exit planted_exit(void)
{
}

module_init(planted_init);
module_exit(planted_exit);
MODULE_DESCRIPTION("the lab's planted report");
MODULE_LICENSE("GPL");

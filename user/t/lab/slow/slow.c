// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * Part of stock.t: a task that has lost the race to publish a table is kept from
 * freeing it, so that readings of the counters come in between.
 */
#include <linux/delay.h>
#include <linux/kprobes.h>
#include <linux/module.h>

static unsigned int ms = 20;
module_param(ms, uint, 0444);

/* The function returns the entry that it found: of another task's table. */
static int on_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	if ((regs_return_value(regs) & 3) == 1)
		mdelay(ms);
	return 0;
}

static struct kretprobe probe = {
	.kp.symbol_name	= "arm_v7s_install_table",
	.handler	= on_return,
	.maxactive	= 64,
};

static int __init slow_init(void)
{
	return register_kretprobe(&probe);
}

static void __exit slow_exit(void)
{
	unregister_kretprobe(&probe);
}

module_init(slow_init);
module_exit(slow_exit);
MODULE_DESCRIPTION("Slows down tasks that have lost a race");
MODULE_LICENSE("GPL");

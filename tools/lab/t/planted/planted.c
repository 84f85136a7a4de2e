// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 the v7scope authors
/* The lab's own tests load this module: reports on demand, and a loop to count. */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

static bool warn;
module_param(warn, bool, 0444);
MODULE_PARM_DESC(warn, "plant a report in the kernel's log");

static char *defect = "";
module_param(defect, charp, 0444);
MODULE_PARM_DESC(defect, "plant race, freed, order, sleep or leak");

static u64 ticks;
module_param(ticks, ullong, 0444);
MODULE_PARM_DESC(ticks, "how long a fixed loop took, in ns");

static int planted_shared;

static int planted_racer(void *unused)
{
	while (!kthread_should_stop()) {
		planted_shared++;
		cond_resched();
	}
	return 0;
}

/* Two threads write the same variable, without a lock or a marked access. */
static void planted_race(void)
{
	struct task_struct *racer[2];
	int i;

	for (i = 0; i < 2; i++)
		racer[i] = kthread_run(planted_racer, NULL, "planted/%d", i);
	msleep(5000);
	for (i = 0; i < 2; i++)
		if (!IS_ERR(racer[i]))
			kthread_stop(racer[i]);
}

/*
 * KASAN reports the write. The slab debugger sees it when the object is allocated
 * again.
 */
static void planted_freed(void)
{
	struct kmem_cache *cache = kmem_cache_create("planted", 256, 0, 0, NULL);
	char *object;

	if (!cache)
		return;
	object = kmem_cache_alloc(cache, GFP_KERNEL);
	if (object) {
		kmem_cache_free(cache, object);
		WRITE_ONCE(object[200], 1);
		object = kmem_cache_alloc(cache, GFP_KERNEL);
		if (object)
			kmem_cache_free(cache, object);
	}
	kmem_cache_destroy(cache);
}

static DEFINE_SPINLOCK(planted_a);
static DEFINE_SPINLOCK(planted_b);

static void planted_order(void)
{
	spin_lock(&planted_a);
	spin_lock(&planted_b);
	spin_unlock(&planted_b);
	spin_unlock(&planted_a);

	spin_lock(&planted_b);
	spin_lock(&planted_a);
	spin_unlock(&planted_a);
	spin_unlock(&planted_b);
}

static void planted_sleep(void)
{
	unsigned long flags;

	local_irq_save(flags);
	might_sleep();
	local_irq_restore(flags);
}

static void planted_leak(void)
{
	int i;

	/* A stale copy of an address, as in a register, can hide one leak. */
	for (i = 0; i < 16; i++)
		if (!kmalloc(1000, GFP_KERNEL))
			pr_err("planted: no memory\n");
}

static const struct {
	const char *name;
	void (*plant)(void);
} defects[] = {
	{ "race", planted_race },
	{ "freed", planted_freed },
	{ "order", planted_order },
	{ "sleep", planted_sleep },
	{ "leak", planted_leak },
};

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
	for (i = 0; i < ARRAY_SIZE(defects); i++)
		if (!strcmp(defect, defects[i].name))
			defects[i].plant();
	return 0;
}

static void __exit planted_exit(void)
{
}

module_init(planted_init);
module_exit(planted_exit);
MODULE_DESCRIPTION("the lab's planted report");
MODULE_LICENSE("GPL");

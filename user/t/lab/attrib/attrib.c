// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 the v7scope authors
/*
 * Three threads on two page tables of two devices, each with its own numbers of
 * installs and splits, for attrib.t to find again by task, page table and stack.
 * Then they race for the same tables, and for the lock of the same page table:
 * who comes first then, ftrace has to say. What is known is in the kernel's log.
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/io-pgtable.h>
#include <linux/iommu.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/version.h>

enum { THREADS = 3, TABLES = 2, RACES = 1000 };

/* v6.13 took the splitting of large pages out. */
static const bool splits = LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0);

static const struct {
	const char *name;
	/* On each page table: tables installed by maps, and large pages split. */
	unsigned int installs[TABLES], splits[TABLES];
} plan[THREADS] = {
	{ "attrib/first",  { 101, 211 }, { 211, 101 } },
	{ "attrib second", { 103, 199 }, { 223, 97 } },
	{ "attrib-third",  { 107, 197 }, { 227, 89 } },
};

static struct platform_device *pdev[TABLES];
static struct io_pgtable_cfg cfg[TABLES];
static struct io_pgtable_ops *ops[TABLES];
static struct completion go[THREADS], done;
static atomic_t here[RACES], splitting[RACES];
static unsigned int errors;

static void flush_all(void *cookie)
{
}

static void flush(unsigned long iova, size_t size, size_t granule,
		  void *cookie)
{
}

static void add_page(struct iommu_iotlb_gather *gather, unsigned long iova,
		     size_t granule, void *cookie)
{
}

static const struct iommu_flush_ops flush_ops = {
	.tlb_flush_all	= flush_all,
	.tlb_flush_walk	= flush,
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 11, 0)
	.tlb_flush_leaf	= flush,
#endif
	.tlb_add_page	= add_page,
};

static void map(int table, unsigned long iova, size_t size)
{
	const int prot = IOMMU_READ | IOMMU_WRITE;
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 15, 0)
	int err = ops[table]->map(ops[table], iova, iova, size, prot,
				  GFP_KERNEL);
#else
	size_t mapped = 0;
	int err = ops[table]->map_pages(ops[table], iova, iova, size, 1, prot,
					GFP_KERNEL, &mapped);
#endif
	if (err)
		WRITE_ONCE(errors, errors + 1);
}

static void unmap(int table, unsigned long iova, size_t size)
{
	struct iommu_iotlb_gather gather;
	size_t unmapped;

	iommu_iotlb_gather_init(&gather);
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 15, 0)
	unmapped = ops[table]->unmap(ops[table], iova, size, &gather);
#else
	unmapped = ops[table]->unmap_pages(ops[table], iova, size, 1, &gather);
#endif
	if (unmapped != size)
		WRITE_ONCE(errors, errors + 1);
}

/*
 * Each thread has an address space of its own there, of 512 tables. A table that
 * was installed for one small page has room for 15 large ones.
 */
static noinline void work(int thread, int table)
{
	unsigned long base = (unsigned long)thread * SZ_512M, large;
	unsigned int i;

	for (i = 0; i < plan[thread].installs[table]; i++)
		map(table, base + i * SZ_1M, SZ_4K);
	for (i = 0; splits && i < plan[thread].splits[table]; i++) {
		large = base + i / 15 * SZ_1M + (1 + i % 15) * SZ_64K;
		map(table, large, SZ_64K);
		unmap(table, large, SZ_4K);
	}
}

/* The first thread waits for the second; no thread waits for the third. */
static void meet(atomic_t *met)
{
	atomic_inc(met);
	while (atomic_read(met) < 2)
		cond_resched();
}

/*
 * The last 512M, where each table is wanted by all threads, and by two of them at
 * once.
 */
static noinline void race(int thread)
{
	unsigned long base = 3UL * SZ_512M;
	unsigned int i;

	for (i = 0; i < RACES; i++) {
		meet(&here[i]);
		map(i % TABLES, base + i / TABLES * SZ_1M + thread * SZ_4K,
		    SZ_4K);
	}
}

/* The second half of each thread's own space: it is the lock that they share. */
static noinline void race_splits(int thread)
{
	unsigned long base = (unsigned long)thread * SZ_512M + SZ_256M, large;
	unsigned int i;

	for (i = 0; i < RACES; i++) {
		large = base + i / TABLES * SZ_64K;
		map(i % TABLES, large, SZ_64K);
		meet(&splitting[i]);
		unmap(i % TABLES, large, SZ_4K);
	}
}

static void all_of(int thread)
{
	int table;

	for (table = 0; table < TABLES; table++)
		work(thread, table);
	complete(&done);
	wait_for_completion(&go[thread]);
	race(thread);
	if (splits)
		race_splits(thread);
	complete(&done);
}

/* Not inlined: each needs a stack of its own. */
#define THREAD(n, name)							\
	static noinline int name(void *unused)				\
	{								\
		all_of(n);						\
		while (!kthread_should_stop())				\
			schedule_timeout_interruptible(HZ / 10);	\
		return 0;						\
	}
THREAD(0, attrib_first)
THREAD(1, attrib_second)
THREAD(2, attrib_third)

static int (*const functions[THREADS])(void *) = {
	attrib_first, attrib_second, attrib_third,
};

static const char *const function_names[THREADS] = {
	"attrib_first", "attrib_second", "attrib_third",
};

static void wait_for_all(void)
{
	int i;

	for (i = 0; i < THREADS; i++)
		wait_for_completion(&done);
}

static void free_tables(void)
{
	int i;

	for (i = 0; i < TABLES; i++) {
		free_io_pgtable_ops(ops[i]);
		platform_device_unregister(pdev[i]);
	}
}

static int make_table(int i)
{
	pdev[i] = platform_device_register_simple("attrib", i, NULL, 0);
	if (IS_ERR(pdev[i])) {
		pdev[i] = NULL;
		return -ENODEV;
	}
	cfg[i] = (struct io_pgtable_cfg) {
		.pgsize_bitmap	= SZ_4K | SZ_64K | SZ_1M | SZ_16M,
		.ias		= 32,
		.oas		= 32,
		.coherent_walk	= true,
		.tlb		= &flush_ops,
		.iommu_dev	= &pdev[i]->dev,
	};
	ops[i] = alloc_io_pgtable_ops(ARM_V7S, &cfg[i], NULL);
	return ops[i] ? 0 : -ENOMEM;
}

static void tell(int thread, int pid)
{
	int i;

	for (i = 0; i < TABLES; i++)
		pr_info("attrib: {"
			"\"dev\":\"%s\",\"pid\":%d,\"comm\":\"%s\","
			"\"function\":\"%s\",\"races\":%u,"
			"\"installs\":%u,\"splits\":%u,"
			"\"race_installs\":%u,\"race_splits\":%u}\n",
			dev_name(&pdev[i]->dev), pid, plan[thread].name,
			function_names[thread], RACES / TABLES,
			plan[thread].installs[i],
			splits ? plan[thread].splits[i] : 0,
			splits ? DIV_ROUND_UP(RACES / TABLES, 16) : 0,
			splits ? RACES / TABLES : 0);
}

static int __init attrib_init(void)
{
	struct task_struct *task[THREADS];
	int i;

	init_completion(&done);
	for (i = 0; i < TABLES; i++) {
		if (make_table(i)) {
			free_tables();
			return -ENOMEM;
		}
	}
	for (i = 0; i < THREADS; i++) {
		init_completion(&go[i]);
		task[i] = kthread_run(functions[i], NULL, "%s", plan[i].name);
		/* The others would wait for ever, in code that is to go. */
		BUG_ON(IS_ERR(task[i]));
		tell(i, task[i]->pid);
	}
	wait_for_all();
	for (i = 0; i < THREADS; i++)
		complete(&go[i]);
	wait_for_all();
	for (i = 0; i < THREADS; i++)
		kthread_stop(task[i]);
	pr_info("attrib: errors %u\n", errors);
	return 0;
}

static void __exit attrib_exit(void)
{
	free_tables();
}

module_init(attrib_init);
module_exit(attrib_exit);
MODULE_DESCRIPTION("A load whose numbers are known by task");
MODULE_LICENSE("GPL");

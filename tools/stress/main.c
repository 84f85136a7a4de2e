// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 the v7scope authors
/*
 * insmod runs the load and returns when it is over. It returns 0 if the load ran;
 * errors that the load found are in the result. The page tables stay until rmmod, so
 * that other tools can inspect them.
 */
#define pr_fmt(fmt)	"v7stress: " fmt

#include <linux/delay.h>
#include <linux/jhash.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "v7stress.h"

struct stress stress;

static char *mode = "mixed";
module_param(mode, charp, 0444);
MODULE_PARM_DESC(mode, "install, split, churn, mixed (default), cost, cost_split, window, refuse, broken, differ, scale");

static unsigned int threads = 2;
module_param(threads, uint, 0444);
MODULE_PARM_DESC(threads, "1 to 64, default 2; cost, cost_split, window, refuse, broken and differ have one");

static unsigned long long ops = 100000;
module_param(ops, ullong, 0444);
MODULE_PARM_DESC(ops, "minimum of requests, default 100000; the last batch is completed");

static unsigned long long seed = 1;
module_param(seed, ullong, 0444);
MODULE_PARM_DESC(seed, "seed of the random numbers, default 1");

static unsigned int tables = 1;
module_param(tables, uint, 0444);
MODULE_PARM_DESC(tables, "page tables, each with a device, 1 (default) to 128; cost, cost_split, window, refuse, broken and differ have one, scale as many as own= says");

static unsigned int timer;
module_param(timer, uint, 0444);
MODULE_PARM_DESC(timer, "1: map from timer interrupts, too; 2: the interrupts run on the next CPU; default 0");

static unsigned int coherent = 1;
module_param(coherent, uint, 0444);
MODULE_PARM_DESC(coherent, "0: the device does not snoop, so tables are synced for it; default 1");

static char *lock = "none";
module_param(lock, charp, 0444);
MODULE_PARM_DESC(lock, "scale: none (default), or outer: a spinlock around each request");

static unsigned int own;
module_param(own, uint, 0444);
MODULE_PARM_DESC(own, "scale: 1: each thread has a page table and a lock of its own; default 0");

static unsigned int pages = 1;
module_param(pages, uint, 0444);
MODULE_PARM_DESC(pages, "scale: pages mapped in a table before it is freed, 1 (default) to 512");

static unsigned int ms = 200;
module_param(ms, uint, 0444);
MODULE_PARM_DESC(ms, "scale, and broken=leak: duration, 1 to 600000 milliseconds, default 200");

static char *broken = "live";
module_param(broken, charp, 0444);
MODULE_PARM_DESC(broken, "broken: live (default), leaf, raced, nomem, unsplit, leak");

static bool hold;
module_param(hold, bool, 0644);
MODULE_PARM_DESC(hold, "broken: 1: wait until 0 is written to this parameter; default 0");

bool stress_held(void)
{
	return READ_ONCE(hold);
}

static unsigned int flush_us;
module_param(flush_us, uint, 0444);
MODULE_PARM_DESC(flush_us, "duration of a TLB flush, 0 (default) to 1000 microseconds");

static char *format = "arm_v7s";
module_param(format, charp, 0444);
MODULE_PARM_DESC(format, "arm_v7s (default), arm_32_lpae_s1, arm_64_lpae_s1, arm_64_lpae_s2");

static char *quirks = "";
module_param(quirks, charp, 0444);
MODULE_PARM_DESC(quirks, "names with + between them: ns, no_perms, mtk, ttbr_ext; or a number");

static char *plant = "none";
module_param(plant, charp, 0444);
MODULE_PARM_DESC(plant, "falsify walk, verify or count, to prove that the checks fail; default none");

static const struct mode {
	const char	*name;
	int		(*run)(unsigned int arg);
	unsigned int	arg;
	bool		single;	/* one thread, one page table */
	bool		splits;	/* needs a kernel that splits */
} modes[] = {
	{ "install",	load_run,	MODE_INSTALL },
	{ "split",	load_run,	MODE_SPLIT },
	{ "churn",	load_run,	MODE_CHURN },
	{ "mixed",	load_run,	MODE_MIXED },
	{ "cost",	cost_run,	.single = true },
	{ "cost_split",	cost_split_run,	.single = true, .splits = true },
	{ "window",	window_run,	.single = true },
	{ "refuse",	refuse_run,	.single = true },
	{ "broken",	broken_run,	.single = true },
	{ "differ",	differ_run,	.single = true },
	{ "scale",	scale_run },
};

/* MediaTek's format has more bits of PA, and of IOVA with a 64-bit long */
static void v7s_sizes(struct io_pgtable_cfg *cfg)
{
	bool mtk = cfg->quirks & IO_PGTABLE_QUIRK_ARM_MTK_EXT;

	cfg->ias = mtk ? min(MTK_IAS, BITS_PER_LONG) : 32;
	cfg->oas = mtk ? MTK_OAS : 32;
}

/* Limited to the bits of this kernel's unsigned long and phys_addr_t */
static void lpae_sizes(struct io_pgtable_cfg *cfg, unsigned int ias,
		       unsigned int oas)
{
	cfg->ias = min_t(unsigned int, ias, BITS_PER_LONG);
	cfg->oas = min_t(unsigned int, oas, 8 * sizeof(phys_addr_t));
}

static void lpae_32_s1_sizes(struct io_pgtable_cfg *cfg)
{
	lpae_sizes(cfg, 32, 40);
}

static void lpae_64_s1_sizes(struct io_pgtable_cfg *cfg)
{
	lpae_sizes(cfg, 48, 48);
}

static void lpae_64_s2_sizes(struct io_pgtable_cfg *cfg)
{
	lpae_sizes(cfg, 40, 40);
}

#define LPAE							\
	.area_bits = 30, .region_bits = 21, .area_table = true,	\
	.areas = 32, .walk = walk_lpae

static const struct format formats[] = {
	{
		.name = "arm_v7s", .fmt = ARM_V7S,
		.area_bits = 24, .region_bits = 20, .large = true,
		.areas = 256, .sizes = v7s_sizes, .walk = walk_v7s,
	}, {
		.name = "arm_32_lpae_s1", .fmt = ARM_32_LPAE_S1,
		.sizes = lpae_32_s1_sizes, LPAE,
	}, {
		.name = "arm_64_lpae_s1", .fmt = ARM_64_LPAE_S1,
		.sizes = lpae_64_s1_sizes, LPAE,
	}, {
		.name = "arm_64_lpae_s2", .fmt = ARM_64_LPAE_S2,
		.sizes = lpae_64_s2_sizes, LPAE,
	},
};

/* A name includes the quirks that a driver must set with it */
static const struct quirk {
	const char	*name;
	unsigned long	bits;
} quirk_names[] = {
	{ "ns",		IO_PGTABLE_QUIRK_ARM_NS },
	{ "no_perms",	IO_PGTABLE_QUIRK_NO_PERMS },
	{ "mtk",	IO_PGTABLE_QUIRK_ARM_MTK_EXT |
			IO_PGTABLE_QUIRK_NO_PERMS },
	{ "ttbr_ext",	IO_PGTABLE_QUIRK_ARM_MTK_TTBR_EXT },
};

static const char * const plants[] = {
	[PLANT_NONE]	= "none",
	[PLANT_WALK]	= "walk",
	[PLANT_VERIFY]	= "verify",
	[PLANT_COUNT]	= "count",
};

static const struct limit {
	const char		*name;
	const unsigned int	*value;
	unsigned int		min, max;
} limits[] = {
	{ "threads",	&threads,	1, MAX_THREADS },
	{ "tables",	&tables,	1, MAX_TABLES },
	{ "timer",	&timer,		0, TIMER_NEXT },
	{ "coherent",	&coherent,	0, 1 },
	{ "own",	&own,		0, 1 },
	{ "pages",	&pages,		1, 512 },
	{ "ms",		&ms,		1, 600000 },
	{ "flush_us",	&flush_us,	0, 1000 },
};

static int parse_quirks(void)
{
	char *names, *rest, *name;
	unsigned int i;
	int err = 0;

	if (!*quirks || !kstrtoul(quirks, 0, &stress.quirks))
		return 0;
	names = kstrdup(quirks, GFP_KERNEL);
	if (!names)
		return -ENOMEM;
	rest = names;
	while (!err && (name = strsep(&rest, "+"))) {
		for (i = 0; i < ARRAY_SIZE(quirk_names); i++)
			if (!strcmp(name, quirk_names[i].name))
				break;
		if (i == ARRAY_SIZE(quirk_names)) {
			pr_err("quirks=%s: unknown quirk '%s'; known are ns, no_perms, mtk and ttbr_ext, joined by +, or a number\n",
			       quirks, name);
			err = -EINVAL;
		} else if (!quirk_names[i].bits) {
			pr_err("quirks=%s: '%s' is newer than this kernel\n",
			       quirks, name);
			err = -EINVAL;
		} else {
			stress.quirks |= quirk_names[i].bits;
		}
	}
	kfree(names);
	return err;
}

static const struct mode *parse(void)
{
	const struct mode *found = NULL;
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		unsigned int value = *limits[i].value;

		if (value >= limits[i].min && value <= limits[i].max)
			continue;
		pr_err("%s=%u: must be %u to %u\n", limits[i].name, value,
		       limits[i].min, limits[i].max);
		return ERR_PTR(-EINVAL);
	}
	/* The counters have room for far more */
	if (!ops || ops > 1ULL << 48) {
		pr_err("ops=%llu: must be 1 to %llu\n", ops, 1ULL << 48);
		return ERR_PTR(-EINVAL);
	}
	for (i = 0; i < ARRAY_SIZE(modes); i++)
		if (!strcmp(mode, modes[i].name))
			found = &modes[i];
	if (!found) {
		pr_err("mode=%s: must be install, split, churn, mixed, cost, cost_split, window, refuse, broken, differ or scale\n",
		       mode);
		return ERR_PTR(-EINVAL);
	}
	if (found->splits && !SPLITS) {
		pr_err("mode=%s: kernels from v6.13 on do not split large pages\n",
		       mode);
		return ERR_PTR(-EINVAL);
	}
	for (i = 0; i < ARRAY_SIZE(formats); i++)
		if (!strcmp(format, formats[i].name))
			stress.format = &formats[i];
	if (!stress.format) {
		pr_err("format=%s: must be arm_v7s, arm_32_lpae_s1, arm_64_lpae_s1 or arm_64_lpae_s2\n",
		       format);
		return ERR_PTR(-EINVAL);
	}
	for (i = 0; i < ARRAY_SIZE(plants) && strcmp(plant, plants[i]); i++)
		;
	if (i == ARRAY_SIZE(plants)) {
		pr_err("plant=%s: must be none, walk, verify or count\n", plant);
		return ERR_PTR(-EINVAL);
	}
	stress.plant = i;
	stress.outer = !strcmp(lock, "outer");
	if (!stress.outer && strcmp(lock, "none")) {
		pr_err("lock=%s: must be none or outer\n", lock);
		return ERR_PTR(-EINVAL);
	}
	err = parse_quirks();
	if (err)
		return ERR_PTR(err);

	stress.mode = found->name;
	stress.seed = seed;
	stress.ops = ops;
	stress.threads = found->single ? 1 : threads;
	stress.tables = found->single ? 1 : tables;
	stress.timer = found->single ? 0 : timer;
	stress.coherent = coherent;
	stress.own = own;
	stress.pages = pages;
	stress.ms = ms;
	stress.broken = broken;
	stress.flush_us = flush_us;
	if (found->run == scale_run) {
		stress.tables = own ? threads : 1;
		stress.timer = 0;
	}
	return found;
}

/* Random numbers depend only on the seed and on the position in the load. */
void seed_rnd(struct rnd_state *rnd, u32 batch, u32 where)
{
	u32 low = lower_32_bits(stress.seed), high = upper_32_bits(stress.seed);
	u64 value = jhash_3words(low, high, batch, where);

	value = value << 32 | jhash_3words(high, low, where, batch);
	prandom_seed_state(rnd, value);
}

/* The format may call these in atomic context. */
static void flush_all(void *cookie)
{
	udelay(stress.flush_us);
}

static void flush_walk(unsigned long iova, size_t size, size_t granule,
		       void *cookie)
{
	udelay(stress.flush_us);
}

static void add_page(struct iommu_iotlb_gather *gather, unsigned long iova,
		     size_t granule, void *cookie)
{
}

static const struct iommu_flush_ops flush_ops = {
	.tlb_flush_all	= flush_all,
	.tlb_flush_walk	= flush_walk,
	FLUSH_LEAF(flush_walk)
	.tlb_add_page	= add_page,
};

static void destroy_tables(void)
{
	unsigned int t;

	for (t = 0; stress.table && t < stress.tables; t++) {
		struct table *table = &stress.table[t];

		free_io_pgtable_ops(table->ops);
		if (!IS_ERR_OR_NULL(table->pdev))
			platform_device_unregister(table->pdev);
		bitmap_free(table->top);
		kvfree(table->state);
		kvfree(table->area);
	}
	kvfree(stress.table);
}

static int create_areas(struct table *table)
{
	size_t page = BITS_TO_LONGS(area_pages());
	size_t cont = BITS_TO_LONGS(area_pages() / LARGE_PAGES);
	size_t timer = BITS_TO_LONGS(regions() * TIMER_PAGES);
	size_t region = BITS_TO_LONGS(regions() * BITS_PER_BYTE);
	unsigned int all = 1U << (table->cfg.ias - stress.format->area_bits);
	unsigned int a, per_area;
	unsigned long *state;

	table->areas = min(all, stress.format->areas);
	per_area = all / table->areas;
	table->area = kvcalloc(table->areas, sizeof(*table->area), GFP_KERNEL);
	state = kvcalloc(table->areas,
			 (page + cont + timer + region) * sizeof(*state),
			 GFP_KERNEL);
	table->state = state;
	if (!table->area || !state)
		return -ENOMEM;

	for (a = 0; a < table->areas; a++) {
		struct area *area = &table->area[a];

		area->table = table;
		/* A larger address space has areas spread over all of it */
		area->iova = (unsigned long)(a * per_area + a % per_area) <<
			     stress.format->area_bits;
		area->pa = SZ_1G;
		area->prot = IOMMU_READ;
		area->page = state;
		area->cont = area->page + page;
		area->timer = area->cont + cont;
		area->region = (u8 *)(area->timer + timer);
		state += page + cont + timer + region;
	}
	return 0;
}

static int create_table(struct table *table, unsigned int nr)
{
	int err;

	table->nr = nr;
	spin_lock_init(&table->outer);
	table->pdev = platform_device_register_simple("v7stress", nr, NULL, 0);
	if (IS_ERR(table->pdev))
		return PTR_ERR(table->pdev);
	table->cfg = (struct io_pgtable_cfg) {
		.quirks		= stress.quirks,
		.pgsize_bitmap	= SZ_4K | BIT(stress.format->region_bits) |
				  BIT(stress.format->area_bits) |
				  (stress.format->large ? SZ_64K : 0),
		.coherent_walk	= stress.coherent,
		.tlb		= &flush_ops,
		.iommu_dev	= &table->pdev->dev,
	};
	stress.format->sizes(&table->cfg);
	table->ops = alloc_io_pgtable_ops(stress.format->fmt, &table->cfg, NULL);
	if (!table->ops) {
		pr_err("format=%s quirks=0x%lx: the kernel makes no such page table, see its log\n",
		       stress.format->name, stress.quirks);
		return -EINVAL;
	}
	err = create_areas(table);
	if (err)
		return err;
	if (stress.format->area_table && lpae_start(table) == 0) {
		table->top = bitmap_zalloc(512, GFP_KERNEL);
		if (!table->top)
			return -ENOMEM;
	}
	return 0;
}

static int create_tables(void)
{
	unsigned int t;
	int err;

	stress.table = kvcalloc(stress.tables, sizeof(*stress.table),
				GFP_KERNEL);
	if (!stress.table)
		return -ENOMEM;
	for (t = 0; t < stress.tables; t++) {
		err = create_table(&stress.table[t], t);
		if (err)
			return err;
	}
	return 0;
}

static int __init v7stress_init(void)
{
	const struct mode *found = parse();
	unsigned int t;
	int err;

	if (IS_ERR(found))
		return PTR_ERR(found);
	err = create_tables();
	if (err)
		goto out;
	err = found->run(found->arg);
	if (err)
		goto out;
	for (t = 0; t < stress.tables; t++)
		stress.table[t].walked =
			stress.format->walk(&stress.table[t]);
	if (stress.plant == PLANT_WALK)
		stress.table[0].walked++;
	if (stress.plant == PLANT_COUNT)
		stress.table[0].expect[WON_MAP]++;
	err = report_create();
	if (!err)
		return 0;
out:
	destroy_tables();
	return err;
}
module_init(v7stress_init);

static void __exit v7stress_exit(void)
{
	report_remove();
	destroy_tables();
}
module_exit(v7stress_exit);

MODULE_DESCRIPTION("Load for the lockless I/O page tables");
MODULE_LICENSE("GPL");

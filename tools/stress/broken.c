// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 the v7scope authors
/*
 * A mode of one thread that breaks the contract of the format, in the way that
 * broken= names. Two requests race without luck: where the first one allocates a
 * table, between its read of the entry and its cmpxchg, a kprobe makes the second
 * one.
 */
#define pr_fmt(fmt)	"v7stress: " fmt

#include <linux/delay.h>
#include <linux/kprobes.h>
#include <linux/sched/signal.h>

#include "v7stress.h"

#define ROUNDS		8U
#define PA		SZ_1G
#define PROT		(IOMMU_READ | IOMMU_WRITE)
#define LEAK_MS		10
#define HOLD_MS		10

static struct table *table;

static void look(unsigned int r, phys_addr_t expected)
{
	note_look(table, region_iova(table, r), expected);
}

static size_t region_size(void)
{
	return (size_t)1 << stress.format->region_bits;
}

static int map(unsigned int r, size_t size, gfp_t gfp)
{
	return table_map(table, region_iova(table, r), PA, size, PROT, gfp);
}

/* The first page of a region: within the contract */
static void map_page(unsigned int r)
{
	int err = map(r, SZ_4K, GFP_KERNEL);

	model_map(area_of(table, r), page_of(r), 1);
	if (err)
		note_failed(table, "map", region_iova(table, r), 0, -err);
	else
		table->tally[MAPS]++;
	look(r, PA);
}

static void expect(enum expect what, const char *request, unsigned int r,
		   u64 expected, u64 found)
{
	if (found == expected)
		table->expect[what]++;
	else
		note_failed(table, request, region_iova(table, r), expected,
			    found);
}

/* A block over a page */
static void break_live(unsigned int r)
{
	map_page(r);
	expect(FREE_REPLACED_LIVE, "map of a block", r, 0,
	       -map(r, region_size(), GFP_KERNEL));
}

static void leak(unsigned int r)
{
	map_page(r);
	msleep(LEAK_MS);
}

#if defined(CONFIG_ARM64) && defined(CONFIG_KPROBES)

static struct {
	struct task_struct	*task;	/* NULL: do nothing */
	unsigned int		region;
	bool			(*act)(unsigned int r);	/* true: let it fail */
} second;

static int at_allocation(struct kprobe *kp, struct pt_regs *regs)
{
	if (second.task != current)
		return 0;
	second.task = NULL;
	if (!second.act(second.region))
		return 0;
	/* Return NULL to the caller */
	regs->regs[0] = 0;
	instruction_pointer_set(regs, procedure_link_pointer(regs));
	return 1;
}

static struct kprobe allocation = { .pre_handler = at_allocation };

static int attach(void)
{
	int err;

	allocation.symbol_name = stress.format->fmt == ARM_V7S ?
		"__arm_v7s_alloc_table" : "__arm_lpae_alloc_pages";
	err = register_kprobe(&allocation);
	if (err)
		pr_err("mode=broken: a kprobe cannot find %s in this kernel\n",
		       allocation.symbol_name);
	return err;
}

static void detach(void)
{
	unregister_kprobe(&allocation);
}

/* The next allocation of this task calls @act. */
static void meanwhile(bool (*act)(unsigned int r), unsigned int r)
{
	second.act = act;
	second.region = r;
	second.task = current;
}

static bool map_region(unsigned int r)
{
	map(r, region_size(), GFP_ATOMIC);
	return false;
}

static bool unmap_region(unsigned int r)
{
	table_unmap(table, region_iova(table, r), region_size());
	return false;
}

static bool fail(unsigned int r)
{
	return true;
}

/* A page and a block, mapped at once */
static void break_leaf(unsigned int r)
{
	meanwhile(map_region, r);
	expect(LOST_TO_LEAF, "map beside a block", r, EEXIST,
	       -map(r, SZ_4K, GFP_KERNEL));
	table->expect[REFUSE_EXISTS]++;
	look(r, PA);
}

static void map_block(unsigned int r)
{
	int err = map(r, region_size(), GFP_KERNEL);

	if (err)
		note_failed(table, "map", region_iova(table, r), 0, -err);
}

/* A page of a block and the whole block, unmapped at once */
static void break_raced(unsigned int r)
{
	map_block(r);
	meanwhile(unmap_region, r);
	expect(REFUSE_RACED, "unmap beside an unmap", r, 0,
	       table_unmap(table, region_iova(table, r), SZ_4K));
	look(r, 0);
}

static void break_nomem(unsigned int r)
{
	meanwhile(fail, r);
	expect(REFUSE_NOMEM, "map without memory", r, ENOMEM,
	       -map(r, SZ_4K, GFP_KERNEL));
	look(r, 0);
}

/* A page of a block, unmapped without memory for the table of the other pages */
static void break_unsplit(unsigned int r)
{
	map_block(r);
	meanwhile(fail, r);
	expect(REFUSE_NOMEM, "unmap without memory", r, 0,
	       table_unmap(table, region_iova(table, r), SZ_4K));
	look(r, PA);
}

#else

static int attach(void)
{
	pr_err("mode=broken: broken=leaf, raced, nomem and unsplit need an arm64 kernel with kprobes\n");
	return -EOPNOTSUPP;
}

static void detach(void)
{
}

#define break_leaf	NULL
#define break_raced	NULL
#define break_nomem	NULL
#define break_unsplit	NULL

#endif

static const struct way {
	const char	*name;
	void		(*request)(unsigned int r);
	bool		probes;
	bool		splits;	/* needs a kernel that splits */
} ways[] = {
	{ "live",	break_live },
	{ "leaf",	break_leaf,	.probes = true },
	{ "raced",	break_raced,	.probes = true, .splits = true },
	{ "nomem",	break_nomem,	.probes = true },
	{ "unsplit",	break_unsplit,	.probes = true, .splits = true },
	{ "leak",	leak },
};

static const struct way *find(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ways); i++)
		if (!strcmp(name, ways[i].name))
			return &ways[i];
	pr_err("broken=%s: must be live, leaf, raced, nomem, unsplit or leak\n", name);
	return NULL;
}

int broken_run(unsigned int unused)
{
	const struct way *way = find(stress.broken);
	unsigned int rounds = ROUNDS, r;
	int err = 0;

	if (!way)
		return -EINVAL;
	if (way->splits && !SPLITS) {
		pr_err("broken=%s: kernels from v6.13 on do not split large pages\n",
		       way->name);
		return -EINVAL;
	}
	table = &stress.table[0];
	if (way->request == leak)
		rounds = min(stress.ms / LEAK_MS, table->areas * regions() - 1);
	if (way->probes)
		err = attach();
	if (err)
		return err;

	/* A tracer that attaches now runs before our kprobe, which skips the rest. */
	while (stress_held() && !msleep_interruptible(HOLD_MS))
		;

	/* Tables above those of the regions are installed by now. */
	map_page(0);
	for (r = 1; r <= rounds && !signal_pending(current); r++)
		way->request(r);
	if (r <= rounds)
		err = -EINTR;
	if (way->probes)
		detach();
	cost_add_up(table);
	return err;
}

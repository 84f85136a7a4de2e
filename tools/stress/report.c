// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 the v7scope authors
/*
 * The result: /sys/kernel/debug/v7stress/result, one line of JSON. Numbers are
 * integers, addresses and sizes are bytes, times are nanoseconds.
 *
 * schema	1
 * kernel	its release
 * mode, format, threads, tables, timer, coherent
 *		the parameters (threads is 1 in the modes of one thread)
 * splits	1 if this kernel splits large pages, 0 if it refuses
 * quirks	IO_PGTABLE_QUIRK_* in use
 * seed		as a string: 64 bits, more than some JSON readers keep of a number
 * ops		requests of the plan. They and expect depend on seed, threads,
 *		timer and ops only
 * maps, unmaps	successful requests of the threads, including unmaps of pages
 *		that timers mapped, which ops does not count
 * timer_maps	successful maps from timers; their number is up to chance
 * expect	the events that the model expects:
 *   won_map, won_split		tables installed to map, or to split a block
 *   free_unmap, free_replaced	tables freed by an unmap, or by a block mapped
 *				over them
 *   free_replaced_live		tables freed by a block mapped over their pages
 *   lost_to_leaf		installs that found a block
 *   split_cont_done, split_block_done
 *				large entries split in place, blocks into a table
 *   refuse_exists, refuse_absent, refuse_partial, refuse_nomem, refuse_raced
 *				requests that the kernel must refuse
 * walk.tables	next-level tables found by walking the page table from its base
 *		when the load was over
 * verify	lookups of translations, some after each step and all at the end
 *   checked	pages looked up
 *   wrong	pages with another translation than expected
 *   first	{what, dev, iova, expected, found} of the first wrong page, or null;
 *		0 is: not mapped
 * differ	null except in the mode differ
 *   lookups	requests that only looked up
 *   differences	wrong results; many wrong translations after one request
 *		count once, then the area starts anew
 * errors	requests that failed and should not have
 * first_error	the first of them, {what, dev, iova, expected, found} or null; found
 *		is the bytes unmapped of an unmap, the error number of a map
 * cost		empty except in the modes that measure: {what, batches, per_batch,
 *		min_ns, total_ns}, the shortest time of a batch of per_batch
 *		requests, and the sum of all batches
 * scale	null except in the mode scale, which measures for elapsed_ns
 *   lock, own, pages	the parameters
 *   calls	requests of all threads in that time
 * elapsed_ns	duration of the load, with planning and verifying; in the modes
 *		that measure, the sum of the measured times
 * pgtables	for each page table {dev, maps, unmaps, timer_maps, expect, walk,
 *		verify {checked, wrong}, errors}
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/utsname.h>

#include "v7stress.h"

static const char * const expect_name[NR_EXPECT] = {
	[WON_MAP]		= "won_map",
	[WON_SPLIT]		= "won_split",
	[FREE_UNMAP]		= "free_unmap",
	[FREE_REPLACED]		= "free_replaced",
	[FREE_REPLACED_LIVE]	= "free_replaced_live",
	[LOST_TO_LEAF]		= "lost_to_leaf",
	[SPLIT_CONT_DONE]	= "split_cont_done",
	[SPLIT_BLOCK_DONE]	= "split_block_done",
	[REFUSE_EXISTS]		= "refuse_exists",
	[REFUSE_ABSENT]		= "refuse_absent",
	[REFUSE_PARTIAL]	= "refuse_partial",
	[REFUSE_NOMEM]		= "refuse_nomem",
	[REFUSE_RACED]		= "refuse_raced",
};

static struct dentry *dir;

void note_first(struct first *first, const char *what,
		const struct table *table, u64 iova, u64 expected, u64 found)
{
	if (test_and_set_bit(0, &first->once))
		return;
	first->what = what;
	first->dev = dev_name(&table->pdev->dev);
	first->iova = iova;
	first->expected = expected;
	first->found = found;
}

void note_failed(struct table *table, const char *what, u64 iova, u64 expected,
		 u64 found)
{
	table->tally[ERRORS]++;
	note_first(&stress.error, what, table, iova, expected, found);
}

/* Is the translation the expected one? 0: not mapped */
bool note_look(struct table *table, unsigned long iova, phys_addr_t expected)
{
	phys_addr_t found = table->ops->iova_to_phys(table->ops, iova);

	table->tally[CHECKED]++;
	if (found == expected)
		return true;
	table->tally[WRONG]++;
	note_first(&stress.wrong, "translation", table, iova, expected, found);
	return false;
}

static void show_first(struct seq_file *m, const char *name,
		       const struct first *first)
{
	if (!first->what)
		seq_printf(m, ",\"%s\":null", name);
	else
		seq_printf(m, ",\"%s\":{\"what\":\"%s\",\"dev\":\"%s\",\"iova\":%llu,\"expected\":%llu,\"found\":%llu}",
			   name, first->what, first->dev, first->iova,
			   first->expected, first->found);
}

/* Counters of a page table, or the sums of all */
static void show_counts(struct seq_file *m, const u64 *tally, const u64 *expect,
			u64 walked)
{
	unsigned int i;

	seq_printf(m, "\"maps\":%llu,\"unmaps\":%llu,\"timer_maps\":%llu,\"expect\":",
		   tally[MAPS], tally[UNMAPS], tally[TIMER_MAPS]);
	for (i = 0; i < NR_EXPECT; i++)
		seq_printf(m, "%c\"%s\":%llu", i ? ',' : '{', expect_name[i],
			   expect[i]);
	seq_printf(m, "},\"walk\":{\"tables\":%llu},\"errors\":%llu,\"verify\":{\"checked\":%llu,\"wrong\":%llu",
		   walked, tally[ERRORS], tally[CHECKED], tally[WRONG]);
}

static void show_cost(struct seq_file *m)
{
	unsigned int i;

	seq_puts(m, ",\"cost\":[");
	for (i = 0; i < ARRAY_SIZE(stress.cost) && stress.cost[i].what; i++)
		seq_printf(m, "%s{\"what\":\"%s\",\"batches\":%llu,\"per_batch\":%llu,\"min_ns\":%llu,\"total_ns\":%llu}",
			   i ? "," : "", stress.cost[i].what,
			   stress.cost[i].batches, stress.cost[i].per_batch,
			   stress.cost[i].min, stress.cost[i].total);
	seq_puts(m, "]");
}

static int result_show(struct seq_file *m, void *unused)
{
	u64 tally[NR_TALLY] = {}, expect[NR_EXPECT] = {}, walked = 0;
	const struct table *table;
	unsigned int t, i;

	for (t = 0; t < stress.tables; t++) {
		table = &stress.table[t];
		for (i = 0; i < NR_TALLY; i++)
			tally[i] += table->tally[i];
		for (i = 0; i < NR_EXPECT; i++)
			expect[i] += table->expect[i];
		walked += table->walked;
	}

	seq_printf(m, "{\"schema\":1,\"kernel\":\"%s\",\"mode\":\"%s\",\"format\":\"%s\",\"quirks\":%lu,\"seed\":\"%llu\",\"threads\":%u,\"tables\":%u,\"timer\":%u,\"coherent\":%u,\"splits\":%u,\"ops\":%llu,",
		   utsname()->release, stress.mode, stress.format->name, stress.quirks, stress.seed,
		   stress.threads, stress.tables, stress.timer, stress.coherent,
		   SPLITS, stress.planned);
	show_counts(m, tally, expect, walked);
	show_first(m, "first", &stress.wrong);
	seq_puts(m, "}");
	show_first(m, "first_error", &stress.error);
	if (strcmp(stress.mode, "differ"))
		seq_puts(m, ",\"differ\":null");
	else
		seq_printf(m, ",\"differ\":{\"lookups\":%llu,\"differences\":%llu}",
			   stress.lookups, stress.differences);
	if (strcmp(stress.mode, "scale"))
		seq_puts(m, ",\"scale\":null");
	else
		seq_printf(m, ",\"scale\":{\"lock\":\"%s\",\"own\":%u,\"pages\":%u,\"calls\":%llu}",
			   stress.outer ? "outer" : "none", stress.own,
			   stress.pages, stress.calls);
	show_cost(m);
	seq_printf(m, ",\"elapsed_ns\":%llu,\"pgtables\":[", stress.elapsed);
	for (t = 0; t < stress.tables; t++) {
		table = &stress.table[t];
		seq_printf(m, "%s{\"dev\":\"%s\",", t ? "," : "",
			   dev_name(&table->pdev->dev));
		show_counts(m, table->tally, table->expect, table->walked);
		seq_puts(m, "}}");
	}
	seq_puts(m, "]}\n");
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(result);

int report_create(void)
{
	struct dentry *file;

	dir = debugfs_create_dir("v7stress", NULL);
	file = debugfs_create_file("result", 0444, dir, NULL, &result_fops);
	if (!IS_ERR(file))
		return 0;
	pr_err("v7stress: cannot show the result: this kernel offers no debugfs\n");
	debugfs_remove_recursive(dir);
	return PTR_ERR(file);
}

void report_remove(void)
{
	debugfs_remove_recursive(dir);
}

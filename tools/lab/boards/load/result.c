// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 the v7scope authors
/* The result: the counters of the queues and of iommu-sim, one line of JSON in debugfs. */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include "dmaload.h"

static struct dentry *dir;

#define NAME(name) #name,
static const char * const queue_names[] = { QUEUE_COUNTERS(NAME) };
static const char * const sim_names[] = { BOX_COUNTERS(NAME) };

static u64 sum(unsigned int counter)
{
	unsigned int nr;
	u64 total = 0;

	for (nr = 0; nr < load.queues; nr++)
		total += ((u64 *)&load.queue[nr].count)[counter];
	return total;
}

static int result_show(struct seq_file *file, void *unused)
{
	struct box_counters sim;
	unsigned int i;

	memcpy_fromio(&sim, &load.control->counters, sizeof(sim));
	seq_printf(file, "{\"schema\":1,\"dev\":\"%s\",\"domain_type\":%u,\"clients\":%u,\"queues\":%u,\"device\":%s,\"plant\":\"%s\",\"seed\":%llu,\"elapsed_ns\":%llu,\"tables\":%llu",
		   dev_name(load.client[0].dev), load.domain->type, load.clients, load.queues,
		   load.device ? "true" : "false", load.plant, load.seed, load.elapsed_ns,
		   load.tables);
	for (i = 0; i < ARRAY_SIZE(queue_names); i++)
		seq_printf(file, ",\"%s\":%llu", queue_names[i], sum(i));
	seq_puts(file, ",\"sim\":{");
	for (i = 0; i < ARRAY_SIZE(sim_names); i++)
		seq_printf(file, "%s\"%s\":%llu", i ? "," : "", sim_names[i], ((u64 *)&sim)[i]);
	seq_puts(file, "}}\n");
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(result);

int result_create(void)
{
	dir = debugfs_create_dir("dmaload", NULL);
	return PTR_ERR_OR_ZERO(debugfs_create_file("result", 0444, dir, NULL, &result_fops));
}

void result_remove(void)
{
	debugfs_remove_recursive(dir);
}

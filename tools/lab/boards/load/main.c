// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 the v7scope authors
/*
 * insmod runs the load and returns when it is over. It returns 0 if the load ran;
 * errors that the load found are in the result.
 */
#define pr_fmt(fmt)	"dmaload: " fmt

#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>

#include "dmaload.h"

struct dmaload load;

static unsigned int queues = 4;
module_param(queues, uint, 0444);
MODULE_PARM_DESC(queues, "threads that map and unmap, 1 to 8, default 4");

static unsigned int clients = 1;
module_param(clients, uint, 0444);
MODULE_PARM_DESC(clients, "devices among which the queues are shared out, 1 (default) or 2 where the board has two");

static unsigned long long transfers = 100000;
module_param(transfers, ullong, 0444);
MODULE_PARM_DESC(transfers, "minimum of transfers, sum of all queues, default 100000; rounds of plant=freed, reused, ahead, pieces and whole");

static unsigned long long seed = 1;
module_param(seed, ullong, 0444);
MODULE_PARM_DESC(seed, "seed of the random numbers, default 1");

static unsigned int device = 1;
module_param(device, uint, 0444);
MODULE_PARM_DESC(device, "0: map and unmap only, without device accesses; default 1");

static unsigned int late = 128;
module_param(late, uint, 0444);
MODULE_PARM_DESC(late, "access unmapped addresses after every Nth batch; default 128, 0: never");

static unsigned int big = 3;
module_param(big, uint, 0444);
MODULE_PARM_DESC(big, "percent of the batches that hold a buffer of up to 8M, default 3");

static char *plant = "none";
module_param(plant, charp, 0444);
MODULE_PARM_DESC(plant, "an error to plant instead of the load: corrupt, skip, split, fault, unmapped, overrun, erased, flood, lost, freed, reused, ahead, both, other, coherent, atomic, pieces, whole; default none");

static int check(void)
{
	if (queues < 1 || queues > BOX_QUEUES) {
		pr_err("queues=%u: must be 1 to %u\n", queues, BOX_QUEUES);
		return -EINVAL;
	}
	if (clients < 1 || clients > MAX_CLIENTS) {
		pr_err("clients=%u: must be 1 to %u\n", clients, MAX_CLIENTS);
		return -EINVAL;
	}
	if (transfers < 1 || transfers > 1ULL << 40) {
		pr_err("transfers=%llu: must be 1 to %llu\n", transfers, 1ULL << 40);
		return -EINVAL;
	}
	if (big > 100) {
		pr_err("big=%u: must be 0 to 100\n", big);
		return -EINVAL;
	}
	if (device > 1) {
		pr_err("device=%u: must be 0 or 1\n", device);
		return -EINVAL;
	}
	if (strcmp(plant, "none") && !plant_known(plant)) {
		pr_err("plant=%s: must be none, corrupt, skip, split, fault, unmapped, overrun, erased, flood, lost, freed, reused, ahead, both, other, coherent, atomic, pieces or whole\n", plant);
		return -EINVAL;
	}
	load.clients = clients;
	load.queues = queues;
	load.transfers = transfers;
	load.seed = seed;
	load.big = big;
	load.device = device;
	load.late = device ? late : 0;
	load.plant = plant;
	return 0;
}

static struct iommu_domain *domain_of(struct device *dev)
{
	struct iommu_domain *domain = iommu_get_domain_for_dev(dev);

	if (domain && domain->type & __IOMMU_DOMAIN_PAGING)
		return domain;
	dev_err(dev, "not behind an IOMMU: check that the kernel has the board's IOMMU driver, and that its probe succeeded\n");
	return NULL;
}

static int find_mailbox(struct device *dev, const struct resource *res)
{
	unsigned int nr;

	load.domain = domain_of(dev);
	load.control = devm_ioremap(dev, res->start, resource_size(res));
	if (!load.control)
		return -ENOMEM;
	if (readl(&load.control->magic) != BOX_MAGIC ||
	    readl(&load.control->version) != BOX_VERSION) {
		dev_err(dev, "no iommu-sim found, or another version: boot with lab run --board\n");
		return -ENODEV;
	}
	for (nr = 0; nr < load.queues; nr++) {
		struct queue *queue = &load.queue[nr];

		queue->box = (void __iomem *)load.control + (nr + 1) * BOX_QUEUE_SIZE;
		/* An earlier insmod may have posted requests. */
		queue->posted = readl(&queue->box->posted);
	}
	return 0;
}

/* The first client is the one with registers, which hold the mailbox. */
static int find_client(struct device *dev)
{
	struct resource *res = platform_get_resource(to_platform_device(dev), IORESOURCE_MEM, 0);
	struct client *client = &load.client[res ? 0 : 1];
	int err = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(32));

	if (err)
		return err;
	if (!domain_of(dev))
		return -ENODEV;
	if (client->dev || of_property_read_u32_index(dev->of_node, "iommus", 1, &client->stream)) {
		dev_err(dev, "more devices than expected in the device tree, or one without iommus\n");
		return -EINVAL;
	}
	client->dev = dev;
	return res ? find_mailbox(dev, res) : 0;
}

/* insmod must fail with a probe's error, which the driver core does not pass on. */
static int dmaload_probe(struct platform_device *pdev)
{
	int err = find_client(&pdev->dev);

	if (err)
		load.err = err;
	return err;
}

static int share_clients(void)
{
	unsigned int nr;

	if (load.err)
		return load.err;
	if (!load.client[0].dev) {
		pr_err("no dmaload device found: boot with lab run --board\n");
		return -ENODEV;
	}
	if (load.clients > 1 && !load.client[1].dev) {
		pr_err("clients=%u: this board has only one\n", load.clients);
		return -ENODEV;
	}
	for (nr = 0; nr < load.queues; nr++)
		load.queue[nr].client = &load.client[nr % load.clients];
	return 0;
}

static const struct of_device_id ids[] = {
	{ .compatible = "v7scope,dmaload" },
	{ }
};

static struct platform_driver dmaload_driver = {
	.probe = dmaload_probe,
	.driver = {
		.name = "dmaload",
		.of_match_table = ids,
		.suppress_bind_attrs = true,
	},
};

static int __init dmaload_init(void)
{
	int err = check();

	if (err)
		return err;
	err = queues_create();
	if (err)
		goto destroy;
	err = platform_driver_register(&dmaload_driver);
	if (err)
		goto destroy;
	err = share_clients();
	if (!err)
		err = strcmp(plant, "none") ? plant_run(plant) : queues_run();
	if (!err)
		err = count_tables();
	if (!err)
		err = result_create();
	if (!err)
		return 0;
	platform_driver_unregister(&dmaload_driver);
destroy:
	queues_destroy();
	return err;
}
module_init(dmaload_init);

static void __exit dmaload_exit(void)
{
	result_remove();
	platform_driver_unregister(&dmaload_driver);
	queues_destroy();
}
module_exit(dmaload_exit);

MODULE_DESCRIPTION("DMA load behind a simulated IOMMU");
MODULE_LICENSE("GPL");

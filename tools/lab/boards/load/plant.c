// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 the v7scope authors
/*
 * Planted errors that iommu-sim must report. Each stands between correct transfers,
 * which show that nothing else is wrong. No other queue maps meanwhile.
 */
#define pr_fmt(fmt)	"dmaload: " fmt

#include <linux/dma-mapping.h>
#include <linux/mm.h>
#include <linux/version.h>

#include "dmaload.h"

/* Free: the DMA API allocates from the other end of the address space. */
#define IOVA 0x48000000UL

static int api_map(unsigned long iova, phys_addr_t phys, size_t size)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	return iommu_map(load.domain, iova, phys, size, IOMMU_READ | IOMMU_WRITE, GFP_KERNEL);
#else
	return iommu_map(load.domain, iova, phys, size, IOMMU_READ | IOMMU_WRITE);
#endif
}

/* One request of one segment; restores the memory that the device wrote. */
static int transfer(struct queue *queue, u64 iova, u64 phys, u32 len)
{
	int bad;
	u32 at;

	queue->nsegs = 0;
	queue_add(queue, iova, phys, len);
	bad = queue_post(queue, BOX_TRANSFER, 0);
	if (bad < 0)
		return bad;
	for (at = 0; phys != BOX_NOWHERE && at < len; at += 4096)
		*(u64 *)phys_to_virt(phys + at) = box_word(phys + at);
	queue->count.transfers++;
	queue->count.bytes += len;
	queue->count.bad_pages += bad;
	return 0;
}

static int post(struct queue *queue, u32 op, u64 arg)
{
	int bad = queue_post(queue, op, arg);

	return bad < 0 ? bad : 0;
}

/* The entry of one page points to a wrong address. */
static int corrupt(struct queue *queue)
{
	struct piece *piece = queue->small[0].piece;
	u64 phys = page_to_phys(piece->page);
	dma_addr_t dma = dma_map_single(load.client[0].dev, page_address(piece->page), PAGE_SIZE,
					DMA_BIDIRECTIONAL);
	int err;

	if (dma_mapping_error(load.client[0].dev, dma))
		return -ENOMEM;
	queue->nsegs = 0;
	queue_add(queue, dma, phys, PAGE_SIZE);
	err = post(queue, BOX_CORRUPT, 0);
	if (!err)
		err = transfer(queue, dma, phys, PAGE_SIZE);
	if (!err)
		err = post(queue, BOX_REPAIR, 0);
	dma_unmap_single(load.client[0].dev, dma, PAGE_SIZE, DMA_BIDIRECTIONAL);
	return err;
}

/* iommu-sim ignores the driver's invalidation at the unmap. */
static int skip(struct queue *queue)
{
	struct piece *piece = queue->small[0].piece;
	u64 phys = page_to_phys(piece->page);
	dma_addr_t dma = dma_map_single(load.client[0].dev, page_address(piece->page), PAGE_SIZE,
					DMA_BIDIRECTIONAL);
	int err;

	if (dma_mapping_error(load.client[0].dev, dma))
		return -ENOMEM;
	err = transfer(queue, dma, phys, PAGE_SIZE);
	if (!err)
		err = post(queue, BOX_SKIP, U32_MAX);
	dma_unmap_single(load.client[0].dev, dma, PAGE_SIZE, DMA_BIDIRECTIONAL);
	if (!err)
		err = queue_post(queue, BOX_LATE, 0);
	if (err > 0)
		queue->count.bad_pages += err;
	return err < 0 ? err : post(queue, BOX_SKIP, 0);
}

/*
 * Maps a section or block through the IOMMU API and unmaps one page of it. The other
 * pages must keep their translation. Linux 6.13 and later refuse this unmap.
 */
static int split(struct queue *queue)
{
	bool section = load.domain->pgsize_bitmap & SZ_1M;
	struct piece *piece = &queue->big.piece[section ? 1 : 0];
	size_t size = PAGE_SIZE << piece->order, gone;
	u64 phys = page_to_phys(piece->page);
	int err = api_map(IOVA, phys, size);

	if (err)
		return err;
	err = transfer(queue, IOVA, phys, size);
	gone = iommu_unmap(load.domain, IOVA + PAGE_SIZE, PAGE_SIZE);
	if (gone != PAGE_SIZE) {
		pr_err("this kernel does not split a block: use an older one than v6.13\n");
		err = -EOPNOTSUPP;
	}
	if (!err)
		err = transfer(queue, IOVA, phys, PAGE_SIZE);
	if (!err)
		err = transfer(queue, IOVA + 2 * PAGE_SIZE, phys + 2 * PAGE_SIZE,
			       size - 2 * PAGE_SIZE);
	if (gone == PAGE_SIZE) {
		iommu_unmap(load.domain, IOVA, PAGE_SIZE);
		iommu_unmap(load.domain, IOVA + 2 * PAGE_SIZE, size - 2 * PAGE_SIZE);
	} else {
		iommu_unmap(load.domain, IOVA, size);
	}
	return err;
}

/* An access to an unmapped address */
static int fault(struct queue *queue)
{
	return transfer(queue, IOVA, BOX_NOWHERE, 128);
}

static const struct plant {
	const char	*name;
	int		(*run)(struct queue *queue);
} plants[] = {
	{ "corrupt",	corrupt },
	{ "skip",	skip },
	{ "split",	split },
	{ "fault",	fault },
};

static const struct plant *find(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(plants); i++)
		if (!strcmp(name, plants[i].name))
			return &plants[i];
	return NULL;
}

bool plant_known(const char *name)
{
	return find(name);
}

int plant_run(const char *name)
{
	return find(name)->run(&load.queue[0]);
}

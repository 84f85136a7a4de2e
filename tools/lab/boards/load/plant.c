// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 the v7scope authors
/*
 * Planted errors that iommu-sim must report. Each stands between correct transfers,
 * which show that nothing else is wrong. No other queue maps meanwhile.
 */
#define pr_fmt(fmt)	"dmaload: " fmt

#include <linux/dma-mapping.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/version.h>

#include "dmaload.h"

/* Free: the DMA API allocates from the other end of the address space. */
#define IOVA 0x48000000UL
#define OTHER_IOVA (IOVA + 64 * SZ_1M)

static int api_map(struct iommu_domain *domain, unsigned long iova, phys_addr_t phys, size_t size)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	return iommu_map(domain, iova, phys, size, IOMMU_READ | IOMMU_WRITE, GFP_KERNEL);
#else
	return iommu_map(domain, iova, phys, size, IOMMU_READ | IOMMU_WRITE);
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
	int err = api_map(load.domain, IOVA, phys, size);

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

/* A buffer that the plants below map, and the page of it that the device reads */
#define BUFFER		(4 * PAGE_SIZE)
#define PAGE_OF_BUFFER	(IOVA + PAGE_SIZE)

static int map_buffer(struct queue *queue, unsigned long iova)
{
	return api_map(load.domain, iova, page_to_phys(queue->small[0].piece->page), BUFFER);
}

/* The device reads a page of a buffer after its unmap. */
static int unmapped(struct queue *queue)
{
	int err = map_buffer(queue, IOVA);

	if (err)
		return err;
	iommu_unmap(load.domain, IOVA, BUFFER);
	return transfer(queue, PAGE_OF_BUFFER, BOX_NOWHERE, 128);
}

/* The device reads beyond the end of a buffer. */
static int overrun(struct queue *queue)
{
	int err = map_buffer(queue, IOVA);

	if (err)
		return err;
	err = transfer(queue, IOVA + BUFFER, BOX_NOWHERE, 128);
	iommu_unmap(load.domain, IOVA, BUFFER);
	return err;
}

/* The hardware does not find a page that is mapped. */
static int erased(struct queue *queue)
{
	int err = map_buffer(queue, IOVA);

	if (err)
		return err;
	queue->nsegs = 0;
	queue_add(queue, PAGE_OF_BUFFER, BOX_NOWHERE, 128);
	err = post(queue, BOX_ERASE, 0);
	if (!err)
		err = transfer(queue, PAGE_OF_BUFFER, BOX_NOWHERE, 128);
	if (!err)
		err = post(queue, BOX_REPAIR, 0);
	iommu_unmap(load.domain, IOVA, BUFFER);
	return err;
}

/* As unmapped, but so many maps and unmaps follow that no history has the unmap. */
static int flood(struct queue *queue)
{
	int err = map_buffer(queue, IOVA);
	unsigned int i;

	if (err)
		return err;
	iommu_unmap(load.domain, IOVA, BUFFER);
	for (i = 0; i < 4096 && !err; i++) {
		err = map_buffer(queue, OTHER_IOVA);
		if (!err)
			iommu_unmap(load.domain, OTHER_IOVA, BUFFER);
	}
	return err ? err : transfer(queue, PAGE_OF_BUFFER, BOX_NOWHERE, 128);
}

/*
 * As split, but a fault at a page that is still mapped. A section has lost its address,
 * and an access to an address without memory is a fault. A block keeps its address: there
 * the hardware does not find the page.
 */
static int lost(struct queue *queue)
{
	bool section = load.domain->pgsize_bitmap & SZ_1M;
	struct piece *piece = &queue->big.piece[section ? 1 : 0];
	size_t size = PAGE_SIZE << piece->order;
	int err = api_map(load.domain, IOVA, page_to_phys(piece->page), size);

	if (err)
		return err;
	if (iommu_unmap(load.domain, IOVA, PAGE_SIZE) != PAGE_SIZE) {
		pr_err("this kernel does not split a block: use an older one than v6.13\n");
		iommu_unmap(load.domain, IOVA, size);
		return -EOPNOTSUPP;
	}
	queue->nsegs = 0;
	queue_add(queue, PAGE_OF_BUFFER, page_to_phys(piece->page) + PAGE_SIZE, 128);
	if (!section)
		err = post(queue, BOX_ERASE, 0);
	if (!err)
		err = post(queue, BOX_BUS, 0);
	if (!section && !err)
		err = post(queue, BOX_REPAIR, 0);
	iommu_unmap(load.domain, IOVA + PAGE_SIZE, size - PAGE_SIZE);
	return err;
}

/* A megabyte of large pages fills one level-2 table. */
#define LARGE		16

/* The pieces of 64K in a queue's large pool, see big_stock */
static const struct piece *large_piece(struct queue *queue, unsigned int nr)
{
	return &queue->big.piece[3 + nr];
}

static int map_large(struct queue *queue, struct iommu_domain *domain, unsigned long iova,
		     unsigned int first)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < LARGE && !err; i++)
		err = api_map(domain, iova + i * SZ_64K,
			      page_to_phys(large_piece(queue, first + i)->page), SZ_64K);
	if (err)
		iommu_unmap(domain, iova, i * SZ_64K - SZ_64K);
	return err;
}

/* All large pages but the first, of which the TLB holds a leaf entry */
static void add_large(struct queue *queue, bool mapped)
{
	unsigned int i;

	queue->nsegs = 0;
	for (i = 1; i < LARGE; i++)
		queue_add(queue, IOVA + i * SZ_64K,
			  mapped ? page_to_phys(large_piece(queue, i)->page) : BOX_NOWHERE, SZ_64K);
}

/* Differences between the plants that read before the invalidation. */
struct hold {
	struct iommu_domain	*other;	/* maps while the device reads; NULL: nobody does */
	bool			ahead;	/* the device touches only the page in front */
};

/* The first access, by which the walker caches the address of the megabyte's table */
static int touch(struct queue *queue, bool ahead)
{
	phys_addr_t phys = page_to_phys(queue->small[0].piece->page);
	int err;

	if (!ahead)
		return transfer(queue, IOVA, page_to_phys(large_piece(queue, 0)->page), PAGE_SIZE);
	err = api_map(load.domain, IOVA - SZ_64K, phys, SZ_64K);
	if (!err)
		err = transfer(queue, IOVA - SZ_64K, phys, PAGE_SIZE);
	return err;
}

/*
 * A megabyte is unmapped, which frees its table. The device goes on to read until the
 * invalidation. Another client that maps a megabyte meanwhile gets the freed table:
 * the slab allocator returns the object that the CPU freed last.
 */
static int hold_once(struct queue *queue, const struct hold *hold)
{
	struct iommu_iotlb_gather gather;
	size_t gone;
	int err;

	err = map_large(queue, load.domain, IOVA, 0);
	if (err)
		return err;
	err = touch(queue, hold->ahead);
	iommu_iotlb_gather_init(&gather);
	migrate_disable();
	gone = iommu_unmap_fast(load.domain, IOVA, SZ_1M, &gather);
	if (!err && gone != SZ_1M)
		err = -EIO;
	if (!err && hold->other)
		err = map_large(queue, hold->other, OTHER_IOVA, LARGE);
	migrate_enable();
	if (!err) {
		add_large(queue, true);
		err = post(queue, BOX_HELD, 0);
	}
	iommu_iotlb_sync(load.domain, &gather);
	if (!err) {
		add_large(queue, false);
		err = queue_post(queue, BOX_LATE, 0);
	}
	if (err > 0)
		queue->count.bad_pages += err;
	if (hold->other)
		iommu_unmap(hold->other, OTHER_IOVA, SZ_1M);
	if (hold->ahead)
		iommu_unmap(load.domain, IOVA - SZ_64K, SZ_64K);
	return err < 0 ? err : 0;
}

static int hold_often(struct queue *queue, const struct hold *hold)
{
	u64 round;
	int err = 0;

	if (!(load.domain->pgsize_bitmap & SZ_1M)) {
		pr_err("this board has no sections of 1M: use mt8195\n");
		return -EOPNOTSUPP;
	}
	if (hold->ahead)
		err = post(queue, BOX_AHEAD, 1);
	for (round = 0; round < load.transfers && !err; round++) {
		err = hold_once(queue, hold);
		cond_resched();
	}
	if (hold->ahead)
		post(queue, BOX_AHEAD, 0);
	return err;
}

/* The client of the other bank, where the board has one */
static struct iommu_domain *other_domain(void)
{
	struct device *dev = load.client[1].dev;

	return dev ? iommu_get_domain_for_dev(dev) : load.domain;
}

static bool second_client(void)
{
	if (!load.client[1].dev)
		pr_err("this board has one client only: use mt8195 or rcar-gen2\n");
	return load.client[1].dev;
}

static int map_for(struct queue *queue, unsigned int nr, dma_addr_t *dma)
{
	struct page *page = queue->small[nr].piece->page;
	struct device *dev = load.client[nr].dev;

	*dma = dma_map_single(dev, page_address(page), BUFFER, DMA_BIDIRECTIONAL);
	if (dma_mapping_error(dev, *dma)) {
		queue->count.map_errors++;
		return 0;
	}
	queue->client = &load.client[nr];
	return transfer(queue, *dma, page_to_phys(page), BUFFER);
}

/*
 * Each client maps a buffer, and its device reads it. The IOVA allocators of two clients
 * that were never used return the same address.
 */
static int both(struct queue *queue)
{
	dma_addr_t dma[MAX_CLIENTS] = { DMA_MAPPING_ERROR, DMA_MAPPING_ERROR };
	unsigned int nr;
	int err = 0;

	if (!second_client())
		return -EOPNOTSUPP;
	for (nr = 0; nr < MAX_CLIENTS && !err; nr++)
		err = map_for(queue, nr, &dma[nr]);
	for (nr = 0; nr < MAX_CLIENTS; nr++)
		if (!dma_mapping_error(load.client[nr].dev, dma[nr]))
			dma_unmap_single(load.client[nr].dev, dma[nr], BUFFER, DMA_BIDIRECTIONAL);
	return err;
}

/* The device of the second client reads a buffer of the first client. */
static int other(struct queue *queue)
{
	int err, bad;

	if (!second_client())
		return -EOPNOTSUPP;
	err = map_buffer(queue, IOVA);
	if (err)
		return err;
	queue->nsegs = 0;
	queue_add(queue, IOVA, BOX_NOWHERE, BUFFER);
	queue->client = &load.client[1];
	bad = queue_post(queue, BOX_LATE, 0);
	iommu_unmap(load.domain, IOVA, BUFFER);
	if (bad < 0)
		return bad;
	queue->count.bad_pages += bad;
	return 0;
}

/* One buffer. A caller that holds a spinlock cannot sleep, either. */
static int allocate_once(struct queue *queue, struct transfer *buffer, gfp_t gfp)
{
	bool atomic = !gfpflags_allow_blocking(gfp);
	int err, bad;

	queue->nsegs = 0;
	if (atomic)
		preempt_disable();
	err = queue_allocate(queue, buffer, gfp);
	if (atomic)
		preempt_enable();
	if (err)
		return err;
	bad = queue_post(queue, BOX_TRANSFER, 0);
	dma_free_coherent(buffer->dev, buffer->len, buffer->cpu, buffer->dma);
	if (bad < 0)
		return bad;
	queue->count.coherent++;
	queue->count.bad_pages += bad;
	return 0;
}

/* Five buffers of 1 to 16 pages: atomic allocations come from a pool of 128K or more. */
static int allocate(struct queue *queue, const struct client *client, gfp_t gfp)
{
	struct transfer buffer = { .dev = client->dev };
	unsigned int order;
	int err = 0;

	queue->client = client;
	for (order = 0; order < 5 && !err; order++) {
		buffer.len = PAGE_SIZE << order;
		err = allocate_once(queue, &buffer, gfp);
	}
	return err;
}

/* The second client: on rcar-gen2, it is cache-coherent. */
static int coherent(struct queue *queue)
{
	return second_client() ? allocate(queue, &load.client[1], GFP_KERNEL) : -EOPNOTSUPP;
}

static int atomic(struct queue *queue)
{
	return allocate(queue, &load.client[0], GFP_ATOMIC);
}

static int freed(struct queue *queue)
{
	return hold_often(queue, &(struct hold){ });
}

static int reused(struct queue *queue)
{
	return hold_often(queue, &(struct hold){ .other = other_domain() });
}

static int ahead(struct queue *queue)
{
	return hold_often(queue, &(struct hold){ .other = other_domain(), .ahead = true });
}

/* A buffer of a megabyte in single pages, see big_stock */
#define PAGES		256

static const struct piece *single_page(struct queue *queue, unsigned int nr)
{
	return &queue->big.piece[3 + 32 + nr];
}

static int map_pieces(struct queue *queue)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < PAGES && !err; i++)
		err = api_map(load.domain, IOVA + i * PAGE_SIZE,
			      page_to_phys(single_page(queue, i)->page), PAGE_SIZE);
	return err;
}

static int map_whole(struct queue *queue)
{
	struct sg_table table;
	struct scatterlist *sg;
	unsigned int i;
	ssize_t size;

	if (sg_alloc_table(&table, PAGES, GFP_KERNEL))
		return -ENOMEM;
	for_each_sgtable_sg(&table, sg, i)
		sg_set_page(sg, single_page(queue, i)->page, PAGE_SIZE, 0);
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	size = iommu_map_sgtable(load.domain, IOVA, &table, IOMMU_READ | IOMMU_WRITE);
#else
	size = iommu_map_sg(load.domain, IOVA, table.sgl, table.orig_nents,
			    IOMMU_READ | IOMMU_WRITE);
#endif
	sg_free_table(&table);
	return size == PAGES * PAGE_SIZE ? 0 : -EIO;
}

static int map_often(struct queue *queue, int (*map)(struct queue *queue))
{
	u64 round;
	int err = 0;

	for (round = 0; round < load.transfers && !err; round++) {
		err = map(queue);
		iommu_unmap(load.domain, IOVA, PAGES * PAGE_SIZE);
		cond_resched();
	}
	return err;
}

/* Not errors: the same buffer, mapped page by page, and with one call */
static int pieces(struct queue *queue)
{
	return map_often(queue, map_pieces);
}

static int whole(struct queue *queue)
{
	return map_often(queue, map_whole);
}

static const struct plant {
	const char	*name;
	int		(*run)(struct queue *queue);
} plants[] = {
	{ "corrupt",	corrupt },
	{ "skip",	skip },
	{ "split",	split },
	{ "fault",	fault },
	{ "unmapped",	unmapped },
	{ "overrun",	overrun },
	{ "erased",	erased },
	{ "flood",	flood },
	{ "lost",	lost },
	{ "freed",	freed },
	{ "reused",	reused },
	{ "ahead",	ahead },
	{ "both",	both },
	{ "other",	other },
	{ "coherent",	coherent },
	{ "atomic",	atomic },
	{ "pieces",	pieces },
	{ "whole",	whole },
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

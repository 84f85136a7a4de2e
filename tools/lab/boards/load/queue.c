// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 the v7scope authors
/*
 * A queue fills its slots with transfers of all kinds, posts them to the device in
 * one request, checks the words that the device wrote, and unmaps them. The queues
 * share the device, and so its domain and page table.
 */
#define pr_fmt(fmt)	"dmaload: " fmt

#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "dmaload.h"

/*
 * An address that was just unmapped may get a new owner at once. A queue that checks
 * that no translation is left takes this lock for writing, so that no other maps.
 */
DEFINE_STATIC_PERCPU_RWSEM(owners);

#ifdef CONFIG_ARM64
#define BELL BOX_BELL_ARM64
#else
#define BELL BOX_BELL_ARM
#endif
#define BELL_WORD(code) ".inst " __stringify(code)

static u32 draw(struct queue *queue, u32 below)
{
	queue->random ^= queue->random << 13;
	queue->random ^= queue->random >> 7;
	queue->random ^= queue->random << 17;
	return (u64)(u32)(queue->random >> 32) * below >> 32;
}

/* A row of a pool: @nr pieces of @order */
struct stock {
	unsigned int order, nr;
};

static const struct stock small_stock[] = { { 4, 1 }, { } };
static const struct stock scatter_stock[] = { { 0, 24 }, { 2, 6 }, { 4, 2 }, { } };
/* 8 MiB, which contain a section of 1M and a block of 2M */
static const struct stock big_stock[] = { { 9, 1 }, { 8, 2 }, { 4, 32 }, { 0, 512 }, { } };

static size_t piece_size(const struct piece *piece)
{
	return PAGE_SIZE << piece->order;
}

static void fill(void *cpu, u64 phys, size_t len)
{
	u64 *word = cpu, value = box_word(phys);
	size_t at;

	for (at = 0; at < len; at += sizeof(*word), value += BOX_STEP) {
		if (!((phys + at) & 4095))
			value = box_word(phys + at);
		*word++ = value;
	}
}

static int pool_create(struct pool *pool, const struct stock *stock)
{
	const struct stock *row;
	unsigned int i, nr = 0;

	for (row = stock; row->nr; row++)
		nr += row->nr;
	pool->piece = kvcalloc(nr, sizeof(*pool->piece), GFP_KERNEL);
	if (!pool->piece)
		return -ENOMEM;
	for (row = stock; row->nr; row++) {
		for (i = 0; i < row->nr; i++) {
			struct piece *piece = &pool->piece[pool->nr];

			piece->order = row->order;
			piece->page = alloc_pages(GFP_KERNEL, row->order);
			if (!piece->page)
				return -ENOMEM;
			pool->nr++;
			fill(page_address(piece->page), page_to_phys(piece->page),
			     piece_size(piece));
		}
	}
	return 0;
}

static void pool_destroy(struct pool *pool)
{
	while (pool->nr--)
		__free_pages(pool->piece[pool->nr].page, pool->piece[pool->nr].order);
	kvfree(pool->piece);
}

void queue_add(struct queue *queue, u64 iova, u64 phys, u32 len)
{
	if (WARN_ON_ONCE(queue->nsegs == BOX_SEGS))
		return;
	queue->seg[queue->nsegs++] = (struct box_seg){ .iova = iova, .phys = phys, .len = len };
}

int queue_post(struct queue *queue, u32 op, u64 arg)
{
	u64 began = ktime_get_ns();
	unsigned int tries = 0;

	memcpy_toio(queue->box->seg, queue->seg, queue->nsegs * sizeof(*queue->seg));
	writel(op, &queue->box->op);
	writel(queue->client->stream, &queue->box->stream);
	writel(queue->nsegs, &queue->box->nsegs);
	writel(lower_32_bits(arg), &queue->box->arg);
	writel(upper_32_bits(arg), (u32 __iomem *)&queue->box->arg + 1);
	writel(lower_32_bits(queue->stamp), &queue->box->stamp);
	writel(upper_32_bits(queue->stamp), (u32 __iomem *)&queue->box->stamp + 1);
	wmb(); /* the request before its number */
	writel(++queue->posted, &queue->box->posted);
	asm volatile(BELL_WORD(BELL) : : : "memory");
	while (readl(&queue->box->done) != queue->posted) {
		if (ktime_get_ns() - began > 60ULL * NSEC_PER_SEC) {
			pr_err("queue %u: no answer from the device for 60 s\n", queue->nr);
			return -ETIMEDOUT;
		}
		if (++tries < 8)
			cond_resched();
		else
			usleep_range(20, 100);
	}
	queue->count.device_ns += ktime_get_ns() - began;
	return readl(&queue->box->bad);
}

static int map_single(struct queue *queue, struct transfer *transfer, struct piece *piece)
{
	size_t most = piece_size(piece), from = 0;
	void *cpu = page_address(piece->page);

	transfer->len = most;
	/* One half are whole large pages, blocks or sections, the other of any size. */
	if (draw(queue, 2)) {
		/* Most buffers are small. */
		most >>= draw(queue, 8);
		transfer->len = (draw(queue, most / 128) + 1) * 128;
		from = draw(queue, (piece_size(piece) - transfer->len) / 128 + 1) * 128;
	}
	transfer->dma = dma_map_single(transfer->dev, cpu + from, transfer->len, DMA_BIDIRECTIONAL);
	if (dma_mapping_error(transfer->dev, transfer->dma))
		return -ENOMEM;
	queue_add(queue, transfer->dma, page_to_phys(piece->page) + from, transfer->len);
	return 0;
}

static void unmap_single(struct transfer *transfer)
{
	dma_unmap_single(transfer->dev, transfer->dma, transfer->len, DMA_BIDIRECTIONAL);
}

/* Consecutive pieces of the pool, from a random one on */
static int map_sg(struct queue *queue, struct transfer *transfer, struct pool *pool)
{
	unsigned int first = draw(queue, pool->nr);
	unsigned int nr = 1 + min3(draw(queue, pool->nr), draw(queue, pool->nr),
				   draw(queue, pool->nr));
	struct scatterlist *sg, *to;
	u64 left, dma;
	unsigned int i;

	if (sg_alloc_table(&transfer->sgt, nr, GFP_KERNEL))
		return -ENOMEM;
	transfer->len = 0;
	for_each_sgtable_sg(&transfer->sgt, sg, i) {
		struct piece *piece = &pool->piece[(first + i) % pool->nr];

		sg_set_page(sg, piece->page, piece_size(piece), 0);
		transfer->len += piece_size(piece);
	}
	if (dma_map_sgtable(transfer->dev, &transfer->sgt, DMA_BIDIRECTIONAL, 0)) {
		sg_free_table(&transfer->sgt);
		return -ENOMEM;
	}
	/* The DMA API merges neighbours: DMA segments differ from the pieces. */
	to = transfer->sgt.sgl;
	dma = sg_dma_address(to);
	left = sg_dma_len(to);
	for_each_sgtable_sg(&transfer->sgt, sg, i) {
		u32 at = 0, len;

		while (at < sg->length) {
			if (!left) {
				to = sg_next(to);
				dma = sg_dma_address(to);
				left = sg_dma_len(to);
			}
			len = min_t(u64, left, sg->length - at);
			queue_add(queue, dma, sg_phys(sg) + at, len);
			at += len;
			dma += len;
			left -= len;
		}
	}
	return 0;
}

static void unmap_sg(struct transfer *transfer)
{
	dma_unmap_sgtable(transfer->dev, &transfer->sgt, DMA_BIDIRECTIONAL, 0);
	sg_free_table(&transfer->sgt);
}

int queue_allocate(struct queue *queue, struct transfer *transfer, gfp_t gfp)
{
	size_t at;

	transfer->cpu = dma_alloc_coherent(transfer->dev, transfer->len, &transfer->dma, gfp);
	if (!transfer->cpu)
		return -ENOMEM;
	for (at = 0; at < transfer->len; at += PAGE_SIZE) {
		void *cpu = transfer->cpu + at;
		u64 phys = is_vmalloc_addr(cpu) ? page_to_phys(vmalloc_to_page(cpu)) :
						  virt_to_phys(cpu);

		fill(cpu, phys, PAGE_SIZE);
		queue_add(queue, transfer->dma + at, phys, PAGE_SIZE);
	}
	return 0;
}

static int map_coherent(struct queue *queue, struct transfer *transfer)
{
	transfer->len = PAGE_SIZE << draw(queue, 7);
	return queue_allocate(queue, transfer, GFP_KERNEL);
}

static void unmap_coherent(struct transfer *transfer)
{
	dma_free_coherent(transfer->dev, transfer->len, transfer->cpu, transfer->dma);
}

static int map(struct queue *queue, unsigned int slot)
{
	struct transfer *transfer = &queue->transfer[slot];
	u32 what = draw(queue, 100);
	int err;

	/* Only slot 0 uses the large pool: a queue has one. */
	transfer->dev = queue->client->dev;
	if (slot == 0 && draw(queue, 100) < load.big) {
		transfer->kind = BIG;
		queue->count.big++;
		if (draw(queue, 2)) {
			err = map_sg(queue, transfer, &queue->big);
		} else {
			err = map_single(queue, transfer, &queue->big.piece[draw(queue, 3)]);
			transfer->kind = SINGLE;
		}
	} else if (what < 77) {
		transfer->kind = SINGLE;
		queue->count.single++;
		err = map_single(queue, transfer, queue->small[slot].piece);
	} else if (what < 98) {
		transfer->kind = SG;
		queue->count.sg++;
		err = map_sg(queue, transfer, &queue->scatter[slot]);
	} else {
		transfer->kind = COHERENT;
		queue->count.coherent++;
		err = map_coherent(queue, transfer);
	}
	if (err)
		queue->count.map_errors++;
	else
		queue->count.bytes += transfer->len;
	return err;
}

static void (*const unmap[KINDS])(struct transfer *transfer) = {
	[SINGLE]	= unmap_single,
	[SG]		= unmap_sg,
	[BIG]		= unmap_sg,
	[COHERENT]	= unmap_coherent,
};

/* Checks the words that the device wrote, and restores the pattern. */
static void check_answers(struct queue *queue)
{
	unsigned int i;

	for (i = 0; i < queue->nsegs; i++) {
		const struct box_seg *seg = &queue->seg[i];
		u32 at = 0;

		while (at < seg->len) {
			u64 *word = phys_to_virt(seg->phys + at);

			if (READ_ONCE(*word) != box_answer(queue->stamp, seg->iova + at))
				queue->count.bad_answers++;
			*word = box_word(seg->phys + at);
			at += 4096 - ((seg->iova + at) & 4095);
		}
	}
}

static void queue_batch(struct queue *queue)
{
	u64 began = ktime_get_ns(), mapped;
	unsigned int slot;
	int bad;

	queue->nsegs = 0;
	queue->stamp = (u64)(queue->nr + 1) << 56 | queue->count.transfers;
	for (slot = 0; slot < SLOTS && !map(queue, slot); slot++)
		;
	mapped = ktime_get_ns();
	queue->count.map_ns += mapped - began;
	if (load.device && slot) {
		bad = queue_post(queue, BOX_TRANSFER, 0);
		if (bad < 0)
			queue->err = bad;
		else
			queue->count.bad_pages += bad;
		check_answers(queue);
	}
	began = ktime_get_ns();
	queue->count.transfers += slot;
	queue->count.segments += queue->nsegs;
	while (slot--)
		unmap[queue->transfer[slot].kind](&queue->transfer[slot]);
	queue->count.unmap_ns += ktime_get_ns() - began;
}

static void queue_late_batch(struct queue *queue)
{
	int bad;

	percpu_down_write(&owners);
	queue_batch(queue);
	if (!queue->err) {
		queue->count.late++;
		bad = queue_post(queue, BOX_LATE, 0);
		if (bad < 0)
			queue->err = bad;
		else
			queue->count.bad_pages += bad;
	}
	percpu_up_write(&owners);
}

static int work_through(void *data)
{
	struct queue *queue = data;
	unsigned int batches = 0;
	u64 share = load.transfers;

	do_div(share, load.queues);
	/* A few failed maps do not end the load: the result shows them. */
	while (queue->count.transfers < share && queue->count.map_errors < 50 &&
	       !queue->err && !READ_ONCE(load.stop)) {
		if (load.late && ++batches % load.late == 0) {
			queue_late_batch(queue);
		} else {
			percpu_down_read(&owners);
			queue_batch(queue);
			percpu_up_read(&owners);
		}
		cond_resched();
	}
	complete(&queue->done);
	/* Wait for kthread_stop(): the module's code must outlive the thread. */
	while (!kthread_should_stop()) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (!kthread_should_stop())
			schedule();
		__set_current_state(TASK_RUNNING);
	}
	return 0;
}

static int queue_create(struct queue *queue, unsigned int nr)
{
	unsigned int slot;
	int err;

	queue->nr = nr;
	queue->random = (load.seed + 1) * BOX_STEP ^ (nr + 1) * 0x2545f4914f6cdd1dULL;
	init_completion(&queue->done);
	queue->seg = kvcalloc(BOX_SEGS, sizeof(*queue->seg), GFP_KERNEL);
	if (!queue->seg)
		return -ENOMEM;
	err = pool_create(&queue->big, big_stock);
	for (slot = 0; slot < SLOTS && !err; slot++) {
		err = pool_create(&queue->small[slot], small_stock);
		if (!err)
			err = pool_create(&queue->scatter[slot], scatter_stock);
	}
	return err;
}

int queues_create(void)
{
	unsigned int nr;
	int err = 0;

	load.queue = kvcalloc(load.queues, sizeof(*load.queue), GFP_KERNEL);
	if (!load.queue)
		return -ENOMEM;
	for (nr = 0; nr < load.queues && !err; nr++)
		err = queue_create(&load.queue[nr], nr);
	return err;
}

void queues_destroy(void)
{
	unsigned int nr, slot;

	for (nr = 0; load.queue && nr < load.queues; nr++) {
		struct queue *queue = &load.queue[nr];

		pool_destroy(&queue->big);
		for (slot = 0; slot < SLOTS; slot++) {
			pool_destroy(&queue->small[slot]);
			pool_destroy(&queue->scatter[slot]);
		}
		kvfree(queue->seg);
	}
	kvfree(load.queue);
}

/* Counts the tables below the top level, for comparison with v7scope. */
int count_tables(void)
{
	struct queue *queue = &load.queue[0];
	int err;

	queue->nsegs = 0;
	err = queue_post(queue, BOX_TABLES, 0);
	load.tables = readl(&queue->box->arg);
	return err;
}

int queues_run(void)
{
	unsigned int nr, started;
	int err = 0;

	load.elapsed_ns = ktime_get_ns();
	for (started = 0; started < load.queues; started++) {
		struct task_struct *task = kthread_run(work_through, &load.queue[started],
						       "dmaload/%u", started);

		err = PTR_ERR_OR_ZERO(task);
		if (err)
			break;
		load.queue[started].task = task;
	}
	if (err)
		WRITE_ONCE(load.stop, true);
	for (nr = 0; nr < started; nr++) {
		struct queue *queue = &load.queue[nr];

		if (wait_for_completion_killable(&queue->done)) {
			err = -EINTR;
			WRITE_ONCE(load.stop, true);
			wait_for_completion(&queue->done);
		}
		kthread_stop(queue->task);
		if (!err)
			err = queue->err;
	}
	load.elapsed_ns = ktime_get_ns() - load.elapsed_ns;
	return err;
}

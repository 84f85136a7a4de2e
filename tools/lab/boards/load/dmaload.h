/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (C) 2026 the v7scope authors */
/*
 * dmaload: a driver like that of a codec, a camera or a display. It maps buffers
 * through the DMA API, passes their addresses to its device, and unmaps them. The
 * device is iommu-sim, which checks each address.
 *
 *   main.c   parameters, the device     queue.c   the load, a thread for each queue
 *   plant.c  planted errors             result.c  the result in debugfs
 */
#ifndef DMALOAD_H
#define DMALOAD_H

#include <linux/completion.h>
#include <linux/device.h>
#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/percpu-rwsem.h>
#include <linux/scatterlist.h>
#include <linux/types.h>

#include "mailbox.h"

#define MAX_CLIENTS 2

/* Transfers that a queue has in flight at a time */
#define SLOTS 8

enum kind { SINGLE, SG, COHERENT, BIG, KINDS };

/* Memory mapped in one piece, allocated for the whole run */
struct piece {
	struct page	*page;
	unsigned int	order;
};

struct pool {
	struct piece	*piece;
	unsigned int	nr;
};

struct transfer {
	struct device	*dev;
	enum kind	kind;
	dma_addr_t	dma;
	size_t		len;
	void		*cpu;
	struct sg_table	sgt;
};

/* The counters of a queue, by their names in the result */
#define QUEUE_COUNTERS(_)	\
	_(transfers)		\
	_(bytes)		\
	_(segments)		\
	_(single)		\
	_(sg)			\
	_(coherent)		\
	_(big)			\
	_(late)			\
	_(bad_pages)		\
	_(bad_answers)		\
	_(map_errors)		\
	_(map_ns)		\
	_(unmap_ns)		\
	_(device_ns)

struct queue_counters {
#define _(name) u64 name;
	QUEUE_COUNTERS(_)
#undef _
};

/* A bus master behind the IOMMU; the first one has the mailbox. */
struct client {
	struct device		*dev;
	u32			stream;
};

struct queue {
	unsigned int		nr;
	const struct client	*client;
	struct box_queue __iomem *box;
	struct box_seg		*seg;	/* as copied to the mailbox */
	unsigned int		nsegs;
	u32			posted;
	u64			stamp;
	u64			random;
	struct pool		small[SLOTS], scatter[SLOTS], big;
	struct transfer		transfer[SLOTS];
	struct queue_counters	count;
	int			err;
	struct task_struct	*task;
	struct completion	done;
};

struct dmaload {
	struct client		client[MAX_CLIENTS];
	unsigned int		clients;
	struct iommu_domain	*domain;
	struct box_control __iomem *control;
	unsigned int		queues;
	u64			transfers;
	u64			seed;
	unsigned int		big;
	bool			device;
	unsigned int		late;
	const char		*plant;
	bool			stop;
	struct queue		*queue;
	u64			elapsed_ns;
	u64			tables;	/* counted by iommu-sim */
	int			err;
};

extern struct dmaload load;

int queues_create(void);
void queues_destroy(void);
int queues_run(void);
int count_tables(void);

/* Posts queue->seg to the device and waits for its answer: the number of bad pages,
 * or an error.
 */
int queue_post(struct queue *queue, u32 op, u64 arg);
void queue_add(struct queue *queue, u64 iova, u64 phys, u32 len);

/* Allocates transfer->len bytes by the DMA API, fills them, and adds each page. */
int queue_allocate(struct queue *queue, struct transfer *transfer, gfp_t gfp);

int plant_run(const char *name);
bool plant_known(const char *name);

int result_create(void);
void result_remove(void);

#endif

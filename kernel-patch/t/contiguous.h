/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (C) 2026 the v7scope authors */
/*
 * As much of the kernel as __iommu_alloc_simple() of arch/arm/mm/dma-mapping.c needs.
 * iommu_map() keeps the pages that it is given.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef uint64_t phys_addr_t;
typedef uint64_t dma_addr_t;
typedef unsigned int gfp_t;

#define GFP_KERNEL	1
#define GFP_ATOMIC	2
#define PAGE_SHIFT	12
#define PAGE_SIZE	4096UL
#define PAGE_ALIGN(n)	(((n) + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1))
#define DMA_MAPPING_ERROR (~(dma_addr_t)0)
#define DMA_BIDIRECTIONAL 0
#define NORMAL		0
#define COHERENT	1
#define PAGES		64
#define FIRST_PFN	0x48000
#define IOVA		0x80000000

struct page {
	uint64_t words[4];
};

struct device {
	int unused;
};

struct dma_iommu_mapping {
	int *domain;
};

static struct page mem_map[PAGES];
static struct dma_iommu_mapping mapping_of_device;
static struct {
	phys_addr_t phys[PAGES];
	unsigned int sleeps;
} mapped;
static bool atomic;

#define to_dma_iommu_mapping(dev) ((void)(dev), &mapping_of_device)
#define __dma_info_to_prot(dir, attrs) ((int)((attrs) & 0) + (dir))

static inline unsigned long page_to_pfn(const struct page *page)
{
	return FIRST_PFN + ((uintptr_t)page - (uintptr_t)mem_map) / sizeof(*page);
}

static inline phys_addr_t page_to_phys(const struct page *page)
{
	return (phys_addr_t)page_to_pfn(page) << PAGE_SHIFT;
}

static inline dma_addr_t __alloc_iova(struct dma_iommu_mapping *mapping, size_t size)
{
	(void)mapping;
	(void)size;
	return IOVA;
}

static inline void __free_iova(struct dma_iommu_mapping *mapping, dma_addr_t iova, size_t size)
{
	(void)mapping;
	(void)iova;
	(void)size;
}

static inline int map(dma_addr_t iova, phys_addr_t phys, size_t size, gfp_t gfp)
{
	size_t at;

	if (atomic && gfp != GFP_ATOMIC)
		mapped.sleeps++;
	for (at = 0; at < size; at += PAGE_SIZE)
		mapped.phys[(iova - IOVA + at) >> PAGE_SHIFT] = phys + at;
	return 0;
}

/* The flags are an argument since v6.3. */
#define iommu_map(domain, iova, phys, size, prot, ...) \
	((void)(domain), (void)(prot), map(iova, phys, size, ((void)0, GFP_KERNEL, ##__VA_ARGS__)))
#define iommu_map_atomic(domain, iova, phys, size, prot) \
	((void)(domain), (void)(prot), map(iova, phys, size, GFP_ATOMIC))
#define iommu_unmap(domain, iova, size) ((void)(domain), (void)(iova), (void)(size))

static inline void *allocate(struct page **page)
{
	*page = &mem_map[8];
	return *page;
}
#define __alloc_simple_buffer(dev, size, gfp, page) ((void)(dev), (void)(size), (void)(gfp), allocate(page))
#define __alloc_from_pool(size, page) ((void)(size), allocate(page))
#define __free_from_pool(addr, size) ((void)(addr), (void)(size))

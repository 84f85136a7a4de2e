// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 the v7scope authors
/*
 * Allocates buffers of 1 to 16 pages with the kernel's own __iommu_alloc_simple(), and
 * counts the pages of the device's mapping. AddressSanitizer reports what the function
 * reads beyond its variables.
 */
#include "contiguous.h"
#include "simple.h"

static void allocate_all(const char *name, int coherent_flag, gfp_t gfp)
{
	static struct device dev;
	unsigned int right = 0, pages = 0, order, i;

	atomic = gfp == GFP_ATOMIC;
	mapped.sleeps = 0;
	for (order = 0; order < 5; order++) {
		size_t size = PAGE_SIZE << order;
		dma_addr_t handle;

		memset(mapped.phys, 0, sizeof(mapped.phys));
		if (!__iommu_alloc_simple(&dev, size, gfp, &handle, coherent_flag, 0))
			continue;
		for (i = 0; i < 1U << order; i++)
			right += mapped.phys[i] == page_to_phys(&mem_map[8 + i]);
		pages += i;
	}
	printf("%s: right %u of %u, may sleep %u\n", name, right, pages, mapped.sleeps);
}

int main(void)
{
	allocate_all("coherent", COHERENT, GFP_KERNEL);
	allocate_all("atomic", NORMAL, GFP_ATOMIC);
	return 0;
}

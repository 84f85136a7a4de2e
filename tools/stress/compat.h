/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (C) 2026 the v7scope authors */
/* Differences between the kernels v5.10 to v7.3. */
#ifndef V7STRESS_COMPAT_H
#define V7STRESS_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/io-pgtable.h>
#include <linux/version.h>

/* v6.13 removed the splitting of large pages: unmapping a part of one fails. */
#define SPLITS	(LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0))

/* v5.12 extended MediaTek's format by two bits of IOVA and a third bit of PA. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 12, 0)
#define MTK_IAS	32
#define MTK_OAS	34
#else
#define MTK_IAS	34
#define MTK_OAS	35
#endif

/* Exists since v6.1. Before, 0: no driver can ask for it. */
#ifndef IO_PGTABLE_QUIRK_ARM_MTK_TTBR_EXT
#define IO_PGTABLE_QUIRK_ARM_MTK_TTBR_EXT	0
#endif

/* v5.10 crashes without a third callback, which v5.11 removed. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 11, 0)
#define FLUSH_LEAF(flush)	.tlb_flush_leaf = (flush),
#else
#define FLUSH_LEAF(flush)
#endif

/* v5.15 added calls for several entries, v6.2 removed those for a single one. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 15, 0)
static inline int compat_map(struct io_pgtable_ops *ops, unsigned long iova,
			     phys_addr_t pa, size_t size, int prot, gfp_t gfp)
{
	return ops->map(ops, iova, pa, size, prot, gfp);
}

static inline size_t compat_unmap(struct io_pgtable_ops *ops,
				  unsigned long iova, size_t size,
				  struct iommu_iotlb_gather *gather)
{
	return ops->unmap(ops, iova, size, gather);
}
#else
static inline int compat_map(struct io_pgtable_ops *ops, unsigned long iova,
			     phys_addr_t pa, size_t size, int prot, gfp_t gfp)
{
	/* Required since v6.2 */
	size_t mapped = 0;

	return ops->map_pages(ops, iova, pa, size, 1, prot, gfp, &mapped);
}

static inline size_t compat_unmap(struct io_pgtable_ops *ops,
				  unsigned long iova, size_t size,
				  struct iommu_iotlb_gather *gather)
{
	return ops->unmap_pages(ops, iova, size, 1, gather);
}
#endif

/* v6.13 added hrtimer_setup(), v6.15 removed hrtimer_init(). */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*fire)(struct hrtimer *),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = fire;
}
#endif

#endif /* V7STRESS_COMPAT_H */

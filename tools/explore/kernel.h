/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (C) 2026 the v7scope authors */
/*
 * The part of the kernel that the page table formats use, in user space. Each
 * header of the kernel that the formats include is replaced by this file.
 *
 * READ_ONCE(), WRITE_ONCE(), cmpxchg() and xchg() are the compiler's atomics, so
 * that -fsanitize=thread turns each into a call, as it does for plain accesses.
 */
#ifndef EXPLORE_KERNEL_H
#define EXPLORE_KERNEL_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;
typedef u64 phys_addr_t;
typedef u64 dma_addr_t;
typedef unsigned int gfp_t;
typedef unsigned int slab_flags_t;
typedef u32 __le32;
typedef u64 __le64;
typedef struct { int counter; } atomic_t;
typedef struct { s64 counter; } atomic64_t;

#define CONFIG_PHYS_ADDR_T_64BIT	1
#define CONFIG_64BIT			1
#define CONFIG_SMP			1
#define BITS_PER_LONG			64

/* IS_ENABLED() of a macro that is 1, without the kernel's three-step expansion. */
#define __ARG_PLACEHOLDER_1		0,
#define __take_second_arg(ignored, val, ...) val
#define ___is_defined(arg1_or_junk)	__take_second_arg(arg1_or_junk 1, 0)
#define __is_defined_1(value)		___is_defined(__ARG_PLACEHOLDER_##value)
#define __is_defined(x)			__is_defined_1(x)
#define IS_ENABLED(option)		__is_defined(option)
#define IS_BUILTIN(option)		__is_defined(option)

#define __init
#define __initdata
#define __initconst
#define __exit
#define __iomem
#define __maybe_unused			__attribute__((unused))
#define __must_check
#define __noipa				__attribute__((noinline))
#define noinline			__attribute__((noinline))
#undef __always_inline
#define __always_inline			inline __attribute__((always_inline))
#define fallthrough			__attribute__((fallthrough))
#define likely(x)			(x)
#define unlikely(x)			(x)
#define EXPORT_SYMBOL(x)		extern int explore_nothing
#define EXPORT_SYMBOL_GPL(x)		extern int explore_nothing
#define EXPORT_TRACEPOINT_SYMBOL_GPL(x)	extern int explore_nothing
#define MODULE_LICENSE(x)		extern int explore_nothing
#define subsys_initcall(x)		extern int explore_nothing

#define BIT(n)				(1UL << (n))
#define BIT_ULL(n)			(1ULL << (n))
#define GENMASK(h, l)			((~0UL << (l)) & (~0UL >> (63 - (h))))
#define GENMASK_ULL(h, l)		((~0ULL << (l)) & (~0ULL >> (63 - (h))))
#define U64_MAX				UINT64_MAX
#define SZ_4K				0x1000UL
#define SZ_16K				0x4000UL
#define SZ_32K				0x8000UL
#define SZ_64K				0x10000UL
#define SZ_1M				0x100000UL
#define SZ_2M				0x200000UL
#define SZ_16M				0x1000000UL
#define SZ_32M				0x2000000UL
#define SZ_64M				0x4000000UL
#define SZ_512M				0x20000000UL
#define SZ_1G				0x40000000UL
#define SZ_2G				0x80000000UL
#define PAGE_SHIFT			12
#define PAGE_SIZE			SZ_4K
#define PAGE_MASK			(~(PAGE_SIZE - 1))

#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))
#define ARRAY_SIZE(a)			(sizeof(a) / sizeof((a)[0]))
#define min(a, b)			((a) < (b) ? (a) : (b))
#define max(a, b)			((a) > (b) ? (a) : (b))
#define min_t(t, a, b)			min((t)(a), (t)(b))
#define max_t(t, a, b)			max((t)(a), (t)(b))
#define DIV_ROUND_UP(n, d)		(((n) + (d) - 1) / (d))
#define round_down(x, y)		((x) & ~((__typeof__(x))(y) - 1))
#define round_up(x, y)			(round_down((x) - 1, y) + (y))
#define ALIGN(x, a)			round_up(x, a)
#define IS_ALIGNED(x, a)		(((x) & ((__typeof__(x))(a) - 1)) == 0)
#define upper_32_bits(n)		((u32)((u64)(n) >> 32))
#define lower_32_bits(n)		((u32)(n))
#define ilog2(n)			(63 - __builtin_clzl(n))
#define __ffs(n)			((unsigned long)__builtin_ctzl(n))
#define __fls(n)			((unsigned long)(63 - __builtin_clzl(n)))
#define fls(n)				((n) ? 32 - __builtin_clz(n) : 0)
#define ffs(n)				__builtin_ffs(n)
#define hweight_long(n)			__builtin_popcountl(n)
#define cpu_to_le64(x)			(x)
#define le64_to_cpu(x)			(x)
#define FIELD_PREP(mask, val)		(((u64)(val) << __builtin_ctzll(mask)) & (mask))
#define FIELD_GET(mask, reg)		(((reg) & (mask)) >> __builtin_ctzll(mask))
#define BUILD_BUG_ON(x)			_Static_assert(!(x), #x)

/* explore_barrier() is a step of its own where the barrier decides something. */
void explore_barrier(const char *name);

#define READ_ONCE(x)			__atomic_load_n(&(x), EXPLORE_LOAD)
#define WRITE_ONCE(x, v)		__atomic_store_n(&(x), (v), __ATOMIC_RELAXED)
#define EXPLORE_LOAD			__ATOMIC_ACQUIRE
#define barrier()			__asm__ volatile("" ::: "memory")
#define mb()				explore_barrier("mb")
#define wmb()				explore_barrier("wmb")
#define rmb()				((void)0)
#define dma_wmb()			explore_barrier("dma_wmb")
#define dma_rmb()			((void)0)
#define smp_mb()			explore_barrier("smp_mb")
#define smp_wmb()			explore_barrier("smp_wmb")

#define cmpxchg(ptr, old, new) ({					\
	__typeof__(*(ptr)) __old = (old);				\
	__atomic_compare_exchange_n(ptr, &__old, new, 0, __ATOMIC_ACQ_REL, \
				    EXPLORE_LOAD);			\
	__old;								\
})
#define cmpxchg_relaxed			cmpxchg
#define cmpxchg_release			cmpxchg
#define cmpxchg64			cmpxchg
#define cmpxchg64_relaxed		cmpxchg
#define cmpxchg64_release		cmpxchg
#define try_cmpxchg64_relaxed(ptr, oldp, new) ({			\
	__typeof__(*(ptr)) __want = *(oldp);				\
	*(oldp) = cmpxchg(ptr, __want, new);				\
	*(oldp) == __want;						\
})
#define xchg(ptr, new)			__atomic_exchange_n(ptr, new, __ATOMIC_SEQ_CST)
#define xchg_relaxed(ptr, new)		__atomic_exchange_n(ptr, new, __ATOMIC_RELAXED)
#define set_bit(n, p)			((void)(*(p) |= BIT(n)))
#define ATOMIC_INIT(n)			{ n }
#define ATOMIC64_INIT(n)		{ n }
#define atomic_inc_return(v)		(++(v)->counter)
#define atomic64_inc_return(v)		(++(v)->counter)

int explore_warn(const char *what, const char *file, int line);

#define WARN_ON(cond)		((cond) ? explore_warn(#cond, __FILE__, __LINE__) : 0)
#define WARN_ON_ONCE(cond)	WARN_ON(cond)
#define WARN(cond, ...)		WARN_ON(cond)
#define WARN_ONCE(cond, ...)	WARN_ON(cond)
#define VM_BUG_ON(cond)		((void)(cond))
#define BUG_ON(cond)		((void)WARN_ON(cond))

#define pr_err(...)		((void)0)
#define pr_info(...)		((void)0)
#define pr_warn(...)		((void)0)
#define pr_debug(...)		((void)0)
#define dev_err(dev, ...)	((void)(dev))
#define dev_err_once(dev, ...)	((void)(dev))
#define dev_warn(dev, ...)	((void)(dev))

/* Locks. Interrupts are of no account: nothing here runs in one. */
typedef struct { int owner; } spinlock_t;

void explore_lock(spinlock_t *lock);
int explore_trylock(spinlock_t *lock);
void explore_unlock(spinlock_t *lock);

#define spin_lock_init(l)			((void)((l)->owner = 0))
#define spin_lock(l)				explore_lock(l)
#define spin_trylock(l)				explore_trylock(l)
#define spin_unlock(l)				explore_unlock(l)
#define spin_lock_irqsave(l, flags)		((void)((flags) = 0), explore_lock(l))
#define spin_trylock_irqsave(l, flags)		((flags) = 0, explore_trylock(l))
#define spin_unlock_irqrestore(l, flags)	((void)(flags), explore_unlock(l))
#define local_irq_save(flags)			((void)((flags) = 0))
#define local_irq_restore(flags)		((void)(flags))
#define lockdep_assert_held(l)			((void)(l))
#define might_sleep()				((void)0)
#define in_atomic()				0

struct task_struct { pid_t pid; };
struct task_struct *explore_current(void);
#define current			explore_current()
#define task_pid_nr(t)		((t)->pid)

/* Memory: tables have physical addresses below 4G, whatever the machine has. */
struct kmem_cache;
struct page;

void *explore_alloc_table(size_t size);
void explore_free_table(void *table);
void *explore_kmalloc(size_t size);
void explore_kfree(void *p);
phys_addr_t explore_phys(const void *p);
void *explore_virt(phys_addr_t phys);
void explore_sync(phys_addr_t phys, size_t size);

#define GFP_KERNEL		0u
#define GFP_ATOMIC		1u
#define GFP_DMA			2u
#define GFP_DMA32		4u
#define __GFP_ZERO		8u
#define __GFP_HIGHMEM		16u
#define SLAB_CACHE_DMA		1u
#define SLAB_CACHE_DMA32	2u
#define virt_to_phys(p)		explore_phys(p)
#define __pa(p)			explore_phys(p)
#define phys_to_virt(p)		explore_virt(p)
#define __va(p)			explore_virt(p)
#define get_order(size)		((size) <= PAGE_SIZE ? 0 : ilog2((size) - 1) + 1 - PAGE_SHIFT)
#define __get_free_pages(gfp, order)	((unsigned long)explore_alloc_table(PAGE_SIZE << (order)))
#define free_pages(p, order)	explore_free_table((void *)(p))
#define alloc_pages_node(node, gfp, order)	((struct page *)explore_alloc_table(PAGE_SIZE << (order)))
#define __free_pages(page, order)	explore_free_table(page)
#define page_address(page)	((void *)(page))
#define dev_to_node(dev)	((void)(dev), 0)
#define NUMA_NO_NODE		(-1)
/* Since v6.10; since v6.16 they take bytes, and a free takes no order. */
#define iommu_alloc_pages_node(node, gfp, order)	explore_alloc_table(PAGE_SIZE << (order))
#define iommu_alloc_pages_node_sz(node, gfp, size)	explore_alloc_table(size)
#define iommu_free_pages(p, ...)	explore_free_table(p)
#define iommu_pages_start_incoherent(p, dev)	(explore_sync(explore_phys(p), PAGE_SIZE), (void)(dev), 0)
#define iommu_pages_free_incoherent(p, dev)	explore_free_table(p)
#define kmem_cache_create(name, size, align, flags, ctor)	((struct kmem_cache *)(size_t)(size))
#define kmem_cache_destroy(cache)	((void)(cache))
#define kmem_cache_zalloc(cache, gfp)	explore_alloc_table((size_t)(cache))
#define kmem_cache_free(cache, p)	explore_free_table(p)
#define kmalloc(size, gfp)	explore_kmalloc(size)
#define kzalloc(size, gfp)	explore_kmalloc(size)
#define kmalloc_obj(obj, ...)	explore_kmalloc(sizeof(obj))
#define kzalloc_obj(obj, ...)	explore_kmalloc(sizeof(obj))
#define kfree(p)		explore_kfree(p)
#define kmemleak_ignore(p)	((void)(p))

enum dma_data_direction { DMA_BIDIRECTIONAL, DMA_TO_DEVICE };
struct device { const char *name; };
#define dev_name(d)		((d)->name)
#define dma_map_single(dev, p, size, dir)	(explore_sync(explore_phys(p), size), explore_phys(p))
#define dma_unmap_single(dev, dma, size, dir)	((void)(dev), (void)(dma), (void)(size))
#define dma_mapping_error(dev, dma)		((void)(dev), 0)
#define dma_sync_single_for_device(dev, dma, size, dir)	((void)(dev), explore_sync(dma, size))

/* The IOMMU's interface, as far as page tables know it. */
#define IOMMU_READ		(1 << 0)
#define IOMMU_WRITE		(1 << 1)
#define IOMMU_CACHE		(1 << 2)
#define IOMMU_NOEXEC		(1 << 3)
#define IOMMU_MMIO		(1 << 4)
#define IOMMU_PRIV		(1 << 5)
#define IOMMU_SYS_CACHE		(1 << 6)

#define IOMMU_DIRTY_NO_CLEAR	(1 << 0)

struct iommu_dirty_bitmap {
	struct iommu_iotlb_gather *gather;
};
#define iommu_dirty_bitmap_record(dirty, iova, length)	((void)(dirty))

struct iommu_iotlb_gather {
	unsigned long	start, end;
	size_t		pgsize;
	bool		queued;
};
#define iommu_iotlb_gather_queued(g)	((g) && (g)->queued)

/* Events: each hands over its arguments as numbers, with their names. */
bool explore_events(void);
void explore_event(const char *name, const char *names, int n, const u64 *args);
#define ktime_get_mono_fast_ns()	((u64)1)

#define __n(_1, _2, _3, _4, _5, _6, _7, _8, _9, _10, _11, _12, n, ...) n
#define __number(...)	__n(__VA_ARGS__, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1)
#define __u(x)		((u64)(x))
#define __each1(a)	__u(a)
#define __each2(a, ...)	__u(a), __each1(__VA_ARGS__)
#define __each3(a, ...)	__u(a), __each2(__VA_ARGS__)
#define __each4(a, ...)	__u(a), __each3(__VA_ARGS__)
#define __each5(a, ...)	__u(a), __each4(__VA_ARGS__)
#define __each6(a, ...)	__u(a), __each5(__VA_ARGS__)
#define __each7(a, ...)	__u(a), __each6(__VA_ARGS__)
#define __each8(a, ...)	__u(a), __each7(__VA_ARGS__)
#define __each9(a, ...)	__u(a), __each8(__VA_ARGS__)
#define __each10(a, ...) __u(a), __each9(__VA_ARGS__)
#define __each11(a, ...) __u(a), __each10(__VA_ARGS__)
#define __each12(a, ...) __u(a), __each11(__VA_ARGS__)
#define __paste2(a, b)	a##b
#define __paste(a, b)	__paste2(a, b)
#define __each(...)	__paste(__each, __number(__VA_ARGS__))(__VA_ARGS__)

#define TP_PROTO(...)		__VA_ARGS__
#define TP_ARGS(...)		__VA_ARGS__
#define TRACE_DEFINE_ENUM(x)	extern int explore_nothing
#define DECLARE_EVENT_CLASS(...) extern int explore_nothing
#define PARAMS(...)		__VA_ARGS__
#define __event(name, proto, names, args)				\
	static inline bool __maybe_unused trace_##name##_enabled(void)	\
	{								\
		return explore_events();				\
	}								\
	static inline void __maybe_unused trace_##name(proto)		\
	{								\
		explore_event(#name, names, __number(args),		\
			      (const u64[]){ __each(args) });		\
	}
#define TRACE_EVENT(name, proto, args, ...)				\
	__event(name, PARAMS(proto), #args, PARAMS(args))
#define DEFINE_EVENT(class, name, proto, args)				\
	__event(name, PARAMS(proto), #args, PARAMS(args))

#endif /* EXPLORE_KERNEL_H */

// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * Keeps a history of maps and unmaps, and the faults of devices, for
 * user/source/fault.c.
 *
 * fentry and fexit programs show the domain. Without fentry, programs on the events
 * iommu:map, iommu:unmap and iommu:io_page_fault are used, which do not show it.
 *
 * fentry records an unmap when it begins, and fexit a map when it has ended: a
 * fault during an unmap is a late access, and one during a map an early access.
 * The event iommu:unmap comes only after the unmap. Programs on several CPUs, and
 * in interrupts, share a ring: each takes its own place by an atomic addition.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "fault.h"
#include "func_arg.h"
#include "hist.h"

const volatile struct v7s_fault_config kernel = { 0 };

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct v7s_fault_heads);
} heads SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, V7S_DOMAINS * V7S_TOUCHES);
	__type(key, __u32);
	__type(value, struct v7s_touch);
} touches SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, V7S_FAULTS);
	__type(key, __u32);
	__type(value, struct v7s_fault);
} faults SEC(".maps");

static __always_inline struct v7s_fault_heads *the_heads(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&heads, &zero);
}

/* The ring of a domain. Rings are never given back. */
static __always_inline __u32 ring_of(struct v7s_fault_heads *h, __u64 tag)
{
	__u64 there;
	__u32 i;

#pragma clang loop unroll(full)
	for (i = 0; i < V7S_DOMAINS - 1; i++) {
		there = *(volatile __u64 *)&h->domain[i];
		if (!there)
			there = __sync_val_compare_and_swap(&h->domain[i], 0, tag);
		if (!there || there == tag)
			return i;
	}
	return V7S_DOMAINS - 1;
}

/* An exchange is a full barrier on all CPUs, unlike a store. */
static __always_inline void publish(__u64 *seq, __u64 nr)
{
	(void)__sync_lock_test_and_set(seq, nr);
}

static __always_inline int note(__u32 domain, __u64 iova, __u64 size, __u64 pa)
{
	struct v7s_fault_heads *h = the_heads();
	struct v7s_touch *t;
	__u32 ring, at;
	__u64 nr;

	if (!h || !size)
		return 0;
	/* A ring that is taken has a tag that is not 0. */
	ring = ring_of(h, domain ? domain : 1ULL << 32);
	nr = __sync_fetch_and_add(&h->touches[ring], 1);
	at = ring * V7S_TOUCHES + nr % V7S_TOUCHES;
	t = bpf_map_lookup_elem(&touches, &at);
	if (!t)
		return 0;
	publish(&t->seq, 0);
	t->time = bpf_ktime_get_ns();
	t->iova = iova;
	t->size = size;
	t->pa = pa;
	t->domain = domain;
	t->pid = bpf_get_current_pid_tgid();
	bpf_get_current_comm(t->comm, sizeof(t->comm));
	publish(&t->seq, nr + 1);
	return 0;
}

static __always_inline void read_name(char *to, __u64 dev)
{
	__u64 name = 0;

	__builtin_memset(to, 0, V7S_DEV);
	if (!dev || !kernel.init_name)
		return;
	bpf_probe_read_kernel(&name, sizeof(name), (void *)(dev + kernel.init_name));
	if (!name)
		bpf_probe_read_kernel(&name, sizeof(name), (void *)(dev + kernel.name));
	if (name)
		bpf_probe_read_kernel_str(to, V7S_DEV, (void *)name);
}

static __always_inline int note_fault(__u32 domain, __u64 dev, __u64 iova,
				      __u32 access)
{
	struct v7s_fault_heads *h = the_heads();
	struct v7s_fault *f;
	__u32 at;
	__u64 nr;

	if (!h)
		return 0;
	nr = __sync_fetch_and_add(&h->faults, 1);
	at = nr % V7S_FAULTS;
	f = bpf_map_lookup_elem(&faults, &at);
	if (!f)
		return 0;
	publish(&f->seq, 0);
	f->time = bpf_ktime_get_ns();
	f->iova = iova;
	f->domain = domain;
	f->access = access;
	read_name(f->dev, dev);
	publish(&f->seq, nr + 1);
	return 0;
}

static __always_inline __u32 domain_of(void *ctx)
{
	return v7s_domain_tag(param(ctx, 0));
}

/* iommu_map(domain, iova, paddr, size, ...) and iommu_map_nosync(). */
static __always_inline int map_ended(void *ctx)
{
	if ((__s32)result(ctx))
		return 0;
	return note(domain_of(ctx), param(ctx, 1), param(ctx, 3), param(ctx, 2));
}

SEC("fexit")
int mapped(void *ctx)
{
	return map_ended(ctx);
}

SEC("fexit")
int mapped_nosync(void *ctx)
{
	return map_ended(ctx);
}

/* iommu_map_sg(domain, iova, ...) returns the length. */
SEC("fexit")
int mapped_sg(void *ctx)
{
	__s64 size = result(ctx);

	if (size <= 0)
		return 0;
	return note(domain_of(ctx), param(ctx, 1), size, V7S_SCATTERED);
}

/* iommu_unmap(domain, iova, size) and iommu_unmap_fast(). */
SEC("fentry")
int unmap(void *ctx)
{
	return note(domain_of(ctx), param(ctx, 1), param(ctx, 2), V7S_UNMAPPED);
}

SEC("fentry")
int unmap_fast(void *ctx)
{
	return note(domain_of(ctx), param(ctx, 1), param(ctx, 2), V7S_UNMAPPED);
}

/* report_iommu_fault(domain, dev, iova, flags), called by most drivers. */
SEC("fentry")
int fault(void *ctx)
{
	return note_fault(domain_of(ctx), param(ctx, 1), param(ctx, 2),
			  param(ctx, 3) & 1 ? V7S_WRITE : V7S_READ);
}

/* The kernel's events, which do not show the domain. */
SEC("raw_tp")
int map_event(__u64 *ctx)
{
	return note(0, ctx[0], ctx[2], ctx[1]);
}

SEC("raw_tp")
int unmap_event(__u64 *ctx)
{
	return note(0, ctx[0], ctx[2], V7S_UNMAPPED);
}

SEC("raw_tp")
int fault_event(__u64 *ctx)
{
	return note_fault(0, ctx[0], ctx[1], ctx[2] & 1 ? V7S_WRITE : V7S_READ);
}

char LICENSE[] SEC("license") = "GPL";

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
 *
 * arm-smmu-v3 reports no fault to the IOMMU layer. Its interrupt thread takes the
 * events from the queue of the hardware, and logs some of them. Compilers inline
 * everything in between. So programs read from the queue what the thread has taken,
 * when it logs and when it ends.
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

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct v7s_fault_counts);
} counts SEC(".maps");

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

/* Devices keep their slots. */
static __always_inline void count_fault(__u64 dev)
{
	struct v7s_fault_counts *all;
	struct v7s_fault_count *c;
	__u32 zero = 0, i;
	__u64 there;

	all = bpf_map_lookup_elem(&counts, &zero);
	if (!all)
		return;
#pragma clang loop unroll(full)
	for (i = 0; i < V7S_FAULT_DEVS && dev; i++) {
		c = &all->c[i];
		there = *(volatile __u64 *)&c->at;
		if (!there) {
			there = __sync_val_compare_and_swap(&c->at, 0, dev);
			if (!there) {
				read_name(c->dev, dev);
				publish(&c->ready, 1);
				there = dev;
			}
		}
		if (there == dev) {
			__sync_fetch_and_add(&c->faults, 1);
			return;
		}
	}
	__sync_fetch_and_add(&all->c[V7S_FAULT_DEVS].faults, 1);
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
	f->cpu = bpf_get_smp_processor_id();
	read_name(f->dev, dev);
	publish(&f->seq, nr + 1);
	count_fault(dev);
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

/* An interrupt thread at work, by its pid. */
struct reader {
	__u64 smmu;
	__u64 next;	/* index of the next event to look at */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, V7S_SMMUS);
	__type(key, __u32);
	__type(value, struct reader);
} readers SEC(".maps");

/* See the architecture of the SMMUv3, IHI 0070, chapter 7. */
enum {
	F_TRANSLATION	= 0x10,
	F_PERMISSION	= 0x13,
	EVENT_SIZE	= 32,
};

#define EVENT_SSV	(1ULL << 11)
#define EVENT_STALL	(1ULL << 31)	/* the driver may resolve it */
#define EVENT_READ	(1ULL << 35)

static __always_inline __u64 load(__u64 from)
{
	__u64 value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), (void *)from);
	return value;
}

static __always_inline __u32 load_half(__u64 from)
{
	__u32 value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), (void *)from);
	return value;
}

/* The client with a stream's number; 0: not known. */
static __always_inline __u64 client_of(__u64 smmu, __u32 stream)
{
	const volatile __u64 *at = kernel.smmu;
	__u64 node = load(smmu + at[V7S_SMMU_STREAMS]), found;
	__u32 i, id;

#pragma clang loop unroll(disable)
	for (i = 0; i < V7S_SMMU_DEPTH && node; i++) {
		here(node);
		found = node - at[V7S_SMMU_NODE];
		id = load_half(found + at[V7S_SMMU_ID]);
		if (id == stream)
			return load(load(found + at[V7S_SMMU_MASTER]) +
				    at[V7S_SMMU_CLIENT]);
		node = load(node + (stream < id ? at[V7S_SMMU_LEFT] :
				    at[V7S_SMMU_RIGHT]));
	}
	return 0;
}

/* A process that shares its address space with a device has no domain here. */
static __always_inline __u32 domain_of_client(__u64 client, __u64 event)
{
	__u64 group = client ? load(client + kernel.smmu[V7S_SMMU_GROUP]) : 0;

	if (!group || event & EVENT_SSV)
		return 0;
	return v7s_domain_tag(load(group + kernel.smmu[V7S_SMMU_DOMAIN]));
}

static __always_inline void note_event(__u64 smmu, __u64 from)
{
	__u64 event[3] = { 0 }, client;

	bpf_probe_read_kernel(event, sizeof(event), (void *)from);
	if ((__u8)event[0] < F_TRANSLATION || (__u8)event[0] > F_PERMISSION ||
	    event[1] & EVENT_STALL)
		return;
	client = client_of(smmu, event[0] >> 32);
	note_fault(domain_of_client(client, event[0]),
		   client ? client : load(smmu + kernel.smmu[V7S_SMMU_DEV]),
		   event[2], event[1] & EVENT_READ ? V7S_READ : V7S_WRITE);
}

/* The first member is the producer's index, which the driver reads late. */
static __always_inline __u32 index_of_consumer(__u64 queue)
{
	return load_half(queue + 4);
}

static __always_inline int note_events(void)
{
	__u32 pid = bpf_get_current_pid_tgid(), mask, n, i;
	struct reader *reader = bpf_map_lookup_elem(&readers, &pid);
	struct v7s_fault_heads *h = the_heads();
	__u64 smmu, queue, base;
	__u32 first;

	if (!reader || !h)
		return 0;
	smmu = reader->smmu;
	first = reader->next;
	queue = smmu + kernel.smmu[V7S_SMMU_EVENTS];
	base = load(queue + kernel.smmu[V7S_SMMU_BASE]);
	mask = (1U << (load_half(queue + kernel.smmu[V7S_SMMU_SHIFT]) & 31)) - 1;
	/* The bit above the index changes with each round. */
	n = (index_of_consumer(queue) - first) & (mask << 1 | 1);
#pragma clang loop unroll(disable)
	for (i = 0; i < V7S_SMMU_EVENTS_READ; i++) {
		/* Kernels before v6.8 refuse a loop that clang enters in its middle. */
		barrier();
		if (i >= n)
			break;
		note_event(smmu, base + ((first + i) & mask) * EVENT_SIZE);
	}
	if (n > V7S_SMMU_EVENTS_READ)
		__sync_fetch_and_add(&h->skipped, n - V7S_SMMU_EVENTS_READ);
	reader->next += n;
	return 0;
}

/* arm_smmu_evtq_thread(irq, smmu); on arm64, the context begins with x0 and x1. */
SEC("kprobe")
int smmu_begins(__u64 *ctx)
{
	__u32 pid = bpf_get_current_pid_tgid();
	struct reader reader = { .smmu = ctx[1] };

	reader.next = index_of_consumer(reader.smmu +
					kernel.smmu[V7S_SMMU_EVENTS]);
	bpf_map_update_elem(&readers, &pid, &reader, BPF_ANY);
	return 0;
}

/* It logs an event: _dev_info() or, since v6.14, _dev_err(). */
SEC("kprobe")
int smmu_logs(void *ctx)
{
	(void)ctx;
	return note_events();
}

SEC("kretprobe")
int smmu_ends(void *ctx)
{
	__u32 pid = bpf_get_current_pid_tgid();

	(void)ctx;
	note_events();
	bpf_map_delete_elem(&readers, &pid);
	return 0;
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

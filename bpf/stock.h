/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * Page tables of a kernel without the series: their numbers and devices, and
 * the events as the probes of either kind count them.
 *
 * A file that includes this header first defines the variable kernel, a struct
 * v7s_kprobe_config.
 */
#ifndef V7S_STOCK_H
#define V7S_STOCK_H

#include "count.h"
#include "kprobe_regs.h"

/* A page table, found by the address of its struct io_pgtable. */
struct pgtable {
	__u64 number;		/* assigned by us, never reused */
	char dev[V7S_DEV];
	__u32 fmt;
	/* 0: not known, then the quirks are not known either. */
	__u32 ias, oas;
	__u64 quirks;
	__u32 gone;		/* it is being destroyed */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, V7S_PGTABLES);
	__type(key, __u64);
	__type(value, struct pgtable);
} pgtables SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct v7s_self);
} selves SEC(".maps");

static __always_inline struct v7s_self *self(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&selves, &cpu);
}

static __always_inline void note_stray(void)
{
	struct v7s_self *s = self();

	if (s)
		add_to(&s->strays, 1);
}

/* A refusal that is not counted. The counts of all other events are complete. */
static __always_inline void note_lost_answer(void)
{
	struct v7s_self *s = self();

	if (s)
		add_to(&s->lost_answers, 1);
}

/* Fill in the facts of a page table from its struct io_pgtable_cfg. */
static __always_inline void look_at(struct pgtable *p, __u64 cfg)
{
	__u64 dev;

	p->dev[0] = '-';
	if (kernel.has_sizes) {
		bpf_probe_read_kernel(&p->ias, sizeof(p->ias),
				      (void *)(cfg + kernel.at[V7S_AT_IAS]));
		bpf_probe_read_kernel(&p->oas, sizeof(p->oas),
				      (void *)(cfg + kernel.at[V7S_AT_OAS]));
		p->quirks = read_pointer(cfg + kernel.at[V7S_AT_QUIRKS]);
	}
	if (!kernel.has_dev)
		return;
	dev = read_pointer(cfg + kernel.at[V7S_AT_DEV]);
	if (!dev)
		return;
	read_dev_name(p->dev, dev, kernel.at[V7S_AT_INIT_NAME],
		      kernel.at[V7S_AT_NAME]);
}

/* Numbers from 1 on, different on every CPU. */
static __always_inline __u64 new_number(void)
{
	struct v7s_self *s = self();

	if (!s)
		return 0;
#ifdef V7S_NESTS
	return __sync_fetch_and_add(&s->numbers, 1) * kernel.cpus +
	       bpf_get_smp_processor_id() + 1;
#else
	return s->numbers++ * kernel.cpus + bpf_get_smp_processor_id() + 1;
#endif
}

/*
 * An older page table gets its number on first use. So does a page table at an
 * address of a destroyed one, if the kernel skipped the probe at its creation.
 */
static __always_inline struct pgtable *pgtable_of(__u64 iop)
{
	struct pgtable *p = bpf_map_lookup_elem(&pgtables, &iop), new = { 0 };

	if (p && !p->gone)
		return p;
	new.number = new_number();
	/* Its format is the first member. */
	if (bpf_probe_read_kernel(&new.fmt, sizeof(new.fmt), (void *)iop))
		new.fmt = V7S_NO_FMT;
	look_at(&new, iop + kernel.at[V7S_AT_CFG]);
	/*
	 * Another CPU may have been faster: then its number is the valid one.
	 */
	bpf_map_update_elem(&pgtables, &iop, &new, p ? BPF_EXIST : BPF_NOEXIST);
	return bpf_map_lookup_elem(&pgtables, &iop);
}

/*
 * IOVA of an entry in a level-1 table. The table is as large as the address
 * space requires, and aligned to its size.
 */
static __always_inline __u64 iova_of(const struct pgtable *p, __u64 entry)
{
	__u32 ias = p ? p->ias : 0;

	if (!entry || ias <= 20 || ias > 34)
		return V7S_NO_IOVA;
	return ((entry & ((4ULL << (ias - 20)) - 1)) >> 2) << 20;
}

/*
 * An event without a page table counts as other's. @entry: in a level-1 table
 * of the short format, or 0.
 */
static __always_inline void about(__u64 *args, const struct pgtable *p,
				  __u64 entry)
{
	args[ARG_DEV] = p ? (__u64)(long)p->dev : 0;
	args[ARG_PGTABLE] = p ? p->number : 0;
	args[ARG_FMT] = p ? p->fmt : entry ? V7S_FMT_V7S : V7S_NO_FMT;
	args[ARG_LEVEL] = entry ? 1 : V7S_NO_LEVEL;
	args[ARG_IOVA] = iova_of(p, entry);
}

static __always_inline __s64 stack_now(void *ctx)
{
	return config.stacks ? stack_of(ctx) : -1;
}

/* Only the split of a section can raise the alarm. */
static __always_inline __s64 stack_of_install(void *ctx, __u64 curr)
{
	return config.stacks || (config.alarm && curr) ? stack_of(ctx) : -1;
}

/*
 * In the long format the argument is the size of a table, in the short format
 * its level: no table is that small. The long format also passes a struct
 * io_pgtable_cfg where the short one passes a struct io_pgtable.
 */
static __always_inline __u32 family_of(__u32 size_or_level)
{
	return size_or_level > 2 ? V7S_LONG : V7S_SHORT;
}

/*
 * An install, split, free or refuse event as count_from() takes it, packed into
 * one number: before v6.8 the verifier does not track values read from an array
 * on the stack, and may apply a fact about the first element to all of them.
 */
static __always_inline __u64 news(__u64 event, __u64 nr, __u64 arg5,
				  __u64 arg6)
{
	return event << 24 | nr << 16 | arg5 << 8 | arg6;
}

static __always_inline __u64 an_install(__u64 why, __u64 outcome)
{
	return news(V7S_EVENT_INSTALL, NR(install) + why * V7S_INSTALL_OUTCOME +
		    outcome, why, outcome);
}

static __always_inline __u64 a_split(__u64 outcome)
{
	return news(V7S_EVENT_SPLIT, NR(split) + V7S_BLOCK * V7S_SPLIT_OUTCOME +
		    outcome, V7S_BLOCK, outcome);
}

static __always_inline __u64 a_nomem(void)
{
	return news(V7S_EVENT_REFUSE, NR(refuse) + V7S_REFUSE_NOMEM, 0,
		    V7S_REFUSE_NOMEM);
}

/* The page table is destroyed; it has no counter of its own. */
static __always_inline __u64 a_destroy(void)
{
	return news(V7S_EVENT_DESTROY, 0, 0, 0);
}

static __always_inline __u64 a_free(__u64 why)
{
	return news(V7S_EVENT_FREE, NR(free) + why, why, 0);
}

/*
 * Count one event or two. A loop keeps the counting code in one place.
 * @window: of an install; ~0: not known
 */
static __always_inline void count_timed(const struct pgtable *p, __u64 entry,
					__u64 block_size, __s64 stack,
					__u64 first, __u64 second, __u64 window)
{
	__u64 args[12], event;

	about(args, p, entry);
	args[8] = 0;
	args[9] = args[10] = ~0ULL;
	args[11] = (__u32)-1;
#pragma clang loop unroll(disable)
	do {
		here(first);
		event = first >> 24;
		if (event == V7S_EVENT_DESTROY)
			args[CREATE_IAS] = args[CREATE_OAS] = 0;
		args[5] = first >> 8 & 0xff;
		args[6] = first & 0xff;
		args[7] = event == V7S_EVENT_INSTALL ? window : block_size;
		count_from(stack, event, first >> 16 & 0xff, args);
		first = second;
		second = 0;
	} while (first);
}

/* A kprobe would take most of the race window itself, so it is not measured. */
static __always_inline void count_news(const struct pgtable *p, __u64 entry,
				       __u64 block_size, __s64 stack,
				       __u64 first, __u64 second)
{
	count_timed(p, entry, block_size, stack, first, second, ~0ULL);
}

static __always_inline int is_table(__u32 family, __u64 entry)
{
	return (entry & 3) == (family == V7S_SHORT ? 1 : 3);
}

/* The owner expected no entry there, or a block to split. */
static __always_inline void outcome_of(__u32 family, __u64 curr, __u64 old,
				       __u32 *why, __u32 *outcome, __u32 *split)
{
	*why = curr ? V7S_SPLIT : V7S_MAP;
	if (old == curr) {
		*outcome = V7S_WON;
		*split = V7S_DONE;
	} else if (!old) {
		*outcome = V7S_LOST_TO_EMPTY;
		*split = V7S_SPLIT_GONE;
	} else if (is_table(family, old)) {
		*outcome = V7S_LOST_TO_TABLE;
		*split = V7S_FOUND_DONE;
	} else {
		*outcome = V7S_LOST_TO_LEAF;
		*split = V7S_SPLIT_GONE;
	}
}

/* A table that is freed because its page table is destroyed. */
enum { TEARDOWN = V7S_FREE_WHY };

/*
 * The reason why a table that is not lost is freed: map replaces it by a block,
 * unmap removes it, or its page table is destroyed. The first two go through
 * the unmap code. @frame: of the caller, 0 without frame pointers; @role: of
 * the caller; @replaced: of the caller
 */
static __always_inline __u32 freed_for(__u64 frame, __u32 role,
				       struct replaced *replaced)
{
	__u32 i, known = 1;

	if (role == V7S_ROLE_DESTROY)
		return TEARDOWN;
	if (!frame)
		return V7S_FREE_UNMAP;
#pragma clang loop unroll(disable)
	for (i = 0; i < V7S_FRAMES; i++) {
		/* A frame has the caller's frame, then the return address. */
		role = role_of(unhook(read_pointer(frame + 8), replaced));
		if (role == V7S_ROLE_MAP)
			return V7S_FREE_REPLACED;
		if (role == V7S_ROLE_DESTROY)
			return TEARDOWN;
		/*
		 * A trampoline that calls fexit programs has one frame between
		 * a function and its caller. Two unknown frames in a row are
		 * the IOMMU driver.
		 */
		if (role == V7S_ROLE_UNMAP || role == V7S_ROLE_FREE)
			known = 1;
		else if (known)
			known = 0;
		else
			break;
		frame = read_pointer(frame);
	}
	return V7S_FREE_UNMAP;
}

/* @second: an event to count after it, or 0 */
static __always_inline void count_free(void *ctx, __u64 iop, __u32 why,
				       __u64 second)
{
	struct pgtable *p = pgtable_of(iop);
	__u64 first = a_free(why);

	if (why == TEARDOWN) {
		/* The entry was missed, or the map had no room. */
		if (!p)
			return;
		p->gone = 1;
		first = a_destroy();
	}
	count_news(p, 0, 0, stack_now(ctx), first, second);
}

/* The entry of a destructor. */
static __always_inline void count_destroy(void *ctx, __u64 iop)
{
	/* An older page table may have no number yet. */
	struct pgtable *p = pgtable_of(iop);

	if (p)
		p->gone = 1;
	count_news(p, 0, 0, stack_now(ctx), a_destroy(), 0);
}

/* The return of a destructor. */
static __always_inline void forget(__u64 iop)
{
	struct pgtable *p = bpf_map_lookup_elem(&pgtables, &iop);

	/* Another CPU may have created a page table at this address. */
	if (p && p->gone)
		bpf_map_delete_elem(&pgtables, &iop);
}

/*
 * The return of a constructor. @cfg: its struct io_pgtable_cfg. Returns false
 * if there was no room for the page table.
 */
static __always_inline int count_create(__u64 iop, __u32 fmt, __u64 cfg,
					__s64 stack)
{
	struct pgtable new = { 0 }, *p;
	__u64 args[12];

	/* A previous page table at that address is gone. */
	p = bpf_map_lookup_elem(&pgtables, &iop);
	if (p && !p->gone)
		count_news(p, 0, 0, -1, a_destroy(), 0);
	new.number = new_number();
	new.fmt = fmt;
	look_at(&new, cfg);
	/* Without room, later events do not find the number either. */
	if (bpf_map_update_elem(&pgtables, &iop, &new, BPF_ANY))
		new.number = 0;

	about(args, &new, 0);
	args[CREATE_IAS] = new.ias ? new.ias : ~0ULL;
	args[CREATE_OAS] = new.ias ? new.oas : ~0ULL;
	args[CREATE_QUIRKS] = new.quirks;
	count_from(stack, V7S_EVENT_CREATE, NR(create), args);
	return new.number != 0;
}

#endif

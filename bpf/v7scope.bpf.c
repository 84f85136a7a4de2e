// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts and times the six io_pgtable events, exactly.
 *
 * The kernel emits each of them with local interrupts off, on one CPU. So a
 * row of counters per CPU has one writer at a time, and plain additions lose
 * nothing: no atomics, which the JIT of 32-bit Arm does not have. For the same
 * reason there are no calls between BPF functions and no 64-bit division here.
 *
 * The arguments of a raw tracepoint are plain numbers, so nothing is relocated
 * and the kernel needs no BTF.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "events.h"

/*
 * An array of rows rather than a per-CPU array, because only the former can be
 * mapped into user space, which then reads it without system calls and without
 * capabilities. The tool sets max_entries to the number of possible CPUs.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct v7s_row);
} rows SEC(".maps");

/*
 * Makes clang compute what follows where it stands. It would else compute an
 * address before the check of its index, which the verifier does not follow,
 * or turn a branch into a longer sequence without one.
 */
#define here(x) asm volatile("" : "+r"(x))

static __always_inline struct v7s_row *this_row(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&rows, &cpu);
}

/*
 * Takes a free slot. The tool frees those of destroyed page tables: it zeroes
 * the counters first and the number last, with a barrier between them, so that
 * our stores, which depend on the number read as 0, come after all of its own.
 *
 * Our loads do not: a CPU may have read a counter of the slot before it read
 * the number. Hence the zeroes here, which such a load has to take note of,
 * because they are earlier in the same program. And hence those of the tool,
 * because it may see the new number before our zeroes.
 */
static __always_inline void claim(struct v7s_slot *slot, __u64 pgtable,
				  __u64 dev, __u32 fmt)
{
	volatile __u64 *c = (volatile __u64 *)&slot->c;
	__u32 i;

	for (i = 0; i < V7S_COUNTS_U64; i++)
		c[i] = 0;
	slot->fmt = fmt;
	bpf_probe_read_kernel_str(slot->dev, sizeof(slot->dev), (void *)dev);
	*(volatile __u64 *)&slot->pgtable = pgtable;
}

/*
 * The counters of a page table on this CPU. A table whose slot is not where
 * its number points is looked for in the next few. It may get a second slot
 * when one before its first becomes free: the tool adds up by number.
 */
static __always_inline struct v7s_counts *counts_of(const __u64 *args)
{
	struct v7s_row *row = this_row();
	struct v7s_slot *slot;
	__u64 pgtable = args[1];
	__u32 n;

	if (!row)
		return NULL;

#pragma clang loop unroll(disable)
	for (n = 0; n < V7S_PROBES; n++) {
		slot = &row->slot[(pgtable + n) % V7S_SLOTS];
		here(slot);
		if (slot->pgtable == pgtable)
			return &slot->c;
		if (!slot->pgtable) {
			claim(slot, pgtable, args[0], args[2]);
			return &slot->c;
		}
	}
	return &row->slot[V7S_OTHER].c;
}

/* Adds to n[i], if the header of this tool's time had a name for i. */
static __always_inline void add_event(struct v7s_counts *c, __u64 *n, __u64 i,
				      __u64 size)
{
	if (i < size) {
		here(i);
		n[i]++;
	} else {
		c->e.unknown++;
	}
}

/* The index in an array of arrays, or one past all of them. */
static __always_inline __u64 pair(__u64 major, __u64 minor, __u64 size)
{
	return minor < size ? major * size + minor : ~0ULL;
}

static __always_inline void add_time(struct v7s_hist *hist, __u64 ns)
{
	__u32 i = V7S_BUCKETS - 1, x, bits;

	if (ns == ~0ULL) {
		hist->untimed++;
		return;
	}

	if (ns <= 1) {
		i = 0;
	} else if (ns <= 1 << (V7S_BUCKETS - 2)) {
		/* The bits of ns - 1, so that a power of two is in its own. */
		x = ns - 1;
		i = 0;
#pragma clang loop unroll(full)
		for (bits = 16; bits; bits /= 2) {
			if (x >> bits) {
				x >>= bits;
				i += bits;
				here(i);
			}
		}
		i += x;
	}
	hist->bucket[i % V7S_BUCKETS]++;
	hist->sum += ns;
	if (ns > hist->max)
		hist->max = ns;
}

/* dev, pgtable, fmt, ias, oas, quirks */
SEC("raw_tp/io_pgtable_create")
int io_pgtable_create(struct bpf_raw_tracepoint_args *ctx)
{
	struct v7s_counts *c = counts_of(ctx->args);

	if (c)
		c->e.create++;
	return 0;
}

/*
 * dev, pgtable, fmt, ias, oas, quirks
 *
 * No slot is looked for: there may be none left on the CPU that destroys the
 * page table while other CPUs still have one for it, and the tool has to learn
 * that it can free those.
 */
SEC("raw_tp/io_pgtable_destroy")
int io_pgtable_destroy(struct bpf_raw_tracepoint_args *ctx)
{
	struct v7s_row *row = this_row();
	__u64 pgtable = ctx->args[1];

	if (row) {
		row->gone[pgtable % V7S_GONE] = pgtable;
		row->destroy++;
	}
	return 0;
}

/* dev, pgtable, fmt, level, iova, why, outcome, window_ns */
SEC("raw_tp/io_pgtable_install")
int io_pgtable_install(struct bpf_raw_tracepoint_args *ctx)
{
	struct v7s_counts *c = counts_of(ctx->args);

	if (!c)
		return 0;
	add_event(c, c->e.install[0],
		  pair(ctx->args[5], ctx->args[6], V7S_INSTALL_OUTCOME),
		  V7S_INSTALL_WHY * V7S_INSTALL_OUTCOME);
	add_time(&c->hist[V7S_WINDOW], ctx->args[7]);
	return 0;
}

/*
 * dev, pgtable, fmt, level, iova, kind, outcome, block_size, size, wait_ns,
 * hold_ns, holder
 */
SEC("raw_tp/io_pgtable_split")
int io_pgtable_split(struct bpf_raw_tracepoint_args *ctx)
{
	struct v7s_counts *c = counts_of(ctx->args);

	if (!c)
		return 0;
	add_event(c, c->e.split[0],
		  pair(ctx->args[5], ctx->args[6], V7S_SPLIT_OUTCOME),
		  V7S_SPLIT_KIND * V7S_SPLIT_OUTCOME);
	if (ctx->args[5] == V7S_CONT)
		add_time(&c->hist[V7S_HOLD], ctx->args[10]);
	/* An int among the arguments has its upper half cleared. */
	if ((__s32)ctx->args[11] != -1) {
		c->e.waits++;
		add_time(&c->hist[V7S_WAIT], ctx->args[9]);
	}
	return 0;
}

/* dev, pgtable, fmt, level, iova, why */
SEC("raw_tp/io_pgtable_free")
int io_pgtable_free(struct bpf_raw_tracepoint_args *ctx)
{
	struct v7s_counts *c = counts_of(ctx->args);

	if (c)
		add_event(c, c->e.free, ctx->args[5], V7S_FREE_WHY);
	return 0;
}

/* dev, pgtable, fmt, level, iova, size, why */
SEC("raw_tp/io_pgtable_refuse")
int io_pgtable_refuse(struct bpf_raw_tracepoint_args *ctx)
{
	struct v7s_counts *c = counts_of(ctx->args);

	if (c)
		add_event(c, c->e.refuse, ctx->args[6], V7S_REFUSE_WHY);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";

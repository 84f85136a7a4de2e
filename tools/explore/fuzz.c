// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 the v7scope authors
/*
 * libFuzzer: sequences of legal requests of one thread against the flat model. Three
 * bytes are a request; one that the model forbids is left out.
 */
#include <stdlib.h>
#include <string.h>
#include "explore.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static bool mapped[PAGES];

/* A map needs a range that is free, an unmap one that is mapped throughout. */
static bool allowed(const struct op *op)
{
	for (u32 page = op->iova / SZ_4K; page < (op->iova + op->size) / SZ_4K; page++)
		if (mapped[page] != (op->verb == UNMAP))
			return false;
	return true;
}

static void add(u8 what, u8 where, u8 within)
{
	static const int prots[] = { IOMMU_READ | IOMMU_WRITE, IOMMU_READ | IOMMU_CACHE,
		IOMMU_READ | IOMMU_WRITE | IOMMU_NOEXEC, IOMMU_READ | IOMMU_WRITE | IOMMU_PRIV };
	const u32 section = 1u << format->shift[format->last - 1];
	struct op op = { .size = format->sizes[what & 3], .prot = prots[what >> 2 & 3] };

	if (!op.size)
		op.size = SZ_4K;
	/* Few sections, so that requests meet, and the last of the span. */
	op.iova = ((where & 0x10 ? format->span / section - 16 : 0) + where % 16) * section;
	op.iova = (op.iova + within * SZ_4K) & ~(op.size - 1);
	op.verb = what & 0x80 ? UNMAP : MAP;
	if (what & 0x40) {
		op.verb = LOOK;
		op.size = 1;
	} else if (!allowed(&op)) {
		return;
	}
	for (u32 page = op.iova / SZ_4K; op.verb != LOOK && page < (op.iova + op.size) / SZ_4K; page++)
		mapped[page] = op.verb == MAP;
	prog.ops[prog.count++] = op;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct search s = { .preemptions = -1, .limit = 1 };
	static bool ready;

	if (!ready) {
		memory_init();
		sched_init();
		events_on = have_events;
		ready = true;
	}
	prog = (struct program){ .name = "fuzz", .legal = true, .threads = 1 };
	memset(mapped, 0, sizeof(mapped));
	for (; size >= 3 && prog.count < OPS; size -= 3, data += 3)
		add(data[0], data[1], data[2]);
	coherent = !(prog.count & 1);
	judge_forget();
	search(&s);
	for (int v = 0; v < VERDICTS; v++)
		if (found & 1u << v)
			fprintf(stderr, "fuzz: %s: %s\n", verdict_names[v], why[v]);
	if (found)
		abort();
	return 0;
}

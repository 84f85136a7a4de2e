// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 the v7scope authors
/*
 * A program is one line: what is mapped before, then a part for each thread,
 * separated by "|"; requests of one part are separated by ";".
 *
 *   map 64K 0 | unmap 4K 0x3000 | unmap 4K 0x5000; look 0x6000
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "explore.h"

const char *const programs[][2] = {
	{ "map-map",		"| map 4K 0 | map 4K 0x1000" },
	{ "map-map-map",	"| map 4K 0 | map 64K 0x10000 | map 4K 0x1000" },
	{ "map-map-look",	"| map 4K 0 | map 4K 0x1000; look 0x1000 | look 0; look 0x1000" },
	{ "map-again",		"| map 4K 0; unmap 4K 0; map 4K 0 | map 4K 0x1000; unmap 4K 0x1000" },
	{ "map-unmap",		"map 4K 0 | unmap 4K 0 | map 4K 0x1000; look 0x1000" },
	{ "map-sizes",		"| map 1M 0 | map 16M 16M | map 4K 1M; look 1M" },
	{ "parts-64K",		"map 64K 0 | unmap 4K 0x3000 | unmap 4K 0x5000" },
	{ "parts-64K-ends",	"map 64K 0 | unmap 4K 0 | unmap 4K 0xf000" },
	{ "parts-64K-three",	"map 64K 0 | unmap 4K 0 | unmap 4K 0x5000 | unmap 4K 0xf000" },
	{ "parts-64K-look",	"map 64K 0 | unmap 4K 0x3000 | look 0x5000; look 0x3000; look 0x5000" },
	{ "parts-64K-again",	"map 64K 0 | unmap 4K 0x3000; map 4K 0x3000 | unmap 4K 0x5000; map 4K 0x5000" },
	{ "parts-1M",		"map 1M 0 | unmap 4K 0x1000 | unmap 4K 0x2000" },
	{ "parts-1M-three",	"map 1M 0 | unmap 4K 0x1000 | unmap 4K 0x2000 | unmap 4K 0xff000" },
	{ "parts-1M-64K",	"map 1M 0 | unmap 64K 0x10000 | unmap 64K 0x20000" },
	{ "parts-1M-mixed",	"map 1M 0 | unmap 4K 0x1000 | unmap 64K 0x20000" },
	{ "parts-1M-look",	"map 1M 0 | unmap 4K 0x1000 | unmap 4K 0x2000 | look 0x3000; look 0x1000" },
	{ "parts-1M-again",	"map 1M 0 | unmap 4K 0x1000; map 4K 0x1000 | unmap 4K 0x2000; map 4K 0x2000" },
	{ "parts-16M",		"map 16M 0 | unmap 1M 2M | unmap 1M 5M" },
	{ "parts-16M-4K",	"map 16M 0 | unmap 4K 0x201000 | unmap 4K 0x502000" },
	{ "parts-16M-one",	"map 16M 0 | unmap 4K 0x201000 | unmap 4K 0x203000" },
	{ "parts-16M-mixed",	"map 16M 0 | unmap 1M 2M | unmap 4K 0x501000" },
	{ "parts-16M-look",	"map 16M 0 | unmap 4K 0x201000 | look 0x203000; look 5M" },
	{ "block-over-table",	"map 4K 0; unmap 4K 0 | map 1M 0; look 0x1000 | map 4K 1M" },
	{ "table-freed",	"map 4K 0 | unmap 1M 0; map 4K 0 | map 4K 1M" },

	/* Errors of the caller. What is not worth mending is told by its verdict. */
	{ "part-whole-64K",	"map 64K 0 | unmap 4K 0x5000 | unmap 64K 0" },
	{ "part-whole-1M",	"map 1M 0 | unmap 4K 0x5000 | unmap 1M 0" },
	{ "part-whole-16M",	"map 16M 0 | unmap 1M 5M | unmap 16M 0" },
	{ "same-part-64K",	"map 64K 0 | unmap 4K 0x5000 | unmap 4K 0x5000" },
	{ "same-part-1M",	"map 1M 0 | unmap 4K 0x5000 | unmap 4K 0x5000" },
	{ "same-page-map",	"| map 4K 0 | map 4K 0" },
	{ "same-page-both",	"map 4K 0 | unmap 4K 0 | map 4K 0" },
	{ "block-over-live",	"map 4K 0; unmap 4K 0 | map 1M 0 | map 4K 0x1000" },
	{ "unmap-over-map",	"map 4K 0 | unmap 1M 0 | map 4K 0x1000" },
	{ "look-freed",		"map 4K 0 | unmap 1M 0 | look 0" },
	{ NULL, NULL }
};

struct program prog;
struct io_pgtable_ops *pgtable;
bool coherent = true, events_on;
s64 results[OPS];
bool done[OPS];

static bool number(const char **text, u32 *n)
{
	char *end;

	*n = strtoul(*text, &end, 0);
	if (end == *text)
		return false;
	if (*end == 'K')
		*n <<= 10, end++;
	else if (*end == 'M')
		*n <<= 20, end++;
	*text = end;
	return true;
}

static bool parse_op(const char **text, struct op *op)
{
	static const struct { const char *name; enum verb verb; } verbs[] = {
		{ "map ", MAP }, { "unmap ", UNMAP }, { "look ", LOOK }
	};
	size_t i = 0;

	while (strncmp(*text, verbs[i].name, strlen(verbs[i].name)))
		if (++i == ARRAY_SIZE(verbs))
			return false;
	*text += strlen(verbs[i].name);
	op->verb = verbs[i].verb;
	op->size = 1;
	return (op->verb == LOOK || (number(text, &op->size) &&
		(op->size == SZ_4K || op->size == SZ_64K || op->size == SZ_1M || op->size == SZ_16M))) &&
	       number(text, &op->iova) && op->iova < PAGES * SZ_4K &&
	       (op->verb == LOOK || !(op->iova & (op->size - 1)));
}

static bool overlap(const struct op *a, const struct op *b)
{
	return a->iova < b->iova + b->size && b->iova < a->iova + a->size;
}

/* What the format promises to serve: threads that each keep to their own pages. */
static bool is_legal(const struct program *p)
{
	for (int i = 0; i < p->count; i++)
		for (int j = 0; j < p->count; j++) {
			const struct op *a = &p->ops[i], *b = &p->ops[j];

			if (a->thread < 0 || b->thread < 0 || a->thread == b->thread ||
			    a->verb == LOOK || !overlap(a, b))
				continue;
			/* A lookup beside another's request is fine, unless that frees the table. */
			if (b->verb != LOOK || a->size >= SZ_1M)
				return false;
		}
	return true;
}

bool parse(const char *name, const char *text)
{
	static const int prots[] = { IOMMU_READ | IOMMU_WRITE, IOMMU_READ | IOMMU_CACHE,
		IOMMU_READ | IOMMU_WRITE | IOMMU_NOEXEC, IOMMU_READ | IOMMU_WRITE | IOMMU_CACHE | IOMMU_PRIV };
	int thread = -1;

	prog = (struct program){ .name = name, .text = text };
	for (;;) {
		text += strspn(text, " ;");
		if (!*text)
			break;
		if (*text == '|') {
			text++;
			if (++thread == THREADS)
				return false;
			continue;
		}
		if (prog.count == OPS || !parse_op(&text, &prog.ops[prog.count]))
			return false;
		prog.ops[prog.count].thread = thread;
		prog.ops[prog.count].prot = prots[prog.count % 4];
		prog.count++;
	}
	prog.threads = thread + 1;
	prog.legal = is_legal(&prog);
	return prog.threads > 0;
}

/* Each map has a part of the physical addresses for itself, which names it. */
u64 address_of(int op, u32 iova)
{
	return 0x80000000ULL + op * 0x2000000ULL + iova;
}

static void flush_all(void *cookie) { (void)cookie; }

static void flush_walk(unsigned long iova, size_t size, size_t granule, void *cookie)
{
	(void)granule; (void)cookie;
	judge_flush(iova, size);
}

static void add_page(struct iommu_iotlb_gather *gather, unsigned long iova, size_t granule, void *cookie)
{
	(void)gather; (void)cookie;
	judge_flush(iova, granule);
}

static const struct iommu_flush_ops flushes = {
	.tlb_flush_all = flush_all, .tlb_flush_walk = flush_walk, .tlb_add_page = add_page,
};

/* Kernels before v5.15 have no map_pages(), those since v6.2 nothing else. */
#ifdef HAVE_MAP_PAGES
#define map_one(iova, phys, size, prot) \
	pgtable->map_pages(pgtable, iova, phys, size, 1, prot, GFP_ATOMIC, NULL)
#define unmap_one(iova, size, gather)	pgtable->unmap_pages(pgtable, iova, size, 1, gather)
#else
#define map_one(iova, phys, size, prot)	pgtable->map(pgtable, iova, phys, size, prot, GFP_ATOMIC)
#define unmap_one(iova, size, gather)	pgtable->unmap(pgtable, iova, size, gather)
#endif

static void perform(int i)
{
	struct op *op = &prog.ops[i];
	struct iommu_iotlb_gather gather = { 0 };

	running_op = i;
	switch (op->verb) {
	case MAP:
		results[i] = map_one(op->iova, address_of(i, op->iova), op->size, op->prot);
		break;
	case UNMAP:
		results[i] = unmap_one(op->iova, op->size, &gather);
		break;
	case LOOK:
		results[i] = pgtable->iova_to_phys(pgtable, op->iova);
		break;
	}
	done[i] = true;
}

void run_thread(int thread)
{
	for (int i = 0; i < prog.count; i++)
		if (prog.ops[i].thread == thread)
			perform(i);
}

void prepare(void)
{
	static struct device dev = { "explore" };
	struct io_pgtable_cfg cfg = {
		.pgsize_bitmap = SZ_4K | SZ_64K | SZ_1M | SZ_16M, .ias = 32, .oas = 32,
		.coherent_walk = coherent, .tlb = &flushes, .iommu_dev = &dev,
	};

	memset(done, 0, sizeof(done));
	pgtable = alloc_io_pgtable_ops(ARM_V7S, &cfg, NULL);
	if (!pgtable) {
		fprintf(stderr, "explore: the driver refuses to allocate a page table\n");
		exit(1);
	}
	run_thread(-1);
}

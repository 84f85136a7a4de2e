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
	else if (*end == 'G')
		*n <<= 30, end++;
	*text = end;
	return true;
}

static bool is_size(u32 size)
{
	for (int i = 0; i < SIZES; i++)
		if (size && size == format->sizes[i])
			return true;
	return false;
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
	return (op->verb == LOOK || (number(text, &op->size) && is_size(op->size))) &&
	       number(text, &op->iova) && op->iova < format->span &&
	       (op->verb == LOOK || !(op->iova & (op->size - 1)));
}

static bool overlap(const struct op *a, const struct op *b)
{
	return a->iova < b->iova + b->size && b->iova < a->iova + a->size;
}

/* Since v6.13 a part of a large page or block cannot be unmapped. */
#ifdef HAVE_SPLITS
static const bool have_splits = true;
#else
static const bool have_splits;
#endif

/* A part of a larger mapping */
static bool is_part(const struct op *op, const struct op *of)
{
	return op->verb == UNMAP && of->verb == MAP && op->size < of->size && overlap(op, of);
}

/* The format promises to serve threads that each keep to their own pages. */
static bool is_legal(const struct program *p)
{
	for (int i = 0; i < p->count; i++)
		for (int j = 0; j < p->count; j++) {
			const struct op *a = &p->ops[i], *b = &p->ops[j];

			if (!have_splits && is_part(a, b))
				return false;
			if (a->thread < 0 || b->thread < 0 || a->thread == b->thread ||
			    a->verb == LOOK || !overlap(a, b))
				continue;
			/* A lookup beside another's request is fine, unless that frees the table. */
			if (b->verb != LOOK || a->size >= 1u << format->shift[format->last - 1])
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
	return 0x80000000ULL + op * format->span + iova;
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
	pgtable->map_pages(pgtable, iova, phys, size, 1, prot, GFP_ATOMIC, &(size_t){ 0 })
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
		.ias = 32, .oas = format->oas, .coherent_walk = coherent, .tlb = &flushes,
		.iommu_dev = &dev,
	};

	for (int i = 0; i < SIZES; i++)
		cfg.pgsize_bitmap |= format->sizes[i];
	memset(done, 0, sizeof(done));
	pgtable = alloc_io_pgtable_ops(format->fmt, &cfg, NULL);
	if (!pgtable) {
		fprintf(stderr, "explore: the driver refuses to allocate a page table\n");
		exit(1);
	}
	run_thread(-1);
}

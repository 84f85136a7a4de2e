// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <string.h>

#include "faults.h"

#define SECTION (1ULL << 20)
/* A device that runs over the end of its buffer rarely gets farther. */
#define NEAR (1ULL << 20)

const char *const fault_verdict_names[FAULT_VERDICTS] = {
	[FAULT_UNMAPPED]	= "use_after_unmap",
	[FAULT_HOLE]		= "never_mapped",
	[FAULT_MAPPED]		= "mapped",
	[FAULT_SPLIT]		= "split_lost_address",
	[FAULT_UNKNOWN]		= "unknown",
};

const char *fault_access_name(unsigned int access)
{
	static const char *const names[] = {
		[V7S_READ] = "read", [V7S_WRITE] = "write",
	};

	return access < V7S_ACCESS_UNKNOWN ? names[access] : NULL;
}

static bool covers(const struct v7s_touch *t, uint64_t iova)
{
	return iova - t->iova < t->size;
}

static bool is_unmap(const struct v7s_touch *t)
{
	return t->pa == V7S_UNMAPPED;
}

/* Tag 0: the domain is not known. */
static bool same_domain(const struct v7s_touch *t, const struct v7s_fault *f)
{
	return !t->domain || !f->domain || t->domain == f->domain;
}

/* The map has a section of 1M around the address. */
static bool is_section(const struct v7s_touch *map, uint64_t iova)
{
	uint64_t base = iova & ~(SECTION - 1);

	return covers(map, base) && covers(map, base + SECTION - 1) &&
	       (map->pa == V7S_SCATTERED ||
		!((map->pa + (base - map->iova)) % SECTION));
}

/* The unmap takes a part of that section, and leaves the address. */
static bool splits(const struct v7s_touch *unmap, uint64_t iova)
{
	uint64_t base = iova & ~(SECTION - 1);

	return !covers(unmap, iova) && unmap->iova < base + SECTION &&
	       unmap->iova + unmap->size > base;
}

static void look_back(const struct fault_history *h, const struct v7s_fault *f,
		      struct fault_judged *j)
{
	const struct v7s_touch *t;
	size_t i;

	for (i = h->n; i-- && !j->has_map;) {
		t = &h->touch[i];
		if (t->time > f->time || !same_domain(t, f))
			continue;
		if (is_unmap(t) && splits(t, f->iova) && !j->has_unmap) {
			j->split = *t;
			j->has_split = true;
		}
		if (!covers(t, f->iova))
			continue;
		if (!is_unmap(t)) {
			j->map = *t;
			j->has_map = true;
		} else if (!j->has_unmap) {
			j->unmap = *t;
			j->has_unmap = true;
		}
	}
}

/* The nearest mapping below the address that was not unmapped since. */
static void look_below(const struct fault_history *h, const struct v7s_fault *f,
		       struct fault_judged *j)
{
	const struct v7s_touch *t, *later;
	uint64_t end, gap, best = NEAR;
	size_t i, k;

	for (i = h->n; i--;) {
		t = &h->touch[i];
		end = t->iova + t->size;
		gap = f->iova - end;
		if (t->time > f->time || is_unmap(t) || !same_domain(t, f) ||
		    f->iova < end || gap >= best)
			continue;
		for (k = i + 1; k < h->n; k++) {
			later = &h->touch[k];
			if (later->time <= f->time && is_unmap(later) &&
			    same_domain(later, f) && covers(later, end - 1))
				break;
		}
		if (k < h->n)
			continue;
		best = gap;
		j->below = *t;
		j->has_below = true;
	}
}

void fault_judge(const struct fault_history *h, const struct v7s_fault *f,
		 uint64_t start, struct fault_judged *j)
{
	memset(j, 0, sizeof(*j));
	j->fault = *f;
	if (h->overflowed && h->n)
		start = h->touch[0].time;
	j->reach = f->time > start ? f->time - start : 0;
	look_back(h, f, j);
	if (j->has_unmap)
		j->verdict = FAULT_UNMAPPED;
	else if (j->has_map && j->has_split && h->loses_address &&
		 is_section(&j->map, f->iova))
		j->verdict = FAULT_SPLIT;
	else if (j->has_map)
		j->verdict = FAULT_MAPPED;
	else if (h->overflowed)
		j->verdict = FAULT_UNKNOWN;
	else
		j->verdict = FAULT_HOLE;
	j->has_split &= j->verdict == FAULT_SPLIT;
	if (j->verdict == FAULT_HOLE)
		look_below(h, f, j);
}

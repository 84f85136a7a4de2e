// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <inttypes.h>

#include "lib/format.h"
#include "lib/util.h"
#include "model/faults.h"
#include "text.h"

static const char *const verdicts[FAULT_VERDICTS] = {
	[FAULT_UNMAPPED]	= "use after unmap",
	[FAULT_HOLE]		= "never mapped",
	[FAULT_MAPPED]		= "mapped now: a stale TLB, or no permission",
	[FAULT_SPLIT]		= "mapped, but its section was split and lost the address: now physical address 0 and up",
	[FAULT_UNKNOWN]		= "not known: the history has overflowed, or the domain is not known",
};

const char *text_access(unsigned int access)
{
	const char *name = fault_access_name(access);

	return name ? name : "read or write";
}

void text_faults(FILE *f, const struct report *r)
{
	const struct fault_tally *t = r->faults;
	const uint64_t now = r->start + r->elapsed_ns;
	char dev[V7S_DEV], ago[32];

	fprintf(f, "faults: %" PRIu64, t->emitted);
	if (t->dropped)
		fprintf(f, ", %" PRIu64 " dropped", t->dropped);
	if (t->last.seq)
		fprintf(f, ", last: dev %s, %s, iova 0x%" PRIx64 ", %s ago",
			*t->last.dev ? format_clean(t->last.dev, dev, sizeof(dev)) : "?",
			text_access(t->last.access), (uint64_t)t->last.iova,
			format_ns(now > t->last.time ? now - t->last.time : 0,
				  ago, sizeof(ago)));
	fputc('\n', f);
}

static void touched(FILE *f, const char *what, const struct v7s_touch *t,
		    uint64_t at)
{
	char ago[32], comm[V7S_COMM];

	fprintf(f, "  %-9s %s before: 0x%" PRIx64 " to 0x%" PRIx64 " by %s (%" PRIu32 ")",
		what, format_ns(at - t->time, ago, sizeof(ago)),
		(uint64_t)t->iova, (uint64_t)(t->iova + t->size - 1),
		format_clean(t->comm, comm, sizeof(comm)), t->pid);
	if (t->pa < V7S_SCATTERED)
		fprintf(f, ", physical 0x%" PRIx64, (uint64_t)t->pa);
	fputc('\n', f);
}

void text_fault(struct printer *p, uint64_t start, const struct fault_judged *j)
{
	uint64_t at = j->fault.time > start ? j->fault.time - start : 0;
	char dev[V7S_DEV], reach[32];
	FILE *f = p->f;

	fprintf(f, "%" PRIu64 ".%06u s  dev %s  %s  iova 0x%" PRIx64 "\n",
		at / SECOND, (unsigned int)(at / 1000 % 1000000),
		*j->fault.dev ? format_clean(j->fault.dev, dev, sizeof(dev)) : "?",
		text_access(j->fault.access), (uint64_t)j->fault.iova);
	fprintf(f, "  %s\n", verdicts[j->verdict]);
	if (j->has_split)
		touched(f, "split", &j->split, j->fault.time);
	if (j->has_unmap)
		touched(f, "unmapped", &j->unmap, j->fault.time);
	if (j->has_map)
		touched(f, "mapped", &j->map, j->fault.time);
	if (j->has_below) {
		fprintf(f, "  %" PRIu64 " bytes after the end of a buffer\n",
			(uint64_t)(j->fault.iova - j->below.iova -
				   j->below.size));
		touched(f, "mapped", &j->below, j->fault.time);
	}
	if (!j->has_map)
		fprintf(f, "  the history begins %s before the fault\n",
			format_ns(j->reach, reach, sizeof(reach)));
}

void text_fault_sums(struct printer *p, const struct report *r,
		     const struct fault_sums *s)
{
	FILE *f = p->f;
	int i;

	fprintf(f, "%" PRIu64 ".%03u s, faults %" PRIu64,
		r->elapsed_ns / SECOND,
		(unsigned int)(r->elapsed_ns / 1000000 % 1000), s->faults);
	for (i = 0; i < FAULT_VERDICTS; i++)
		if (s->verdict[i])
			fprintf(f, ", %s %" PRIu64, fault_verdict_names[i],
				s->verdict[i]);
	fprintf(f, "\n%" PRIu64 " maps and unmaps of %" PRIu64 " %s\n",
		s->touches, s->domains,
		s->by_domain ? "domains" :
			       "history: this kernel does not show the domain");
	if (s->dropped)
		fprintf(f, "%" PRIu64 " faults came too fast and are not shown\n",
			s->dropped);
	if (s->missed == UNKNOWN)
		fprintf(f, "verdicts may be wrong: this kernel does not count skipped programs\n");
	else if (s->missed)
		fprintf(f, "verdicts may be wrong: the kernel skipped a program %" PRId64 " times\n",
			s->missed);
}

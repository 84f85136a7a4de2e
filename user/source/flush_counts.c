// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/read64.h"
#include "lib/util.h"
#include "model/counts.h"
#include "flush_counts.h"

const char *const flush_kind_names[] = { "range", "all", "own", "sync" };

const char *const flush_cause_names[] = {
	"map", "unmap", "table", "all", "own", "unknown"
};

static const size_t numbers = sizeof(struct v7s_flush_counts) / sizeof(__u64);

static __u64 larger(__u64 a, __u64 b)
{
	return a > b ? a : b;
}

/* Start from 0: none of these counters wraps its lower half in a second. */
void flush_counts_sum(struct v7s_flush_counts *sum,
		      const struct v7s_flush_counts *c)
{
	__u64 flush_max = larger(sum->flush.max, c->flush.max);
	__u64 wait_max = larger(sum->wait.max, c->wait.max);
	__u64 size_max = larger(sum->size.max, c->size.max);
	size_t i;

	for (i = 0; i < numbers; i++)
		((__u64 *)sum)[i] += read64((const __u64 *)c + i, 0);
	sum->flush.max = flush_max;
	sum->wait.max = wait_max;
	sum->size.max = size_max;
}

static struct flushes_dev *dev_at(struct flushes *f,
				  const struct v7s_flush_slot *slot)
{
	size_t i;

	for (i = 0; i < f->devs; i++)
		if (f->dev[i].at == slot->at)
			return &f->dev[i];
	if (f->devs == FLUSHES_DEVS)
		return &f->dev[FLUSHES_DEVS];
	f->devs++;
	f->dev[i].at = slot->at;
	memcpy(f->dev[i].dev, slot->dev, sizeof(slot->dev));
	return &f->dev[i];
}

void flush_counts_add(struct flushes *f, const struct v7s_cpu_flushes *row,
		      unsigned int devs)
{
	size_t i;

	for (i = 0; i < devs && row->slot[i].at; i++)
		flush_counts_sum(&dev_at(f, &row->slot[i])->c, &row->slot[i].c);
	flush_counts_sum(&f->dev[FLUSHES_DEVS].c, &row->slot[V7S_FLUSH_DEVS].c);
}

uint64_t flush_counts_begun(const struct v7s_flush_counts *c)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < V7S_FLUSH_KINDS; i++)
		sum += c->begun[i];
	return sum;
}

uint64_t flush_counts_per_second(const struct v7s_flush_counts *c,
				 const struct report *r)
{
	return r->interval_ns ?
	       flush_counts_begun(c) * 1e9 / r->interval_ns + 0.5 : 0;
}

void flush_counts_subtract(struct v7s_flush_counts *c,
			   const struct v7s_flush_counts *before)
{
	__u64 flush_max = c->flush.max, wait_max = c->wait.max;
	__u64 size_max = c->size.max;
	size_t i;

	for (i = 0; i < numbers; i++)
		((__u64 *)c)[i] -= ((const __u64 *)before)[i];
	c->flush.max = flush_max;
	c->wait.max = wait_max;
	c->size.max = size_max;
}

static void leave_untimed(struct v7s_flush_counts *c)
{
	c->flush.untimed = flush_counts_begun(c) - hist_count(&c->flush);
	c->wait.untimed = c->waits - hist_count(&c->wait);
}

void flush_counts_since(struct flush_report *r, const struct flushes *now,
			const struct flushes *before, bool over)
{
	size_t i, k;

	r->f = *now;
	memset(&r->total, 0, sizeof(r->total));
	for (i = 0; i <= FLUSHES_DEVS; i++) {
		/* Devices are never removed and keep their order. */
		for (k = 0; before && k <= FLUSHES_DEVS; k++)
			if (before->dev[k].at == now->dev[i].at &&
			    (now->dev[i].at || (i == FLUSHES_DEVS && i == k)))
				flush_counts_subtract(&r->f.dev[i].c, &before->dev[k].c);
		if (over)
			leave_untimed(&r->f.dev[i].c);
		flush_counts_sum(&r->total, &r->f.dev[i].c);
	}
}

bool flush_counts_inexact(const struct flush_report *r, char *why, size_t size)
{
	if (r->missed == UNKNOWN)
		snprintf(why, size, "the number of probes that the kernel skipped is not known");
	else if (r->missed)
		snprintf(why, size, "%" PRId64 " calls were not counted: another BPF program was running on their CPU", r->missed);
	else if (r->hidden)
		snprintf(why, size, "return probes of another tracer hid the callers of %" PRIu64 " calls, which may count twice or not at all", r->hidden);
	return r->missed || r->hidden;
}

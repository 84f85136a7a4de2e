// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* The stream: one line per event. */
#include <inttypes.h>

#include "lib/format.h"
#include "lib/util.h"
#include "model/faults.h"
#include "model/names.h"
#include "source/source.h"
#include "label.h"
#include "text.h"

static const char *name_of(const char *const *names, unsigned int count,
			   unsigned int i)
{
	return i < count ? names[i] : "?";
}

/* Sizes in page tables are powers of two. */
static void size(FILE *f, uint64_t n)
{
	static const char units[] = "KMGTPE";
	int u = -1;

	while (n >= 1024 && n % 1024 == 0 && units[u + 1]) {
		n /= 1024;
		u++;
	}
	fprintf(f, "%" PRIu64, n);
	if (u >= 0)
		fputc(units[u], f);
}

static void duration(FILE *f, const char *what, uint64_t ns)
{
	char buf[32];

	fprintf(f, ", %s %s", what, ns == UINT64_MAX ? "?" :
		format_ns(ns, buf, sizeof(buf)));
}

static void install(FILE *f, const struct v7s_record *r)
{
	fprintf(f, "%s %s",
		name_of(install_why_names, V7S_INSTALL_WHY, r->why),
		name_of(install_outcome_names, V7S_INSTALL_OUTCOME,
			r->outcome));
	duration(f, "window", r->ns);
}

static void split(FILE *f, const struct v7s_record *r)
{
	fprintf(f, "%s %s", name_of(split_kind_names, V7S_SPLIT_KIND, r->why),
		name_of(split_outcome_names, V7S_SPLIT_OUTCOME, r->outcome));
	if (r->block_size && r->size) {
		fputs(", ", f);
		size(f, r->block_size);
		fputs(" for ", f);
		size(f, r->size);
	}
	if (r->holder != -1) {
		duration(f, "waited", r->ns);
		if (r->holder)
			fprintf(f, " for %" PRId32, r->holder);
	}
	if (r->why == V7S_CONT)
		duration(f, "held", r->hold_ns);
}

static void refuse(FILE *f, const struct v7s_record *r)
{
	fputs(name_of(refuse_why_names, V7S_REFUSE_WHY, r->why), f);
	if (r->size) {
		fputs(", size ", f);
		size(f, r->size);
	}
}

static void free_table(FILE *f, const struct v7s_record *r)
{
	fputs(name_of(free_why_names, V7S_FREE_WHY, r->why), f);
}

static void create(FILE *f, const struct v7s_record *r)
{
	const char *fmt = fmt_name(r->fmt);

	fprintf(f, "%s", fmt ? fmt : "?");
	if (r->iova != UINT64_MAX)
		fprintf(f, " ias %u oas %u quirks 0x%" PRIx64,
			(unsigned int)(r->iova >> 32), (unsigned int)r->iova,
			(uint64_t)r->size);
}

static void destroy(FILE *f, const struct v7s_record *r)
{
	const char *fmt = fmt_name(r->fmt);

	fputs(fmt ? fmt : "?", f);
}

static void fault(FILE *f, const struct v7s_record *r)
{
	fputs(text_access(r->why), f);
}

enum { KINDS = V7S_EVENT_FAULT + 1 };

static void (*const details[KINDS])(FILE *f, const struct v7s_record *r) = {
	[V7S_EVENT_CREATE]		= create,
	[V7S_EVENT_DESTROY]		= destroy,
	[V7S_EVENT_INSTALL]		= install,
	[V7S_EVENT_SPLIT]	= split,
	[V7S_EVENT_FREE]		= free_table,
	[V7S_EVENT_REFUSE]		= refuse,
	[V7S_EVENT_FAULT]		= fault,
};

/* Level and IOVA. create and destroy have neither, and a fault has no level. */
static void where(FILE *f, const struct v7s_record *r)
{
	if (r->level == UINT8_MAX && r->event != V7S_EVENT_FAULT)
		fputs("L? ", f);
	else if (r->level != UINT8_MAX)
		fprintf(f, "L%u ", r->level);
	if (r->iova == UINT64_MAX)
		fprintf(f, "%10s ", "?");
	else
		fprintf(f, "0x%08" PRIx64 " ", (uint64_t)r->iova);
}

static void header(struct printer *p)
{
	if (!p->lines++)
		fprintf(p->f, "%13s %3s  %-22s %-8s %7s  %s\n", "seconds", "cpu",
			"task", "event", "pgtable", "what");
}

void text_dropped(struct printer *p, unsigned int cpu, uint64_t n, bool overrun)
{
	header(p);
	fprintf(p->f, "%13s %3u  %" PRIu64 " events %s\n", "...", cpu, n,
		overrun ? "lost here: the trace buffer was full (overrun)"
			: "dropped here: the ring was full");
}

void text_frames(FILE *f, const struct frame *frame, unsigned int n)
{
	unsigned int i;

	fprintf(f, "%18s", "");
	for (i = 0; i < n; i++)
		fprintf(f, "%s %s", i ? " <" : "",
			frame[i].symbol ? frame[i].symbol : "?");
	fputc('\n', f);
}

void text_record(struct printer *p, const struct traced *t)
{
	const struct v7s_record *r = t->r;
	const char *event = event_short_name(r->event);
	/* A fault has no task: its interrupt runs in the context of any task. */
	const bool is_fault = r->event == V7S_EVENT_FAULT;
	FILE *f = p->f;
	char task[64], dev[V7S_DEV], pgtable[24];
	uint64_t ns;

	header(p);
	/*
	 * Events may precede the start time: it is read after the programs
	 * attach.
	 */
	ns = r->time > t->start ? r->time - t->start : 0;
	snprintf(pgtable, sizeof(pgtable), "%" PRIu64, (uint64_t)r->pgtable);
	fprintf(f, "%6" PRIu64 ".%06u %3u  %-22s %-8s %7s  ",
		ns / SECOND, (unsigned int)(ns % SECOND / 1000), t->cpu,
		is_fault ? "-" : label_pid(r->comm, r->task >> 32, r->task, task,
					   sizeof(task)),
		event ? event : "?",
		is_fault ? "-" : r->pgtable ? pgtable : "?");
	if (r->event != V7S_EVENT_CREATE && r->event != V7S_EVENT_DESTROY)
		where(f, r);
	if (r->event < KINDS)
		details[r->event](f, r);
	fprintf(f, " (dev %s)\n",
		format_clean(r->dev[0] ? r->dev : "?", dev, sizeof(dev)));
	if (t->frames)
		text_frames(f, t->frame, t->frames);
}

static bool account(FILE *f, const struct stream_cpu *c)
{
	bool even = c->emitted + c->dropped + c->filtered == c->counted;

	fprintf(f, " %12" PRIu64 " %12" PRIu64 " %12" PRIu64 " %12" PRIu64 "%s\n",
		c->emitted, c->dropped, c->filtered, c->counted,
		even ? "" : "  does not add up");
	return even;
}

void text_accounts(struct printer *p, const struct report *r,
		   const struct stream_cpu *cpus, size_t n, uint64_t unshown)
{
	struct stream_cpu sum = { 0 };
	FILE *f = p->f;
	bool even = true;
	unsigned int k;
	char why[192];
	size_t i;

	fprintf(f, "\n%4s %12s %12s %12s %12s\n", "cpu", "emitted", "dropped",
		"filtered", "counted");
	for (i = 0; i < n; i++) {
		fprintf(f, "%4u", cpus[i].cpu);
		even &= account(f, &cpus[i]);
		sum.emitted += cpus[i].emitted;
		sum.dropped += cpus[i].dropped;
		sum.filtered += cpus[i].filtered;
		sum.counted += cpus[i].counted;
	}
	fprintf(f, "%4s", "all");
	even &= account(f, &sum);
	if (r->faults)
		fprintf(f, "faults: %" PRIu64 " emitted + %" PRIu64 " dropped + %" PRIu64 " filtered = %" PRIu64 " counted\n",
			r->faults->emitted, r->faults->dropped,
			r->faults->filtered, r->faults->counted);
	if (unshown)
		fprintf(f, "%" PRIu64 " more events were emitted after the last line shown\n", unshown);
	if (sum.dropped)
		fprintf(f, "%" PRIu64 " of %" PRIu64 " dropped: %s\n",
			sum.dropped, sum.counted, r->overruns ?
			"increase --buffer" : "increase --ring, or select fewer events with --event, --dev or --lost-only");
	fprintf(f, "emitted + dropped + filtered = counted: %s\n",
		even ? "yes" : "no");
	for (k = 0; report_inexact(r, k, why, sizeof(why)); k++)
		fprintf(f, "exact: no: %s\n", why);
}

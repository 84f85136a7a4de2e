// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <inttypes.h>
#include <string.h>

#include "lib/format.h"
#include "lib/util.h"
#include "model/counts.h"
#include "source/flush_counts.h"
#include "label.h"
#include "out.h"
#include "text.h"

/* Lines between two headers, so that a terminal of 24 lines shows one. */
#define HEADER_EVERY 20

static const char *percentile(const struct v7s_hist *h, bool visible,
			      unsigned int percent, char *buf, size_t size)
{
	return format_ns(visible ? hist_percentile(h, percent) : UNKNOWN, buf,
			 size);
}

/* A kind that this kernel does not show has a column, except sync. */
static bool has_column(const struct flush_visibility *s, int kind)
{
	return kind != V7S_FLUSH_SYNC || s->begun[kind];
}

static void line(FILE *f, const struct report *r, const struct flush_report *fr,
		 const struct v7s_flush_counts *c, bool timeouts,
		 const char *name)
{
	const struct flush_visibility *s = fr->visible;
	char text[7][32];
	int i;

	fprintf(f, "%7" PRIu64 ".%u %9" PRIu64, r->elapsed_ns / SECOND,
		(unsigned int)(r->elapsed_ns / 100000000 % 10),
		flush_counts_per_second(c, r));
	for (i = 0; i < V7S_FLUSH_KINDS; i++)
		if (has_column(s, i))
			fprintf(f, " %8s",
				format_visible(s->begun[i], c->begun[i],
					       text[i], sizeof(text[i])));
	fprintf(f, " %8s %8s %8s %7s %8s  %s\n",
		format_visible(timeouts, c->timeouts, text[0], sizeof(text[0])),
		percentile(&c->flush, true, 50, text[1], sizeof(text[1])),
		percentile(&c->flush, true, 99, text[2], sizeof(text[2])),
		format_visible(s->waits, c->waits, text[3], sizeof(text[3])),
		percentile(&c->wait, s->waits, 99, text[4], sizeof(text[4])),
		name);
}

static void header(FILE *f, const struct flush_visibility *s)
{
	int i;

	fprintf(f, "%9s %9s", "seconds", "flushes/s");
	for (i = 0; i < V7S_FLUSH_KINDS; i++)
		if (has_column(s, i))
			fprintf(f, " %8s", flush_kind_names[i]);
	fprintf(f, " %8s %8s %8s %7s %8s  of\n", "timeouts", "p50", "p99",
		"waits", "wait.p99");
}

/* Timeouts without a known device count in the total only. */
static bool is_empty(const struct flush_report *fr, size_t i)
{
	const struct v7s_flush_counts *c = &fr->f.dev[i].c;

	return !flush_counts_begun(c) && !c->waits && !hist_count(&c->flush) &&
	       !(c->timeouts && fr->visible->timeouts_by_dev);
}

/* Name of a device, or of the sum of the devices without a name. */
static const char *name_of(const struct flush_report *fr, size_t i, char *buf,
			   size_t size)
{
	char dev[V7S_DEV];

	if (i == FLUSHES_DEVS)
		snprintf(buf, size, "unknown devices");
	else
		snprintf(buf, size, "dev %s",
			 format_clean(fr->f.dev[i].dev, dev, sizeof(dev)));
	return buf;
}

/* A recording has no address of a frame with a symbol. */
static bool is_same_frame(const struct frame *a, const struct frame *b)
{
	return a->address == b->address && a->offset == b->offset &&
	       !strcmp(a->symbol ? a->symbol : "", b->symbol ? b->symbol : "");
}

static bool is_alike(const struct flush_timeout *a,
		     const struct flush_timeout *b)
{
	unsigned int i;

	if (a->task != b->task || a->pm != b->pm || strcmp(a->dev, b->dev) ||
	    a->stack.frames != b->stack.frames)
		return false;
	for (i = 0; i < a->stack.frames; i++)
		if (!is_same_frame(&a->stack.frame[i], &b->stack.frame[i]))
			return false;
	return true;
}

static void timeout(FILE *f, const struct report *r,
		    const struct flush_timeout *t, unsigned int times)
{
	uint64_t ns = t->time > r->start ? t->time - r->start : 0;
	char task[64], dev[V7S_DEV];

	fprintf(f, "%6" PRIu64 ".%06u timeout of %s, runtime PM %s (dev %s)",
		ns / SECOND, (unsigned int)(ns % SECOND / 1000),
		label_pid(t->comm, t->task >> 32, t->task, task, sizeof(task)),
		flush_pm_names[t->pm] ? flush_pm_names[t->pm] : "?",
		*t->dev ? format_clean(t->dev, dev, sizeof(dev)) : "?");
	if (times > 1)
		fprintf(f, ", the last of %u", times);
	fputc('\n', f);
	if (t->stack.frames)
		text_frames(f, t->stack.frame, t->stack.frames);
}

/* The last timeout of each task and stack. Returns the number of lines. */
static unsigned int timeouts(FILE *f, const struct report *r,
			     const struct flush_report *fr)
{
	const struct flush_timeout *t, *other, *end = fr->timeout + fr->late;
	unsigned int lines = 0, times;
	bool is_last;

	for (t = fr->timeout; t < end; t++) {
		times = 0;
		is_last = true;
		for (other = fr->timeout; other < end; other++) {
			if (!is_alike(t, other))
				continue;
			times++;
			is_last &= other <= t;
		}
		if (!is_last)
			continue;
		timeout(f, r, t, times);
		lines += 1 + !!t->stack.frames;
	}
	return lines;
}

static void interval(struct printer *p, const struct report *r,
		     const struct flush_report *fr)
{
	const struct flush_visibility *s = fr->visible;
	FILE *f = p->f;
	char name[64];
	size_t i, n = 0;

	if (r->seq == 1 || p->lines >= HEADER_EVERY) {
		header(f, s);
		p->lines = 0;
	}
	for (i = 0; i <= FLUSHES_DEVS; i++) {
		if (is_empty(fr, i))
			continue;
		line(f, r, fr, &fr->f.dev[i].c,
		     s->timeouts && s->timeouts_by_dev,
		     name_of(fr, i, name, sizeof(name)));
		n++;
	}

	if (n != 1 || !s->timeouts_by_dev) {
		line(f, r, fr, &fr->total, s->timeouts, "total");
		n++;
	}
	p->lines += n + timeouts(f, r, fr);
}

static void times(FILE *f, const char *group, const char *what, bool visible,
		  const struct v7s_hist *h)
{
	char n[32], p50[32], p99[32], max[32];

	fprintf(f, "  %-9s %-19s %12s  p50 %s  p99 %s  max %s", group, what,
		format_visible(visible, hist_count(h), n, sizeof(n)),
		percentile(h, visible, 50, p50, sizeof(p50)),
		percentile(h, visible, 99, p99, sizeof(p99)),
		format_ns(visible && hist_count(h) ? (int64_t)h->max : UNKNOWN,
			  max,
			sizeof(max)));
	if (visible && h->untimed)
		fprintf(f, "  and %" PRIu64 " without a duration",
			(uint64_t)h->untimed);
	fputc('\n', f);
}

void text_flushes(FILE *f, const struct flush_report *all, double per_second)
{
	const struct flush_visibility *s = all->visible;
	char p99[32], waits[32], timeouts[32];

	fprintf(f, "TLB flushes of %s: %.0f per second, p99 %s, waits %s, timeouts %s\n",
		all->driver, per_second,
		percentile(&all->total.flush, true, 99, p99, sizeof(p99)),
		format_visible(s->waits, all->total.waits, waits, sizeof(waits)),
		format_visible(s->timeouts, all->total.timeouts, timeouts,
			       sizeof(timeouts)));
}

static void causes(FILE *f, const struct flush_report *fr,
		   const struct v7s_flush_counts *c)
{
	char buf[32];
	int i;

	if (!fr->causes)
		return;
	fprintf(f, "  %-8s", "causes");
	for (i = 0; i < V7S_CAUSES; i++)
		fprintf(f, "  %s %s", flush_cause_names[i],
			format_visible(fr->visible->cause[i], c->cause[i], buf,
				       sizeof(buf)));
	fputc('\n', f);
	if (!fr->visible->sizes)
		return;
	fprintf(f, "  %-9s %-19s %12" PRIu64, "bytes", "of a range",
		hist_count(&c->size));
	if (hist_count(&c->size))
		fprintf(f, "  p50 %" PRId64 "  p99 %" PRId64 "  max %" PRIu64,
			hist_percentile(&c->size, 50),
			hist_percentile(&c->size, 99), (uint64_t)c->size.max);
	fputc('\n', f);
}

static void account(FILE *f, const struct report *r,
		    const struct flush_report *fr,
		    const struct v7s_flush_counts *c, bool timeouts)
{
	const struct flush_visibility *s = fr->visible;
	char buf[32];
	int i;

	fprintf(f, "  %-29s %12" PRIu64, "flushes", flush_counts_begun(c));
	for (i = 0; i < V7S_FLUSH_KINDS; i++)
		if (has_column(s, i))
			fprintf(f, "  %s %s", flush_kind_names[i],
				format_visible(s->begun[i], c->begun[i], buf,
					       sizeof(buf)));
	fprintf(f, "  %" PRIu64 " per second\n",
		flush_counts_per_second(c, r));
	causes(f, fr, c);
	fprintf(f, "  %-29s %12s\n", "timeouts",
		format_visible(timeouts, c->timeouts, buf, sizeof(buf)));
	times(f, "times", "flush", true, &c->flush);
	snprintf(buf, sizeof(buf), "wait for %s", fr->lock ? fr->lock : "a lock");
	times(f, "", buf, s->waits, &c->wait);
}

static void sums(FILE *f, const struct flush_sums *c)
{
	char ns[32];

	fprintf(f, "  %12" PRIu64 " %8s  ", c->flushes,
		format_ns(c->ns, ns, sizeof(ns)));
}

/* Tasks, or stacks with the name of the task. */
static void flushers(FILE *f, const char *title, const struct flushers *l,
		     bool stacks)
{
	const struct flusher *who;
	char text[64];
	size_t i;

	if (!l->counted)
		return;
	fprintf(f, "\n%s\n  %12s %8s  task\n", title, "flushes", "time");
	for (i = 0; i < l->n && i < TEXT_LINES; i++) {
		who = &l->row[i];
		sums(f, &who->c);
		fprintf(f, "%s\n", stacks ?
			format_clean(who->comm, text, V7S_COMM) :
			label_pid(who->comm, who->task >> 32, who->task, text,
				  sizeof(text)));
		if (stacks && who->stack.frames)
			text_frames(f, who->stack.frame, who->stack.frames);
		else if (stacks)
			fprintf(f, "%19sthe kernel gave no stack\n", "");
	}
	text_more(f, l->n - i);
	if (!l->other.flushes && !l->other.ns)
		return;
	sums(f, &l->other);
	fprintf(f, "other: %s without a slot\n", title);
}

static void final(FILE *f, const struct report *r,
		  const struct flush_report *fr)
{
	const struct flush_visibility *s = fr->visible;
	char text[192];
	size_t i, n = 0;

	for (i = 0; i <= FLUSHES_DEVS; i++) {
		if (is_empty(fr, i))
			continue;
		fprintf(f, "\n%s\n", name_of(fr, i, text, sizeof(text)));
		account(f, r, fr, &fr->f.dev[i].c,
			s->timeouts && s->timeouts_by_dev);
		n++;
	}
	if (n != 1 || !s->timeouts_by_dev) {
		fprintf(f, "\ntotal\n");
		account(f, r, fr, &fr->total, s->timeouts);
	}
	flushers(f, "tasks", &fr->tasks, false);
	flushers(f, "stacks", &fr->stacks, true);
	if (fr->late)
		fprintf(f, "\nlast timeouts\n");
	timeouts(f, r, fr);
	fprintf(f, "\n%" PRIu64 ".%03u s, driver %s\n",
		r->elapsed_ns / SECOND,
		(unsigned int)(r->elapsed_ns / 1000000 % 1000), fr->driver);
	if (s->waits_why)
		fprintf(f, "waits are not available: %s\n", s->waits_why);
	/* An SMMU's driver issues its own as commands, among all the others. */
	if (!s->begun[V7S_FLUSH_OWN] && !s->begun[V7S_FLUSH_SYNC])
		fprintf(f, "own (flushes after a fault and on resume) is not available on this kernel\n");
	if (fr->no_room)
		fprintf(f, "%" PRIu64 " flushes without room for their start time\n",
			fr->no_room);
	if (flush_counts_inexact(fr, text, sizeof(text)))
		fprintf(f, "exact: no: %s\n", text);
	else
		fprintf(f, "exact: yes\n");
}

void text_flush(struct printer *p, const struct report *r,
		const struct flush_report *fr)
{
	if (r->final)
		final(p->f, r, fr);
	else
		interval(p, r, fr);
}

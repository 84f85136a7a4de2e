// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* Every field is described in man/v7scope-json.5. */
#include <inttypes.h>

#include "lib/util.h"
#include "model/counts.h"
#include "model/names.h"
#include "model/visibility.h"
#include "json_report.h"

static json *named(json *o, const __u64 *n, const bool *visible,
		   const char *const *names, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		json_put_visible(o, names[i], visible[i], n[i]);
	return o;
}

static json *buckets_array(const struct v7s_hist *h)
{
	json *a = json_object_new_array_ext(V7S_BUCKETS);
	int i;

	for (i = 0; i < V7S_BUCKETS; i++)
		json_object_array_add(a, json_object_new_uint64(h->bucket[i]));
	return a;
}

json *json_times(const struct v7s_hist *h, bool visible, bool final, bool buckets)
{
	uint64_t n = hist_count(h);
	json *o;

	if (!visible)
		return NULL;
	o = json_object_new_object();
	json_put_u64(o, "count", n);
	json_put_u64(o, "sum", h->sum);
	json_put_known(o, "p50", hist_percentile(h, 50));
	json_put_known(o, "p99", hist_percentile(h, 99));
	json_put_known(o, "max", final && n ? (int64_t)h->max : UNKNOWN);
	json_put_u64(o, "untimed", h->untimed);
	json_put(o, "buckets", buckets ? buckets_array(h) : NULL);
	return o;
}

void json_events(json *o, const struct v7s_events *e,
		 const struct visibility *s)
{
	json *sub = json_object_new_object();
	int i;

	json_put_visible(o, "creates", s->create, e->create);
	json_put_visible(sub, "attempts", s->attempts, events_installs(e));
	json_put_visible(sub, "won",
			 visibility_won(s), events_installs_won(e));
	json_put_visible(sub, "lost", s->lost, events_installs_lost(e));
	json_put_known(sub, "lost_ppm",
		       visibility_won(s) ? events_lost_ppm(e) : UNKNOWN);
	for (i = 0; i < V7S_INSTALL_WHY; i++)
		json_put(sub, install_why_names[i],
		    named(json_object_new_object(), e->install[i],
			  s->install[i], install_outcome_names,
			  V7S_INSTALL_OUTCOME));
	json_put(o, "install", sub);

	sub = json_object_new_object();
	json_put_visible(sub, "attempts",
			 visibility_splits(s), events_splits(e));
	for (i = 0; i < V7S_SPLIT_KIND; i++)
		json_put(sub, split_kind_names[i],
		    named(json_object_new_object(), e->split[i], s->split[i],
			  split_outcome_names, V7S_SPLIT_OUTCOME));
	json_put_visible(sub, "waits", s->waits, e->waits);
	json_put(o, "split", sub);

	sub = named(json_object_new_object(), e->free, s->free,
		    free_why_names, V7S_FREE_WHY);
	json_put_visible(sub, "tables", s->frees, events_frees(e));
	json_put(o, "free", sub);
	json_put(o, "refuse",
		 named(json_object_new_object(), e->refuse, s->refuse,
			       refuse_why_names, V7S_REFUSE_WHY));
	json_put_u64(o, "unknown", e->unknown);
}

static json *account(json *o, const struct row *row, const struct report *r, bool buckets)
{
	const struct visibility *s = r->visible;
	int i;

	/* Page tables without a slot are not counted. */
	json_put_visible(o, "pgtables", row->tables || !events_count(&row->c.e),
			 row->tables);
	json_events(o, &row->c.e, s);
	json_put(o, "net", s->alive ? json_object_new_int64(row->net) : NULL);
	json_put(o, "alive", row->alive_why || !s->alive ? NULL :
	    json_object_new_int64(row->alive));
	json_put_text(o, "alive_why", s->alive ? row->alive_why :
		 "not visible on this kernel");
	for (i = 0; i < V7S_HISTS; i++)
		json_put(o, hist_names[i],
			 json_times(&row->c.hist[i], s->hist[i], r->final, buckets));
	return o;
}

void json_dev(json *o, const char *dev)
{
	json_put_text(o, "dev", dev && *dev ? dev : NULL);
}

void json_fmt(json *o, int fmt)
{
	char number[16];

	if (fmt == UNKNOWN || fmt_name(fmt)) {
		json_put_text(o, "fmt", fmt == UNKNOWN ? NULL : fmt_name(fmt));
	} else {
		snprintf(number, sizeof(number), "%d", fmt);
		json_put_text(o, "fmt", number);
	}
}

json *json_table(const struct row *row)
{
	json *o = json_object_new_object();

	json_put_visible(o, "pgtable", row->pgtable, row->pgtable);
	json_dev(o, row->dev);
	json_fmt(o, row->fmt);
	return o;
}

static json *row_object(const struct row *row, const struct report *r, bool buckets)
{
	json *o = json_table(row);

	json_put(o, "created", r->visible->create ?
		 json_object_new_boolean(row->created) : NULL);
	json_put(o, "destroyed", r->visible->destroy ?
		 json_object_new_boolean(row->destroyed) : NULL);
	return account(o, row, r, buckets);
}

static json *rows_array(const struct row *rows, size_t n, const struct report *r,
			bool buckets)
{
	json *a = json_object_new_array();
	size_t i;

	for (i = 0; i < n; i++)
		json_object_array_add(a, row_object(&rows[i], r, buckets));
	return a;
}

/* The last one has the events whose device is not known. */
static json *others_array(const struct report *r, bool buckets)
{
	json *a = rows_array(r->others, r->nothers, r, buckets);
	struct row unnamed = {
		.fmt = UNKNOWN, .c = report_unnamed(r),
		.net = r->other.net - r->others_left.net,
		.alive_why = r->other.alive_why,
	};
	size_t i;

	for (i = 0; i < r->nothers; i++)
		unnamed.net -= r->others[i].net;
	if (events_count(&unnamed.c.e))
		json_object_array_add(a, row_object(&unnamed, r, buckets));
	return a;
}

json *json_interval(const char *verb, const struct report *r)
{
	json *o = json_new(verb);

	json_put_text(o, "source", r->source);
	json_put_bool(o, "final", r->final);
	if (!r->final)
		json_put_u64(o, "seq", r->seq);
	json_put_u64(o, "elapsed_ns", r->elapsed_ns);
	json_put_u64(o, "interval_ns", r->interval_ns);
	return o;
}

static json *overruns(const struct report *r)
{
	json *a = r->overruns ? json_object_new_array() : NULL, *o;
	size_t i;

	for (i = 0; a && i < r->noverruns; i++) {
		o = json_object_new_object();
		json_put_u64(o, "cpu", r->overruns[i].cpu);
		json_put_u64(o, "overwritten", r->overruns[i].overwritten);
		json_put_u64(o, "no_room", r->overruns[i].no_room);
		json_object_array_add(a, o);
	}
	return a;
}

void json_exactness(json *o, const struct report *r)
{
	json *sub = json_object_new_object();
	unsigned int i;
	char why[192];

	for (i = 0; i < V7S_EVENTS; i++)
		json_put_known(sub, event_names[event_order[i]],
			       r->misses[event_order[i]]);
	json_put(o, "recursion_misses", sub);
	json_put_known(o, "probe_misses", r->probe_misses);
	json_put_known(o, "refusal_misses", r->refusal_misses);
	json_put(o, "overruns", overruns(r));
	json_put_known(o, "stretch", r->stretch);
	json_put_bool(o, "refusals_on_request", r->refusals_on_request);
	sub = json_object_new_array();
	for (i = 0; report_inexact(r, i, why, sizeof(why)); i++)
		json_object_array_add(sub, json_object_new_string(why));
	json_put_bool(o, "exact", !i);
	json_put(o, "exact_why", sub);
}

static json *owned(uint64_t pgtable, const char *dev)
{
	json *o = json_object_new_object();

	json_put_visible(o, "pgtable", pgtable, pgtable);
	json_dev(o, dev);
	return o;
}

static json *others(const struct v7s_events *e, const struct visibility *s)
{
	json *o = json_object_new_object();

	json_events(o, e, s);
	return o;
}

static json *task(const struct task *t, const struct visibility *s)
{
	json *o = owned(t->pgtable, t->dev);

	json_put_u64(o, "tasks", t->tasks);
	json_put_visible(o, "tgid",
			 t->tasks == 1 && (t->tgid || !t->pid), t->tgid);
	json_put_visible(o, "pid", t->tasks == 1, t->pid);
	json_put_text(o, "comm", t->comm);
	json_put_bool(o, "exited", t->exited);
	json_events(o, &t->e, s);
	json_put_visible(o, "window_sum_ns", s->hist[V7S_WINDOW], t->window_ns);
	json_put_visible(o, "wait_sum_ns", s->hist[V7S_WAIT], t->wait_ns);
	json_put_visible(o, "hold_sum_ns", s->hist[V7S_HOLD], t->hold_ns);
	return o;
}

static json *pair(const struct pair *p)
{
	json *o = owned(p->pgtable, p->dev);

	json_put_u64(o, "pairs", p->pairs);
	json_put_visible(o, "waiter", p->pairs == 1, p->waiter);
	json_put_text(o, "waiter_comm", p->waiter_comm);
	json_put_visible(o, "holder", p->holder, p->holder);
	json_put_text(o, "holder_comm", p->holder_comm);
	json_put_u64(o, "waits", p->waits);
	json_put_u64(o, "wait_sum_ns", p->wait_ns);
	json_put_u64(o, "untimed", p->untimed);
	return o;
}

json *json_frames(const struct frame *frame, unsigned int n)
{
	json *a = json_object_new_array(), *o;
	char address[32];
	unsigned int i;

	for (i = 0; i < n; i++) {
		o = json_object_new_object();
		snprintf(address, sizeof(address), "0x%" PRIx64,
			 frame[i].address);
		json_put_text(o, "symbol", frame[i].symbol);
		json_put_visible(o, "offset", frame[i].symbol, frame[i].offset);
		/*
		 * An address would reveal the kernel's layout: only without a
		 * symbol.
		 */
		json_put_text(o, "address", frame[i].symbol ? NULL : address);
		json_object_array_add(a, o);
	}
	return a;
}

static json *stack(const struct stack *st, const struct visibility *s)
{
	json *o = owned(st->pgtable, st->dev);

	json_put(o, "frames", json_frames(st->frame, st->frames));
	json_events(o, &st->e, s);
	return o;
}

static json *cpu(const struct cpu *c, const struct visibility *s)
{
	json *o = json_object_new_object();

	json_put_u64(o, "cpu", c->cpu);
	json_events(o, &c->e, s);
	return o;
}

/* A list that was not requested, or is not available, is null. */
static void who(json *o, const struct report *r)
{
	const struct visibility *s = r->visible;
	json *a;
	size_t i;

	a = s->tasks ? json_object_new_array() : NULL;
	for (i = 0; a && i < r->ntasks; i++)
		json_object_array_add(a, task(&r->tasks[i], s));
	json_put(o, "tasks", a);
	json_put(o, "other_tasks", a ? others(&r->other_tasks, s) : NULL);

	a = s->pairs ? json_object_new_array() : NULL;
	for (i = 0; a && i < r->npairs; i++)
		json_object_array_add(a, pair(&r->pairs[i]));
	json_put(o, "waits_for", a);
	json_put_visible(o, "other_waits_for", a, r->other_pairs);

	a = s->stacks ? json_object_new_array() : NULL;
	for (i = 0; a && i < r->nstacks; i++)
		json_object_array_add(a, stack(&r->stacks[i], s));
	json_put(o, "stacks", a);
	json_put(o, "other_stacks", a ? others(&r->other_stacks, s) : NULL);

	a = s->cpus ? json_object_new_array() : NULL;
	for (i = 0; a && i < r->ncpus; i++)
		json_object_array_add(a, cpu(&r->cpus[i], s));
	json_put(o, "cpus", a);
}

/* The buckets of the sums are always there, those of the rows if @buckets is set. */
static json *report_object(const struct report *r, bool buckets)
{
	json *o = json_interval("stat", r);

	json_put(o, "tables", rows_array(r->rows, r->nrows, r, buckets));
	json_put(o, "other", account(json_object_new_object(), &r->other, r, true));
	json_put(o, "others", others_array(r, buckets));
	json_put(o, "total", account(json_object_new_object(), &r->total, r, true));
	json_put_visible(o, "destroys", r->visible->destroy, r->destroys);
	who(o, r);
	json_put_known(o, "corrupted", r->corrupted);
	json_put(o, "faults", json_faults(r));
	if (r->final) {
		json_put(o, "devices", rows_array(r->devices, r->ndevices, r, buckets));
		json_exactness(o, r);
	}
	return o;
}

json *json_report(const struct report *r)
{
	return report_object(r, true);
}

static json *omitted(const struct report_left *left)
{
	json *o = json_object_new_object();

	json_put_u64(o, "tables", left->tables);
	json_put_u64(o, "others", left->others);
	json_put_u64(o, "devices", left->devices);
	json_put_u64(o, "tasks", left->tasks);
	json_put_u64(o, "waits_for", left->pairs);
	json_put_u64(o, "stacks", left->stacks);
	json_put_u64(o, "cpus", left->cpus);
	return o;
}

json *json_snapshot(const struct report *r, const struct report_left *left, bool buckets)
{
	json *o = report_object(r, buckets);

	json_put(o, "omitted", omitted(left));
	return o;
}

static void report(struct printer *p, const struct report *r)
{
	json_line(p->f, json_report(r));
}

const struct out out_json = {
	.report		= report,
	.hist		= json_hist,
	.record		= json_record,
	.dropped	= json_dropped,
	.accounts	= json_accounts,
	.flush		= json_flush,
	.fault		= json_fault,
	.fault_sums	= json_fault_sums,
	.recorded	= json_recorded,
	.diagnosis	= json_diagnosis,
	.check		= json_check,
	.comparison	= json_comparison,
	.explain	= json_explain,
};

// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/binomial.h"
#include "lib/format.h"
#include "lib/kernel.h"
#include "lib/util.h"
#include "model/counts.h"
#include "model/names.h"
#include "model/visibility.h"
#include "flush_facts.h"
#include "judge.h"

const char *const verdict_names[VERDICTS] = {
	[PASS] = "pass", [FAIL] = "fail", [CANNOT_TELL] = "cannot tell",
};

/*
 * In order of evaluation: a judgement comes after those it depends on. Only the
 * last two may be left out.
 */
enum {
	TRAFFIC, EXACT, CONSISTENT, LOST_FREED, BALANCED, GROWTH, REFUSALS,
	LIVE_TABLES, MEMORY, CORRUPTION, HOLD, WAIT, LOSSES, FLUSHES, COMMAND, JUDGEMENTS
};

_Static_assert((int)JUDGEMENTS <= (int)JUDGEMENTS_MAX, "room for judgements");

/*
 * Two-sided: one in a hundred confidence intervals does not hold the true
 * share.
 */
#define LEVEL 0.01

static void figure(struct judgement *j, const char *name, enum measure unit,
		   bool visible, int64_t n)
{
	j->figure[j->figures++] = (struct figure){ name, unit, visible, n };
}

/* The first failure wins; CANNOT_TELL never replaces FAIL. */
__attribute__((format(printf, 3, 4)))
static void found(struct judgement *j, enum verdict verdict, const char *fmt,
		  ...)
{
	va_list ap;

	if (j->verdict == FAIL || (j->verdict != PASS && verdict != FAIL))
		return;
	j->verdict = verdict;
	va_start(ap, fmt);
	vsnprintf(j->why, sizeof(j->why), fmt, ap);
	va_end(ap);
}

/* Fail if @n is above its limit. */
static void hold_against(struct judgement *j, const struct evidence *e,
			 const char *what, int64_t n, enum limit limit)
{
	const struct limit_kind *kind = &threshold_kinds[limit];
	char is[32], may[32];

	if (n > e->limits->of[limit])
		found(j, FAIL, "%s: %s, limit %s", what,
		      threshold_text(kind->unit, n, is, sizeof(is)),
		      threshold_text(kind->unit, e->limits->of[limit], may,
				sizeof(may)));
}

static void judge_traffic(const struct evidence *e, struct judgement *j)
{
	const struct visibility *s = e->r->visible;
	const struct v7s_events *c = &e->r->total.c.e;
	int64_t least_i = e->limits->of[LIMIT_INSTALLS];
	int64_t least_s = e->limits->of[LIMIT_SPLITS];
	int64_t i = events_installs(c), n = events_splits(c);

	figure(j, "installs", UNIT_COUNT, s->attempts, i);
	figure(j, "splits", UNIT_COUNT, visibility_splits(s), n);
	figure(j, "page_tables", UNIT_COUNT, true, e->r->total.tables);
	if (!s->attempts)
		found(j, CANNOT_TELL, "installs are not available on this kernel");
	else if (i < least_i)
		found(j, CANNOT_TELL, "%" PRId64 " installs, fewer than %" PRId64, i, least_i);
	if (least_s && !visibility_splits(s))
		found(j, CANNOT_TELL, "splits are not available on this kernel");
	else if (n < least_s)
		found(j, CANNOT_TELL, "%" PRId64 " splits, fewer than %" PRId64, n, least_s);
}

static void judge_exact(const struct evidence *e, struct judgement *j)
{
	const struct report *r = e->r;
	int64_t skipped = 0, n, other = events_count(&r->other.c.e);
	char why[192];
	bool told = true;
	int i;

	for (i = 0; i < V7S_EVENTS; i++) {
		n = report_skipped(r, i);
		told &= n != UNKNOWN;
		skipped += n == UNKNOWN ? 0 : n;
	}
	figure(j, "skipped", UNIT_COUNT, told, skipped);
	figure(j, "without_slot", UNIT_COUNT, true, other);
	figure(j, "unknown", UNIT_COUNT, true, r->total.c.e.unknown);
	figure(j, "probe_misses", UNIT_COUNT, r->probe_misses != UNKNOWN,
	       r->probe_misses);
	if (!r->inexact)
		hold_against(j, e, "events skipped by the kernel", skipped,
			     LIMIT_SKIPPED);
	/* Skipped events are the first reason; the others follow. */
	if (report_inexact_counts(r, skipped > 0, why, sizeof(why)))
		found(j, CANNOT_TELL, "%s", why);
}

/* Distance between @sum and @total, over the counters of single events. */
static int64_t off_total(const __u64 *sum, const __u64 *total)
{
	const size_t n = offsetof(struct v7s_events, create) / sizeof(*sum);
	int64_t off = 0, d;
	size_t i;

	for (i = 0; i < n; i++) {
		d = sum[i] - total[i];
		off += d < 0 ? -d : d;
	}
	return off;
}

static int64_t off_tasks(const struct report *r)
{
	struct v7s_events sum = r->other_tasks;
	size_t i;

	for (i = 0; i < r->ntasks; i++)
		events_add(&sum, &r->tasks[i].e);
	return off_total((__u64 *)&sum, (__u64 *)&r->total.c.e);
}

static int64_t off_cpus(const struct report *r)
{
	struct v7s_events sum = { 0 };
	size_t i;

	for (i = 0; i < r->ncpus; i++)
		events_add(&sum, &r->cpus[i].e);
	return off_total((__u64 *)&sum, (__u64 *)&r->total.c.e);
}

/* Each event with a duration must be in its histogram, and no other event. */
static int64_t off_times(const struct report *r)
{
	const struct v7s_counts *c = &r->total.c;
	const int64_t events[V7S_HISTS] = {
		[V7S_WINDOW] = events_installs(&c->e),
		[V7S_WAIT] = c->e.waits,
		[V7S_HOLD] = c->e.split[V7S_CONT][0] + c->e.split[V7S_CONT][1] +
			     c->e.split[V7S_CONT][2] + c->e.split[V7S_CONT][3],
	};
	const bool visible[V7S_HISTS] = {
		[V7S_WINDOW] = r->visible->attempts,
		[V7S_WAIT] = r->visible->waits,
		[V7S_HOLD] = visibility_split_kind(r->visible, V7S_CONT),
	};
	int64_t off = 0, d;
	int i;

	for (i = 0; i < V7S_HISTS; i++) {
		if (!visible[i] || !r->visible->hist[i])
			continue;
		d = events[i] - hist_count(&c->hist[i]) - c->hist[i].untimed;
		off += d < 0 ? -d : d;
	}
	return off;
}

/* Sums of history_surplus() over all page tables: above 0, and below 0. */
struct surplus {
	int64_t above, below;
	uint64_t pgtable;	/* first page table with a surplus */
	bool known;
};

static void add_surplus(const struct evidence *e, enum difference d,
			struct surplus *to)
{
	bool known;
	int64_t n;
	size_t i;

	for (i = 0; i < e->r->nrows; i++) {
		n = history_surplus(e->h, &e->r->rows[i], d, &known);
		to->known &= known;
		if (n && !to->pgtable)
			to->pgtable = e->r->rows[i].pgtable;
		if (n > 0)
			to->above += n;
		else
			to->below -= n;
	}
}

#define IN_FLIGHT "some counts do not add up, and too few readings separate events in flight from missing events; watch for longer"

static void judge_consistent(const struct evidence *e, struct judgement *j)
{
	const struct visibility *s = e->r->visible;
	struct surplus split = { .known = true }, freed = { .known = true };
	bool see_split = visibility_split_kind(s, V7S_BLOCK) &&
		visibility_all(s->install[V7S_SPLIT], V7S_INSTALL_OUTCOME);
	bool see_freed = s->lost && s->free[V7S_FREE_LOST];
	int64_t off = 0, tasks = off_tasks(e->r), cpus = off_cpus(e->r);
	int64_t times = off_times(e->r), creates = 0;
	size_t i;

	if (see_split) {
		add_surplus(e, DIFF_SPLIT_WON, &split);
		add_surplus(e, DIFF_SPLIT_FOUND, &split);
		add_surplus(e, DIFF_SPLIT_GONE, &split);
		off += split.above + split.below;
	}
	/* Judgement lost_freed covers the opposite sign. */
	if (see_freed) {
		add_surplus(e, DIFF_LOST, &freed);
		off += freed.below;
	}
	for (i = 0; s->create && i < e->r->nrows; i++)
		if (e->r->rows[i].c.e.create > e->r->rows[i].tables)
			creates += e->r->rows[i].c.e.create -
				   e->r->rows[i].tables;
	off += times + creates + (s->tasks ? tasks : 0) + (s->cpus ? cpus : 0);
	figure(j, "block_splits_against_installs", UNIT_COUNT, see_split,
	       split.above + split.below);
	figure(j, "freed_without_loss", UNIT_COUNT, see_freed, freed.below);
	figure(j, "created_twice", UNIT_COUNT, s->create, creates);
	figure(j, "times_against_events",
	       UNIT_COUNT, s->hist[V7S_WINDOW], times);
	figure(j, "tasks_against_total", UNIT_COUNT, s->tasks, tasks);
	figure(j, "cpus_against_total", UNIT_COUNT, s->cpus, cpus);
	hold_against(j, e, "surplus or missing events", off,
		     LIMIT_MISCOUNTED);
	if (!split.known)
		found(j, CANNOT_TELL, IN_FLIGHT);
}

static void judge_lost_freed(const struct evidence *e, struct judgement *j)
{
	const struct visibility *s = e->r->visible;
	const struct v7s_events *c = &e->r->total.c.e;
	struct surplus unfreed = { .known = true };
	bool visible = s->lost && s->free[V7S_FREE_LOST];

	if (visible)
		add_surplus(e, DIFF_LOST, &unfreed);
	figure(j, "lost", UNIT_COUNT, s->lost, events_installs_lost(c));
	figure(j, "freed", UNIT_COUNT, s->free[V7S_FREE_LOST],
	       c->free[V7S_FREE_LOST]);
	figure(j, "unfreed",
	       UNIT_COUNT, visible && unfreed.known, unfreed.above);
	figure(j, "first_pgtable", UNIT_COUNT, unfreed.above && unfreed.pgtable,
	       unfreed.pgtable);
	hold_against(j, e, "tables that lost the race and were not freed",
		     unfreed.above,
		     LIMIT_UNFREED);
	if (!visible)
		found(j, CANNOT_TELL, "frees of lost tables are not available on this kernel");
	else if (!unfreed.known)
		found(j, CANNOT_TELL, IN_FLIGHT);
}

/*
 * Most tables that a page table can have. In the short-descriptor format an
 * entry of the top level maps 1M, and addresses have at most 34 bits.
 */
static int64_t capacity(const struct row *row)
{
	return row->fmt == V7S_FMT_V7S ? (int64_t)row->tables << (34 - 20) :
					 INT64_MAX;
}

static void judge_balanced(const struct evidence *e, struct judgement *j)
{
	const struct visibility *s = e->r->visible;
	int64_t below = 0, above = 0, most, least;
	const struct row *row;
	size_t i, created = 0;
	bool known = true;
	struct range net;

	for (i = 0; s->alive && i < e->r->nrows; i++) {
		row = &e->r->rows[i];
		net = history_range(e->h, row, DIFF_NET);
		created += row->created ? row->tables : 0;
		most = capacity(row);
		/*
		 * An older page table may have started with any number up to
		 * @most.
		 */
		least = row->created ? 0 : -most;
		if (net.known && net.high < least)
			below += least - net.high;
		else if (net.known && net.low > most)
			above += net.low - most;
		else if (!net.known)
			known &= row->net >= least && row->net <= most;
	}
	figure(j, "created", UNIT_COUNT, s->alive, created);
	figure(j, "net", UNIT_COUNT, s->alive, e->r->total.net);
	figure(j, "below_zero", UNIT_COUNT, s->alive, below);
	figure(j, "above_room", UNIT_COUNT, s->alive, above);
	hold_against(j, e, "tables freed without an install, or beyond the capacity of a page table",
		     below + above, LIMIT_UNBALANCED);
	if (!s->alive)
		found(j, CANNOT_TELL, "not all installs and frees of tables are available on this kernel");
	else if (!known)
		found(j, CANNOT_TELL, IN_FLIGHT);
}

static void judge_growth(const struct evidence *e, struct judgement *j)
{
	int64_t part[HISTORY_PARTS], least = e->limits->of[LIMIT_GROWTH_TIME];
	int64_t growth = 0;
	bool told = e->r->visible->alive && (int64_t)e->r->elapsed_ns >= least &&
		    !history_parts(e->h, part);
	char is[32], may[32];

	if (told && history_grows(part))
		growth = part[HISTORY_PARTS - 1] - part[1];
	figure(j, "watched", UNIT_NS, true, e->r->elapsed_ns);
	figure(j, "growth", UNIT_COUNT, told, growth);
	hold_against(j, e, "growth of the number of tables, in every part of the time",
		     growth, LIMIT_GROWTH);
	if (!e->r->visible->alive)
		found(j, CANNOT_TELL, "not all installs and frees of tables are available on this kernel");
	else if (!told)
		found(j, CANNOT_TELL, "watched for %s, need %s",
		      format_ns(e->r->elapsed_ns, is, sizeof(is)),
		      format_ns(least, may, sizeof(may)));
}

static void judge_refusals(const struct evidence *e, struct judgement *j)
{
	static const int whys[] = {
		V7S_REFUSE_EXISTS, V7S_REFUSE_ABSENT, V7S_REFUSE_PARTIAL,
		V7S_REFUSE_RACED,
	};
	const struct v7s_events *c = &e->r->total.c.e;
	bool all = true, visible;
	int64_t n = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(whys); i++) {
		visible = e->r->visible->refuse[whys[i]];
		all &= visible;
		n += visible ? c->refuse[whys[i]] : 0;
		figure(j, refuse_why_names[whys[i]], UNIT_COUNT, visible,
		       c->refuse[whys[i]]);
	}
	hold_against(j, e, "refused requests", n, LIMIT_REFUSED);
	if (!all)
		found(j, CANNOT_TELL, "not all refusals are available on this kernel");
	if (e->r->refusal_misses > 0)
		found(j, CANNOT_TELL, "refusals are counted with %" PRId64 " calls missed", e->r->refusal_misses);
}

/* A block over mappings: the kernel neither refuses nor warns. */
static void judge_live_tables(const struct evidence *e, struct judgement *j)
{
	bool visible = e->r->visible->free[V7S_FREE_REPLACED_LIVE];
	int64_t n = visible ? e->r->total.c.e.free[V7S_FREE_REPLACED_LIVE] : 0;

	figure(j, "replaced_live", UNIT_COUNT, visible, n);
	hold_against(j, e, "tables with mappings, replaced by a block", n,
		     LIMIT_REPLACED_LIVE);
	if (!visible)
		found(j, CANNOT_TELL, "mappings in replaced tables are not available on this kernel");
}

static void judge_memory(const struct evidence *e, struct judgement *j)
{
	bool visible = e->r->visible->refuse[V7S_REFUSE_NOMEM];
	int64_t n = visible ? e->r->total.c.e.refuse[V7S_REFUSE_NOMEM] : 0;

	figure(j, "nomem", UNIT_COUNT, visible, n);
	hold_against(j, e, "requests that failed for lack of memory",
		     n, LIMIT_NOMEM);
	if (!visible)
		found(j, CANNOT_TELL, "refusals for lack of memory are not available on this kernel");
}

/* Kernels in the range of the defect are safe if they have the series. */
static void judge_corruption(const struct evidence *e, struct judgement *j)
{
	const struct defect *d = defect_find("section_split_address");
	int64_t n = e->r->corrupted == UNKNOWN ? 0 : e->r->corrupted;
	bool series = visibility_splits(e->r->visible) && !e->r->inexact;

	figure(j, "corrupted", UNIT_COUNT, e->r->corrupted != UNKNOWN, n);
	if (n > e->limits->of[LIMIT_CORRUPTED])
		found(j, FAIL, "%" PRId64 " sections were split by a kernel with the defect %s: %s",
		      n, d->id, d->text);
	else if (e->r->corrupted == UNKNOWN && !series &&
		 e->version >= d->from && e->version < d->before)
		found(j, CANNOT_TELL, "this kernel may have the defect %s, and its splits are not available", d->id);
}

static void judge_times(const struct evidence *e, struct judgement *j, int hist,
			enum limit p99, enum limit max)
{
	const struct v7s_hist *h = &e->r->total.c.hist[hist];
	bool visible = e->r->visible->hist[hist], any = visible && hist_count(h);

	figure(j, "count", UNIT_COUNT, visible, hist_count(h));
	figure(j, "p50", UNIT_NS, any, hist_percentile(h, 50));
	figure(j, "p99", UNIT_NS, any, hist_percentile(h, 99));
	figure(j, "max", UNIT_NS, any, h->max);
	figure(j, "untimed", UNIT_COUNT, visible, h->untimed);
	if (any) {
		hold_against(j, e, "p99", hist_percentile(h, 99), p99);
		hold_against(j, e, "max", h->max, max);
	}
	if (!visible)
		found(j, CANNOT_TELL, "not available on this kernel");
}

static void judge_hold(const struct evidence *e, struct judgement *j)
{
	judge_times(e, j, V7S_HOLD, LIMIT_HOLD_P99, LIMIT_HOLD_MAX);
}

static void judge_wait(const struct evidence *e, struct judgement *j)
{
	judge_times(e, j, V7S_WAIT, LIMIT_WAIT_P99, LIMIT_WAIT_MAX);
}

static void judge_losses(const struct evidence *e, struct judgement *j)
{
	const struct v7s_events *c = &e->r->total.c.e;
	int64_t all = events_installs(c), lost = events_installs_lost(c);
	int64_t may = e->limits->of[LIMIT_LOST];
	bool visible = visibility_won(e->r->visible);
	struct span share = binomial_share(lost, all, binomial_z(LEVEL));
	char is[32], least[32], most[32];

	figure(j, "installs", UNIT_COUNT, e->r->visible->attempts, all);
	figure(j, "lost", UNIT_COUNT, e->r->visible->lost, lost);
	figure(j, "share", UNIT_PPM, visible && all, events_lost_ppm(c));
	figure(j, "share_low", UNIT_PPM, visible && all, share.low * 1e6 + 0.5);
	figure(j, "share_high",
	       UNIT_PPM, visible && all, share.high * 1e6 + 0.5);
	threshold_text(UNIT_PPM, events_lost_ppm(c), is, sizeof(is));
	threshold_text(UNIT_PPM, share.low * 1e6 + 0.5, least, sizeof(least));
	threshold_text(UNIT_PPM, may, most, sizeof(most));
	if (!visible)
		found(j, CANNOT_TELL, "lost installs are not available on this kernel");
	else if (all < e->limits->of[LIMIT_INSTALLS])
		found(j, CANNOT_TELL, "too few installs for a share");
	else if (share.low * 1e6 > may)
		found(j, FAIL, "%s of the installs lost (at least %s), limit %s",
		      is, least, most);
	else if (events_lost_ppm(c) > may)
		found(j, CANNOT_TELL, "%s of the installs lost, limit %s: too few installs to be sure", is, most);
}

static void judge_flushes(const struct evidence *e, struct judgement *j)
{
	const struct flush_facts *fl = e->flushes;
	bool visible = fl && fl->timeouts != UNKNOWN;

	figure(j, "flushes", UNIT_COUNT, fl, fl ? fl->flushes : 0);
	figure(j, "timeouts", UNIT_COUNT, visible, visible ? fl->timeouts : 0);
	if (!fl)
		found(j, CANNOT_TELL, "TLB flushes were not counted: see standard error; --no-flushes omits this judgement");
	else if (!visible)
		found(j, CANNOT_TELL, "timeouts of TLB flushes are not available on this kernel");
	else if (!fl->flushes)
		found(j, CANNOT_TELL, "there was no TLB flush: run a workload after --");
	else
		hold_against(j, e, "TLB flushes that timed out", fl->timeouts,
			     LIMIT_TIMEOUTS);
}

static void judge_command(const struct evidence *e, struct judgement *j)
{
	figure(j, "status", UNIT_COUNT, true, e->command.status);
	if (e->command.status && !e->command.ended_by_us)
		found(j, CANNOT_TELL, "CMD ended with status %d: the workload may be incomplete",
		      e->command.status);
}

#define AFTER(name) (1U << name)
#define COUNTS (AFTER(EXACT) | AFTER(CONSISTENT))

static const struct {
	const char *name;
	void (*judge)(const struct evidence *e, struct judgement *j);
	/* Bit mask: if one of these fails, a failure here is a consequence. */
	unsigned int after;
	enum limit limit[JUDGEMENT_LIMITS];
	int limits;
	const char *asks, *means;
} table[JUDGEMENTS] = {
	[TRAFFIC] = {
		"traffic", judge_traffic, 0,
		{ LIMIT_INSTALLS, LIMIT_SPLITS }, 2,
		"there was enough traffic to judge",
		"an idle board has no data: watch for longer, or run a workload after --",
	},
	[EXACT] = {
		"exact", judge_exact, 0, { LIMIT_SKIPPED }, 1,
		"no event was skipped or dropped",
		"the counts are incomplete and prove nothing: run `v7scope doctor` on this kernel",
	},
	[CONSISTENT] = {
		"consistent", judge_consistent, AFTER(EXACT),
		{ LIMIT_MISCOUNTED }, 1,
		"independent counts of the same events are equal",
		"the kernel emits an event twice or not at all: compare its source with kernel-patch/, and check the events with `v7scope trace`",
	},
	[LOST_FREED] = {
		"lost_freed", judge_lost_freed, COUNTS, { LIMIT_UNFREED }, 1,
		"every table that lost the race was freed",
		"the kernel leaks a table with each lost race: do not roll it out; `v7scope trace --lost-only` shows where",
	},
	[BALANCED] = {
		"balanced", judge_balanced, COUNTS, { LIMIT_UNBALANCED }, 1,
		"every freed table was installed before, and no page table exceeds its capacity",
		"tables are freed twice, or counted twice: do not roll it out; `v7scope stat` shows the page table",
	},
	[GROWTH] = {
		"growth", judge_growth, COUNTS, { LIMIT_GROWTH, LIMIT_GROWTH_TIME },
		2,
		"the number of tables does not keep growing",
		"a driver never unmaps, or unmap leaks tables: `v7scope stat --tasks` shows the tasks",
	},
	[REFUSALS] = {
		"refusals", judge_refusals, 0, { LIMIT_REFUSED }, 1,
		"no request was refused",
		"a driver maps an address twice, unmaps an unmapped one, or two drivers use one address at once: `v7scope trace --event refuse --stacks` shows which",
	},
	[LIVE_TABLES] = {
		"live_tables", judge_live_tables, 0,
		{ LIMIT_REPLACED_LIVE }, 1,
		"no block replaced a table that still had mappings",
		"a driver maps a block over pages that it has not unmapped, and the kernel does not warn: `v7scope trace --event free --stacks` shows which",
	},
	[MEMORY] = {
		"memory", judge_memory, 0, { LIMIT_NOMEM }, 1,
		"no request failed for lack of memory",
		"requests failed for lack of memory, and a failed split reports no error: check the free memory (a split allocates with GFP_ATOMIC)",
	},
	[CORRUPTION] = {
		"corruption", judge_corruption, 0, { LIMIT_CORRUPTED }, 1,
		"no section was split by a kernel that loses its address",
		"devices read and write the wrong memory: apply kernel-patch/ and boot the new kernel",
	},
	[HOLD] = {
		"hold", judge_hold, 0, { LIMIT_HOLD_P99, LIMIT_HOLD_MAX }, 2,
		"split_lock was not held for too long",
		"interrupts are off while split_lock is held: `v7scope hist` shows how often; check why the driver's TLB flush takes long",
	},
	[WAIT] = {
		"wait", judge_wait, AFTER(HOLD),
		{ LIMIT_WAIT_P99, LIMIT_WAIT_MAX }, 2,
		"no task waited for split_lock for too long",
		"too many tasks split large pages of one page table at once: `v7scope stat --tasks` shows waiters and holders; use smaller pages for buffers that are unmapped in parts",
	},
	[LOSSES] = {
		"losses", judge_losses, 0, { LIMIT_LOST }, 1,
		"the share of lost installs is low",
		"work is wasted, as CPUs map the same region at once: `v7scope stat --tasks` shows the tasks; give each its own address range",
	},
	[FLUSHES] = {
		"flushes", judge_flushes, 0, { LIMIT_TIMEOUTS }, 1,
		"no TLB flush timed out",
		"the device may still use the old mappings: `v7scope flush` shows the task, its stack, and the state of the IOMMU's power",
	},
	[COMMAND] = {
		"command", judge_command, 0, { 0 }, 0,
		"the workload succeeded",
		"see its standard error, and run it again",
	},
};

/*
 * Report each cause once: a failure after a failed judgement is inconclusive,
 * and so is any failure while the counts are not exact.
 */
static void excuse(const struct judgements *judged, struct judgement *j,
		   unsigned int after)
{
	char why[sizeof(j->why)];
	int i;

	for (i = 0; j->verdict == FAIL && i < judged->n; i++) {
		if (!(after >> i & 1) || (judged->j[i].verdict != FAIL &&
		    (i != EXACT || judged->j[i].verdict == PASS)))
			continue;
		snprintf(why, sizeof(why), "may be a consequence of %s: %.200s",
			 judged->j[i].name, j->why);
		memcpy(j->why, why, sizeof(why));
		j->verdict = CANNOT_TELL;
	}
}

void judgements_make(const struct evidence *e, struct judgements *to)
{
	struct judgement *j;
	bool fails = false, tells = true;
	int i;

	*to = (struct judgements){ 0 };
	for (i = 0; i < JUDGEMENTS; i++) {
		if ((i == COMMAND && !e->command.argv) || (i == FLUSHES && !e->has_flushes))
			continue;
		j = &to->j[to->n];
		j->name = table[i].name;
		j->asks = table[i].asks;
		j->means = table[i].means;
		memcpy(j->limit, table[i].limit, sizeof(j->limit));
		j->limits = table[i].limits;
		table[i].judge(e, j);
		excuse(to, j, table[i].after);
		fails |= j->verdict == FAIL;
		tells &= j->verdict != CANNOT_TELL;
		to->n++;
	}
	to->verdict = fails ? FAIL : tells ? PASS : CANNOT_TELL;
}

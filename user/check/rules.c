// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "lib/binomial.h"
#include "lib/format.h"
#include "lib/util.h"
#include "model/counts.h"
#include "model/visibility.h"
#include "rules.h"

/* As in judge.c, for the shares. */
#define LEVEL 0.01

#define PERCENT 10000LL		/* in parts per million */

/* Limits that check does not have. */
enum {
	WINDOW_P99, MIN_TIMES, SPLIT_SHARE, WAIT_SHARE, CHURN, CHURN_RATE,
	FLUSH_TIME, FLUSHED, PIECES
};

static const struct bound own[] = {
	/*
	 * An allocation that does not sleep takes 2 us (p50 in the lab). The
	 * bound of a bucket is exact.
	 */
	[WINDOW_P99]	= { "window_p99",	UNIT_NS,	32768 },
	/* With fewer durations, p99 is the longest one. */
	[MIN_TIMES]	= { "min_times",	UNIT_COUNT,	100 },
	/* As lost_share of check: a split costs an allocation, too. */
	[SPLIT_SHARE]	= { "split_share",	UNIT_PPM,	10 * PERCENT },
	[WAIT_SHARE]	= { "wait_share",	UNIT_PPM,	10 * PERCENT },
	/*
	 * A table that is kept is installed once and never freed. Any load that
	 * goes on for long frees what it installs, hence the rate, in tables
	 * per second.
	 */
	[CHURN]		= { "churn",		UNIT_PPM,	90 * PERCENT },
	[CHURN_RATE]	= { "churn_rate",	UNIT_COUNT,	100 },
	/* Below a tenth of a CPU, batching gains little. */
	[FLUSH_TIME]	= { "flush_time",	UNIT_PPM,	10 * PERCENT },
	/* Flushes per request; a request with a flush of its own has one. */
	[FLUSHED]	= { "flushed",		UNIT_PPM,	90 * PERCENT },
	/* Maps per unmap; a buffer that is mapped at once has one. */
	[PIECES]	= { "pieces",		UNIT_COUNT,	2 },
};

__attribute__((format(printf, 2, 3)))
static void says(struct finding *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(f->says, sizeof(f->says), fmt, ap);
	va_end(ap);
}

static void figure(struct finding *f, const char *name, enum measure unit,
		   bool visible, int64_t n)
{
	f->figure[f->figures++] = (struct figure){ name, unit, visible, n };
}

static void bound(struct finding *f, int of)
{
	f->bound[f->bounds++] = own[of];
}

static void limit(const struct observed *o, struct finding *f, enum limit of)
{
	f->bound[f->bounds++] = (struct bound){
		threshold_kinds[of].name, threshold_kinds[of].unit,
		o->limits->of[of],
	};
}

/* Counters of a damaged recording may have any value. */
static int64_t whole(double x)
{
	return x < 0x1p63 ? (int64_t)x : INT64_MAX;
}

static int64_t ppm(uint64_t part, uint64_t all)
{
	return all ? whole(1e6 * part / all + 0.5) : UNKNOWN;
}

/* A share in percent, in a buffer that lives as long as the statement. */
#define SHARE(part, all) \
	threshold_text(UNIT_PPM, ppm(part, all), (char[32]){ 0 }, 32)
#define NS(ns) format_ns(ns, (char[32]){ 0 }, 32)

/* Is the share above @above, with 99 percent confidence? */
static bool exceeds(uint64_t part, uint64_t all, int64_t above)
{
	return binomial_share(part, all, binomial_z(LEVEL)).low * 1e6 > above;
}

/* Is there enough traffic for a share? */
static bool suffices(const struct observed *o, uint64_t n)
{
	return n >= (uint64_t)o->limits->of[LIMIT_INSTALLS];
}

/* @n if it is above the limit; else 0. */
static int64_t above(const struct observed *o, int64_t n, enum limit of)
{
	return n > o->limits->of[of] ? n : 0;
}

static bool is_long(const struct observed *o, const struct v7s_hist *h,
		    enum limit p99, enum limit max)
{
	return hist_count(h) &&
	       (hist_percentile(h, 99) > o->limits->of[p99] ||
		(int64_t)h->max > o->limits->of[max]);
}

static void times(struct finding *f, const struct v7s_hist *h)
{
	bool any = hist_count(h);

	figure(f, "p50", UNIT_NS, any, hist_percentile(h, 50));
	figure(f, "p99", UNIT_NS, any, hist_percentile(h, 99));
	figure(f, "max", UNIT_NS, any, h->max);
}

/* A table of the last level covers this much. */
static const char *region(const struct row *row)
{
	return row->fmt == V7S_FMT_V7S ? "1M" :
	       row->fmt == UNKNOWN ? "1M or 2M" : "2M";
}

/* lost_races */

static int64_t weigh_lost(const struct observed *o, const struct row *row)
{
	const struct v7s_events *e = &row->c.e;
	uint64_t lost = events_installs_lost(e), all = events_installs(e);

	return suffices(o, all) &&
	       exceeds(lost, all, o->limits->of[LIMIT_LOST]) ? lost : 0;
}

static int64_t part_lost(const struct task *t)
{
	return events_installs_lost(&t->e);
}

static void say_lost(const struct observed *o, const struct row *row,
		     struct finding *f)
{
	const struct v7s_events *e = &row->c.e;
	uint64_t lost = events_installs_lost(e), all = events_installs(e);

	says(f, "%s of %" PRIu64 " installs lost the race: several tasks map into the same empty %s regions at once, and each loser has allocated a table in vain",
	     SHARE(lost, all), all, region(row));
	figure(f, "installs", UNIT_COUNT, true, all);
	figure(f, "lost", UNIT_COUNT, true, lost);
	figure(f, "share", UNIT_PPM, true, ppm(lost, all));
	figure(f, "window_p99", UNIT_NS, o->r->visible->hist[V7S_WINDOW] &&
	       hist_count(&row->c.hist[V7S_WINDOW]),
	       hist_percentile(&row->c.hist[V7S_WINDOW], 99));
	/* Instructions that v7scope itself adds to the window. */
	figure(f, "stretch", UNIT_COUNT, o->r->stretch != UNKNOWN,
	       o->r->stretch);
	limit(o, f, LIMIT_LOST);
	limit(o, f, LIMIT_INSTALLS);
}

/* long_window */

static int64_t weigh_window(const struct observed *o, const struct row *row)
{
	const struct v7s_hist *h = &row->c.hist[V7S_WINDOW];
	uint64_t n = hist_count(h);

	/* An upper bound alone proves nothing. */
	if (o->r->window_upper && !events_installs_lost(&row->c.e))
		return 0;
	return n >= (uint64_t)own[MIN_TIMES].n &&
	       hist_percentile(h, 99) > own[WINDOW_P99].n ? n : 0;
}

static int64_t part_window(const struct task *t)
{
	return t->window_ns;
}

static void say_window(const struct observed *o, const struct row *row,
		       struct finding *f)
{
	const struct v7s_hist *h = &row->c.hist[V7S_WINDOW];

	says(f, "the race window is long: p99 %s%s, p50 %s; the allocation of the table sleeps, or the task is preempted before it publishes the table, and other tasks can win meanwhile",
	     o->r->window_upper ? "at most " : "",
	     NS(hist_percentile(h, 99)), NS(hist_percentile(h, 50)));
	figure(f, "windows", UNIT_COUNT, true, hist_count(h));
	times(f, h);
	figure(f, "lost", UNIT_COUNT, o->r->visible->lost,
	       events_installs_lost(&row->c.e));
	bound(f, WINDOW_P99);
	bound(f, MIN_TIMES);
}

/* map_race: each of these on a map is refused, too, see weigh_exists() */

static int64_t weigh_leaf(const struct observed *o, const struct row *row)
{
	const struct v7s_events *e = &row->c.e;

	return above(o, e->install[V7S_MAP][V7S_LOST_TO_LEAF] +
			e->install[V7S_SPLIT][V7S_LOST_TO_LEAF],
		     LIMIT_REFUSED);
}

static int64_t part_leaf(const struct task *t)
{
	return t->e.install[V7S_MAP][V7S_LOST_TO_LEAF] +
	       t->e.install[V7S_SPLIT][V7S_LOST_TO_LEAF];
}

static void say_leaf(const struct observed *o, const struct row *row,
		     struct finding *f)
{
	int64_t n = weigh_leaf(o, row);

	says(f, "%" PRId64 " installs found a block where they wanted a table: two tasks map the same %s region at once, one of them with a block",
	     n, region(row));
	figure(f, "lost_to_leaf", UNIT_COUNT, true, n);
	limit(o, f, LIMIT_REFUSED);
}

/* unmap_race: an install that is lost to an empty entry is refused as raced */

static int64_t weigh_raced(const struct observed *o, const struct row *row)
{
	return above(o, row->c.e.refuse[V7S_REFUSE_RACED], LIMIT_REFUSED);
}

static int64_t part_raced(const struct task *t)
{
	return t->e.refuse[V7S_REFUSE_RACED];
}

static void say_raced(const struct observed *o, const struct row *row,
		      struct finding *f)
{
	const struct v7s_events *e = &row->c.e;

	says(f, "%" PRId64 " unmaps of a part found that the large page had changed: another task unmapped the whole page at once",
	     weigh_raced(o, row));
	figure(f, "raced", UNIT_COUNT, true, e->refuse[V7S_REFUSE_RACED]);
	figure(f, "lost_to_empty", UNIT_COUNT,
	       o->r->visible->install[V7S_SPLIT][V7S_LOST_TO_EMPTY],
	       e->install[V7S_SPLIT][V7S_LOST_TO_EMPTY]);
	limit(o, f, LIMIT_REFUSED);
}

/* long_holds and lock_waits: a long hold causes long waits, which are no second finding */

static uint64_t cont_splits(const struct v7s_events *e)
{
	const __u64 *n = e->split[V7S_CONT];

	return n[V7S_DONE] + n[V7S_FOUND_DONE] + n[V7S_SPLIT_GONE] +
	       n[V7S_SPLIT_FAILED];
}

static int64_t weigh_hold(const struct observed *o, const struct row *row)
{
	const struct v7s_hist *h = &row->c.hist[V7S_HOLD];

	return is_long(o, h, LIMIT_HOLD_P99, LIMIT_HOLD_MAX) ?
	       (int64_t)hist_count(h) : 0;
}

static int64_t part_hold(const struct task *t)
{
	return t->hold_ns;
}

static void say_hold(const struct observed *o, const struct row *row,
		     struct finding *f)
{
	const struct v7s_hist *h = &row->c.hist[V7S_HOLD];

	says(f, "split_lock is held for long: p99 %s, max %s; interrupts are off meanwhile, and other splits wait",
	     NS(hist_percentile(h, 99)), NS(h->max));
	figure(f, "holds", UNIT_COUNT, true, hist_count(h));
	times(f, h);
	figure(f, "waits", UNIT_COUNT, o->r->visible->waits, row->c.e.waits);
	limit(o, f, LIMIT_HOLD_P99);
	limit(o, f, LIMIT_HOLD_MAX);
}

static bool many_wait(const struct observed *o, const struct row *row)
{
	uint64_t all = cont_splits(&row->c.e);

	return visibility_split_kind(o->r->visible, V7S_CONT) &&
	       suffices(o, all) &&
	       exceeds(row->c.e.waits, all, own[WAIT_SHARE].n);
}

static int64_t weigh_wait(const struct observed *o, const struct row *row)
{
	const struct v7s_hist *h = &row->c.hist[V7S_WAIT];

	if (o->r->visible->hist[V7S_HOLD] && weigh_hold(o, row))
		return 0;
	return is_long(o, h, LIMIT_WAIT_P99, LIMIT_WAIT_MAX) ||
	       many_wait(o, row) ? (int64_t)row->c.e.waits : 0;
}

static void say_wait(const struct observed *o, const struct row *row,
		     struct finding *f)
{
	const struct v7s_hist *h = &row->c.hist[V7S_WAIT];
	uint64_t all = cont_splits(&row->c.e);
	bool share = visibility_split_kind(o->r->visible, V7S_CONT);

	says(f, "%" PRIu64 " splits waited for split_lock, p99 %s, max %s: several tasks unmap parts of 64K and 16M pages of one page table at once",
	     (uint64_t)row->c.e.waits, NS(hist_percentile(h, 99)),
	     NS(hist_count(h) ? (int64_t)h->max : UNKNOWN));
	figure(f, "waits", UNIT_COUNT, true, row->c.e.waits);
	figure(f, "splits", UNIT_COUNT, share, all);
	figure(f, "share", UNIT_PPM, share && all, ppm(row->c.e.waits, all));
	times(f, h);
	limit(o, f, LIMIT_WAIT_P99);
	limit(o, f, LIMIT_WAIT_MAX);
	bound(f, WAIT_SHARE);
}

/* block_splits, cont_splits */

static int64_t weigh_block(const struct observed *o, const struct row *row)
{
	uint64_t done = row->c.e.split[V7S_BLOCK][V7S_DONE];
	uint64_t all = events_installs(&row->c.e);

	return suffices(o, all) && exceeds(done, all, own[SPLIT_SHARE].n) ?
	       done : 0;
}

static int64_t part_block(const struct task *t)
{
	return t->e.split[V7S_BLOCK][V7S_DONE];
}

static void say_block(const struct observed *o, const struct row *row,
		      struct finding *f)
{
	uint64_t done = row->c.e.split[V7S_BLOCK][V7S_DONE];
	uint64_t all = events_installs(&row->c.e);

	says(f, "%s of %" PRIu64 " installs split a block: the driver maps blocks and unmaps parts of them, and each first part costs a table, allocated without sleeping",
	     SHARE(done, all), all);
	figure(f, "splits", UNIT_COUNT, true, done);
	figure(f, "installs", UNIT_COUNT, true, all);
	figure(f, "share", UNIT_PPM, true, ppm(done, all));
	bound(f, SPLIT_SHARE);
	limit(o, f, LIMIT_INSTALLS);
}

static int64_t weigh_cont(const struct observed *o, const struct row *row)
{
	uint64_t done = row->c.e.split[V7S_CONT][V7S_DONE];
	uint64_t all = done + events_installs(&row->c.e);

	return suffices(o, all) && exceeds(done, all, own[SPLIT_SHARE].n) ?
	       done : 0;
}

static int64_t part_cont(const struct task *t)
{
	return t->e.split[V7S_CONT][V7S_DONE];
}

static void say_cont(const struct observed *o, const struct row *row,
		     struct finding *f)
{
	uint64_t done = row->c.e.split[V7S_CONT][V7S_DONE];
	const struct v7s_hist *h = &row->c.hist[V7S_HOLD];

	says(f, "%" PRIu64 " large pages were split under split_lock: the driver maps 64K or 16M pages and unmaps parts of them; each first part rewrites 16 entries",
	     done);
	figure(f, "splits", UNIT_COUNT, true, done);
	figure(f, "installs", UNIT_COUNT, true, events_installs(&row->c.e));
	figure(f, "hold_sum", UNIT_NS, o->r->visible->hist[V7S_HOLD], h->sum);
	bound(f, SPLIT_SHARE);
	limit(o, f, LIMIT_INSTALLS);
}

/* table_churn */

static uint64_t freed(const struct v7s_events *e)
{
	return e->free[V7S_FREE_UNMAP] + e->free[V7S_FREE_REPLACED];
}

static int64_t per_second(const struct observed *o, uint64_t n)
{
	return o->ns ? whole(1e9 * n / o->ns) : 0;
}

static int64_t weigh_churn(const struct observed *o, const struct row *row)
{
	uint64_t won = events_installs_won(&row->c.e), gone = freed(&row->c.e);

	return suffices(o, won) && ppm(gone, won) >= own[CHURN].n &&
	       per_second(o, gone) >= own[CHURN_RATE].n ? gone : 0;
}

static int64_t part_churn(const struct task *t)
{
	return freed(&t->e);
}

static void say_churn(const struct observed *o, const struct row *row,
		      struct finding *f)
{
	const struct v7s_events *e = &row->c.e;
	uint64_t won = events_installs_won(e);

	says(f, "tables come and go: %" PRIu64 " were installed, and %" PRIu64 " (%s) freed again, because an unmap or a block covered their whole %s region",
	     won, freed(e), SHARE(freed(e), won), region(row));
	figure(f, "installed", UNIT_COUNT, true, won);
	figure(f, "unmap", UNIT_COUNT, true, e->free[V7S_FREE_UNMAP]);
	figure(f, "replaced", UNIT_COUNT, true, e->free[V7S_FREE_REPLACED]);
	figure(f, "per_second", UNIT_COUNT, o->ns,
	       per_second(o, freed(e)));
	bound(f, CHURN);
	bound(f, CHURN_RATE);
	limit(o, f, LIMIT_INSTALLS);
}

/* growth */

static const char *unknown_growth(const struct observed *o)
{
	int64_t part[HISTORY_PARTS];

	if ((int64_t)o->ns < o->limits->of[LIMIT_GROWTH_TIME])
		return "watched for too short a time (growth_time)";
	return !o->h || history_parts(o->h, part) ? "too few readings" : NULL;
}

static int64_t weigh_growth(const struct observed *o, const struct row *row)
{
	int64_t part[HISTORY_PARTS];

	(void)row;
	if (history_parts(o->h, part) || !history_grows(part))
		return 0;
	return above(o, part[HISTORY_PARTS - 1] - part[1], LIMIT_GROWTH);
}

static int64_t part_won(const struct task *t)
{
	return events_installs_won(&t->e) - freed(&t->e);
}

static void say_growth(const struct observed *o, const struct row *row,
		       struct finding *f)
{
	says(f, "the number of tables keeps growing, by %" PRId64 " so far: buffers are mapped at new addresses, and either not unmapped or unmapped page by page",
	     weigh_growth(o, row));
	figure(f, "growth", UNIT_COUNT, true, weigh_growth(o, row));
	figure(f, "watched", UNIT_NS, true, o->ns);
	limit(o, f, LIMIT_GROWTH);
	limit(o, f, LIMIT_GROWTH_TIME);
}

/* mapped_twice, unmapped_twice, partial_unmap, no_memory, replaced_live */

/* A map that lost its race to a block is refused as well, see weigh_leaf(). */
static int64_t weigh_exists(const struct observed *o, const struct row *row)
{
	const struct v7s_events *e = &row->c.e;
	int64_t n = e->refuse[V7S_REFUSE_EXISTS];

	if (o->r->visible->install[V7S_MAP][V7S_LOST_TO_LEAF])
		n -= e->install[V7S_MAP][V7S_LOST_TO_LEAF];
	return above(o, n, LIMIT_REFUSED);
}

static int64_t weigh_absent(const struct observed *o, const struct row *row)
{
	return above(o, row->c.e.refuse[V7S_REFUSE_ABSENT], LIMIT_REFUSED);
}

static int64_t weigh_partial(const struct observed *o, const struct row *row)
{
	return above(o, row->c.e.refuse[V7S_REFUSE_PARTIAL], LIMIT_REFUSED);
}

static int64_t weigh_nomem(const struct observed *o, const struct row *row)
{
	return above(o, row->c.e.refuse[V7S_REFUSE_NOMEM], LIMIT_NOMEM);
}

static int64_t weigh_live(const struct observed *o, const struct row *row)
{
	return above(o, row->c.e.free[V7S_FREE_REPLACED_LIVE],
		     LIMIT_REPLACED_LIVE);
}

#define PART(name, counter)						\
	static int64_t part_##name(const struct task *t)		\
	{								\
		return t->e.counter;					\
	}
PART(exists, refuse[V7S_REFUSE_EXISTS])
PART(absent, refuse[V7S_REFUSE_ABSENT])
PART(partial, refuse[V7S_REFUSE_PARTIAL])
PART(nomem, refuse[V7S_REFUSE_NOMEM])
PART(live, free[V7S_FREE_REPLACED_LIVE])

static void say_count(const struct observed *o, struct finding *f,
		      const char *name, int64_t n, enum limit of,
		      const char *text)
{
	says(f, "%" PRId64 " %s", n, text);
	figure(f, name, UNIT_COUNT, true, n);
	limit(o, f, of);
}

static void say_exists(const struct observed *o, const struct row *row,
		       struct finding *f)
{
	say_count(o, f, "exists", weigh_exists(o, row), LIMIT_REFUSED,
		  "maps were refused, because their address was mapped already");
}

static void say_absent(const struct observed *o, const struct row *row,
		       struct finding *f)
{
	say_count(o, f, "absent", weigh_absent(o, row), LIMIT_REFUSED,
		  "unmaps were refused, because nothing was mapped at their address");
}

static void say_partial(const struct observed *o, const struct row *row,
			struct finding *f)
{
	say_count(o, f, "partial", weigh_partial(o, row), LIMIT_REFUSED,
		  "unmaps of a part of a large page were refused, and the page stays mapped: Linux 6.13 and later do not split large pages, and before, the split failed");
}

static void say_nomem(const struct observed *o, const struct row *row,
		      struct finding *f)
{
	say_count(o, f, "nomem", weigh_nomem(o, row), LIMIT_NOMEM,
		  "requests failed, because there was no memory for a table");
}

static void say_live(const struct observed *o, const struct row *row,
		     struct finding *f)
{
	say_count(o, f, "replaced_live", weigh_live(o, row),
		  LIMIT_REPLACED_LIVE,
		  "blocks replaced a table that still had mappings: those mappings are gone, and the kernel does not warn");
}

/* section_address */

static const char *unknown_corrupted(const struct observed *o)
{
	const struct defect *d = defect_find("section_split_address");
	const struct report *r = o->r;

	if (r->corrupted != UNKNOWN ||
	    (visibility_splits(r->visible) && !r->inexact))
		return NULL;
	/* A recording does not name its kernel. */
	return !o->version || (o->version >= d->from && o->version < d->before) ?
	       "splits of sections are not available on this kernel" : NULL;
}

static int64_t weigh_corrupted(const struct observed *o, const struct row *row)
{
	(void)row;
	return above(o, o->r->corrupted, LIMIT_CORRUPTED);
}

static void say_corrupted(const struct observed *o, const struct row *row,
			  struct finding *f)
{
	(void)row;
	say_count(o, f, "corrupted", o->r->corrupted, LIMIT_CORRUPTED,
		  "sections were split by a kernel that loses their address: the rest of each section points at physical address 0 and up");
}

static int64_t part_sections(const struct task *t)
{
	return t->e.split[V7S_BLOCK][V7S_DONE];
}

/* Flushes */

static const char *unknown_timeouts(const struct observed *o)
{
	return o->flushes->timeouts == UNKNOWN ?
	       "timeouts are not available on this kernel" : NULL;
}

static int64_t weigh_timeouts(const struct observed *o, const struct row *row)
{
	(void)row;
	return o->flushes->timeouts;
}

static void say_timeouts(const struct observed *o, const struct row *row,
			 struct finding *f)
{
	const struct flush_facts *fl = o->flushes;

	(void)row;
	says(f, "%" PRId64 " of %" PRIu64 " TLB flushes timed out (%s): devices may still use the old translations",
	     fl->timeouts, fl->flushes, fl->driver);
	figure(f, "timeouts", UNIT_COUNT, true, fl->timeouts);
	figure(f, "flushes", UNIT_COUNT, true, fl->flushes);
	times(f, fl->flush);
}

static int64_t flush_share(const struct observed *o)
{
	return ppm(o->flushes->flush->sum, o->flushes->ns);
}

/* Is a buffer mapped in pieces, and each piece flushed? */
static bool is_unbatched(const struct observed *o)
{
	const struct flush_facts *fl = o->flushes;
	int64_t maps = fl->requests - fl->unmaps;

	return fl->requests != UNKNOWN && fl->unmaps != UNKNOWN &&
	       fl->unmaps > 0 && ppm(fl->flushes, fl->requests) >= own[FLUSHED].n &&
	       maps >= own[PIECES].n * fl->unmaps;
}

static int64_t weigh_flushes(const struct observed *o)
{
	return flush_share(o) > own[FLUSH_TIME].n ?
	       (int64_t)o->flushes->flushes : 0;
}

static int64_t weigh_flush_time(const struct observed *o, const struct row *row)
{
	(void)row;
	return is_unbatched(o) ? 0 : weigh_flushes(o);
}

static void flush_figures(const struct observed *o, struct finding *f)
{
	const struct flush_facts *fl = o->flushes;

	figure(f, "flushes", UNIT_COUNT, true, fl->flushes);
	figure(f, "share", UNIT_PPM, true, flush_share(o));
	figure(f, "maps_and_unmaps", UNIT_COUNT, fl->requests != UNKNOWN,
	       fl->requests);
	figure(f, "unmaps", UNIT_COUNT, fl->unmaps != UNKNOWN, fl->unmaps);
	times(f, fl->flush);
	bound(f, FLUSH_TIME);
}

static void say_flush_time(const struct observed *o, const struct row *row,
			   struct finding *f)
{
	const struct flush_facts *fl = o->flushes;

	(void)row;
	says(f, "%" PRIu64 " TLB flushes (%s) took %s of the time of one CPU: p50 %s, p99 %s",
	     fl->flushes, fl->driver,
	     threshold_text(UNIT_PPM, flush_share(o), (char[32]){ 0 }, 32),
	     NS(hist_percentile(fl->flush, 50)),
	     NS(hist_percentile(fl->flush, 99)));
	flush_figures(o, f);
}

static const char *unknown_requests(const struct observed *o)
{
	return o->flushes->requests == UNKNOWN || o->flushes->unmaps == UNKNOWN ?
	       "maps and unmaps were not counted" : NULL;
}

static int64_t weigh_unbatched(const struct observed *o, const struct row *row)
{
	(void)row;
	return is_unbatched(o) ? weigh_flushes(o) : 0;
}

static void say_unbatched(const struct observed *o, const struct row *row,
			  struct finding *f)
{
	const struct flush_facts *fl = o->flushes;

	(void)row;
	says(f, "%" PRIu64 " TLB flushes (%s) for about %" PRId64 " maps and about %" PRId64 " unmaps took %s of the time of one CPU: buffers are mapped in pieces, and almost every piece waits for a flush of its own",
	     fl->flushes, fl->driver, fl->requests - fl->unmaps, fl->unmaps,
	     threshold_text(UNIT_PPM, flush_share(o), (char[32]){ 0 }, 32));
	flush_figures(o, f);
	bound(f, FLUSHED);
	bound(f, PIECES);
}

static const char *unknown_flush_waits(const struct observed *o)
{
	return o->flushes->waits == UNKNOWN ?
	       "waits for the driver's lock are not available" : NULL;
}

static int64_t weigh_flush_waits(const struct observed *o,
				 const struct row *row)
{
	const struct flush_facts *fl = o->flushes;

	(void)row;
	return suffices(o, fl->flushes) &&
	       exceeds(fl->waits, fl->flushes, own[WAIT_SHARE].n) ?
	       fl->waits : 0;
}

static void say_flush_waits(const struct observed *o, const struct row *row,
			    struct finding *f)
{
	const struct flush_facts *fl = o->flushes;

	(void)row;
	says(f, "%" PRId64 " waits for %s in %" PRIu64 " TLB flushes, p99 %s: flushes of several tasks run one after the other",
	     fl->waits, fl->lock ? fl->lock : "the driver's lock", fl->flushes,
	     NS(hist_percentile(fl->wait, 99)));
	figure(f, "waits", UNIT_COUNT, true, fl->waits);
	figure(f, "flushes", UNIT_COUNT, true, fl->flushes);
	figure(f, "share", UNIT_PPM, true, ppm(fl->waits, fl->flushes));
	times(f, fl->wait);
	bound(f, WAIT_SHARE);
	limit(o, f, LIMIT_INSTALLS);
}

/* few_events, not_exact */

static int64_t weigh_few(const struct observed *o, const struct row *row)
{
	return !suffices(o, events_installs(&row->c.e));
}

static void say_few(const struct observed *o, const struct row *row,
		    struct finding *f)
{
	uint64_t n = events_installs(&row->c.e);

	says(f, "only %" PRIu64 " installs in %s: no share of them was judged",
	     n, NS(o->ns));
	figure(f, "installs", UNIT_COUNT, true, n);
	figure(f, "page_tables", UNIT_COUNT, true, row->tables);
	limit(o, f, LIMIT_INSTALLS);
}

static int64_t weigh_inexact(const struct observed *o, const struct row *row)
{
	char why[192];

	(void)row;
	return report_inexact(o->r, 0, why, sizeof(why));
}

static void say_inexact(const struct observed *o, const struct row *row,
			struct finding *f)
{
	char why[192];
	unsigned int n = 0;

	(void)row;
	while (report_inexact(o->r, n, why, sizeof(why)))
		n++;
	report_inexact(o->r, 0, why, sizeof(why));
	says(f, "the counts are not exact: %s", why);
	figure(f, "reasons", UNIT_COUNT, true, n);
}

#define SEE(member) offsetof(struct visibility, member)
#define NEEDS(...)							\
	.need = { __VA_ARGS__ },					\
	.needs = sizeof((unsigned char[]){ __VA_ARGS__ })

/* In the order in which they are printed: first what is wrong. */
const struct rule rules[] = {
	{
		.name = "section_address", .concern = CONCERN_WRONG,
		.scope = SCOPE_ALL, .unknown = unknown_corrupted,
		.weigh = weigh_corrupted, .say = say_corrupted,
		.part = part_sections, .parts = "splits",
		.helps = "devices read and write the wrong memory: apply kernel-patch/ and boot the new kernel",
		.basis = "arm_v7s_split_blk_unmap(), v4.13 to v6.12: b9f1ef30ac5f \"Refactor split_blk_unmap\"",
	}, {
		.name = "replaced_live", .concern = CONCERN_WRONG,
		NEEDS(SEE(free[V7S_FREE_REPLACED_LIVE])),
		.weigh = weigh_live, .say = say_live,
		.part = part_live, .parts = "blocks",
		.helps = "unmap the pages before a block is mapped over them: `v7scope trace --event free --stacks` shows the driver",
		.basis = "arm_v7s_init_pte() and arm_lpae_init_pte() free a table below a new block, whatever is in it",
	}, {
		.name = "map_race", .concern = CONCERN_WRONG,
		NEEDS(SEE(install[V7S_MAP][V7S_LOST_TO_LEAF]),
		      SEE(install[V7S_SPLIT][V7S_LOST_TO_LEAF])),
		.weigh = weigh_leaf, .say = say_leaf,
		.part = part_leaf, .parts = "installs",
		.helps = "the driver needs a lock, or its IOVA allocator returned an address twice: `v7scope trace --lost-only --stacks` shows the tasks",
		.basis = "__arm_v7s_map() returns -EEXIST; 119ff305b027 \"Support lockless operation\" leaves overlapping requests to the caller",
	}, {
		.name = "unmap_race", .concern = CONCERN_WRONG,
		NEEDS(SEE(refuse[V7S_REFUSE_RACED])),
		.weigh = weigh_raced, .say = say_raced,
		.part = part_raced, .parts = "unmaps",
		.helps = "the driver needs a lock around unmaps of one buffer: `v7scope trace --event refuse --stacks` shows the tasks",
		.basis = "arm_v7s_split_blk_unmap() and __arm_v7s_unmap() return 0 if the entry has changed",
	}, {
		.name = "mapped_twice", .concern = CONCERN_WRONG,
		NEEDS(SEE(refuse[V7S_REFUSE_EXISTS])),
		.weigh = weigh_exists, .say = say_exists,
		.part = part_exists, .parts = "maps",
		.helps = "two IOVA allocators may share one page table, or a buffer was not unmapped: `v7scope trace --event refuse --stacks` shows the second map",
		.basis = "arm_v7s_init_pte() and arm_lpae_init_pte() return -EEXIST and warn",
	}, {
		.name = "unmapped_twice", .concern = CONCERN_WRONG,
		NEEDS(SEE(refuse[V7S_REFUSE_ABSENT])),
		.weigh = weigh_absent, .say = say_absent,
		.part = part_absent, .parts = "unmaps",
		.helps = "the driver unmaps a buffer twice, or more than it mapped: `v7scope trace --event refuse --stacks` shows the unmap",
		.basis = "__arm_v7s_unmap() and __arm_lpae_unmap() return 0 and warn",
	}, {
		.name = "partial_unmap", .concern = CONCERN_WRONG,
		NEEDS(SEE(refuse[V7S_REFUSE_PARTIAL])),
		.weigh = weigh_partial, .say = say_partial,
		.part = part_partial, .parts = "unmaps",
		.helps = "map with the size that will be unmapped: `v7scope trace --event refuse --stacks` shows address, size and caller",
		.basis = "since v6.13, 33729a5fc0ca and fd50651636fb \"Remove split on unmap behavior\": the kernel warns once",
	}, {
		.name = "no_memory", .concern = CONCERN_WRONG,
		NEEDS(SEE(refuse[V7S_REFUSE_NOMEM])),
		.weigh = weigh_nomem, .say = say_nomem,
		.part = part_nomem, .parts = "requests",
		.helps = "check the board's free memory; map and unmap the same sizes, so that no unmap has to allocate",
		.basis = "arm_v7s_split_blk_unmap() allocates with GFP_ATOMIC, and its unmap then returns 0 without a message",
	}, {
		.name = "flush_timeouts", .concern = CONCERN_WRONG,
		.scope = SCOPE_FLUSHES, .unknown = unknown_timeouts,
		.weigh = weigh_timeouts, .say = say_timeouts,
		.helps = "check that the clock and the power domain of the IOMMU are on during the flush; `v7scope flush` shows the device",
		.basis = "the driver polls for the end of a flush: for 1 ms in mtk_iommu, 100 times 1 us in ipmmu-vmsa, 1 s on SMMUs",
	}, {
		.name = "lost_races", .concern = CONCERN_SLOW,
		NEEDS(SEE(attempts), SEE(lost)),
		.weigh = weigh_lost, .say = say_lost,
		.part = part_lost, .parts = "lost",
		.helps = "give each task addresses of its own, aligned to the region; or map each region once in advance, so that its table exists",
		.basis = "arm_v7s_install_table() and arm_lpae_install_table(): cmpxchg, and the loser frees its table; 119ff305b027, 2c3d273eabe8 \"Support lockless operation\"",
	}, {
		.name = "long_window", .concern = CONCERN_SLOW,
		NEEDS(SEE(hist[V7S_WINDOW])),
		.weigh = weigh_window, .say = say_window,
		.part = part_window, .parts = "in windows",
		.parts_unit = UNIT_NS,
		.helps = "map in advance instead of in the data path; look for reclaim of memory (`perf trace -e 'vmscan:*'`) and for tasks of higher priority",
		.basis = "since v5.9 __arm_v7s_alloc_table() and __arm_lpae_alloc_pages() take the caller's allocation flags (\"Add gfp parameter to io_pgtable_ops->map()\")",
	}, {
		.name = "long_holds", .concern = CONCERN_SLOW,
		NEEDS(SEE(hist[V7S_HOLD])),
		.weigh = weigh_hold, .say = say_hold,
		.part = part_hold, .parts = "held", .parts_unit = UNIT_NS,
		.helps = "check what stops the holder: a hypervisor, firmware, an NMI, or a slow TLB flush (`v7scope flush`)",
		.basis = "arm_v7s_split_cont() runs under split_lock with interrupts off, and syncs 16 entries",
	}, {
		.name = "lock_waits", .concern = CONCERN_SLOW,
		NEEDS(SEE(waits), SEE(hist[V7S_WAIT])),
		.weigh = weigh_wait, .say = say_wait,
		.pairs = true, .parts = "waits",
		.helps = "map memory that is unmapped in parts as 4K pages, or unmap it as a whole",
		.basis = "arm_v7s_split_cont() takes split_lock, one for each page table",
	}, {
		.name = "block_splits", .concern = CONCERN_SLOW,
		NEEDS(SEE(attempts), SEE(split[V7S_BLOCK][V7S_DONE])),
		.weigh = weigh_block, .say = say_block,
		.part = part_block, .parts = "splits",
		.helps = "map with the size that will be unmapped; since Linux 6.13 such an unmap is refused",
		.basis = "arm_v7s_split_blk_unmap() and arm_lpae_split_blk_unmap(), removed in v6.13",
	}, {
		.name = "cont_splits", .concern = CONCERN_SLOW,
		NEEDS(SEE(attempts), SEE(split[V7S_CONT][V7S_DONE])),
		.weigh = weigh_cont, .say = say_cont,
		.part = part_cont, .parts = "splits",
		.helps = "map with the size that will be unmapped; since Linux 6.13 such an unmap is refused",
		.basis = "arm_v7s_split_cont(), removed in v6.13",
	}, {
		.name = "table_churn", .concern = CONCERN_SLOW,
		NEEDS(SEE(attempts), SEE(lost), SEE(free[V7S_FREE_UNMAP])),
		.weigh = weigh_churn, .say = say_churn,
		.part = part_churn, .parts = "freed",
		.helps = "keep a mapping in the region, reuse buffers instead of unmapping them, or align buffers to the region and map them as blocks, which need no table",
		.basis = "__arm_v7s_unmap() and __arm_lpae_unmap() free a table if the unmap covers its whole region; an unmap of pages never frees a table",
	}, {
		.name = "growth", .concern = CONCERN_SLOW,
		.scope = SCOPE_ALL, NEEDS(SEE(alive)),
		.unknown = unknown_growth,
		.weigh = weigh_growth, .say = say_growth,
		.part = part_won, .parts = "tables",
		.helps = "look for a driver that does not unmap: `v7scope stat --tasks` shows who installs; if all is unmapped page by page, reuse the addresses, because an unmap of pages frees no table",
		.basis = "judgement growth of `v7scope check`: a table stays until its region is unmapped as a whole",
	}, {
		.name = "unbatched_flushes", .concern = CONCERN_SLOW,
		.scope = SCOPE_FLUSHES, .unknown = unknown_requests,
		.weigh = weigh_unbatched, .say = say_unbatched,
		.helps = "map a buffer with one iommu_map_sg() or dma_map_sgtable() instead of a call for each page; unmap it with one call",
		.basis = "since v5.12 \"Move iotlb_sync_map out from __iommu_map\": one sync for a request instead of one for each entry",
	}, {
		.name = "flush_time", .concern = CONCERN_SLOW,
		.scope = SCOPE_FLUSHES,
		.weigh = weigh_flush_time, .say = say_flush_time,
		.helps = "unmap fewer and larger buffers, reuse mappings, or permit lazy unmapping (iommu.strict=0)",
		.basis = "iommu_iotlb_sync() waits for the hardware; `v7scope flush` has the figures by device",
	}, {
		.name = "flush_waits", .concern = CONCERN_SLOW,
		.scope = SCOPE_FLUSHES, .unknown = unknown_flush_waits,
		.weigh = weigh_flush_waits, .say = say_flush_waits,
		.helps = "unmap from fewer tasks at once, or unmap larger buffers, which need one flush each",
		.basis = "mtk_iommu_tlb_flush_range_sync() holds tlb_lock while it waits for the hardware",
	}, {
		.name = "few_events", .concern = CONCERN_UNSURE,
		.scope = SCOPE_ALL, NEEDS(SEE(attempts)),
		.weigh = weigh_few, .say = say_few,
		.helps = "watch for longer (--for), or run a workload after --",
		.basis = "limit min_installs of `v7scope check`",
	}, {
		.name = "not_exact", .concern = CONCERN_UNSURE,
		.scope = SCOPE_ALL,
		.weigh = weigh_inexact, .say = say_inexact,
		.helps = "shares and percentiles may be off, and a count of 0 proves nothing; `v7scope doctor` shows a better source",
		.basis = "the final report of `v7scope stat` lists all reasons",
	},
};

const size_t rules_count = ARRAY_SIZE(rules);

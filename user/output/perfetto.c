// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * Each event is once in the trace, on the track of its CPU. The track of a page
 * table has a slice for its lifetime. A flow joins this slice and all events of
 * the page table, on all CPUs, in the order of time.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "source/source.h"
#include "perfetto.h"
#include "perfetto_packet.h"
#include "slice.h"

/* Tracks of their own; all others are children of the first two. */
enum { CPUS_TRACK = 1, TABLES_TRACK, RECORDING_TRACK, TRACKS_FIRST = 16 };

enum { CPUS = 4096 };
/* Page tables kept; a power of two. The hash table is never full. */
enum { TABLES = 8192, TABLES_MAX = TABLES / 4 * 3 };
/* Destroyed page tables kept: events of other CPUs may come late. */
enum { TABLES_LATE = TABLES_MAX / 4 };

/* Tracks of a page table. */
enum { LIFETIME, ALIVE, NET, TABLE_TRACKS };

struct cpu_state {
	unsigned int shown;	/* bit mask of the threads that have a name */
	uint64_t latest;	/* time of its latest event */
	uint64_t dropped;	/* events dropped since then */
	bool overrun;		/* the trace buffer lost them, not the ring */
	struct lanes lanes;
};

struct table_state {
	uint64_t id;		/* number of the page table, plus 1; 0: free */
	unsigned char shown;	/* bit mask of the tracks that have a name */
	bool begun;		/* the lifetime */
	uint64_t ended;		/* the lifetime, as which one; 0: not yet */
};

/* State of a trace, from its first event to accounts(). */
struct perfetto {
	struct packets *packets;
	struct cpu_state *cpus[CPUS];
	struct table_state tables[TABLES];
	unsigned int ntables;
	unsigned int kept;	/* page tables of these that are destroyed */
	uint64_t ended;		/* lifetimes ended so far */
	uint64_t start;		/* of counting, on the clock of the events */
};

static void fail(struct printer *p, const char *what)
{
	if (!p->failed)
		err_print("%s", what);
	p->failed = true;
}

/* NULL: out of memory. */
static struct perfetto *state_of(struct printer *p)
{
	struct perfetto *s = p->state;
	struct packet_track tracks[] = {
		{ .uuid = CPUS_TRACK, .name = "CPUs", .rank = 1 },
		{ .uuid = TABLES_TRACK, .name = "page tables", .rank = 2 },
		{ .uuid = RECORDING_TRACK, .name = "recording", .rank = 3 },
	};
	size_t i;

	if (s || p->failed)
		return s;
	s = calloc(1, sizeof(*s));
	if (s)
		s->packets = packets_new(p->f);
	if (!s || !s->packets) {
		fail(p, "out of memory");
		free(s);
		return NULL;
	}
	for (i = 0; i < sizeof(tracks) / sizeof(*tracks); i++)
		packet_track(s->packets, &tracks[i]);
	p->state = s;
	return s;
}

/* Numbers of CPUs' tracks are even, those of page tables odd. */
static uint64_t cpu_track(uint64_t cpu, unsigned int thread)
{
	return TRACKS_FIRST + 2 * (cpu * SLICE_THREADS + thread);
}

static uint64_t table_track(uint64_t pgtable, unsigned int kind)
{
	return TRACKS_FIRST + 1 + 2 * (pgtable * TABLE_TRACKS + kind);
}

/* NULL: no such CPU, or out of memory. */
static struct cpu_state *find_cpu(struct printer *p, unsigned int n)
{
	struct perfetto *s = p->state;

	if (n >= CPUS) {
		fail(p, "perfetto: too many CPUs");
		return NULL;
	}
	if (!s->cpus[n])
		s->cpus[n] = calloc(1, sizeof(*s->cpus[n]));
	if (!s->cpus[n])
		fail(p, "out of memory");
	return s->cpus[n];
}

/* Name a thread of a CPU when it is used for the first time. */
static uint64_t use_thread(struct perfetto *s, unsigned int n,
			   unsigned int thread)
{
	struct cpu_state *cpu = s->cpus[n];
	char name[SLICE_TRACK];
	struct packet_track t = {
		.uuid = cpu_track(n, thread), .parent = CPUS_TRACK,
		.name = name, .rank = (uint64_t)n * SLICE_THREADS + thread,
	};

	if (!(cpu->shown >> thread & 1)) {
		slice_cpu_track(n, thread, name, sizeof(name));
		packet_track(s->packets, &t);
	}
	cpu->shown |= 1U << thread;
	return t.uuid;
}

static struct table_state *place(struct perfetto *s, uint64_t pgtable)
{
	size_t i = pgtable % TABLES;

	while (s->tables[i].id && s->tables[i].id != pgtable + 1)
		i = (i + 1) % TABLES;
	return &s->tables[i];
}

/* Forget the page tables that were destroyed first, when there is no room. */
static void sweep(struct perfetto *s)
{
	static struct table_state old[TABLES];
	const struct table_state *t;

	memcpy(old, s->tables, sizeof(old));
	memset(s->tables, 0, sizeof(s->tables));
	s->ntables = 0;
	for (t = old; t < old + TABLES; t++) {
		if (!t->id || (t->ended && t->ended + TABLES_LATE <= s->ended))
			continue;
		*place(s, t->id - 1) = *t;
		s->ntables++;
	}
	s->kept = TABLES_LATE;
}

/* NULL: too many page tables are alive. */
static struct table_state *find_table(struct perfetto *s, uint64_t pgtable)
{
	struct table_state *t = place(s, pgtable);

	if (t->id)
		return t;
	if (s->ntables == TABLES_MAX && s->kept > TABLES_LATE) {
		sweep(s);
		t = place(s, pgtable);
	}
	if (s->ntables == TABLES_MAX)
		return NULL;
	t->id = pgtable + 1;
	s->ntables++;
	return t;
}

static void use_table(struct perfetto *s, struct table_state *t,
		      unsigned int kind, const char *name)
{
	struct packet_track track = {
		.uuid = table_track(t->id - 1, kind), .parent = TABLES_TRACK,
		.name = name, .rank = (t->id - 1) * TABLE_TRACKS + kind,
		.counter = kind != LIFETIME,
	};

	if (!(t->shown >> kind & 1))
		packet_track(s->packets, &track);
	t->shown |= 1U << kind;
}

static uint64_t flow_of(uint64_t pgtable)
{
	return pgtable;	/* 0: not known, which is no flow */
}

/* A creation that was not recorded was before the recording, as far as known. */
static void begin_lifetime(struct perfetto *s, const struct v7s_record *r,
			   uint64_t from)
{
	struct table_state *t = find_table(s, r->pgtable);
	bool created = r->event == V7S_EVENT_CREATE;
	char name[SLICE_TRACK];
	struct packet_event e = {
		.type = PACKET_SLICE_BEGIN,
		.time = created || from < s->start ? from : s->start,
		.track = table_track(r->pgtable, LIFETIME),
		.flow = flow_of(r->pgtable),
		.category = "pgtable", .title = name,
	};

	if (!t || t->begun)
		return;
	t->begun = true;
	slice_table_track(r, 0, name, sizeof(name));
	use_table(s, t, LIFETIME, name);
	packet_event(s->packets, &e);
	packet_arg_text(s->packets, "creation", created ? "recorded"
							: "not recorded");
	packet_event_end(s->packets);
}

static void end_lifetime(struct perfetto *s, struct table_state *t, uint64_t time)
{
	if (!t->begun || t->ended)
		return;
	t->ended = ++s->ended;
	s->kept++;
	packet_end_slice(s->packets, time, table_track(t->id - 1, LIFETIME));
}

static void put_args(struct packets *packets, const struct traced *t)
{
	struct slice_args args;
	const struct slice_arg *a;
	unsigned int i;

	slice_args(t, &args);
	for (a = args.arg; a < args.arg + args.n; a++)
		if (a->text)
			packet_arg_text(packets, a->name, a->text);
		else if (a->address)
			packet_arg_address(packets, a->name, a->n);
		else
			packet_arg_number(packets, a->name, a->n);
	if (!t->frames)
		return;
	packet_array(packets, "stack");
	for (i = 0; i < t->frames; i++)
		packet_array_text(packets, t->frame[i].symbol ?
				  t->frame[i].symbol : "?");
	packet_array_end(packets);
}

/* A part of a split, as a slice inside the slice of the split. */
static void put_part(struct packets *packets, uint64_t track, const char *name,
		     uint64_t from, uint64_t ns)
{
	struct packet_event e = {
		.type = PACKET_SLICE_BEGIN, .time = from, .track = track,
		.category = "split", .name = name,
	};

	if (!ns)
		return;
	packet_event(packets, &e);
	packet_event_end(packets);
	packet_end_slice(packets, from + ns, track);
}

static void put_event(struct perfetto *s, struct cpu_state *cpu,
		      const struct traced *t)
{
	const struct v7s_record *r = t->r;
	const struct slice_times times = slice_times(r);
	uint64_t from = r->time - times.ns;
	int lane = times.ns ? lanes_put(&cpu->lanes, from, from + times.wait,
					r->time) : -1;
	char name[SLICE_NAME];
	struct packet_event e = {
		.type = lane < 0 ? PACKET_INSTANT : PACKET_SLICE_BEGIN,
		.time = lane < 0 ? r->time : from,
		.track = use_thread(s, t->cpu, lane < 0 ? 0 : lane),
		.flow = flow_of(r->pgtable),
		.category = slice_category(r),
		.name = slice_name(r, name, sizeof(name)),
	};

	begin_lifetime(s, r, e.time);
	packet_event(s->packets, &e);
	put_args(s->packets, t);
	packet_event_end(s->packets);
	if (lane >= 0) {
		put_part(s->packets, e.track, "wait", from, times.wait);
		put_part(s->packets, e.track, "hold", r->time - times.hold,
			 times.hold);
		packet_end_slice(s->packets, r->time, e.track);
	}
}

/* A gap of a CPU: from its latest event to @to. */
static void put_gap(struct perfetto *s, unsigned int n, uint64_t to)
{
	struct cpu_state *cpu = s->cpus[n];
	uint64_t from = cpu->latest ? cpu->latest : s->start;
	char title[64];
	struct packet_event e = {
		.type = to > from ? PACKET_SLICE_BEGIN : PACKET_INSTANT,
		.time = from, .category = "dropped", .title = title,
	};

	if (!cpu->dropped)
		return;
	e.track = use_thread(s, n, SLICE_GAPS);
	snprintf(title, sizeof(title), "%" PRIu64 " events %s", cpu->dropped,
		 cpu->overrun ? "lost (overrun)" : "dropped");
	packet_event(s->packets, &e);
	packet_arg_number(s->packets, "cpu", n);
	packet_arg_number(s->packets, "dropped", cpu->dropped);
	packet_arg_text(s->packets, "cause", cpu->overrun ? "overrun" : "ring");
	packet_event_end(s->packets);
	if (to > from)
		packet_end_slice(s->packets, to, e.track);
	cpu->dropped = 0;
}

static void record(struct printer *p, const struct traced *t)
{
	struct perfetto *s = state_of(p);
	struct cpu_state *cpu = s ? find_cpu(p, t->cpu) : NULL;
	const struct v7s_record *r = t->r;
	struct table_state *table;

	if (!cpu)
		return;
	s->start = t->start;
	put_gap(s, t->cpu, r->time);
	put_event(s, cpu, t);
	cpu->latest = r->time;
	table = r->event == V7S_EVENT_DESTROY ? find_table(s, r->pgtable) : NULL;
	if (table)
		end_lifetime(s, table, r->time);
}

static void dropped(struct printer *p, unsigned int n, uint64_t events,
		    bool overrun)
{
	struct cpu_state *cpu = state_of(p) ? find_cpu(p, n) : NULL;

	if (!cpu)
		return;
	cpu->dropped += events;
	cpu->overrun = overrun;
}

/*
 * Where alive is unknown, count tables installed minus tables freed since the
 * start.
 */
static void report(struct printer *p, const struct report *r)
{
	struct perfetto *s = state_of(p);
	const struct row *row;
	struct table_state *t, gone;
	unsigned int kind;
	char name[64];

	if (!s)
		return;
	s->start = r->start;
	if (!r->visible->alive)
		return;
	for (row = r->rows; row < r->rows + r->nrows; row++) {
		if (!row->pgtable)
			continue;
		/* Every reading has all that were ever destroyed: keep none. */
		gone = (struct table_state){ .id = row->pgtable + 1 };
		t = place(s, row->pgtable);
		if (!t->id)
			t = row->destroyed ? &gone : find_table(s, row->pgtable);
		if (!t)
			continue;
		kind = row->alive_why ? NET : ALIVE;
		snprintf(name, sizeof(name), "%s of pgtable %" PRIu64,
			 kind == NET ? "net tables" : "tables alive",
			 row->pgtable);
		use_table(s, t, kind, name);
		packet_counter(s->packets, r->start + r->elapsed_ns,
			       table_track(row->pgtable, kind),
			       kind == NET ? row->net : row->alive);
	}
}

/* Events of a truncated recording may be later than its last reading. */
static uint64_t end_of(const struct perfetto *s, const struct report *r)
{
	uint64_t end = r->start + r->elapsed_ns;
	size_t i;

	for (i = 0; i < CPUS; i++)
		if (s->cpus[i] && s->cpus[i]->latest > end)
			end = s->cpus[i]->latest;
	return end;
}

static void put_recording(struct perfetto *s, const struct report *r,
			  const struct stream_cpu *cpus, size_t n, uint64_t end)
{
	struct packet_event e = {
		.type = PACKET_SLICE_BEGIN, .time = r->start,
		.track = RECORDING_TRACK, .category = "recording",
		.name = "recording",
	};
	uint64_t emitted = 0, lost = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		emitted += cpus[i].emitted;
		lost += cpus[i].dropped;
	}
	packet_event(s->packets, &e);
	packet_arg_text(s->packets, "tool", "v7scope " VERSION);
	packet_arg_text(s->packets, "source", r->source);
	packet_arg_number(s->packets, "events", emitted);
	packet_arg_number(s->packets, "dropped", lost);
	packet_event_end(s->packets);
	packet_end_slice(s->packets, end, RECORDING_TRACK);
}

static void accounts(struct printer *p, const struct report *r,
		     const struct stream_cpu *cpus, size_t n, uint64_t unshown)
{
	struct perfetto *s = state_of(p);
	uint64_t end;
	size_t i;

	(void)unshown;
	if (!s)
		return;
	end = end_of(s, r);
	for (i = 0; i < CPUS; i++)
		if (s->cpus[i])
			put_gap(s, i, end);
	for (i = 0; i < TABLES; i++)
		if (s->tables[i].id)
			end_lifetime(s, &s->tables[i], end);
	put_recording(s, r, cpus, n, end);
	if (!packets_end(s->packets))
		fail(p, "out of memory");
	for (i = 0; i < CPUS; i++)
		free(s->cpus[i]);
	free(s);
	p->state = NULL;
}

const struct out out_perfetto = {
	.report		= report,
	.record		= record,
	.dropped	= dropped,
	.accounts	= accounts,
};

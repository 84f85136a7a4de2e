// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * A track per CPU and per page table. An event with a duration is a slice that
 * ends when the event was emitted; all others are instants. A gap of a CPU is a
 * slice on a separate track, from the last event before the gap to the first
 * event after it.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/json.h"
#include "source/source.h"
#include "chrome_json.h"
#include "slice.h"

/*
 * The trace format has processes and threads: a track is a thread of one of
 * these.
 */
enum { PID_CPUS = 1, PID_TABLES = 2 };

enum { TRACKS = 8192 };	/* limit per kind; a power of two */

/* Thread numbers are unique across processes, as some viewers want it. */
struct track {
	uint64_t id;		/* number of the CPU or page table, plus 1 */
	unsigned int number;
	unsigned int shown;	/* bit mask of the threads that have a name */
	uint64_t latest;	/* CPU only: time of its latest event */
	uint64_t dropped;	/* CPU only: events dropped since then */
	bool overrun;		/* the trace buffer lost them, not the ring */
	struct lanes lanes;
};

/* State of a trace, from its first event to accounts(). */
struct chrome_json {
	struct track *tracks[3][TRACKS];	/* by process */
	unsigned int ntracks;
	bool begun;
	uint64_t start;		/* of counting, on the clock of the events */
};

/* NULL: out of memory. */
static struct chrome_json *state_of(struct printer *p)
{
	if (!p->state)
		p->state = calloc(1, sizeof(struct chrome_json));
	if (!p->state && !p->failed) {
		err_print("out of memory");
		p->failed = true;
	}
	return p->state;
}

static void begin(FILE *f, struct chrome_json *s)
{
	if (s->begun) {
		fputs(",\n", f);
		return;
	}
	s->begun = true;
	fputs("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n"
	      "{\"ph\":\"M\",\"pid\":1,\"tid\":0,\"name\":\"process_name\",\"args\":{\"name\":\"CPUs\"}},\n"
	      "{\"ph\":\"M\",\"pid\":2,\"tid\":0,\"name\":\"process_name\",\"args\":{\"name\":\"page tables\"}},\n", f);
}

static void put_string(FILE *f, const char *s)
{
	char clean[3 * 256];
	json *o;

	json_clean_utf8(clean, sizeof(clean), s);
	o = json_object_new_string(clean);
	fputs(json_object_to_json_string_ext(o, JSON_C_TO_STRING_NOSLASHESCAPE),
	      f);
	json_object_put(o);
}

/* The unit of the format is the microsecond. */
static void put_us(FILE *f, const char *key, uint64_t ns)
{
	fprintf(f, ",\"%s\":%" PRIu64 ".%03u", key, ns / 1000,
		(unsigned int)(ns % 1000));
}

/* NULL: too many tracks, or out of memory. */
static struct track *find(struct chrome_json *s, int pid, uint64_t id)
{
	size_t i = id & (TRACKS - 1), tries;
	struct track *t;

	for (tries = 0; tries < TRACKS; tries++, i = (i + 1) & (TRACKS - 1)) {
		t = s->tracks[pid][i];
		if (t && t->id == id + 1)
			return t;
		if (t)
			continue;
		t = calloc(1, sizeof(*t));
		if (t) {
			t->id = id + 1;
			t->number = ++s->ntracks;
			s->tracks[pid][i] = t;
		}
		return t;
	}
	return NULL;
}

static unsigned int tid(const struct track *t, unsigned int thread)
{
	return t->number * SLICE_THREADS + thread;
}

/* Name a thread when it is used for the first time. */
static void name_thread(FILE *f, struct chrome_json *s, int pid, struct track *t,
			unsigned int thread, const struct v7s_record *r)
{
	char name[SLICE_TRACK];

	if (t->shown >> thread & 1)
		return;
	t->shown |= 1U << thread;
	if (pid == PID_CPUS)
		slice_cpu_track(t->id - 1, thread, name, sizeof(name));
	else
		slice_table_track(r, thread, name, sizeof(name));
	begin(f, s);
	fprintf(f, "{\"ph\":\"M\",\"pid\":%d,\"tid\":%u,\"name\":\"thread_name\",\"args\":{\"name\":",
		pid, tid(t, thread));
	put_string(f, name);
	fprintf(f, "}},\n{\"ph\":\"M\",\"pid\":%d,\"tid\":%u,\"name\":\"thread_sort_index\",\"args\":{\"sort_index\":%" PRIu64 "}}",
		pid, tid(t, thread), (t->id - 1) * SLICE_THREADS + thread);
}

static void put_args(FILE *f, const struct traced *t)
{
	struct slice_args args;
	const struct slice_arg *a;
	unsigned int i;

	slice_args(t, &args);
	fputs(",\"args\":{", f);
	for (a = args.arg; a < args.arg + args.n; a++) {
		fprintf(f, "%s\"%s\":", a == args.arg ? "" : ",", a->name);
		if (a->text)
			put_string(f, a->text);
		else
			fprintf(f, a->address ? "\"0x%" PRIx64 "\"" : "%" PRId64,
				a->n);
	}
	if (t->frames) {
		fputs(",\"stack\":[", f);
		for (i = 0; i < t->frames; i++) {
			if (i)
				fputc(',', f);
			put_string(f, t->frame[i].symbol ? t->frame[i].symbol
							 : "?");
		}
		fputc(']', f);
	}
	fputc('}', f);
}

/* A part of a split, as a slice inside the slice of the split. */
static void put_part(FILE *f, int pid, unsigned int tid, const char *what,
		     uint64_t from, uint64_t ns)
{
	fprintf(f, ",\n{\"ph\":\"X\",\"pid\":%d,\"tid\":%u,\"cat\":\"split\",%s",
		pid, tid, what);
	put_us(f, "ts", from);
	put_us(f, "dur", ns);
	fputc('}', f);
}

static void put_event(FILE *f, struct chrome_json *s, int pid, uint64_t id,
		      const struct traced *t)
{
	const struct v7s_record *r = t->r;
	const struct slice_times times = slice_times(r);
	uint64_t wait = times.wait, hold = times.hold, ns = times.ns;
	struct track *track = find(s, pid, id);
	char name[SLICE_NAME];
	unsigned int thread;
	int lane = -1;

	if (!track)
		return;
	if (ns)
		lane = lanes_put(&track->lanes, r->time - ns,
				 r->time - ns + wait, r->time);
	thread = lane < 0 ? 0 : lane;
	name_thread(f, s, pid, track, thread, r);
	begin(f, s);
	fprintf(f, "{\"ph\":\"%s\",\"pid\":%d,\"tid\":%u,", lane < 0 ?
		"i\",\"s\":\"t" : "X", pid, tid(track, thread));
	fprintf(f, "\"name\":\"%s\",\"cat\":\"%s\"",
		slice_name(r, name, sizeof(name)), slice_category(r));
	if (slice_is_lost(r))
		fputs(",\"cname\":\"terrible\"", f);
	put_us(f, "ts", r->time - (lane < 0 ? 0 : ns));
	if (lane >= 0)
		put_us(f, "dur", ns);
	put_args(f, t);
	fputc('}', f);
	if (lane >= 0 && wait)
		put_part(f, pid, tid(track, thread), "\"name\":\"wait\",\"cname\":\"bad\"",
			 r->time - ns, wait);
	if (lane >= 0 && hold)
		put_part(f, pid, tid(track, thread), "\"name\":\"hold\"",
			 r->time - hold, hold);
}

/* A gap of a CPU: from its latest event to @to. */
static void put_gap(FILE *f, struct chrome_json *s, struct track *t, uint64_t to)
{
	uint64_t from = t->latest ? t->latest : s->start;

	if (!t->dropped)
		return;
	name_thread(f, s, PID_CPUS, t, SLICE_GAPS, NULL);
	begin(f, s);
	fprintf(f, "{\"ph\":\"%s\",\"pid\":%d,\"tid\":%u,\"name\":\"%" PRIu64 " events %s\",\"cat\":\"dropped\",\"cname\":\"terrible\"",
		to > from ? "X" : "i\",\"s\":\"t", PID_CPUS, tid(t, SLICE_GAPS),
		t->dropped, t->overrun ? "lost (overrun)" : "dropped");
	put_us(f, "ts", from);
	if (to > from)
		put_us(f, "dur", to - from);
	fprintf(f, ",\"args\":{\"cpu\":%" PRIu64 ",\"dropped\":%" PRIu64 ",\"cause\":\"%s\"}}",
		t->id - 1, t->dropped, t->overrun ? "overrun" : "ring");
	t->dropped = 0;
}

static void record(struct printer *p, const struct traced *t)
{
	struct chrome_json *s = state_of(p);
	struct track *cpu;
	FILE *f = p->f;

	if (!s)
		return;
	s->start = t->start;
	cpu = find(s, PID_CPUS, t->cpu);
	if (cpu)
		put_gap(f, s, cpu, t->r->time);
	put_event(f, s, PID_CPUS, t->cpu, t);
	put_event(f, s, PID_TABLES, t->r->pgtable, t);
	if (cpu)
		cpu->latest = t->r->time;
}

static void dropped(struct printer *p, unsigned int cpu, uint64_t n,
		    bool overrun)
{
	struct chrome_json *s = state_of(p);
	struct track *track = s ? find(s, PID_CPUS, cpu) : NULL;

	if (!track)
		return;
	track->dropped += n;
	track->overrun = overrun;
}

/*
 * Where alive is unknown, count tables installed minus tables freed since the
 * start.
 */
static void report(struct printer *p, const struct report *r)
{
	struct chrome_json *s = state_of(p);
	const struct row *row;
	FILE *f = p->f;

	if (!s)
		return;
	s->start = r->start;
	if (!r->visible->alive)
		return;
	for (row = r->rows; row < r->rows + r->nrows; row++) {
		if (!row->pgtable)
			continue;
		begin(f, s);
		fprintf(f, "{\"ph\":\"C\",\"pid\":%d,\"tid\":0,\"name\":\"%s of pgtable %" PRIu64 "\"",
			PID_TABLES, row->alive_why ?
			"net tables" : "tables alive", row->pgtable);
		put_us(f, "ts", r->start + r->elapsed_ns);
		fprintf(f, ",\"args\":{\"tables\":%" PRId64 "}}",
			row->alive_why ? row->net : row->alive);
	}
}

static void forget(struct printer *p)
{
	struct chrome_json *s = p->state;
	int pid, i;

	for (pid = PID_CPUS; pid <= PID_TABLES; pid++)
		for (i = 0; i < TRACKS; i++)
			free(s->tracks[pid][i]);
	free(s);
	p->state = NULL;
}

static void accounts(struct printer *p, const struct report *r,
		     const struct stream_cpu *cpus, size_t n, uint64_t unshown)
{
	struct chrome_json *s = state_of(p);
	uint64_t emitted = 0, lost = 0;
	FILE *f = p->f;
	size_t i;

	(void)unshown;
	if (!s)
		return;
	for (i = 0; i < TRACKS; i++)
		if (s->tracks[PID_CPUS][i])
			put_gap(f, s, s->tracks[PID_CPUS][i],
				r->start + r->elapsed_ns);
	if (!s->begun)
		fputs("{\"traceEvents\":[", f);
	for (i = 0; i < n; i++) {
		emitted += cpus[i].emitted;
		lost += cpus[i].dropped;
	}
	fprintf(f, "\n],\"otherData\":{\"tool\":\"v7scope " VERSION "\",\"source\":");
	put_string(f, r->source);
	fprintf(f, ",\"elapsed_ns\":\"%" PRIu64 "\",\"events\":\"%" PRIu64 "\",\"dropped\":\"%" PRIu64 "\"}}\n",
		r->elapsed_ns, emitted, lost);
	forget(p);
}

const struct out out_chrome_json = {
	.report		= report,
	.record		= record,
	.dropped	= dropped,
	.accounts	= accounts,
};

// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * A recording as a source. Its clock is the clock of the recording. The file
 * may be truncated or damaged anywhere: each unreadable part is reported once.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/err.h"
#include "lib/util.h"
#include "model/names.h"
#include "model/visibility.h"
#include "source/source.h"
#include "block.h"
#include "pack.h"
#include "pack_flushes.h"
#include "recording.h"

/* Smaller changes of CLOCK_REALTIME are clock slewing, not steps. */
#define CLOCK_STEP (SECOND / 10)

enum {
	CPUS		= PACK_CPUS,
	READING_MAX	= 32 << 20,	/* bytes in all blocks of a reading */
	TRACES		= 1 << 16,		/* a power of two, at most half used */
	COMPLAINTS	= 10,		/* most messages about damage */
};

struct own_trace {
	uint64_t id;
	struct trace trace;	/* its symbols follow the struct */
};

/* TLB flushes, which point into the payload */
struct own_flushes {
	uint64_t time;
	struct unpacked_flushes u;
	uint8_t payload[BLOCK_MAX];
};

struct source {
	struct source_want want;
	struct blocks *blocks;
	struct unpacker *unpacker;
	const char *path;
	/* From BLOCK_ABOUT. */
	uint64_t id, start, first_number;
	struct visibility visible;
	char name[ABOUT_TEXT + 1];
	bool started;		/* a block was read */
	bool ended;		/* BLOCK_END was read last */
	bool device;		/* has other data behind the recording */
	bool incomplete;	/* something is missing */
	bool unloaded;		/* the model has only a part of the last reading */
	unsigned int complaints;
	/* A reading under construction, or pending for the model. */
	uint8_t *reading;
	size_t size, room;
	uint64_t time, loaded_time;
	unsigned int version;	/* format of the reading */
	bool partial, all, pending;
	bool loaded;		/* a reading with all counters was loaded */
	bool stale;		/* later readings are missing */
	/* TLB flushes at the last reading, and at the next one. NULL: none */
	struct own_flushes *flushes, *next_flushes;
	bool flushes_pending;
	/* The last packed timeouts, and the number of the block that had them. */
	uint8_t *late;
	size_t late_size;
	uint64_t late_number;
	bool flushes_stale;	/* later flushes may be missing */
	/* At the last interval: all flushes, and the time of the last timeout. */
	struct flushes flushes_shown;
	uint64_t timeout_shown;
	/* Accuracy of the last reading. */
	int64_t misses[V7S_EVENTS], probe_misses, refusal_misses, corrupted;
	bool overruns;		/* trace buffers lost the dropped events */
	struct overrun overrun[CPUS];
	char inexact[ABOUT_TEXT + 1];
	bool any_offset;
	int64_t offset;		/* CLOCK_REALTIME - CLOCK_MONOTONIC, ns */
	struct stream_cpu cpu[CPUS];
	size_t cpus;
	/* Events passed on and filtered, per CPU. */
	uint64_t passed[CPUS], filtered[CPUS];
	uint64_t dropping[CPUS];	/* before the next event passed on */
	struct own_trace *traces[TRACES];
	size_t ntraces;
};

static double seconds(const struct source *s, uint64_t time)
{
	return time > s->start ? (time - s->start) / 1e9 : 0;
}

static bool may_complain(struct source *s)
{
	s->incomplete = true;
	if (++s->complaints == COMPLAINTS + 1)
		err_print("'%s': more damage follows, not reported", s->path);
	return s->complaints <= COMPLAINTS;
}

/* Something after the last reading is missing. */
static void miss(struct source *s)
{
	s->stale = s->flushes_stale = true;
	s->partial = false;
}

static void report_damage(struct source *s, const struct damage *d)
{
	char what[128] = "", when[64] = "";

	if (d->from == d->to && !d->blocks)
		return;
	miss(s);
	if (!may_complain(s))
		return;
	if (d->blocks)
		snprintf(what, sizeof(what), ": %" PRIu64 " blocks with %" PRIu64 " events are missing",
			 d->blocks, d->events);
	if (d->at_end)
		snprintf(when, sizeof(when), ", after %.3f s",
			 seconds(s, d->from_time));
	else
		snprintf(when, sizeof(when), ", between %.3f s and %.3f s",
			 seconds(s, d->from_time), seconds(s, d->to_time));
	err_print("'%s': bytes %" PRIu64 " to %" PRIu64 " cannot be read%s%s",
		 s->path, d->from, d->to, what, when);
}

static void report_invalid(struct source *s, const struct block *b)
{
	s->stale = true;
	s->partial = false;
	if (may_complain(s))
		err_print("'%s': block %" PRIu64 " is invalid, at %.3f s",
			  s->path, b->number, seconds(s, b->time));
}

static void report_loss(struct source *s, struct wire *w)
{
	uint64_t blocks, events, from, to;
	const char *why;

	varint_get(w);
	blocks = varint_get(w);
	events = varint_get(w);
	from = varint_get(w);
	to = varint_get(w);
	why = wire_get_text(w);
	if (w->bad || !may_complain(s))
		return;
	if (*why)
		err_print("'%s': %" PRIu64 " blocks with %" PRIu64 " events could not be written, between %.3f s and %.3f s: %s", s->path,
			 blocks, events, seconds(s, from), seconds(s, to), why);
	else
		err_print("'%s': %" PRIu64 " events after %.3f s were counted but not recorded: the recording had reached its size or time", s->path,
			 events, seconds(s, from));
}

static void copy_text(char *to, const char *from)
{
	snprintf(to, ABOUT_TEXT + 1, "%s", from);
}

static void unpack_visibility(struct visibility *visible, unsigned int version,
			      uint64_t bits)
{
	size_t n = version < 2 ? VISIBILITY_BITS_1 : VISIBILITY_BITS, i;

	for (i = 0; i < n; i++)
		visibility_set(visible, unpack_index(version, i),
			       bits >> i & 1);
}

/* False: invalid, or the start of another recording. */
static bool read_about(struct source *s, const struct block *b, struct wire *w)
{
	uint64_t id = wire_get(w, 8), start, visible, flags;
	const char *name;

	start = varint_get(w);
	wire_get_signed(w);
	visible = varint_get(w);
	flags = varint_get(w);
	varint_get(w);
	varint_get(w);
	wire_get_text(w);
	name = wire_get_text(w);
	if (w->bad || (s->name[0] && s->id != id))
		return false;
	if (s->name[0])
		return true;
	s->id = id;
	s->start = start;
	unpack_visibility(&s->visible, b->version, visible);
	copy_text(s->name, *name ? name : "?");
	s->corrupted = flags & ABOUT_CORRUPTS ? 0 : UNKNOWN;
	s->overruns = flags & ABOUT_OVERRUNS;
	return true;
}

/* Find the first BLOCK_ABOUT: the other blocks cannot be decoded without it. */
static int find_about(struct source *s)
{
	bool any = false;
	const uint8_t *payload;
	struct damage d;
	struct block b;
	struct wire w;
	int n;

	while ((n = blocks_next(s->blocks, &b, &payload, &d)) > 0) {
		any = true;
		w = (struct wire){ .at = payload, .end = payload + b.size };
		if (b.type != BLOCK_ABOUT)
			continue;
		if (b.version > BLOCK_VERSION) {
			err_print("'%s' has format %u, but this v7scope reads formats up to %d; use a later version",
				  s->path, b.version,
				 BLOCK_VERSION);
			return -1;
		}
		if (read_about(s, &b, &w))
			break;
	}
	if (n > 0) {
		if (blocks_rewind(s->blocks))
			return 0;
		s->started = true;
		s->first_number = b.number;
		report_damage(s, &d);
		return 0;
	}
	if (n == 0)
		err_print(any ? "'%s': no readable ABOUT block, so nothing can be decoded" : "'%s' is not a recording, or is damaged everywhere", s->path);
	return -1;
}

static void close_source(struct source *s)
{
	size_t i;

	if (!s)
		return;
	for (i = 0; i < TRACES; i++)
		free(s->traces[i]);
	blocks_close(s->blocks);
	unpacker_free(s->unpacker);
	free(s->reading);
	free(s->flushes);
	free(s->next_flushes);
	free(s->late);
	free(s);
}

static struct source *open_source(const struct source_want *want)
{
	struct source *s = calloc(1, sizeof(*s));
	struct stat st;
	int e;

	if (s)
		s->unpacker = unpacker_new();
	if (!s || !s->unpacker) {
		err_print("out of memory");
		close_source(s);
		return NULL;
	}
	s->want = *want;
	s->path = strcmp(want->file, "-") ? want->file : "standard input";
	for (e = 0; e < V7S_EVENTS; e++)
		s->misses[e] = UNKNOWN;
	s->probe_misses = s->refusal_misses = s->corrupted = UNKNOWN;
	s->device = !stat(want->file, &st) && S_ISBLK(st.st_mode);
	s->blocks = blocks_open(want->file);
	if (s->blocks && !find_about(s))
		return s;
	close_source(s);
	return NULL;
}

static void keep_late(struct source *s, const struct block *b,
		      const struct own_flushes *f)
{
	const size_t size = f->payload + b->size - f->u.late;

	if (!s->late)
		s->late = malloc(BLOCK_MAX);
	s->late_size = s->late ? size : 0;
	s->late_number = b->number;
	if (s->late)
		memcpy(s->late, f->u.late, size);
}

/*
 * Put the timeouts of the earlier block behind the counters, in place of its
 * number. Returns the new end; NULL: that block is missing.
 */
static const uint8_t *add_late(struct source *s, const struct block *b,
			       struct own_flushes *f)
{
	size_t at = b->size;
	struct wire w;

	/* The number is the last varint: only its last byte has no bit 7. */
	if (!at)
		return NULL;
	for (at--; at && f->payload[at - 1] & 0x80; at--)
		;
	w = (struct wire){ .at = f->payload + at, .end = f->payload + b->size };
	if (!s->late_size || varint_get(&w) != s->late_number || w.bad ||
	    at + s->late_size > BLOCK_MAX)
		return NULL;
	memcpy(f->payload + at, s->late, s->late_size);
	return f->payload + at + s->late_size;
}

static void take_flushes(struct source *s, const struct block *b,
			 const uint8_t *payload)
{
	struct own_flushes *f = s->next_flushes;
	const uint8_t *end;
	struct wire w;

	if (!f)
		f = s->next_flushes = malloc(sizeof(*f));
	s->flushes_pending = false;
	if (f) {
		/* The payload is valid until the next block only. */
		memcpy(f->payload, payload, b->size);
		end = b->flags & BLOCK_SAME ? add_late(s, b, f) :
					      f->payload + b->size;
		if (!end) {
			/* Its loss is reported; the next full block has all. */
			s->flushes_stale = true;
			return;
		}
		w = (struct wire){ .at = f->payload, .end = end };
		f->time = b->time;
		s->flushes_pending = unpack_flushes(&w, b->version, &f->u);
		if (s->flushes_pending && !(b->flags & BLOCK_SAME))
			keep_late(s, b, f);
	}
	s->flushes_stale = !s->flushes_pending;
	if (s->flushes_stale && may_complain(s))
		err_print("'%s': the TLB flushes of %.3f s are invalid", s->path,
			  seconds(s, b->time));
}

static bool passes(const struct source *s, const struct v7s_record *r)
{
	const struct source_want *w = &s->want;
	bool lost = (r->event == V7S_EVENT_INSTALL && r->outcome != V7S_WON) ||
		    (r->event == V7S_EVENT_FREE && r->why == V7S_FREE_LOST);

	/* Corrupting splits are always reported, whatever the filter. */
	if (s->corrupted != UNKNOWN && r->event == V7S_EVENT_SPLIT)
		return true;
	return (!w->events || w->events >> r->event & 1) &&
	       (!w->dev || !strcmp(w->dev, r->dev)) && (lost || !w->lost_only);
}

/* -1: the caller wants no more events. */
static int pass_events(struct source *s, const struct block *b,
		   const uint8_t *payload, take_record *take, void *arg)
{
	struct v7s_record r;
	unsigned int cpu;
	bool counted;
	int n, ret = 0;

	unpacker_begin(s->unpacker, payload, b->size);
	while (!ret && (n = unpack_event(s->unpacker, &cpu, &r)) > 0) {
		/* The account of a CPU has the events of page tables. */
		counted = r.event != V7S_EVENT_FAULT;
		if (!passes(s, &r)) {
			if (cpu < CPUS) {
				s->filtered[cpu] += counted;
				s->dropping[cpu] += r.dropped;
			}
			continue;
		}
		if (cpu < CPUS) {
			s->passed[cpu] += counted;
			r.dropped += s->dropping[cpu];
			s->dropping[cpu] = 0;
		}
		ret = take(arg, cpu, &r);
	}
	if (!ret && n < 0)
		report_invalid(s, b);
	return ret;
}

/* True when the reading is complete. */
static bool gather(struct source *s, const struct block *b,
		   const uint8_t *payload)
{
	size_t room;
	void *p;

	if (b->flags & BLOCK_FIRST) {
		s->size = 0;
		s->version = b->version;
		s->partial = true;
		s->all = b->flags & BLOCK_ALL;
	}
	if (!s->partial)
		return false;
	if (!s->reading || s->size + b->size > s->room) {
		room = 2 * (s->size + b->size) + 1;
		p = room <= READING_MAX ? realloc(s->reading, room) : NULL;
		if (!p) {
			report_invalid(s, b);
			return false;
		}
		s->reading = p;
		s->room = room;
	}
	memcpy(s->reading + s->size, payload, b->size);
	s->size += b->size;
	if (!(b->flags & BLOCK_LAST))
		return false;
	s->partial = false;
	/* Changes are useless without the full reading before them. */
	if (!s->all && (!s->loaded || s->stale))
		return false;
	s->time = b->time;
	return true;
}

static enum next next(struct source *s, take_record *take, void *arg,
		      uint64_t *now)
{
	const uint8_t *payload;
	struct damage d;
	struct block b;
	struct wire w;
	int n = 1;

	while (!(s->device && s->ended) &&
	       (n = blocks_next(s->blocks, &b, &payload, &d)) > 0) {
		if (!s->started)
			s->first_number = b.number;
		s->started = true;
		s->ended = false;
		/* BLOCK_LOST reports the loss itself, see report_loss(). */
		if (b.type == BLOCK_LOST && d.from == d.to)
			s->stale = s->flushes_stale = true;
		else
			report_damage(s, &d);
		w = (struct wire){ .at = payload, .end = payload + b.size };
		switch (b.type) {
		case BLOCK_ABOUT:
			if (read_about(s, &b, &w))
				break;
			err_print("'%s': another recording follows, and is ignored", s->path);
			return NEXT_INCOMPLETE;
		case BLOCK_EVENTS:
			if (pass_events(s, &b, payload, take, arg))
				return NEXT_END;
			break;
		case BLOCK_READING:
			if (!gather(s, &b, payload))
				break;
			s->pending = true;
			*now = s->time;
			return NEXT_READING;
		case BLOCK_LOST:
			report_loss(s, &w);
			break;
		case BLOCK_END:
			s->ended = true;
			break;
		case BLOCK_FLUSHES:
			take_flushes(s, &b, payload);
			break;
		}
	}
	if (n < 0)
		return NEXT_ERROR;
	if (n == 0)
		report_damage(s, &d);
	if (!s->ended)
		err_print("'%s' has no end: the recorder was killed, or the file is truncated; counters are as of %.3f s", s->path,
			 seconds(s, s->loaded_time));
	else if (s->stale)
		err_print("'%s': counters are as of %.3f s", s->path,
			 seconds(s, s->loaded_time));
	if (s->flushes && s->flushes_stale)
		err_print("'%s': TLB flushes are as of %.3f s", s->path,
			 seconds(s, s->flushes->time));
	return s->ended && !s->incomplete ? NEXT_END : NEXT_INCOMPLETE;
}

static struct own_trace *copy_trace(uint64_t id, const struct trace *t)
{
	struct own_trace *own;
	size_t size = 0, n;
	unsigned int i;
	char *text;

	for (i = 0; i < t->frames; i++)
		if (t->frame[i].symbol)
			size += strlen(t->frame[i].symbol) + 1;
	own = calloc(1, sizeof(*own) + size);
	if (!own)
		return NULL;
	own->id = id;
	own->trace = *t;
	text = (char *)(own + 1);
	for (i = 0; i < t->frames; i++) {
		if (!t->frame[i].symbol)
			continue;
		n = strlen(t->frame[i].symbol) + 1;
		own->trace.frame[i].symbol = memcpy(text, t->frame[i].symbol,
						    n);
		text += n;
	}
	return own;
}

/*
 * Set item.trace to a copy that stays valid; false without room for the copy.
 */
static bool keep_trace(struct source *s, struct unpacked *u)
{
	uint64_t id = u->item.id;
	size_t i = id & (TRACES - 1);

	u->item.trace = NULL;
	if (u->item.kind != ITEM_STACK || !id)
		return true;
	while (s->traces[i] && s->traces[i]->id != id)
		i = (i + 1) & (TRACES - 1);
	if (!s->traces[i]) {
		/* The model never had this trace. */
		if (u->gone)
			return true;
		if (s->ntraces == TRACES / 2)
			return false;
		s->traces[i] = copy_trace(id, &u->trace);
		if (!s->traces[i])
			return false;
		s->ntraces++;
	}
	u->item.trace = &s->traces[i]->trace;
	return true;
}

static void read_clock(struct source *s, int64_t offset)
{
	int64_t step;

	if (__builtin_sub_overflow(offset, s->offset, &step))
		step = INT64_MAX;
	if (s->any_offset && (step > (int64_t)CLOCK_STEP ||
			      step < -(int64_t)CLOCK_STEP))
		err_print("'%s': the clock of the day was set by %+.3f s before %.3f s; times here are not affected",
			 s->path, step / 1e9, seconds(s, s->time));
	s->any_offset = true;
	s->offset = offset;
}

static bool read_head(struct source *s, struct wire *w)
{
	uint64_t n;
	size_t i;

	read_clock(s, wire_get_signed(w));
	for (i = 0; i < V7S_EVENTS; i++)
		s->misses[event_order[i]] = wire_get_signed(w);
	s->probe_misses = wire_get_signed(w);
	s->corrupted = wire_get_signed(w);
	copy_text(s->inexact, wire_get_text(w));
	n = varint_get(w);
	if (n > CPUS)
		w->bad = true;
	for (i = 0; i < n && !w->bad; i++) {
		s->cpu[i].cpu = varint_get(w);
		s->cpu[i].emitted = varint_get(w);
		s->cpu[i].dropped = varint_get(w);
		s->cpu[i].filtered = varint_get(w);
		s->cpu[i].counted = varint_get(w);
		if (!s->overruns)
			continue;
		s->overrun[i].cpu = s->cpu[i].cpu;
		s->overrun[i].overwritten = varint_get(w);
		s->overrun[i].no_room = varint_get(w);
	}
	s->cpus = i;
	return !w->bad;
}

static bool load(struct source *s, struct model *m, struct wire *w)
{
	struct unpacked u;

	if (!read_head(s, w))
		return false;
	model_load_begin(m);
	while (unpack_item(w, s->version, &u)) {
		if (!keep_trace(s, &u))
			return false;
		if (u.item.kind == ITEM_DESTROYS && !u.gone)
			s->refusal_misses = (int64_t)u.counter[DESTROYS_MISSES] - 1;
		if (u.gone)
			model_drop(m, &u.item);
		else if (model_load(m, &u.item))
			return false;
	}
	return !w->bad;
}

static void load_flushes(struct source *s)
{
	struct own_flushes *before = s->flushes;

	if (!s->flushes_pending)
		return;
	s->flushes = s->next_flushes;
	s->next_flushes = before;
	s->flushes_pending = false;
	/* In the middle of a recording, an interval starts here. */
	if (!s->loaded && s->first_number) {
		s->flushes_shown = s->flushes->u.r.f;
		s->timeout_shown = s->flushes->time;
	}
}

static int read_file(struct source *s, struct model *m, uint64_t now)
{
	struct wire w = { .at = s->reading, .end = s->reading + s->size };
	bool ok;

	(void)now;	/* our clock, not the clock of the recording */
	if (!s->pending)
		return 0;
	s->pending = false;
	load_flushes(s);
	ok = load(s, m, &w);
	if (!ok && may_complain(s))
		err_print("'%s': the counters of %.3f s are invalid", s->path,
			 seconds(s, s->time));
	s->stale = s->unloaded = !ok;
	model_load_end(m, s->time, s->all, !s->loaded && s->first_number);
	s->loaded = true;
	s->loaded_time = s->time;
	return 0;
}

static size_t stream_cpus(struct source *s, struct stream_cpu *cpus,
			  size_t room)
{
	size_t i;

	for (i = 0; i < s->cpus && i < room; i++) {
		cpus[i] = s->cpu[i];
		if (cpus[i].cpu >= CPUS)
			continue;
		cpus[i].emitted = s->passed[cpus[i].cpu];
		cpus[i].filtered += s->filtered[cpus[i].cpu];
	}
	return i;
}

static unsigned int stack(struct source *s, int id,
			  struct frame frame[V7S_STACK_DEPTH])
{
	return unpack_stack(s->unpacker, id, frame);
}

/* Leave out the timeouts up to the last interval. */
static void skip_shown_timeouts(struct source *s, struct flush_report *r)
{
	while (r->late && r->timeout->time <= s->timeout_shown) {
		r->timeout++;
		r->late--;
	}
	if (r->late)
		s->timeout_shown = r->timeout[r->late - 1].time;
}

static void flushes(struct source *s, bool all, struct flush_report *r)
{
	const struct flush_report *now;

	memset(r, 0, sizeof(*r));
	if (!s->flushes)
		return;
	now = &s->flushes->u.r;
	*r = *now;
	/* The last block has the flushes that will never get a time. */
	flush_counts_since(r, &now->f, all ? NULL : &s->flushes_shown, false);
	if (all)
		return;
	skip_shown_timeouts(s, r);
	s->flushes_shown = now->f;
}

static void stop(struct source *s)
{
	(void)s;
}

static void complete(struct source *s, struct report *r)
{
	r->source = s->name;
	r->visible = &s->visible;
	memcpy(r->misses, s->misses, sizeof(r->misses));
	r->probe_misses = s->probe_misses;
	r->refusal_misses = s->refusal_misses;
	r->corrupted = s->corrupted;
	r->inexact = s->unloaded ? "the counters of the recording could not be loaded" :
		     s->inexact[0] ? s->inexact : NULL;
	if (!s->overruns)
		return;
	r->overruns = s->overrun;
	r->noverruns = s->cpus;
	report_doubt_alive(r);
}

static uint64_t start(struct source *s)
{
	return s->start;
}

const struct source_ops source_file = {
	.name		= "file",
	.open		= open_source,
	.start		= start,
	.next		= next,
	.read		= read_file,
	.stream_cpus	= stream_cpus,
	.stack		= stack,
	.flushes	= flushes,
	.stop		= stop,
	.complete	= complete,
	.close		= close_source,
};

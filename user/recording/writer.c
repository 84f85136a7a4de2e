// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "lib/util.h"
#include "model/names.h"
#include "model/visibility.h"
#include "block.h"
#include "delta.h"
#include "file.h"
#include "pack.h"
#include "pack_flushes.h"
#include "recording.h"
#include "writer.h"

/* Period of full readings: a reader that starts in the middle waits for one. */
#define ALL_EVERY (64ULL * SECOND)
/* Full readings per lap of a ring, so that the ring always holds one. */
#define ALL_PARTS 4
/* Blocks per ring, at least: losing one block is a small loss. */
#define RING_BLOCKS 32

enum { RECORDER_CPUS = 1024 };	/* CPUs with an account */

struct recorder {
	struct recorder_plan plan;
	struct recfile file;
	struct packer *packer;
	struct delta *delta;
	uint8_t *buf, *at;	/* reading under construction */
	/* State of the last reading, to write it again. */
	const struct model *model;
	struct report report;
	char inexact[256];
	struct overrun overrun[RECORDER_CPUS];
	struct stream_cpu cpu[RECORDER_CPUS];
	size_t cpus;
	uint8_t *about;		/* BLOCK_ABOUT, with room for a header */
	size_t about_size;
	/* BLOCK_FLUSHES, likewise; size 0: not counted. */
	uint8_t *flushes;
	size_t flushes_size;
	bool flushes_new;	/* not written yet */
	/* Its last timeouts: where; their hash; which block has them. */
	size_t late;
	uint64_t late_hash, late_written, late_number;
	struct recorded result;
	uint64_t number;	/* number of the next block */
	uint64_t events;	/* events in the blocks before it */
	uint64_t start;
	uint64_t time;		/* time of the last block */
	uint64_t over_time;	/* end of the recording, if more events came */
	/* The last full reading: due again; when; bytes since; its size. */
	bool want_all;
	uint64_t all_time, all_bytes, all_size;
	bool stopped, over;
	/* Lost since the last block written. */
	struct {
		int err;
		uint64_t number, blocks, events, from, to;
	} lost;
};

static void note_loss(struct recorder *r, const struct block *b, int err)
{
	if (!r->lost.blocks) {
		r->lost.number = b->number;
		r->lost.from = r->time;
		if (!r->result.failed || err != r->lost.err)
			err_print("cannot write to '%s': %s; counting continues, and recording resumes when writing works again",
				 r->file.path, strerror(err));
	}
	r->lost.err = err;
	r->lost.blocks++;
	r->lost.events += b->count;
	r->lost.to = b->time;
	r->result.lost += b->count;
	r->result.failed = true;
	r->want_all = true;
}

/* After a lost block, all blocks are lost until the next full reading. */
static void skip_block(struct recorder *r, struct block *b)
{
	b->number = r->number++;
	b->events = r->events;
	r->events += b->count;
	note_loss(r, b, r->lost.err);
}

/* False: the block is lost, and counted as such. */
static bool write_block(struct recorder *r, struct block *b, uint8_t *payload)
{
	int err;

	if (r->plan.keep_last)
		b->flags |= BLOCK_RING;
	b->number = r->number++;
	b->events = r->events;
	r->events += b->count;
	block_seal(b, payload);
	err = recfile_put(&r->file, payload - BLOCK_HEADER,
			  BLOCK_HEADER + b->size);
	if (err) {
		note_loss(r, b, err);
		return false;
	}
	r->time = b->time;
	r->all_bytes += BLOCK_HEADER + b->size;
	return true;
}

/* Write BLOCK_LOST; @reason: an errno, 0: the recording was over. */
static bool write_loss(struct recorder *r, int reason, uint64_t number,
		       uint64_t blocks, uint64_t events, uint64_t from,
		       uint64_t to)
{
	struct block b = { .type = BLOCK_LOST, .time = to };
	uint8_t buf[BLOCK_HEADER + 512], *payload = buf + BLOCK_HEADER, *p;

	p = varint_put(payload, number);
	p = varint_put(p, blocks);
	p = varint_put(p, events);
	p = varint_put(p, from);
	p = varint_put(p, to);
	p = wire_put_text(p, reason ? strerror(reason) : "", 255);
	b.size = p - payload;
	return write_block(r, &b, payload);
}

static bool flush_loss(struct recorder *r)
{
	if (!r->lost.blocks)
		return true;
	if (!write_loss(r, r->lost.err, r->lost.number, r->lost.blocks,
			r->lost.events, r->lost.from, r->lost.to))
		return false;
	r->lost.blocks = r->lost.events = 0;
	return true;
}

/* A file of limited size must keep room for all counters at the end. */
static bool has_room(const struct recorder *r, size_t size)
{
	return !r->plan.max_size ||
	       r->file.bytes + size + r->all_size + r->all_size / 4 +
	       (16 << 10) <= r->plan.max_size;
}

static bool write_about(struct recorder *r, uint64_t time);
static int write_reading(struct recorder *r, bool all);

/* Write the last reading again before the ring overwrites it. */
static void keep_in_ring(struct recorder *r)
{
	if (!r->plan.keep_last || r->all_bytes < r->plan.keep_last / ALL_PARTS)
		return;
	r->all_bytes = 0;
	if (r->model)
		write_reading(r, true);
	else
		write_about(r, r->time);
}

static void write_events(struct recorder *r)
{
	struct block b = { 0 };
	uint8_t *payload = packer_block(r->packer, &b);

	if (b.count && has_room(r, BLOCK_HEADER + b.size) && !r->over) {
		if (r->lost.blocks)
			skip_block(r, &b);
		else if (write_block(r, &b, payload))
			keep_in_ring(r);
	} else if (b.count) {
		if (!r->over)
			r->over_time = r->time;
		r->over = true;
		r->result.over += b.count;
	}
	packer_begin(r->packer);
}

void recorder_event(struct recorder *r, unsigned int cpu,
		    const struct v7s_record *record, const struct frame *frame,
		    unsigned int frames)
{
	r->result.events++;
	if (r->over || r->stopped) {
		r->result.over++;
		return;
	}
	if (pack_event(r->packer, cpu, record, frame, frames))
		return;
	write_events(r);
	if (r->over)
		r->result.over++;
	else
		pack_event(r->packer, cpu, record, frame, frames);
}

static bool write_about(struct recorder *r, uint64_t time)
{
	struct block b = { .type = BLOCK_ABOUT, .size = r->about_size,
		.time = time };

	return write_block(r, &b, r->about + BLOCK_HEADER);
}

static uint64_t pack_visibility(const struct visibility *visible)
{
	const bool *list = visibility_list(visible);
	uint64_t bits = 0;
	int i;

	for (i = 0; i < VISIBILITY_BITS; i++)
		bits |= (uint64_t)list[i] << i;
	return bits;
}

void recorder_begin(struct recorder *r, const struct recorder_about *about)
{
	const struct source_want *want = about->want;
	struct utsname uts;
	uint64_t id;
	uint8_t *p;

	uname(&uts);
	if (getrandom(&id, sizeof(id), 0) != sizeof(id))
		id = about->start ^ (uint64_t)getpid() << 40;
	p = wire_put(r->about + BLOCK_HEADER, id, 8);
	p = varint_put(p, about->start);
	p = wire_put_signed(p, clock_offset());
	p = varint_put(p, pack_visibility(about->visible));
	p = varint_put(p, (want->tasks ? ABOUT_TASKS : 0) |
			       (want->stacks ? ABOUT_STACKS : 0) |
			       (want->lost_only ? ABOUT_LOST_ONLY : 0) |
			       (about->corrupts ? ABOUT_CORRUPTS : 0) |
			       (about->overruns ? ABOUT_OVERRUNS : 0));
	p = varint_put(p, want->events);
	p = varint_put(p, want->ring);
	p = wire_put_text(p, want->dev ? want->dev : "", ABOUT_TEXT);
	p = wire_put_text(p, about->source, ABOUT_TEXT);
	p = wire_put_text(p, uts.release, ABOUT_TEXT);
	p = wire_put_text(p, uts.version, ABOUT_TEXT);
	p = wire_put_text(p, uts.machine, ABOUT_TEXT);
	p = wire_put_text(p, uts.nodename, ABOUT_TEXT);
	p = wire_put_text(p, VERSION, ABOUT_TEXT);
	r->about_size = p - r->about - BLOCK_HEADER;
	r->start = r->time = about->start;
	write_about(r, about->start);
}

/* A reading while its blocks are written. */
struct reading {
	struct recorder *r;
	struct block b;
	bool all, failed;
	uint64_t bytes;
};

static void write_part(struct reading *x, bool last)
{
	struct recorder *r = x->r;
	uint8_t *payload = r->buf + BLOCK_HEADER;

	x->b.size = r->at - payload;
	if (last)
		x->b.flags |= BLOCK_LAST;
	x->bytes += BLOCK_HEADER + x->b.size;
	if (!x->failed && !write_block(r, &x->b, payload))
		x->failed = true;
	x->b.flags &= ~BLOCK_FIRST;
	r->at = payload;
}

/* The id of a trace is an address here; a file needs a hash of the contents. */
static struct item portable(const struct item *item)
{
	struct item mine = *item;
	unsigned int i;

	if (!item->trace)
		return mine;
	mine.id = FNV_SEED;
	for (i = 0; i < item->trace->frames; i++) {
		const struct frame *f = &item->trace->frame[i];
		uint64_t at = f->symbol ? f->offset : f->address;

		if (f->symbol)
			mine.id = delta_hash(mine.id, f->symbol,
					     strlen(f->symbol) + 1);
		mine.id = delta_hash(mine.id, &at, sizeof(at));
	}
	return mine;
}

/* The model does not know the last counter of this item. */
static void add_refusal_misses(struct item *item, const struct report *r,
			       __u64 counter[DESTROYS_COUNTERS])
{
	memcpy(counter, item->counter, DESTROYS_MISSES * sizeof(*counter));
	counter[DESTROYS_MISSES] = r->refusal_misses + 1;
	item->counter = counter;
	item->counters = DESTROYS_COUNTERS;
}

static int put_item(void *arg, const struct item *item)
{
	struct reading *x = arg;
	struct recorder *r = x->r;
	struct item mine = portable(item);
	__u64 destroys[DESTROYS_COUNTERS];
	uint8_t *p;
	int changed;

	if (item->kind == ITEM_DESTROYS)
		add_refusal_misses(&mine, &r->report, destroys);
	p = pack_item(r->at, &mine, false);
	changed = delta_add(r->delta, &mine, r->at, p - r->at);

	if (changed < 0)
		return -1;
	if (changed || x->all)
		r->at = p;
	if (r->at - r->buf >= BLOCK_HEADER + BLOCK_FULL)
		write_part(x, false);
	return 0;
}

static int put_gone(void *arg, const struct item *item)
{
	struct reading *x = arg;
	struct recorder *r = x->r;

	if (!x->all)
		r->at = pack_item(r->at, item, true);
	if (r->at - r->buf >= BLOCK_HEADER + BLOCK_FULL)
		write_part(x, false);
	return 0;
}

static void put_overrun(struct recorder *r, size_t i)
{
	static const struct overrun none;
	const struct overrun *o = i < r->report.noverruns ?
				  &r->report.overruns[i] : &none;

	r->at = varint_put(r->at, o->overwritten);
	r->at = varint_put(r->at, o->no_room);
}

static void put_head(struct recorder *r)
{
	const struct report *report = &r->report;
	size_t i;

	r->at = wire_put_signed(r->at, clock_offset());
	for (i = 0; i < V7S_EVENTS; i++)
		r->at = wire_put_signed(r->at, report->misses[event_order[i]]);
	r->at = wire_put_signed(r->at, report->probe_misses);
	r->at = wire_put_signed(r->at, report->corrupted);
	r->at = wire_put_text(r->at, report->inexact ? report->inexact : "",
			      ABOUT_TEXT);
	r->at = varint_put(r->at, r->cpus);
	for (i = 0; i < r->cpus; i++) {
		r->at = varint_put(r->at, r->cpu[i].cpu);
		r->at = varint_put(r->at, r->cpu[i].emitted);
		r->at = varint_put(r->at, r->cpu[i].dropped);
		r->at = varint_put(r->at, r->cpu[i].filtered);
		r->at = varint_put(r->at, r->cpu[i].counted);
		if (report->overruns)
			put_overrun(r, i);
	}
}

void recorder_flushes(struct recorder *r, const struct flush_report *fr)
{
	uint8_t *payload = r->flushes + BLOCK_HEADER, *p, *late;
	uint64_t before = delta_hash(FNV_SEED, payload, r->flushes_size);

	p = pack_flushes(payload, fr, &late);
	r->flushes_size = p - payload;
	r->late = late - payload;
	r->late_hash = delta_hash(FNV_SEED, late, p - late);
	if (delta_hash(FNV_SEED, payload, r->flushes_size) != before)
		r->flushes_new = true;
}

/*
 * Before the reading, so that both are of the same time. The timeouts with their
 * stacks are most of the bytes, and few readings have a new one. A reading of
 * all counters repeats them: the ring may have overwritten the earlier block.
 */
static bool write_flushes(struct recorder *r, bool all, uint64_t time)
{
	struct block b = { .type = BLOCK_FLUSHES, .size = r->flushes_size,
		.time = time };
	uint8_t *payload = r->buf + BLOCK_HEADER;

	if (!b.size || !(all || r->flushes_new))
		return true;
	r->flushes_new = false;
	if (!all && r->late_hash == r->late_written) {
		memcpy(payload, r->flushes + BLOCK_HEADER, r->late);
		b.size = varint_put(payload + r->late, r->late_number) - payload;
		b.flags = BLOCK_SAME;
		return write_block(r, &b, payload);
	}
	r->late_written = r->late_hash;
	r->late_number = r->number;
	return write_block(r, &b, r->flushes + BLOCK_HEADER);
}

static int write_reading(struct recorder *r, bool all)
{
	uint64_t time = r->start + r->report.elapsed_ns;
	struct reading x = {
		.r = r, .all = all,
		.b = { .type = BLOCK_READING, .time = time,
		       .flags = BLOCK_FIRST | (all ? BLOCK_ALL : 0) },
	};

	if ((all && !write_about(r, time)) || !write_flushes(r, all, time))
		return 0;
	r->at = r->buf + BLOCK_HEADER;
	put_head(r);
	if (model_save(r->model, put_item, &x) ||
	    delta_end(r->delta, put_gone, &x)) {
		err_print("out of memory");
		return -1;
	}
	write_part(&x, true);
	if (x.failed)
		return 0;
	if (all) {
		r->want_all = r->file.fresh = false;
		r->all_time = time;
		r->all_bytes = 0;
		r->all_size = x.bytes + 2 * BLOCK_HEADER + r->about_size +
			      r->flushes_size;
	}
	return 0;
}

static bool due_all(const struct recorder *r, uint64_t time)
{
	return r->want_all || r->file.fresh ||
	       (r->plan.keep_last ?
		r->all_bytes >= r->plan.keep_last / ALL_PARTS :
		time - r->all_time >= ALL_EVERY);
}

static bool write_end(struct recorder *r, uint64_t time)
{
	struct block b = { .type = BLOCK_END, .time = time };

	return write_block(r, &b, r->buf + BLOCK_HEADER);
}

static bool rotates(const struct recorder *r)
{
	return r->plan.rotate && r->file.bytes >= r->plan.rotate;
}

/* The state of the next reading */
static void take_figures(struct recorder *r, const struct model *m,
			 const struct report *report,
			 const struct stream_cpu *cpus, size_t ncpus)
{
	r->model = m;
	r->report = *report;
	if (report->inexact) {
		snprintf(r->inexact, sizeof(r->inexact), "%s", report->inexact);
		r->report.inexact = r->inexact;
	}
	if (report->overruns) {
		if (r->report.noverruns > RECORDER_CPUS)
			r->report.noverruns = RECORDER_CPUS;
		memcpy(r->overrun, report->overruns,
		       r->report.noverruns * sizeof(*r->overrun));
		r->report.overruns = r->overrun;
	}
	r->cpus = ncpus < RECORDER_CPUS ? ncpus : RECORDER_CPUS;
	memcpy(r->cpu, cpus, r->cpus * sizeof(*cpus));
}

int recorder_reading(struct recorder *r, const struct model *m,
		     const struct report *report, const struct stream_cpu *cpus,
		     size_t ncpus, bool last)
{
	uint64_t time = r->start + report->elapsed_ns;
	bool next;

	write_events(r);
	take_figures(r, m, report, cpus, ncpus);
	recfile_look(&r->file);
	if (!last && !has_room(r, r->all_size))
		r->over = true;
	if (r->over && !last)
		return 0;
	next = rotates(r) && !last;
	if (r->lost.blocks && !last && !recfile_may_resume(&r->file))
		return r->file.stream && r->lost.err == EPIPE ? -1 : 0;
	if (flush_loss(r) &&
	    write_reading(r, last || next || due_all(r, time)))
		return -1;
	if (r->file.stream && r->lost.blocks && r->lost.err == EPIPE)
		return -1;
	if (r->plan.keep_last && r->all_size > r->plan.keep_last / ALL_PARTS) {
		err_print("all counters take %llu bytes: with so many page tables, tasks or stacks, --keep-last must be at least %llu",
			 (unsigned long long)r->all_size,
			 (unsigned long long)r->all_size * 2 * ALL_PARTS);
		return -1;
	}
	if (last && r->result.over)
		write_loss(r, 0, r->number, 0, r->result.over, r->over_time,
			   time);
	if (last || next)
		write_end(r, time);
	if (next) {
		if (recfile_close(&r->file))
			r->result.failed = true;
		recfile_next(&r->file);
		return write_reading(r, true);
	}
	recfile_writeback(&r->file);
	return 0;
}

uint8_t *recorder_copy(struct recorder *r, const struct model *m,
		       const struct report *report,
		       const struct stream_cpu *cpus, size_t ncpus, size_t *len)
{
	struct tail tail = { 0 };
	struct recorder before;
	uint8_t *copy = NULL;

	write_events(r);
	take_figures(r, m, report, cpus, ncpus);
	/* The copy's last blocks leave no trace in what is written later. */
	before = *r;
	r->delta = delta_new();
	r->file.tail = &tail;
	if (r->delta && !write_reading(r, true) &&
	    write_end(r, r->start + report->elapsed_ns) &&
	    r->lost.blocks == before.lost.blocks)
		copy = recfile_copy(&before.file, &tail, len);
	delta_free(r->delta);
	free(tail.bytes);
	*r = before;
	return copy;
}

bool recorder_over(const struct recorder *r)
{
	return r->over;
}

void recorder_stop(struct recorder *r)
{
	write_events(r);
	r->stopped = true;
	r->over_time = r->time;
}

void recorder_result(const struct recorder *r, struct recorded *result)
{
	*result = r->result;
	result->bytes = r->file.written;
	result->files = r->file.files;
	result->path = r->file.path;
	result->failed |= r->file.failed;
}

static void recorder_free(struct recorder *r)
{
	packer_free(r->packer);
	delta_free(r->delta);
	free(r->buf);
	free(r->about);
	free(r->flushes);
	free(r);
}

struct recorder *recorder_open(const struct recorder_plan *plan)
{
	struct recorder *r = calloc(1, sizeof(*r));

	if (r) {
		r->plan = *plan;
		r->packer = packer_new(plan->keep_last ?
				       plan->keep_last / RING_BLOCKS : BLOCK_FULL);
		r->delta = delta_new();
		r->buf = malloc(BLOCK_HEADER + BLOCK_MAX);
		r->about = malloc(BLOCK_HEADER + ABOUT_MAX);
		r->flushes = malloc(BLOCK_HEADER + BLOCK_MAX);
	}
	if (!r || !r->packer || !r->delta || !r->buf || !r->about ||
	    !r->flushes) {
		err_print("out of memory");
		if (r)
			recorder_free(r);
		return NULL;
	}
	if (recfile_open(&r->file, &r->plan)) {
		recorder_free(r);
		return NULL;
	}
	return r;
}

int recorder_close(struct recorder *r)
{
	int ret = recfile_close(&r->file);

	/* Remove an empty file; a stream is not a file. */
	if (!r->file.written && !r->file.stream && !r->plan.memory)
		unlink(r->file.path);
	recorder_free(r);
	return ret;
}

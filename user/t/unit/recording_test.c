// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * Recordings: what is written is what is read, at each time that was recorded,
 * whatever became of the file; and no file, whoever wrote it, does any harm.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "recording/block.h"
#include "consume.h"
#include "lib/util.h"
#include "model/counts.h"
#include "output/out.h"
#include "recording/file.h"
#include "recording/pack.h"
#include "recording/writer.h"
#include "model/visibility.h"
#include "source/flush_counts.h"
#include "source/source.h"

enum { STEPS = 200, START = 1000, STACKS = 5, PER_STEP = 40 };

static char path[] = "/tmp/v7s-recording-XXXXXX";
static uint64_t seed;

static unsigned int roll(unsigned int n)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (seed >> 33) % n;
}

/*
 * A source's readings: creation and destruction of page tables, more than a model keeps one
 * by one; tasks whose pids come again; pairs and stacks.
 */
struct play {
	struct v7s_slot slot[8], other[4];
	struct v7s_task task[16];
	struct v7s_pair pair[4];
	struct v7s_events stack[STACKS];
	struct trace trace[STACKS];
	uint64_t pgtable, destroys;
	struct stream_cpu cpu[2];
};

static void count_some(struct v7s_events *e)
{
	e->install[roll(2)][roll(4)] += roll(100);
	e->split[roll(2)][roll(4)] += roll(50);
	e->free[roll(V7S_FREE_WHY)] += roll(50);
	e->refuse[roll(V7S_REFUSE_WHY)] += roll(3);
	e->waits += roll(3);
	e->unknown += !roll(50);
}

static void play_reading(struct play *p, struct model *m, uint64_t now)
{
	static const char *const symbols[] = { "map", "unmap", NULL };
	struct v7s_counts other;
	unsigned int i, k;

	memset(&other, 0, sizeof(other));
	model_begin(m);
	for (i = 0; i < 8; i++) {
		struct v7s_slot *s = &p->slot[i];

		if (!s->pgtable) {
			memset(s, 0, sizeof(*s));
			s->pgtable = ++p->pgtable;
			s->fmt = i % 2 ? 4 : 0;
			sprintf(s->dev, "dev%u.\xc3\xa9\xff", i % 3);
			s->c.e.create = roll(5) != 0;
		}
		if (roll(3))
			count_some(&s->c.e);
		k = roll(32);
		s->c.hist[i % 3].bucket[k] += roll(9);
		s->c.hist[i % 3].sum += roll(100000);
		s->c.hist[i % 3].max += roll(2);
		assert_int_equal(model_add(m, s), 0);
	}
	for (i = 0; i < ARRAY_SIZE(p->other); i++) {
		sprintf(p->other[i].dev, "dev%u", i / 2);
		p->other[i].fmt = i % 2 ? 4 : 0;
		if (!roll(4))
			count_some(&p->other[i].c.e);
		if (events_count(&p->other[i].c.e))
			assert_int_equal(model_other_of(m, &p->other[i]), 0);
	}
	if (!roll(20)) {
		count_some(&other.e);
		model_other(m, &other);
	}
	model_destroys(m, p->destroys);
	model_unseen(m, p->destroys / 9);
	for (i = 0; i < 16; i++) {
		struct v7s_task *t = &p->task[i];

		if (!t->key.id) {
			memset(t, 0, sizeof(*t));
			t->key.pgtable = p->slot[i % 8].pgtable;
			t->key.id = 70ULL << 32 | (70 + i);
			sprintf(t->comm, "task%u", roll(1000));
		}
		t->key.pgtable = p->slot[i % 8].pgtable;
		count_some(&t->e);
		t->wait_ns += roll(1000);
		assert_int_equal(model_task(m, t), 0);
	}
	for (i = 0; i < 4; i++) {
		struct v7s_pair *q = &p->pair[i];

		q->key.pgtable = p->slot[i].pgtable;
		q->key.id = (uint64_t)(70 + roll(2)) << 32 | (75 + i);
		q->waits += roll(5);
		q->wait_ns += roll(500);
		assert_int_equal(model_pair(m, q, roll(2) ? "holder" : NULL), 0);
	}
	model_other_pairs(m, p->destroys / 7);
	for (i = 0; i < STACKS; i++) {
		p->trace[i].frames = 3;
		for (k = 0; k < 3; k++)
			p->trace[i].frame[k] = (struct frame){
				.symbol = symbols[k],
				.offset = symbols[k] ? i + k : 0,
				.address = symbols[k] ? 0 : 0xffff0000 + i,
			};
		/* All times differ: the order of equal times is undefined. */
		p->stack[i].install[0][0] += 1000 * (i + 1) + roll(100);
		assert_int_equal(model_stack(m, p->slot[0].pgtable,
					     i ? &p->trace[i] : NULL,
					     &p->stack[i]), 0);
	}
	for (i = 0; i < 2; i++) {
		p->cpu[i].cpu = i;
		p->cpu[i].counted += roll(1000);
		assert_int_equal(model_cpu(m, i, &p->stack[i]), 0);
	}
	model_end(m, now);
	for (i = 0; i < 8; i++) {
		if (roll(12))
			continue;
		model_gone(m, p->slot[i].pgtable);
		p->slot[i].pgtable = 0;
		p->destroys++;
		for (k = i; k < 16; k += 8)
			memset(&p->task[k], 0, sizeof(p->task[k]));
		if (!i)
			memset(p->stack, 0, sizeof(p->stack));
	}
	for (i = 0; i < 16; i++) {
		if (!p->task[i].key.id || roll(9))
			continue;
		/* It has ended; its last counts stay. */
		model_task_final(m, &p->task[i]);
		model_task_ended(m, &p->task[i]);
		memset(&p->task[i], 0, sizeof(p->task[i]));
	}
}

/* TLB flushes of a driver, of devices that are seen one after the other. */
struct play_flushes {
	struct flushes f;
	struct flush_timeout timeout[V7S_TIMEOUTS];
	size_t late;
	uint64_t timeouts;	/* that there were */
	uint64_t n;		/* of the last change */
};

static const struct flush_visibility flushes_visible = {
	.begun = { true, true, false, true }, .cause = { true, false, true },
	.timeouts = true, .timeouts_by_dev = true, .waits_why = "it takes no lock",
};

static void count_flushes(struct flushes_dev *dev)
{
	struct v7s_flush_counts *c = &dev->c;
	uint64_t ns = roll(5000);

	c->begun[roll(V7S_FLUSH_KINDS)] += 1 + roll(50);
	c->cause[roll(V7S_CAUSES)] += roll(50);
	c->waits += roll(2);
	c->flush.bucket[roll(V7S_BUCKETS)] += roll(40);
	c->flush.sum += ns;
	c->flush.max = ns > c->flush.max ? ns : c->flush.max;
	c->wait.bucket[roll(V7S_BUCKETS)] += roll(2);
	c->size.bucket[roll(V7S_BUCKETS)] += roll(9);
	c->size.untimed = seed;
}

static void time_out(struct play_flushes *p, uint64_t now)
{
	struct flush_timeout *t;
	unsigned int i;

	if (p->late == V7S_TIMEOUTS)
		memmove(p->timeout, p->timeout + 1, --p->late * sizeof(*t));
	t = &p->timeout[p->late++];
	*t = (struct flush_timeout){
		.time = now - roll(1000), .task = (uint64_t)roll(9) << 32 | roll(9),
		.pm = roll(V7S_PM_UNKNOWN + 1), .stack.frames = roll(V7S_STACK_DEPTH + 1),
	};
	sprintf(t->dev, "%s", roll(2) ? "dev\xff" : "");
	sprintf(t->comm, "task %u", roll(3));
	for (i = 0; i < t->stack.frames; i++)
		t->stack.frame[i] = i % 3 ?
			(struct frame){ .symbol = "flush", .offset = i } :
			(struct frame){ .address = 0xffff0000 + i };
	p->f.dev[0].c.timeouts++;
	p->timeouts++;
}

/* Returns false if there were none since the last time. */
static bool play_flushes(struct play_flushes *p, uint64_t now)
{
	size_t i;

	if (!roll(3))
		return false;
	if (p->f.devs < FLUSHES_DEVS && (!p->f.devs || !roll(8))) {
		struct flushes_dev *dev = &p->f.dev[p->f.devs++];

		dev->at = 0xffff800000001000 * p->f.devs;
		sprintf(dev->dev, "dev%zu\xff", p->f.devs % 5);
	}
	for (i = 0; i < p->f.devs; i++)
		if (roll(2))
			count_flushes(&p->f.dev[i]);
	if (!roll(9))
		count_flushes(&p->f.dev[FLUSHES_DEVS]);
	if (!roll(9))
		time_out(p, now);
	return true;
}

static void report_flushes(const struct play_flushes *p, struct flush_report *fr)
{
	const uint64_t n = p->n;

	*fr = (struct flush_report){
		.driver = "a-driver", .lock = n % 2 ? "a lock" : NULL,
		.visible = &flushes_visible, .causes = n % 3,
		.missed = (int64_t)(n % 4) - 1, .no_room = n / 9, .hidden = n / 11,
		.timeout = p->timeout, .late = p->late,
	};
	flush_counts_since(fr, &p->f, NULL, false);
}

static bool is_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool is_timeout(const struct flush_timeout *a, const struct flush_timeout *b)
{
	unsigned int i;

	if (a->time != b->time || a->task != b->task || a->pm != b->pm ||
	    strcmp(a->dev, b->dev) || strcmp(a->comm, b->comm) ||
	    a->stack.frames != b->stack.frames)
		return false;
	for (i = 0; i < a->stack.frames; i++)
		if (a->stack.frame[i].address != b->stack.frame[i].address ||
		    a->stack.frame[i].offset != b->stack.frame[i].offset ||
		    !is_text(a->stack.frame[i].symbol, b->stack.frame[i].symbol))
			return false;
	return true;
}

/* Each counter, but not the kernel's addresses */
static bool is_flushes(const struct flush_report *a, const struct flush_report *b)
{
	size_t i;

	if (!is_text(a->driver, b->driver) || !is_text(a->lock, b->lock) ||
	    a->causes != b->causes || a->missed != b->missed ||
	    a->no_room != b->no_room || a->hidden != b->hidden ||
	    a->f.devs != b->f.devs || a->late != b->late ||
	    memcmp(&a->total, &b->total, sizeof(a->total)) ||
	    memcmp(a->visible, b->visible, offsetof(struct flush_visibility, waits_why)) ||
	    !is_text(a->visible->waits_why, b->visible->waits_why))
		return false;
	for (i = 0; i <= FLUSHES_DEVS; i++)
		if (strcmp(a->f.dev[i].dev, b->f.dev[i].dev) ||
		    memcmp(&a->f.dev[i].c, &b->f.dev[i].c, sizeof(a->f.dev[i].c)))
			return false;
	for (i = 0; i < a->late; i++)
		if (!is_timeout(&a->timeout[i], &b->timeout[i]))
			return false;
	return true;
}

static struct v7s_record random_record(uint64_t *time)
{
	struct v7s_record r;

	memset(&r, 0, sizeof(r));
	*time += roll(100) ? roll(20000) : -(uint64_t)roll(50);
	r.time = *time;
	r.pgtable = 1 + roll(roll(10) ? 3 : 600);
	r.task = (uint64_t)roll(5) << 32 | roll(roll(10) ? 4 : 3000);
	r.event = roll(50) ? roll(V7S_EVENTS) : roll(256);
	r.fmt = roll(6);
	r.level = roll(9) ? roll(4) : UINT8_MAX;
	r.why = roll(5);
	r.outcome = roll(4);
	if (!roll(40)) {
		r.why = roll(256);
		r.outcome = roll(256);
		r.level = roll(256);
	}
	r.iova = roll(20) ? (uint64_t)roll(1 << 20) << 12 : seed;
	if (!roll(30))
		r.iova = UINT64_MAX;
	r.size = roll(4) ? 1ULL << roll(64) : roll(2) ? 0 : seed;
	r.block_size = roll(4) ? 1ULL << roll(64) : 0;
	r.ns = roll(10) ? roll(100000) : UINT64_MAX;
	r.hold_ns = roll(10) ? roll(100000) : UINT64_MAX;
	r.holder = (int)roll(5) - 1;
	r.dropped = roll(100) ? 0 : roll(1000);
	r.stack = roll(10) ? -1 : (int)roll(V7S_STACK_IDS);
	sprintf(r.dev, "dev%u", roll(3));
	sprintf(r.comm, "%u\n", roll(3));
	return r;
}

static unsigned int random_frames(int id, struct frame *frame)
{
	static char long_symbol[700];
	unsigned int i, n = 1 + id % V7S_STACK_DEPTH;

	memset(long_symbol, 'x', sizeof(long_symbol) - 1);
	for (i = 0; i < n; i++)
		frame[i] = (struct frame){ .symbol = i % 3 ? "symbol" :
					   id % 7 ? NULL : long_symbol,
			.offset = i % 3 || id % 7 == 0 ? id : 0,
			.address = i % 3 || id % 7 == 0 ? 0 : id * 4096ULL };
	return n;
}

/* A recording keeps only the fields of the record's kind. */
static struct v7s_record what_is_kept(const struct v7s_record *r)
{
	struct v7s_record k = *r;
	bool odd = r->event >= V7S_EVENTS || r->why > 7 || r->outcome > 3 ||
		   (r->level > 6 && r->level != UINT8_MAX);

	memset(k.pad, 0, sizeof(k.pad));
	if (odd)
		return k;
	if (r->event == V7S_EVENT_CREATE || r->event == V7S_EVENT_DESTROY) {
		k.level = UINT8_MAX;
		k.why = k.outcome = 0;
	}
	if (r->event == V7S_EVENT_DESTROY)
		k.iova = 0;
	if (r->event != V7S_EVENT_CREATE && r->event != V7S_EVENT_REFUSE &&
	    r->event != V7S_EVENT_SPLIT)
		k.size = 0;
	if (r->event != V7S_EVENT_SPLIT) {
		k.block_size = k.hold_ns = 0;
		k.holder = -1;
	}
	if (r->event != V7S_EVENT_SPLIT && r->event != V7S_EVENT_INSTALL)
		k.ns = 0;
	return k;
}

static void events_come_back(void **state)
{
	enum { N = 50000 };
	struct v7s_record *all = calloc(N, sizeof(*all)), r, want;
	unsigned int *cpus = calloc(N, sizeof(*cpus)), cpu, i, from = 0, n;
	struct unpacker *u = unpacker_new();
	struct frame frame[V7S_STACK_DEPTH], got[V7S_STACK_DEPTH];
	struct packer *p = packer_new(BLOCK_FULL);
	struct block b = { 0 };
	uint64_t time = 1 << 30;
	unsigned int blocks = 0;
	uint8_t *payload;

	(void)state;
	seed = 7;
	for (i = 0; i <= N;) {
		if (i < N && i >= from) {
			all[i] = random_record(&time);
			cpus[i] = roll(10) ? roll(4) : roll(10000);
		}
		n = i < N && all[i].stack >= 0 ?
		    random_frames(all[i].stack, frame) : 0;
		if (i < N && pack_event(p, cpus[i], &all[i], frame, n)) {
			i++;
			continue;
		}
		payload = packer_block(p, &b);
		assert_true(b.size <= BLOCK_MAX);
		assert_int_equal(b.count, i - from);
		unpacker_begin(u, payload, b.size);
		for (; from < i; from++) {
			assert_int_equal(unpack_event(u, &cpu, &r), 1);
			want = what_is_kept(&all[from]);
			assert_int_equal(cpu, cpus[from]);
			if (want.stack >= 0) {
				n = random_frames(want.stack, frame);
				assert_int_equal(unpack_stack(u, r.stack, got), n);
				while (n--) {
					assert_true(!frame[n].symbol == !got[n].symbol);
					if (frame[n].symbol)
						assert_memory_equal(frame[n].symbol, got[n].symbol,
								    strlen(got[n].symbol));
					assert_int_equal(frame[n].offset, got[n].offset);
					assert_int_equal(frame[n].address, got[n].address);
				}
				r.stack = want.stack;
			}
			assert_memory_equal(&r, &want, sizeof(r));
		}
		assert_int_equal(unpack_event(u, &cpu, &r), 0);
		packer_begin(p);
		blocks++;
		if (i == N)
			break;
	}
	assert_true(blocks > 5);
	packer_free(p);
	unpacker_free(u);
	free(all);
	free(cpus);
}

static char *text_of(const struct report *r)
{
	char *text = NULL;
	size_t size;
	struct printer p = { .f = open_memstream(&text, &size) };

	out_json.report(&p, r);
	fclose(p.f);
	return text;
}

/* Whether what is dropped is lost by trace buffers. */
static bool overruns;
static struct overrun lost[2] = { { .cpu = 0 }, { .cpu = 1 } };

static void complete(struct report *r, uint64_t n)
{
	int e;

	r->source = "test";
	r->visible = &visibility_everything;
	for (e = 0; e < V7S_EVENTS; e++)
		r->misses[e] = e ? (int64_t)(n / 50) : UNKNOWN;
	r->probe_misses = n / 20;
	r->refusal_misses = n % 5 ? (int64_t)(n / 40) : UNKNOWN;
	r->corrupted = n % 3 ? (int64_t)n : UNKNOWN;
	r->inexact = n % 7 ? "because" : NULL;
	if (!overruns)
		return;
	lost[0].overwritten = n / 30;
	lost[1].no_room = n / 70;
	r->overruns = lost;
	r->noverruns = 2;
	report_doubt_alive(r);
}

/* Limit the size of files, as a full disk does; also for ordinary users. */
static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static rlim_t file_size(void)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

/* The disk is full in these steps. */
static uint64_t full_from = STEPS, full_to = STEPS;

struct recorded_run {
	char *interval[STEPS], *all[STEPS];
	struct play_flushes *flushes;
	struct overrun lost[STEPS][2];
	uint64_t time[STEPS];
	unsigned int events;
	struct recorded result;
};

/* Also what each reading comes to, as the one who records it sees it. */
static void record_run(struct recorded_run *run, const struct recorder_plan *plan)
{
	const struct source_want want = { .tasks = true, .stacks = true };
	struct recorder_about about = {
		.start = START, .want = &want, .visible = &visibility_everything,
		.source = "test", .corrupts = true, .overruns = overruns,
	};
	struct recorder *rec = recorder_open(plan);
	struct play *p = calloc(1, sizeof(*p));
	struct play_flushes *f = calloc(1, sizeof(*f));
	struct model *m = model_new(START);
	uint64_t time = START, now, i, k;
	struct flush_report fr;
	struct v7s_record record;
	struct report r;

	memset(run, 0, sizeof(*run));
	run->flushes = calloc(STEPS, sizeof(*run->flushes));
	seed = 11;
	assert_non_null(rec);
	recorder_begin(rec, &about);
	for (i = 0; i < STEPS; i++) {
		/* In the middle of a block. */
		if (i == full_from)
			limit_files(file_size() + 100);
		if (i == full_to)
			limit_files(RLIM_INFINITY);
		for (k = 0; k < PER_STEP; k++) {
			record = random_record(&time);
			record.stack = -1;
			p->cpu[0].emitted++;
			p->cpu[0].dropped += record.dropped;
			recorder_event(rec, 0, &record, NULL, 0);
			run->events++;
		}
		now = START + (i + 1) * SECOND;
		run->time[i] = now;
		play_reading(p, m, now);
		if (play_flushes(f, now))
			f->n = i;
		report_flushes(f, &fr);
		recorder_flushes(rec, &fr);
		run->flushes[i] = *f;
		assert_int_equal(model_report(m, false, &r), 0);
		complete(&r, i);
		run->interval[i] = text_of(&r);
		if (i < STEPS - 1)
			assert_int_equal(recorder_reading(rec, m, &r, p->cpu, 2, false), 0);
		memcpy(run->lost[i], lost, sizeof(lost));
		lost[0].overwritten += 1000;	/* the source goes on */
		assert_int_equal(model_report(m, true, &r), 0);
		complete(&r, i);
		run->all[i] = text_of(&r);
		if (i == STEPS - 1)
			assert_int_equal(recorder_reading(rec, m, &r, p->cpu, 2, true), 0);
	}
	assert_true(p->destroys > 30);
	assert_true(f->timeouts > V7S_TIMEOUTS / 2 && f->f.devs == FLUSHES_DEVS);
	recorder_result(rec, &run->result);
	assert_int_equal(recorder_close(rec), 0);
	model_free(m);
	free(p);
	free(f);
}

static void free_run(struct recorded_run *run)
{
	unsigned int i;

	for (i = 0; i < STEPS; i++) {
		free(run->interval[i]);
		free(run->all[i]);
	}
	free(run->flushes);
}

static int count_record(void *arg, unsigned int cpu, const struct v7s_record *r)
{
	(void)cpu;
	(void)r;
	++*(unsigned int *)arg;
	return 0;
}

struct replayed {
	unsigned int readings, events;
	enum next end;
	bool whole;	/* each reading was what had been recorded at that time */
	uint64_t last;	/* time */
};

static void same(struct source *s, struct model *m, bool final,
		 const char *wanted)
{
	struct report r;
	char *text;

	assert_int_equal(model_report(m, final, &r), 0);
	source_file.complete(s, &r);
	text = text_of(&r);
	assert_string_equal(text, wanted);
	free(text);
}

/* The flushes of this reading or, with a block of flushes lost, of an earlier one. */
static void same_flushes(struct source *s, const struct recorded_run *run, size_t i,
			 bool whole)
{
	struct flush_report fr, wanted;
	bool same;

	source_file.flushes(s, true, &fr);
	if (!fr.driver && !whole)
		return;
	assert_non_null(fr.driver);
	do {
		report_flushes(&run->flushes[i], &wanted);
		same = is_flushes(&fr, &wanted);
	} while (!same && !whole && i--);
	assert_true(same);
}

/* Flushes and timeouts since the last interval */
static void sum_flushes(struct source *s, uint64_t *flushes, uint64_t *timeouts)
{
	struct flush_report fr;

	source_file.flushes(s, false, &fr);
	*flushes += flush_counts_begun(&fr.total);
	*timeouts += fr.late;
}

static void same_overruns(struct source *s, struct model *m,
			  const struct overrun wanted[2])
{
	struct report r;

	assert_int_equal(model_report(m, true, &r), 0);
	source_file.complete(s, &r);
	assert_int_equal(r.noverruns, 2);
	assert_memory_equal(r.overruns, wanted, 2 * sizeof(*wanted));
}

/*
 * All readings that are in the file: none may differ from what was recorded. Each
 * of them is looked at, if it is to be @thorough; else the last.
 */
static struct replayed replay(const struct recorded_run *run, bool thorough)
{
	const struct source_want want = { .file = path };
	struct replayed x = { .end = NEXT_ERROR, .whole = true };
	struct source *s = source_file.open(&want);
	uint64_t now, flushes = 0, timeouts = 0;
	struct flush_report fr;
	struct model *m;
	size_t i = 0;

	if (!s)
		return x;
	m = model_new(source_file.start(s));
	while ((x.end = source_file.next(s, count_record, &x.events, &now)) ==
	       NEXT_READING) {
		assert_int_equal(source_file.read(s, m, 0), 0);
		while (i < STEPS && run->time[i] != now)
			i++;
		assert_true(i < STEPS);
		assert_true(now >= x.last);
		/* With none left out, the intervals are the same. */
		x.whole &= i == x.readings++;
		x.last = now;
		if (thorough && x.whole)
			same(s, m, false, run->interval[i]);
		if (thorough)
			same(s, m, true, run->all[i]);
		if (thorough)
			same_flushes(s, run, i, x.whole);
		sum_flushes(s, &flushes, &timeouts);
		if (overruns)
			same_overruns(s, m, run->lost[i]);
	}
	if (x.readings) {
		same(s, m, true, run->all[i]);
		same_flushes(s, run, i, x.whole && x.end == NEXT_END);
	}
	source_file.flushes(s, true, &fr);
	if (x.whole && x.end == NEXT_END) {
		assert_int_equal(flushes, flush_counts_begun(&fr.total));
		assert_int_equal(timeouts, run->flushes[STEPS - 1].timeouts);
	}
	source_file.close(s);
	model_free(m);
	return x;
}

static void come_back(void)
{
	const struct recorder_plan plan = { .path = path, .force = true };
	struct recorded_run run;
	struct replayed x;

	record_run(&run, &plan);
	x = replay(&run, true);
	assert_int_equal(x.end, NEXT_END);
	assert_int_equal(x.readings, STEPS);
	assert_true(x.whole);
	assert_int_equal(x.events, run.events);
	free_run(&run);
}

static void readings_come_back(void **state)
{
	(void)state;
	come_back();
}

static void overruns_come_back(void **state)
{
	(void)state;
	overruns = true;
	come_back();
	overruns = false;
}

static uint8_t *read_all(size_t *size)
{
	int fd = open(path, O_RDONLY);
	struct stat st;
	uint8_t *bytes;

	assert_int_equal(fstat(fd, &st), 0);
	*size = st.st_size;
	bytes = malloc(*size);
	assert_int_equal(read(fd, bytes, *size), *size);
	close(fd);
	return bytes;
}

static void write_all(const uint8_t *bytes, size_t size)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	assert_int_equal(write(fd, bytes, size), size);
	close(fd);
}

/* This test ignores the messages. */
static int quiet(void)
{
	int saved = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY);

	fflush(stderr);
	dup2(null, STDERR_FILENO);
	close(null);
	return saved;
}

static void loud(int saved)
{
	dup2(saved, STDERR_FILENO);
	close(saved);
}

static void cut_anywhere(void **state)
{
	const struct recorder_plan plan = { .path = path, .force = true };
	struct recorded_run run;
	struct replayed x;
	uint8_t *bytes;
	size_t size, at;
	unsigned int last = 0;
	int saved;

	(void)state;
	record_run(&run, &plan);
	bytes = read_all(&size);
	saved = quiet();
	for (at = 0; at < size; at += 1 + size / 97) {
		write_all(bytes, at);
		x = replay(&run, false);
		assert_true(at < 400 || x.end == NEXT_INCOMPLETE);
		assert_true(x.readings >= last);
		/* Nothing that came before the cut is missing. */
		assert_true(x.readings + 1 >= at * STEPS / size / 4);
		last = x.readings;
	}
	loud(saved);
	assert_true(last > STEPS * 9 / 10);
	free(bytes);
	free_run(&run);
}

static void damaged_anywhere(void **state)
{
	const struct recorder_plan plan = { .path = path, .force = true };
	struct recorded_run run;
	struct replayed x;
	uint8_t *bytes, *bad;
	size_t size, at, n, k, less = 0;
	int saved;

	(void)state;
	record_run(&run, &plan);
	bytes = read_all(&size);
	bad = malloc(2 * size);
	saved = quiet();
	for (n = 0; n < 60; n++) {
		at = 600 + roll(size - 600);
		memcpy(bad, bytes, size);
		k = 1 + roll(n % 3 ? 4 : 5000);
		k = k < size - at ? k : size - at;
		if (n % 2) {	/* bytes that are others */
			while (k--)
				bad[at + k] ^= 1 + roll(255);
			write_all(bad, size);
		} else {	/* or are not there */
			memmove(bad + at, bad + at + k, size - at - k);
			write_all(bad, size - k);
		}
		/* Changes behind the damage are not for the counters before it. */
		x = replay(&run, n % 7 == 0);
		assert_int_equal(x.end, NEXT_INCOMPLETE);
		/* All counters come again each 64 s. */
		assert_true(x.readings + 70 > STEPS);
		less += x.readings < STEPS;
	}
	loud(saved);
	assert_true(less > 30);
	free(bytes);
	free(bad);
	free_run(&run);
}

/* Changes alone would be added to counters that miss those of the lost readings. */
static void resumes_with_all_counters(void **state)
{
	const struct recorder_plan plan = { .path = path, .force = true };
	struct recorded_run run;
	struct replayed x;
	int saved = quiet();

	(void)state;
	full_from = 80;
	full_to = 84;
	record_run(&run, &plan);
	full_from = full_to = STEPS;
	x = replay(&run, true);
	loud(saved);
	assert_true(run.result.lost > 0 && run.result.failed);
	assert_int_equal(x.events + run.result.lost, run.events);
	assert_int_equal(x.end, NEXT_INCOMPLETE);
	assert_int_equal(x.readings, STEPS - 4);
	free_run(&run);
}

static void put_blocks(struct recfile *f, int err, rlim_t size)
{
	static uint8_t block[4096];

	memset(block, f->written >> 12, sizeof(block));
	assert_int_equal(recfile_put(f, block, sizeof(block)), err);
	assert_int_equal(file_size(), size);
}

static void keeps_no_half_block(void **state)
{
	struct recorder_plan plan = { .path = path, .force = true };
	struct recfile f;

	(void)state;
	for (plan.keep_last = 0; plan.keep_last <= 16384; plan.keep_last += 16384) {
		assert_int_equal(recfile_open(&f, &plan), 0);
		limit_files(10000);
		put_blocks(&f, 0, 4096);
		put_blocks(&f, 0, 8192);
		put_blocks(&f, EFBIG, 8192);
		put_blocks(&f, EFBIG, 8192);
		limit_files(RLIM_INFINITY);
		put_blocks(&f, 0, 12288);
		put_blocks(&f, 0, 16384);
		put_blocks(&f, 0, plan.keep_last ? 16384 : 20480);
		if (plan.keep_last) {
			/* The blocks of the last lap stay. */
			limit_files(6000);
			put_blocks(&f, EFBIG, 16384);
			limit_files(RLIM_INFINITY);
			put_blocks(&f, 0, 16384);
		}
		assert_int_equal(recfile_close(&f), 0);
	}
}

static void last_of_it(uint64_t keep_last)
{
	const struct recorder_plan plan = { .path = path, .force = true,
		.keep_last = keep_last };
	struct recorded_run run;
	struct replayed x;
	struct stat st;

	record_run(&run, &plan);
	assert_true(run.result.bytes > plan.keep_last);
	assert_int_equal(stat(path, &st), 0);
	assert_true((uint64_t)st.st_size <= plan.keep_last);
	x = replay(&run, false);
	assert_int_equal(x.end, NEXT_END);
	assert_true(x.readings > 3 && x.readings < STEPS);
	assert_int_equal(x.last, run.time[STEPS - 1]);
	assert_true(x.events > 0 && x.events < run.events);
	free_run(&run);
}

static void the_last_of_it(void **state)
{
	(void)state;
	last_of_it(512 << 10);
	overruns = true;
	last_of_it(256 << 10);
	overruns = false;
}

/* The reading that a ring keeps is as it was, whatever its source has seen since. */
static void a_reading_again(void **state)
{
	const struct recorder_plan plan = { .path = path, .force = true,
		.keep_last = 256 << 10 };
	const struct source_want want = { .file = path };
	struct overrun then[2] = { { .cpu = 0, .overwritten = 5 }, { .cpu = 1 } };
	struct recorder_about about = { .start = START, .want = &want,
		.visible = &visibility_everything, .source = "test", .overruns = true };
	struct recorder *rec = recorder_open(&plan);
	struct model *m = model_new(START);
	struct stream_cpu cpu[2] = { { .cpu = 0 }, { .cpu = 1 } };
	uint64_t time = START, now;
	unsigned int events = 0;
	struct v7s_record record;
	struct source *s;
	struct report r;
	int i;

	(void)state;
	recorder_begin(rec, &about);
	assert_int_equal(model_report(m, false, &r), 0);
	r.source = "test";
	r.visible = &visibility_everything;
	r.overruns = then;
	r.noverruns = 2;
	assert_int_equal(recorder_reading(rec, m, &r, cpu, 2, false), 0);
	then[0].overwritten = 1000;
	for (i = 0; i < 100000; i++) {
		record = random_record(&time);
		record.stack = -1;
		recorder_event(rec, 0, &record, NULL, 0);
	}
	assert_int_equal(recorder_close(rec), 0);
	model_free(m);

	s = source_file.open(&want);
	m = model_new(source_file.start(s));
	assert_int_equal(source_file.next(s, count_record, &events, &now), NEXT_READING);
	assert_int_equal(source_file.read(s, m, 0), 0);
	assert_int_equal(model_report(m, true, &r), 0);
	source_file.complete(s, &r);
	assert_int_equal(r.overruns[0].overwritten, 5);
	source_file.close(s);
	model_free(m);
}

/* Calls of realloc() before the one that finds no memory; -1: each finds some. */
static int plenty = -1;

void *__real_realloc(void *p, size_t size);
void *__wrap_realloc(void *p, size_t size)
{
	if (plenty >= 0 && !plenty--)
		return NULL;
	return __real_realloc(p, size);
}

/* A copy for which memory is short is none, and does no harm to the next one. */
static void copies_are_complete(void **state)
{
	const struct recorder_plan plan = { .path = "memory", .memory = true,
		.keep_last = 256 << 10 };
	const struct source_want want = { .file = path };
	struct recorder_about about = { .start = START, .want = &want,
		.visible = &visibility_everything, .source = "test" };
	struct recorder *rec = recorder_open(&plan);
	struct play *p = calloc(1, sizeof(*p));
	struct model *m = model_new(START);
	unsigned int events = 0, failed = 0;
	uint8_t *copy = NULL;
	struct source *s;
	struct report r;
	uint64_t now;
	size_t len;
	int saved = quiet(), end;

	(void)state;
	assert_non_null(rec);
	recorder_begin(rec, &about);
	play_reading(p, m, START + SECOND);
	assert_int_equal(model_report(m, false, &r), 0);
	complete(&r, 0);
	while (!copy && failed < 100) {
		plenty = failed;
		copy = recorder_copy(rec, m, &r, p->cpu, 2, &len);
		plenty = -1;
		failed += !copy;
	}
	loud(saved);
	assert_non_null(copy);
	assert_true(failed > 2);
	assert_int_equal(recorder_close(rec), 0);
	write_all(copy, len);
	s = source_file.open(&want);
	do
		end = source_file.next(s, count_record, &events, &now);
	while (end == NEXT_READING);
	assert_int_equal(end, NEXT_END);
	source_file.close(s);
	model_free(m);
	free(copy);
	free(p);
}

static void up_to_a_size(void **state)
{
	const struct recorder_plan plan = { .path = path, .force = true,
		.max_size = 640 << 10 };
	struct recorded_run run;
	struct replayed x;
	struct stat st;
	int saved;

	(void)state;
	record_run(&run, &plan);
	assert_int_equal(stat(path, &st), 0);
	assert_true((uint64_t)st.st_size <= plan.max_size);
	assert_true(run.result.over > 0);
	saved = quiet();
	x = replay(&run, false);
	loud(saved);
	/* All counters are there, also of what came later. */
	assert_int_equal(x.last, run.time[STEPS - 1]);
	assert_int_equal(x.events + run.result.over, run.events);
	free_run(&run);
}

/* With and without a checksum that fits: what is behind it is not trusted. */
static void mutated(void **state)
{
	const struct recorder_plan plan = { .path = path, .force = true };
	const char *more = getenv("mutations");
	unsigned int n, k, tries = more ? atoi(more) : 300, readable = 0;
	FILE *null = fopen("/dev/null", "w");
	struct recorded_run run;
	uint8_t *bytes, *bad;
	size_t size, at;
	struct block b;
	int saved;

	(void)state;
	record_run(&run, &plan);
	free_run(&run);
	bytes = read_all(&size);
	size = size < 12 << 10 ? size : 12 << 10;
	bad = malloc(size + BLOCK_HEADER + BLOCK_MAX);
	seed = 3;
	saved = quiet();
	for (n = 0; n < tries; n++) {
		memcpy(bad, bytes, size);
		for (k = 1 + roll(8); k--;)
			bad[roll(size)] = roll(3) ? roll(256) : roll(2) ? 0xff : 0;
		for (at = 0; n % 4 && at + BLOCK_HEADER < size;
		     at += BLOCK_HEADER + b.size) {
			const uint8_t *h = bad + at;
			unsigned int i;

			/* As it was, but for the bytes that it is to vouch for. */
			memset(&b, 0, sizeof(b));
			b.type = h[4];
			b.flags = h[5];
			for (i = 0; i < 4; i++)
				b.size |= (uint32_t)bytes[at + 8 + i] << 8 * i;
			for (i = 0; i < 8; i++) {
				b.number |= (uint64_t)h[16 + i] << 8 * i;
				b.time |= (uint64_t)h[24 + i] << 8 * i;
				b.events |= (uint64_t)h[32 + i] << 8 * i;
			}
			if (at + BLOCK_HEADER + b.size > size)
				break;
			block_seal(&b, bad + at + BLOCK_HEADER);
		}
		write_all(bad, size);
		readable += consume(path, null, n);
	}
	loud(saved);
	fclose(null);
	assert_true(readable > tries / 2);
	free(bytes);
	free(bad);
}

static const struct source_want nothing_else;

/* A block's length, its first byte at @at */
static size_t block_length(const uint8_t *bytes, size_t at)
{
	struct wire w = { .at = bytes + at + 8, .end = bytes + at + 12 };

	return BLOCK_HEADER + wire_get(&w, 4);
}

/* Two readings, each with flushes. Returns where the last block with them is. */
static size_t record_flushes(const struct play_flushes *f, const struct flush_visibility *visible,
			     bool end)
{
	const struct recorder_plan plan = { .path = path, .force = true };
	struct recorder_about about = {
		.start = START, .want = &nothing_else, .source = "test",
		.visible = &visibility_everything,
	};
	struct recorder *rec = recorder_open(&plan);
	struct model *m = model_new(START);
	struct stream_cpu cpu = { 0 };
	struct flush_report fr;
	size_t size, at, last = 0;
	struct report r;
	uint8_t *bytes;
	int i;

	assert_non_null(rec);
	recorder_begin(rec, &about);
	for (i = 0; i < 2; i++) {
		report_flushes(&f[i], &fr);
		fr.visible = visible;
		recorder_flushes(rec, &fr);
		model_begin(m);
		model_end(m, START + (i + 1) * SECOND);
		assert_int_equal(model_report(m, true, &r), 0);
		complete(&r, 0);
		assert_int_equal(recorder_reading(rec, m, &r, &cpu, 1, end && i), 0);
	}
	assert_int_equal(recorder_close(rec), 0);
	model_free(m);
	bytes = read_all(&size);
	for (at = 0; at < size; at += block_length(bytes, at))
		if (bytes[at + 4] == BLOCK_FLUSHES)
			last = at;
	assert_true(last);
	free(bytes);
	return last;
}

/* Number of readings, and the flushes of the last one */
static unsigned int replay_flushes(struct source *s, enum next *end, struct flush_report *fr)
{
	struct model *m = model_new(source_file.start(s));
	unsigned int readings = 0, events = 0;
	uint64_t now;

	while ((*end = source_file.next(s, count_record, &events, &now)) == NEXT_READING) {
		assert_int_equal(source_file.read(s, m, 0), 0);
		readings++;
	}
	source_file.flushes(s, true, fr);
	model_free(m);
	return readings;
}

/* A block of flushes with a part of its bytes: those before, and all counters, stay. */
static void invalid_flushes(void **state)
{
	const struct source_want want = { .file = path };
	struct play_flushes *f = calloc(2, sizeof(*f));
	struct flush_report fr, before;
	size_t size, at, len, n;
	uint8_t *bytes, *bad;
	struct source *s;
	enum next end;
	int saved;

	(void)state;
	seed = 5;
	for (n = 0; n < 20; n++)
		play_flushes(&f[0], START + n);
	f[1] = f[0];
	for (n = 0; n < 20 || !f[1].late; n++)
		play_flushes(&f[1], START + n);
	at = record_flushes(f, &flushes_visible, true);
	bytes = read_all(&size);
	bad = malloc(size + 1);
	len = block_length(bytes, at) - BLOCK_HEADER;
	report_flushes(&f[0], &before);
	saved = quiet();
	for (n = 0; n <= len + 1; n++) {
		struct block b = { .type = BLOCK_FLUSHES, .size = n,
			.number = bytes[at + 16], .time = START + 2 * SECOND };

		memcpy(bad, bytes, at + BLOCK_HEADER);
		memcpy(bad + at + BLOCK_HEADER, bytes + at + BLOCK_HEADER, n < len ? n : len);
		bad[at + BLOCK_HEADER + len] = 7;
		memcpy(bad + at + BLOCK_HEADER + n, bytes + at + BLOCK_HEADER + len,
		       size - at - BLOCK_HEADER - len);
		block_seal(&b, bad + at + BLOCK_HEADER);
		write_all(bad, size - len + n);
		s = source_file.open(&want);
		assert_int_equal(replay_flushes(s, &end, &fr), 2);
		/* A later version may add fields at the end. */
		assert_int_equal(end, n < len ? NEXT_INCOMPLETE : NEXT_END);
		assert_true(is_flushes(&fr, &before) == (n < len));
		source_file.close(s);
	}
	loud(saved);
	free(bytes);
	free(bad);
	free(f);
}

/* All that a report can have is in one block. */
/* A reading without a new timeout does not repeat the stacks, and the report has them. */
static void same_timeouts(void **state)
{
	const struct source_want want = { .file = path };
	struct play_flushes *f = calloc(2, sizeof(*f));
	struct flush_report fr, wanted;
	struct source *s;
	enum next end;
	uint8_t *bytes;
	size_t size, at;
	int i;

	(void)state;
	assert_non_null(f);
	while (f[0].late < V7S_TIMEOUTS)
		play_flushes(&f[0], START + ++f[0].n);
	f[1] = f[0];
	for (i = 0; i < 9; i++)
		count_flushes(&f[1].f.dev[0]);
	at = record_flushes(f, &flushes_visible, false);
	bytes = read_all(&size);
	assert_true(bytes[at + 5] & BLOCK_SAME);
	report_flushes(&f[1], &wanted);
	i = block_length(bytes, at);
	print_message("# %d bytes of flushes in the second reading\n", i);
	free(bytes);
	s = source_file.open(&want);
	assert_non_null(s);
	replay_flushes(s, &end, &fr);
	assert_true(is_flushes(&fr, &wanted));
	source_file.close(s);
	free(f);
}

static void largest_flushes(void **state)
{
	static char symbol[300], why[300];
	const struct source_want want = { .file = path };
	const struct flush_visibility visible = { .waits_why = why };
	struct play_flushes *f = calloc(2, sizeof(*f));
	struct flush_report fr, wanted;
	struct source *s;
	enum next end;
	size_t i, k;

	(void)state;
	memset(symbol, 's', sizeof(symbol) - 1);
	memset(why, 'w', sizeof(why) - 1);
	f[0].f.devs = FLUSHES_DEVS;
	memset(&f[0].f.dev, 0xff, sizeof(f[0].f.dev));
	for (i = 0; i <= FLUSHES_DEVS; i++)
		f[0].f.dev[i].dev[V7S_DEV - 1] = 0;
	f[0].late = V7S_TIMEOUTS;
	for (i = 0; i < V7S_TIMEOUTS; i++) {
		memset(&f[0].timeout[i], 0xff, sizeof(*f[0].timeout));
		f[0].timeout[i].pm = V7S_PM_UNKNOWN;
		f[0].timeout[i].dev[V7S_DEV - 1] = 0;
		f[0].timeout[i].comm[V7S_COMM - 1] = 0;
		f[0].timeout[i].stack.frames = V7S_STACK_DEPTH;
		for (k = 0; k < V7S_STACK_DEPTH; k++)
			f[0].timeout[i].stack.frame[k] = (struct frame){
				.symbol = symbol, .offset = UINT64_MAX };
	}
	f[1] = f[0];
	record_flushes(f, &visible, true);
	/* Texts are cut off. */
	symbol[255] = why[255] = 0;
	s = source_file.open(&want);
	assert_int_equal(replay_flushes(s, &end, &fr), 2);
	assert_int_equal(end, NEXT_END);
	report_flushes(&f[0], &wanted);
	wanted.visible = &visible;
	strcpy(wanted.f.dev[FLUSHES_DEVS].dev, fr.f.dev[FLUSHES_DEVS].dev);
	assert_true(is_flushes(&fr, &wanted));
	source_file.close(s);
	free(f);
}

/* Records one reading of this model, and replays it. */
static struct source *replay_model(struct model *m, struct model **replayed)
{
	const struct recorder_plan plan = { .path = path, .force = true };
	const struct source_want want = { .file = path };
	struct recorder_about about = {
		.start = START, .want = &nothing_else, .source = "test",
		.visible = &visibility_everything,
	};
	struct recorder *rec = recorder_open(&plan);
	struct stream_cpu cpu = { 0 };
	struct source *s;
	struct report r;
	uint64_t now;
	unsigned int n = 0;

	assert_non_null(rec);
	recorder_begin(rec, &about);
	assert_int_equal(model_report(m, true, &r), 0);
	complete(&r, 0);
	assert_int_equal(recorder_reading(rec, m, &r, &cpu, 1, true), 0);
	assert_int_equal(recorder_close(rec), 0);
	s = source_file.open(&want);
	assert_non_null(s);
	*replayed = model_new(source_file.start(s));
	assert_int_equal(source_file.next(s, count_record, &n, &now), NEXT_READING);
	assert_int_equal(source_file.read(s, *replayed, 0), 0);
	return s;
}

static void no_flushes(void **state)
{
	struct model *m = model_new(START), *replayed;
	struct flush_report fr;
	struct source *s;

	(void)state;
	model_begin(m);
	model_end(m, START + SECOND);
	s = replay_model(m, &replayed);
	source_file.flushes(s, true, &fr);
	assert_null(fr.driver);
	source_file.close(s);
	model_free(replayed);
	model_free(m);
}

static void any_number_of_tasks(void **state)
{
	struct v7s_task task = { .key.pgtable = 1, .comm = "many", .e.install = { { 1 } } };
	struct model *m = model_new(START), *replayed;
	struct source *s;
	struct report r;
	unsigned int i;

	(void)state;
	model_begin(m);
	for (i = 1; i <= 20000; i++) {
		task.key.id = (uint64_t)i << 32 | i;
		assert_int_equal(model_task(m, &task), 0);
	}
	model_end(m, START + SECOND);
	s = replay_model(m, &replayed);
	assert_int_equal(model_report(replayed, true, &r), 0);
	source_file.complete(s, &r);
	assert_int_equal(r.ntasks, 20000);
	assert_null(r.inexact);
	source_file.close(s);
	model_free(replayed);
	model_free(m);
}

/* More page tables than a model takes: what is there is not all. */
static void a_part_is_not_exact(void **state)
{
	struct v7s_slot slot = { .dev = "a-device", .c.e.create = 1 };
	struct model *m = model_new(START), *replayed;
	int saved = quiet();
	struct source *s;
	struct report r;
	char why[256];

	(void)state;
	model_begin(m);
	for (slot.pgtable = 1; slot.pgtable <= MODEL_LOAD_TABLES + 1; slot.pgtable++)
		assert_int_equal(model_add(m, &slot), 0);
	model_end(m, START + SECOND);
	s = replay_model(m, &replayed);
	loud(saved);
	assert_int_equal(model_report(replayed, true, &r), 0);
	source_file.complete(s, &r);
	assert_int_equal(r.nrows, MODEL_LOAD_TABLES);
	assert_true(report_inexact(&r, 0, why, sizeof(why)));
	source_file.close(s);
	model_free(replayed);
	model_free(m);
}

static void no_recording(void **state)
{
	const struct source_want want = { .file = path };
	int saved = quiet();

	(void)state;
	write_all((const uint8_t *)"", 0);
	assert_null(source_file.open(&want));
	write_all((const uint8_t *)"something else", 14);
	assert_null(source_file.open(&want));
	loud(saved);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_come_back),
		cmocka_unit_test(readings_come_back),
		cmocka_unit_test(overruns_come_back),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(damaged_anywhere),
		cmocka_unit_test(resumes_with_all_counters),
		cmocka_unit_test(keeps_no_half_block),
		cmocka_unit_test(the_last_of_it),
		cmocka_unit_test(a_reading_again),
		cmocka_unit_test(copies_are_complete),
		cmocka_unit_test(up_to_a_size),
		cmocka_unit_test(mutated),
		cmocka_unit_test(invalid_flushes),
		cmocka_unit_test(same_timeouts),
		cmocka_unit_test(largest_flushes),
		cmocka_unit_test(no_flushes),
		cmocka_unit_test(any_number_of_tasks),
		cmocka_unit_test(a_part_is_not_exact),
		cmocka_unit_test(no_recording),
	};
	int fd = mkstemp(path), failed;

	signal(SIGXFSZ, SIG_IGN);
	if (fd < 0)
		return 1;
	close(fd);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return failed;
}

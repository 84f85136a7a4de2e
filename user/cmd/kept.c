// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/util.h"
#include "output/json_report.h"
#include "recording/writer.h"
#include "kept.h"
#include "watch.h"

enum { KEPT = 200, CPUS = 4096 };

/* Age of flushes that are read again. */
#define FLUSHES_AGE (SECOND / 10)

/* State of the run: a process runs one verb once. */
static struct {
	struct v7s_record r;
	unsigned int cpu;
} events[KEPT];		/* a ring */
static uint64_t all, count;
static struct recorder *recorder;

int kept_open(uint64_t size)
{
	const struct recorder_plan plan = {
		.path = "memory", .memory = true, .keep_last = size,
	};

	recorder = recorder_open(&plan);
	return recorder ? 0 : -1;
}

void kept_begin(const struct watch *w, const struct report *r)
{
	const struct recorder_about about = {
		.start = w->start,
		.want = &w->o->want,
		.visible = r->visible,
		.source = r->source,
		.corrupts = r->corrupted != UNKNOWN,
		.overruns = r->overruns,
	};

	if (recorder)
		recorder_begin(recorder, &about);
}

/* An event that a good system has few of */
static bool matters(const struct v7s_record *r)
{
	switch (r->event) {
	case V7S_EVENT_INSTALL:
		return r->outcome != V7S_WON;
	case V7S_EVENT_SPLIT:
		return r->outcome != V7S_DONE || (r->ns && r->ns != UINT64_MAX);
	case V7S_EVENT_FREE:
		return r->why == V7S_FREE_REPLACED_LIVE;
	default:
		return r->event == V7S_EVENT_REFUSE ||
		       r->event == V7S_EVENT_FAULT;
	}
}

int kept_record(void *arg, unsigned int cpu, const struct v7s_record *r)
{
	struct watch *w = arg;
	struct frame frame[V7S_STACK_DEPTH];
	unsigned int frames = 0;

	if (r->stack >= 0)
		frames = w->ops->stack(w->source, r->stack, frame);
	if (recorder)
		recorder_event(recorder, cpu, r, frame, frames);
	all++;
	if (!matters(r) && !watch_loses_address(w, r))
		return 0;
	events[count % KEPT].r = *r;
	events[count % KEPT].cpu = cpu;
	count++;
	return 0;
}

static struct stream_cpu cpus[CPUS];
static size_t ncpus;

static void read_cpus(struct watch *w)
{
	ncpus = w->ops->stream_cpus(w->source, cpus, ARRAY_SIZE(cpus));
}

void kept_close(void)
{
	if (recorder)
		recorder_close(recorder);
	recorder = NULL;
}

static void read_flushes(struct watch *w)
{
	struct flush_report flushes;

	if (flushes_read(&w->flushes, FLUSHES_AGE, &flushes))
		recorder_flushes(recorder, &flushes);
}

void kept_reading(struct watch *w, const struct report *r)
{
	static uint64_t seen = UINT64_MAX, last;

	if (!recorder || (all == seen && r->elapsed_ns < last + 60 * SECOND))
		return;
	seen = all;
	last = r->elapsed_ns;
	read_cpus(w);
	read_flushes(w);
	if (!recorder_reading(recorder, w->model, r, cpus, ncpus, false))
		return;
	err_print("continuing without the recording in memory");
	kept_close();
}

bool kept_records(void)
{
	return recorder;
}

uint64_t kept_count(void)
{
	return count;
}

char *kept_events(struct watch *w, double offset)
{
	const uint64_t first = count > KEPT ? count - KEPT : 0;
	json *o = json_new("events"), *list = json_object_new_array();
	char *text = NULL;
	size_t len;
	uint64_t dropped = 0, i;
	FILE *f;

	read_cpus(w);
	for (i = 0; i < ncpus; i++)
		dropped += cpus[i].dropped;
	json_put(o, "offset", json_object_new_double(offset));
	json_put_u64(o, "count", count);
	json_put_u64(o, "dropped", dropped);
	for (i = first; i < count; i++) {
		const struct traced t = {
			.r = &events[i % KEPT].r, .cpu = events[i % KEPT].cpu,
			.start = w->start,
		};

		json_object_array_add(list, json_traced(&t));
	}
	json_put(o, "events", list);
	f = open_memstream(&text, &len);
	if (!f) {
		json_object_put(o);
		return NULL;
	}
	json_line(f, o);
	fclose(f);
	return text;
}

char *kept_recording(struct watch *w, const struct report *r, size_t *len)
{
	char *bytes;

	read_cpus(w);
	read_flushes(w);
	bytes = (char *)recorder_copy(recorder, w->model, r, cpus, ncpus, len);
	if (!bytes)
		err_print("out of memory");
	return bytes;
}

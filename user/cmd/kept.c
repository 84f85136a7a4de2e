// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/err.h"
#include "lib/util.h"
#include "output/json_report.h"
#include "recording/writer.h"
#include "kept.h"
#include "watch.h"

enum { KEPT = 200, CPUS = 4096 };

/* State of the run: a process runs one verb once. */
static struct {
	struct v7s_record r;
	unsigned int cpu;
} events[KEPT];		/* a ring */
static uint64_t count, dropped;
static struct recorder *recorder;
static int memory = -1;

int kept_open(uint64_t size)
{
	struct recorder_plan plan = { .path = "memory", .keep_last = size };

	memory = memfd_create("v7scope recording", MFD_CLOEXEC);
	if (memory < 0) {
		err_print("cannot keep events in memory: %s", strerror(errno));
		return -1;
	}
	plan.memory = memory;
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
		return r->event == V7S_EVENT_REFUSE;
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
	dropped += r->dropped;
	if (!matters(r) && !(w->loses_address && r->event == V7S_EVENT_SPLIT))
		return 0;
	events[count % KEPT].r = *r;
	events[count % KEPT].cpu = cpu;
	count++;
	return 0;
}

static int reading(struct watch *w, const struct report *r, bool last)
{
	static struct stream_cpu cpus[CPUS];
	size_t n = w->ops->stream_cpus(w->source, cpus, ARRAY_SIZE(cpus));

	return recorder_reading(recorder, w->model, r, cpus, n, last);
}

void kept_close(void)
{
	if (recorder)
		recorder_close(recorder);
	if (memory >= 0)
		close(memory);
	recorder = NULL;
	memory = -1;
}

void kept_reading(struct watch *w, const struct report *r)
{
	if (!recorder || !reading(w, r, false))
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

char *kept_events(const struct watch *w, double offset)
{
	const uint64_t first = count > KEPT ? count - KEPT : 0;
	json *o = json_new("events"), *list = json_object_new_array();
	char *text = NULL;
	size_t len;
	uint64_t i;
	FILE *f;

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

/*
 * The blocks behind the reading and its end block may be overwritten later; each block
 * tells its place, so that a copy of the ring is complete at any time.
 */
char *kept_recording(struct watch *w, const struct report *r, size_t *len)
{
	struct stat st;
	char *bytes;
	ssize_t n;

	if (reading(w, r, true))
		return NULL;
	if (fstat(memory, &st)) {
		err_print("cannot read the recording: %s", strerror(errno));
		return NULL;
	}
	bytes = malloc(st.st_size);
	if (!bytes) {
		err_print("out of memory");
		return NULL;
	}
	for (*len = 0; *len < (size_t)st.st_size; *len += n) {
		n = pread(memory, bytes + *len, st.st_size - *len, *len);
		if (n <= 0) {
			err_print("cannot read the recording: %s",
				  n ? strerror(errno) : "it is shorter than before");
			free(bytes);
			return NULL;
		}
	}
	return bytes;
}

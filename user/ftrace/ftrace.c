// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * Reads the series' events from the kernel's trace buffers, for kernels without
 * BPF or users without the permission for it. The events are enabled in a
 * private tracefs instance, read as raw pages, and counted here. The counts are
 * exact as long as the pages are read before a buffer is full. The kernel
 * counts the events that were overwritten.
 *
 * Histogram triggers would count inside the kernel and lose nothing. But they
 * have at most three keys, no powers of two before v6.2, no maximum, and no
 * names of devices beside the keys, and they need a cmpxchg that v5.10 lacks on
 * 32-bit Arm. Our tests use them as an independent count.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cpus.h"
#include "lib/err.h"
#include "lib/util.h"
#include "model/names.h"
#include "source/permit.h"
#include "source/quiesce.h"
#include "source/source.h"
#include "source/stretch.h"
#include "boot_buffer.h"
#include "ring_page.h"
#include "saved_cmdlines.h"
#include "trace_pipe_raw.h"
#include "tracefs.h"

enum {
	BUFFER		= 1024,	/* KiB per CPU by default */
	/* Minimum, in the stream, awaiting their turn. */
	RECORDS		= 8192,
};

struct cpu_buffer {
	unsigned int cpu;
	int raw, stats;		/* -1: there is no such CPU */
	struct boot_buffer_cpu boot;	/* events to be counted first */
	unsigned char *page;	/* a page of that buffer */
	struct page_walk walk;
	bool walking;
	bool emptied;		/* at the last reading */
	uint64_t time;		/* time of the last event counted */
	uint64_t records;	/* received from our buffer */
	uint64_t told;		/* losses with a known place in the stream */
	struct trace_pipe_raw_stats kernel;	/* as last read */
};

struct source {
	struct instance instance;
	struct page_layout layout;
	struct event_format format[V7S_EVENTS];
	int on;			/* tracing_on */
	unsigned int kib, pages;	/* capacity of a CPU's buffer */
	struct counters *rows;
	struct saved_cmdlines *pids;	/* NULL: names are not needed */
	struct cpu_buffer *cpu;
	unsigned int cpus;
	struct overrun *overruns;
	struct visibility visible;
	bool stopped;
	uint64_t walked;	/* records read, of any event */
	uint64_t damaged;	/* invalid pages and records */
	/* Read according to the kernel, but not received. */
	uint64_t unaccounted;
	struct boot_buffer boot;
	char inexact[192];
};

/* The names of the missing events; returns 0, or why some could not be found. */
static int find_events(const char *tracefs, char *missing, size_t size, int *n)
{
	char path[512];
	size_t len = 0;
	int e, err = 0;

	*missing = 0;
	for (e = *n = 0; e < V7S_EVENTS; e++) {
		snprintf(path, sizeof(path), "%s/events/io_pgtable/%s/format",
			 tracefs, event_names[event_order[e]]);
		if (!access(path, R_OK))
			continue;
		if (errno != ENOENT) {
			err = errno;
			continue;
		}
		len += snprintf(missing + len, size - len, " %s",
				event_names[event_order[e]]);
		++*n;
	}
	return err;
}

static void ask(struct source_answer *a)
{
	char tracefs[256], missing[224];
	int err = 0, n = 0;
	bool found = tracefs_find(tracefs, sizeof(tracefs));

	if (found)
		err = find_events(tracefs, missing, sizeof(missing), &n);
	if (n == V7S_EVENTS)
		answer_absent(a, SERIES_APPLY, SERIES_NONE);
	else if (n)
		answer_absent(a, "apply all of kernel-patch/ and boot the new kernel", "this kernel lacks%s", missing);
	else if ((!found || err) && permit_no_series())
		answer_absent(a, SERIES_APPLY, SERIES_NONE);
	else if (!found && !*tracefs)
		answer_bar(a, "mount -t tracefs tracefs /sys/kernel/tracing", "tracefs is not mounted");
	else if (!found)
		answer_bar(a, "unmount it, or let the container or the systemd unit see tracefs", "another mount hides tracefs at %s", tracefs);
	else if (err)
		answer_bar(a, "try sudo", "cannot read %s/events: %s", tracefs, strerror(err));
	else
		tracefs_usable(tracefs, a);
}

/* Set up the instance, which starts with the settings of the first buffer. */
static int set_up(struct source *s, const struct source_want *want)
{
	bool names = want->tasks || want->ring;
	char kib[16];
	const struct {
		const char *file, *text;
		bool must;	/* otherwise some kernels do not have it */
	} settings[] = {
		{ "tracing_on", "0", true },
		{ "trace_clock", "mono", true },
		{ "buffer_size_kb", kib, true },
		/* The other mode does not mark where events are missing. */
		{ "options/overwrite", "1", true },
		{ "options/stacktrace", "0", false },
		{ "options/userstacktrace", "0", false },
		{ "options/record-cmd", names ? "1" : "0", false },
		{ "options/record-tgid", names ? "1" : "0", false },
	};
	size_t i;
	int err;

	s->kib = want->buffer ? want->buffer : BUFFER;
	snprintf(kib, sizeof(kib), "%u", s->kib);
	for (i = 0; i < ARRAY_SIZE(settings); i++) {
		err = tracefs_put(s->instance.dir, settings[i].file,
				  settings[i].text);
		if (!err || !settings[i].must)
			continue;
		if (err == -ENOMEM)
			err_print("cannot allocate trace buffers of %s KiB per CPU: the kernel is out of memory; choose a smaller --buffer", kib);
		else
			err_print("cannot set %s of a tracefs instance to %s: %s",
				 settings[i].file, settings[i].text,
				 strerror(-err));
		return -1;
	}
	return 0;
}

static int read_formats(struct source *s)
{
	char path[96], *text;
	const char *missing;
	int e;

	text = tracefs_get(s->instance.dir, "events/header_page");
	if (!text || page_layout_parse(&s->layout, text)) {
		err_print("cannot parse events/header_page in tracefs");
		free(text);
		return -1;
	}
	free(text);
	s->pages = (size_t)s->kib * 1024 / s->layout.size + 1;
	for (e = 0; e < V7S_EVENTS; e++) {
		snprintf(path, sizeof(path),
			 "events/io_pgtable/%s/format", event_names[e]);
		text = tracefs_get(s->instance.dir, path);
		missing = text ? event_format_parse(&s->format[e], e, text)
			       : strerror(errno);
		free(text);
		if (!missing)
			continue;
		err_print("cannot parse the format of %s (%s): use the v7scope that belongs to the kernel's patches",
			 event_names[e], missing);
		return -1;
	}
	return 0;
}

static int open_buffers(struct source *s)
{
	struct cpu_buffer *c;
	unsigned int cpu;

	s->cpu = calloc(s->cpus, sizeof(*s->cpu));
	s->overruns = calloc(s->cpus, sizeof(*s->overruns));
	if (!s->cpu || !s->overruns)
		goto no_memory;
	for (cpu = 0; cpu < s->cpus; cpu++)
		s->cpu[cpu].raw = s->cpu[cpu].stats = -1;
	for (cpu = 0; cpu < s->cpus; cpu++) {
		c = &s->cpu[cpu];
		c->cpu = s->overruns[cpu].cpu = cpu;
		c->page = malloc(s->layout.size);
		if (!c->page)
			goto no_memory;
		if (!trace_pipe_raw_open(s->instance.dir, cpu, &c->raw, &c->stats) ||
		    errno == ENOENT)
			continue;
		err_print("cannot read the trace buffer of CPU %u: %s", cpu,
			 strerror(errno));
		return -1;
	}
	return 0;

no_memory:
	err_print("out of memory");
	return -1;
}

/* tracing_on starts all events and buffers at once. */
static int start(struct source *s)
{
	char path[96];
	int e, err = 0;

	for (e = 0; e < V7S_EVENTS && !err; e++) {
		snprintf(path, sizeof(path), "events/io_pgtable/%s/enable",
			 event_names[event_order[e]]);
		err = tracefs_put(s->instance.dir, path, "1");
	}
	s->on = openat(s->instance.dir, "tracing_on", O_WRONLY | O_CLOEXEC);
	if (!err && (s->on < 0 || write(s->on, "1", 1) < 0))
		err = -errno;
	if (err)
		err_print("cannot enable the io_pgtable events: %s",
			 strerror(-err));
	return err;
}

static void stop(struct source *s)
{
	if (s->stopped)
		return;
	if (s->on >= 0 && write(s->on, "0", 1) < 0)
		err_print("cannot disable the io_pgtable events: %s", strerror(errno));
	/* From here on the stream holds nothing back: all events have come. */
	counters_stopped(s->rows);
	s->stopped = true;
}

static void close_ftrace(struct source *s)
{
	unsigned int cpu;
	struct cpu_buffer *c;

	if (!s)
		return;
	if (s->on >= 0)
		close(s->on);
	for (cpu = 0; s->cpu && cpu < s->cpus; cpu++) {
		c = &s->cpu[cpu];
		if (c->raw >= 0)
			close(c->raw);
		if (c->stats >= 0)
			close(c->stats);
		pages_free(&c->boot.old);
		pages_free(&c->boot.ours);
		free(c->page);
	}
	boot_buffer_end(&s->boot);
	tracefs_instance_remove(&s->instance);
	saved_cmdlines_free(s->pids);
	counters_free(s->rows);
	free(s->cpu);
	free(s->overruns);
	free(s);
}

static int take_over(struct source *s, const char *tracefs, const char *from)
{
	struct cpu_buffer *c;

	if (boot_buffer_begin(&s->boot, tracefs, from))
		return -1;
	for (c = s->cpu; c < s->cpu + s->cpus; c++) {
		if (c->raw < 0 ||
		    !boot_buffer_cpu(&s->boot, s->format, &s->layout, c->cpu,
				  c->raw, &c->boot))
			continue;
		err_print("--boot: cannot read the events since boot on CPU %u: %s", c->cpu, strerror(errno));
		return -1;
	}
	return 0;
}

static struct source *open_ftrace(const struct source_want *want)
{
	struct source *s = calloc(1, sizeof(*s));
	unsigned int records = 0;
	char tracefs[320];

	if (!s) {
		err_print("out of memory");
		return NULL;
	}
	s->on = s->instance.all = s->boot.dir = -1;
	s->cpus = cpus_possible();
	if (want->stacks)
		err_warn("no stacks: with ftrace, a stack for each event costs more than everything else; use the source bpf");
	if (!tracefs_find(tracefs, sizeof(tracefs))) {
		err_print("tracefs was unmounted: mount -t tracefs tracefs /sys/kernel/tracing");
		goto fail;
	}
	if (tracefs_instance_make(&s->instance, tracefs) || set_up(s, want) ||
	    read_formats(s) || open_buffers(s))
		goto fail;
	if (want->ring)
		records = want->ring > RECORDS ? want->ring : RECORDS;
	s->rows = count_events_start(want, records);
	if (s->rows && (want->tasks || want->ring))
		s->pids = saved_cmdlines_new(s->instance.dir);
	if (!s->rows || ((want->tasks || want->ring) && !s->pids)) {
		err_print("out of memory");
		goto fail;
	}
	if (start(s) || (want->boot && take_over(s, tracefs, want->boot)))
		goto fail;
	memset(&s->visible, true, sizeof(s->visible));
	s->visible.tasks = s->visible.pairs = want->tasks;
	s->visible.stacks = false;
	return s;

fail:
	close_ftrace(s);
	return NULL;
}

/* Read a CPU's losses from the kernel; returns the number of events read. */
static uint64_t look_at_losses(struct source *s, struct cpu_buffer *c)
{
	struct overrun *o = &s->overruns[c->cpu];

	trace_pipe_raw_stats(c->stats, page_layout_is_32bit(&s->layout), &c->kernel);
	o->overwritten = c->kernel.overrun;
	o->no_room = c->kernel.commit_overrun + c->kernel.dropped;
	return c->kernel.read;
}

/*
 * Report the losses before a page. The page often states how many events were
 * lost. If it had no room for that, all losses not yet reported are taken.
 * Either way each loss is reported once.
 */
static void tell_losses(struct source *s, struct cpu_buffer *c)
{
	uint64_t n;

	look_at_losses(s, c);
	n = s->overruns[c->cpu].overwritten - c->told;
	if (c->walk.missed_n && c->walk.missed_n < n)
		n = c->walk.missed_n;
	c->told += n;
	count_events_lost(c->cpu, n);
}

/* 1: another page, which may be invalid; 0: none for now; -1: reading failed */
static int next_page(struct source *s, struct cpu_buffer *c)
{
	const struct page_layout *l = &s->boot.layout;
	const unsigned char *page = pages_next(&c->boot.old);
	int got;

	if (!page) {
		l = &s->layout;
		page = pages_next(&c->boot.ours);
	}
	if (!page) {
		got = trace_pipe_raw_read(c->raw, c->page, l->size);
		if (got <= 0)
			return got;
		page = c->page;
	}
	c->walking = !page_open(&c->walk, l, page, l->size);
	s->damaged += !c->walking;
	if (c->walking && c->walk.missed && l == &s->layout)
		tell_losses(s, c);
	return 1;
}

static void count(struct source *s, struct cpu_buffer *c, const struct raw *raw)
{
	bool old = c->walk.l == &s->boot.layout;
	struct counted_event e = { .cpu = c->cpu, .comm = "" };
	const struct pid_name *name;
	int is = event_decode(s->format, V7S_EVENTS, c->walk.l, raw, &e);

	s->walked++;
	c->records += !old;
	s->damaged += is < 0;
	/* The other events in the old buffer are in ours, too. */
	if (is <= 0 || (old && !c->boot.events))
		return;
	c->boot.events -= old;
	if (s->pids) {
		name = saved_cmdlines_name(s->pids, e.task, e.time);
		e.task = name->task;
		e.comm = name->comm;
	}
	if (e.time > c->time)
		c->time = e.time;
	count_event(&e);
}

/*
 * Count the pending events of a CPU, at most one buffer full, so that the other
 * CPUs get their turn. Stops early if the stream has no room.
 */
static int gather_cpu(struct source *s, struct cpu_buffer *c)
{
	unsigned int pages;
	struct raw raw;
	int got;

	c->emptied = false;
	for (pages = 0; pages < s->pages; pages++) {
		while (c->walking) {
			if (!count_events_room(c->cpu))
				return 0;
			got = page_next(&c->walk, &raw);
			c->walking = got > 0;
			s->damaged += got < 0;
			if (got > 0)
				count(s, c, &raw);
		}
		got = next_page(s, c);
		if (got <= 0) {
			c->emptied = !got;
			return got;
		}
	}
	return 0;
}

static int gather(struct source *s)
{
	uint64_t before = s->walked, n;
	struct cpu_buffer *c;

	for (c = s->cpu; c < s->cpu + s->cpus; c++) {
		if (c->raw >= 0 && gather_cpu(s, c))
			return -1;
		/* Reports may be days apart; its counters must not wrap twice. */
		if (page_layout_is_32bit(&s->layout))
			look_at_losses(s, c);
	}
	n = s->walked - before;
	return n < INT_MAX ? n : INT_MAX;
}

static int read_ftrace(struct source *s, struct model *m, uint64_t now)
{
	return gather(s) < 0 ? -1 : counters_read(s->rows, m, now);
}

/* A CPU with more events than the stream has room for continues from there. */
static uint64_t held_from(struct source *s)
{
	uint64_t from = UINT64_MAX;
	const struct cpu_buffer *c;

	for (c = s->cpu; c < s->cpu + s->cpus; c++)
		if (c->raw >= 0 && !c->emptied && c->time < from)
			from = c->time;
	return from;
}

static int stream(struct source *s, take_record *take, void *arg)
{
	return counters_stream(s->rows, held_from(s), take, arg);
}

static uint64_t lost_on(const struct overrun *o)
{
	return o->overwritten + o->no_room;
}

static size_t stream_cpus(struct source *s, struct stream_cpu *cpus,
			  size_t room)
{
	size_t n = counters_stream_cpus(s->rows, cpus, room), i;

	for (i = 0; i < n; i++) {
		look_at_losses(s, &s->cpu[i]);
		cpus[i].dropped += lost_on(&s->overruns[i]);
		cpus[i].counted += lost_on(&s->overruns[i]);
	}
	return n;
}

static const char *explain_inexact(struct source *s)
{
	const struct boot_buffer *boot = &s->boot;
	size_t size = sizeof(s->inexact);

	if (boot->lost)
		snprintf(s->inexact, size, "the buffer of the events since boot was too small: it lost %" PRIu64 "; see trace_buf_size in v7scope(1)", boot->lost);
	else if (boot->dir >= 0 && !boot->settled)
		snprintf(s->inexact, size, "this kernel has no way to wait for its CPUs: events between those since boot and ours may be missing");
	else if (s->damaged)
		snprintf(s->inexact, size, "%" PRIu64 " pages or records of the trace buffers could not be parsed", s->damaged);
	else if (s->unaccounted)
		snprintf(s->inexact, size, "%" PRIu64 " events are missing that the kernel reports as read",
			 s->unaccounted);
	else
		return NULL;
	return s->inexact;
}

static void complete(struct source *s, struct report *r)
{
	const struct source_want any = { 0 };
	struct cpu_buffer *c;
	uint64_t given;
	int e;

	r->stretch = stretch_of(STRETCH_EVENT, &any, kernel_machine());
	s->unaccounted = 0;
	for (c = s->cpu; c < s->cpu + s->cpus; c++) {
		given = look_at_losses(s, c);
		/*
		 * While events arrive, the two numbers are from different
		 * times.
		 */
		if (s->stopped && given > c->records)
			s->unaccounted += given - c->records;
	}
	for (e = 0; e < V7S_EVENTS; e++)
		r->misses[e] = UNKNOWN;
	r->source = source_ftrace.name;
	r->visible = &s->visible;
	r->overruns = s->overruns;
	r->noverruns = s->cpus;
	r->inexact = explain_inexact(s);
	report_doubt_alive(r);
}

const struct source_ops source_ftrace = {
	.name		= "ftrace",
	.ask		= ask,
	.open		= open_ftrace,
	.gather		= gather,
	.read		= read_ftrace,
	.stream		= stream,
	.held_from	= held_from,
	.stream_cpus	= stream_cpus,
	.stop		= stop,
	.complete	= complete,
	.close		= close_ftrace,
};

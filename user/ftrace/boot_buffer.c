// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * While the events are enabled in both buffers, each event of a CPU goes to one
 * buffer and then to the other before that CPU's next event, because the kernel
 * emits events with interrupts off. So the last events in the old buffer are
 * the first in ours, in the same order. The longest such overlap shows where
 * ours begins. Times cannot show it: they are taken separately, and from
 * different clocks.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/err.h"
#include "model/names.h"
#include "source/quiesce.h"
#include "boot_buffer_internal.h"
#include "tracefs.h"

/* True if all of our events are enabled; others may be enabled, too. */
static bool is_on(int dir)
{
	char path[96], *text;
	bool on = true;
	int e;

	for (e = 0; on && e < V7S_EVENTS; e++) {
		snprintf(path, sizeof(path), "events/io_pgtable/%s/enable",
			 event_names[event_order[e]]);
		text = tracefs_get(dir, path);
		on = text && text[0] == '1';
		free(text);
	}
	text = on ? tracefs_get(dir, "tracing_on") : NULL;
	on = text && text[0] == '1';
	free(text);
	return on;
}

/*
 * Disable all events at once: if they were disabled one by one, the buffer
 * would hold some kinds longer than others, in an order that ours does not
 * have. Other users of this buffer miss the events in between.
 */
static int switch_off(struct boot_buffer *t)
{
	char path[96];
	int e, err;

	err = tracefs_put(t->dir, "tracing_on", "0");
	t->settled &= quiesce();
	for (e = 0; e < V7S_EVENTS && !err; e++) {
		snprintf(path, sizeof(path), "events/io_pgtable/%s/enable",
			 event_names[event_order[e]]);
		err = tracefs_put(t->dir, path, "0");
	}
	t->settled &= quiesce();
	return err ? err : tracefs_put(t->dir, "tracing_on", "1");
}

/* "1408", or "7 (expanded: 1408)" before the first use. */
static size_t buffer_kib(int dir)
{
	char *text = tracefs_get(dir, "buffer_size_kb");
	const char *expanded = text ? strchr(text, ':') : NULL;
	size_t kib = text ? strtoul(expanded ? expanded + 1 : text, NULL, 10)
			  : 0;

	free(text);
	return kib;
}

int boot_buffer_begin(struct boot_buffer *t, const char *tracefs,
		      const char *from)
{
	char path[512], *text;
	int err;

	snprintf(path, sizeof(path), "%s%s%s", tracefs,
		 *from ? "/instances/" : "", from);
	t->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (t->dir < 0) {
		err_print("--boot: cannot open %s: %s", path, strerror(errno));
		return -1;
	}
	if (!is_on(t->dir)) {
		err_print("--boot: the io_pgtable events are not enabled in %s: boot with trace_event=io_pgtable:*, see v7scope(1)", path);
		return -1;
	}
	text = tracefs_get(t->dir, "events/header_page");
	if (!text || page_layout_parse(&t->layout, text)) {
		err_print("cannot parse %s/events/header_page", path);
		free(text);
		return -1;
	}
	free(text);
	/* Its capacity, plus the pages being written at both ends. */
	t->pages = buffer_kib(t->dir) * 1024 / t->layout.size + 3;
	/* Wait for events in progress, which may have missed our buffers. */
	t->settled = quiesce();
	err = switch_off(t);
	if (err) {
		err_print("--boot: cannot disable the events in %s: %s", path,
			 strerror(-err));
		return -1;
	}
	return 0;
}

void boot_buffer_end(struct boot_buffer *t)
{
	if (t->dir >= 0)
		close(t->dir);
	t->dir = -1;
}

static uint64_t mix(uint64_t sum, uint64_t n)
{
	return (sum ^ n) * 0x100000001b3ULL;
}

/* Hash of everything except the time, which differs between the buffers. */
uint64_t event_sum(const struct counted_event *e)
{
	uint64_t sum = 0xcbf29ce484222325ULL;
	const char *dev;
	unsigned int i;

	sum = mix(sum, e->event);
	sum = mix(sum, e->task);
	for (i = 1; i < COUNTED_ARGS; i++) {
		sum = mix(sum, e->args[i]);
		sum = mix(sum, e->args[i] >> 32);
	}
	for (dev = e->dev; *dev; dev++)
		sum = mix(sum, (unsigned char)*dev);
	return sum;
}

int sums_add(struct sums *s, uint64_t sum)
{
	size_t room = s->room ? 2 * s->room : 1024;
	uint64_t *more;

	if (s->n == s->room) {
		more = realloc(s->sum, room * sizeof(*more));
		if (!more)
			return -1;
		s->sum = more;
		s->room = room;
	}
	s->sum[s->n++] = sum;
	return 0;
}

/* Hash the events in these pages. Invalid pages are reported when counting. */
static int sum_up(struct sums *s, const struct pages *p,
		  const struct page_layout *l, const struct event_format *f)
{
	struct counted_event e;
	struct page_walk w;
	struct raw raw;
	size_t i;

	for (i = 0; i < p->n; i++) {
		if (page_open(&w, l, p->data + i * p->size, p->size))
			continue;
		while (page_next(&w, &raw) > 0)
			if (event_decode(f, V7S_EVENTS, l, &raw, &e) > 0 &&
			    sums_add(s, event_sum(&e)))
				return -1;
	}
	return 0;
}

/* The longest tail of @old that is the head of @ours. */
size_t sums_overlap(const struct sums *old, const struct sums *ours)
{
	size_t n = old->n < ours->n ? old->n : ours->n;

	while (n && memcmp(old->sum + old->n - n, ours->sum,
			   n * sizeof(*old->sum)))
		n--;
	return n;
}

int boot_buffer_cpu(struct boot_buffer *t, const struct event_format *formats,
		    const struct page_layout *layout, unsigned int cpu, int raw,
		    struct boot_buffer_cpu *c)
{
	struct sums old = { 0 }, ours = { 0 };
	struct trace_pipe_raw_stats b = { 0 };
	int fd, stats, err = 0;

	if (trace_pipe_raw_open(t->dir, cpu, &fd, &stats))
		return errno == ENOENT ? 0 : -1;
	/*
	 * Our buffer first, while it still fills: later events are only there.
	 */
	if (pages_take(&c->ours, raw, layout->size, t->pages) ||
	    pages_take(&c->old, fd, t->layout.size, t->pages) ||
	    sum_up(&ours, &c->ours, layout, formats) ||
	    sum_up(&old, &c->old, &t->layout, formats))
		err = -1;
	c->events = old.n - (err ? 0 : sums_overlap(&old, &ours));
	trace_pipe_raw_stats(stats, page_layout_is_32bit(&t->layout), &b);
	t->events += c->events;
	t->lost += b.overrun + b.commit_overrun + b.dropped;
	free(old.sum);
	free(ours.sum);
	close(fd);
	close(stats);
	return err;
}

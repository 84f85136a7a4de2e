// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/err.h"
#include "lib/util.h"
#include "trace_pipe_raw.h"

int trace_pipe_raw_open(int instance, unsigned int cpu, int *raw, int *stats)
{
	char path[64];

	snprintf(path, sizeof(path), "per_cpu/cpu%u/trace_pipe_raw", cpu);
	*raw = openat(instance, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (*raw < 0)
		return -1;
	snprintf(path, sizeof(path), "per_cpu/cpu%u/stats", cpu);
	*stats = openat(instance, path, O_RDONLY | O_CLOEXEC);
	return *stats < 0 ? -1 : 0;
}

static int read_page(int raw, unsigned char *page, size_t size)
{
	ssize_t got;

	do
		got = read(raw, page, size);
	while (got < 0 && errno == EINTR);
	/* A CPU that has never been online has no buffer. */
	if (got < 0 && (errno == EAGAIN || errno == ENODEV))
		return 0;
	if (got < 0)
		return -1;
	memset(page + got, 0, size - got);
	return got > 0;
}

int trace_pipe_raw_read(int raw, unsigned char *page, size_t size)
{
	int got = raw < 0 ? 0 : read_page(raw, page, size);

	if (got < 0)
		err_print("cannot read a trace buffer: %s", strerror(errno));
	return got;
}

/*
 * A 32-bit kernel has 32-bit counters, and may print them as negative numbers:
 * add the progress since the last reading.
 */
static void follow(uint64_t *n, uint64_t now, bool wraps)
{
	*n = wraps ? *n + (uint32_t)(now - *n) : now;
}

void trace_pipe_raw_stats(int stats, bool wraps, struct trace_pipe_raw_stats *b)
{
	const struct {
		const char *name;
		uint64_t *n;
	} lines[] = {
		{ "\noverrun: ", &b->overrun },
		{ "\ncommit overrun: ", &b->commit_overrun },
		{ "\ndropped events: ", &b->dropped },
		{ "\nread events: ", &b->read },
	};
	char text[1024];
	const char *line;
	ssize_t got = stats < 0 ? -1 : pread(stats, text, sizeof(text) - 1, 0);
	size_t i;

	if (got <= 0)
		return;
	text[got] = 0;
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		line = strstr(text, lines[i].name);
		if (line)
			follow(lines[i].n, strtoull(line + strlen(lines[i].name), NULL, 10), wraps);
	}
}

static int grow(struct pages *p)
{
	size_t room = p->room ? 2 * p->room : 16;
	unsigned char *data = realloc(p->data, room * p->size);

	if (!data)
		return -1;
	p->data = data;
	p->room = room;
	return 0;
}

int pages_take(struct pages *p, int raw, size_t size, size_t most)
{
	int got;

	p->size = size;
	while (p->n < most) {
		if (p->n == p->room && grow(p))
			return -1;
		got = read_page(raw, p->data + p->n * size, size);
		if (got <= 0)
			return got;
		p->n++;
	}
	return 0;
}

/* The memory is freed by the call after the last page. */
const unsigned char *pages_next(struct pages *p)
{
	if (p->next < p->n)
		return p->data + p->next++ * p->size;
	pages_free(p);
	return NULL;
}

void pages_free(struct pages *p)
{
	free(p->data);
	*p = (struct pages){ 0 };
}

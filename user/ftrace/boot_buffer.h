/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * Take over the events that a trace buffer of the kernel has recorded since
 * boot.
 */
#ifndef V7S_FTRACE_BOOT_BUFFER_H
#define V7S_FTRACE_BOOT_BUFFER_H

#include "ring_page.h"
#include "trace_pipe_raw.h"

/** struct boot_buffer - a buffer that was filled since boot */
struct boot_buffer {
	struct page_layout layout;
	int dir;		/* -1: none */
	size_t pages;		/* capacity of a CPU's buffer */
	bool settled;		/* no event can be missing in between */
	uint64_t events;	/* events taken over */
	uint64_t lost;		/* events that the buffer lost */
};

/**
 * boot_buffer_begin - disable the events there, once our own buffers receive
 * them
 *
 * @from: an instance; "": the first buffer. Returns -1 after a message.
 */
int boot_buffer_begin(struct boot_buffer *t, const char *tracefs,
		      const char *from);

/** struct boot_buffer_cpu - events of one CPU to be counted */
struct boot_buffer_cpu {
	struct pages old;	/* pages from the boot buffer */
	/* Count only so many of them, the rest is in ours, too. */
	uint64_t events;
	struct pages ours;	/* pages taken from our buffer meanwhile */
};

/**
 * boot_buffer_cpu - take over the events of a CPU; @raw: its part of our own
 * buffer
 *
 * Returns -1, with errno, if there is no memory or reading fails.
 */
int boot_buffer_cpu(struct boot_buffer *t, const struct event_format *formats,
		    const struct page_layout *layout, unsigned int cpu, int raw,
		    struct boot_buffer_cpu *c);

void boot_buffer_end(struct boot_buffer *t);

#endif

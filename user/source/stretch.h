/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * By how much monitoring lengthens the race window of an install: instructions
 * that run between the moment when map or unmap finds an entry empty, or a block
 * to split, and the cmpxchg. More races are lost in a longer window.
 */
#ifndef V7S_SOURCE_STRETCH_H
#define V7S_SOURCE_STRETCH_H

#include "kprobe_sites.h"
#include "source.h"

/** enum stretch_way - what runs inside the race window */
enum stretch_way {
	STRETCH_EVENT,		/* the series' own readings of the clock */
	STRETCH_INSTALL,	/* trampoline of install_table; fexit runs later */
	STRETCH_WINDOW,		/* the same, and fentry on the allocation */
	STRETCH_ALLOCATION,	/* fexit on the allocation */
	STRETCH_ENTRY,		/* a kprobe on install_table */
	STRETCH_PAIR,		/* kprobe and kretprobe on the allocation, too */
	STRETCH_ALLOCATION_PAIR,	/* both on the allocation only */
	STRETCH_WAYS
};

/**
 * stretch_of - the measured stretch in instructions
 *
 * UNKNOWN on machines or with options for which it was not measured.
 */
int64_t stretch_of(enum stretch_way way, const struct source_want *want,
		   enum machine machine);

/** stretch_fentry - what runs inside the race window with that plan */
enum stretch_way stretch_fentry(const struct kprobe_sites *p);

/** stretch_kprobe - the same for kprobes */
enum stretch_way stretch_kprobe(const struct kprobe_sites *p);

#endif

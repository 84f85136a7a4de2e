/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * Functions to probe on a kernel without the series: which functions of the
 * page-table code the compiler kept, and which figures they allow.
 */
#ifndef V7S_SOURCE_KPROBE_SITES_H
#define V7S_SOURCE_KPROBE_SITES_H

#include <stdbool.h>

#include "kprobe.h"
#include "lib/kernel.h"
#include "model/model.h"
#include "symbols.h"

/** struct site - a BPF program, and the function that it is attached to */
struct site {
	const char *prog;
	char symbol[SYMBOL_NAME];
	bool ret;		/* at the function's return */
	bool refuses;		/* for refusals only */
	int params;		/* for refusals: that the function must have */
	bool waits;		/* for waits only */
};

enum { KPROBE_SITES = 40 };

struct kprobe_sites {
	struct site site[KPROBE_SITES];
	int sites;
	struct v7s_range range[V7S_RANGES];
	unsigned int ranges;
	struct visibility visible;
	/*
	 * By family: it exists, it is probed, and the compiler kept its
	 * install_table as a function of its own.
	 */
	bool there[V7S_FAMILIES], watched[V7S_FAMILIES], install[V7S_FAMILIES];
	bool cheap;		/* see kprobe_sites_economize() */
	bool on_request;	/* it shows refusals if it is asked for them */
	bool window;		/* see fentry_sites_plan() */
	bool splits;		/* this kernel splits blocks */
	bool series;		/* it has the series' events */
	bool addresses;		/* it shows the addresses of its functions */
	/* There are more copies of functions than room: callers are missing. */
	bool full;
	/* A function that cannot be probed because its name occurs twice. */
	const char *twice;
	bool symbols;		/* it shows the names of its functions */
	/* Waits for split_lock are not visible: the reason. */
	const char *no_waits;
};

/**
 * kprobe_sites_find - find the functions to probe, in the symbols of a kernel
 *
 * @kallsyms: the file /proc/kallsyms or a copy; @version: see kernel_version().
 * Returns -1, with errno, if @kallsyms cannot be read. If no family is probed,
 * nothing is visible.
 */
int kprobe_sites_find(struct kprobe_sites *p, const char *kallsyms, int version,
		      enum machine machine);

/**
 * kprobe_sites_economize - give up figures for a fraction of the cost
 *
 * Where install_table and the free of lost tables are visible, one probe at the
 * entry of install_table remains. Attempts, lost races and splits stay visible.
 * The causes of loss, the installs by cause and the refusals for want of memory
 * do not. Otherwise nothing changes.
 */
void kprobe_sites_economize(struct kprobe_sites *p);

/**
 * kprobe_sites_no_refusals - give up the refusals of requests
 *
 * Without them, a map or an unmap that neither installs, frees nor splits a table
 * runs no probe. Refusals for want of memory stay visible.
 */
void kprobe_sites_no_refusals(struct kprobe_sites *p);

/**
 * kprobe_sites_no_waits - give up the waits for split_lock
 *
 * @why: the reason that the user reads.
 */
void kprobe_sites_no_waits(struct kprobe_sites *p, const char *why);

/**
 * kprobe_sites_here - find them on this kernel, once for all callers
 *
 * Returns 0, or the errno of reading the symbols: then @p is empty. Reading all
 * symbols takes up to a second on a slow board.
 */
int kprobe_sites_here(const struct kprobe_sites **p);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Trials of what every source with BPF programs needs. */
#ifndef V7S_SOURCE_PERMIT_H
#define V7S_SOURCE_PERMIT_H

#include <stdbool.h>

#include "answer.h"

/**
 * permit_load - load a program that needs what our programs need
 *
 * It reads the kernel's memory, as lockdown forbids that, and the twelfth argument
 * of a tracepoint: the kernel refuses to attach it to one that has fewer. Returns
 * its file descriptor, or -errno.
 */
int permit_load(void);

/** permit_event - 0 if the kernel has the tracepoint, ENOENT if not, else why unknown */
int permit_event(int prog, const char *name);

/** permit_bpf - try to load a BPF program; false: @a has the reason */
bool permit_bpf(struct source_answer *a);

/** permit_kprobes - try whether a kprobe fires; false: @a has the reason */
bool permit_kprobes(struct source_answer *a);

/**
 * permit_series - try whether the kernel has each of the io_pgtable events
 *
 * Returns false, and @a has the reason. If our privileges do not suffice, the
 * kernel's symbols can still prove that the events are absent.
 */
bool permit_series(struct source_answer *a);

/** permit_no_series - true if it is proven that the kernel has no such event */
bool permit_no_series(void);

/**
 * permit_no_symbols - explain why there are no symbols
 *
 * @err is the errno of open(), or 0 if the file has no symbols.
 */
void permit_no_symbols(struct source_answer *a, int err);

/** permit_no_addresses - explain why the symbols have no addresses */
void permit_no_addresses(struct source_answer *a);

/* Obstacle and advice for a kernel without the series. */
#define SERIES_NONE "this kernel has none of the io_pgtable events"
#define SERIES_APPLY "apply kernel-patch/ and boot the new kernel"

#endif

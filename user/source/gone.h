/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* The page tables that the programs saw destroyed. */
#ifndef V7S_SOURCE_GONE_H
#define V7S_SOURCE_GONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"
#include "cpu_rows.h"

struct gone;

/** gone_new - nothing is destroyed yet; NULL: no memory */
struct gone *gone_new(unsigned int cpus);
void gone_free(struct gone *g);

/**
 * gone_read - read the rings of all CPUs
 *
 * @settled: no program runs any more.
 */
void gone_read(struct gone *g, const struct cpu_rows *rows, bool settled);

/** gone_fresh - the page tables that the last gone_read() saw, @n of them */
const __u64 *gone_fresh(const struct gone *g, size_t *n);

/** gone_has - the page table is destroyed, and still in a ring */
bool gone_has(const struct gone *g, __u64 pgtable);

/**
 * gone_unseen - number of page tables that were overwritten before they were read
 *
 * It never falls. Those that are overwritten while gone_read() runs may be missing until
 * later readings, unless no program runs any more. One too many is possible.
 */
uint64_t gone_unseen(const struct gone *g);

#endif

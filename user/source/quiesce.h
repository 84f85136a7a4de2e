/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
#ifndef V7S_SOURCE_QUIESCE_H
#define V7S_SOURCE_QUIESCE_H

#include <stdbool.h>

/**
 * quiesce - wait for the programs that run now, on all CPUs
 *
 * All their stores are visible afterwards. Returns false if this kernel has no
 * way to wait for them. A program that is preempted may still run on.
 */
bool quiesce(void);

/** quiesce_preempted - wait for all programs, also for those that are preempted */
bool quiesce_preempted(void);

#endif

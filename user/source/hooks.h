/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Return addresses that tracers have replaced. */
#ifndef V7S_SOURCE_HOOKS_H
#define V7S_SOURCE_HOOKS_H

#include <bpf/btf.h>

#include "kprobe.h"

/**
 * hooks_find - where the kernel keeps these addresses
 *
 * @btf: the kernel's, NULL: it has none; @range: one of them is the trampoline
 * of the return probes, another one that of the function graph tracer;
 * @version: see kernel_version(). If the place of one is not known, programs do
 * not see through it.
 */
void hooks_find(struct v7s_hooks *h, const struct btf *btf,
		const struct v7s_range *range, unsigned int ranges, int version);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
#ifndef V7S_SOURCE_KPROBE_PERF_H
#define V7S_SOURCE_KPROBE_PERF_H

#include <stdbool.h>

#include <bpf/libbpf.h>

/**
 * kprobe_perf_open - a kprobe that counts the calls of a function on a CPU
 *
 * Returns its file descriptor, or -errno. Closing the descriptor removes the
 * kprobe.
 */
int kprobe_perf_open(const char *symbol, int cpu);

/**
 * kprobe_perf_own - a kprobe on a system call, which counts those of this thread
 *
 * Returns its file descriptor, or -errno.
 */
int kprobe_perf_own(void);

/** kprobe_perf_fired - make that system call; true if it was counted */
bool kprobe_perf_fired(int fd);

/**
 * kprobe_perf_fires - try such a kprobe
 *
 * Returns 1 if it fires, 0 if it does not, -errno if it cannot be created.
 */
int kprobe_perf_fires(void);

/**
 * kprobe_perf_attach - attach a program where a function begins or returns (@ret)
 *
 * Works with CPU 0 offline. Returns NULL and sets errno on failure.
 */
struct bpf_link *kprobe_perf_attach(const struct bpf_program *prog, bool ret,
				    const char *symbol);

#endif

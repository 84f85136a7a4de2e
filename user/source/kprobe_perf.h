/* SPDX-License-Identifier: GPL-2.0 */
#ifndef V7S_SOURCE_KPROBE_PERF_H
#define V7S_SOURCE_KPROBE_PERF_H

/**
 * kprobe_perf_open - a kprobe that counts how often a function is called on a CPU
 *
 * Returns its file descriptor, with which it goes, or -errno.
 */
int kprobe_perf_open(const char *symbol, int cpu);

#endif

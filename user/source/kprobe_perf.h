/* SPDX-License-Identifier: GPL-2.0 */
#ifndef V7S_SOURCE_KPROBE_PERF_H
#define V7S_SOURCE_KPROBE_PERF_H

/**
 * kprobe_perf_open - a kprobe that counts the calls of a function on a CPU
 *
 * Returns its file descriptor, or -errno. Closing the descriptor removes the
 * kprobe.
 */
int kprobe_perf_open(const char *symbol, int cpu);

#endif

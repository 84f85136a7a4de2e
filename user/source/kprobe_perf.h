/* SPDX-License-Identifier: GPL-2.0 */
#ifndef V7S_KPROBE_EVENT_H
#define V7S_KPROBE_EVENT_H

/**
 * kprobe_event - a kprobe that counts how often a function is called on a CPU
 *
 * Returns its file descriptor, with which it goes, or -errno.
 */
int kprobe_event(const char *symbol, int cpu);

#endif

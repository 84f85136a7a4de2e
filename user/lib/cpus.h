/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
#ifndef V7S_LIB_CPUS_H
#define V7S_LIB_CPUS_H

#include <stdbool.h>

/** cpus_possible - the highest number of a possible CPU, plus one */
unsigned int cpus_possible(void);

/** cpus_is_online - also true if the kernel has no CPU hotplug */
bool cpus_is_online(unsigned int cpu);

/** cpus_first_online - CPU 0 may be offline */
unsigned int cpus_first_online(void);

#endif

/* SPDX-License-Identifier: GPL-2.0 */
#ifndef V7S_LIB_CPUS_H
#define V7S_LIB_CPUS_H

#include <stdbool.h>

/** cpus_possible - how many numbers of CPUs there can ever be */
unsigned int cpus_possible(void);

/** cpus_is_online - true also where the kernel has no CPU hotplug */
bool cpus_is_online(unsigned int cpu);

#endif

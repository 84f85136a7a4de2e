// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <errno.h>
#include <sched.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/cpus.h"
#include "quiesce_internal.h"

/*
 * Run on each CPU once. A program that cannot be preempted has ended when we
 * run on its CPU, and that CPU sees its own stores. Our move to the next CPU
 * makes them visible there.
 */
bool cpus_visit(void)
{
	unsigned int cpus = cpus_possible(), cpu;
	size_t size = CPU_ALLOC_SIZE(cpus);
	cpu_set_t *had = CPU_ALLOC(cpus), *one = CPU_ALLOC(cpus);
	bool ok = had && one && !sched_getaffinity(0, size, had);

	for (cpu = 0; ok && cpu < cpus; cpu++) {
		CPU_ZERO_S(size, one);
		CPU_SET_S(cpu, size, one);
		/*
		 * An offline CPU runs nothing; our cpuset may lack other CPUs.
		 */
		if (sched_setaffinity(0, size, one))
			ok = errno == EINVAL && !cpus_is_online(cpu);
	}
	if (had)
		sched_setaffinity(0, size, had);
	CPU_FREE(one);
	CPU_FREE(had);
	return ok;
}

/*
 * membarrier() waits for all sections that run without preemption, and for
 * programs. Small kernels lack it, and kernels built for nohz_full refuse it.
 */
static bool membarrier(void)
{
	return !syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0);
}

bool quiesce(void)
{
	return membarrier() || cpus_visit();
}

static bool two_are_online(void)
{
	unsigned int cpus = cpus_possible(), cpu, online = 0;

	for (cpu = 0; cpu < cpus && online < 2; cpu++)
		online += cpus_is_online(cpu);
	return online == 2;
}

/* While one CPU alone is online, membarrier() returns at once. */
bool quiesce_preempted(void)
{
	return two_are_online() && membarrier() && two_are_online();
}

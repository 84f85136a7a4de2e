// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <sched.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/cpus.h"
#include "quiesce_internal.h"

/*
 * Runs on each CPU once. A program cannot be preempted, so it has ended when we
 * get its CPU, and a CPU sees what it has written itself. Then another one sees
 * it, when we have moved there.
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
		/* One that is offline runs nothing; our cpuset may lack others. */
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
 * membarrier() waits for all sections that run without preemption. Lean kernels
 * lack it, and those built for nohz_full refuse it.
 */
bool quiesce(void)
{
	return !syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0) ||
	       cpus_visit();
}

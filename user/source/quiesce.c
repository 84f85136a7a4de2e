// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "quiesce.h"

/*
 * CPUs that may ever run, by their highest number, for which the kernel sizes
 * its own: libbpf_num_possible_cpus() counts them, which is less when some
 * numbers in between are missing.
 */
unsigned int cpus_possible(void)
{
	FILE *f = fopen("/sys/devices/system/cpu/possible", "re");
	unsigned int last = 0, n;
	long conf;
	int c;

	if (!f) {
		conf = sysconf(_SC_NPROCESSORS_CONF);
		return conf > 0 ? conf : 1;
	}
	/* "0-3,8" */
	while (fscanf(f, "%u", &n) == 1) {
		last = n > last ? n : last;
		c = getc(f);
		if (c != '-' && c != ',')
			break;
	}
	fclose(f);
	return last + 1;
}

static bool is_online(unsigned int cpu)
{
	FILE *f = fopen("/sys/devices/system/cpu/online", "re");
	unsigned int from, to;
	bool online = false;
	int got, c;

	if (!f)
		return true;
	while (!online && (got = fscanf(f, "%u-%u", &from, &to)) >= 1) {
		online = cpu >= from && cpu <= (got == 2 ? to : from);
		c = getc(f);
		if (c != ',')
			break;
	}
	fclose(f);
	return online;
}

/*
 * Runs on each CPU once. A program cannot be preempted, so it has ended when we
 * get its CPU, and a CPU sees what it has written itself. Then another one sees
 * it, when we have moved there.
 */
static bool visit_cpus(void)
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
			ok = errno == EINVAL && !is_online(cpu);
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
	       visit_cpus();
}

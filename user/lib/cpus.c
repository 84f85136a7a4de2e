// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <stdio.h>
#include <unistd.h>

#include "cpus.h"

/*
 * The kernel sizes its arrays by the highest possible CPU number.
 * libbpf_num_possible_cpus() returns the number of CPUs, which is less if
 * numbers are missing in between.
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

bool cpus_is_online(unsigned int cpu)
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

unsigned int cpus_first_online(void)
{
	unsigned int cpus = cpus_possible(), cpu;

	for (cpu = 0; cpu < cpus; cpu++)
		if (cpus_is_online(cpu))
			return cpu;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kprobe_perf.h"

int kprobe_perf_open(const char *symbol, int cpu)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.config1 = (uintptr_t)symbol,
	};
	FILE *f = fopen("/sys/bus/event_source/devices/kprobe/type", "re");
	int got, fd;

	if (!f)
		return -ENOENT;
	got = fscanf(f, "%u", &attr.type);
	fclose(f);
	if (got != 1)
		return -ENOENT;
	fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1,
		     PERF_FLAG_FD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

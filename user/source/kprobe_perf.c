// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/cpus.h"
#include "lib/util.h"
#include "kprobe_perf.h"

/* @pid: -1 for all processes, 0 for this one; @cpu: -1 for all CPUs. */
static int open_event(const char *symbol, bool ret, pid_t pid, int cpu)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.config = ret,	/* format/retprobe: config:0 */
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
	fd = syscall(SYS_perf_event_open, &attr, pid, cpu, -1,
		     PERF_FLAG_FD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int kprobe_perf_open(const char *symbol, int cpu)
{
	return open_event(symbol, false, -1, cpu);
}

/*
 * An event of this thread needs no CPU of its own. The system call has had
 * these names on 64-bit and 32-bit kernels.
 */
int kprobe_perf_own(void)
{
	static const char *const symbols[] = {
		"__arm64_sys_getppid", "__x64_sys_getppid", "sys_getppid",
	};
	int fd = -ENOENT;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(symbols) && fd == -ENOENT; i++)
		fd = open_event(symbols[i], false, 0, -1);
	return fd;
}

static uint64_t calls(int fd)
{
	uint64_t n;

	return read(fd, &n, sizeof(n)) == sizeof(n) ? n : 0;
}

bool kprobe_perf_fired(int fd)
{
	uint64_t before = calls(fd);

	syscall(SYS_getppid);
	return calls(fd) > before;
}

int kprobe_perf_fires(void)
{
	int fd = kprobe_perf_own(), fired;

	if (fd < 0)
		return fd;
	fired = kprobe_perf_fired(fd);
	close(fd);
	return fired;
}

struct bpf_link *kprobe_perf_attach(const struct bpf_program *prog, bool ret,
				    const char *symbol)
{
	struct bpf_link *link;
	int fd;

	/* libbpf opens the event on CPU 0; the program runs on all CPUs. */
	if (cpus_is_online(0))
		return bpf_program__attach_kprobe(prog, ret, symbol);
	fd = open_event(symbol, ret, -1, cpus_first_online());
	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	link = bpf_program__attach_perf_event(prog, fd);
	if (!link)
		close(fd);
	return link;
}

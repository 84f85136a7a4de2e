// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "clock.h"
#include "procself.h"
#include "util.h"

uint64_t procself_steady(uint64_t *kept, uint64_t found)
{
	uint64_t apart = *kept > found ? *kept - found : found - *kept;

	if (apart >= SECOND)
		*kept = found;
	return *kept;
}

/*
 * Fields 22 and 24 of proc(5): start in ticks since boot, and resident pages.
 */
static bool read_stat(struct self *self)
{
	static uint64_t start;
	uint64_t ticks, pages, since_boot;
	char line[1024];
	const char *s;
	bool read;
	FILE *f = fopen("/proc/self/stat", "re");

	if (!f)
		return false;
	read = fgets(line, sizeof(line), f);
	fclose(f);
	if (!read)
		return false;
	/* The name may contain any byte, but no ')' follows it. */
	s = strrchr(line, ')');
	if (!s || sscanf(s + 1, "%*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %" SCNu64 " %*s %" SCNu64,
			 &ticks, &pages) != 2)
		return false;
	since_boot = ticks * (SECOND / sysconf(_SC_CLK_TCK));
	self->resident = pages * sysconf(_SC_PAGESIZE);
	self->start = procself_steady(&start, clock_ns(CLOCK_REALTIME) -
				  (clock_ns(CLOCK_BOOTTIME) - since_boot));
	return true;
}

bool procself_read(struct self *self)
{
	struct rlimit files;
	DIR *d = opendir("/proc/self/fd");

	memset(self, 0, sizeof(*self));
	if (!d)
		return false;
	while (readdir(d))
		self->open_fds++;
	closedir(d);
	self->open_fds -= 3;	/* ".", ".." and the directory itself */
	self->cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	if (getrlimit(RLIMIT_NOFILE, &files))
		return false;
	self->max_fds = files.rlim_cur;
	return read_stat(self);
}

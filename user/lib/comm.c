// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <stdio.h>

#include "comm.h"

bool comm_of(uint32_t pid, char comm[COMM])
{
	char path[64];
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/comm", pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	/* The kernel adds a newline, so that even an empty name has a byte. */
	len = fread(comm, 1, COMM, f);
	fclose(f);
	if (len)
		comm[len - 1] = 0;
	return len;
}

// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <sys/stat.h>
#include <unistd.h>

#include "pidns.h"

bool pidns_is_initial(void)
{
	struct stat st;

	if (stat("/proc/self/ns/pid", &st))	/* no pid namespaces */
		return !access("/proc/self/stat", F_OK);
	/* Inode of the initial namespace since v3.8. */
	return st.st_ino == 0xEFFFFFFC;
}

// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * asuser UID CAP,...|none CMD [ARG]...: runs it as systemd runs a service with
 * User= and AmbientCapabilities=. Capabilities are numbers.
 */
#include <grp.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int keep(char *list)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };
	char *name;
	int cap;

	for (name = strtok(list, ","); name; name = strtok(NULL, ",")) {
		cap = atoi(name);
		data[cap / 32].permitted |= 1U << cap % 32;
	}
	for (cap = 0; cap < _LINUX_CAPABILITY_U32S_3; cap++)
		data[cap].effective = data[cap].inheritable = data[cap].permitted;
	if (syscall(SYS_capset, &header, data))
		return -1;
	for (cap = 0; cap < 32 * _LINUX_CAPABILITY_U32S_3; cap++)
		if (data[cap / 32].permitted >> cap % 32 & 1 &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0))
			return -1;
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 4) {
		fprintf(stderr, "usage: asuser UID CAP,...|none CMD [ARG]...\n");
		return 2;
	}
	if (prctl(PR_SET_KEEPCAPS, 1) || setgroups(0, NULL) ||
	    setgid(atoi(argv[1])) || setuid(atoi(argv[1])) ||
	    keep(strcmp(argv[2], "none") ? argv[2] : argv[2] + strlen(argv[2]))) {
		perror("asuser");
		return 126;
	}
	execvp(argv[3], &argv[3]);
	perror(argv[3]);
	return 127;
}

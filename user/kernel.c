// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "kernel.h"

int kernel_version(void)
{
	struct utsname uts;
	int major, minor;

	uname(&uts);
	if (sscanf(uts.release, "%d.%d", &major, &minor) != 2)
		return 0;
	return KERNEL(major, minor);
}

/* To programs of 32 bits a 64-bit kernel may call itself armv8l. */
enum machine kernel_machine(void)
{
	struct utsname uts;

	uname(&uts);
	if (!strncmp(uts.machine, "aarch64", 7) ||
	    !strncmp(uts.machine, "armv8", 5))
		return MACHINE_ARM64;
	if (!strncmp(uts.machine, "arm", 3))
		return MACHINE_ARM;
	return MACHINE_OTHER;
}

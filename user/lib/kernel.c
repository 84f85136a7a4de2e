// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <elf.h>
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

/* A 64-bit kernel may report armv8l to 32-bit programs. */
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

static size_t padded(size_t n)
{
	return (n + 3) / 4 * 4;
}

/* Notes have the same layout in 32-bit and 64-bit kernels. */
const char *kernel_build_id(char *buf, size_t size)
{
	static Elf32_Nhdr notes[512];
	FILE *f = fopen("/sys/kernel/notes", "re");
	unsigned char *p = (unsigned char *)notes;
	size_t left = f ? fread(notes, 1, sizeof(notes), f) : 0, need, i;
	const Elf32_Nhdr *n;

	*buf = 0;
	if (f)
		fclose(f);
	for (; left >= sizeof(*n); p += need, left -= need) {
		n = (Elf32_Nhdr *)p;
		if (n->n_namesz > left || n->n_descsz > left)
			break;
		need = sizeof(*n) + padded(n->n_namesz) + padded(n->n_descsz);
		if (need > left)
			break;
		if (n->n_type != NT_GNU_BUILD_ID || n->n_namesz != 4 ||
		    memcmp(n + 1, ELF_NOTE_GNU, 4))
			continue;
		p += sizeof(*n) + 4;
		for (i = 0; i < n->n_descsz && 2 * i + 2 < size; i++)
			sprintf(buf + 2 * i, "%02x", p[i]);
		break;
	}
	return buf;
}

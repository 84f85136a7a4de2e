// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * The guest's memory: a shared mapping of a memfd in the emulator's process, in
 * which this plugin runs.
 */
#include <stdio.h>
#include <string.h>

#include "sim.h"

uint8_t *ram;
uint64_t ram_size;

bool ram_find(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];

	if (!maps)
		return false;
	while (fgets(line, sizeof(line), maps)) {
		unsigned long long from, to;

		if (!strstr(line, "memfd:memory-backend-memfd") ||
		    sscanf(line, "%llx-%llx", &from, &to) != 2)
			continue;
		/* The kernel may list one mapping in several pieces. */
		if (!ram)
			ram = (uint8_t *)(uintptr_t)from;
		ram_size = to - (uintptr_t)ram;
	}
	fclose(maps);
	return ram && ram_size == BOARD_RAM_SIZE;
}

void *ram_at(uint64_t phys, uint64_t len)
{
	uint64_t offset = phys - BOARD_RAM;

	if (phys < BOARD_RAM || offset >= ram_size || ram_size - offset < len)
		return NULL;
	return ram + offset;
}

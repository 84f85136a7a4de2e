// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's memory. It is one shared mapping of a memfd in this very process,
 * which is the emulator's.
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
		/* One mapping may be shown in several pieces. */
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

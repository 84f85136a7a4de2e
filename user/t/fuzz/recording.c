// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * Recordings, reported and converted. What is in their blocks is behind checksums
 * that no mutation keeps, so most mutations have their blocks sealed again; the
 * others are files that were damaged.
 */
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "../unit/consume.h"
#include "recording/block.h"
#include "lib/varint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed);

/* Bytes of a header, see man v7scope-recording.5 */
enum { BLOCK_SIZE = 8, BLOCK_CRC = 12, HEADER_CRC = BLOCK_HEADER - 4 };

static const uint8_t magic[4] = { 0x89, 'V', '7', 'R' };

/* Whatever was made of the block: whole, and no longer than what is left. */
static size_t seal(uint8_t *block, size_t left)
{
	struct wire w = { .at = block + BLOCK_SIZE, .end = block + BLOCK_CRC };
	size_t size = wire_get(&w, 4);

	if (size > left - BLOCK_HEADER)
		size = left - BLOCK_HEADER;
	wire_put(block + BLOCK_SIZE, size, 4);
	wire_put(block + BLOCK_CRC, crc32(0, block + BLOCK_HEADER, size), 4);
	wire_put(block + HEADER_CRC, crc32(0, block, HEADER_CRC), 4);
	return BLOCK_HEADER + size;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed)
{
	size_t at = 0, from, to;

	/* From some byte on: what is before it remains readable. */
	from = size ? seed / 16 % size : 0;
	to = LLVMFuzzerMutate(data + from, size - from, max - from) + from;
	if (seed % 16 == 0)
		return to;
	while (at + BLOCK_HEADER <= to)
		at += memcmp(data + at, magic, sizeof(magic)) ? 1 : seal(data + at, to - at);
	return to;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char path[64];
	static FILE *null;
	static int fd;

	if (!null) {
		null = fopen("/dev/null", "w");
		fd = memfd_create("recording", 0);
		if (!null || fd < 0)
			abort();
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	if (ftruncate(fd, 0) || lseek(fd, 0, SEEK_SET) || write(fd, data, size) < 0)
		abort();
	/* By what is the same the next time. */
	consume(path, null, size);
	return 0;
}

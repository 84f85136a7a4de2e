// SPDX-License-Identifier: GPL-2.0
/*
 * Recordings, reported and converted. The input is what blocks hold, so that what
 * is behind their checksums is reached: type, flags, two bytes of size, payload;
 * with an odd first byte it is the file as it is.
 */
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../consume.h"
#include "block.h"
#include "wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int fd;
static FILE *null;

static void put_block(struct block *b, const uint8_t *payload)
{
	static uint8_t buf[BLOCK_HEADER + BLOCK_MAX];

	memcpy(buf + BLOCK_HEADER, payload, b->size);
	block_seal(b, buf + BLOCK_HEADER);
	if (write(fd, buf, BLOCK_HEADER + b->size) < 0)
		abort();
	b->number++;
	b->time += 1000000000;
}

/* Without one that says what it is of, nothing else is looked at. */
static void put_about(struct block *b)
{
	uint8_t payload[256], *p = wire_put(payload, 1, 8);
	int i;

	p = wire_put_varint(p, 1000);
	p = wire_put_signed(p, 5);
	p = wire_put_varint(p, UINT64_MAX);
	for (i = 0; i < 3; i++)
		p = wire_put_varint(p, 0xff);
	for (i = 0; i < 7; i++)
		p = wire_put_text(p, "text", 255);
	b->type = 1;
	b->flags = 0;
	b->size = p - payload;
	put_block(b, payload);
}

static void put_blocks(const uint8_t *data, size_t size)
{
	struct block b = { .time = 1000 };
	const uint8_t *end = data + size;

	put_about(&b);
	for (; end - data >= 4; data += b.size) {
		b.type = data[0];
		b.flags = data[1] & ~BLOCK_RING;
		b.size = data[2] | data[3] << 8;
		data += 4;
		if (b.size > (size_t)(end - data))
			b.size = end - data;
		put_block(&b, data);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char path[64];
	static unsigned int runs;

	if (!null) {
		null = fopen("/dev/null", "w");
		fd = memfd_create("recording", 0);
		if (!null || fd < 0)
			abort();
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	if (ftruncate(fd, 0) || lseek(fd, 0, SEEK_SET))
		abort();
	if (!size)
		return 0;
	if (data[0] & 1) {
		if (write(fd, data + 1, size - 1) < 0)
			abort();
	} else {
		put_blocks(data + 1, size - 1);
	}
	consume(path, null, runs++ % 16 == 0);
	return 0;
}

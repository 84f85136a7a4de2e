// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <string.h>

#include "protobuf.h"
#include "varint.h"

/* The low three bits of a field's tag. */
enum { VARINT = 0, FIXED64 = 1, BYTES = 2 };

static uint8_t *tag(uint8_t *p, unsigned int field, unsigned int type)
{
	return varint_put(p, (uint64_t)field << 3 | type);
}

static bool room(struct protobuf *b, size_t n)
{
	if ((size_t)(b->end - b->at) < n)
		b->full = true;
	return !b->full;
}

void protobuf_varint(struct protobuf *b, unsigned int field, uint64_t n)
{
	if (room(b, 2 * WIRE_VARINT_MAX))
		b->at = varint_put(tag(b->at, field, VARINT), n);
}

void protobuf_fixed64(struct protobuf *b, unsigned int field, uint64_t n)
{
	if (room(b, WIRE_VARINT_MAX + sizeof(n)))
		b->at = wire_put(tag(b->at, field, FIXED64), n, sizeof(n));
}

uint8_t *protobuf_header(uint8_t *p, unsigned int field, size_t size)
{
	return varint_put(tag(p, field, BYTES), size);
}

void protobuf_bytes(struct protobuf *b, unsigned int field, const void *data,
		    size_t size)
{
	if (!room(b, PROTOBUF_HEADER_MAX) ||
	    !room(b, PROTOBUF_HEADER_MAX + size))
		return;
	b->at = protobuf_header(b->at, field, size);
	memcpy(b->at, data, size);
	b->at += size;
}

void protobuf_text(struct protobuf *b, unsigned int field, const char *s)
{
	protobuf_bytes(b, field, s, strlen(s));
}

/* Most messages are short: their length is one byte. */
uint8_t *protobuf_open(struct protobuf *b, unsigned int field)
{
	if (room(b, PROTOBUF_HEADER_MAX))
		b->at = protobuf_header(b->at, field, 0);
	return b->at;
}

void protobuf_close(struct protobuf *b, uint8_t *message)
{
	size_t size = b->at - message;
	uint8_t length[WIRE_VARINT_MAX];
	size_t n = varint_put(length, size) - length;

	if (!room(b, n))
		return;
	memmove(message + n - 1, message, size);
	memcpy(message - 1, length, n);
	b->at += n - 1;
}

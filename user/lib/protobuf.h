/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Writes messages in the wire format of protobuf into a buffer of the caller. */
#ifndef V7S_LIB_PROTOBUF_H
#define V7S_LIB_PROTOBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** struct protobuf - output; a field without room is left out and sets @full */
struct protobuf {
	uint8_t *at, *end;
	bool full;
};

void protobuf_varint(struct protobuf *b, unsigned int field, uint64_t n);
void protobuf_fixed64(struct protobuf *b, unsigned int field, uint64_t n);
void protobuf_bytes(struct protobuf *b, unsigned int field, const void *data,
		    size_t size);
void protobuf_text(struct protobuf *b, unsigned int field, const char *s);

/** protobuf_open - begin a nested message; fields follow, then protobuf_close */
uint8_t *protobuf_open(struct protobuf *b, unsigned int field);
void protobuf_close(struct protobuf *b, uint8_t *message);

/** protobuf_header - the bytes before @size bytes of a field; returns their end */
uint8_t *protobuf_header(uint8_t *p, unsigned int field, size_t size);

enum { PROTOBUF_HEADER_MAX = 20 };	/* bytes */

#endif
